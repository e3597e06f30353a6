"""Guardrails in the steps: what a model costs is measured once, segments come from the holdout, classes by name."""

import numpy as np
import pytest

from include.retraining.data.store import open_store
from include.retraining.flow import run_interval
from include.retraining.results.outcome import Outcome
from include.retraining.results.run import Launch
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.workplace import ESTIMATOR_FILE, HOLDOUT_FILE, Workplace
from tests.steps.reigns import FORCED, brisk
from tests.world import ROWS_A_DAY, interval_of, make_rows


@pytest.fixture
def spec(spec: ModelSpec) -> ModelSpec:
    """A model without what costs time."""
    return brisk(spec)


def compared(workplace: Workplace) -> Outcome:
    """Train a champion, and a challenger when enough rows lie behind the champion's."""
    run_interval(workplace, interval_of(10), Launch(kind="scheduled"))
    return run_interval(workplace, interval_of(16), FORCED)


def test_segments_are_judged_and_cost_is_told(workplace: Workplace) -> None:
    """The record, the report and the training have them, without any limit declared."""
    outcome = compared(workplace)
    assert outcome.training is not None
    assert outcome.comparison is not None
    stored = workplace.trained(outcome.training.training_id).read_bytes(ESTIMATOR_FILE)
    assert outcome.training.cost is not None
    assert outcome.training.cost.bytes == len(stored)
    assert outcome.training.cost.seconds > 0
    assert {found.value for found in outcome.comparison.segments} == {"A", "B", "C"}
    rails = {rail.name: rail.verdict for rail in outcome.comparison.guardrails}
    assert rails == {
        "segments": "held", "calibration": "off", "classes": "off", "size": "off", "latency": "off",
    }  # fmt: skip


def test_a_rerun_decides_on_the_stored_cost(workplace: Workplace) -> None:
    """However long a prediction takes the next time."""
    promotion = workplace.spec.promotion.model_validate({"maximum_latency": "1.2x", "maximum_size": "1.2x"})
    workplace = Workplace(workplace.spec.model_copy(update={"promotion": promotion}), workplace.folder, None)
    first = compared(workplace)
    again = run_interval(workplace, interval_of(16), FORCED)
    assert again.training == first.training
    assert again.comparison == first.comparison


def test_a_model_beyond_its_limit_is_not_promoted(workplace: Workplace) -> None:
    """Not even the first one; the report says why."""
    promotion = workplace.spec.promotion.model_validate({"maximum_size": "10B"})
    workplace = Workplace(workplace.spec.model_copy(update={"promotion": promotion}), workplace.folder, None)
    outcome = run_interval(workplace, interval_of(10), Launch(kind="scheduled"))
    assert not outcome.promoted
    assert outcome.comparison is not None
    assert [reason.code for reason in outcome.comparison.reasons if reason.veto] == ["guardrail_size"]
    history = workplace.folder.child("intervals").child(interval_of(10).key)
    page = history.child(history.names()[0]).read_bytes("report.html").decode()
    assert "more than the allowed 10 B" in page


def test_a_class_that_the_challenger_has_not_seen_is_lost(workplace: Workplace, spec: ModelSpec, tmp_path) -> None:
    """Its name is kept with the holdout, although the challenger has no number for it."""
    rows = make_rows()
    day = np.arange(len(rows)) // ROWS_A_DAY
    bands = np.array(["dry", "fine", "wet"])[np.digitize(rows["moisture"], [4.5, 6.0])]
    rare = (bands == "wet") & (day >= 9) & (day < 15)
    rows["moisture"] = np.where(rare, "fine", bands)
    rows.to_parquet(tmp_path / "rows.parquet")
    declared = spec.model_dump(mode="json") | {"task": "multiclass_classification"}
    declared["performance"]["metric"] = "log_loss"
    declared["retrain"]["window"] |= {"use": "sliding", "maximum": "6d"}
    workplace = Workplace(
        ModelSpec.model_validate(declared), open_store(str(tmp_path / "classes")).child("roast"), None
    )
    first = run_interval(workplace, interval_of(8), Launch(kind="scheduled"))
    outcome = run_interval(workplace, interval_of(16), FORCED)
    challenger, found = outcome.training, outcome.comparison
    assert first.training is not None
    assert challenger is not None
    assert found is not None
    assert set(first.training.classes) - set(challenger.classes) == {"wet"}
    holdout = workplace.trained(challenger.training_id).read_frame(HOLDOUT_FILE)
    assert "wet" in set(holdout["__label"])
    assert not found.promote
    assert "guardrail_classes" in {reason.code for reason in found.reasons}
