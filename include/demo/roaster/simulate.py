"""Simulate a coffee roaster of which the truth is known: `python -m include.demo.roaster.simulate flip --out FOLDER`.

Inputs, law, laboratory, delivery and feed follow each other; a scenario changes one of them from a known day on.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from include.demo.roaster import plant
from include.demo.roaster.law import outlet_humidity
from include.demo.roaster.plant import DELAY, HISTORY_DAYS, LATE, NOISE, ROASTS_A_DAY, START, Sieve
from include.demo.roaster.scenarios import CHANGE, DAYS, SCENARIOS, Scenario

Floats = np.ndarray
WATCH_START = START + pd.Timedelta(days=HISTORY_DAYS)
USUAL = Sieve()
SIEVES = {
    "benign_drift": Sieve(mean=6.78, deviation=0.22),
    "harmful_drift": Sieve(mean=7.5, deviation=0.25, low=6.9, high=8.2),
}
RAMP = 15  # days over which a gradual change grows
PERIOD = 10  # days for which a recurring change lasts, and stays away
OFFSET = 0.3  # per cent of weight: one standard deviation of the target
NOISIER = 5.0  # factor on the laboratory's error
LOTS = 3  # of which the wettest is chosen when the target's distribution shifts


@dataclass(frozen=True)
class Truth:
    """What nobody at the roastery knows.

    `humidity` is the true outlet humidity and `expected` the same without any change, row by row of the features;
    `wrong_labels` are keys of labels measured or assigned wrongly; `unstored` keys of roasts whose prediction
    production did not store.
    """

    scenario: Scenario
    humidity: Floats
    wrong_labels: frozenset[str]
    unstored: frozenset[str]


@dataclass(frozen=True)
class Roasts:
    """Two tables as a roastery has them, in time order, and the truth behind them.

    `features` has a row for each roast; `labels` one for each sample, joined by `roast_id`, known at `measured_at`.
    """

    features: pd.DataFrame
    labels: pd.DataFrame
    truth: Truth


def simulate(scenario: str, seed: int, days: int = DAYS) -> Roasts:
    """Simulate the history and so many days of watch; the history is the same in all scenarios of a seed.

    Examples
    --------
    >>> roasts = simulate("flip", seed=1, days=30)
    >>> len(roasts.features), len(roasts.labels), roasts.truth.scenario.right(25)
    (14550, 2910, ('concept_drift',))
    """
    story = SCENARIOS[scenario]
    count = HISTORY_DAYS + days
    day = plant.days_of(count) - HISTORY_DAYS
    changed = _changed(story, day)
    inputs = _inputs(story, seed, count, changed)
    humidity = outlet_humidity(inputs, _turned(story, day, inputs["origin"].to_numpy()))
    sampled = plant.samples(seed, len(inputs))
    position = sampled["position"].to_numpy()
    measured, wrong = _measure(story, seed, sampled, humidity[position], day[position], changed[position])
    keys = inputs["roast_id"].to_numpy()
    labels = _deliver(story, sampled, inputs.iloc[position], measured, changed[position])
    unstored = changed if story.name == "no_predictions" else np.zeros_like(changed)
    truth = Truth(story, humidity, frozenset(keys[position][wrong]), frozenset(keys[unstored]))
    return Roasts(_feed(story, inputs, changed), labels, truth)


def _changed(story: Scenario, day: Floats) -> Floats:
    """Mark the roasts of the days on which something is different."""
    if story.change is None:
        return np.zeros(len(day), dtype=bool)
    until = day.max(initial=0) + 1 if story.until is None else story.until
    inside: Floats = (day >= story.change) & (day < until)
    return inside


def _inputs(story: Scenario, seed: int, count: int, changed: Floats) -> pd.DataFrame:
    conditions, usual = plant.conditions(seed, count), plant.lots(seed, count, USUAL)
    lots = usual
    if story.name in SIEVES:
        lots = plant.lots(seed, count, SIEVES[story.name])
    elif story.name == "prior_shift":
        others = [plant.lots(seed, count, USUAL, f"lots {number}") for number in range(1, LOTS)]
        lots = _wettest([usual, *others], conditions)
    chosen = pd.DataFrame({name: np.where(changed, lots[name], usual[name]) for name in usual.columns})
    return pd.concat([conditions.iloc[:, :2], chosen, conditions.iloc[:, 2:]], axis=1)


def _wettest(choices: list[pd.DataFrame], conditions: pd.DataFrame) -> pd.DataFrame:
    """Take of each row's lots the one that comes out wettest; its law stays the same."""
    humidity = np.stack([outlet_humidity(pd.concat([lots, conditions], axis=1)) for lots in choices])
    best = humidity.argmax(axis=0)
    chosen: pd.DataFrame = pd.concat(choices, ignore_index=True).iloc[best * len(best) + np.arange(len(best))]
    return chosen.reset_index(drop=True)


def _turned(story: Scenario, day: Floats, origin: Floats) -> Floats:
    """How far the role of bean size has turned round in each roast, from 0 to 1."""
    since = day - CHANGE
    turned: dict[str, Floats] = {
        "flip": since >= 0,
        "local_flip": (since >= 0) & (origin == "Ethiopia"),
        "gradual": np.clip((since + 1) / RAMP, 0, 1),
        "recurring": (since >= 0) & (since // PERIOD % 2 == 0),
    }
    found: Floats = turned.get(story.name, np.zeros(len(day))).astype(float)
    return found


def _measure(
    story: Scenario, seed: int, sampled: pd.DataFrame, humidity: Floats, day: Floats, changed: Floats
) -> tuple[Floats, Floats]:
    """Measure the samples; tells also which results are wrong."""
    error = NOISE * sampled["error"].to_numpy()
    measured, wrong = humidity + error, np.zeros(len(humidity), dtype=bool)
    if story.name == "lab_offset":
        measured, wrong = measured + OFFSET * changed, changed
    elif story.name == "noise":
        measured, wrong = humidity + error * np.where(changed, NOISIER, 1.0), changed
    elif story.name == "station_mix":
        wrong = changed & (sampled["station"] == "south").to_numpy()
        measured = measured.copy()
        measured[wrong] = _mixed_up(measured[wrong], day[wrong], plant.stream(seed, "mixed up"))
    return measured.round(2), wrong


def _mixed_up(values: Floats, day: Floats, generator: np.random.Generator) -> Floats:
    """Give each sample the value of another one of its day."""
    order = np.lexsort((generator.uniform(size=len(day)), day))
    shuffled = pd.Series(values[order]).groupby(day[order]).transform(lambda one: np.roll(one, 1))
    mixed = np.empty_like(values)
    mixed[order] = shuffled
    return mixed


def _deliver(
    story: Scenario, sampled: pd.DataFrame, roasts: pd.DataFrame, measured: Floats, changed: Floats
) -> pd.DataFrame:
    """Put the results into the laboratory's table, in the order in which they become known."""
    delay = pd.Series(DELAY, index=sampled.index).mask(changed & story.late, LATE)
    keys = roasts["roast_id"].to_numpy()
    if story.name == "unjoinable":
        keys = np.where(changed, "2025/" + keys.astype(object), keys)
    labels = pd.DataFrame(
        {
            "roast_id": keys,
            "station": sampled["station"].to_numpy(),
            "outlet_humidity": measured,
            "measured_at": roasts["roasted_at"].reset_index(drop=True) + delay + sampled["jitter"],
        }
    )
    return labels.sort_values("measured_at", kind="stable", ignore_index=True)


def _feed(story: Scenario, inputs: pd.DataFrame, changed: Floats) -> pd.DataFrame:
    """Deliver the inputs as the plant's sensors send them."""
    if story.name != "unit_change":
        return inputs
    celsius = inputs["roaster_temperature"]
    return inputs.assign(roaster_temperature=celsius.mask(changed, (celsius * 9 / 5 + 32).round(1)))


def write(roasts: Roasts, folder: Path) -> None:
    """Write `features.parquet` and `labels.parquet`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in (("features", roasts.features), ("labels", roasts.labels)):
        frame.to_parquet(folder / f"{name}.parquet", index=False, compression="zstd", row_group_size=ROASTS_A_DAY * 7)


def main() -> None:
    """Write the tables of one scenario."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", choices=SCENARIOS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    write(simulate(arguments.scenario, arguments.seed, arguments.days), arguments.out)


if __name__ == "__main__":
    main()
