"""Which rows and which parameters were chosen: the candidates and the search of a training, as a person reads them."""

from collections.abc import Mapping
from dataclasses import dataclass

from include.retraining.report import words
from include.retraining.results.candidate import Candidate, Trial
from include.retraining.results.search import Attempt, Search
from include.retraining.results.training import Training

ATTEMPTS_SHOWN = 5  # best first; training.json has all
_WINDOWS = {
    "expanding": "all history",
    "sliding": "as long a history as the first champion had, or as declared",
    "since_change": "since the relation changed",
    "recent": "all history, newer rows counting more",
    "update": "the champion goes on learning",
}


@dataclass(frozen=True)
class CandidateRow:
    """One model that was trained, or was not."""

    name: str
    chosen: bool
    learned: str
    rows: int | None
    figure: str
    seconds: float | None


@dataclass(frozen=True)
class SearchTable:
    """What the search for parameters tried, the best first."""

    text: str
    attempts: list[tuple[str, str, int]]


@dataclass(frozen=True)
class CandidatesSection:
    """All candidates, and the search; either may be missing."""

    rows: list[CandidateRow]
    search: SearchTable | None


def candidates_section(training: Training | None) -> CandidatesSection | None:
    """What the report shows; None where there was nothing to choose from."""
    if training is None or not (len(training.trials) > 1 or training.left_out or training.search):
        return None
    trials = training.trials if len(training.trials) > 1 or training.left_out else ()
    rows = [_tried(trial, chosen=trial.candidate == training.learned) for trial in trials]
    rows += [
        CandidateRow(name, False, f"not trained: {why}", None, "", None) for name, why in training.left_out.items()
    ]
    return CandidatesSection(rows, None if training.search is None else _searched(training.search))


def parameters(params: Mapping[str, object]) -> str:
    """Parameters as one writes them in a model file; a word where there are none."""
    return ", ".join(f"{name}: {value}" for name, value in params.items()) or "as the trainer has them"


def _tried(trial: Trial, *, chosen: bool) -> CandidateRow:
    figure = words.estimate(trial.figure)
    return CandidateRow(trial.candidate.name, chosen, _learned(trial.candidate), trial.rows, figure, trial.seconds)


def _learned(candidate: Candidate) -> str:
    if candidate.kind == "update":
        return _WINDOWS["update"]
    return f"{_WINDOWS[candidate.name]}: from {words.day(candidate.start)} on"


def _searched(search: Search) -> SearchTable:
    count, best = len(search.attempts), search.attempts[:ATTEMPTS_SHOWN]
    text = f"{count:,} combinations were tried on older rows and scored on newer ones, all before the holdout."
    if search.stopped:
        text += " The time was up before all rounds were through."
    text += " The first line was used." if search.params else " None has a score, so the declared parameters were used."
    return SearchTable(text, [(parameters(one.params), _score(one), one.rows) for one in best])


def _score(attempt: Attempt) -> str:
    return words.number(attempt.score) if attempt.score is not None else attempt.error or "not tried"
