"""A change of the metric, split into what the rows, the relation, suspect labels and chance did to it."""

from dataclasses import dataclass

import numpy as np

from include.retraining.errors import DataError
from include.retraining.metrics.catalogue import Evaluate, Metric
from include.retraining.metrics.figures import write_estimate, write_figure
from include.retraining.performance.attribution.by_feature import feature_causes
from include.retraining.performance.attribution.concept_test import compare_losses
from include.retraining.performance.attribution.weights import MAXIMUM_OUTSIDE, Weighting, weigh
from include.retraining.performance.rows import LabelledRows
from include.retraining.results.concept import Attribution
from include.retraining.results.performance import Estimate
from include.retraining.spec.model import Task

# Fewest rows of either sample.
MINIMUM_ROWS = 30
# Ample for a standard error and the intervals of a table: Efron and Tibshirani (1993), chapter 6.
RESAMPLES = 200
# Share of the resamples on which the metric must be defined.
MINIMUM_DEFINED = 0.5


@dataclass(frozen=True)
class _Figures:
    """The metric on all current rows, and step by step back to the reference.

    On current rows with trusted labels, on those of them that the reference covers, on the reference weighted to look
    like these, and on the reference.
    """

    now: float
    trusted: float
    covered: float
    moved: float
    then: float

    @property
    def parts(self) -> np.ndarray:
        """Total, data, concept, labels."""
        data = (self.moved - self.then) + (self.trusted - self.covered)
        return np.array([self.now - self.then, data, self.covered - self.moved, self.now - self.trusted])


def attribute(
    reference: LabelledRows,
    current: LabelledRows,
    metric: Metric,
    task: Task,
    *,
    suspect: np.ndarray | None = None,
    confidence: float = 0.95,
    seed: int = 0,
) -> Attribution:
    """Split the change of a metric from reference to current rows.

    Data: the metric on the reference weighted to look like the current rows, minus that on the reference. Concept: the
    metric on current rows with trusted labels, minus that on the weighted reference. Labels: the metric on all current
    rows, minus that on those with trusted labels. Where many current rows have values that the reference does not know,
    they can be compared with nothing: what they do to the metric is data, and the others alone are compared (T. T. Cai,
    H. Namkoong and S. Yadlowsky, "Diagnosing model performance under distribution shift", arXiv 2303.02011).

    Of data and concept, the part that their own sampling error accounts for is called noise (W. James and C. Stein,
    "Estimation with quadratic loss", 1961, for one figure at a time). Intervals are the bootstrap's, over rows of both
    samples, weights found anew for each resample.

    Parameters
    ----------
    suspect
        Mask of the current rows whose labels are doubted; none when left out.
    """
    doubted = np.zeros(len(current), bool) if suspect is None else np.asarray(suspect, bool)
    usable = current.usable(task)
    current, doubted = current.only(usable), doubted[usable]
    reference = reference.only(reference.usable(task))
    trusted = current.only(~doubted)
    if min(len(reference), len(trusted)) < MINIMUM_ROWS:
        text = f"Not enough evidence: {len(reference):,} reference and {len(trusted):,} current rows; "
        return _unsplit(metric, text + f"each needs {MINIMUM_ROWS}.")
    try:
        weighting = weigh(reference, trusted, task, seed=seed)
        compared = _compared(reference, current, ~doubted, weighting, task, seed)
        draws = _resample(reference, current, ~doubted, compared, metric, seed)
        if draws is None and compared.weighting is not weighting:  # the covered rows may be of one class
            draws = _resample(reference, current, ~doubted, _Compared(compared.rows, None), metric, seed)
    except DataError as error:
        return _unsplit(metric, f"Not enough evidence: {error}.")
    if draws is None:
        return _unsplit(metric, f"Not enough evidence: {metric.label} is not defined here: {metric.undefined}.")
    parts = _estimates(*draws, weighting, confidence, (len(reference), len(current)))
    test = compare_losses(reference, trusted, task, weighting, confidence=confidence, seed=seed)
    return Attribution(
        verdict="uncertain" if weighting.overlap.poor else "split",
        metric=metric.name,
        greater_is_better=metric.greater_is_better,
        **parts,
        concept_p_value=test.p_value,
        overlap=weighting.overlap,
        features=feature_causes(reference, trusted, metric, task),
        text=_sentence(metric, parts, weighting),
    )


@dataclass(frozen=True)
class _Compared:
    """Which current rows are compared with the reference, and the weights that make it look like them; None: none."""

    rows: np.ndarray
    weighting: Weighting | None


def _compared(
    reference: LabelledRows, current: LabelledRows, trusted: np.ndarray, weighting: Weighting, task: Task, seed: int
) -> _Compared:
    """Leave rows out that the reference does not cover, where they are more than a few."""
    if weighting.overlap.outside <= MAXIMUM_OUTSIDE:
        return _Compared(trusted, weighting)
    covered = trusted.copy()
    covered[trusted] = ~weighting.beyond
    if covered.sum() < MINIMUM_ROWS:
        return _Compared(covered, None)
    expected = weighting.expected_then, weighting.expected_now[~weighting.beyond]
    return _Compared(covered, weigh(reference, current.only(covered), task, expected=expected, seed=seed))


def _resample(
    reference: LabelledRows,
    current: LabelledRows,
    trusted: np.ndarray,
    compared: _Compared,
    metric: Metric,
    seed: int,
) -> tuple[np.ndarray, np.ndarray] | None:
    """The parts on the rows themselves, and on resamples, shape (resamples, 4); None where not defined."""
    then: Evaluate = metric.evaluator(reference.y, reference.prediction)
    now: Evaluate = metric.evaluator(current.y, current.prediction)
    weighting, covered = compared.weighting, compared.rows

    def figures(rows_then: np.ndarray, rows_now: np.ndarray, weights: np.ndarray | None) -> _Figures:
        before = then(rows_then)
        like_with_like = (before, before) if weights is None else (now(rows_now * covered), then(weights))
        return _Figures(now(rows_now), now(rows_now * trusted), *like_with_like, before)

    whole = figures(np.ones(len(reference)), np.ones(len(current)), None if weighting is None else weighting.weights)
    generator = np.random.default_rng(seed)
    drawn = []
    for _ in range(RESAMPLES):
        rows_then, rows_now = _draw(len(reference), generator), _draw(len(current), generator)
        if not rows_now[trusted].any() or (weighting is not None and not rows_now[covered].any()):
            continue
        weights = None if weighting is None else weighting.resampled(rows_then, rows_now[covered])
        drawn.append(figures(rows_then, rows_now, weights).parts)
    resamples = np.array(drawn)
    resamples = resamples[np.isfinite(resamples).all(axis=1)]
    if not np.isfinite(whole.parts).all() or len(resamples) < MINIMUM_DEFINED * RESAMPLES:
        return None
    return whole.parts, resamples


def _estimates(
    raw: np.ndarray, resamples: np.ndarray, weighting: Weighting, confidence: float, rows: tuple[int, int]
) -> dict[str, Estimate]:
    """Take the noise out of data and concept, and give every part its interval."""
    bounds = np.quantile(resamples, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    errors = resamples.std(axis=0, ddof=1)
    total, labels = float(raw[0]), float(raw[3])
    data, concept = (_signal(float(raw[part]), float(errors[part])) for part in (1, 2))
    values = {"total": total, "data": data, "concept": concept, "labels": labels}
    limits = {name: (float(bounds[0, i]), float(bounds[1, i])) for i, name in enumerate(values)}
    if weighting.overlap.poor:  # either part may be all of it
        for name in ("data", "concept"):
            limits[name] = (min(limits[name][0], 0.0, total - labels), max(limits[name][1], 0.0, total - labels))
    values["noise"] = total - data - concept - labels
    limits["noise"] = (limits["total"][0] - total, limits["total"][1] - total)
    return {
        name: Estimate(
            value=value,
            low=min(limits[name][0], value),
            high=max(limits[name][1], value),
            confidence=confidence,
            n=min(rows),
        )
        for name, value in values.items()
    }


def _signal(value: float, error: float) -> float:
    """What of a figure is more than its sampling error: James and Stein's positive part."""
    return 0.0 if abs(value) <= error else value * (1.0 - (error / value) ** 2)


def _draw(rows: int, generator: np.random.Generator) -> np.ndarray:
    return np.bincount(generator.integers(0, rows, rows), minlength=rows).astype(float)


def _sentence(metric: Metric, parts: dict[str, Estimate], weighting: Weighting) -> str:
    said = {"data": "moved rows", "concept": "a changed relation", "labels": "suspect labels"}
    told = ", ".join(f"{words} {write_estimate(parts[name])}" for name, words in said.items())
    text = f"{metric.label} changed by {write_estimate(parts['total'])}: {told}, "
    text = text[0].upper() + text[1:] + f"chance {write_figure(parts['noise'].value)}."
    return text if not weighting.overlap.poor else f"{text} The split is uncertain: {weighting.overlap.text}."


def _unsplit(metric: Metric, text: str) -> Attribution:
    return Attribution(verdict="not_enough", metric=metric.name, greater_is_better=metric.greater_is_better, text=text)
