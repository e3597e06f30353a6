"""What is logged of Great Expectations' own result."""

import json

from include.retraining.data.validation.expected import Expected
from include.retraining.data.validation.native import MAXIMUM_LISTED, MAXIMUM_RESULTS, scrub, to_json


def test_values_of_rows_are_dropped():
    """Counts and figures stay; lists of values, indexes and observed text go."""
    expected = Expected("expect_column_values_to_be_in_set", {"column": "x", "value_set": ["a"]}, "declared")
    result = {"element_count": 9, "unexpected_list": ["s"], "partial_unexpected_index_list": [3], "observed_value": "s"}
    scrubbed = scrub(expected, success=False, result=result, error=None)
    assert scrubbed["result"] == {"element_count": 9}


def test_figures_that_json_cannot_hold_are_dropped():
    """NaN and infinity stay out, so that the text is valid JSON."""
    expected = Expected("expect_column_max_to_be_between", {"column": "x", "max_value": 1}, "declared")
    assert scrub(expected, success=False, result={"observed_value": float("inf")}, error=None)["result"] == {}


def test_long_arguments_are_cut():
    """A value set of a thousand entries is logged as its first ones and a count."""
    expected = Expected("expect_column_values_to_be_in_set", {"value_set": list(range(1000))}, "reference")
    kept = scrub(expected, success=True, result={}, error=None)["expectation_config"]["kwargs"]["value_set"]
    assert kept == [*range(MAXIMUM_LISTED), f"… and {1000 - MAXIMUM_LISTED} more"]


def test_failures_come_first_and_the_rest_is_counted():
    """However many expectations there are, the text stays bounded and keeps the failures."""
    results = [{"success": number != MAXIMUM_RESULTS + 5} for number in range(MAXIMUM_RESULTS + 10)]
    document = json.loads(to_json(results))
    assert len(document["results"]) == MAXIMUM_RESULTS
    assert document["omitted_results"] == 10
    assert not document["results"][0]["success"]
    assert document["statistics"]["evaluated_expectations"] == MAXIMUM_RESULTS + 10
