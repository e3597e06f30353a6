"""Each guardrail says what it found, and one that is broken keeps a better challenger out."""

import numpy as np
import pandas as pd
import pytest

from include.retraining.results.guardrails import Cost
from include.retraining.results.training import Comparison
from include.retraining.training.comparison import compare
from tests.model_samples import make_spec, week
from tests.training.meetings import CHALLENGER, CHAMPION, ROWS, training

TIMES = pd.date_range(week(8).start, week(9).end, periods=ROWS)
PLACES = np.resize(["north", "south", "west", "east"], ROWS)
LIGHT, HEAVY = Cost(bytes=1_000_000, seconds=0.01, rows=1000), Cost(bytes=5_000_000, seconds=0.05, rows=1000)


def labels_and_scores(noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw labels that are always the same, and scores with more or less noise."""
    y = np.random.default_rng(99).integers(0, 2, size=ROWS)
    return y, 1 / (1 + np.exp(-(2 * y - 1 + np.random.default_rng(seed).normal(0, noise, size=ROWS))))


def meet(new: np.ndarray, *, champion=CHAMPION, challenger=CHALLENGER, **declared) -> Comparison:
    """Compare a prediction with that of a mediocre champion, in four places."""
    spec = make_spec(data={"segments": ["place"]}, labels={"minimum": 100}, **declared)
    y, old = labels_and_scores(2.5, 1)
    rows = pd.DataFrame({"at": TIMES, "place": PLACES})
    return compare(
        spec, challenger=challenger, y=y, challenger_prediction=new, rows=rows,
        champion=champion, champion_prediction=old,
    )  # fmt: skip


def rail(comparison: Comparison, name: str):
    """One guardrail of a comparison."""
    return next(found for found in comparison.guardrails if found.name == name)


def good() -> np.ndarray:
    """Scores of a challenger that is better everywhere."""
    return labels_and_scores(1.2, 2)[1]


def worse_in_the_west() -> np.ndarray:
    """Better everywhere but in the west, where it is wrong more often than not."""
    timid = 0.5 + 0.2 * (0.5 - labels_and_scores(4, 3)[1])
    return np.where(PLACES == "west", timid, labels_and_scores(0.5, 2)[1])


def test_a_better_challenger_that_breaks_nothing_is_promoted():
    """All guardrails are in the record, with their sentence."""
    found = meet(good())
    assert found.promote
    assert [guardrail.name for guardrail in found.guardrails] == [
        "segments", "calibration", "classes", "size", "latency",
    ]  # fmt: skip
    assert [guardrail.verdict for guardrail in found.guardrails] == ["held", "held", "held", "not_judged", "not_judged"]
    assert "In none of 4 segments" in rail(found, "segments").text
    assert {segment.value for segment in found.segments} == {"north", "south", "west", "east"}


def test_a_segment_that_loses_keeps_the_challenger_out():
    """The gain on the whole is proven; the veto names segment, loss and tolerance."""
    found = meet(worse_in_the_west())
    assert found.difference.low > 0
    assert not found.promote
    veto = found.reasons[-1]
    assert (veto.code, veto.veto) == ("guardrail_segments", True)
    assert "In 1 of 4 segments" in veto.text
    assert "place = west: worse" in veto.text
    assert veto.origin == "performance.maximum_drop, of the segment's figure"
    assert (found.segments[0].value, found.segments[0].broken) == ("west", True)
    gains = [segment.gain.value for segment in found.segments]
    assert gains == sorted(gains)
    assert found.segments[0].gain.high < -found.segments[0].tolerance


def test_a_declared_tolerance_counts():
    """A segment may lose as much as the model file allows."""
    lenient = {"segment_tolerance": 0.99, "calibration_tolerance": 0.99}
    found = meet(worse_in_the_west(), promotion=lenient)
    assert found.promote
    assert rail(found, "segments").origin == "promotion.segment_tolerance"


def test_segments_with_few_rows_are_not_judged():
    """`labels.minimum` is the least."""
    spec = make_spec(data={"segments": ["place"]}, labels={"minimum": 260})
    y, old = labels_and_scores(2.5, 1)
    found = compare(
        spec, challenger=CHALLENGER, y=y, challenger_prediction=good(),
        rows=pd.DataFrame({"at": TIMES, "place": PLACES}), champion=CHAMPION, champion_prediction=old,
    )  # fmt: skip
    assert found.segments == ()
    assert rail(found, "segments").verdict == "not_judged"


def test_without_segments_nothing_is_asked_of_them():
    """A missing value is a segment of its own; no declared column is none."""
    y, old = labels_and_scores(2.5, 1)
    rows = pd.DataFrame({"at": TIMES, "place": np.where(PLACES == "west", None, PLACES)})
    arguments = {"challenger": CHALLENGER, "y": y, "challenger_prediction": good(), "rows": rows}
    arguments |= {"champion": CHAMPION, "champion_prediction": old}
    assert rail(compare(make_spec(), **arguments), "segments").verdict == "off"
    found = compare(make_spec(data={"segments": ["place"]}), **arguments)
    assert {segment.value for segment in found.segments} == {"north", "south", "(missing)", "east"}


@pytest.mark.parametrize(("metric", "verdict"), [("roc_auc", "broken"), ("brier", "off"), ("log_loss", "off")])
def test_probabilities_that_became_too_sure_break_calibration(metric, verdict):
    """Under a proper score the comparison itself asks, and the guardrail is off."""
    odds = np.log(good() / (1 - good()))
    found = meet(1 / (1 + np.exp(-12 * (odds - 2.5))), performance={"metric": metric})
    assert rail(found, "calibration").verdict == verdict
    if verdict == "broken":
        assert not found.promote
        assert "the Brier score was" in rail(found, "calibration").text


def multiclass(new: np.ndarray, y: np.ndarray, names: np.ndarray, classes=("a", "b", "c")) -> Comparison:
    """Compare with a champion that knows a, b and c, and is right in most rows."""
    truth = np.array([("a", "b", "c").index(name) for name in names])
    champion = training("old", train_weeks=5, classes=("a", "b", "c"))
    return compare(
        make_spec("multiclass_classification"), challenger=training("new", classes=classes), y=y,
        challenger_prediction=new, rows=pd.DataFrame({"at": TIMES, "__label": names}),
        champion=champion, champion_prediction=0.4 * np.eye(3)[truth] + 0.2,
    )  # fmt: skip


def test_a_class_that_is_never_predicted_any_more_is_lost():
    """Also where the mean over all rows became better."""
    y = np.where(np.arange(ROWS) % 20 == 0, 2, np.arange(ROWS) % 2)
    sure = 0.94 * np.eye(3)[y] + 0.02
    sure[y == 2] = [0.34, 0.34, 0.32]
    found = multiclass(sure, y, np.array(["a", "b", "c"])[y])
    assert found.difference.value > 0
    assert not found.promote
    assert "of c it recognises none, the champion 50 rows" in rail(found, "classes").text


def test_a_rare_class_that_is_missed_may_be_luck():
    """The champion recognised it on one day only."""
    y = np.where(np.isin(np.arange(ROWS), [40, 41]), 2, np.arange(ROWS) % 2)
    sure = 0.94 * np.eye(3)[y] + 0.02
    sure[y == 2] = [0.34, 0.34, 0.32]
    assert rail(multiclass(sure, y, np.array(["a", "b", "c"])[y]), "classes").verdict == "held"


def test_a_class_that_the_challenger_does_not_know_is_lost():
    """Its rows are not compared on; they are counted."""
    names = np.array(["a", "b", "c"])[np.where(np.arange(ROWS) % 10 == 0, 2, np.arange(ROWS) % 2)]
    y = np.where(names == "c", -1, (names == "b").astype(int))
    found = multiclass(0.8 * np.eye(2)[np.maximum(y, 0)] + 0.1, y, names, classes=("a", "b"))
    assert not found.promote
    assert "c (100 rows) is unknown to it" in rail(found, "classes").text


@pytest.mark.parametrize(
    ("limits", "verdicts"),
    [
        ({}, ("off", "off")),
        ({"maximum_size": "6MB", "maximum_latency": "60ms"}, ("held", "held")),
        ({"maximum_size": "4.9MB", "maximum_latency": "0.04s"}, ("broken", "broken")),
        ({"maximum_size": "5x", "maximum_latency": "5.1x"}, ("held", "held")),
        ({"maximum_size": "4x", "maximum_latency": "4x"}, ("broken", "broken")),
    ],
)
def test_size_and_time_are_told_and_limited_where_declared(limits, verdicts):
    """By an amount, or by a multiple of the champion's; the figures are those of the records."""
    old, new = training("old", train_weeks=5, cost=LIGHT), training("new", cost=HEAVY)
    found = meet(good(), champion=old, challenger=new, promotion=limits)
    assert (rail(found, "size").verdict, rail(found, "latency").verdict) == verdicts
    assert (rail(found, "size").figure, rail(found, "latency").figure) == (5_000_000, 0.05)
    assert "5 MB, the champion 1 MB" in rail(found, "size").text
    assert "1,000 rows in 50 ms, the champion 10 ms" in rail(found, "latency").text
    assert found.promote == ("broken" not in verdicts)


@pytest.mark.parametrize(("limit", "promoted"), [("4MB", False), ("6MB", True), ("1x", True)])
def test_a_first_champion_has_only_limits_of_its_own(limit, promoted):
    """Nothing can be lost yet, and no multiple of a champion is known."""
    y, score = labels_and_scores(1.0, 2)
    spec = make_spec(data={"segments": ["place"]}, promotion={"maximum_size": limit})
    found = compare(spec, challenger=training("new", cost=HEAVY), y=y, challenger_prediction=score)
    assert [guardrail.name for guardrail in found.guardrails] == ["size", "latency"]
    assert found.promote == promoted


def test_a_comparison_survives_its_file():
    """What was judged is read back as it was written."""
    found = meet(worse_in_the_west(), promotion={"maximum_size": "2x"})
    assert Comparison.model_validate_json(found.model_dump_json()) == found
