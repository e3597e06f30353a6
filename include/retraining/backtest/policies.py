"""What a backtest compares: policies, declared as in a model file, and rules of thumb beside them."""

from dataclasses import dataclass
from pathlib import Path

from include.retraining.data.sources.base import did_you_mean
from include.retraining.errors import SpecError
from include.retraining.spec.loading import load_policy
from include.retraining.spec.model import ModelSpec
from include.retraining.spec.retrain import RetrainSpec, WindowSpec

DECLARED = "declared"
DEFAULT = "default"
DETECTORS = ("adwin", "page_hinkley", "ddm", "kswin")
RULES = ("never", "always", "every:K", *DETECTORS)
_SLIDING = "sliding"


@dataclass(frozen=True)
class Policy:
    """A policy that production could follow: the model file with its own triggers, windows and gates."""

    name: str
    spec: ModelSpec


@dataclass(frozen=True)
class Rule:
    """A rule of thumb: retrain at every k-th interval, or when a detector of the error alarms; promote always.

    Parameters
    ----------
    every
        Retrain at each so many intervals; 0: never by the clock.
    detector
        Which detector watches the errors; None: none does.
    sliding
        Whether it learns as long a history as the first champion did; else all of it.
    """

    name: str
    every: int = 0
    detector: str | None = None
    sliding: bool = False

    @property
    def reason(self) -> str:
        """Why it retrains, in words."""
        if self.detector is not None:
            return f"The detector {self.detector} alarmed on the errors."
        return "Every interval." if self.every == 1 else f"Every {self.every} intervals."


def read_policy(text: str, spec: ModelSpec) -> Policy:
    """Give the policy that a name stands for, or that a file declares.

    Raises
    ------
    SpecError
        When there is no such name or file, or the file declares no sound policy.
    """
    if text == DECLARED:
        return Policy(DECLARED, spec)
    if text == DEFAULT:
        window = spec.retrain.window  # which rows exist is no matter of policy
        known = WindowSpec(start=window.start, minimum_rows=window.minimum_rows)
        return Policy(DEFAULT, spec.model_copy(update={"retrain": RetrainSpec(window=known)}))
    path = Path(text)
    if not path.is_file():
        hint = did_you_mean(text, (DECLARED, DEFAULT))
        message = (
            f"no policy {text!r}{hint}: give `{DECLARED}` (that of the model file), `{DEFAULT}`, or the path of a file "
            "with the sections that replace those of the model file"
        )
        raise SpecError(message)
    return Policy(path.stem, load_policy(path, spec))


def read_rule(text: str) -> Rule:
    """Give the rule of thumb that a text stands for, such as `every:5` or `always:sliding`.

    Raises
    ------
    SpecError
        When there is no such rule; names those that exist.
    """
    kind, *options = text.strip().split(":")
    sliding = bool(options) and options[-1] == _SLIDING
    options = options[:-1] if sliding else options
    if kind == "every" and len(options) == 1 and options[0].isdigit() and int(options[0]) > 0:
        return Rule(text, every=int(options[0]), sliding=sliding)
    if not options and kind == "never" and not sliding:
        return Rule(text)
    if not options and kind == "always":
        return Rule(text, every=1, sliding=sliding)
    if not options and kind in DETECTORS:
        return Rule(text, detector=kind, sliding=sliding)
    hint = did_you_mean(kind, ("never", "always", "every", *DETECTORS))
    message = f"no rule {text!r}{hint}: give {', '.join(RULES)}, each but the first with `:{_SLIDING}` if wanted"
    raise SpecError(message)


def read_all(policies: list[str], rules: list[str], spec: ModelSpec) -> tuple[list[Policy], list[Rule]]:
    """Read policies (that of the model file, where none is named) and rules; each name may stand once.

    Raises
    ------
    SpecError
        When one cannot be read, or two have the same name.
    """
    found = [read_policy(text, spec) for text in policies or [DECLARED]]
    thumbs = [read_rule(text) for text in rules]
    names = [*(one.name for one in found), *(one.name for one in thumbs)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        message = f"{', '.join(twice)}: named twice; give each policy a name of its own"
        raise SpecError(message)
    return found, thumbs
