"""The question to the person who approves, in Markdown: Airflow shows it above the two buttons."""

import re
from collections.abc import Mapping, Sequence

from include.retraining.report import words
from include.retraining.report.guardrail_section import NAMES, SEGMENTS_SHOWN, segment_name
from include.retraining.results.performance import Estimate
from include.retraining.results.run import Interval
from include.retraining.results.training import Comparison, Decision, Reason, Training
from include.retraining.spec.duration import format_duration
from include.retraining.spec.model import ModelSpec

_MARKUP = re.compile(r"([\\*_{}\[\]<>|#~])")
_CODE = re.compile("(`[^`]*`)")
_FEATURES_SHOWN = 5  # most important first


def approval_question(
    spec: ModelSpec,
    interval: Interval,
    *,
    decision: Decision,
    training: Training,
    comparison: Comparison,
    versions: tuple[str | None, str | None],
    links: Mapping[str, str],
) -> dict[str, str]:
    """Write `subject` and `body`: what would change, why, on what evidence, and what happens without an answer.

    Parameters
    ----------
    versions
        Of champion and challenger, where MLflow knows them.
    links
        Address by label.
    """
    champion, challenger = (words.champion_name(version, name) for version, name in _names(comparison, versions))
    instead = f" in place of {champion}" if comparison.champion_id else " as the first champion"
    stays = f"keeps {champion}" if comparison.champion_id else "leaves the model without a champion"
    outlook = (
        f"**Approve** makes it champion from {interval.end:%Y-%m-%d %H:%M} UTC on; **Reject**, or no answer within "
        f"{format_duration(spec.promotion.approval_timeout)}, {stays}."
    )
    parts = [
        f"**{plain(spec.name)}**, {interval}. {_figures(comparison, champion, challenger)}",
        "**Why it is better**\n\n" + _bullets(comparison.reasons),
        _guardrails(comparison),
        "**Why it was trained**\n\n" + _bullets(decision.reasons),
        "**What it was trained on**\n\n" + _training(training),
        outlook,
        " · ".join(f"[{label}]({address})" for label, address in links.items()),
    ]
    return {
        "subject": f"{spec.name}: promote {challenger}{instead}?",
        "body": "\n\n".join(part for part in parts if part),
    }


def plain(text: str) -> str:
    r"""Keep Markdown from reading marks into a text that comes from data.

    Examples
    --------
    >>> print(plain("origin = A|B <b>, `data_drift`"))
    origin = A\|B \<b\>, `data_drift`
    """
    parts = _CODE.split(text)
    return "".join(part if place % 2 else _MARKUP.sub(r"\\\1", part) for place, part in enumerate(parts))


def _names(
    comparison: Comparison, versions: tuple[str | None, str | None]
) -> tuple[tuple[str | None, str | None], tuple[str | None, str | None]]:
    return (versions[0], comparison.champion_id), (versions[1], comparison.challenger_id)


def _figures(comparison: Comparison, champion: str, challenger: str) -> str:
    metric = words.metric_name(comparison.metric)
    rows = [
        (f"Champion, {champion}", comparison.champion),
        (f"Challenger, {challenger}", comparison.challenger),
        ("Gain (positive is better)", comparison.difference),
    ]
    lines = [f"| {plain(name)} | {_cells(found)} |" for name, found in rows if found is not None]
    head = f"| {metric} on {comparison.rows:,} holdout rows | Figure | Interval |\n|---|---|---|"
    on = "Both on the same rows, which neither was trained on" if comparison.champion else "On rows kept from training"
    return f"{on}:\n\n{head}\n" + "\n".join(lines)


def _guardrails(comparison: Comparison) -> str:
    """What it does not break, and the segments, worst first; empty where nothing was asked."""
    asked = [rail for rail in comparison.guardrails if rail.figure is not None]
    if not asked:
        return ""
    lines = "\n".join(f"- {NAMES[rail.name]}: {plain(rail.text)}" for rail in asked)
    return "\n\n".join(part for part in (f"**What it does not break**\n\n{lines}", _segments(comparison)) if part)


def _segments(comparison: Comparison) -> str:
    shown = comparison.segments[:SEGMENTS_SHOWN]
    if not shown:
        return ""
    rows = [f"| {plain(segment_name(found))} | {found.gain.n:,} | {_cells(found.gain)} |" for found in shown]
    metric, more = words.metric_name(comparison.metric), len(comparison.segments) - len(shown)
    rest = f"\n\n{more} more segments are in comparison.json." if more else ""
    return (
        f"| Segment, worst first | Rows | Gain in {metric} | Interval |\n|---|---|---|---|\n" + "\n".join(rows) + rest
    )


def _cells(found: Estimate) -> str:
    figure, _, bounds = words.estimate(found).partition(" (")
    return f"{figure} | {bounds[:-1]} ({words.share(found.confidence)})"


def _bullets(reasons: Sequence[Reason]) -> str:
    return "\n".join(f"- {'(speaks against) ' if reason.veto else ''}{plain(reason.text)}" for reason in reasons)


def _training(training: Training) -> str:
    trainer = plain(training.trainer)
    ranked = sorted(training.importance.items(), key=lambda entry: -entry[1])[:_FEATURES_SHOWN]
    seen = f"{training.train_rows:,} rows of {training.train}"
    held = f"{training.holdout_rows:,} rows of {training.holdout}"
    left_out = f"; {training.excluded_rows:,} rows left out" if training.excluded_rows else ""
    lines = [f"- {seen} by {trainer}; held out: {held}{left_out}"]
    if ranked:
        lines.append("- relies most on " + ", ".join(plain(name) for name, _ in ranked))
    return "\n".join(lines)
