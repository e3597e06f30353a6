"""What becomes of every kind of column: which findings it has, or why it could not be judged."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.retraining.cli.tables import feature_kinds
from include.retraining.drift.build import build_profile
from include.retraining.drift.check import check_drift
from include.retraining.drift.profile import Profile
from include.retraining.results.columns import Columns
from include.retraining.results.drift import DriftResult
from include.retraining.spec.drift import DriftSpec
from tests.drift.kinds import CONSTANT, EMPTY, EVERY, MOMENTS, NAMES, NUMBERS, UNUSABLE, Make, normal, texts, whole

SPEC = DriftSpec(classifier=False)
REFERENCE, BATCH = 3_000, 1_000


def judge(reference: pa.Array, batch: pa.Array | None, kind: str | None = None) -> tuple[dict[str, float], str | None]:
    """Effects by test of one column, whose kind follows from its type or is declared, and why it was not judged."""
    table = pa.table({"x": reference})
    declared = {"numeric": (), "categorical": (), kind: ("x",)}
    columns = feature_kinds(table, ()) if kind is None else Columns(**declared)
    profile = Profile.from_json(build_profile(table, columns).to_json())
    current = pa.table({"x": batch} if batch is not None else {"other": [0] * BATCH})
    return verdict(check_drift(profile, current, SPEC), "x")


def verdict(result: DriftResult, name: str) -> tuple[dict[str, float], str | None]:
    """Effects by test of one column, and why it was not judged."""
    findings = [finding for column in result.columns if column.column == name for finding in column.findings]
    why = [entry.why for entry in result.not_judged if entry.column == name]
    assert len(why) <= 1
    return {finding.test: finding.effect for finding in findings}, why[0] if why else None


def pair(make: Make) -> tuple[pa.Array, pa.Array]:
    """A reference and a batch of the same source."""
    return make(np.random.default_rng(0), REFERENCE), make(np.random.default_rng(1), BATCH)


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_times_and_truth_values_are_numeric(name: str) -> None:
    """They have the tests of numbers; with two values the spread says no more than the mean."""
    found, why = judge(*pair(NUMBERS[name]))
    assert why is None
    assert found.keys() == {"kolmogorov_smirnov", "van_der_waerden", *(["klotz"] if name != "boolean" else [])}
    assert max(found.values()) < 0.1


@pytest.mark.parametrize("name", NAMES)
def test_texts_and_categories_are_categorical(name: str) -> None:
    """However they are stored."""
    found, why = judge(*pair(NAMES[name]))
    assert why is None
    assert found.keys() == {"chi_squared"}
    assert found["chi_squared"] < 0.1


@pytest.mark.parametrize("name", MOMENTS)
def test_moments_are_left_out_unless_declared(name: str) -> None:
    """They only move forward; declared as numbers they are compared as seconds."""
    reference, batch = pair(MOMENTS[name])
    assert feature_kinds(pa.table({"x": reference}), ()).features == []
    found, why = judge(reference, batch, "numeric")
    assert why is None
    assert found.keys() == {"kolmogorov_smirnov", "van_der_waerden", "klotz"}


@pytest.mark.parametrize("name", EMPTY)
@pytest.mark.parametrize("kind", ["numeric", "categorical"])
def test_a_column_without_values_is_judged_by_its_nulls(name: str, kind: str) -> None:
    """The reason says that nothing else could be compared; values that appear are a change of the null rate."""
    reference, batch = pair(EMPTY[name])
    found, why = judge(reference, batch, kind)
    assert found == {"null_rate": 0.0}
    assert why == "no values in the reference: only the rates of nulls and infinities were compared"
    found, why = judge(reference, pair(whole(pa.int64()))[1], kind)
    assert found == {"null_rate": 1.0}


@pytest.mark.parametrize("name", UNUSABLE)
def test_nested_and_unreadable_values_are_named_with_their_type(name: str) -> None:
    """In the reference, and when a column of a usable type turns into one."""
    reference, batch = pair(UNUSABLE[name])
    found, why = judge(reference, batch)
    assert found == {}
    assert why is not None
    assert why.startswith("reference: values of type")
    for kind, complaint in (("numeric", "are no numbers"), ("categorical", "cannot be categories")):
        found, why = judge(pair(whole(pa.int64()))[0], batch, kind)
        assert found == {}
        assert why is not None
        assert complaint in why or "no place on one axis" in why


@pytest.mark.parametrize("name", CONSTANT)
def test_a_constant_that_stays_is_no_change(name: str) -> None:
    """Nothing to compare is nothing changed: no reason is given, and the effect, if there is one, is 0."""
    found, why = judge(*pair(CONSTANT[name]))
    assert why is None
    assert set(found.values()) <= {0.0}


@pytest.mark.parametrize(("before", "after"), [(2.0, 3.0), (True, False), ("always", "never")])
def test_a_constant_that_changes_has_changed_in_all_rows(before: object, after: object) -> None:
    """Whatever its type."""
    found, _ = judge(pa.array([before] * REFERENCE), pa.array([after] * BATCH))
    assert max(found.values()) == 1.0


def test_nulls_inside_a_dictionary_are_nulls() -> None:
    """They are no category of their own."""
    places = [pa.array(np.arange(rows) % 4, pa.int8()) for rows in (REFERENCE, BATCH)]
    dictionary = pa.array(["a", None, "b", "c"])
    found, why = judge(*(pa.DictionaryArray.from_arrays(place, dictionary) for place in places))
    assert why is None
    assert found == {"null_rate": 0.0, "chi_squared": pytest.approx(0.0, abs=1e-3)}


@pytest.mark.parametrize("rows", [800, REFERENCE])
def test_identifiers_are_not_compared(rows: int) -> None:
    """Values that hardly repeat say nothing, however many of them are kept by name."""
    rng = np.random.default_rng(0)
    found, why = judge(*(EVERY["identifier"](rng, size) for size in (rows, BATCH)))
    assert found == {}
    assert why is not None
    assert "hardly repeat" in why


@pytest.mark.parametrize("most", [900, 10_000])
def test_many_categories_do_not_alarm_by_themselves(most: int) -> None:
    """Two samples from one long list of names differ in which rare ones they hold."""
    rng = np.random.default_rng(0)
    columns = Columns(numeric=(), categorical=("x",))
    for _ in range(3):
        profile = build_profile(pa.table({"x": texts(most)(rng, REFERENCE)}), columns)
        assert not check_drift(profile, pa.table({"x": texts(most)(rng, BATCH)}), SPEC).drifted


CHANGES: dict[str, tuple[Any, Any, str | None]] = {
    "integers to floats": (pa.int64(), pa.float64(), None),
    "integers to float32": (pa.int64(), pa.float32(), None),
    "numbers to digits": (pa.int64(), pa.string(), None),
    "digits to numbers": (pa.string(), pa.int64(), None),
    "digits to floats": (pa.string(), pa.float64(), "categorical"),
    "integers to decimals": (pa.int64(), pa.decimal128(20, 0), "categorical"),
    "integers to moments": (pa.int64(), pa.timestamp("s"), None),
    "duration to integers": (pa.duration("s"), pa.int64(), None),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_type_alone_is_no_change(change: str) -> None:
    """The same numbers, stored otherwise, are the same numbers, or the same names."""
    before, after, kind = CHANGES[change]
    reference, batch = pair(whole(pa.int64(), 5))
    found, why = judge(reference.cast(before), batch.cast(after), kind)
    assert why is None
    assert max(found.values()) < 0.1


def test_numbers_that_became_words_cannot_be_judged() -> None:
    """One word among digits suffices; the reason shows it."""
    reference, batch = pair(whole(pa.int64(), 5))
    for words in (["many"] * BATCH, [*batch.cast(pa.string()).to_pylist()[1:], "n/a"]):
        found, why = judge(reference, pa.array(words))
        assert found == {}
        assert why is not None
        assert why.startswith("values of type string are no numbers")
        assert words[-1] in why


def test_words_that_became_numbers_are_new_categories() -> None:
    """All rows hold values that the reference did not have."""
    found, why = judge(pair(texts(6))[0], pair(whole(pa.int64()))[1])
    assert why is None
    assert found == {"chi_squared": 1.0, "unseen_categories": 1.0}


def test_missing_columns_are_named_and_further_ones_ignored() -> None:
    """A batch may bring columns that the reference does not know."""
    reference, batch = pair(NUMBERS["double"])
    assert judge(reference, None) == ({}, "missing from the batch")
    profile = build_profile(pa.table({"x": reference}), Columns(numeric=("x",), categorical=()))
    result = check_drift(profile, pa.table({"x": batch, "y": batch, "z": pair(UNUSABLE["list"])[1]}), SPEC)
    assert [column.column for column in result.columns] == ["x"]
    assert result.not_judged == ()


OUTCOMES: dict[str, Callable[[np.random.Generator, int], Any]] = {
    "numbers": lambda rng, rows: rng.normal(size=rows),
    "float32": lambda rng, rows: rng.normal(size=rows).astype(np.float32),
    "integers": lambda rng, rows: rng.integers(0, 50, rows),
    "truth values": lambda rng, rows: rng.random(rows) < 0.4,
    "constant": lambda rng, rows: np.ones(rows),
    "no values": lambda rng, rows: np.full(rows, np.nan),
    "Arrow numbers": normal(pa.float64()),
    "Arrow nulls": lambda rng, rows: pa.nulls(rows, pa.float64()),
    "names": lambda rng, rows: rng.choice(["no", "yes"], rows).astype(object),
    "fixed-width names": lambda rng, rows: rng.choice(["no", "yes"], rows),
    "names and gaps": lambda rng, rows: np.where(rng.random(rows) < 0.3, None, rng.choice(["no", "yes"], rows)),
    "Arrow names": texts(3),
    "Arrow dictionary": NAMES["dictionary"],
}
NUMERIC_OUTCOMES = list(OUTCOMES)[:8]


@pytest.mark.parametrize("name", OUTCOMES)
@pytest.mark.parametrize("role", ["prediction", "target"])
def test_predictions_and_targets_of_every_kind_are_judged(role: str, name: str) -> None:
    """Targets may be numbers or names, predictions are numbers; neither alarms when nothing changed."""
    if role == "prediction" and name not in NUMERIC_OUTCOMES:
        pytest.skip("predictions are numbers")
    rng = np.random.default_rng(0)
    features = [pa.table({"x": rng.normal(size=rows)}) for rows in (REFERENCE, BATCH)]
    outcomes = [OUTCOMES[name](rng, rows) for rows in (REFERENCE, BATCH)]
    given = [{"target": values} if role == "target" else {"predictions": {role: values}} for values in outcomes]
    profile = build_profile(features[0], Columns(numeric=("x",), categorical=()), **given[0])
    result = check_drift(profile, features[1], SPEC, **given[1])
    found, why = verdict(result, role)
    assert not result.drifted
    assert found
    assert (why is not None) == (name in {"no values", "Arrow nulls"})


def test_predictions_may_come_in_pieces() -> None:
    """As a column of a table does."""
    table = pa.table({"x": pair(NUMBERS["double"])[0]})
    profile = build_profile(table, Columns(numeric=("x",), categorical=()), predictions={"p": table.column("x")})
    assert not check_drift(profile, table, SPEC, predictions={"p": table.column("x")}).drifted


@pytest.mark.parametrize(
    "words", [np.array(["yes"] * BATCH, object), pa.array(["yes"] * BATCH)], ids=["numpy", "Arrow"]
)
def test_words_as_predictions_cannot_be_judged(words: Any) -> None:
    """Neither those of the reference nor those of the batch; the reason shows one."""
    table = pa.table({"x": pair(NUMBERS["double"])[1]})
    columns = Columns(numeric=("x",), categorical=())
    for before, after in ((words, words), (np.arange(BATCH), words)):
        profile = build_profile(table, columns, predictions={"p": before})
        found, why = verdict(check_drift(profile, table, SPEC, predictions={"p": after}), "p")
        assert found == {}
        assert why is not None
        assert "are no numbers" in why
        assert "yes" in why


@settings(deadline=None, max_examples=40)
@given(
    kinds=st.lists(st.tuples(st.sampled_from([*EVERY]), st.sampled_from([*EVERY, None])), min_size=1, max_size=5),
    rows=st.tuples(st.integers(0, 400), st.integers(0, 200)),
    declared=st.sampled_from(["numeric", "categorical"]),
)
def test_every_column_has_a_finding_or_a_reason(
    kinds: list[tuple[str, str | None]], rows: tuple[int, int], declared: str
) -> None:
    """Any kind, any size, any change of kind or loss of a column: no error, no figure that is none, no silence."""
    rng = np.random.default_rng(0)
    reference = pa.table({f"x{number}": EVERY[before](rng, rows[0]) for number, (before, _) in enumerate(kinds)})
    current = {f"x{number}": EVERY[after](rng, rows[1]) for number, (_, after) in enumerate(kinds) if after is not None}
    batch = pa.table({**current, "other": pa.nulls(rows[1])})
    columns = Columns(**{"numeric": (), "categorical": (), declared: tuple(reference.column_names)})
    profile = Profile.from_json(build_profile(reference, columns).to_json())
    result = check_drift(profile, batch, SPEC)
    assert DriftResult.model_validate_json(result.model_dump_json()) == result
    for name, (before, after) in zip(reference.column_names, kinds, strict=True):
        found, why = verdict(result, name)
        assert found or why or single_value(reference.column(name), batch.column(name)), (before, after)


def single_value(*sides: pa.ChunkedArray) -> bool:
    """Whether both sides hold one and the same value, so that there is nothing to compare."""
    return len({value for side in sides for value in map(str, side.to_pylist()) if value not in {"None", "nan"}}) == 1
