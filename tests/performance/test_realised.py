"""The verdict on the champion by the labels that arrived."""

import numpy as np
import pandas as pd
import pytest

from include.retraining.performance.realised import check_performance
from include.retraining.performance.segments import Labelled
from include.retraining.results.run import JoinHealth
from tests.model_samples import make_spec


def labelled(n, noise, seed=0, share=0.5):
    """Score rows with a given amount of noise."""
    generator = np.random.default_rng(seed)
    y = (generator.random(n) < share).astype(int)
    score = 1 / (1 + np.exp(-(2 * y - 1 + generator.normal(0, noise, size=n))))
    return Labelled(y, score, pd.DataFrame({"origin": generator.choice(["JFK", "LGA"], size=n)}))


def join(usable):
    """Report a join, usable or not."""
    return JoinHealth(
        labels=100,
        matched=10,
        duplicate_keys=0,
        conflicting_keys=0,
        orphans=90,
        usable=usable,
        note="10% of labels match",
    )


def test_a_steady_champion_is_called_steady():
    """The sentence names metric, interval, labels, reference and tolerance."""
    result = check_performance(
        make_spec(data={"segments": ["origin"]}),
        current=labelled(800, 2, 1),
        reference=labelled(2000, 2, 2),
        join=join(True),
    )
    assert result.verdict == "steady"
    assert result.metric == "roc_auc"
    assert result.text.startswith(f"ROC AUC {result.realised.value:.3f} (")
    assert "on 800 labels, against" in result.text
    assert result.maximum_drop == pytest.approx(0.05 * result.reference.value)
    assert set(result.metrics) == {
        *("roc_auc", "average_precision", "log_loss", "brier", "accuracy", "precision", "recall", "f1")
    }
    assert result.metrics["roc_auc"] == result.realised
    assert all(found.low < found.value < found.high for found in result.metrics.values())
    assert {(segment.column, segment.value) for segment in result.segments} == {("origin", "JFK"), ("origin", "LGA")}


def test_a_large_and_certain_drop_is_called_dropped():
    """Point estimate above the tolerance, lower bound above 0."""
    result = check_performance(make_spec(), current=labelled(800, 6, 1), reference=labelled(2000, 1.5, 2))
    assert result.verdict == "dropped"
    assert result.drop.low > 0
    assert result.drop.value == pytest.approx(result.reference.value - result.realised.value)
    assert result.text.endswith(f"more than the tolerated {result.maximum_drop:.3f}.")


def test_a_large_drop_on_few_labels_may_be_chance():
    """The lower bound of its interval does not exceed 0."""
    result = check_performance(make_spec(), current=labelled(50, 2, seed=0), reference=labelled(500, 2, 2))
    assert result.drop.value > result.maximum_drop
    assert result.verdict == "steady"
    assert "but it may be chance" in result.text


def test_a_certain_drop_within_the_tolerance_is_steady():
    """Significance alone is no reason."""
    spec = make_spec(performance={"maximum_drop": 0.3})
    result = check_performance(spec, current=labelled(3000, 4, 1), reference=labelled(3000, 2, 2))
    assert result.drop.low > 0
    assert result.verdict == "steady"
    assert "within the tolerated 0.300" in result.text


def test_a_rising_error_is_a_drop():
    """For metrics of which less is better the sign turns."""
    generator = np.random.default_rng(0)
    y = generator.normal(10, 1, size=1000)
    nothing = pd.DataFrame(index=range(1000))
    good, bad = (Labelled(y, y + generator.normal(0, size, size=1000), nothing) for size in (1, 3))
    spec = make_spec("regression")
    worse = check_performance(spec, current=bad, reference=good)
    assert worse.verdict == "dropped"
    assert worse.text.startswith("MAE ")
    assert "a rise of" in worse.text
    better = check_performance(spec, current=good, reference=bad)
    assert better.verdict == "steady"
    assert "a fall of" in better.text


@pytest.mark.parametrize(
    ("current", "health", "verdict", "text"),
    [
        (None, None, "no_labels", "No labels arrived"),
        (labelled(0, 1), None, "no_labels", "No labels arrived"),
        (labelled(49, 1), None, "too_few_labels", r"49 arrived, `labels.minimum` asks for 50"),
        (labelled(200, 1, share=0.0), None, "too_few_labels", "the labels hold only one class"),
        (labelled(500, 1), join(False), "not_joinable", "10% of labels match"),
    ],
)
def test_what_cannot_be_judged_is_named(current, health, verdict, text):
    """No labels, too few, one class only, or no way to join them."""
    result = check_performance(make_spec(), current=current, reference=labelled(500, 1), join=health)
    assert result.verdict == verdict
    assert text in result.text
    assert result.realised is None
    assert result.metrics == {}


def test_unknown_classes_are_left_out_and_counted():
    """In the batch and in the reference."""
    current, reference = labelled(300, 1, 1), labelled(300, 1, 2)
    current.y[:7] = -1
    reference.y[:5] = -1
    result = check_performance(make_spec(), current=current, reference=reference)
    assert result.realised.n == 293
    assert result.reference.n == 295
    assert "7 labels missing or of a class that the model does not know are left out." in result.text


def test_without_a_reference_the_figure_stands_alone():
    """Also when the metric is not defined on the reference."""
    alone = check_performance(make_spec(), current=labelled(300, 1), reference=None)
    undefined = check_performance(make_spec(), current=labelled(300, 1), reference=labelled(300, 1, share=0.0))
    for result in (alone, undefined):
        assert (result.verdict, result.drop, result.reference) == ("steady", None, None)
        assert "no reference" in result.text


def test_multiclass_is_judged_by_log_loss():
    """Probabilities of shape (n, k)."""
    generator = np.random.default_rng(0)
    y = generator.integers(0, 3, size=500)
    sharp = 0.85 * np.eye(3)[y] + 0.05
    blurred = np.full((500, 3), 1 / 3)
    nothing = pd.DataFrame(index=range(500))
    result = check_performance(
        make_spec("multiclass_classification"),
        current=Labelled(y, blurred, nothing),
        reference=Labelled(y, sharp, nothing),
    )
    assert result.verdict == "dropped"
    assert result.text.startswith("Log loss 1.099")
    assert result.metrics["accuracy"].value == pytest.approx((y == 0).mean())
