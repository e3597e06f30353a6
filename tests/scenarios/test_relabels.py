"""A laboratory that answers the list settles what is held: the simulated roaster, through the production steps."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from include.demo.roaster import replay
from include.demo.roaster.plant import NOISE
from include.demo.roaster.simulate import Roasts, simulate
from include.retraining.diagnosis.answer import UNKNOWN_CAUSE
from include.retraining.results.audit import HeldLabels
from include.retraining.results.outcome import Outcome

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(1200)]
SEED, DAYS = 1, 26
ANSWER = timedelta(days=2)  # after the list


@dataclass
class Laboratory:
    """Measures what it is asked for; `honest` says whether it finds the truth, or the recorded values again."""

    file: Path
    roasts: Roasts
    honest: bool
    sent: dict[str, tuple[float, pd.Timestamp]] = field(default_factory=dict)
    settled: list[tuple[int, HeldLabels]] = field(default_factory=list)

    def __post_init__(self) -> None:
        keys = self.roasts.features["roast_id"]
        noise = np.random.default_rng(7).normal(0, NOISE, len(keys))
        recorded = dict(zip(self.roasts.labels["roast_id"], self.roasts.labels["outlet_humidity"], strict=True))
        self.values = dict(zip(keys, self.roasts.truth.humidity + noise, strict=True)) if self.honest else recorded
        self.send()

    def send(self) -> None:
        """Write everything that was measured so far."""
        values, times = zip(*self.sent.values(), strict=True) if self.sent else ((), ())
        rows = {
            "roast_id": pd.Series(list(self.sent), dtype="str"),
            "outlet_humidity": pd.Series(values, dtype="float64"),
            "measured_at": pd.Series(times, dtype="datetime64[us, UTC]"),
        }
        pd.DataFrame(rows).to_parquet(self.file)

    def look(self, outcome: Outcome) -> None:
        """Read the list of an interval."""
        found = outcome.concept.findings if outcome.concept else ()
        for one in found:
            for key in one.asked:
                self.sent.setdefault(str(key), (self.values[key], pd.Timestamp(outcome.interval.end + ANSWER)))
            if one.outcome != "undecided":
                self.settled.append(((outcome.interval.start - replay.FIRST.end).days, one))
        self.send()


@pytest.mark.parametrize("honest", [True, False], ids=["wrong", "right"])
@pytest.mark.parametrize("scenario", ["lab_offset", "station_mix"])
def test_the_laboratory_settles_it(scenario: str, honest: bool, tmp_path: Path) -> None:
    """The truth confirms the finding, and hardly any good label is lost; the old values release it."""
    roasts = simulate(scenario, SEED, DAYS)
    laboratory = Laboratory(tmp_path / "relabels.parquet", roasts, honest)
    changes = {
        "data": {
            "label_sources": ("station",),
            "relabels": {"use": "files", "uri": str(laboratory.file)},
        }
    }
    outcomes = replay.run_scenario(scenario, SEED, tmp_path, days=DAYS, changes=changes, on_interval=laboratory.look)
    assert laboratory.settled
    assert {found.outcome for _, found in laboratory.settled} == {"confirm" if honest else "release"}
    first, _ = laboratory.settled[0]
    actions = [outcome.decision.action for outcome in outcomes[first:]]
    if honest:
        wrong = roasts.truth.wrong_labels
        lost = {key for _, found in laboratory.settled for key in found.keys}
        assert len(lost & wrong) >= 0.9 * len(lost)
        assert "retrain" not in actions
    else:
        last = outcomes[-1]
        assert last.concept is not None
        assert last.concept.held == 0
        assert last.diagnosis is not None
        if scenario == "lab_offset":  # the process itself changed by a constant: that can be learned
            assert "retrain" in actions
            assert not {"hold_labels", "ask"} & set(actions)
        else:  # right labels that nobody can learn: a person has to find the cause
            assert last.diagnosis.advice == UNKNOWN_CAUSE
