"""Every prediction stands somewhere, and once."""

from datetime import timedelta

import pandas as pd

from include.retraining.flow import run_interval
from include.retraining.results.run import Launch
from include.retraining.spec.data import DataSpec
from include.retraining.steps.maturity import count_states
from include.retraining.steps.workplace import Workplace
from tests.world import FIRST_DAY, ROWS_A_DAY, interval_of

DAY = timedelta(days=1)
DATA = DataSpec.model_validate(
    {"features": {"use": "files", "uri": "x"}, "key": "id", "time": "at", "target": "y", "label_time": "known_at"}
)


def test_each_prediction_counts_once() -> None:
    """The first that applies of: excluded, joined, orphaned, matured, pending; a moment belongs to what follows it."""
    rows = pd.DataFrame({"id": range(10), "at": [FIRST_DAY + day * DAY for day in range(10)]})
    found = count_states(
        rows,
        DATA,
        labelled=pd.Series([0, 4, 5, 8, 77]),
        excluded=pd.Series([5, 9, 78]),
        of_age=FIRST_DAY + 7 * DAY,
        gone=FIRST_DAY + 3 * DAY,
    )
    assert found == {"excluded": 2, "joined": 3, "orphaned": 2, "matured": 2, "pending": 1}
    assert sum(found.values()) == len(rows)


def test_every_interval_says_where_its_predictions_stand(workplace: Workplace) -> None:
    """Labels come a day later; the first champion predicts from day 11 on."""
    assert run_interval(workplace, interval_of(10), Launch(kind="scheduled")).maturity is None
    expected = {11: (ROWS_A_DAY, 0), 12: (ROWS_A_DAY, ROWS_A_DAY), 13: (ROWS_A_DAY, 2 * ROWS_A_DAY)}
    for day, (pending, joined) in expected.items():
        found = run_interval(workplace, interval_of(day), Launch(kind="scheduled")).maturity
        assert found is not None
        assert (found.pending, found.joined, found.predictions) == (pending, joined, pending + joined)
        assert found.labelled == (1.0 if joined else None)
        assert found.delays is None  # no time of arrival is known
