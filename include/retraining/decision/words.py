"""Durations as reasons write them."""

from datetime import timedelta


def as_days(duration: timedelta) -> float:
    """A duration in days."""
    return duration / timedelta(days=1)


def days(duration: timedelta) -> str:
    """Write a duration in days, or in hours when it is shorter than a day.

    Examples
    --------
    >>> days(timedelta(days=14)), days(timedelta(hours=6))
    ('14 days', '6 hours')
    """
    number = as_days(duration)
    return f"{number:.3g} day{'' if number == 1 else 's'}" if number >= 1 else f"{number * 24:.3g} hours"
