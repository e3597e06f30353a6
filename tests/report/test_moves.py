"""Phrases about what moved, made from what the tests say."""

import numpy as np
import pyarrow as pa
import pytest

from include.retraining.report.moves import phrases, striking, where
from include.retraining.results.drift import Distribution
from tests.report import samples

FOUND = Distribution(
    kind="numeric",
    edges=(0, 10, 20, 30, 40, 50),
    reference=(0.1, 0.4, 0.4, 0.1, 0.0),
    current=(0.1, 0.2, 0.2, 0.2, 0.3),
)


def said(text, test="kolmogorov_smirnov", found=FOUND, direction="changed", unit="share of rows"):
    """The phrases of one finding."""
    finding = samples.finding("x", 0.23, drifted=True, text=text, test=test)
    return phrases([finding.model_copy(update={"direction": direction, "effect_unit": unit})], found)


@pytest.mark.parametrize(
    ("text", "test", "expected"),
    [
        ("median -2 before, 4.25 now", "van_der_waerden", "its median rose from −2 to 4.25"),
        ("median 1.5e+06 before, 12 now", "van_der_waerden", "its median fell from 1,500,000 to 12"),
        ("23% of the rows lie elsewhere; median 0 before, 0 now", "kolmogorov_smirnov", "its median is 0 as before"),
        ("median 20 before, 44 now", "van_der_waerden", "its median rose from 20 to above 40"),
        (
            "middle half of the values 1 to 3 before, 0.5 to 5 now", "klotz",
            "its values spread wider (middle half 1 to 3 before, 0.5 to 5 now)",
        ),
        (
            "middle half of the values 1 to 3 before, 1.5 to 2 now", "klotz",
            "its values spread less (middle half 1 to 3 before, 1.5 to 2 now)",
        ),
        ("middle half of the values 1 to 3 before, 1 to 3 now", "klotz", "its values spread as before"),
        (
            "12% of the rows changed category; most: 'E V', 16.1% before, 4.8% now", "chi_squared",
            "the share of `E V` fell from 16.1% to 4.8%",
        ),
        (
            "nulls: 0.4% of the rows before, 12.0% now", "null_rate",
            "the share of missing values rose from 0.4% to 12%",
        ),
        (
            "infinite values: 1.0% of the rows before, 0.5% now", "infinite_rate",
            "the share of infinite values fell from 1% to 0.5%",
        ),
        ("something that nobody has seen before", "my_test", "something that nobody has seen before"),
    ],
)  # fmt: skip
def test_findings_become_parts_of_a_sentence(text, test, expected):
    """Figures then and now in plain words; an unknown form is taken over as it stands."""
    assert said(text, test)[0] == expected


def test_the_share_that_moved_is_said_of_values_not_of_rates():
    """A change of the null rate moves no values."""
    assert said("median 1 before, 2 now")[-1] == "23% of its values lie elsewhere"
    assert len(said("nulls: 0.4% of the rows before, 12.0% now", "null_rate")) == 1


def test_a_median_is_claimed_by_a_test_of_position_only():
    """Where values only spread wider, the distance test's median is no news."""
    spread = samples.finding("x", 0.2, drifted=True, text="middle half of the values 1 to 3 before, 0 to 4 now")
    distance = samples.finding("x", 0.2, drifted=True, text="20% of the rows lie elsewhere; median 2 before, 2.01 now")
    findings = [spread.model_copy(update={"test": "klotz"}), distance.model_copy(update={"direction": "changed"})]
    assert not any("median" in phrase for phrase in phrases(findings, FOUND))
    assert any("median" in phrase for phrase in phrases(findings[1:], FOUND))


def test_a_median_of_truth_values_is_not_said():
    """Two values have shares, no middle."""
    flags = Distribution(kind="numeric", edges=(0, 0.5, 1), reference=(0.8, 0.2), current=(0.6, 0.4))
    assert said("median 0.31 before, 0.42 now", "van_der_waerden", flags) == ["23% of its values lie elsewhere"]


def test_new_categories_say_all():
    """The shares of the old ones follow from them."""
    new = samples.finding("x", 0.3, drifted=True, text="30% of the rows hold values …", test="unseen_categories")
    old = samples.finding("x", 0.3, drifted=True, text="30% …; most: 'other values', 0.0% before, 30.0% now")
    found = Distribution(kind="categorical", labels=("a", "other values"), reference=(1, 0), current=(0.7, 0.3))
    both = [new, old.model_copy(update={"test": "chi_squared"})]
    assert phrases(both, found) == ["30% of the rows hold values …"]
    assert where(both, found) == ""


def test_where_names_the_range_that_gained_most():
    """Neighbouring bars together, open at the ends of the drawing; and the category that gained most."""
    moved = [samples.finding("x", 0.3, drifted=True, text="")]
    assert where(moved, FOUND) == "50% are 30 or more now, 10% were"
    left = FOUND.model_copy(update={"current": (0.5, 0.3, 0.1, 0.1, 0.0)})
    assert where(moved, left) == "50% are below 10 now, 10% were"
    inside = FOUND.model_copy(update={"current": (0.0, 0.5, 0.5, 0.0, 0.0)})
    assert where(moved, inside) == "100% are between 10 and 30 now, 80% were"
    assert where(moved, FOUND.model_copy(update={"current": FOUND.reference})) == ""
    kinds = Distribution(kind="categorical", labels=("a", "b"), reference=(0.7, 0.3), current=(0.4, 0.6))
    assert where(moved, kinds) == "60% are `b` now, 30% were"
    assert where(moved, None) == ""


def test_striking_findings_are_those_that_decided():
    """Drifted ones by how unlikely they are; of a steady column the least likely."""
    weak, strong, calm = (samples.finding("x", 0.2, drifted=True, text=name) for name in ("weak", "strong", "calm"))
    weak, strong = weak.model_copy(update={"p_value": 1e-4}), strong.model_copy(update={"p_value": 1e-9})
    calm = calm.model_copy(update={"drifted": False, "p_value": 1e-20})
    assert striking([weak, calm, strong]) == [strong, weak]
    likely = calm.model_copy(update={"p_value": 0.5})
    assert striking([likely, calm]) == [calm]
    assert striking([]) == []


def test_the_tests_still_say_it_in_this_form():
    """Real findings on a moved, a widened, a relabelled and a thinned column are all understood."""
    from include.retraining.drift.build import build_profile
    from include.retraining.drift.check import check_drift
    from include.retraining.results.columns import Columns
    from include.retraining.spec.drift import DriftSpec

    rng = np.random.default_rng(4)
    then = {"a": rng.normal(0, 1, 4000), "b": rng.normal(0, 1, 4000), "c": rng.choice(["u", "v"], 4000)}
    now = {
        "a": np.where(rng.random(2000) < 0.2, np.nan, rng.normal(1, 1, 2000)),
        "b": rng.normal(0, 2, 2000),
        "c": rng.choice(["u", "v"], 2000, p=[0.8, 0.2]),
    }
    profile = build_profile(pa.table(then), Columns(numeric=("a", "b"), categorical=("c",)))
    result = check_drift(profile, pa.table(now), DriftSpec())
    found = {column.column: " and ".join(phrases(striking(column.findings), None)) for column in result.columns}
    assert "its median rose from" in found["a"]
    assert "the share of missing values rose from 0% to" in found["a"]
    assert "its values spread wider (middle half" in found["b"]
    assert any(f"the share of `{name}`" in found["c"] for name in "uv")
    assert not any("before," in phrase for phrase in (found["a"], found["c"]))
