"""How a training is declared, and what the DAG's page says of it."""

import pytest
from pydantic import ValidationError

from include.retraining.spec.describe import describe
from include.retraining.spec.trainer import TrainerSpec
from tests.model_samples import make_spec


def test_a_parameter_is_declared_or_searched_for():
    """Not both."""
    with pytest.raises(ValidationError, match=r"alpha: both in `params` and in `search.params`; leave it"):
        TrainerSpec.model_validate({"params": {"alpha": 1.0}, "search": {"params": {"alpha": [1.0, 2.0]}}})


@pytest.mark.parametrize("params", [{}, {"alpha": []}])
def test_a_search_without_values_is_refused(params):
    """There would be nothing to choose."""
    with pytest.raises(ValidationError, match="search"):
        TrainerSpec.model_validate({"search": {"params": params}})


@pytest.mark.parametrize(
    ("sections", "text"),
    [
        ({}, "on the rows that the newest labels prefer with `hist_gradient_boosting`."),
        ({"retrain": {"window": {"use": "recent"}}}, "on a window `recent` with"),
        (
            {"retrain": {"mode": "partial_fit"}},
            "by letting the champion go on learning, or where it cannot, on the rows",
        ),
        ({"trainer": {"search": {"params": {"max_iter": [50, 100]}}}}, "after a search of 10 minutes at most for its"),
    ],
)
def test_the_page_of_the_dag_says_what_is_trained(sections, text):
    """On which rows, how, and with which parameters."""
    assert text in describe(make_spec(**sections), None)
