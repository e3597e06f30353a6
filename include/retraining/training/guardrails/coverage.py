"""No class may be lost that the champion knows and that the rows have.

A class is lost when the challenger does not know it, or recognises none of its rows where the champion did. The second
can be luck with rare classes. So one counts the blocks of time in which the champion recognised a row of the class: as
the challenger recognised none in any, each would have been as likely the other way round if both recognised it equally
often, and `n` blocks in a row have a chance of 1 to 2 to the power of `n` (the exact sign test: Dixon and Mood 1946,
"The Statistical Sign Test", Journal of the American Statistical Association 41).
"""

import numpy as np

from include.retraining.metrics.classification import most_probable
from include.retraining.results.guardrails import Guardrail
from include.retraining.results.training import Training
from include.retraining.spec.model import ModelSpec
from include.retraining.training.sides import Sides

_SHOWN = 5  # classes that a sentence names


def asked_classes(sides: Sides) -> list[int]:
    """Numbers of the classes that the rows have and of which the champion recognised any."""
    if not sides.classes:
        return []
    recognised = sides.y[most_probable(sides.champion) == sides.y]
    return [int(number) for number in np.unique(recognised)]


def judge_classes(sides: Sides, champion: Training, spec: ModelSpec, error: float) -> Guardrail:
    """Look for classes that the challenger has lost.

    Parameters
    ----------
    error
        Chance that a class which both recognise equally often counts as lost.
    """
    if spec.task == "regression":
        return Guardrail(name="classes", verdict="off", text="A regression has no classes.")
    unknown = {name: rows for name, rows in sides.unknown.items() if name in champion.classes}
    numbers = asked_classes(sides)
    missed = {sides.classes[number]: found for number in numbers if (found := _missed(sides, number, error))}
    if not unknown and not missed:
        many = f"{len(numbers)} class{'es' if len(numbers) != 1 else ''}"
        text = f"None of the {many} that the champion recognises in these rows is lost."
        return Guardrail(name="classes", verdict="held", figure=0.0, threshold=0.0, origin="no class lost", text=text)
    said = [f"{name} ({rows:,} rows) is unknown to it" for name, rows in unknown.items()]
    said += [f"of {name} it recognises none, the champion {found:,} rows" for name, found in missed.items()]
    text = f"It loses what the champion knows: {'; '.join(said[:_SHOWN])}{'; …' if len(said) > _SHOWN else ''}."
    lost = float(len(unknown) + len(missed))
    return Guardrail(name="classes", verdict="broken", figure=lost, threshold=0.0, origin="no class lost", text=text)


def _missed(sides: Sides, number: int, error: float) -> int:
    """How many rows of a class the champion recognised, if the challenger recognised none beyond doubt; else 0."""
    rows = sides.y == number
    if (most_probable(sides.challenger)[rows] == number).any():
        return 0
    recognised = rows & (most_probable(sides.champion) == number)
    blocks = len(np.unique(sides.blocks[recognised]))
    return int(recognised.sum()) if 0.5**blocks <= error else 0
