"""The simulated roaster does what its scenarios say, and nothing else."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from include.demo.roaster import plant
from include.demo.roaster.law import outlet_humidity
from include.demo.roaster.scenarios import CHANGE, DAYS, SCENARIOS
from include.demo.roaster.simulate import OFFSET, WATCH_START, Roasts, simulate

SEED = 4
DEMO = Path(plant.__file__).parent
DAY = pd.Timedelta(days=1)


@pytest.fixture(scope="module")
def steady() -> Roasts:
    """The roaster on ordinary days."""
    return simulate("steady", SEED)


def watch_day(times: pd.Series) -> pd.Series:
    """Number of the day, 0 where the watch begins."""
    return (times - WATCH_START) // DAY


def labelled(roasts: Roasts) -> pd.DataFrame:
    """Samples beside their roasts, with the day and the truth."""
    features = roasts.features.assign(day=watch_day(roasts.features["roasted_at"]), true=roasts.truth.humidity)
    return features.merge(roasts.labels, on="roast_id")


def correlation(rows: pd.DataFrame, truth: str = "outlet_humidity") -> float:
    """Of bean size and target."""
    return float(np.corrcoef(rows["bean_size"], rows[truth])[0, 1])


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_seed_says_all(name: str) -> None:
    """The same seed gives the same tables, another seed others."""
    first, again, other = simulate(name, 1, 20), simulate(name, 1, 20), simulate(name, 2, 20)
    pd.testing.assert_frame_equal(first.features, again.features)
    pd.testing.assert_frame_equal(first.labels, again.labels)
    assert first.truth.wrong_labels == again.truth.wrong_labels
    assert not first.features["bean_size"].equals(other.features["bean_size"])


@pytest.mark.parametrize("name", SCENARIOS)
def test_all_scenarios_have_one_past(name: str, steady: Roasts) -> None:
    """Until the change, roasts and their labels are those of the steady roaster, however long the watch lasts."""
    roasts, change = simulate(name, SEED, 30), WATCH_START + CHANGE * DAY
    before, then = (run.features[run.features["roasted_at"] < change] for run in (steady, roasts))
    pd.testing.assert_frame_equal(before, then)
    expected, found = (
        run.labels[run.labels["roast_id"].isin(before["roast_id"])].reset_index(drop=True) for run in (steady, roasts)
    )
    pd.testing.assert_frame_equal(expected, found)


def test_a_day_has_150_roasts_and_30_labels_a_week_late(steady: Roasts) -> None:
    """The first watch day has 1,800 labels before it; labels of one day arrive within one day."""
    per_day = steady.features["roasted_at"].dt.floor("D").value_counts()
    assert set(per_day) == {150}
    assert len(per_day) == plant.HISTORY_DAYS + DAYS
    rows = labelled(steady)
    assert set(rows["day"].value_counts()) == {30}
    assert (watch_day(rows["measured_at"]) == rows["day"] + 7).all()
    assert (steady.labels["measured_at"] < WATCH_START).sum() == 1_800
    assert steady.labels["measured_at"].is_monotonic_increasing


def test_shares_and_rhythms(steady: Roasts) -> None:
    """Six unequal origins, one with a tenth of the rows; afternoons are warmer, weekends have lighter batches."""
    features = steady.features
    shares = features["origin"].value_counts(normalize=True)
    assert shares.to_dict() == pytest.approx(plant.ORIGINS, abs=0.01)
    hour, weekend = features["roasted_at"].dt.hour, features["roasted_at"].dt.day_of_week >= 5
    warmth, mass = features["ambient_temperature"], features["batch_mass"]
    assert warmth[hour == 14].mean() - warmth[hour == 6].mean() > 3
    assert mass[~weekend].mean() - mass[weekend].mean() == pytest.approx(1.5, abs=0.3)


@pytest.mark.parametrize("name", [name for name, story in SCENARIOS.items() if story.cause not in ("relation", "feed")])
def test_the_law_holds_where_nothing_else_is_said(name: str) -> None:
    """Inputs, laboratory and delivery may change; what comes out of given inputs does not."""
    roasts = simulate(name, SEED)
    np.testing.assert_allclose(roasts.truth.humidity, outlet_humidity(roasts.features))


@pytest.mark.parametrize(
    ("name", "days"),
    [("flip", range(CHANGE, DAYS)), ("gradual", range(30, DAYS)), ("recurring", [*range(10, 20), *range(30, 40)])],
)
def test_the_relation_turns(name: str, days: range) -> None:
    """The correlation of bean size and target is 0.5 before, -0.5 after; the mean hardly moves."""
    rows = labelled(simulate(name, SEED))
    turned = rows["day"].isin(days)
    before = rows[rows["day"] < CHANGE]
    assert correlation(before) == pytest.approx(0.5, abs=0.06)
    assert correlation(rows[turned]) == pytest.approx(-0.5, abs=0.1)
    assert abs(rows.loc[turned, "true"].mean() - before["true"].mean()) < 0.05
    if name == "recurring":
        assert correlation(rows[rows["day"].between(20, 29)]) == pytest.approx(0.5, abs=0.1)


def test_a_local_turn_is_local() -> None:
    """Only the beans of one origin, a tenth of all, change their relation."""
    story = SCENARIOS["local_flip"]
    assert story.segment == ("origin", "Ethiopia")
    roasts = simulate("local_flip", SEED)
    rows = roasts.features.assign(true=roasts.truth.humidity)
    after = rows[watch_day(rows["roasted_at"]) >= CHANGE]
    inside = after["origin"] == "Ethiopia"
    assert inside.mean() == pytest.approx(0.1, abs=0.02)
    assert correlation(after[inside], "true") < -0.4
    assert correlation(after[~inside], "true") > 0.4


@pytest.mark.parametrize(("name", "known"), [("benign_drift", True), ("harmful_drift", False)])
def test_bean_sizes_shift(name: str, known: bool) -> None:
    """By more than half a standard deviation, within the known sizes or beyond them."""
    features = simulate(name, SEED).features
    after = watch_day(features["roasted_at"]) >= CHANGE
    before, now = features.loc[~after, "bean_size"], features.loc[after, "bean_size"]
    assert now.mean() - before.mean() > 0.5 * before.std()
    assert (now.max() <= before.max()) is np.bool_(known)
    assert (now > before.max()).mean() > 0.7 or known


def test_the_target_shifts_by_the_mix_of_inputs() -> None:
    """More than half a standard deviation, spread over origin, size and moisture."""
    rows = labelled(simulate("prior_shift", SEED))
    before, now = rows[rows["day"] < CHANGE], rows[rows["day"] >= CHANGE]
    for column in ("outlet_humidity", "bean_size", "inlet_humidity"):
        shift = (now[column].mean() - before[column].mean()) / before[column].std()
        assert 0.3 < shift < 1, column


def error(name: str) -> pd.DataFrame:
    """Samples with the laboratory's error."""
    rows = labelled(simulate(name, SEED))
    return rows.assign(error=rows["outlet_humidity"] - rows["true"])


def test_the_scale_reads_too_high() -> None:
    """By a constant, on all samples of twelve days."""
    rows, wrong = error("lab_offset"), simulate("lab_offset", SEED).truth.wrong_labels
    inside = rows["day"].between(10, 21)
    assert set(rows.loc[inside, "roast_id"]) == wrong
    assert rows.loc[inside, "error"].mean() == pytest.approx(OFFSET, abs=0.02)
    assert rows.loc[~inside, "error"].mean() == pytest.approx(0, abs=0.01)


def test_the_laboratory_becomes_imprecise() -> None:
    """Five times the standard deviation, and no offset."""
    rows = error("noise")
    spread = rows["error"].groupby(rows["day"] >= CHANGE).std()
    assert spread[True] / spread[False] == pytest.approx(5, rel=0.1)
    assert abs(rows.loc[rows["day"] >= CHANGE, "error"].mean()) < 0.03


def test_a_station_mixes_up_its_samples(steady: Roasts) -> None:
    """Its values of a day stay the same, but belong to other samples; the other stations are right."""
    mixed = simulate("station_mix", SEED)
    both = mixed.labels.merge(steady.labels, on="roast_id", suffixes=("", "_right"))
    different = both["outlet_humidity"] != both["outlet_humidity_right"]
    assert set(both.loc[different, "station"]) == {"south"}
    assert set(both.loc[different, "roast_id"]) <= mixed.truth.wrong_labels
    assert len(mixed.truth.wrong_labels) == pytest.approx(15 * 30 * 0.25, rel=0.25)
    south = both[both["station"] == "south"].groupby(both["measured_at"].dt.floor("D"))
    for _, day in south[["outlet_humidity", "outlet_humidity_right"]]:
        assert sorted(day["outlet_humidity"]) == sorted(day["outlet_humidity_right"])


@pytest.mark.parametrize("name", ["late_labels", "harmful_drift"])
def test_labels_come_three_weeks_late(name: str) -> None:
    """For two weeks none arrives, then they do."""
    rows = labelled(simulate(name, SEED))
    delay = rows["measured_at"] - rows["roasted_at"]
    assert (delay[rows["day"] >= CHANGE] >= plant.LATE).all()
    arrived = set(watch_day(rows["measured_at"]))
    assert not arrived & set(range(17, 31))
    assert set(range(31, DAYS)) <= arrived


def test_four_days_of_keys_cannot_be_joined() -> None:
    """120 labels have no roast."""
    roasts = simulate("unjoinable", SEED)
    lost = roasts.labels[~roasts.labels["roast_id"].isin(roasts.features["roast_id"])]
    assert len(lost) == 120
    assert set(watch_day(lost["measured_at"])) == {17, 18, 19, 20}


def test_a_feed_changes_its_unit(steady: Roasts) -> None:
    """The truth does not, and no other column."""
    roasts = simulate("unit_change", SEED)
    inside = watch_day(steady.features["roasted_at"]).between(10, 14)
    celsius, found = steady.features["roaster_temperature"], roasts.features["roaster_temperature"]
    np.testing.assert_allclose(found[inside], celsius[inside] * 9 / 5 + 32, atol=0.06)
    pd.testing.assert_series_equal(found[~inside], celsius[~inside])
    np.testing.assert_array_equal(roasts.truth.humidity, steady.truth.humidity)


def test_predictions_are_not_stored_for_five_days() -> None:
    """The truth names their roasts."""
    roasts = simulate("no_predictions", SEED)
    days = watch_day(roasts.features.set_index("roast_id")["roasted_at"])
    assert set(days[list(roasts.truth.unstored)]) == set(range(10, 15))
    assert len(roasts.truth.unstored) == 5 * 150


def test_tables_in_the_clone_are_what_the_simulator_makes() -> None:
    """The demo model reads the story of one origin whose beans behave the other way round."""
    made = simulate("local_flip", seed=0)
    pd.testing.assert_frame_equal(pd.read_parquet(DEMO / "features.parquet"), made.features)
    pd.testing.assert_frame_equal(pd.read_parquet(DEMO / "labels.parquet"), made.labels)
