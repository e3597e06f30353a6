"""Plain words and figures: what a person reads in reports, alerts and approvals."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from include.retraining.results.outcome import Outcome
from include.retraining.results.performance import Estimate

Tone = Literal["good", "calm", "attention", "bad"]

_METRICS = {
    "roc_auc": "ROC AUC",
    "mae": "MAE",
    "rmse": "RMSE",
    "mape": "MAPE",
    "r2": "R²",
    "f1": "F1",
    "brier": "Brier score",
}
_DIAGNOSED = {
    ("ask", "suspect_labels"): "A person has to decide: are these labels right?",
    ("none", "not_enough_evidence"): "Nothing to do yet: too little is known",
    ("watch", "benign_data_drift"): "Watch: the inputs moved, no reason to retrain yet",
    ("watch", "harmful_data_drift"): "Watch: the inputs moved, and performance is likely to suffer",
}
_SMALLEST_P = 0.0001  # below it only the order of magnitude would differ
_ONE_IN_A_MILLION = 1e-6  # rarer than any batch that will ever come
_ALWAYS = 0.95  # p-values above round to once in one batch
_SMALL, _LARGE = 1e-4, 1e9  # outside, powers of ten read better than zeros
_IDENTITY_LENGTH = 8  # enough of an id to find it again


def headline(outcome: Outcome) -> str:
    """Say in one line what was decided and done."""
    action = outcome.decision.action
    if action in ("retrain", "update"):
        return _retraining(outcome, "Updated" if action == "update" else "Retrained")
    if action == "rollback":
        return _rollback(outcome)
    if action == "watch" and any(reason.veto for reason in outcome.decision.reasons):
        return "Watch: retraining is called for, but held back"
    if action == "ask" and unexplained(outcome):
        return "A person has to decide: what made these errors rise?"
    if outcome.diagnosis is not None and (said := _DIAGNOSED.get((action, outcome.diagnosis.kind))):
        return said
    return {
        "none": "Nothing to do",
        "watch": "Watch: something moved, no reason to retrain yet",
        "hold_labels": "Labels held until someone looks at them",
        "reject": "Rejected: the data is damaged",
        "ask": "A person has to decide",
    }[action]


def unexplained(outcome: Outcome) -> bool:
    """Whether errors rose that no feature explains, though no label looks wrong by itself."""
    found, audit = outcome.diagnosis, outcome.concept.audit if outcome.concept else None
    return found is not None and found.kind == "suspect_labels" and not (audit and audit.held)


def _rollback(outcome: Outcome) -> str:
    entry = outcome.ruling.entry if outcome.ruling else None
    if entry is None:
        return "The champion lost to its predecessor, but another change came first"
    return f"Rolled back: {champion_name(entry.version, entry.training_id)} reigns again"


def _kept(outcome: Outcome) -> str:
    """Why a trained challenger is not champion."""
    if outcome.approval is not None and outcome.approval.verdict == "rejected":
        return f"Challenger better, but rejected by {outcome.approval.by}"
    if outcome.approval is not None and outcome.approval.verdict == "timed_out":
        return "Challenger better, but nobody approved it in time"
    if outcome.ruling is not None and outcome.ruling.refusal is not None:
        return "Challenger better, but the champion changed meanwhile"
    if outcome.comparison is not None and outcome.comparison.only_guardrails_speak_against:
        return "Challenger better on the whole, but it breaks a guardrail"
    return "Challenger trained, champion kept" if outcome.champion_id else "First model trained, not promoted"


def _retraining(outcome: Outcome, done: str) -> str:
    name = f"version {outcome.challenger_version}" if outcome.challenger_version else "the challenger"
    if outcome.promoted:
        return f"First model trained: {name} promoted" if outcome.champion_id is None else f"{done}: {name} promoted"
    if outcome.launch.dry_run:
        return "Dry run: it would retrain" if outcome.training is None else "Dry run: challenger trained, not promoted"
    if outcome.training is None:
        return "Retraining was decided, but no challenger was trained"
    return _kept(outcome)


def tone(outcome: Outcome) -> Tone:
    """How urgently a person should look."""
    action = outcome.decision.action
    if action == "reject":
        return "bad"
    if action in ("retrain", "update"):
        return "good" if outcome.promoted else "attention"
    return "calm" if action == "none" else "attention"


def metric_name(name: str) -> str:
    """A metric as people write it.

    Examples
    --------
    >>> metric_name("roc_auc"), metric_name("log_loss")
    ('ROC AUC', 'log loss')
    """
    return _METRICS.get(name, name.replace("_", " "))


def column_name(name: str) -> str:
    """A column as people write it: our own columns without their marks.

    Examples
    --------
    >>> column_name("__prediction_1"), column_name("dep_delay")
    ('prediction 1', 'dep_delay')
    """
    return name.removeprefix("__").replace("_", " ") if name.startswith("__") else name


def expectation_name(name: str) -> str:
    """A Great Expectations expectation without what all of them begin with.

    Examples
    --------
    >>> expectation_name("expect_column_values_to_be_between")
    'values to be between'
    """
    return name.removeprefix("expect_").removeprefix("column_").replace("_", " ")


def champion_name(version: str | None, identity: str | None) -> str:
    """A champion by its version, else by the head of its training id."""
    if version is not None:
        return f"version {version}"
    return "none" if identity is None else identity[:_IDENTITY_LENGTH]


def number(value: float | None) -> str:
    """A figure with the digits that count: three below one, four above.

    Examples
    --------
    >>> number(0.74263), number(12345.6), number(-0.00001234), number(None)
    ('0.743', '12,346', '−1.23e-05', '–')
    """
    if value is None:
        return "–"
    written = _fixed(value, _decimals(value))
    return written.rstrip("0").rstrip(".") if "." in written and "e" not in written else written


def numbers(values: Sequence[float]) -> list[str]:
    """Figures of one scale, all with the same decimals.

    Examples
    --------
    >>> numbers([0.675, 0.7, 0.725])
    ['0.675', '0.700', '0.725']
    """
    shown = [number(value) for value in values]
    if any("e" in text for text in shown):
        return shown
    decimals = max((len(text.partition(".")[2]) for text in shown), default=0)
    return [_fixed(value, decimals) for value in values]


def _decimals(value: float) -> int:
    size = abs(value)
    if size == 0 or size >= 1000:
        return 0
    return (3 if size >= 1 else 2) - math.floor(math.log10(size))


def _fixed(value: float, decimals: int) -> str:
    size, minus = abs(value), "−" if value < 0 else ""
    if size >= _LARGE or 0 < size < _SMALL:
        return f"{minus}{size:.3g}"
    return f"{minus}{size:,.{decimals}f}"


def rough(value: float) -> str:
    """A figure to three digits: where something lies, not how much it is.

    Examples
    --------
    >>> rough(47.426), rough(1203.7), rough(-0.50001)
    ('47.4', '1,200', '−0.5')
    """
    return number(float(f"{value:.3g}"))


def listing(parts: Sequence[str], most: int = 6) -> str:
    """Things one after the other, as people say them; many are cut short.

    Examples
    --------
    >>> listing(["a", "b", "c"]), listing(["a", "b", "c", "d"], most=2)
    ('a, b and c', 'a, b and 2 others')
    """
    left_out = len(parts) - most
    named = list(parts) if left_out <= 0 else [*parts[:most], f"{left_out} other{'s' if left_out > 1 else ''}"]
    return " and ".join(part for part in (", ".join(named[:-1]), *named[-1:]) if part)


def chance(p_value: float | None) -> str:
    """How often chance alone does such a thing, in words.

    Examples
    --------
    >>> chance(1e-9), chance(0.00031), chance(0.21), chance(None)
    ('less than once in a million batches', 'about once in 3,200 batches', 'about once in 4.8 batches', '')
    """
    if p_value is None:
        return ""
    if p_value < _ONE_IN_A_MILLION:
        return "less than once in a million batches"
    return "in every batch" if p_value > _ALWAYS else f"about once in {number(float(f'{1 / p_value:.2g}'))} batches"


def signed(value: float) -> str:
    """A difference with its sign, and a real minus.

    Examples
    --------
    >>> signed(0.0213), signed(-0.5)
    ('+0.0213', '−0.5')
    """
    return ("+" if value > 0 else "") + number(value)


def estimate(value: Estimate | None, size: float = 0.0) -> str:
    """A figure with its interval, all with the same decimals; no more than a figure of `size` would have.

    Examples
    --------
    >>> estimate(Estimate(value=0.7489, low=0.7398, high=0.758, confidence=0.95, n=100))
    '0.749 (0.740 to 0.758)'
    """
    if value is None:
        return "–"
    decimals = _decimals(max(abs(value.value), abs(value.low), abs(value.high), size))
    return f"{_fixed(value.value, decimals)} ({_fixed(value.low, decimals)} to {_fixed(value.high, decimals)})"


def share(value: float | None) -> str:
    """A share as a percentage.

    Examples
    --------
    >>> share(0.9991), share(0.034), share(0.0), share(None)
    ('99.9%', '3.4%', '0%', '–')
    """
    if value is None:
        return "–"
    if 0 < value < 0.0005:
        return "<0.1%"
    if 0.9995 < value < 1:
        return ">99.9%"
    return f"{value:.1%}".replace(".0%", "%")


def p_value(value: float | None) -> str:
    """A p-value, without false precision.

    Examples
    --------
    >>> p_value(0.0000001), p_value(0.0312), p_value(None)
    ('<0.0001', '0.031', '–')
    """
    if value is None:
        return "–"
    return f"<{_SMALLEST_P:.4f}" if value < _SMALLEST_P else f"{value:.2g}" if value < 0.995 else "1"


def count(value: int | None) -> str:
    """A whole number with separators."""
    return "–" if value is None else f"{value:,}"


def moment(value: datetime) -> str:
    """A point in time, UTC."""
    return f"{value:%Y-%m-%d %H:%M} UTC"


def day(value: datetime) -> str:
    """A day."""
    return f"{value:%Y-%m-%d}"
