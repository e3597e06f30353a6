"""Labels made again: which to ask for, and what they say about those that are held."""

import hashlib
from collections.abc import Collection, Mapping

import numpy as np
from scipy.stats import binomtest, chi2, wilcoxon

from include.retraining.results.audit import HeldLabels, Key, Settled

# Labels that are asked for: an offset of two standard deviations or a mix-up is confirmed in 97 of 100 cases.
SAMPLE = 20
# With fewer pairs nothing is settled: Wilcoxon's test cannot reach the level below 8.
MINIMUM_PAIRS = 8
# With fewer pairs nothing is released. Simulated as in the tests, 8 would release every second offset of two standard
# deviations, 16 release at most 4 of 100, and leave room for four samples that are gone.
RELEASE_PAIRS = 16
# Two tests on the same pairs; each at half of it.
LEVEL = 0.01
# Largest share of one test's sum of squares that a single pair may add, in its expected size.
MAXIMUM_SQUARE = 16.0
# Share of labels on which two careful labellings of the same thing disagree: C. G. Northcutt, A. Athalye and
# J. Mueller, "Pervasive label errors in test sets", NeurIPS 2021, found 3.3% wrong on average; two of them, 6.6%.
USUAL_DISAGREEMENT = 0.066


def propose_relabel(held: HeldLabels, size: int, seed: int, made: Collection[Key] = ()) -> tuple[Key, ...]:
    """Choose held keys whose labels should be made again, so that with those made already there are `size`.

    Keys that were asked for before (`held.asked`) come first: whoever works from a list finds the same keys on the next
    one. Others are drawn by a hash of the key, so every label is as likely as any other, and a finding that grows keeps
    its sample.
    """
    again = set(made)
    left = [key for key in held.keys if key not in again]
    missing = size - (len(held.keys) - len(left))
    before = set(held.asked)
    drawn = sorted(left, key=lambda key: (key not in before, _draw(key, seed)))[: max(0, missing)]
    chosen = set(drawn)
    return tuple(key for key in left if key in chosen)


def _draw(key: Key, seed: int) -> bytes:
    return hashlib.blake2b(f"{seed}:{key}".encode(), digest_size=8).digest()


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
    do (exact binomial test). Otherwise they are released, when enough pairs were compared: a few show too little.

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
    if p_value > LEVEL and len(keys) < min(RELEASE_PAIRS, len(held.keys)):
        text = f"Of {len(keys):,} labels made again {what}: so far the old values hold; {RELEASE_PAIRS} have to say so."
        return Settled(outcome="undecided", compared=len(keys), statistic=statistic, p_value=p_value, text=text)
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
