"""Feature columns as numbers."""

import numpy as np
import pandas as pd

from include.retraining.performance.estimation.encoding import MAXIMUM_CATEGORIES, fit_encoder
from include.retraining.results.columns import Columns

COLUMNS = Columns(numeric=("size", "late"), categorical=("carrier", "gate"))


def frame(**changed):
    """Make three rows."""
    columns = {
        "size": [1.5, np.inf, None],
        "late": [True, False, True],
        "carrier": ["AA", None, "UA"],
        "gate": [3, 4, 3],
    }
    return pd.DataFrame({**columns, **changed})


def test_numbers_stay_and_categories_become_codes():
    """Missing and infinite numbers and missing categories are NaN."""
    encoder = fit_encoder(frame(), COLUMNS)
    expected = [[1.5, 1, 0, 0], [np.nan, 0, np.nan, 1], [np.nan, 1, 1, 0]]
    assert np.array_equal(encoder.encode(frame()), np.array(expected), equal_nan=True)
    assert encoder.categorical == (False, False, True, True)


def test_unknown_categories_share_a_code_of_their_own():
    """And whole numbers are the same category when a null has made floats of them."""
    encoder = fit_encoder(frame(), COLUMNS)
    encoded = encoder.encode(frame(carrier=["XX", "YY", "AA"], gate=[3.0, None, 9.0]))
    assert encoded[:, 2].tolist() == [2, 2, 0]
    assert np.array_equal(encoded[:, 3], [0, np.nan, 2], equal_nan=True)


def test_a_column_that_is_gone_is_missing():
    """The matrix keeps its shape."""
    encoded = fit_encoder(frame(), COLUMNS).encode(frame().drop(columns=["size", "gate"]))
    assert encoded.shape == (3, 4)
    assert np.isnan(encoded[:, [0, 3]]).all()


def test_the_rarest_of_many_categories_share_a_code():
    """Frequent values keep their own."""
    values = [str(number) for number in range(400)] + ["often"] * 5
    encoder = fit_encoder(pd.DataFrame({"gate": values}), Columns(numeric=(), categorical=("gate",)))
    encoded = encoder.encode(pd.DataFrame({"gate": values}))
    assert encoded.max() == MAXIMUM_CATEGORIES
    assert (encoded[-5:] < MAXIMUM_CATEGORIES).all()
