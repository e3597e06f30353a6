"""How a challenger becomes champion, who has the last word, and how long the new champion is watched."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from include.retraining.spec.base import Closed
from include.retraining.spec.duration import Duration
from include.retraining.spec.limits import LatencyLimit, SizeLimit


class PromotionSpec(Closed):
    """When a challenger replaces the champion."""

    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    """Confidence of the paired bootstrap interval of the difference."""
    minimum_gain: Annotated[float, Field(ge=0)] = 0.0
    """What the lower bound of the gain must exceed after a drop or drift, in metric units."""
    tolerance: Annotated[float, Field(ge=0)] | None = None
    """How much worse a refresh by age may be; left out: a quarter of `maximum_drop`."""
    segment_tolerance: Annotated[float, Field(ge=0)] | None = None
    """How much worse the challenger may be in one of `data.segments`, in metric units; left out: `maximum_drop`, what
    would raise an alarm if all rows lost it."""
    calibration_tolerance: Annotated[float, Field(ge=0)] | None = None
    """How much worse the challenger's Brier score may be where another metric decides; left out: 5% of the
    champion's."""
    maximum_size: SizeLimit | None = None
    """Largest file of a model: `200MB`, or `3x` for three times the champion's; left out: any."""
    maximum_latency: LatencyLimit | None = None
    """Longest time to predict 1,000 rows: `50ms`, or `2x` for twice the champion's; left out: any."""
    approval: Literal["automatic", "human"] = "automatic"
    """Who has the last word: `human` asks a person in Airflow before a better challenger is promoted."""
    approval_timeout: Duration = timedelta(days=1)
    """How long a person may think; then the champion stays. The model's next runs wait as long."""
    approvers: tuple[str, ...] = ()
    """Who may approve, by the user id of Airflow's auth manager; left out: everybody who may answer in Airflow."""
    watch: Annotated[int, Field(ge=0)] = 8
    """How many intervals with enough labels a new champion is compared with the model that it replaced; one that loses
    beyond doubt is rolled back by itself. 0: never."""

    @model_validator(mode="after")
    def _approvers_need_a_question(self) -> Self:
        if self.approvers and self.approval != "human":
            raise ValueError("`approvers` are named, but nobody is asked: set `approval: human`, or leave them out")
        return self
