"""Findings of the audit beside labels made again: which are settled, which wait, and what to ask for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from include.retraining.performance.audit.errors import location_and_scale
from include.retraining.performance.audit.relabel import SAMPLE, propose_relabel, settle
from include.retraining.performance.audit.rows import AuditRows, plain_keys
from include.retraining.results.audit import HeldLabels, Key, LabelAudit


@dataclass(frozen=True)
class MadeAgain:
    """Labels made again, as they were known at the end of the interval, and where earlier intervals stood.

    Parameters
    ----------
    new
        Labels made again by key, encoded as `y` is.
    recorded
        Recorded labels of earlier findings that are not looked at any more, by key.
    earlier
        The findings of the last interval that was examined, settled or not.
    confirmed
        Keys whose recorded label was found wrong before.
    """

    new: Mapping[Key, float] = field(default_factory=dict)
    recorded: Mapping[Key, float] = field(default_factory=dict)
    earlier: tuple[HeldLabels, ...] = ()
    confirmed: frozenset[Key] = frozenset()

    def wrong(self, findings: Sequence[HeldLabels]) -> frozenset[Key]:
        """Keys whose recorded label is wrong, by what is known now."""
        released = {key for found in findings if found.outcome == "release" for key in found.keys}
        now = {key for found in findings if found.outcome == "confirm" for key in found.keys}
        return (self.confirmed - released) | now

    def corrected(self, keys: np.ndarray, y: np.ndarray, wrong: Collection[Key]) -> np.ndarray:
        """Labels with those made again in place of wrong ones."""
        if not wrong:
            return y
        old = y.tolist()
        new = [
            self.new.get(key, value) if key in wrong else value
            for key, value in zip(plain_keys(keys), old, strict=True)
        ]
        return np.asarray(new, dtype=y.dtype)


def settle_findings(
    found: Sequence[HeldLabels], rows: AuditRows, reference: AuditRows, again: MadeAgain, seed: int
) -> tuple[tuple[HeldLabels, ...], tuple[HeldLabels, ...]]:
    """Settle findings by labels made again, and ask for more where too few were made.

    A finding goes on as long as it shares labels with one of an earlier interval: it keeps those that have left the
    window since. Earlier findings of which nothing is found any more wait, with the labels that are not looked at.

    Parameters
    ----------
    found
        What the audit holds.
    rows
        The audited rows, with the labels as they were recorded.
    reference
        The champion's holdout; its residuals bound how well a number can be measured again.

    Returns
    -------
    tuple of HeldLabels
        The audit's findings.
    tuple of HeldLabels
        Those that wait, or waited until now.
    """
    recorded = {**again.recorded, **dict(zip(plain_keys(rows.keys), rows.y.tolist(), strict=True))}
    present, waiting = _continued(found, again)
    repeatability = None
    if reference.task == "regression":
        residual = reference.y - reference.prediction
        known = residual[np.isfinite(residual)]
        repeatability = location_and_scale(known)[1] if len(known) else 1.0
    judged = [_judge(one, recorded, again.new, repeatability, seed) for one in (*present, *waiting)]
    return tuple(judged[: len(present)]), tuple(judged[len(present) :])


def conclude(audit: LabelAudit, judged: Sequence[HeldLabels]) -> LabelAudit:
    """Put the audit's settled findings in their place: what is measured needs no person's judgement."""
    held = tuple(found for found in judged if found.outcome != "release")
    released = tuple(found for found in judged if found.outcome == "release")
    decided = [found.settled.text for found in judged if found.settled is not None and found.outcome != "undecided"]
    capped = audit.capped and any(found.outcome == "undecided" for found in held)
    text = audit.text if capped or not decided else " ".join(found.text for found in held)
    return audit.model_copy(
        update={
            "verdict": "none" if released and not held else audit.verdict,
            "capped": capped,
            "held": held,
            "released": released,
            "text": " ".join([text, *decided]).strip(),
        }
    )


def _continued(found: Sequence[HeldLabels], again: MadeAgain) -> tuple[list[HeldLabels], list[HeldLabels]]:
    """Findings with what is known of them from earlier, and earlier ones that are found no more."""
    present, waiting = list(found), []
    for before in again.earlier:
        known = set(before.keys)
        left = tuple(key for key in before.keys if key in again.recorded)
        same = next((number for number, one in enumerate(present) if not known.isdisjoint(one.keys)), None)
        if same is not None:
            one, own = present[same], set(present[same].keys)
            keys = (*(key for key in left if key not in own), *one.keys)
            since = min(one.since, before.since) if len(keys) > len(one.keys) else one.since
            asked = (*one.asked, *before.asked)
            present[same] = one.model_copy(update={"keys": keys, "since": since, "asked": asked})
        elif left and before.outcome == "undecided":
            waiting.append(before.model_copy(update={"keys": left}))
    return present, waiting


def _judge(
    found: HeldLabels,
    recorded: Mapping[Key, float],
    values: Mapping[Key, float],
    repeatability: float | None,
    seed: int,
) -> HeldLabels:
    settled, asked = None, tuple[Key, ...]()
    made = [key for key in found.keys if key in values]
    if made:
        settled = settle(found, recorded, values, repeatability=repeatability)
    if settled is None or settled.outcome == "undecided":
        asked = propose_relabel(found, SAMPLE, seed, made)
    return found.model_copy(update={"settled": settled, "asked": asked})
