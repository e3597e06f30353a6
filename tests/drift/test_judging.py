"""False alarms and power of a whole model, by simulation from counts; benchmarks/drift_power.py has the large one."""

import numpy as np
import pytest
from scipy import stats

from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.counts import Chunks, Counts, Layout
from include.retraining.drift.examination import measure_column
from include.retraining.drift.judging import Examined, judge
from include.retraining.results.drift import ColumnDrift
from include.retraining.spec.drift import DriftSpec

COLUMNS, CHUNKS, CHUNK_ROWS, RATE = 12, 30, 1_000, 0.05
EDGES = stats.norm.ppf(np.arange(1, 64) / 64)
LAYOUT = Layout("numeric", EDGES)


def draw(rng: np.random.Generator, rows: int, mean: float, scale: float = 1.0, nulls: float = 0.01) -> Counts:
    """Counts of a normal column with nulls."""
    missing = int(rng.binomial(rows, nulls))
    cells = np.diff(stats.norm.cdf(EDGES, mean, scale), prepend=0.0, append=1.0)
    return Counts(rng.multinomial(rows - missing, cells), nulls=missing)


def judged(
    rng: np.random.Generator, rows: int, variation: float, spec: DriftSpec, shift: float = 0.0, **change: float
) -> list[ColumnDrift]:
    """A model of which only the first column of the batch is changed."""
    examined = []
    for number in range(COLUMNS):
        offsets = rng.normal(0, variation, CHUNKS + 1)
        chunks = tuple(draw(rng, CHUNK_ROWS, offset) for offset in offsets[1:])
        current = draw(rng, rows, offsets[0] + shift, **change) if number == 0 else draw(rng, rows, offsets[0])
        data = ColumnData(LAYOUT, sum(chunks[1:], chunks[0]), Chunks.of(chunks, LAYOUT.size), current)
        examined.append(Examined(str(number), "feature", "numeric", measure_column(data, spec)))
    return judge(examined, spec.false_alarm_rate)


@pytest.mark.parametrize("rows", [100, 1_000, 10_000])
@pytest.mark.parametrize("variation", [0.0, 0.03])
def test_false_alarms_keep_their_rate(rows: int, variation: float) -> None:
    """Of batches a tenth, once and ten times the chunks' size, no more alarm than 5% may by chance."""
    rng, repetitions = np.random.default_rng(rows), 30
    spec = DriftSpec(false_alarm_rate=RATE, minimum_effect=0.0, minimum_null_change=0.0)
    alarms = sum(any(column.drifted for column in judged(rng, rows, variation, spec)) for _ in range(repetitions))
    assert alarms <= stats.binom.isf(0.001, repetitions, RATE)


@pytest.mark.parametrize(
    ("change", "least"),
    [({"shift": 0.2}, 0.6), ({"shift": 0.5}, 0.99), ({"scale": 1.2}, 0.95), ({"nulls": 0.05}, 0.95)],
)
def test_changes_are_found_with_the_defaults(change: dict[str, float], least: float) -> None:
    """At 1,000 rows with day-to-day variation, at least as often as stated, within a binomial bound."""
    rng, repetitions = np.random.default_rng(5), 25
    found = sum(judged(rng, 1_000, 0.03, DriftSpec(), **change)[0].drifted for _ in range(repetitions))
    assert found >= stats.binom.ppf(0.001, repetitions, least)


@pytest.mark.parametrize("change", [{"shift": 0.1}, {"scale": 1.05}, {"nulls": 0.02}])
def test_trifles_are_no_alarm_however_many_rows_show_them(change: dict[str, float]) -> None:
    """A tenth of the spread moves 4% of the rows: below the default minimum."""
    columns = judged(np.random.default_rng(6), 1_000_000, 0.0, DriftSpec(), **change)
    assert not any(column.drifted for column in columns)
    assert any(f.p_value < 1e-3 for f in columns[0].findings if f.p_value is not None)
