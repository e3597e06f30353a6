"""A stream under a policy. Production decides, chooses windows and judges gains; only fits are taken from the store."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.policy.fits import Fits, Model, Rows
from benchmarks.policy.records import first_training, point, promotion, watched
from benchmarks.policy.streams import BATCH, Stream
from include.retraining.decision import decide, gate
from include.retraining.metrics.bootstrap import MINIMUM_RESAMPLES, bootstrap_gain, time_blocks, widen_for_blocks
from include.retraining.metrics.catalogue import get_metric
from include.retraining.results.outcome import HistoryPoint
from include.retraining.results.performance import Estimate
from include.retraining.results.probe import Probe
from include.retraining.results.run import Interval, Launch, Run
from include.retraining.results.staleness import Lead, Staleness
from include.retraining.results.succession import Promotion, Watch
from include.retraining.results.training import Decision, Gate
from include.retraining.results.validation import ValidationResult
from include.retraining.spec.model import ModelSpec, Task
from include.retraining.training.candidates import SINCE_CHANGE_LABELS, propose
from include.retraining.training.comparison import judge_gain, refresh_tolerance
from include.retraining.training.probe import LEAST_ROWS, MOST_ROWS, SHARE
from include.retraining.training.staleness import PARTS, SAMPLES, mean_of
from include.retraining.training.tournament import pick_winner
from include.retraining.training.watch import SideBySide, look_at
from include.retraining.training.windows import HOLDOUT_INTERVALS, holdout_length, sliding_length

START = datetime(2024, 1, 1, tzinfo=UTC)
SOUND = ValidationResult(verdict="passed", rows=1, quarantined=0, checks=(), reasons=())


@dataclass
class World:
    """A stream with its fits; labels are `delay` batches late."""

    stream: Stream
    cache: Path
    delay: int = 2
    fits: Fits = field(init=False)
    gains: dict[str, list[float]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.fits = Fits(self.stream, self.cache)
        self._gains = self.fits.folder / "gains.json"
        if self._gains.exists():
            self.gains = json.loads(self._gains.read_text())

    def keep(self) -> None:
        """Write the measured gains, for next time."""
        self._gains.write_text(json.dumps(self.gains))

    @property
    def chances(self) -> int:
        """At how many batches a model could be retrained."""
        return self.stream.batches - 1 - self.stream.init - self.delay

    @property
    def first(self) -> Model:
        return Model(0, int(self.stream.edges[self.stream.init]))

    def row(self, moment: datetime) -> int:
        """The first row of the batch that begins at a moment."""
        return int(self.stream.edges[min(round((moment - START) / BATCH), self.stream.batches)])

    def batch(self, number: int) -> Rows:
        return int(self.stream.edges[number]), int(self.stream.edges[number + 1])

    def blocks(self, rows: Rows) -> np.ndarray:
        """Blocks of time of the sound ones among some rows; they are spread evenly over their batch."""
        return time_blocks(self.stream.moments(rows[0] + np.flatnonzero(self.stream.sound[slice(*rows)])))

    def figure(self, model: Model, number: int) -> float:
        """The metric by which a model of one batch is judged afterwards."""
        rows = self.batch(number)
        metric = get_metric(self.stream.metric, task(self.stream))
        return float(metric(self.stream.truth[slice(*rows)], self.fits.predict(model, rows)))

    def gain(self, old: Model, new: Model, rows: Rows, resamples: int = MINIMUM_RESAMPLES) -> Estimate:
        """How much better one model is than another on recorded labels, by production's block bootstrap."""
        key = f"{tuple(old)} {tuple(new)} {rows} {resamples}"
        if key not in self.gains:
            metric, sound = get_metric(self.stream.metric, task(self.stream)), self.stream.sound[slice(*rows)]
            y, before, after = self.stream.y[slice(*rows)], self.fits.predict(old, rows), self.fits.predict(new, rows)
            found = bootstrap_gain(
                metric, y[sound], before[sound], after[sound],
                confidence=0.95, seed=0, resamples=resamples, blocks=self.blocks(rows),
            )  # fmt: skip
            self.gains[key] = [found.value, found.low, found.high]
        value, low, high = self.gains[key]
        return Estimate(value=value, low=low, high=high, confidence=0.95, n=rows[1] - rows[0])


@dataclass(frozen=True)
class Result:
    """What a policy made of a stream: the metric's mean over batches, and when it trained and promoted."""

    mean: float
    trained: tuple[int, ...]
    promoted: tuple[int, ...]
    reasons: tuple[str, ...] = ()


def task(stream: Stream) -> Task:
    """What kind of prediction a stream asks for."""
    return "regression" if stream.regression else "binary_classification"


def replay(world: World, spec: ModelSpec, forced: Gate | None = None) -> Result:
    """Replay a stream under the policy of a model file; `forced` puts one gate in the place of what is due."""
    stream = world.stream
    model, champion, history = world.first, promotion("first", START + stream.init * BATCH), [point_first(stream)]
    first = first_training(START, START + stream.init * BATCH, staleness(world, spec))
    previous, learned = None, stream.init - 1  # whom the champion replaced, and the last batch that it has learned
    figures, trained, promoted, reasons = [], [], [], []
    for t in range(stream.init, stream.batches):
        figures.append(world.figure(model, t))
        n = t - world.delay
        if n < stream.init or t == stream.batches - 1 or not {n, t}.isdisjoint(stream.rejected):
            continue
        interval = Interval(start=START + t * BATCH, end=START + (t + 1) * BATCH)
        found = probe(world, model, n)
        beside = watch(world, spec, champion, model, previous, (learned + 1, n))
        decision = decide(
            spec, Run(model=spec.name, interval=interval, folder="", launch=Launch(kind="backtest")),
            validation=SOUND, drift=None, performance=None, champion=champion, history=tuple(history), probe=found,
            first=first, labelled=int(np.diff(stream.edges)[n]), watch=beside,
        )  # fmt: skip
        proven, winner = False, None
        if decision.action == "retrain":
            trained.append(t)
            reasons.append("+".join(reason.code for reason in decision.reasons if not reason.veto))
            proven, winner = challenge(world, spec, model, n, decision, forced)
        lead = None if beside is None else beside.lead
        history.append(point(interval, champion.training_id, decision, found, proven, labelled=1, lead=lead))
        if winner is not None:
            model, previous, learned, champion = winner, model, n, promotion(f"at {t}", interval.end)
            promoted.append(t)
    return Result(float(np.mean(figures)), tuple(trained), tuple(promoted), tuple(reasons))


def point_first(stream: Stream) -> HistoryPoint:
    """The training of the first champion, as history tells it."""
    interval = Interval(start=START + (stream.init - 1) * BATCH, end=START + stream.init * BATCH)
    return point(interval, None, Decision(action="retrain", reasons=()), None, proven=False)


def probe(world: World, model: Model, n: int) -> Probe:
    """Production's probe: a model of the newest rows before batch n, compared on it."""
    rows = world.batch(n)
    count = min(MOST_ROWS, max(LEAST_ROWS, int(SHARE * (model.end - model.first))))
    earliest = int(world.stream.edges[world.stream.init - HOLDOUT_INTERVALS])  # production keeps the first holdout
    learned = Model(max(earliest, rows[0] - count), rows[0])
    gain = world.gain(model, learned, rows)
    return Probe(gain=gain, since=START + n * BATCH, rows=learned.end - learned.first, text="")


def staleness(world: World, spec: ModelSpec) -> Staleness:
    """Production's measure of what newer rows are worth, in the history that the first model learns."""
    stream, part = world.stream, world.stream.init / PARTS
    third, second, end = (int(np.interp(n * part, range(stream.batches + 1), stream.edges)) for n in (1, 2, PARTS))
    old, rows = Model(0, third), (second, end)
    count = int(stream.sound[:third].sum())
    samples = [Model(0, second, sample=(count, one)) for one in range(SAMPLES)]
    blocks = world.blocks(rows)
    gain = mean_of([widen_for_blocks(world.gain(old, one, rows, resamples=1000), blocks) for one in samples])
    metric, told = get_metric(stream.metric, task(stream)), stream.sound[slice(*rows)]
    before = metric(stream.y[slice(*rows)][told], world.fits.predict(old, rows)[told])
    return Staleness(
        lead=Lead(gain=gain, newer_by=part * BATCH), tolerance=refresh_tolerance(spec, before), text="measured"
    )


def watch(
    world: World, spec: ModelSpec, champion: Promotion, model: Model, previous: Model | None, batches: tuple[int, int]
) -> Watch | None:
    """Production's look at the champion and its predecessor, on what neither has learned up to a batch."""
    begin, last = batches
    if previous is None or not 0 <= last - begin < spec.promotion.watch:
        return None
    stream, rows = world.stream, (int(world.stream.edges[begin]), int(world.stream.edges[last + 1]))
    told = stream.sound[slice(*rows)]
    if not told.any():
        return None
    new, old = (world.fits.predict(one, rows)[told] for one in (model, previous))
    times = stream.moments(rows[0] + np.flatnonzero(told))
    compared = SideBySide(get_metric(stream.metric, task(stream)), stream.y[slice(*rows)][told], new, old, times)
    gain, _ = look_at(
        compared, confidence=spec.promotion.confidence, looks=spec.promotion.watch, minimum=spec.labels.minimum, seed=0
    )
    newer_by = float(np.interp(model.end, stream.edges, range(stream.batches + 1)))
    newer_by -= float(np.interp(previous.end, stream.edges, range(stream.batches + 1)))
    return watched(champion.training_id, "previous", champion.effective, gain, newer_by * BATCH)


def challenge(
    world: World, spec: ModelSpec, model: Model, n: int, decision: Decision, forced: Gate | None
) -> tuple[bool, Model | None]:
    """Train the candidates, let the newest labels choose, and judge the winner; says whether it was proven."""
    stream, newest = world.stream, START + (n + 1) * BATCH
    length = stream.init * BATCH
    interval = Interval(start=newest - BATCH, end=newest)
    holdout = holdout_length(spec, interval, newest, decision.since)
    cut = newest - holdout
    rows, begin = (world.row(cut), world.row(newest)), world.row(cut)
    few, many = SINCE_CHANGE_LABELS * spec.labels.minimum, spec.retrain.window.minimum_rows
    models = {
        one.name: Model(world.row(one.start), begin, None if one.half_life is None else one.half_life / BATCH)
        for one in propose(spec, first=START, cut=cut, since=decision.since, length=length)
        if begin - world.row(one.start) >= (few if one.name == "since_change" else many)
    }
    metric, sound = get_metric(stream.metric, task(stream)), stream.sound[slice(*rows)]
    predictions = {name: world.fits.predict(one, rows)[sound] for name, one in models.items()}
    winner = pick_winner(metric, stream.y[slice(*rows)][sound], predictions, blocks=world.blocks(rows))
    chosen = models[winner]
    fresh = max(rows[0], model.end), rows[1]
    if fresh[1] - fresh[0] < spec.labels.minimum:
        return False, None
    gain = widen_for_blocks(world.gain(model, chosen, fresh, resamples=1000), world.blocks(fresh))
    known = stream.sound[slice(*fresh)]
    before = metric(stream.y[slice(*fresh)][known], world.fits.predict(model, fresh)[known])
    promote, _ = judge_gain(spec, gain, gain.model_copy(update={"value": before}), forced or gate(decision))
    proven = gain.low > 0 and gain.value >= refresh_tolerance(spec, before)
    if not promote:
        return proven, None
    if not spec.retrain.window.refit:
        return proven, chosen
    if winner == "sliding":
        chosen = chosen._replace(first=world.row(max(START, newest - (sliding_length(spec, length) or length))))
    return proven, chosen._replace(end=rows[1])


def fixed(world: World, choose: Callable[[int], Model | None]) -> Result:
    """Replay a policy that knows the time alone: what to train on when the labels of batch n are there."""
    stream, model, figures, trained = world.stream, world.first, [], []
    for t in range(stream.init, stream.batches):
        figures.append(world.figure(model, t))
        n = t - world.delay
        if n >= stream.init and t < stream.batches - 1 and (found := choose(n)) is not None:
            model = found
            trained.append(t)
    return Result(float(np.mean(figures)), tuple(trained), tuple(trained))


def every(world: World, count: int, window: str) -> Result:
    """Retrain at each count-th batch, on all rows or on as many batches as the first model had."""
    stream = world.stream

    def choose(n: int) -> Model | None:
        if (n - stream.init) % count:
            return None
        return Model(int(stream.edges[0 if window == "grow" else n + 1 - stream.init]), int(stream.edges[n + 1]))

    return fixed(world, choose)


def declare(stream: Stream, **retrain: object) -> ModelSpec:
    """The default policy for a stream, or another one."""
    return ModelSpec.model_validate(
        {
            "name": "stream", "task": task(stream), "schedule": "0 0 * * *", "start_date": "2024-01-01",
            "data": {"features": {"use": "files", "uri": "x"}, "time": "at", "target": "y"},
            "performance": {"metric": stream.metric}, "retrain": retrain,
        }
    )  # fmt: skip
