"""The base of all records and the types that they share."""

from datetime import UTC
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict

UtcDatetime = Annotated[AwareDatetime, AfterValidator(lambda moment: moment.astimezone(UTC))]
Action = Literal["none", "watch", "hold_labels", "retrain", "update", "reject", "ask"]
Severity = Literal["critical", "warning"]
Role = Literal["feature", "prediction", "target"]
Kind = Literal["numeric", "categorical"]


class Record(BaseModel):
    """Base of all records: frozen, closed, and without NaN or infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
