"""Records of a champion and a challenger that tests of the comparison share."""

from datetime import UTC, datetime

from include.retraining.results.guardrails import Cost
from include.retraining.results.performance import Estimate
from include.retraining.results.training import Training
from tests.model_samples import START, week

ROWS = 1000


def training(
    training_id: str,
    train_weeks: int = 8,
    classes: tuple[str, ...] = ("0", "1"),
    cost: Cost | None = None,
) -> Training:
    """Record a training that ended before this week."""
    return Training(
        training_id=training_id,
        folder=f"trainings/{training_id}",
        trained_at=datetime(2024, 6, 1, tzinfo=UTC),
        window={"start": START, "end": week(10).end},
        train={"start": START, "end": week(train_weeks).start},
        holdout={"start": week(8).start, "end": week(9).end},
        train_rows=5000,
        holdout_rows=ROWS,
        excluded_rows=0,
        data_sha256="0" * 64,
        numeric=("x1",),
        categorical=(),
        classes=classes,
        trainer="linear",
        params={},
        seed=0,
        seconds=1.0,
        metric="roc_auc",
        holdout_metric=Estimate(value=0.8, low=0.75, high=0.85, confidence=0.95, n=ROWS),
        holdout_metrics={},
        versions={},
        cost=cost,
    )


CHAMPION, CHALLENGER = training("old", train_weeks=5), training("new")
