"""A challenger must fit where the champion fits: what its file weighs, and how long a prediction takes.

Both are measured once, when the model is stored, and stand in its record: a rerun decides on the same figures.
"""

from collections.abc import Callable

from include.retraining.metrics.figures import write_bytes, write_seconds
from include.retraining.results.guardrails import Guardrail, GuardrailName, GuardrailVerdict
from include.retraining.results.training import Training
from include.retraining.spec.limits import Limit
from include.retraining.spec.model import ModelSpec


def judge_cost(challenger: Training, champion: Training | None, spec: ModelSpec) -> tuple[Guardrail, Guardrail]:
    """Compare size and prediction time with the declared limits; without one they are only told."""
    new, old = challenger.cost, champion.cost if champion else None
    size = _judge(
        "size", "It weighs", write_bytes, spec.promotion.maximum_size,
        new.bytes if new else None, old.bytes if old else None,
    )  # fmt: skip
    latency = _judge(
        "latency", "It predicts 1,000 rows in", write_seconds, spec.promotion.maximum_latency,
        new.latency if new else None, old.latency if old else None,
    )  # fmt: skip
    return size, latency


def _judge(
    name: GuardrailName,
    start: str,
    write: Callable[[float], str],
    limit: Limit | None,
    new: float | None,
    old: float | None,
) -> Guardrail:
    if new is None:
        return Guardrail(name=name, verdict="not_judged", text=f"The {name} of this model was not measured.")
    said = f"{start} {write(new)}" + ("" if old is None else f", the champion {write(old)}")
    if limit is None:
        return Guardrail(name=name, verdict="off", figure=new, text=f"{said}; no limit is declared.")
    origin, most = f"promotion.maximum_{name}: {limit.text}", limit.against(old)
    if most is None:
        text = f"{said}; the limit {limit.text} needs a champion to compare with."
        return Guardrail(name=name, verdict="not_judged", figure=new, origin=origin, text=text)
    broken = new > most
    allowed = f"the allowed {write(most)}" + (f", {limit.text} the champion's" if limit.relative else "")
    text = f"{said}; {'more than' if broken else 'within'} {allowed}."
    verdict: GuardrailVerdict = "broken" if broken else "held"
    return Guardrail(name=name, verdict=verdict, figure=new, threshold=most, origin=origin, text=text)
