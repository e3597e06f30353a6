"""Which columns a model learns from."""

from include.retraining.results.record import Record


class Columns(Record):
    """The feature columns by kind, in a fixed order."""

    numeric: tuple[str, ...]
    categorical: tuple[str, ...]

    @property
    def features(self) -> list[str]:
        """All feature columns, numeric first."""
        return [*self.numeric, *self.categorical]
