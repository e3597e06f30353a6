"""Pages that stand alone: the report of an interval, of a rollback, of a drift check.

No script, no font, no request: MLflow shows them in a sandboxed frame, and they print.
All text from data passes through jinja2's autoescape.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from include.retraining.metrics.figures import write_bytes, write_seconds
from include.retraining.report import words
from include.retraining.report.candidates_section import candidates_section, parameters
from include.retraining.report.concept_section import concept_section
from include.retraining.report.diagnosis_section import diagnosis_section, kind_name, kind_tone, short_reasons
from include.retraining.report.drift_section import drift_section
from include.retraining.report.drift_words import Past, columns_of
from include.retraining.report.guardrail_section import guardrail_section
from include.retraining.report.intervals import Row, draw_comparison, draw_intervals, draw_watch
from include.retraining.report.ledger_section import (
    approval_text,
    ledger_rows,
    refusal_text,
    rollback_headline,
)
from include.retraining.report.performance_section import estimate_section, maturity_sentence
from include.retraining.report.timeline import Tolerance, timeline
from include.retraining.results.drift import DriftResult
from include.retraining.results.outcome import HistoryPoint, Outcome
from include.retraining.results.performance import Estimate, PerformanceResult
from include.retraining.results.succession import Promotion, Ruling

_TEMPLATES = Path(__file__).parent / "templates"
_CODE = re.compile("`([^`]+)`")
_SEGMENTS_SHOWN = 12  # worst first


def render_report(
    outcome: Outcome,
    history: Sequence[HistoryPoint],
    *,
    links: Mapping[str, str] | None = None,
    past_drift: Past = (),
    ledger: Sequence[Promotion] = (),
) -> str:
    """Render one interval: what was decided, why, and the evidence.

    Parameters
    ----------
    history
        Earlier intervals; points of this interval or later ones are left out.
    links
        Address by label, for example of the Airflow run. Only http and https become links.
    past_drift
        Drift of earlier intervals against the same reference; of this interval or later ones it is left out.
    ledger
        All entries of the model's ledger; the last ones are shown.
    """
    before = [(interval, found) for interval, found in past_drift if interval.start < outcome.interval.start]
    before.sort(key=lambda entry: entry[0].start)
    earlier = [point for point in history if point.interval.start < outcome.interval.start]
    points = [*sorted(earlier, key=lambda point: point.interval.start), HistoryPoint.of(outcome, folder="")]
    performance = outcome.performance
    tolerance = _tolerance(performance)
    return render(
        "report.html.j2",
        outcome=outcome,
        reasons=short_reasons(outcome),
        diagnosis=diagnosis_section(outcome),
        estimated=estimate_section(performance),
        maturity=maturity_sentence(outcome.maturity),
        estimates=any(point.estimated_value is not None for point in points),
        diagnoses=any(point.diagnosis and kind_tone(point.diagnosis) in ("attention", "bad") for point in points),
        concept=concept_section(outcome.concept),
        timeline=timeline(
            points,
            performance.metric if performance else "metric",
            {outcome.champion_id: tolerance} if tolerance else None,
        ),
        comparison=draw_comparison(outcome.comparison) if outcome.comparison else None,
        guardrails=guardrail_section(outcome.comparison),
        candidates=candidates_section(outcome.training),
        segments=_segments(performance),
        links=_web_links(links),
        ledger=ledger_rows(ledger),
        watch=draw_watch(outcome.watch) if outcome.watch else None,
        approval=approval_text(outcome.approval),
        refusal=refusal_text(outcome),
        section=drift_section(outcome.drift, outcome.interval, before) if outcome.drift else None,
    )


def render_rollback(
    model: str,
    asked: Promotion,
    ruling: Ruling | None,
    *,
    ledger: Sequence[Promotion],
    links: Mapping[str, str] | None = None,
) -> str:
    """Render a rollback by hand.

    Parameters
    ----------
    asked
        What was asked for.
    ruling
        What came of it; None in a dry run.
    """
    return render(
        "rollback.html.j2",
        model=model,
        headline=rollback_headline(asked, ruling),
        asked=asked,
        ruling=ruling,
        gives_way=words.champion_name(
            {entry.training_id: entry.version for entry in ledger}.get(asked.previous_id or ""), asked.previous_id
        ),
        ledger=ledger_rows(ledger),
        links=_web_links(links),
    )


def drift_report(result: DriftResult, *, title: str) -> str:
    """Render a drift check on its own."""
    return render("drift.html.j2", title=title, section=drift_section(result))


def _web_links(links: Mapping[str, str] | None) -> list[tuple[str, str]]:
    return [(label, url) for label, url in (links or {}).items() if urlsplit(url).scheme in ("http", "https")]


def _tolerance(performance: PerformanceResult | None) -> Tolerance | None:
    if performance is None or performance.reference is None:
        return None
    return Tolerance(performance.reference, performance.maximum_drop, performance.greater_is_better)


def _segments(performance: PerformanceResult | None) -> Markup | None:
    """Draw the segments that changed for the worse, beside the same segments of the reference."""
    if performance is None or not performance.segments:
        return None
    sign = 1 if performance.greater_is_better else -1

    def gain(now: Estimate, then: Estimate | None) -> float:
        return sign * (now.value - (then.value if then else 0.0))

    worst = sorted(performance.segments, key=lambda segment: gain(segment.realised, segment.reference))
    rows = [
        Row(
            f"{segment.column} = {segment.value}",
            segment.realised,
            reference=segment.reference.value if segment.reference else None,
        )
        for segment in worst[:_SEGMENTS_SHOWN]
    ]
    return draw_intervals(rows, f"{words.metric_name(performance.metric)} by segment")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["words"] = words
    environment.filters["columns"] = columns_of
    environment.filters["column_name"] = words.column_name
    environment.filters["sentence"] = _sentence
    environment.filters["code"] = _code
    environment.filters["kind_name"] = kind_name
    environment.filters["size"] = write_bytes
    environment.filters["duration"] = write_seconds
    environment.filters["parameters"] = parameters
    return environment


def _sentence(text: str) -> Markup:
    """Escape a sentence, start it with a capital, and set its `names` as code."""
    return _code(text[:1].upper() + text[1:])


def _code(text: str) -> Markup:
    """Escape a text and set its `names` as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped on this line


def render(template: str, **values: object) -> str:
    """Render a template of the folder; all text from data is escaped."""
    return _environment().get_template(template).render(values)
