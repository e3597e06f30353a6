"""Categories that are new."""

import numpy as np
import pyarrow as pa
import pytest

from include.retraining.drift.calibration import Evidence, calibrate
from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.counts import Chunks, Layout
from include.retraining.drift.methods import unseen
from tests.drift.samples import names


def test_new_categories_are_found_and_named() -> None:
    """A tenth of the rows in two categories that the reference did not have."""
    measured = unseen.measure(names([*"ab"] * 500, [*"ab"] * 45 + [*"yz"] * 5), 0.05)
    assert measured is not None
    assert isinstance(measured.evidence, Evidence)
    verdict = calibrate(measured.evidence)
    assert verdict.p_value < 1e-6
    assert verdict.threshold(0.01) <= measured.effect == pytest.approx(0.1)
    assert "y, z" in measured.text


def test_a_new_category_is_expected_where_many_occurred_once() -> None:
    """If half of the reference's rows are one of a kind, a new one is nothing unusual."""
    reference = [f"id {number}" for number in range(500)] + ["common"] * 500
    measured = unseen.measure(names(reference, ["new"] * 4 + ["common"] * 6), 0.05)
    assert measured is not None
    assert isinstance(measured.evidence, Evidence)
    assert calibrate(measured.evidence).p_value > 0.1


def test_new_categories_are_usual_where_each_part_of_the_reference_had_some() -> None:
    """Where every batch brings its own campaign, one more campaign is no news."""
    reference = [f"campaign {part}" if row % 4 else "base" for part in range(30) for row in range(200)]
    layout = Layout("categorical", np.empty(0), categories=tuple(sorted(set(reference))))
    chunks = tuple(layout.count(pa.array(reference[i : i + 200])) for i in range(0, 6_000, 200))
    current = layout.count(pa.array(["campaign 30"] * 150 + ["base"] * 50))
    measured = unseen.measure(
        ColumnData(layout, sum(chunks[1:], chunks[0]), Chunks.of(chunks, layout.size), current), 0.05
    )
    assert measured is not None
    assert isinstance(measured.evidence, Evidence)
    assert calibrate(measured.evidence).p_value > 0.9
