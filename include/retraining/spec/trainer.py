"""How a challenger is trained, as a model file declares it."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from include.retraining.spec.base import Closed, known


class SearchSpec(Closed):
    """Which parameters each full training tries before it trains."""

    params: Annotated[dict[str, Annotated[tuple[Any, ...], Field(min_length=1)]], Field(min_length=1)]
    """The values of each parameter to choose from."""
    candidates: Annotated[int, Field(ge=2)] = 20
    """Most combinations to try; of more, so many are drawn at random, by the trainer's seed."""
    minutes: Annotated[float, Field(gt=0)] = 10
    """When the search ends, whatever is left to try; a fit that is under way is still finished."""


class TrainerSpec(Closed):
    """How a challenger is trained."""

    use: Annotated[str, known("trainer")] = "hist_gradient_boosting"
    """A known trainer, or a dotted path to a callable."""
    params: dict[str, Any] = {}
    """Parameters of the trainer."""
    search: SearchSpec | None = None
    """A search for further parameters, on the rows before the holdout."""
    seed: int = 0
    """Seed of everything random in training."""

    @model_validator(mode="after")
    def _either_declared_or_searched(self) -> Self:
        if self.search is not None and (both := sorted({*self.params} & {*self.search.params})):
            message = f"{', '.join(both)}: both in `params` and in `search.params`; leave it in one of them"
            raise ValueError(message)
        return self
