"""How batches are held against the reference: the part of a model file that the drift check reads.

In a file of its own, so that a check need not load what all other parts are made of.
"""

from typing import Annotated

from pydantic import Field

from include.retraining.spec.base import Closed, known


class DriftSpec(Closed):
    """When a batch counts as drifted."""

    false_alarm_rate: Annotated[float, Field(gt=0, lt=0.5)] = 0.01
    """Chance that a batch without drift raises any alarm, for the model as a whole."""
    minimum_effect: Annotated[float, Field(ge=0, le=1)] = 0.05
    """Smallest change worth an alarm, as share of rows that moved; 0.05 is a shift by an eighth of the spread."""
    minimum_null_change: Annotated[float, Field(ge=0, le=1)] = 0.02
    """Smallest change worth an alarm of a rate of nulls, infinite values or new categories, in share of rows."""
    tests: tuple[Annotated[str, known("drift_test")], ...] = (
        "kolmogorov_smirnov",
        "van_der_waerden",
        "klotz",
        "chi_squared",
    )
    """Tests of each column, by name or dotted path; null rates, new categories and correlations are always compared."""
    classifier: bool = True
    """Whether a classifier also tries to tell the rows from the reference's: it finds what no column, pair or main
    direction shows, and takes about a second."""
