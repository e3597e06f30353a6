"""Labels made again: which to ask for, and what they say about those that are held."""

from collections.abc import Mapping

import numpy as np
from scipy.stats import binomtest, chi2, wilcoxon

from include.retraining.results.audit import HeldLabels, Key, Settled

# With fewer pairs nothing is settled: Wilcoxon's test cannot reach the level below 8.
MINIMUM_PAIRS = 8
# Two tests on the same pairs; each at half of it.
LEVEL = 0.01
# Largest share of one test's sum of squares that a single pair may add, in its expected size.
MAXIMUM_SQUARE = 16.0
# Share of labels on which two careful labellings of the same thing disagree: C. G. Northcutt, A. Athalye and
# J. Mueller, "Pervasive label errors in test sets", NeurIPS 2021, found 3.3% wrong on average; two of them, 6.6%.
USUAL_DISAGREEMENT = 0.066


def propose_relabel(held: HeldLabels, size: int, seed: int) -> tuple[Key, ...]:
    """Draw held keys at random for their labels to be made again; all of them when there are no more than `size`.

    Every held label is as likely as any other, so what the sample says holds for the rest. Twenty settle an offset of
    two standard deviations, or a mix-up, in nearly all cases.
    """
    if len(held.keys) <= size:
        return held.keys
    chosen = np.sort(np.random.default_rng(seed).choice(len(held.keys), size, replace=False))
    return tuple(held.keys[position] for position in chosen.tolist())


def settle(
    held: HeldLabels,
    old: Mapping[Key, float],
    relabelled: Mapping[Key, float],
    *,
    repeatability: float | None = None,
) -> Settled:
    """Decide by labels made again whether the held ones were right.

    Numbers: the old values are wrong when old and new differ one way (Wilcoxon's signed-rank test), or by more than
    two measurements of the same thing do (chi-squared test of the squared differences over twice the square of the
    repeatability; what ISO 5725-6 judges pair by pair). Classes: when more of them differ than two careful labellings
    do (exact binomial test). Otherwise they are released, when enough pairs were compared.

    Parameters
    ----------
    old, relabelled
        The recorded and the new values by key, as numbers or class positions; keys that are not held do not count.
    repeatability
        Standard deviation of a measurement; that of the champion's residual is a safe bound. None: classes.

    References
    ----------
    F. Wilcoxon, "Individual comparisons by ranking methods", Biometrics Bulletin 1 (1945).
    ISO 5725-6:1994, Accuracy of measurement methods and results, part 6.
    """
    keys = [key for key in held.keys if key in relabelled and key in old]
    if len(keys) < min(MINIMUM_PAIRS, len(held.keys)):
        text = f"{len(keys):,} of {len(held.keys):,} held labels were made again; {MINIMUM_PAIRS} are needed."
        return Settled(outcome="undecided", compared=len(keys), statistic=None, p_value=None, text=text)
    before = np.array([old[key] for key in keys], dtype=float)
    after = np.array([relabelled[key] for key in keys], dtype=float)
    if repeatability is None:
        statistic, p_value, what = _classes_differ(before, after)
    else:
        statistic, p_value, what = _numbers_differ(before, after, repeatability)
    if p_value > LEVEL:
        text = f"Of {len(keys):,} labels made again {what}: the old values were right, all {len(held.keys):,} count."
        return Settled(
            outcome="release", released=held.keys, compared=len(keys), statistic=statistic, p_value=p_value, text=text
        )
    again = set(keys)
    rest = tuple(key for key in held.keys if key not in again)
    text = f"Of {len(keys):,} labels made again {what}: the old values were wrong. {len(rest):,} stay out for good."
    return Settled(
        outcome="confirm",
        replaced=tuple(keys),
        dropped=rest,
        compared=len(keys),
        statistic=statistic,
        p_value=p_value,
        text=text,
    )


def _classes_differ(before: np.ndarray, after: np.ndarray) -> tuple[float, float, str]:
    count = int((before != after).sum())
    p_value = float(binomtest(count, len(before), USUAL_DISAGREEMENT, alternative="greater").pvalue)
    return count / len(before), p_value, f"{count:,} differ (p = {p_value:.2g})"


def _numbers_differ(before: np.ndarray, after: np.ndarray, repeatability: float) -> tuple[float, float, str]:
    """The larger of the two tests' evidence, corrected for there being two."""
    difference = np.where(np.isfinite(before), before, np.inf) - after
    squares = np.minimum((difference / repeatability) ** 2 / 2, MAXIMUM_SQUARE)
    spread = float(chi2.sf(squares.sum(), len(squares)))
    finite = difference[np.isfinite(difference)]
    shift = float(wilcoxon(finite).pvalue) if np.any(finite) else 1.0
    p_value = min(1.0, 2 * min(spread, shift))
    middle = float(np.median(np.abs(finite))) if len(finite) else float("inf")
    typical = middle / repeatability
    what = f"half differ by more than {middle:.3g}, {typical:.1f} times the repeatability (p = {p_value:.2g})"
    return (typical if np.isfinite(typical) else MAXIMUM_SQUARE), p_value, what
