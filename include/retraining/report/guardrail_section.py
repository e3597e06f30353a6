"""What a better challenger must not break: one row for each guardrail, and the segments, worst first."""

from dataclasses import dataclass

from markupsafe import Markup

from include.retraining.report import words
from include.retraining.report.intervals import Row, draw_intervals
from include.retraining.results.guardrails import Guardrail, SegmentGain
from include.retraining.results.training import Comparison

SEGMENTS_SHOWN = 12  # worst first; comparison.json has all
NAMES = {
    "segments": "Segments",
    "calibration": "Calibration",
    "classes": "Classes",
    "size": "Size",
    "latency": "Prediction time",
}
_VERDICTS: dict[str, tuple[str, words.Tone]] = {
    "held": ("held", "good"),
    "broken": ("broken", "bad"),
    "not_judged": ("not judged", "calm"),
    "off": ("not asked", "calm"),
}


@dataclass(frozen=True)
class RailRow:
    """One guardrail, as a person reads it."""

    name: str
    verdict: str
    tone: words.Tone
    text: str
    origin: str


@dataclass(frozen=True)
class GuardrailSection:
    """All guardrails of a comparison, and a drawing of the segments' gains."""

    rows: list[RailRow]
    segments: Markup | None
    left_out: int


def guardrail_section(comparison: Comparison | None) -> GuardrailSection | None:
    """What the report shows; None where nothing was asked."""
    if comparison is None or not comparison.guardrails:
        return None
    drawn = [Row(segment_name(found), found.gain) for found in comparison.segments[:SEGMENTS_SHOWN]]
    label = f"gain of the challenger in {words.metric_name(comparison.metric)}, by segment"
    return GuardrailSection(
        rows=[_row(rail) for rail in comparison.guardrails],
        segments=draw_intervals(drawn, label, zero="no difference") if drawn else None,
        left_out=len(comparison.segments) - len(drawn),
    )


def segment_name(found: SegmentGain) -> str:
    """A segment as people write it; one that broke says so."""
    return f"{found.column} = {found.value}" + (" (broken)" if found.broken else "")


def _row(rail: Guardrail) -> RailRow:
    verdict, tone = _VERDICTS[rail.verdict]
    return RailRow(NAMES[rail.name], verdict, tone, rail.text, rail.origin or "")
