"""Records that production's decision reads, made for a replay."""

from datetime import datetime, timedelta

from include.retraining.results.outcome import HistoryPoint
from include.retraining.results.performance import Estimate
from include.retraining.results.probe import Probe
from include.retraining.results.run import Interval, Launch
from include.retraining.results.staleness import Lead, Staleness
from include.retraining.results.succession import Promotion, Watch
from include.retraining.results.training import Decision, Training

_NOTHING = Estimate(value=0.0, low=0.0, high=0.0, confidence=0.95, n=1)


def promotion(name: str, effective: datetime) -> Promotion:
    """A champion that reigns from a moment on."""
    return Promotion(
        number=1,
        effective=effective,
        interval=Interval(start=effective, end=effective),
        training_id=name,
        previous_id=None,
        reasons=(),
        decided_by="benchmark",
    )


def first_training(start: datetime, end: datetime, staleness: Staleness) -> Training:
    """The first champion's training, of which only the times and the staleness matter."""
    span = Interval(start=start, end=end)
    return Training(
        training_id="first", folder="", trained_at=end, window=span, train=span, holdout=span, train_rows=1,
        holdout_rows=1, excluded_rows=0, data_sha256="", numeric=(), categorical=(), trainer="", params={}, seed=0,
        seconds=0.0, metric="", holdout_metric=_NOTHING, holdout_metrics={}, versions={},
        staleness=staleness,
    )  # fmt: skip


def watched(champion: str, previous: str, since: datetime, gain: Estimate, newer_by: timedelta) -> Watch:
    """A champion beside its predecessor."""
    return Watch(
        champion_id=champion, previous_id=previous, since=since, look=1, looks=1, rows=gain.n, metric="",
        difference=gain, verdict="holds", text="", newer_by=newer_by,
    )  # fmt: skip


def point(
    interval: Interval,
    champion: str | None,
    decision: Decision,
    probe: Probe | None,
    proven: bool,
    labelled: int | None = None,
    lead: Lead | None = None,
) -> HistoryPoint:
    """What an interval leaves behind."""
    return HistoryPoint(
        interval=interval, folder="", launch=Launch(kind="backtest"), action=decision.action, promoted=False, rows=1,
        quarantined=0, drifted_columns=(), realised=None, champion_id=champion, champion_version=None,
        reasons=tuple(reason.code for reason in decision.reasons), probe=probe, labelled=labelled, proven=proven,
        lead=lead,
    )  # fmt: skip
