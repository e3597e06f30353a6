"""What the domain classifier keeps of the reference; reading it loads no classifier."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from include.retraining.drift.arrow import Floats, Integers
from include.retraining.drift.sample import RowSample, sample_from_json, sample_to_json
from include.retraining.results.record import Kind


@dataclass(frozen=True)
class ClassifierProfile:
    """A sample of the reference, and how well each of its parts was told from the rest.

    `chunk_aucs`, `chunk_rows` and `rest_rows` have shape (chunks,); `rows` is the most of a batch that is looked at.
    """

    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    sample: RowSample
    rows: int
    chunk_aucs: Floats
    chunk_rows: Integers
    rest_rows: Integers


def classifier_to_json(profile: ClassifierProfile) -> dict[str, Any]:
    """Write a classifier profile."""
    return {
        "names": list(profile.names),
        "kinds": list(profile.kinds),
        "sample": sample_to_json(profile.sample),
        "rows": profile.rows,
        "chunk_aucs": profile.chunk_aucs.tolist(),
        "chunk_rows": profile.chunk_rows.tolist(),
        "rest_rows": profile.rest_rows.tolist(),
    }


def classifier_from_json(entry: Mapping[str, Any]) -> ClassifierProfile:
    """Read what `classifier_to_json` wrote."""
    return ClassifierProfile(
        names=tuple(entry["names"]),
        kinds=tuple(entry["kinds"]),
        sample=sample_from_json(entry["sample"]),
        rows=entry["rows"],
        chunk_aucs=np.array(entry["chunk_aucs"], np.float64),
        chunk_rows=np.array(entry["chunk_rows"], np.int64),
        rest_rows=np.array(entry["rest_rows"], np.int64),
    )
