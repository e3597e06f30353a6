"""Great Expectations' shortcut: each configuration is derived once, and nothing that it finds is other than without."""

import threading
from contextlib import nullcontext

import great_expectations.expectations as gxe
import pandas as pd
from great_expectations.expectations.expectation import Expectation

from include.retraining.data.validation import engine
from include.retraining.data.validation.expected import Expected

ROWS = pd.DataFrame({"seats": [10, 20, None, 900], "carrier": ["AA", "DL", "ZZ", None]})


def expected(name, **arguments):
    """One declared expectation."""
    return Expected(type=name, arguments=arguments, severity="critical", origin="declared", place="flights.yaml")


DECLARED = [
    expected("expect_column_values_to_not_be_null", column="seats"),
    expected("expect_column_values_to_be_between", column="seats", min_value=0, max_value=400),
    expected("expect_column_values_to_be_between", column="seats", min_value=15, max_value=1000),
    expected("expect_column_values_to_be_in_set", column="carrier", value_set=["AA", "DL"]),
    expected("expect_column_mean_to_be_between", column="seats", min_value=0, max_value=100),
    expected("expect_table_row_count_to_be_between", min_value=1, max_value=3),
    expected("expect_column_values_to_not_be_null", column="gate"),
]


def facts(outcomes):
    """All that is read of outcomes, comparable."""
    return [(one.success, one.evaluated, one.unexpected, one.positions.tolist(), one.native) for one in outcomes]


def test_what_is_found_is_the_same_without_the_shortcut(monkeypatch):
    """Expectations that hold and that fail, of rows, columns and the table, the same type twice, a column too few."""
    quick = engine.evaluate(ROWS, DECLARED)
    monkeypatch.setattr(engine, "_configurations_kept", nullcontext)
    assert facts(quick) == facts(engine.evaluate(ROWS, DECLARED))
    assert [one.success for one in quick] == [False, False, False, False, False, False, False]
    assert [one.unexpected for one in quick[:4]] == [1, 1, 1, 1]


def test_rows_are_listed_only_of_what_fails(monkeypatch):
    """And what is found is the same as if those of every expectation were listed."""
    declared = [*DECLARED, expected("expect_column_values_to_be_between", column="seats", min_value=0, mostly=0.5)]
    asked, run = [], engine._run_together

    def noted(batch, expectations, result_format):
        asked.append((result_format["result_format"], len(expectations)))
        return run(batch, expectations, result_format)

    monkeypatch.setattr(engine, "_run_together", noted)
    quick = engine.evaluate(ROWS, declared)
    assert asked == [("BASIC", 8), ("COMPLETE", 7)]
    monkeypatch.setattr(engine, "_COUNTED", engine._LISTED)
    assert facts(quick) == facts(engine.evaluate(ROWS, declared))
    assert [one.positions.tolist() for one in quick[:4]] == [[2], [3], [0], [2]]
    assert [one.examples for one in quick[1:4]] == [("900",), ("10",), ("'ZZ'",)]


def test_a_configuration_is_derived_once(monkeypatch):
    """Outside of it every time, as the library does."""
    derived = []
    real = Expectation.configuration.fget
    monkeypatch.setattr(
        Expectation, "configuration", property(lambda expectation: derived.append(1) or real(expectation))
    )
    one = gxe.ExpectColumnToExist(column="seats")
    with engine._configurations_kept():
        assert one.configuration == one.configuration
        assert len(derived) == 1
    assert one.configuration == one.configuration
    assert len(derived) == 3


def test_threads_leave_the_library_as_it_was():
    """Validations in several threads take turns."""
    before, found = Expectation.configuration, []
    threads = [threading.Thread(target=lambda: found.append(facts(engine.evaluate(ROWS, DECLARED)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Expectation.configuration is before
    assert found == [found[0]] * 4
