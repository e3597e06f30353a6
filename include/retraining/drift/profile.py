"""What the reference looked like: bins and counts of every column, kept with the model, without its rows."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from include.retraining.drift.classifier_profile import (
    ClassifierProfile,
    classifier_from_json,
    classifier_to_json,
)
from include.retraining.drift.correlation import PairProfile, pairs_from_json, pairs_to_json
from include.retraining.drift.counts import Chunks, Counts, Layout
from include.retraining.drift.reconstruction import (
    Reconstruction,
    reconstruction_from_json,
    reconstruction_to_json,
)
from include.retraining.drift.serialisation import (
    chunks_from_json,
    chunks_to_json,
    counts_from_json,
    counts_to_json,
    layout_from_json,
    layout_to_json,
)
from include.retraining.errors import DataError
from include.retraining.results.record import Kind, Role

Key = tuple[Role, str]
FORMAT = 5
_READABLE = (4, FORMAT)
"""Format 4 has moments of the chunks besides, which nobody reads."""


@dataclass(frozen=True)
class ColumnProfile:
    """One column of the reference; `chunks` are counts of its time-ordered parts."""

    name: str
    role: Role
    layout: Layout
    counts: Counts
    chunks: Chunks

    @property
    def kind(self) -> Kind:
        return self.layout.kind

    @property
    def key(self) -> Key:
        """What tells a feature from a prediction of the same name."""
        return self.role, self.name


@dataclass(frozen=True)
class Profile:
    """The reference of one model.

    `unusable` names columns that have no profile, and why; `pairs` and `reconstruction` say how the numeric features
    move together, `classifier` how well parts of the reference are told from the rest by all features.
    """

    rows: int
    columns: tuple[ColumnProfile, ...]
    unusable: tuple[tuple[str, str], ...] = ()
    pairs: PairProfile | None = None
    reconstruction: Reconstruction | None = None
    classifier: ClassifierProfile | None = None

    def to_json(self) -> str:
        """Write as versioned JSON."""
        document = {
            "format": FORMAT,
            "rows": self.rows,
            "columns": [_column_to_json(column) for column in self.columns],
            "unusable": [list(entry) for entry in self.unusable],
            "pairs": None if self.pairs is None else pairs_to_json(self.pairs),
            "reconstruction": None if self.reconstruction is None else reconstruction_to_json(self.reconstruction),
            "classifier": None if self.classifier is None else classifier_to_json(self.classifier),
        }
        return json.dumps(document, allow_nan=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Profile":
        """Read what `to_json` wrote.

        Raises
        ------
        DataError
            When the text is no profile, or one of another format.
        """
        try:
            document = json.loads(text)
            found = document["format"]
            if found not in _READABLE:
                known = " and ".join(map(str, _READABLE))
                message = f"drift profile has format {found}, this code reads {known}; retrain to write a new one"
                raise DataError(message)
            pairs, reconstruction, classifier = (document[k] for k in ("pairs", "reconstruction", "classifier"))
            return cls(
                rows=document["rows"],
                columns=tuple(_column_from_json(entry) for entry in document["columns"]),
                unusable=tuple((name, why) for name, why in document["unusable"]),
                pairs=None if pairs is None else pairs_from_json(pairs),
                reconstruction=None if reconstruction is None else reconstruction_from_json(reconstruction),
                classifier=None if classifier is None else classifier_from_json(classifier),
            )
        except (KeyError, TypeError, ValueError) as error:
            message = f"this is no drift profile ({error!r}); retrain to write a new one"
            raise DataError(message) from error


def _column_to_json(column: ColumnProfile) -> dict[str, Any]:
    return {
        "name": column.name,
        "role": column.role,
        "layout": layout_to_json(column.layout),
        "counts": counts_to_json(column.counts),
        "chunks": chunks_to_json(column.chunks),
    }


def _column_from_json(entry: Mapping[str, Any]) -> ColumnProfile:
    layout = layout_from_json(entry["layout"])
    return ColumnProfile(
        name=entry["name"],
        role=entry["role"],
        layout=layout,
        counts=counts_from_json(entry["counts"]),
        chunks=chunks_from_json(entry["chunks"], layout.size),
    )
