"""Comparing a batch with the reference."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.retraining.drift.batch import count_batch
from include.retraining.drift.check import check_drift, compare
from include.retraining.drift.profile import Profile
from include.retraining.registry import DRIFT_TESTS
from include.retraining.results.drift import DriftResult
from include.retraining.spec.drift import DriftSpec
from tests.drift.samples import profile_of

SPEC = DriftSpec(classifier=False)
EVERY_TEST = DriftSpec(tests=tuple(DRIFT_TESTS))


def rows(count: int, seed: int, shift: float = 0.0) -> dict[str, object]:
    """Numbers, counts, booleans, times and names."""
    rng = np.random.default_rng(seed)
    return {
        "number": rng.normal(shift, 1, count),
        "count": rng.poisson(3, count),
        "flag": rng.random(count) < 0.3,
        "moment": rng.integers(0, 10**9, count).astype("datetime64[s]"),
        "place": rng.choice(["EWR", "JFK", "LGA"], count, p=[0.4, 0.35, 0.25]),
    }


@pytest.fixture(scope="module")
def profile() -> Profile:
    """A reference of 6,000 rows, with predictions and class names."""
    rng = np.random.default_rng(1)
    return profile_of(
        rows(6_000, 0),
        ("place",),
        predictions={"prediction": rng.random(6_000)},
        target=rng.choice(["no", "yes"], 6_000),
    )


def drifted(result: DriftResult) -> set[tuple[str, str]]:
    """Columns and tests that alarmed."""
    return {(f.column, f.test) for column in result.columns for f in column.findings if f.drifted}


def test_the_same_distribution_is_no_drift(profile: Profile) -> None:
    """No alarm, every column judged by every test."""
    result = check_drift(profile, pa.table(rows(2_000, 5)), EVERY_TEST)
    assert not result.drifted
    assert result.not_judged == ()
    assert (result.rows_reference, result.rows_current) == (6_000, 2_000)
    tests = {finding.test for column in result.columns for finding in column.findings}
    assert tests >= {*DRIFT_TESTS, "correlation"}


def test_a_shift_is_found_in_its_column_alone(profile: Profile) -> None:
    """The drifted column comes first and says which way it went."""
    result = check_drift(profile, pa.table(rows(2_000, 6, shift=0.5)), SPEC)
    assert [column.column for column in result.drifted_columns] == ["number"]
    assert result.columns[0].column == "number"
    finding = next(f for f in result.columns[0].findings if f.test == "van_der_waerden")
    assert (finding.direction, finding.drifted) == ("up", True)
    assert finding.statistic > finding.threshold
    assert "chunks of the reference" in finding.threshold_origin


def test_a_shift_below_the_minimum_effect_is_no_alarm() -> None:
    """However many rows show it: 0.1 standard deviations move 4% of the rows."""
    rng = np.random.default_rng(7)
    profile = profile_of({"x": rng.normal(size=60_000)})
    batch = pa.table({"x": rng.normal(0.1, 1, 50_000)})
    assert not check_drift(profile, batch, SPEC).drifted
    assert ("x", "van_der_waerden") in drifted(check_drift(profile, batch, DriftSpec(minimum_effect=0.02)))


def test_nulls_new_categories_and_infinities_are_findings(profile: Profile) -> None:
    """Each is named for what it is."""
    batch = rows(1_000, 8)
    batch["number"] = np.where(np.arange(1_000) % 5 == 0, np.inf, batch["number"])
    batch["count"] = pa.array(np.asarray(batch["count"]), mask=np.arange(1_000) % 4 == 0)
    batch["place"] = np.where(np.arange(1_000) % 3 == 0, "SWF", batch["place"])
    found = drifted(check_drift(profile, pa.table(batch), SPEC))
    assert {("number", "infinite_rate"), ("count", "null_rate"), ("place", "unseen_categories")} <= found


def test_predictions_and_labels_are_compared_like_features(profile: Profile) -> None:
    """Their findings carry their role; labels may be fewer than rows."""
    result = check_drift(
        profile,
        pa.table(rows(1_000, 9)),
        SPEC,
        predictions={"prediction": np.random.default_rng(0).beta(2, 1, 1_000)},
        target=np.array(["yes"] * 300 + ["no"] * 100, object),
    )
    assert {(column.role, column.column) for column in result.drifted_columns} == {
        ("prediction", "prediction"),
        ("target", "target"),
    }


def test_what_cannot_be_judged_is_said(profile: Profile) -> None:
    """Missing, retyped, all null and nearly empty columns are named with the reason."""
    batch = pa.table(rows(500, 10)).drop_columns(["flag"])
    batch = batch.set_column(0, "number", pa.array(["text"] * 500))
    batch = batch.set_column(1, "count", pa.nulls(500, pa.int64()))
    why = {entry.column: entry.why for entry in check_drift(profile, batch, SPEC).not_judged}
    assert why["flag"] == "missing from the batch"
    assert "no numbers" in why["number"]
    assert "no values in the batch" in why["count"]


@pytest.mark.parametrize("count", [0, 5])
def test_an_empty_or_tiny_batch_is_not_judged(profile: Profile, count: int) -> None:
    """No alarm, and every feature says why."""
    result = check_drift(profile, pa.table(rows(count, 11)), SPEC)
    assert not result.drifted
    assert {entry.column for entry in result.not_judged} == {"number", "count", "flag", "moment", "place"}
    assert not check_drift(profile, [], SPEC).drifted


def test_a_constant_that_changes_is_drift() -> None:
    """A reference of one value still notices another."""
    found = check_drift(profile_of({"x": np.full(3_000, 2.0)}), pa.table({"x": np.full(500, 3.0)}), SPEC)
    assert found.drifted
    assert not check_drift(profile_of({"x": np.full(3_000, 2.0)}), pa.table({"x": np.full(500, 2.0)}), SPEC).drifted


def test_a_change_of_scale_or_correlation_is_drift() -> None:
    """With unchanged means, and with unchanged marginal distributions."""
    rng = np.random.default_rng(12)
    x, noise = rng.normal(size=(2, 6_000))
    reference = profile_of({"x": x, "y": 0.5 * x + np.sqrt(0.75) * noise})
    x, noise = rng.normal(size=(2, 1_000))
    wider = {"x": 1.4 * x, "y": 0.7 * x + 1.4 * np.sqrt(0.75) * noise}
    turned = {"x": x, "y": -0.5 * x + np.sqrt(0.75) * noise}
    assert {("x", "klotz"), ("y", "klotz")} <= drifted(check_drift(reference, pa.table(wider), SPEC))
    assert drifted(check_drift(reference, pa.table(turned), SPEC)) == {("x and y", "correlation")}


def test_a_change_of_three_columns_together_is_drift() -> None:
    """Each column and each pair is as before; only the sign of the product of all three is not."""
    rng = np.random.default_rng(16)

    def signs(rows: int, sign: float) -> dict[str, np.ndarray]:
        x, y, z = rng.normal(size=(3, rows))
        return {"x": x, "y": y, "z": np.where(x * y * z * sign > 0, z, -z)}

    profile = profile_of(signs(6_000, 1))
    found = check_drift(profile, pa.table(signs(2_000, -1)), DriftSpec())
    assert drifted(found) == {("all features together", "domain_classifier")}
    finding = found.drifted_relations[0].findings[0]
    assert set(finding.involved) == {"x", "y", "z"}
    assert finding.interval is not None
    assert finding.interval[0] > 0.6
    assert drifted(check_drift(profile, pa.table(signs(2_000, 1)), DriftSpec())) == set()


def test_natural_variation_of_the_reference_is_no_alarm() -> None:
    """Where days differ by half a standard deviation, one more such day is normal; without chunks it would alarm."""
    rng = np.random.default_rng(13)
    days = [rng.normal(rng.normal(0, 0.5), 1, 400) for _ in range(40)]
    profile = profile_of({"x": np.concatenate(days)})
    alarms = [
        check_drift(profile, pa.table({"x": rng.normal(rng.normal(0, 0.5), 1, 400)}), SPEC).drifted for _ in range(40)
    ]
    assert sum(alarms) <= 2
    assert check_drift(profile, pa.table({"x": rng.normal(4, 1, 400)}), SPEC).drifted


def test_importance_ranks_the_columns(profile: Profile) -> None:
    """Of two drifted columns the one on which the model relies comes first."""
    batch = rows(1_000, 14, shift=0.6)
    batch["count"] = np.random.default_rng(0).poisson(9, 1_000)
    table = pa.table(batch)
    assert check_drift(profile, table, SPEC).columns[0].column == "count"
    ranked = check_drift(profile, table, SPEC, importance={"number": 5.0, "count": 0.1})
    assert ranked.columns[0].column == "number"


@settings(deadline=None, max_examples=25)
@given(cut=st.integers(0, 500))
def test_partial_profiles_give_the_same_result(profile: Profile, cut: int) -> None:
    """Partitions counted apart and merged are judged like the whole batch."""
    table = pa.table(rows(500, 15, shift=0.4))
    merged = count_batch(profile, table.slice(0, cut)) + count_batch(profile, table.slice(cut), first_row=cut)
    whole = count_batch(profile, table)
    assert compare(profile, merged, SPEC) == compare(profile, whole, SPEC)
    assert merged.sample is not None
    assert whole.sample is not None
    assert (merged.sample.cells == whole.sample.cells).all()


NUMBERS = st.one_of(
    st.none(),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([0.0, 1.0, -1.0, 1e308, -1e308, 5e-324, 1e-12]),
)
NAMES = st.none() | st.text(max_size=3)


@settings(deadline=None, max_examples=60)
@given(
    reference=st.lists(st.tuples(NUMBERS, NUMBERS, NAMES), max_size=80),
    current=st.lists(st.tuples(NUMBERS, NUMBERS, NAMES), max_size=80),
    repeat=st.integers(1, 8),
)
def test_no_input_crashes_or_gives_a_figure_that_is_none(
    reference: list[tuple[object, ...]], current: list[tuple[object, ...]], repeat: int
) -> None:
    """Finite, null, infinite, huge, tiny, constant and empty columns: a verdict, or a reason why there is none."""

    def table(part: list[tuple[object, ...]]) -> pa.Table:
        kinds = (pa.float64(), pa.float64(), pa.string())
        return pa.table({name: pa.array([row[i] for row in part], kinds[i]) for i, name in enumerate("xyc")})

    known = table(reference * repeat)
    profile = Profile.from_json(profile_of({name: known.column(name) for name in "xyc"}, ("c",)).to_json())
    result = check_drift(profile, table(current * repeat), EVERY_TEST)  # a record refuses NaN and infinity
    judged = {column.column for column in result.columns if column.findings}
    silent = {column.column for column in result.columns if not column.findings}
    assert {"x", "y", "c"} <= judged | silent | {entry.column for entry in result.not_judged}
    assert DriftResult.model_validate_json(result.model_dump_json()) == result


@pytest.mark.parametrize("variation", [0.0, 0.05])
def test_false_alarms_of_a_whole_model_are_rare(variation: float) -> None:
    """Of 40 unchanged batches of a model of 20 columns, whose days vary or not, at most two alarm at 1%."""
    rng = np.random.default_rng(16)

    def day(count: int) -> np.ndarray:
        return rng.normal(rng.normal(0, variation, 20), 1, (count, 20))

    reference = np.concatenate([day(300) for _ in range(30)])
    profile = profile_of({str(i): reference[:, i] for i in range(20)})
    spec = DriftSpec(minimum_effect=0.0)
    alarms = 0
    for _ in range(40):
        batch = day(600)
        alarms += check_drift(profile, pa.table({str(i): batch[:, i] for i in range(20)}), spec).drifted
    assert alarms <= 2


def test_checking_imports_neither_pandas_nor_scipy() -> None:
    """A drift check without the classifier pays for numpy, pyarrow and pydantic alone, and for no model file."""
    code = """
import sys
import numpy as np, pyarrow as pa
from include.retraining.drift.check import check_drift
from include.retraining.drift.profile import Profile
from include.retraining.spec.drift import DriftSpec
from include.retraining.registry import DRIFT_TESTS
def column(kind, values):
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values.tobytes())])
places = pa.DictionaryArray.from_arrays(column(pa.int32(), np.arange(500, dtype=np.int32) % 3), pa.Array.from_buffers(
    pa.string(), 3, [None, pa.py_buffer(np.array([0, 3, 6, 9], np.int32).tobytes()), pa.py_buffer(b"EWRJFKSWF")]))
batch = pa.RecordBatch.from_arrays(
    [column(pa.float64(), np.arange(500.0)), column(pa.int64(), np.arange(500)), places], ["number", "count", "place"])
spec = DriftSpec(tests=tuple(DRIFT_TESTS), classifier=False)
result = check_drift(Profile.from_json(sys.stdin.read()), [batch], spec)
assert result.drifted
unwanted = "pandas", "scipy", "sklearn", "matplotlib", "numpy.random"
unwanted += "include.retraining.spec.model", "include.retraining.domain", "include.retraining.results.training"
print([name for name in unwanted if name in sys.modules])
"""
    reference = {name: values for name, values in rows(3_000, 17).items() if name in {"number", "count", "place"}}
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=profile_of(reference, ("place",)).to_json(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "[]", done.stderr
