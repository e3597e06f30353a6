"""A model file in words: the documentation page of its DAG."""

from cron_descriptor import get_description

from include.retraining.spec.duration import format_duration
from include.retraining.spec.model import ModelSpec
from include.retraining.spec.retrain import AgeTrigger, NewLabelsTrigger, ScheduleTrigger, Trigger

_BY_HAND = (
    "**By hand** trigger the DAG; *Retrain now* trains in any case, *Roll back* brings the previous champion back, "
    "*Dry run* only says what would happen."
)


def describe(spec: ModelSpec, tracking_url: str | None) -> str:
    """Render purpose, schedule, data, policy and links as Markdown."""
    lines = [
        f"# {spec.name}",
        spec.description,
        f"**Schedule** {get_description(spec.schedule)} (UTC); each run covers the interval between two ticks.",
        _data(spec),
        f"**Validation** {len(spec.validation.expectations)} declared expectations"
        + (", and those that follow from the champion's training data." if spec.validation.from_reference else "."),
        _policy(spec),
        _BY_HAND,
        f"**Owner** {spec.owner} · **Model file** `include/models/{spec.name}.yaml`"
        + (f" · [MLflow]({tracking_url})" if tracking_url else ""),
    ]
    return "\n\n".join(line for line in lines if line)


def _data(spec: ModelSpec) -> str:
    labels = f", labels from `{spec.data.labels.use}`" if spec.data.labels else ""
    return (
        f"**Data** target `{spec.data.target}`, time `{spec.data.time}`, features from `{spec.data.features.use}`"
        f"{labels}, labels expected after {format_duration(spec.labels.expected_delay)}."
    )


def _policy(spec: ModelSpec) -> str:
    return (
        f"**Retrains** on {_triggers(spec)}; at the earliest {format_duration(spec.retrain.cooldown)} after the last"
        f" training; {_rows(spec)} with `{spec.trainer.use}`{_search(spec)}.\n\n"
        f"**Promotes** a challenger that beats the champion on the same holdout rows by `{spec.metric}`"
        f" with {spec.promotion.confidence:.0%} confidence and breaks no guardrail{_approval(spec)}.{_watch(spec)}"
    )


def _rows(spec: ModelSpec) -> str:
    window = spec.retrain.window.use
    rows = "on the rows that the newest labels prefer" if window == "best" else f"on a window `{window}`"
    if spec.retrain.mode == "full":
        return rows
    return f"by letting the champion go on learning, or where it cannot, {rows}"


def _search(spec: ModelSpec) -> str:
    search = spec.trainer.search
    return "" if search is None else f", after a search of {search.minutes:g} minutes at most for its parameters"


def _approval(spec: ModelSpec) -> str:
    promotion = spec.promotion
    if promotion.approval == "automatic":
        return ""
    who = " or ".join(f"`{name}`" for name in promotion.approvers) or "a person"
    return f", and that {who} approves within {format_duration(promotion.approval_timeout)}"


def _watch(spec: ModelSpec) -> str:
    looks = spec.promotion.watch
    return f" Watches it for {looks} intervals, and rolls back one that loses beyond doubt." if looks else ""


def _triggers(spec: ModelSpec) -> str:
    return ", ".join(_trigger(trigger) for trigger in spec.retrain.when) or "demand only"


def _trigger(trigger: Trigger) -> str:
    if isinstance(trigger, AgeTrigger):
        return f"an age of {format_duration(trigger.age)}"
    if isinstance(trigger, NewLabelsTrigger):
        return f"{trigger.new_labels:,} new labels"
    if isinstance(trigger, ScheduleTrigger):
        return f"schedule ({get_description(trigger.schedule)})"
    return trigger.replace("_", " ")
