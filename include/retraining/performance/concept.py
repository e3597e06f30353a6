"""From recent labels to what they say: are they right, and has the relation changed, since when, where, by how much?"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pandas as pd

from include.retraining.errors import DataError
from include.retraining.metrics.catalogue import get_metric
from include.retraining.performance.attribution.concept_test import compare_losses
from include.retraining.performance.attribution.split import attribute
from include.retraining.performance.attribution.weights import weigh
from include.retraining.performance.audit.label_audit import audit_labels
from include.retraining.performance.audit.rows import AuditRows
from include.retraining.performance.audit.settling import MadeAgain, conclude, settle_findings
from include.retraining.performance.change_point import find_change
from include.retraining.performance.local import find_local
from include.retraining.performance.recovery import recovery
from include.retraining.performance.rows import LabelledRows
from include.retraining.results.audit import HeldLabels, Key, LabelAudit
from include.retraining.results.concept import ChangePoint, ConceptResult, ConceptTest, LocalDrift
from include.retraining.results.run import JoinHealth
from include.retraining.spec.model import ModelSpec

# Fewest labels worth an examination: each of its parts needs as many.
MINIMUM_LABELS = 30
# Newest rows compared with the reference: with 300 a changed tenth of the rows is named in nine of ten cases. Of more,
# older ones would only water down what has just changed.
RECENT_ROWS = 400
# More rows make clear figures no clearer, and cost time: of more, so many are taken at equal distances in time.
MOST_ROWS = 2_000
# The parts of a change have intervals from resamples, each of which balances the reference anew: ten times the cost.
ATTRIBUTED_ROWS = 1_000
# Labels made since the last wrong one from which on a fault counts as mended; one source among several is not always
# at work.
SINCE_MENDED = 60
# Chance that a part of the rows is named by chance. An interval's look shares most rows with the one before it, so in
# thirty looks there are some five independent ones.
LOCAL_FALSE_ALARMS = 0.01


@dataclass(frozen=True)
class Recent:
    """Labelled rows with who made each label and when."""

    rows: LabelledRows
    sources: pd.DataFrame
    label_times: pd.DatetimeIndex

    def audit_rows(self, spec: ModelSpec) -> AuditRows:
        """The rows as the audit reads them."""
        rows = self.rows
        return AuditRows(rows.keys, self.label_times, rows.features, self.sources, rows.y, rows.prediction, spec.task)


def examine_concept(
    spec: ModelSpec,
    window: Recent,
    reference: Recent,
    *,
    newest: int,
    join: JoinHealth | None,
    released_until: datetime | None = None,
    again: MadeAgain | None = None,
    seed: int = 0,
) -> ConceptResult:
    """Examine the labels of the last weeks, first for whether they can be trusted.

    Parameters
    ----------
    window
        Rows of `performance.window` since the champion was promoted, those held earlier included, in time order.
    reference
        The champion's holdout.
    newest
        How many of the window's labels came of age in this interval: all of them are compared with the reference.
    released_until
        Labels made before this moment were vouched for, and are not held.
    again
        Labels made again, and earlier findings that they may settle.
    """
    labels, again = len(window.rows), again or MadeAgain()
    looked, usual = window.audit_rows(spec), reference.audit_rows(spec)
    if labels < MINIMUM_LABELS or len(reference.rows) < MINIMUM_LABELS:
        text = f"{labels:,} labels since the champion was promoted; {MINIMUM_LABELS} are needed to examine them."
        return ConceptResult(labels=labels, waiting=settle_findings((), looked, usual, again, seed)[1], text=text)
    audit = _released(audit_labels(looked, usual, join=join, seed=seed), released_until)
    waiting: tuple[HeldLabels, ...] = ()
    if spec.labels.on_suspicion != "accept":
        found, waiting = settle_findings(audit.held, looked, usual, again, seed)
        audit = conclude(audit, found)
    wrong = again.wrong((*audit.held, *audit.released, *waiting))
    held = kept_out(spec, audit, again, wrong)
    rows = replace(window.rows, y=again.corrected(window.rows.keys, window.rows.y, wrong))
    suspect = _among(rows, held)
    trusted = rows.only(~suspect)
    losses = reference.rows.losses(spec.task)
    change = find_change(trusted.losses(spec.task), trusted.times, losses, seed=seed)
    recent = recent_rows(trusted, change, newest)
    test, local = _compare(spec, reference.rows, recent, seed)
    risen = _risen(reference.rows, (recent, _newest(trusted, max(MINIMUM_LABELS, newest))), spec)
    with_suspects = thinned(rows.only(_among(rows, recent.keys) | suspect), ATTRIBUTED_ROWS)
    attribution = attribute(
        thinned(reference.rows, ATTRIBUTED_ROWS),
        with_suspects,
        get_metric(spec.metric, spec.task),
        spec.task,
        suspect=_among(with_suspects, held),
        confidence=spec.performance.confidence,
        seed=seed,
    )
    return ConceptResult(
        labels=labels,
        audit=audit,
        held=int(suspect.sum()),
        waiting=waiting,
        ongoing=_ongoing(spec, audit, window.label_times),
        change=change,
        test=test,
        recovery=recovery(reference.rows, risen, spec.task, seed=seed),
        local=local,
        attribution=attribution,
        text=f"{labels:,} labels examined, the newest {len(recent):,} against the champion's holdout.",
    )


def _among(rows: LabelledRows, keys: Collection[object]) -> np.ndarray:
    found: np.ndarray = pd.Index(rows.keys).isin(list(keys))
    return found


def held_keys(spec: ModelSpec, audit: LabelAudit | None) -> list[Key]:
    """Keys of the labels held on suspicion: of a capped finding none, a person or labels made again have to decide."""
    if audit is None or spec.labels.on_suspicion == "accept" or (audit.capped and spec.labels.on_suspicion == "hold"):
        return []
    return [key for found in audit.held if found.outcome == "undecided" for key in found.keys]


def kept_out(spec: ModelSpec, audit: LabelAudit | None, again: MadeAgain, wrong: frozenset[Key]) -> set[Key]:
    """Keys of the labels to keep out of the error and of training: those held, and wrong ones without a new value."""
    return {key for key in (*held_keys(spec, audit), *wrong) if key not in wrong or key not in again.new}


def _ongoing(spec: ModelSpec, audit: LabelAudit, made: pd.DatetimeIndex) -> bool:
    """Whether a fault goes on: few labels were made since the last one that looks wrong, slips of the pen aside.

    Labels that are accepted as they are have no fault.
    """
    if spec.labels.on_suspicion == "accept":
        return False
    faults = [found for found in audit.held if found.reason != "invalid" or audit.capped]
    return any(int((made > pd.Timestamp(found.until)).sum()) < SINCE_MENDED for found in faults)


def _released(audit: LabelAudit, until: datetime | None) -> LabelAudit:
    """Drop the findings that someone has vouched for."""
    kept = tuple(found for found in audit.held if until is None or found.since >= until)
    if len(kept) == len(audit.held):
        return audit
    verdict = "suspect" if kept else "none"
    text = audit.text if kept else "Labels that looked wrong were released by a person."
    return audit.model_copy(update={"held": kept, "verdict": verdict, "text": text})


def _risen(reference: LabelledRows, choices: Sequence[LabelledRows], spec: ModelSpec) -> LabelledRows:
    """The rows whose losses rose most clearly: on the first day of a change the newest, not the last few hundred."""
    usual = _finite(reference.losses(spec.task))

    def clearness(rows: LabelledRows) -> float:
        losses = _finite(rows.losses(spec.task))
        if min(len(losses), len(usual)) < MINIMUM_LABELS:
            return -np.inf
        error = np.hypot(losses.std() / np.sqrt(len(losses)), usual.std() / np.sqrt(len(usual)))
        return float((losses.mean() - usual.mean()) / error) if error > 0 else 0.0

    return max(choices, key=clearness)


def _finite(losses: np.ndarray) -> np.ndarray:
    kept: np.ndarray = losses[np.isfinite(losses)]
    return kept


def recent_rows(rows: LabelledRows, change: ChangePoint | None, newest: int) -> LabelledRows:
    """The rows since the change for the worse, if there is one and an interval has passed, else the newest."""
    if change is not None and change.worse:
        since = rows.only(rows.times >= np.datetime64(change.date.replace(tzinfo=None), "us"))
        if len(since) >= max(MINIMUM_LABELS, newest):  # a single bad day of a week is no new relation yet
            return since
    return _newest(rows, max(RECENT_ROWS, newest))


def _newest(rows: LabelledRows, count: int) -> LabelledRows:
    chosen = np.zeros(len(rows), bool)
    chosen[np.argsort(rows.times, kind="stable")[-count:]] = True
    return rows.only(chosen)


def thinned(rows: LabelledRows, count: int) -> LabelledRows:
    """At most so many rows, at equal distances in time."""
    if len(rows) <= count:
        return rows
    chosen = np.zeros(len(rows), bool)
    chosen[np.argsort(rows.times, kind="stable")[np.linspace(0, len(rows) - 1, count).astype(int)]] = True
    return rows.only(chosen)


def _compare(
    spec: ModelSpec, reference: LabelledRows, recent: LabelledRows, seed: int
) -> tuple[ConceptTest | None, tuple[LocalDrift, ...]]:
    """Compare like with like: the reference is weighted to look like the recent rows."""
    then, now = (thinned(rows.only(rows.usable(spec.task)), MOST_ROWS) for rows in (reference, recent))
    if min(len(then), len(now)) < MINIMUM_LABELS:
        return None, ()
    try:
        weighting = weigh(then, now, spec.task, seed=seed)
    except DataError as error:
        return ConceptTest(p_value=None, rise=None, text=f"Not enough evidence: {error}."), ()
    test = compare_losses(then, now, spec.task, weighting, confidence=spec.performance.confidence, seed=seed)
    local = find_local(then, now, spec.task, weights=weighting.weights, false_alarm_rate=LOCAL_FALSE_ALARMS, seed=seed)
    return test, local
