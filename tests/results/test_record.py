"""The types that all records share."""

from datetime import UTC, datetime, timedelta

import pendulum

from include.retraining.results import Interval


def test_airflow_times_become_plain_utc() -> None:
    """Times as Airflow hands them over keep their zone in later arithmetic."""
    interval = Interval(
        start=pendulum.datetime(2013, 4, 1, tz="UTC"), end=pendulum.datetime(2013, 4, 8, tz="Europe/Berlin")
    )
    assert type(interval.start) is datetime
    assert interval.start - timedelta(days=21) == datetime(2013, 3, 11, tzinfo=UTC)
    assert interval.end == datetime(2013, 4, 7, 22, tzinfo=UTC)
