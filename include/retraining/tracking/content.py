"""What is written to MLflow about an interval, a training, a version: figures, parameters and tags."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from mlflow.entities import Dataset, DatasetInput, InputTag, Metric
from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT, MLFLOW_RUN_NOTE

from include.retraining.results.concept import ConceptResult
from include.retraining.results.drift import DriftResult
from include.retraining.results.guardrails import Cost, Guardrail
from include.retraining.results.outcome import Outcome
from include.retraining.results.performance import Estimate, PerformanceResult
from include.retraining.results.run import Interval, LabelMaturity
from include.retraining.results.search import Search
from include.retraining.results.staleness import Staleness
from include.retraining.results.succession import Watch
from include.retraining.results.training import Comparison, Reason, Training

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)  # cron knows nothing finer than a minute
TAG_LENGTH = 2000  # of MLflow's 8000 bytes: a character may take four
_PARAM_LENGTH = 500  # readable in a table; MLflow's limit is 6000
_NAME_LENGTH = 250  # MLflow's limit for names of metrics
_EFFECTS_LOGGED = 500  # MLflow takes 1000 entries in one request; drift.json holds all columns
_DIGEST_LENGTH = 36  # MLflow's limit for digests of datasets
_ALSO_ALLOWED = "_-. :"  # in names of metrics, beside letters and digits


def metrics(figures: Mapping[str, float], interval: Interval) -> list[Metric]:
    """Figures of an interval as MLflow takes them; what is not finite is left out.

    The step is the interval's start, the timestamp its end: both are the same when a task is tried again,
    and MLflow keeps equal points once.
    """
    unit = _DAY if interval.end - interval.start >= _DAY else _MINUTE
    step = (interval.start - _EPOCH) // unit
    moment = int(interval.end.timestamp() * 1000)
    return [Metric(name, value, moment, step) for name, value in figures.items() if math.isfinite(value)]


def outcome_figures(outcome: Outcome) -> dict[str, float]:
    """All figures of an interval, by name; a slash makes a group in MLflow's charts."""
    figures: dict[str, float] = {
        "data/rows": outcome.validation.rows,
        "data/quarantined": outcome.validation.quarantined,
        "decision/trained": float(outcome.training is not None),
        "decision/promoted": float(outcome.promoted),
        "decision/rolled_back": float(outcome.rolled_back),
        "decision/rejected": float(outcome.decision.action == "reject"),
    }
    if outcome.snapshot and (join := outcome.snapshot.join):
        figures["data/labels"] = join.labels
        figures |= {"data/label_join_rate": join.rate} if join.rate is not None else {}
    figures |= _maturity_figures(outcome.maturity) if outcome.maturity else {}
    figures |= _drift_figures(outcome.drift) if outcome.drift else {}
    figures |= _performance_figures(outcome.performance) if outcome.performance else {}
    figures |= _concept_figures(outcome.concept) if outcome.concept else {}
    figures |= _comparison_figures(outcome.comparison) if outcome.comparison else {}
    figures |= _watch_figures(outcome.watch) if outcome.watch else {}
    return figures


def _watch_figures(watch: Watch) -> dict[str, float]:
    sides = {"watch/champion": watch.champion, "watch/previous": watch.previous}
    known = {name: value for name, value in sides.items() if value is not None}
    differences = {"watch/difference": watch.difference, "watch/recent_difference": watch.recent}
    return {
        **known,
        **{key: v for name, found in differences.items() for key, v in estimate_figures(name, found).items()},
    }


def _maturity_figures(found: LabelMaturity) -> dict[str, float]:
    states = ("pending", "joined", "matured", "orphaned", "excluded")
    figures = {f"labels/{name}": float(getattr(found, name)) for name in states}
    figures |= {"labels/share": found.labelled} if found.labelled is not None else {}
    return figures | ({"labels/delay_days": found.delays.median} if found.delays else {})


def _drift_figures(drift: DriftResult) -> dict[str, float]:
    largest = {
        column.column: max(finding.effect for finding in column.findings) for column in drift.columns if column.findings
    }
    effects = {f"drift_effect/{metric_name(name)}": effect for name, effect in list(largest.items())[:_EFFECTS_LOGGED]}
    counts = {"drift/columns": len(drift.drifted_columns), "drift/relations": len(drift.drifted_relations)}
    return {**counts, **effects}


def _performance_figures(performance: PerformanceResult) -> dict[str, float]:
    figures = {f"performance/{metric_name(name)}": found.value for name, found in performance.metrics.items()}
    for name, found in (
        (performance.metric, performance.realised),
        (f"{performance.metric}_reference", performance.reference),
        ("drop", performance.drop),
    ):
        figures |= estimate_figures(f"performance/{metric_name(name)}", found)
    return figures | _estimated_figures(performance)


def _estimated_figures(performance: PerformanceResult) -> dict[str, float]:
    """What performance was estimated to be, where that may be relied on, and what the estimate missed."""
    found, gap = performance.estimated, performance.gap
    figures: dict[str, float] = {}
    if found is not None and found.verdict == "estimated":
        name = f"estimated/{metric_name(found.metric)}"
        bounds = {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
        figures |= {key: value for key, value in bounds.items() if value is not None}
    if found is not None:
        figures["estimated/outside_reference"] = found.extrapolating_share
    return figures | ({"estimated/gap": gap.difference} if gap is not None else {})


def _concept_figures(concept: ConceptResult) -> dict[str, float]:
    figures: dict[str, float] = {"labels/examined": concept.labels, "labels/held": concept.held}
    if (found := concept.attribution) is not None:
        parts = {"data": found.data, "concept": found.concept, "labels": found.labels, "total": found.total}
        figures |= {f"attribution/{name}": part.value for name, part in parts.items() if part is not None}
    return figures


def _comparison_figures(comparison: Comparison) -> dict[str, float]:
    return {
        **estimate_figures("challenger/champion_holdout", comparison.champion),
        **estimate_figures("challenger/holdout", comparison.challenger),
        **estimate_figures("challenger/gain", comparison.difference),
        **_guardrail_figures(comparison),
    }


def _guardrail_figures(comparison: Comparison) -> dict[str, float]:
    """The figure of each guardrail, how many are broken, and the segment with the least gain."""
    figures = {f"guardrail/{rail.name}": rail.figure for rail in comparison.guardrails if rail.figure is not None}
    figures["guardrail/broken"] = sum(rail.verdict == "broken" for rail in comparison.guardrails)
    worst = comparison.segments[0].gain if comparison.segments else None
    return figures | estimate_figures("guardrail/worst_segment_gain", worst)


def estimate_figures(name: str, found: Estimate | None) -> dict[str, float]:
    """A figure with both bounds; nothing where there is none."""
    return {} if found is None else {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


def metric_name(name: str) -> str:
    """A name that MLflow accepts; columns of production data can be called anything."""
    kept = "".join(letter if letter.isalnum() or letter in _ALSO_ALLOWED else "_" for letter in name)
    return kept.strip(" .")[: _NAME_LENGTH // 2] or "_"


def outcome_tags(outcome: Outcome) -> dict[str, str]:
    """What one filters the runs of a model by. Tags, not parameters: a rerun may change them."""
    tags = {
        "retraining.decision": outcome.decision.action,
        "retraining.reasons": sentences(outcome.decision.reasons),
        "retraining.promoted": "yes" if outcome.promoted else "no",
        "retraining.diagnosis": outcome.diagnosis.kind if outcome.diagnosis else None,
        "retraining.diagnosis_confidence": outcome.diagnosis.confidence if outcome.diagnosis else None,
        "retraining.diagnosis_segment": outcome.diagnosis.segment if outcome.diagnosis else None,
        "retraining.rolled_back": _rollback_text(outcome),
        "retraining.approval": _approval_text(outcome),
        "retraining.launch": outcome.launch.kind,
        "retraining.champion_version": outcome.champion_version,
        "retraining.challenger_version": outcome.challenger_version,
        "retraining.data_sha256": outcome.snapshot.sha256 if outcome.snapshot else None,
        "airflow.dag_id": outcome.launch.dag_id,
        "airflow.run_id": outcome.launch.run_id,
        "airflow.url": outcome.launch.url,
        MLFLOW_RUN_NOTE: _note(outcome),
    }
    return {name: value[:TAG_LENGTH] for name, value in tags.items() if value}


def _rollback_text(outcome: Outcome) -> str | None:
    entry = outcome.ruling.entry if outcome.ruling else None
    return sentences(entry.reasons) if entry is not None and entry.kind == "rollback" else None


def _approval_text(outcome: Outcome) -> str | None:
    found = outcome.approval
    if found is None:
        return None
    said = f"{found.verdict.replace('_', ' ')} {'by ' + found.by if found.by else ''}".strip()
    return f"{said}, {found.at:%Y-%m-%d %H:%M} UTC" + (f": {found.comment}" if found.comment else "")


def _note(outcome: Outcome) -> str:
    lines = [
        f"**{outcome.decision.action}**: {sentences(outcome.decision.reasons)}",
        "See `report.html` below Artifacts.",
    ]
    if outcome.launch.url:
        lines.append(f"[Airflow run]({outcome.launch.url})")
    return "\n\n".join(lines)


def sentences(reasons: Iterable[Reason]) -> str:
    """Reasons one after the other."""
    return " ".join(reason.text for reason in reasons)


def training_parameters(training: Training) -> dict[str, str]:
    """What a training was done with."""
    parameters = {
        "trainer": training.trainer,
        "seed": training.seed,
        "train": training.train,
        "holdout": training.holdout,
        **({"parent": training.parent_id} if training.parent_id is not None else {}),
        **(_search_parameters(training.search) if training.search is not None else {}),
        **training.params,
    }
    return {name: str(value)[:_PARAM_LENGTH] for name, value in parameters.items()}


def _search_parameters(search: Search) -> dict[str, object]:
    """How the parameters were found that are not declared; a dot, as trainers' parameters have none."""
    return {
        "search.found": search.params,
        "search.tried": sum(attempt.score is not None for attempt in search.attempts),
        "search.combinations": len(search.attempts),
        "search.stopped_by_time": search.stopped,
        "search.seconds": round(search.seconds, 1),
    }


def training_figures(training: Training) -> dict[str, float]:
    """How a training went."""
    return {
        **{f"holdout/{metric_name(name)}": value for name, value in training.holdout_metrics.items()},
        **estimate_figures(f"holdout/{metric_name(training.metric)}", training.holdout_metric),
        "training/rows": training.train_rows,
        "training/holdout_rows": training.holdout_rows,
        "training/excluded_rows": training.excluded_rows,
        "training/seconds": training.seconds,
        **_cost_figures(training.cost),
        **_staleness_figures(training.staleness),
    }


def _cost_figures(cost: Cost | None) -> dict[str, float]:
    return {} if cost is None else {"model/bytes": cost.bytes, "model/seconds_per_1000_rows": cost.latency}


def _staleness_figures(staleness: Staleness | None) -> dict[str, float]:
    if staleness is None or staleness.lead is None:
        return {}
    days = staleness.lead.newer_by / timedelta(days=1)
    return {**estimate_figures("staleness/gain_of_newer_rows", staleness.lead.gain), "staleness/newer_by_days": days}


def version_tags(training: Training, interval: Interval, reasons: Sequence[Reason]) -> dict[str, str]:
    """What a model version says about itself."""
    return {
        "retraining.interval": interval.key,
        "retraining.training_window": str(training.window),
        "retraining.train_rows": str(training.train_rows),
        "retraining.data_sha256": training.data_sha256,
        "retraining.reasons": sentences(reasons)[:TAG_LENGTH],
        f"retraining.holdout_{training.metric}": f"{training.holdout_metric.value:.6g}",
    }


def version_description(training: Training, reasons: Sequence[Reason]) -> str:
    """A version in two sentences."""
    what = (
        f"{training.trainer}, trained on {training.train_rows:,} rows of {training.train}, held out {training.holdout}."
    )
    return f"{what} Why: {sentences(reasons)}"


def comparison_tags(comparison: Comparison) -> dict[str, str]:
    """How a challenger did against the champion."""
    tags = {
        "retraining.promote": "yes" if comparison.promote else "no",
        "retraining.comparison": sentences(comparison.reasons)[:TAG_LENGTH],
    }
    tags |= {f"retraining.guardrail_{rail.name}": _rail_text(rail) for rail in comparison.guardrails}
    if gain := comparison.difference:
        tags["retraining.gain"] = f"{gain.value:.6g} ({gain.low:.6g} to {gain.high:.6g}) in {comparison.metric}"
    return tags


def _rail_text(rail: Guardrail) -> str:
    return f"{rail.verdict.replace('_', ' ')}: {rail.text}"[:TAG_LENGTH]


def dataset(window: Interval, sha256: str, context: str, profile: Mapping[str, int]) -> DatasetInput:
    """Rows as lineage; the digest is the head of their sha256, the source has all of it."""
    source = json.dumps({"start": window.start.isoformat(), "end": window.end.isoformat(), "sha256": sha256})
    described = Dataset(
        name=str(window),
        digest=sha256[:_DIGEST_LENGTH],
        source_type="store",
        source=source,
        profile=json.dumps(profile),
    )
    return DatasetInput(described, tags=[InputTag(MLFLOW_DATASET_CONTEXT, context)])
