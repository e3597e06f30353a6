"""What all parts of a model file share."""

from typing import Any

from pydantic import AfterValidator, BaseModel, ConfigDict

from include.retraining.errors import UnknownNameError
from include.retraining.registry import check_name


def known(kind: str) -> AfterValidator:
    """Accept names that the registry has in a table, and dotted paths."""

    def check(name: str) -> str:
        try:
            return check_name(kind, name)
        except UnknownNameError as error:
            raise ValueError(str(error)) from error

    return AfterValidator(check)


class Closed(BaseModel):
    """Frozen, and no field that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Use(BaseModel):
    """Something named by `use`, with its own parameters beside the name."""

    model_config = ConfigDict(frozen=True, extra="allow", use_attribute_docstrings=True)

    @property
    def params(self) -> dict[str, Any]:
        """All keys but `use`."""
        return dict(self.model_extra or {})
