"""Three cases that tutorials of drift detection begin with."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from include.retraining.drift.check import check_drift
from include.retraining.flow import run_interval
from include.retraining.performance.realised import check_performance
from include.retraining.performance.segments import Labelled
from include.retraining.results.drift import DriftResult
from include.retraining.results.performance import PerformanceResult
from include.retraining.results.run import Launch
from include.retraining.spec.drift import DriftSpec
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.workplace import Workplace
from tests.drift.samples import profile_of
from tests.world import ROWS_A_DAY, interval_of, make_rows


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("rows", "spec"),
    [(2_000, DriftSpec(tests=("kolmogorov_smirnov",))), (1_000, DriftSpec())],
    ids=["Kolmogorov-Smirnov alone", "default tests"],
)
def test_another_mean_and_scale_is_found(rows: int, spec: DriftSpec, seed: int) -> None:
    """Normal samples of means 0 and 0.5 and scales 1 and 1.2 are told apart; two of one distribution are not."""
    rng = np.random.default_rng(seed)
    profile = profile_of({"x": rng.normal(0, 1, rows)})
    changed = check_drift(profile, pa.table({"x": rng.normal(0.5, 1.2, rows)}), spec)
    equal = check_drift(profile, pa.table({"x": rng.normal(0, 1, rows)}), spec)
    assert [column.column for column in changed.drifted_columns] == ["x"]
    assert not equal.drifted


def test_targets_of_each_fifth_day(workplace: Workplace, rows: pd.DataFrame, tmp_path: Path) -> None:
    """The champion is judged when a block of labels has come; between, nothing crashes and nothing is made up."""
    block_end = (np.arange(len(rows)) // (5 * ROWS_A_DAY) + 1) * 5
    known_at = interval_of(0).start + pd.to_timedelta(24 * block_end + 1, unit="h")
    rows.assign(known_at=known_at).to_parquet(tmp_path / "rows.parquet")
    changes = {
        "data": workplace.spec.data.model_dump() | {"label_time": "known_at"},
        "labels": {"expected_delay": "2d", "maturity": "0d", "maximum_delay": "6d", "minimum": 1_000},
    }
    spec = ModelSpec.model_validate(workplace.spec.model_dump() | changes)
    outcomes = [
        run_interval(replace(workplace, spec=spec), interval_of(day), Launch(kind="t")) for day in range(14, 21)
    ]
    assert outcomes[0].promoted
    verdicts = [outcome.performance.verdict for outcome in outcomes[1:] if outcome.performance]
    assert verdicts == ["steady", "no_labels", "no_labels", "no_labels", "no_labels", "steady"]
    assert {outcome.decision.action for outcome in outcomes[1:]} <= {"none", "watch"}


WRONG = {
    "shuffled": lambda target: np.random.default_rng(1).permutation(target),
    "another unit": lambda target: 10 * target,
}
WRONG_FROM, DAYS, BATCH = 70, 100, 5


@pytest.fixture(scope="module", params=WRONG)
def judged(request: pytest.FixtureRequest) -> tuple[str, dict[int, DriftResult], dict[int, PerformanceResult]]:
    """Hundred days of unchanged features whose targets are wrong from day 70 on, judged in batches of five days."""
    rows = make_rows(days=DAYS, turn=DAYS)
    day = rows.index.to_numpy() // ROWS_A_DAY
    wrong = day >= WRONG_FROM
    rows.loc[wrong, "moisture"] = WRONG[request.param](rows.loc[wrong, "moisture"].to_numpy())
    prediction = (5 + rows["size"] + (rows["origin"] == "B")).to_numpy()  # the relation as a good model knows it
    features, target = rows[["size", "heat", "origin"]], rows["moisture"].to_numpy()
    old, holdout = day < 40, (day >= 30) & (day < 40)
    reference = Labelled(target[holdout], prediction[holdout], rows.loc[holdout, ["origin"]])
    profile = profile_of(
        {name: features.loc[old, name].to_numpy() for name in features},
        ("origin",),
        predictions={"prediction": prediction[old]},
        target=target[old],
    )
    spec = ModelSpec.model_validate(
        {
            "name": "m",
            "task": "regression",
            "schedule": "0 0 * * *",
            "start_date": "2024-01-01",
            "data": {"features": {"use": "files", "uri": "x"}, "time": "at", "target": "moisture"},
        }
    )
    drift, performance = {}, {}
    for first in range(40, DAYS, BATCH):
        now = (day >= first) & (day < first + BATCH)
        table = pa.Table.from_pandas(features[now], preserve_index=False)
        drift[first] = check_drift(
            profile, table, spec.drift, predictions={"prediction": prediction[now]}, target=target[now]
        )
        current = Labelled(target[now], prediction[now], rows.loc[now, ["origin"]])
        performance[first] = check_performance(spec, current=current, reference=reference)
    return request.param, drift, performance


def test_wrong_targets_are_no_drift_of_features(judged: tuple[str, dict[int, DriftResult], object]) -> None:
    """Neither features nor predictions move; the target does, where its distribution changes."""
    kind, drift, _ = judged
    for first, result in drift.items():
        expected = ["target"] if kind == "another unit" and first >= WRONG_FROM else []
        assert [column.role for column in result.drifted_columns] == expected, first


def test_wrong_targets_show_in_the_performance(judged: tuple[str, object, dict[int, PerformanceResult]]) -> None:
    """From the first wrong batch on, in every one, and in none before."""
    _, _, performance = judged
    found = {first: result.verdict for first, result in performance.items()}
    assert found == {first: "dropped" if first >= WRONG_FROM else "steady" for first in found}
