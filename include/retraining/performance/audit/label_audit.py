"""The audit as a whole: gather the evidence, weigh it, and name the labels to be held."""

import numpy as np

from include.retraining.performance.audit.case import Suspicion, Unit, World, source_units
from include.retraining.performance.audit.concentration import concentration
from include.retraining.performance.audit.conflicts import conflicting_labels
from include.retraining.performance.audit.invalid import invalid_labels
from include.retraining.performance.audit.offset import constant_offset
from include.retraining.performance.audit.onset import jump
from include.retraining.performance.audit.rows import AuditRows, AuditSettings, plain_keys
from include.retraining.performance.audit.search import other_sources, suspicions
from include.retraining.performance.audit.unlearnable import unlearnable
from include.retraining.results.audit import Evidence, HeldLabels, LabelAudit
from include.retraining.results.run import JoinHealth

# With fewer labelled rows of the champion's holdout nothing is known of its usual errors.
MINIMUM_REFERENCE = 100
SIGNALS = 3  # shift up, shift down, loss
REASONS = {
    "offset": "are off by a constant",
    "mix_up": "have lost their relation to the features while other sources kept it",
    "noise": "lost their relation to the features all at once",
}
Judged = tuple[list[HeldLabels], list[Evidence], list[np.ndarray]]


def audit_labels(
    current: AuditRows,
    reference: AuditRows,
    *,
    features_moved: bool | None = None,
    settings: AuditSettings | None = None,
    join: JoinHealth | None = None,
    seed: int = 0,
) -> LabelAudit:
    """Examine recent labels against the champion's holdout, and name those to be held.

    Held are: single values that cannot be right; a constant offset of one source, or of all labels where it came at
    once while features and predictions stayed; labels of one source, or with the same proviso of all, that lost their
    relation to the features so that a fresh model cannot learn them. What a fresh model learns is a changed concept
    and is never held, nor is a gradual change of all labels.

    Parameters
    ----------
    current
        The labels of the last 30 days or so, those already held included: a fault is seen by its beginning, and
        the share that may be held is one of these rows.
    reference
        The champion's holdout.
    features_moved
        Whether features or predictions jumped when the errors did, if others know; True rules out findings on all
        labels alike. The audit looks itself in any case.
    join
        How labels met their rows; its contradictions are evidence too.
    """
    settings = settings or AuditSettings()
    evidence = [] if join is None else [conflicting_labels(join, settings.level)]
    sound_reference = reference.only(_known(reference))
    invalid, single = invalid_labels(current, sound_reference if len(sound_reference) else reference)
    evidence.append(single)
    held = _hold_single(current, invalid, single)
    sound_reference = sound_reference.only(~invalid_labels(sound_reference, sound_reference)[0])
    if len(sound_reference) >= MINIMUM_REFERENCE and len(current):
        rows = current.only(_known(current) & ~invalid)
        world = World.of(rows, sound_reference, settings, features_moved, seed)
        for holds, found, _ in _by_source_then_all(world):
            held += holds
            evidence += found
    return _conclude(current, held, evidence, settings)


def _known(rows: AuditRows) -> np.ndarray:
    known: np.ndarray = np.isfinite(rows.y) if rows.task == "regression" else rows.y >= 0
    return known


def _by_source_then_all(world: World) -> list[Judged]:
    """Judge each source; then what is left of all labels together."""
    units = source_units(world.rows, world.settings.minimum_rows)
    tests = SIGNALS * (len(units) + 1)
    suspects = [suspicion for unit in units for suspicion in suspicions(world, unit, tests)]
    judged = [_judge_source(world, [one for one in suspects if one.unit is unit], suspects) for unit in units]
    taken = np.zeros(len(world.rows), dtype=bool)
    for _, _, rows in judged:
        for positions in rows:
            taken[positions] = True
    everything = Unit(np.flatnonzero(~taken))
    return [*judged, _judge_all(world, suspicions(world, everything, tests))]


def _judge_source(world: World, own: list[Suspicion], suspects: list[Suspicion]) -> Judged:
    """Weigh the suspicions against one source; the first that holds ends it."""
    evidence: list[Evidence] = []
    for suspicion in own:
        others = other_sources(
            world, suspicion, [one for one in suspects if one.signal.shift == suspicion.signal.shift]
        )
        alone = concentration(world, suspicion, others)
        evidence.append(alone)
        if not alone.found:
            continue
        cause = _cause(world, suspicion, world.settings.source_skill)
        evidence.append(cause)
        if cause.found:
            reason = "offset" if suspicion.signal.shift else "mix_up"
            return [_hold(world, suspicion, reason, (alone, cause))], evidence, [suspicion.rows]
    return [], evidence, []


def _judge_all(world: World, own: list[Suspicion]) -> Judged:
    """Weigh the suspicions against all labels alike."""
    evidence: list[Evidence] = []
    for suspicion in own:
        at_once = jump(world, suspicion)
        cause = _cause(world, suspicion, world.settings.common_skill)
        evidence += [at_once, cause]
        if at_once.found and cause.found:
            reason = "offset" if suspicion.signal.shift else "noise"
            return [_hold(world, suspicion, reason, (at_once, cause))], evidence, [suspicion.rows]
    return [], evidence, []


def _cause(world: World, suspicion: Suspicion, skill: float) -> Evidence:
    return constant_offset(world, suspicion) if suspicion.signal.shift else unlearnable(world, suspicion, skill)


def _hold(world: World, suspicion: Suspicion, reason: str, evidence: tuple[Evidence, ...]) -> HeldLabels:
    times = world.rows.times[suspicion.rows]
    name, count = suspicion.unit.name, len(suspicion.rows)
    sentences = " ".join(piece.text for piece in evidence)
    text = f"{count:,} {name} from {times[0]:%d %B} to {times[-1]:%d %B %Y} {REASONS[reason]}. {sentences}"
    return HeldLabels.model_validate(
        {
            "reason": reason,
            "source": suspicion.unit.source,
            "since": times[0].to_pydatetime(),
            "until": times[-1].to_pydatetime(),
            "keys": plain_keys(world.rows.keys[suspicion.rows]),
            "evidence": evidence,
            "text": text.replace(f"{count:,} all labels", f"All {count:,} labels"),
        }
    )


def _hold_single(current: AuditRows, invalid: np.ndarray, evidence: Evidence) -> list[HeldLabels]:
    if not invalid.any():
        return []
    times = current.times[invalid]
    return [
        HeldLabels(
            reason="invalid",
            source=None,
            since=times.min().to_pydatetime(),
            until=times.max().to_pydatetime(),
            keys=plain_keys(current.keys[invalid]),
            evidence=(evidence,),
            text=evidence.text,
        )
    ]


def _conclude(
    current: AuditRows, held: list[HeldLabels], evidence: list[Evidence], settings: AuditSettings
) -> LabelAudit:
    """Take the verdict, and see whether more is suspect than may be held without a word."""
    count = len({key for group in held for key in group.keys})
    share = count / len(current) if len(current) else 0.0
    longest = max(((group.until - group.since).days + 1 for group in held if group.reason != "invalid"), default=0)
    capped = share > settings.maximum_share or longest > settings.maximum_days
    if held:
        verdict, text = "suspect", " ".join(group.text for group in held)
    elif odd := [piece for piece in evidence if piece.found]:
        verdict, text = "watch", " ".join(piece.text for piece in odd)
    else:
        verdict, text = "none", f"Nothing speaks against the {len(current):,} labels."
    if capped:
        text += (
            f" That is {share:.0%} of the audited labels, over {longest} days: more than is held without asking, "
            "since the world itself may have changed. Measure some of them again."
        )
    return LabelAudit.model_validate(
        {
            "verdict": verdict,
            "capped": capped,
            "labels": len(current),
            "held": tuple(held),
            "evidence": tuple(evidence),
            "text": text,
        }
    )
