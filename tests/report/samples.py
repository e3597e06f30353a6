"""Outcomes as a model of flight delays leaves them; figures are made up but plausible."""

import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from include.retraining.results.drift import ColumnDrift, Distribution, DriftResult, Finding, NotJudged
from include.retraining.results.guardrails import Cost, Guardrail, SegmentGain
from include.retraining.results.outcome import HistoryPoint, Outcome
from include.retraining.results.performance import Estimate, PerformanceResult, SegmentPerformance
from include.retraining.results.record import Action, Role
from include.retraining.results.run import Interval, JoinHealth, Launch, Snapshot, StoredFile
from include.retraining.results.training import Comparison, Decision, Reason, Training
from include.retraining.results.validation import Check, ValidationResult

WEEK = timedelta(days=7)
FIRST = datetime(2013, 4, 1, tzinfo=UTC)
LAUNCH = Launch(
    kind="scheduled",
    dag_id="flight_delay",
    run_id="scheduled__2013-07-29T00:00:00+00:00",
    url="http://localhost:8080/dags/flight_delay/runs/scheduled__2013-07-29T00:00:00+00:00",
)
SHA = "9f2c1b7a4de0538860c1f2b3a495867d0e1c2b3a4958671f2e3d4c5b6a798081"


def week(number: int) -> Interval:
    """The interval of one week, counted from the first."""
    return Interval(start=FIRST + number * WEEK, end=FIRST + (number + 1) * WEEK)


def estimate(value: float, half: float = 0.02, n: int = 5800) -> Estimate:
    """A figure with a symmetric interval."""
    return Estimate(value=value, low=value - half, high=value + half, confidence=0.95, n=n)


def history(weeks: int = 17) -> tuple[HistoryPoint, ...]:
    """A quarter: a rejected week, a week without labels, a kept champion and a promotion."""
    return tuple(_point(number) for number in range(weeks))


def _point(number: int) -> HistoryPoint:
    actions: dict[int, Action] = {0: "retrain", 3: "reject", 6: "retrain", 9: "retrain", 12: "watch", 14: "watch"}
    version = None if number == 0 else "1" if number <= 9 else "3"
    level = (
        0.731
        + 0.008 * math.sin(1.9 * number)
        - (0.012 * max(0, number - 6) if number <= 9 else 0.004 * max(0, number - 13))
    )
    return HistoryPoint(
        interval=week(number),
        folder=f"intervals/{week(number).key}/0a1b2c3d4e5f",
        launch=LAUNCH,
        action=actions.get(number, "none"),
        promoted=number in (0, 9),
        rows=6000 + 40 * number,
        quarantined=12,
        drifted_columns=("temp", "humid") if number in (6, 9, 12, 14) else (),
        realised=None if number in (0, 3, 11) else estimate(level),
        champion_id=version and f"training-{version}",
        champion_version=version,
    )


def finding(column: str, effect: float, *, drifted: bool, text: str, test: str = "kolmogorov_smirnov") -> Finding:
    """One finding with the usual thresholds."""
    return Finding(
        column=column,
        role="prediction" if column == "__prediction" else "feature",
        test=test,
        statistic=effect * 1.04,
        p_value=1e-9 if drifted else 0.21,
        threshold=0.046,
        threshold_origin="chunk to chunk variation of the reference",
        effect=effect,
        effect_unit="share of rows",
        minimum_effect=0.1,
        direction="up",
        n_reference=52340,
        n_current=6671,
        drifted=drifted,
        text=text,
    )


def normal_shares(mean: float, deviation: float, edges: tuple[float, ...]) -> tuple[float, ...]:
    """Shares of a normal distribution in bins, made to sum to one."""
    cumulative = [0.5 * (1 + math.erf((edge - mean) / deviation / math.sqrt(2))) for edge in edges]
    shares = [right - left for left, right in pairwise(cumulative)]
    return tuple(share / sum(shares) for share in shares)


def numeric_column(name: str, then: tuple[float, float], now: tuple[float, float], *, drifted: bool) -> ColumnDrift:
    """A column of normal numbers, given mean and deviation then and now, on uneven bins."""
    low, high = min(then[0] - 3 * then[1], now[0] - 3 * now[1]), max(then[0] + 3 * then[1], now[0] + 3 * now[1])
    edges = tuple(low + (high - low) * (position / 32) for position in range(33))
    moved = abs(now[0] - then[0]) / then[1] / 3
    text = f"median {then[0]:g} before, {now[0]:g} now" if drifted else "within what the reference varies by itself"
    return ColumnDrift(
        column=name,
        role="prediction" if name == "__prediction" else "feature",
        kind="numeric",
        findings=(finding(name, moved, drifted=drifted, text=text),),
        distribution=Distribution(
            kind="numeric",
            edges=edges,
            reference=normal_shares(*then, edges),
            current=normal_shares(*now, edges),
            null_reference=0.004,
            null_current=0.0125,
        ),
    )


def categorical_column(name: str, shares: dict[str, tuple[float, float]], *, drifted: bool) -> ColumnDrift:
    """A column of categories with their shares then and now."""
    moved = sum(abs(now - then) for then, now in shares.values()) / 2
    text = (
        "12% of the rows changed category; most: 'EV', 16.1% before, 4.8% now"
        if drifted
        else "within what the reference varies by itself"
    )
    return ColumnDrift(
        column=name,
        role="feature",
        kind="categorical",
        findings=(
            finding(name, moved, drifted=drifted, text=text, test="chi_squared"),
            finding(name, 0.0, drifted=False, text="no unseen category", test="unseen_categories"),
        ),
        distribution=Distribution(
            kind="categorical",
            labels=tuple(shares),
            reference=tuple(then for then, _ in shares.values()),
            current=tuple(now for _, now in shares.values()),
        ),
    )


def column(found: Distribution, *findings: Finding, name: str = "x", role: Role = "feature") -> ColumnDrift:
    """A column with a distribution and findings."""
    return ColumnDrift(column=name, role=role, kind=found.kind, findings=findings, distribution=found)


def relation(name: str, found: Finding) -> ColumnDrift:
    """A relation between columns."""
    return ColumnDrift(column=name, role="relation", kind="numeric", findings=(found,))


CARRIERS = {
    "UA": (0.174, 0.201), "B6": (0.163, 0.182), "EV": (0.161, 0.048), "DL": (0.143, 0.176), "AA": (0.097, 0.108),
    "MQ": (0.078, 0.088), "US": (0.061, 0.069), "9E": (0.055, 0.051), "WN": (0.036, 0.041), "VX": (0.016, 0.02),
    "FL": (0.01, 0.01), "AS": (0.004, 0.004), "Republic Airways Holdings": (0.002, 0.002),
}  # fmt: skip


def drift(*, drifted: bool = True) -> DriftResult:
    """A summer week against a spring reference."""
    columns = (
        numeric_column("temp", (48.0, 11.0), (77.0 if drifted else 49.0, 8.0), drifted=drifted),
        categorical_column("carrier", CARRIERS, drifted=drifted),
        numeric_column("humid", (58.0, 17.0), (66.0 if drifted else 58.0, 15.0), drifted=drifted),
        numeric_column("__prediction", (0.21, 0.09), (0.27 if drifted else 0.21, 0.11), drifted=drifted),
        numeric_column("distance", (1040.0, 330.0), (1043.0, 331.0), drifted=False),
        categorical_column("origin", {"EWR": (0.36, 0.35), "JFK": (0.33, 0.34), "LGA": (0.31, 0.31)}, drifted=False),
        numeric_column("hour", (13.2, 4.6), (13.1, 4.6), drifted=False),
    )
    return DriftResult(
        drifted=drifted,
        rows_reference=52340,
        rows_current=6671,
        false_alarm_rate=0.01,
        correction="Holm",
        columns=columns,
        not_judged=(NotJudged(column="wind_gust", why="91% of the reference is missing; a test needs at least half"),),
    )


def performance() -> PerformanceResult:
    """A drop just beyond the tolerance, mostly at one origin."""
    segments = {"EWR": (0.655, 0.742), "JFK": (0.714, 0.731), "LGA": (0.741, 0.735)}
    return PerformanceResult(
        verdict="dropped",
        metric="roc_auc",
        greater_is_better=True,
        reference=estimate(0.742, 0.008, 12000),
        realised=estimate(0.6941, 0.0187, 6120),
        drop=estimate(0.0479, 0.0201, 6120),
        maximum_drop=0.0371,
        metrics={
            "average_precision": estimate(0.4312, 0.02),
            "log_loss": estimate(0.5124, 0.01),
            "brier": estimate(0.1614, 0.005),
            "accuracy": estimate(0.7812, 0.01),
        },
        segments=tuple(
            SegmentPerformance(
                column="origin",
                value=value,
                n=2040,
                realised=estimate(now, 0.03, 2040),
                reference=estimate(then, 0.012, 4000),
            )
            for value, (now, then) in segments.items()
        ),
        text="ROC AUC fell from 0.742 on the holdout to 0.694, by more than the 0.037 that is tolerated.",
    )


def checks(*, damaged: bool) -> tuple[Check, ...]:
    """What Great Expectations found, soundly or not."""
    found = [
        Check(
            expectation="expect_column_values_to_be_between", column="distance", severity="critical", origin="declared",
            success=not damaged, evaluated=6739, unexpected=6739 if damaged else 0,
            message="every value lies above 6,000: the highest is 7,957,000" if damaged else "all between 0 and 6,000",
        ),
        Check(
            expectation="expect_column_values_to_not_be_null", column="temp", severity="warning", origin="reference",
            success=False, evaluated=6739, unexpected=84, message="1.2% missing; the reference has 0.4%",
        ),
        Check(
            expectation="expect_column_values_to_be_unique", column="flight_id", severity="critical", origin="built-in",
            success=True, evaluated=6739, unexpected=0, message="no duplicate",
        ),
    ]  # fmt: skip
    return tuple(found)


def training() -> Training:
    """A challenger trained on four months."""
    return Training(
        training_id="20130805T000000Z_4de053886",
        folder="trainings/20130805T000000Z_4de053886",
        trained_at=datetime(2013, 8, 5, 0, 4, tzinfo=UTC),
        window=Interval(start=FIRST, end=week(17).end),
        train=Interval(start=FIRST, end=week(15).end),
        holdout=Interval(start=week(16).start, end=week(17).end),
        train_rows=98210,
        holdout_rows=12480,
        excluded_rows=310,
        data_sha256=SHA,
        numeric=("temp", "humid", "distance", "hour"),
        categorical=("carrier", "origin"),
        classes=("0", "1"),
        trainer="hist_gradient_boosting",
        params={"max_iter": 200, "learning_rate": 0.08},
        seed=0,
        seconds=8.31,
        metric="roc_auc",
        holdout_metric=estimate(0.7489, 0.0091, 12480),
        holdout_metrics={"roc_auc": 0.7489, "log_loss": 0.4611},
        versions={"scikit-learn": "1.9.1", "numpy": "2.4.0", "python": "3.11.7"},
        cost=Cost(bytes=1_234_567, seconds=0.0123, rows=1000),
    )


def comparison() -> Comparison:
    """A clear gain on the same rows."""
    return Comparison(
        metric="roc_auc",
        champion_id="training-3",
        challenger_id=training().training_id,
        champion=estimate(0.7012, 0.0102, 12480),
        challenger=estimate(0.7489, 0.0091, 12480),
        difference=estimate(0.0477, 0.0081, 12480),
        rows=12480,
        promote=True,
        reasons=(
            Reason(
                code="better", text="The challenger is better beyond doubt: the lower bound of its gain is 0.040.",
                figure=0.0396, threshold=0.0, origin="promotion.minimum_gain",
            ),
        ),
        guardrails=guardrails(),
        segments=segments(),
    )  # fmt: skip


def segments(*, broken: bool = False) -> tuple[SegmentGain, ...]:
    """Gains by origin; Newark may have lost."""
    gains = {"EWR": -0.081 if broken else -0.004, "JFK": 0.031, "LGA": 0.112}
    return tuple(
        SegmentGain(
            column="origin", value=value, gain=estimate(gain, 0.03, 4100), tolerance=0.035,
            broken=broken and value == "EWR",
        )
        for value, gain in gains.items()
    )  # fmt: skip


def guardrails(*, broken: bool = False) -> tuple[Guardrail, ...]:
    """What was asked beside the gain."""
    worst = segments(broken=broken)[0].gain.high
    said = "In 1 of 3 segments it is worse" if broken else "In none of 3 segments is it worse"
    return (
        Guardrail(
            name="segments", verdict="broken" if broken else "held", figure=worst, threshold=-0.035,
            origin="promotion.segment_tolerance", text=f"{said} beyond doubt by more than the tolerated 0.035.",
        ),
        Guardrail(name="calibration", verdict="held", figure=0.01, threshold=-0.008, text="Not worse beyond doubt."),
        Guardrail(name="classes", verdict="not_judged", text="Not judged."),
        Guardrail(name="size", verdict="off", figure=1_234_567.0, text="It weighs 1.23 MB; no limit is declared."),
    )  # fmt: skip


def refused() -> Outcome:
    """A challenger that is better on the whole, but not at Newark."""
    rails = guardrails(broken=True)
    veto = Reason(code="guardrail_segments", text=rails[0].text, veto=True)
    found = comparison().model_copy(
        update={
            "promote": False, "guardrails": rails, "segments": segments(broken=True),
            "reasons": (*comparison().reasons, veto),
        }
    )  # fmt: skip
    return changed(retrained(), comparison=found, promoted=False)


def snapshot() -> Snapshot:
    """What was read for the week."""
    return Snapshot(
        interval=week(17),
        files=(StoredFile(name="batch.parquet", sha256=SHA, bytes=412034, rows=6739),),
        rows=6739,
        labelled_rows=6120,
        columns={"flight_id": "str", "temp": "float64", "carrier": "str"},
        join=JoinHealth(
            labels=6188, matched=6120, duplicate_keys=3, conflicting_keys=0, orphans=65, usable=True,
            note="98.9% of the labels that arrived found their row.",
        ),
        sha256=SHA,
    )  # fmt: skip


def retrained() -> Outcome:
    """A drop, a challenger, a promotion."""
    return Outcome(
        model="flight_delay",
        interval=week(17),
        launch=LAUNCH,
        champion_id="training-3",
        champion_version="3",
        snapshot=snapshot(),
        validation=ValidationResult(
            verdict="passed", rows=6739, quarantined=68, checks=checks(damaged=False),
            reasons=("68 of 6,739 rows set aside: conflicting flight numbers.",),
        ),
        drift=drift(),
        performance=performance(),
        decision=Decision(
            action="retrain",
            reasons=(
                Reason(
                    code="performance_drop",
                    text="ROC AUC on 6,120 labels is 0.694, 0.048 below the holdout: beyond the tolerance.",
                    figure=0.0479, threshold=0.0371, origin="5% of the holdout's 0.742",
                ),
                Reason(
                    code="data_drift", text="4 of 7 columns drifted: temp, carrier, humid and the prediction.",
                    figure=4.0, origin="drift.false_alarm_rate",
                ),
                Reason(
                    code="recent", text="The champion is only 56 days old.", figure=56.0, threshold=14.0,
                    origin="retrain.cooldown", veto=True,
                ),
            ),
        ),
        training=training(),
        challenger_version="4",
        comparison=comparison(),
        promoted=True,
    )  # fmt: skip


def changed(outcome: Outcome, **fields: object) -> Outcome:
    """A copy with some fields set anew."""
    return outcome.model_copy(update=fields)


def quiet() -> Outcome:
    """A week in which nothing happened."""
    steady = PerformanceResult(
        verdict="steady", metric="roc_auc", greater_is_better=True, reference=estimate(0.742, 0.008, 12000),
        realised=estimate(0.7391, 0.0187, 6120), drop=estimate(0.0029, 0.0201, 6120), maximum_drop=0.0371,
        metrics={"log_loss": estimate(0.46, 0.01)},
        text="ROC AUC is 0.739, within the tolerance of 0.037 below the holdout's 0.742.",
    )  # fmt: skip
    decision = Decision(
        action="none", reasons=(Reason(code="steady", text="Performance is steady and no column drifted."),)
    )
    kept = {"training": None, "challenger_version": None, "comparison": None, "promoted": False}
    return changed(retrained(), drift=drift(drifted=False), performance=steady, decision=decision, **kept)


def rejected() -> Outcome:
    """A week whose distances came in feet."""
    reason = "distance: 6,739 of 6,739 rows (100%) break a critical check; at most 20% may."
    return changed(
        quiet(),
        validation=ValidationResult(
            verdict="rejected", rows=6739, quarantined=6739, checks=checks(damaged=True), reasons=(reason,)
        ),
        drift=None,
        performance=None,
        decision=Decision(
            action="reject",
            reasons=(
                Reason(
                    code="rejected", text=reason, figure=1.0, threshold=0.2, origin="validation.maximum_quarantined"
                ),
            ),
        ),
    )


def first() -> Outcome:
    """The very first run: no champion, nothing to compare with."""
    reason = Reason(code="no_champion", text="There is no champion yet.")
    alone = comparison().model_copy(update={"champion_id": None, "champion": None, "difference": None})
    return changed(
        retrained(), champion_id=None, champion_version=None, drift=None, performance=None, comparison=alone,
        challenger_version="1", decision=Decision(action="retrain", reasons=(reason,)),
    )  # fmt: skip
