"""Names, files and rules that a backtest takes for policies."""

import pytest

from include.retraining.backtest.policies import Rule, read_all, read_policy, read_rule
from include.retraining.errors import SpecError
from include.retraining.spec.retrain import RetrainSpec


def test_the_model_file_s_own_policy_is_taken_where_none_is_named(spec):
    """Without any argument it is the only one."""
    policies, rules = read_all([], [], spec)
    assert [(one.name, one.spec) for one in policies] == [("declared", spec)]
    assert rules == []


def test_the_default_policy_keeps_what_says_which_rows_exist(spec):
    """Triggers, windows and budgets are the defaults; start and fewest rows stay."""
    found = read_policy("default", spec).spec.retrain
    assert found.window.minimum_rows == 300
    assert found.window.holdout is None
    assert found.when == RetrainSpec().when


def test_a_policy_file_replaces_whole_sections(spec, tmp_path):
    """Its name is that of the file; sections that it does not name stay."""
    path = tmp_path / "monthly.yaml"
    path.write_text("retrain:\n  when: [{age: 30d}]\n  window: {use: expanding}\n")
    found = read_policy(str(path), spec)
    assert found.name == "monthly"
    assert found.spec.retrain.maximum_age.days == 30
    assert found.spec.retrain.window.minimum_rows == RetrainSpec().window.minimum_rows
    assert found.spec.promotion == spec.promotion
    assert found.spec.data == spec.data


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("retrain: {when: [refesh]}\n", ["monthly.yaml", "line 1", "refresh"]),
        ("retrain:\n  cooldwn: 7d\n", ["line 2", "Did you mean 'cooldown'"]),
        ("data: {time: at}\n", ["data: no part of a policy", "retrain, promotion, trainer"]),
        ("- retrain\n", ["monthly.yaml", "a policy file is a mapping of retrain, promotion, trainer"]),
        ("", ["monthly.yaml", "a policy file is a mapping"]),
        ("retrain: {budget: {trainings: 0}}\n", ["line 1", "greater than or equal to 1"]),
    ],
)
def test_a_broken_policy_file_is_refused(spec, tmp_path, text, words):
    """With line and reason, as a model file is."""
    path = tmp_path / "monthly.yaml"
    path.write_text(text)
    with pytest.raises(SpecError) as caught:
        read_policy(str(path), spec)
    for word in words:
        assert word in str(caught.value)


def test_an_unknown_policy_is_refused(spec):
    """The nearest name is told."""
    with pytest.raises(SpecError, match="did you mean 'declared'"):
        read_policy("declard", spec)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("never", Rule("never")),
        ("always", Rule("always", every=1)),
        ("always:sliding", Rule("always:sliding", every=1, sliding=True)),
        ("every:5", Rule("every:5", every=5)),
        ("every:5:sliding", Rule("every:5:sliding", every=5, sliding=True)),
        ("adwin", Rule("adwin", detector="adwin")),
    ],
)
def test_rules(text, expected):
    """Each rule of thumb says what it does."""
    assert read_rule(text) == expected


@pytest.mark.parametrize("text", ["every", "every:0", "every:x", "never:sliding", "adwn", "always:2"])
def test_unknown_rules_are_refused(text):
    """The message names those that exist."""
    with pytest.raises(SpecError, match=r"never, always, every:K, adwin"):
        read_rule(text)


def test_no_two_have_the_same_name(spec):
    """A report could not tell them apart."""
    with pytest.raises(SpecError, match="never: named twice"):
        read_all(["declared"], ["never", "never"], spec)
