"""The types that all records share."""

from datetime import UTC, datetime, timedelta

import pendulum

from include.retraining.results.run import Interval
from include.retraining.results.training import Comparison, Training
from tests.report.samples import comparison, training


def test_airflow_times_become_plain_utc() -> None:
    """Times as Airflow hands them over keep their zone in later arithmetic."""
    interval = Interval(
        start=pendulum.datetime(2013, 4, 1, tz="UTC"), end=pendulum.datetime(2013, 4, 8, tz="Europe/Berlin")
    )
    assert type(interval.start) is datetime
    assert interval.start - timedelta(days=21) == datetime(2013, 3, 11, tzinfo=UTC)
    assert interval.end == datetime(2013, 4, 7, 22, tzinfo=UTC)


def test_records_without_guardrails_are_still_read() -> None:
    """What was compared before they existed has none; a training whose cost was not measured says so."""
    old = comparison().model_dump(mode="json", exclude={"guardrails", "segments"})
    assert Comparison.model_validate(old).guardrails == ()
    assert Training.model_validate(training().model_dump(mode="json", exclude={"cost", "lineage"})).cost is None
