"""Durations read and write the same."""

from datetime import timedelta

import pytest

from include.retraining.spec.duration import format_duration, parse_duration


@pytest.mark.parametrize("text", ["90m", "36h", "3d", "2w"])
def test_durations_survive_a_round_trip(text: str) -> None:
    """What is written is what was read."""
    assert format_duration(parse_duration(text)) == text


@pytest.mark.parametrize("value", ["7", "d", "-3d", "1.5h", 7, None])
def test_anything_else_is_refused(value: object) -> None:
    """A number without a unit is ambiguous."""
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(value)


def test_a_timedelta_passes() -> None:
    """Programs may pass what they have."""
    assert parse_duration(timedelta(hours=1)) == timedelta(hours=1)
