"""The base of all records and the types that they share."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict


def _plain_utc(moment: datetime) -> datetime:
    """Make any aware time a plain one in UTC: Airflow's are pendulum's, which lose a zone that is not pendulum's."""
    moment = moment.astimezone(UTC)
    return datetime.combine(moment.date(), moment.time(), UTC)


UtcDatetime = Annotated[AwareDatetime, AfterValidator(_plain_utc)]
Action = Literal["none", "watch", "hold_labels", "retrain", "rollback", "update", "reject", "ask"]
Severity = Literal["critical", "warning"]
Role = Literal["feature", "prediction", "target", "relation"]
"""What a tested column is; `relation` stands for how several columns move together."""
Kind = Literal["numeric", "categorical"]


class Record(BaseModel):
    """Base of all records: frozen, closed, and without NaN or infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)
