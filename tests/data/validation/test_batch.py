"""Weeks damaged in every known way, and what becomes of them."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from include.retraining.data.validation import check_expectations, gx_json, validate_batch, validate_rows
from include.retraining.data.validation import expected as expected_module
from include.retraining.errors import DataError, SpecError

BETWEEN = "expect_column_values_to_be_between"
SANE_DISTANCE = {"type": BETWEEN, "column": "distance", "min_value": 0, "max_value": 6000}


def put(frame, name, positions, values):
    """Overwrite some values of a copy."""
    damaged = frame.copy()
    column = damaged[name].astype(object)
    column.iloc[positions] = values
    return damaged.assign(**{name: column.infer_objects()})


def warnings_of(validated):
    """List the checks that only warn and failed."""
    return [check for check in validated.result.checks if not check.success and check.severity == "warning"]


def test_sound_week_passes_whole(judge, week, model):
    """A week like the training rows passes with nothing set aside and no warning."""
    validated = judge(week, model(SANE_DISTANCE))
    assert (validated.result.verdict, validated.result.quarantined, validated.result.reasons) == ("passed", 0, ())
    assert all(check.success for check in validated.result.checks)
    assert {check.origin for check in validated.result.checks} == {"declared", "reference", "built-in"}
    pd.testing.assert_frame_equal(validated.sound, week)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda week: week.drop(columns="distance"), "column 'distance' is missing"),
        (
            lambda week: week.rename(columns={"distance": "distance_km"}),
            "'distance' is missing; did you mean 'distance_km'?",
        ),
        (
            lambda week: week.rename(columns={"carrier": "airline"}),
            "'carrier' is missing; new in this batch: 'airline'",
        ),
        (lambda week: week.drop(columns="flight"), "column 'flight' is missing"),
        (
            lambda week: week.assign(distance=week["distance"].astype(str)),
            "'distance' holds text, but held numbers in the training rows (expect_column_type_to_be)",
        ),
        (lambda week: put(week, "seats", [7], "n/a"), "'seats' holds text, but held numbers"),
        (lambda week: week.assign(carrier=7), "'carrier' holds numbers, but held text"),
        (lambda week: week.assign(temperature=np.nan), "'temperature' is null in all 400 rows, but was in 1.8%"),
        (lambda week: week.assign(carrier=None), "'carrier' is null in all 400 rows, but was in 0.0%"),
        (lambda week: week.head(0), "the batch is empty; `minimum_rows` asks for 1"),
    ],
    ids=["missing", "renamed", "renamed_afar", "no_key", "text", "some_text", "number", "null", "null_text", "empty"],
)
def test_broken_batch_is_rejected_with_its_reason(judge, week, damage, said):
    """A batch that is broken as a whole is rejected, and the first reason says how."""
    validated = judge(damage(week))
    assert validated.result.verdict == "rejected"
    assert said in validated.result.reasons[0]


def test_reason_of_a_rejected_row_names_expectation_and_column(judge, week):
    """Every row of a rejected batch says what rejected it."""
    reasons = judge(week.drop(columns="distance")).quarantine["__reason"]
    assert reasons.unique().tolist() == ["batch rejected: expect_column_to_exist on 'distance'"]


@pytest.mark.parametrize(
    ("damage", "positions", "reason"),
    [
        (lambda week: put(week, "distance", [3, 8], [-1.0, 7000.0]), [3, 8], f"{BETWEEN} on 'distance'"),
        (
            lambda week: put(week, "temperature", [0, 399], [np.inf, -np.inf]),
            [0, 399],
            f"{BETWEEN} on 'temperature'",
        ),
        (
            lambda week: put(week, "temperature", [5], np.inf).astype({"temperature": "float32"}),
            [5],
            f"{BETWEEN} on 'temperature'",
        ),
        (
            lambda week: put(week, "flight", [1, 2], None),
            [1, 2],
            "expect_column_values_to_not_be_null on 'flight'",
        ),
        (lambda week: put(week, "at", [9], pd.NaT), [9], "expect_column_values_to_not_be_null on 'at'"),
    ],
    ids=["range", "infinite", "infinite_float32", "no_key", "no_time"],
)
def test_exactly_the_damaged_rows_are_set_aside(judge, week, model, damage, positions, reason):
    """Rows that fail go to quarantine with their reason, and no others."""
    damaged = damage(week)
    validated = judge(damaged, model(SANE_DISTANCE))
    assert validated.result.verdict == "passed"
    pd.testing.assert_frame_equal(
        validated.quarantine.drop(columns="__reason"), damaged.iloc[positions].reset_index(drop=True)
    )
    assert validated.quarantine["__reason"].unique().tolist() == [reason]
    assert len(validated.result.reasons) == (2 if "temperature" in reason else 1)  # infinite is also far outside


def test_row_with_two_faults_says_both(judge, week, model):
    """A row's reason lists every expectation that it fails."""
    damaged = put(put(week, "distance", [4], -1.0), "temperature", [4], np.inf)
    reasons = judge(damaged, model(SANE_DISTANCE)).quarantine["__reason"].tolist()
    assert reasons == [f"{BETWEEN} on 'temperature'; {BETWEEN} on 'distance'"]


def test_message_counts_rows_and_shows_few_values(judge, week, model):
    """A message has column, count, share and at most three values."""
    damaged = put(week, "distance", list(range(20)), [-1.0 - number for number in range(20)])
    (reason,) = judge(damaged, model(SANE_DISTANCE)).result.reasons
    assert reason == (
        f"column 'distance': 20 of 400 rows (5.0%) fail min_value=0, max_value=6000, for example -1, -2, -3 ({BETWEEN})"
    )


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (
            lambda week: put(week, "carrier", [0, 1], "ZZ"),
            "2 of 400 rows (0.5%) hold categories that the training rows",
        ),
        (lambda week: week.assign(wind=1.0), "has columns that the training rows did not have: 'wind'"),
        (lambda week: week.assign(temperature=week["temperature"] * 4), "lie far outside the training range of"),
        (
            lambda week: put(week, "seats", [0], -999),
            "1 of 400 rows (0.2%) lie far outside the training range of 20 to 299",
        ),
        (
            lambda week: put(week, "temperature", list(range(100)), np.nan),
            "are null, against 1.8% of the training rows",
        ),
    ],
    ids=["unseen", "new_column", "unit", "sentinel", "nulls"],
)
def test_doubtful_week_passes_with_a_warning(judge, week, damage, said):
    """What may be natural is reported, and costs no row."""
    validated = judge(damage(week))
    assert (validated.result.verdict, validated.result.quarantined, validated.result.reasons) == ("passed", 0, ())
    (check,) = warnings_of(validated)
    assert said in check.message


def test_a_feed_in_another_unit_is_rejected(judge, week):
    """Values farther out than any season are damaged, and many of them make the batch so."""
    validated = judge(week.assign(temperature=week["temperature"] * 1000))
    assert validated.result.verdict == "rejected"
    assert any("as in another unit" in reason for reason in validated.result.reasons)


@pytest.mark.parametrize(
    "change",
    [
        lambda week: week.assign(distance=week["distance"] * 1.5),
        lambda week: week.astype({"seats": "float32"}),
        lambda week: week.astype({"seats": "Int64"}),
        lambda week: week.astype({"carrier": "category"}),
        lambda week: week.astype({"carrier": object}),
        lambda week: week.assign(temperature=week["temperature"].fillna(50.0)),
        lambda week: week.head(1),
        lambda week: week.set_index(pd.Index(["same"] * len(week))),
    ],
    ids=["growth", "float", "nullable", "category", "object", "fewer_nulls", "one_row", "odd_index"],
)
def test_harmless_change_raises_nothing(judge, week, change):
    """Growth, another storage of the same values, or fewer nulls are no fault."""
    changed = change(week)
    validated = judge(changed)
    assert [check.message for check in validated.result.checks if not check.success] == []


def test_third_of_repeated_rows_rejects_the_batch(judge, week):
    """30% of the rows loaded twice are more than the default tolerates."""
    repeated = pd.concat([week, week.sample(frac=0.3, random_state=0)])
    validated = judge(repeated)
    assert validated.result.verdict == "rejected"
    assert (
        "240 of 520 rows (46.2%) fail a critical expectation; `maximum_quarantined` allows 20%"
        in validated.result.reasons[0]
    )
    assert "column 'flight': 240 of 520 rows (46.2%) share their key" in validated.result.reasons[1]


def test_third_of_overwritten_keys_rejects_the_batch(judge, week):
    """30% of the rows sharing keys pairwise, 15% of them copies, are too many as well."""
    half = round(0.15 * len(week))
    repeated = pd.concat([week.iloc[: len(week) - half], week.iloc[:half]])
    assert judge(repeated).result.verdict == "rejected"


def test_of_repeated_rows_the_first_stays(judge, week):
    """Exact copies are set aside; the row itself is sound."""
    validated = judge(pd.concat([week, week.iloc[[10, 10, 11]]]))
    assert validated.result.verdict == "passed"
    assert len(validated.quarantine) == 3
    pd.testing.assert_frame_equal(validated.sound, week)


def test_rows_that_contradict_each_other_are_all_set_aside(judge, week):
    """Of rows with one key and different content, none is believed."""
    damaged = put(week, "flight", [21], week["flight"].iloc[20])
    validated = judge(damaged)
    assert validated.quarantine["at"].tolist() == week["at"].iloc[[20, 21]].tolist()


@pytest.mark.parametrize(("bad", "verdict"), [(80, "passed"), (81, "rejected")])
def test_share_of_bad_rows_decides(judge, week, model, bad, verdict):
    """Exactly the tolerated share of bad rows passes; one more rejects the batch."""
    damaged = put(week, "distance", list(range(bad)), -1.0)
    assert judge(damaged, model(SANE_DISTANCE, maximum_quarantined=0.2)).result.verdict == verdict


def test_one_bad_row_can_cost_the_batch(judge, week, model):
    """`quarantine: batch` rejects for a single row, and that row keeps its own reason."""
    validated = judge(put(week, "distance", [3], -1.0), model(SANE_DISTANCE, quarantine="batch"))
    assert validated.result.verdict == "rejected"
    assert "1 of 400 rows (0.2%)" in validated.result.reasons[0]
    assert "`quarantine: batch` allows none" in validated.result.reasons[0]
    assert validated.quarantine["__reason"].str.startswith("batch rejected").sum() == 399


def test_too_few_rows_reject_the_batch(judge, week, model):
    """Fewer rows than `minimum_rows` are not judged further than that."""
    validated = judge(week.head(3), model(minimum_rows=10))
    assert validated.result.reasons[0].startswith("the batch has only 3 rows; `minimum_rows` asks for 10")


def test_reference_can_be_switched_off(judge, week, model):
    """`from_reference: false` leaves the built-in and declared expectations only."""
    validated = judge(week.drop(columns="carrier").assign(distance="far"), model(from_reference=False))
    assert validated.result.verdict == "passed"
    assert {check.origin for check in validated.result.checks} == {"built-in"}


def test_first_batch_is_judged_without_a_reference(judge, week):
    """Before there is a champion, infinite values and keys are looked at all the same."""
    validated = judge(put(week, "temperature", [2], np.inf), schema=None)
    assert len(validated.quarantine) == 1


def test_declared_features_must_be_there_and_be_numbers(judge, week, model):
    """A declared column that is missing, or numeric and holds text, rejects even a first batch."""
    spec = model(data={"numeric": ["distance", "seats"], "categorical": ["carrier"], "segments": ["origin"]})
    validated = judge(week.assign(seats="many"), spec, schema=None)
    assert len(validated.result.reasons) == 2
    assert validated.result.reasons[0].startswith("column 'origin' is missing")
    assert validated.result.reasons[1].startswith("column 'seats' holds text, but is declared numeric")


def test_only_what_the_model_sees_must_be_finite(judge, week, model):
    """An infinite value in a column that is no feature costs no row."""
    spec = model(data={"numeric": ["distance"], "categorical": ["carrier"], "ignore": ["temperature"]})
    assert judge(put(week, "temperature", [2], np.inf), spec, schema=None).quarantine.empty


@pytest.mark.parametrize(
    ("expectation", "said"),
    [
        ({"type": BETWEEN, "column": "distanc", "min_value": 0}, "no column 'distanc'; did you mean 'distance'?"),
        ({"type": BETWEEN, "column": "carrier", "min_value": 0}, "of the same type"),
        ({"type": BETWEEN, "column": "seats", "min_value": {"$PARAMETER": "unset"}}, "unset"),
        (
            {"type": "expect_column_values_to_match_regex", "column": "carrier", "regex": "("},
            "Invalid regular expression",
        ),
    ],
    ids=["no_column", "wrong_type", "parameter", "regex"],
)
@pytest.mark.parametrize("severity", ["critical", "warning"])
def test_expectation_that_cannot_be_evaluated_fails_by_its_severity(judge, week, model, expectation, said, severity):
    """It is neither a crash nor a pass, and the others are evaluated all the same."""
    spec = model({**expectation, "severity": severity}, SANE_DISTANCE)
    validated = judge(put(week, "distance", [3], -1.0), spec, schema=None)
    broken, distance = validated.result.checks[-2:]
    assert not broken.success
    assert "could not be evaluated" in broken.message
    assert said in broken.message
    assert distance.unexpected == 1
    assert validated.result.verdict == ("rejected" if severity == "critical" else "passed")


@pytest.mark.parametrize(
    ("expectation", "positions"),
    [
        (
            {"type": BETWEEN, "column": "seats", "max_value": 10, "row_condition": 'carrier=="XX"'},
            [30, 40],
        ),
        (
            {
                "type": "expect_column_pair_values_a_to_be_greater_than_b",
                "column_A": "distance",
                "column_B": "floor",
            },
            [50],
        ),
        ({"type": "expect_compound_columns_to_be_unique", "column_list": ["carrier", "floor"]}, [30, 40]),
        ({"type": "expect_column_values_to_be_in_set", "column": "carrier", "value_set": ["AA", "DL", "UA"]}, [30, 40]),
    ],
    ids=["condition", "pair", "compound", "set"],
)
def test_any_row_level_expectation_finds_its_rows(judge, week, model, expectation, positions):
    """Expectations with a condition, on two columns or on several set the right rows aside."""
    damaged = put(week, "carrier", [30, 40], "XX").assign(floor=-np.arange(len(week), dtype=float))
    damaged = put(put(damaged, "floor", [40], -30.0), "floor", [50], 9999.0)
    validated = judge(damaged, model(expectation), schema=None)
    assert validated.quarantine["flight"].tolist() == week["flight"].iloc[positions].tolist()


def test_table_level_expectation_rejects_with_what_was_observed(judge, week, model):
    """A declared figure of the whole column that fails says what it was."""
    mean = {"type": "expect_column_mean_to_be_between", "column": "seats", "max_value": 3}
    validated = judge(week.assign(seats=10), model(mean), schema=None)
    assert validated.result.reasons == (
        "column 'seats' fails max_value=3: observed 10.0 (expect_column_mean_to_be_between)",
    )


def test_tolerated_rows_stay(judge, week, model):
    """With `mostly`, rows within the tolerance are no fault, and the message counts them."""
    validated = judge(put(week, "distance", [3], -1.0), model({**SANE_DISTANCE, "mostly": 0.9}), schema=None)
    assert validated.quarantine.empty
    assert "1 of 400 rows (0.2%) tolerated" in validated.result.checks[-1].message


def test_many_reasons_are_bounded(judge, model):
    """Thirty missing columns are twenty reasons and a count; the checks hold them all."""
    spec = model(data={"numeric": [f"x{number}" for number in range(30)]})
    frame = pd.DataFrame({"flight": [1], "at": pd.to_datetime(["2024-01-01"], utc=True), "late": [0]})
    result = judge(frame, spec, schema=None).result
    assert len(result.reasons) == 21
    assert result.reasons[-1] == "and 10 more; see the checks"
    assert sum(not check.success for check in result.checks) == 30


def test_expectations_on_labels_wait_for_training_rows(judge, week, model):
    """Where labels arrive apart, an expectation on the target is held against training rows."""
    data = {"labels": {"use": "files", "uri": "y.parquet"}, "label_time": "known"}
    spec = model({"type": "expect_column_values_to_be_in_set", "column": "late", "value_set": [0, 1]}, data=data)
    assert judge(week.drop(columns="late"), spec).result.verdict == "passed"
    sound, quarantine = validate_rows(put(week, "late", [6], 2), spec)
    assert quarantine["flight"].tolist() == [week["flight"].iloc[6]]
    assert len(sound) == len(week) - 1


def test_training_rows_lose_only_critical_ones(week, model):
    """Warnings and figures of whole columns cost no training row; copies and bad values do."""
    mean = {"type": "expect_column_mean_to_be_between", "column": "seats", "max_value": 3}
    seats = {"type": BETWEEN, "column": "seats", "max_value": 3, "severity": "warning"}
    damaged = pd.concat([put(week, "distance", [3], -1.0), week.iloc[[7]]])
    sound, quarantine = validate_rows(damaged, model(SANE_DISTANCE, mean, seats))
    pd.testing.assert_frame_equal(sound, week.drop(index=3).reset_index(drop=True))
    assert quarantine["flight"].tolist() == week["flight"].iloc[[3, 7]].tolist()


def test_no_training_rows_are_no_error(week, model):
    """Nothing in, nothing out."""
    sound, quarantine = validate_rows(week.head(0), model(SANE_DISTANCE))
    assert len(sound) == len(quarantine) == 0
    assert "__reason" in quarantine


@pytest.mark.parametrize("dtype", ["float64", "float32", "Float64", "float64[pyarrow]"])
def test_infinite_numbers_of_training_rows_are_found_in_every_column_type(week, model, dtype, monkeypatch):
    """Columns of finite numbers alone are not put to Great Expectations; were they, the rows would be the same."""
    damaged = put(put(week, "temperature", [3], -np.inf), "temperature", [5, 6], np.nan).astype({"temperature": dtype})
    sound, quarantine = validate_rows(damaged, model(SANE_DISTANCE))
    assert quarantine["flight"].tolist() == [week["flight"].iloc[3]]
    assert quarantine["__reason"].str.contains("temperature").all()
    monkeypatch.setattr(expected_module, "_holds_infinity", lambda values: True)
    for found, asked in zip((sound, quarantine), validate_rows(damaged, model(SANE_DISTANCE)), strict=True):
        pd.testing.assert_frame_equal(found, asked)


def test_training_rows_that_cannot_be_checked_are_an_error(week, model):
    """An expectation on a column that training rows lack is never passed in silence."""
    with pytest.raises(DataError, match=r"training rows of 'shop' cannot be checked.*no column 'distance'"):
        validate_rows(week.drop(columns="distance"), model(SANE_DISTANCE))


@pytest.mark.parametrize(
    ("expectation", "said"),
    [
        ({"type": "expect_column_value_to_be_between", "column": "x"}, f"did you mean '{BETWEEN}'?"),
        ({"type": "expect_nonsense"}, "unknown expectation 'expect_nonsense'"),
        ({"type": BETWEEN, "colum": "x", "min_value": 1}, "colum: extra fields not permitted; did you mean 'column'?"),
        ({"type": BETWEEN, "column": "x"}, "min_value and max_value cannot both be None"),
        ({"type": BETWEEN, "column": "x", "min_value": 1, "mostly": 2}, "mostly: ensure this value is less than"),
        ({"type": BETWEEN, "column": "x", "min_value": 1, "result_format": "BASIC"}, "result_format cannot be set"),
    ],
)
def test_wrong_expectation_is_a_spec_error(week, model, expectation, said):
    """An unknown name or argument is said in one line, with the place in the model file."""
    spec = model(SANE_DISTANCE, expectation)
    for attempt in (lambda: check_expectations(spec), lambda: validate_batch(week, spec)):
        with pytest.raises(SpecError) as raised:
            attempt()
        assert said in str(raised.value)
        assert str(raised.value).startswith("model 'shop', validation.expectations[1]: ")
        assert "\n" not in str(raised.value)


def test_logged_result_has_counts_and_no_values(judge, week, model):
    """What goes to MLflow is Great Expectations' result without a value of any row."""
    validated = judge(put(week, "carrier", [1], "secret name"), model(SANE_DISTANCE))
    text = gx_json(validated)
    document = json.loads(text)
    assert "secret" not in text
    assert document["statistics"]["unsuccessful_expectations"] == 1
    assert document["results"][0]["result"]["unexpected_count"] == 1
    assert len(document["results"]) == len(validated.result.checks)


def test_great_expectations_is_imported_only_when_something_is_validated():
    """Importing the package is light, and validation switches the analytics off and says nothing of itself."""
    code = (
        "import logging, os, sys; logging.basicConfig(level='INFO', stream=sys.stdout); "
        "import include.retraining.data.validation as v; "
        "assert 'great_expectations' not in sys.modules; "
        "os.environ['GX_ANALYTICS_ENABLED'] = 'true'; import include.retraining.data.validation.engine; "
        "assert os.environ['GX_ANALYTICS_ENABLED'] == 'false'; "
        "import pandas as pd; from tests.model_samples import make_spec; "
        "frame = pd.DataFrame({'id': [1], 'at': pd.to_datetime(['2024-01-01'], utc=True), 'y': [1]}); "
        "assert len(v.validate_rows(frame, make_spec())[0]) == 1"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert "great_expectations" not in said
