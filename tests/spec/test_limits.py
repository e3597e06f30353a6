"""Limits of size and time: read, written again, and refused with what is allowed."""

import pytest
from pydantic import ValidationError

from include.retraining.spec.promotion import PromotionSpec


def test_limits_are_read_and_written_as_people_do():
    """Amounts in bytes and seconds, multiples of the champion's, and the same text in JSON."""
    spec = PromotionSpec(maximum_size="200MB", maximum_latency="1.5x")
    assert spec.maximum_size.against(None) == 200e6
    assert spec.maximum_latency.against(0.02) == pytest.approx(0.03)
    assert spec.maximum_latency.against(None) is None
    assert PromotionSpec.model_validate_json(spec.model_dump_json()) == spec
    assert '"maximum_size":"200MB"' in spec.model_dump_json()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("maximum_size", "200", "B, kB, MB, GB, x"),
        ("maximum_size", 200, "200MB or 3x"),
        ("maximum_size", "50ms", "is no limit"),
        ("maximum_size", "0MB", "would refuse every model"),
        ("maximum_latency", "50MB", "ms, s, x"),
        ("maximum_latency", "fast", "50ms or 2x"),
        ("segment_tolerance", -0.1, "greater than or equal to 0"),
        ("calibration_tolerance", -0.1, "greater than or equal to 0"),
    ],
)
def test_other_limits_are_refused(field, value, words):
    """The message says what may be written."""
    with pytest.raises(ValidationError, match=words):
        PromotionSpec(**{field: value})
