"""Whether a classifier can tell the rows of a batch from those of the reference: a change of any kind, in any relation.

How well it can depends on how many rows it learns from. So parts of the reference, each told from the rest, and the
batch are compared at the same number of rows: that of the median part. A part with fewer rows, which gives a smaller
AUC, counts as it is; a batch with fewer than that is harder to tell apart than the parts, and alarms less.
"""

import math
from collections.abc import Sequence

import numpy as np

from include.retraining.domain import Apart, Booleans, null_variance, rank_columns, tell_apart
from include.retraining.drift.arrow import Floats, Integers
from include.retraining.drift.calibration import MINIMUM_CHUNKS, Evidence, chi_squared_law
from include.retraining.drift.classifier_profile import ClassifierProfile
from include.retraining.drift.measured import Measured
from include.retraining.drift.sample import NULL, RowSample
from include.retraining.results.record import Kind

TEST = "domain_classifier"
MINIMUM_EFFECT = 0.1
"""Smallest 2 AUC - 1 worth an alarm: what a shift of one normal column by 0.18 standard deviations allows, just below
a small effect (J. Cohen, "Statistical Power Analysis for the Behavioral Sciences", 1988, section 2.2)."""
MINIMUM_ROWS = 100
"""Fewest rows of either side: a classifier learns from half of them, and no leaf holds fewer than 40."""
CHUNKS = 15
"""Most parts of the reference that are told from the rest: a fit for each half of each."""
_NAMED = 3
"""Columns named in a sentence."""


def profile_classifier(
    names: Sequence[str], kinds: Sequence[Kind], sample: RowSample, chunks: Sequence[RowSample]
) -> ClassifierProfile:
    """Summarise the reference.

    Parameters
    ----------
    names, kinds
        The columns of the samples.
    sample
        Of the whole reference.
    chunks
        Of its time-ordered parts, by `take_rows`, so that a part's rows can be left out of the rest.
        Of more than `CHUNKS` so many are used, at equal distances.
    """
    large = [chunk for chunk in chunks if len(chunk) >= MINIMUM_ROWS]
    chosen = [large[i] for i in np.unique(np.linspace(0, len(large) - 1, min(CHUNKS, len(large))).round().astype(int))]
    rows = int(np.median([len(chunk) for chunk in chosen])) if len(chosen) >= MINIMUM_CHUNKS else sample.size
    aucs, sizes = [], []
    for chunk in chosen:
        one, rest = chunk.head(rows), sample.without(chunk)
        told = _compare(rest, one, kinds)
        if told is not None:
            aucs.append(round(told[0].auc, 4))
            sizes.append((len(one), len(rest)))
    chunk_rows, rest_rows = np.array(sizes, np.int64).reshape(-1, 2).T
    return ClassifierProfile(tuple(names), tuple(kinds), sample, rows, np.array(aucs), chunk_rows, rest_rows)


def measure(profile: ClassifierProfile, sample: RowSample) -> Measured | None:
    """Tell a batch from the reference; None where either has too few rows or they share no column with values.

    A column without any value on one side is left out: its nulls are judged by themselves.
    """
    current = sample.head(profile.rows)
    told = _compare(profile.sample, current, profile.kinds)
    if told is None:
        return None
    apart, used = told
    effect = 2 * apart.auc - 1
    ranked = rank_columns(apart) if effect >= MINIMUM_EFFECT else ()
    involved = tuple(profile.names[used[column]] for column, _ in ranked)
    return Measured(
        test=TEST,
        statistic=apart.auc,
        evidence=_evidence(profile, apart.auc, len(current)),
        effect=effect,
        minimum_effect=MINIMUM_EFFECT,
        direction="changed",
        n_reference=len(profile.sample),
        n_current=len(current),
        text=_describe(apart, involved),
        effect_unit="telling apart",
        interval=apart.interval,
        involved=involved,
    )


def _compare(reference: RowSample, current: RowSample, kinds: Sequence[Kind]) -> tuple[Apart, Integers] | None:
    """Tell two samples apart, by the columns that have values on both sides."""
    if min(len(reference), len(current)) < MINIMUM_ROWS:
        return None
    used = np.flatnonzero(_has_values(reference) & _has_values(current))
    if not len(used):
        return None
    categorical = [kinds[column] == "categorical" for column in used.tolist()]
    sides = [_numbers(sample, used) for sample in (reference, current)]
    return tell_apart(*sides, categorical=categorical), used


def _has_values(sample: RowSample) -> Booleans:
    return np.asarray((sample.cells != NULL).any(axis=0))


def _numbers(sample: RowSample, columns: Integers) -> Floats:
    """Cells as numbers; trees see only their order, in which infinite numbers come last."""
    cells = sample.cells[:, columns]
    return np.where(cells == NULL, np.nan, cells)


def _evidence(profile: ClassifierProfile, auc: float, rows: int) -> Evidence:
    """AUC beyond 1/2, squared: an AUC below 1/2 says nothing in a batch, but how far chance goes in the chunks."""
    sizes = zip(profile.rest_rows.tolist(), profile.chunk_rows.tolist(), strict=True)
    return Evidence(
        law=chi_squared_law(1),
        square=max(auc - 0.5, 0.0) ** 2,
        scale=null_variance(len(profile.sample), rows),
        chunk_squares=(profile.chunk_aucs - 0.5) ** 2,
        chunk_scales=np.array([null_variance(rest, chunk) for rest, chunk in sizes]),
        to_statistic=lambda square: 0.5 + math.sqrt(square),
    )


def _describe(apart: Apart, involved: Sequence[str]) -> str:
    low, high = apart.interval
    mostly = f", mostly by {', '.join(involved[:_NAMED])}" if involved else ""
    return (
        f"a classifier tells these rows from the reference with AUC {apart.auc:.2f} ({low:.2f} to {high:.2f}){mostly}"
    )
