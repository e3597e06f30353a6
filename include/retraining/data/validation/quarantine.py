"""Which rows are set aside, and the reason written beside each."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from include.retraining.data.validation.expected import UNIQUE
from include.retraining.data.validation.outcome import Outcome

REASON = "__reason"


def failing_rows(failed: Iterable[Outcome]) -> int:
    """Count the rows that fail any of these expectations."""
    return np.unique(np.concatenate([np.empty(0, np.int64), *(outcome.positions for outcome in failed)])).size


def reasons_by_row(rows: pd.DataFrame, failed: Iterable[Outcome], key: str | None) -> pd.Series:
    """Say for each row, numbered from 0, which expectations set it aside; "" for a sound row."""
    reasons = np.full(len(rows), "", dtype=object)
    for outcome in failed:
        expected = outcome.expected
        of_key = expected.origin == "built-in" and expected.type == UNIQUE and key is not None
        positions = surplus_copies(rows, str(key)) if of_key else outcome.positions
        for position in positions.tolist():
            named = reasons[position].split("; ") if reasons[position] else []
            reasons[position] = "; ".join(dict.fromkeys([*named, expected.label]))
    return pd.Series(reasons, index=rows.index, dtype="str")


def surplus_copies(rows: pd.DataFrame, key: str) -> np.ndarray:
    """Find the rows to set aside where a key occurs more than once.

    Of rows that are equal in every column all but the first; of rows that share a key but differ, all,
    because nothing says which of them is right.

    Returns
    -------
    ndarray of int
        Positions in ascending order. Rows without a key are not looked at.
    """
    shared = (rows[key].notna() & rows[key].duplicated(keep=False)).to_numpy()
    copies = rows.loc[shared]
    nested = {name: copies[name].map(repr) for name in copies.columns if copies[name].dtype == object}
    repeated = copies.assign(**nested).duplicated(keep="first")
    conflicting = (~repeated).groupby(copies[key], observed=True).transform("sum") > 1
    return np.flatnonzero(shared)[(repeated | conflicting).to_numpy()]


def divide(rows: pd.DataFrame, reasons: pd.Series) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Part rows into sound ones and those with a reason, each numbered from 0 and in their order."""
    aside = reasons != ""
    quarantine = rows.loc[aside].assign(**{REASON: reasons[aside]})
    return rows.loc[~aside].reset_index(drop=True), quarantine.reset_index(drop=True)
