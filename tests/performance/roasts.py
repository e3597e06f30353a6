"""Roasts whose humidity depends on bean size, with a champion that knows the old relation."""

import numpy as np
import pandas as pd

from include.retraining.performance.rows import LabelledRows

ORIGINS, SHARES = np.array(["Ethiopia", "Brazil", "Colombia", "Vietnam"]), (0.1, 0.4, 0.3, 0.2)
START = np.datetime64("2025-01-01", "us")


def roasts(seed, n, *, turned=None, larger=0.0, noise=0.8, slope=0.65):
    """Make rows; where `turned` (a function of the features) says so, larger beans are drier, not wetter.

    `larger` moves the mean bean size by so many standard deviations; errors spread more for large beans.
    """
    generator = np.random.default_rng(seed)
    size = generator.normal(larger, 1.0, n)
    features = pd.DataFrame(
        {
            "bean_size": 6.5 + 0.35 * size,
            "moisture": generator.normal(size=n),
            "temperature": generator.normal(size=n),
            "airflow": generator.normal(size=n),
            "origin": generator.choice(ORIGINS, n, p=SHARES),
            "line": generator.choice(["A", "B"], n),
        }
    )
    sign = np.where(turned(features), -1.0, 1.0) if turned else 1.0
    known = 0.8 * features["moisture"].to_numpy()
    spread = noise * (0.7 + 0.6 / (1 + np.exp(-2 * size)))
    y = slope * size * sign + known + generator.normal(size=n) * spread
    return rows(features, y, slope * size + known)


def rows(features, y, prediction, segments=("origin",)):
    """Put rows together, one an hour."""
    n = len(features)
    hours = START + np.arange(n) * np.timedelta64(1, "h")
    return LabelledRows(np.arange(n), hours, features, features[list(segments)], np.asarray(y), np.asarray(prediction))


def from_ethiopia(features):
    """Which rows come from Ethiopia: a tenth."""
    return features["origin"] == "Ethiopia"


def everywhere(features):
    """All rows."""
    return np.ones(len(features), bool)
