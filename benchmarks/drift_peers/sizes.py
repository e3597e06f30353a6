"""How much data a check gets; imports nothing, since the process that starts the others has to stay small."""

from dataclasses import dataclass

REFERENCE_ROWS = 200_000
"""Most rows of a reference, for all tools: a reference is the data that a model was trained on."""


@dataclass(frozen=True)
class Size:
    """Rows of a batch, and its columns."""

    rows: int
    columns: int

    @classmethod
    def parse(cls, text: str) -> "Size":
        """Read `200000x50`.

        Raises
        ------
        ValueError
            When the text is no size.
        """
        rows, columns = text.lower().replace("_", "").replace(",", "").split("x")
        return cls(int(rows), int(columns))

    def __str__(self) -> str:
        return f"{self.rows:,} × {self.columns}"


DEFAULT_SIZES = (Size(10_000, 30), Size(200_000, 50), Size(2_000_000, 50), Size(10_000_000, 50))
PEERS_MOST_ROWS = 2_000_000
"""Larger batches are for the tools that keep no batch in memory."""
