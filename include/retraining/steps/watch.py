"""Within step 5: after a promotion, the champion and the model that it replaced on the same rows, side by side."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from include.retraining.errors import DataError
from include.retraining.metrics.catalogue import get_metric
from include.retraining.metrics.figures import write_estimate, write_figure
from include.retraining.results.columns import Columns
from include.retraining.results.performance import Estimate
from include.retraining.results.run import Run
from include.retraining.results.succession import Promotion, Watch
from include.retraining.results.training import Training
from include.retraining.steps.predictions import PREFIX, from_columns, to_columns
from include.retraining.steps.relabels import with_new_truth
from include.retraining.steps.workplace import LABELLED_FILE, TRUTH, WATCH_FILE, WATCH_RECORD, Workplace
from include.retraining.training.predict import predict
from include.retraining.training.sides import in_classes
from include.retraining.training.watch import SideBySide, look_at

_CHAMPION, _PREVIOUS = "__champion", "__previous"  # columns of both predictions
_COMPARED = ("holds", "lost")


@dataclass(frozen=True)
class Pair:
    """A promotion that is watched, and the trainings of both models."""

    promotion: Promotion
    champion: Training
    previous: Training

    @property
    def unseen_from(self) -> pd.Timestamp:
        """Neither model was trained or chosen on rows from here on."""
        return pd.Timestamp(max(self.champion.holdout.end, self.previous.holdout.end))


def watch(workplace: Workplace, run: Run) -> None:
    """Compare champion and predecessor on all rows whose labels came since the promotion.

    Nothing is watched without a promotion that replaced somebody, after a rollback, or after the last of
    `promotion.watch` looks. Labels that are held speak for neither model.
    """
    promotion = workplace.champion(run)
    if promotion is None or promotion.kind != "promotion" or promotion.previous_id is None:
        return
    earlier = _earlier(workplace, run, promotion)
    records = [workplace.folder.child(name).read_record(WATCH_RECORD, Watch) for name in earlier]
    look = sum(record.verdict in _COMPARED for record in records) + 1
    if look > workplace.spec.promotion.watch:
        return
    pair = Pair(promotion, workplace.training(promotion.training_id), workplace.training(promotion.previous_id))
    folder = workplace.of(run)
    try:
        folder.write_frame(WATCH_FILE, _predicted(workplace, run, pair))
        record = _compare(workplace, pair, _rows(workplace, run, pair, earlier), look)
    except DataError as error:  # a column that the old model needs is gone, or the metric is not defined
        text = f"The champion cannot be compared with the model that it replaced: {error}"
        record = _record(workplace, pair, look - 1, 0, "not_defined", text)
    folder.write_record(WATCH_RECORD, record)


def _earlier(workplace: Workplace, run: Run, promotion: Promotion) -> list[str]:
    """Folders of earlier runs that compared the same pair, one for each interval."""
    found = {}
    for point in workplace.history(run.interval.start):
        if point.champion_id != promotion.training_id or point.interval.start < promotion.effective:
            continue
        if workplace.watched(point.folder, promotion) is not None:
            found[point.interval] = point.folder
    return list(found.values())


def _predicted(workplace: Workplace, run: Run, pair: Pair) -> pd.DataFrame:
    """Predict the newly labelled rows with both models: what production stored may come from either."""
    spec = workplace.spec
    rows = workplace.of(run).read_frame(LABELLED_FILE)
    rows = rows[rows[spec.data.time] >= pair.unseen_from]
    champion = _predict(workplace, pair.champion, rows)
    previous = in_classes(_predict(workplace, pair.previous, rows), pair.previous.classes, pair.champion.classes)
    kept = rows[[spec.data.key_column, spec.data.time, TRUTH]]
    return kept.assign(**_named(_CHAMPION, champion), **_named(_PREVIOUS, previous))


def _predict(workplace: Workplace, training: Training, rows: pd.DataFrame) -> np.ndarray:
    columns = Columns(numeric=training.numeric, categorical=training.categorical)
    return predict(workplace.estimator(training.training_id), rows, columns, workplace.spec.task)


def _named(who: str, prediction: np.ndarray) -> dict[str, np.ndarray]:
    return {name.replace(PREFIX, who, 1): values for name, values in to_columns(prediction).items()}


def _of(who: str, rows: pd.DataFrame) -> np.ndarray:
    return from_columns({name.replace(who, PREFIX, 1): rows[name] for name in map(str, rows) if name.startswith(who)})


def _rows(workplace: Workplace, run: Run, pair: Pair, earlier: list[str]) -> pd.DataFrame:
    """Put the rows of all looks together, in time order, without those whose label is unknown or held.

    Labels that were made again count with their new value.
    """
    spec, held = workplace.spec, workplace.held_keys(run)
    folders = [workplace.folder.child(name) for name in (*earlier, run.folder)]
    rows = pd.concat([folder.read_frame(WATCH_FILE) for folder in folders if folder.exists(WATCH_FILE)])
    rows = rows.drop_duplicates(spec.data.key_column, keep="last")
    rows = with_new_truth(workplace, run, rows, pair.champion.classes)
    known = np.isfinite(rows[TRUTH]) if spec.task == "regression" else rows[TRUTH] >= 0
    return rows[known & ~rows[spec.data.key_column].isin(held)].sort_values(spec.data.time, kind="stable")


def _compare(workplace: Workplace, pair: Pair, rows: pd.DataFrame, look: int) -> Watch:
    spec = workplace.spec
    if len(rows) < spec.labels.minimum:
        text = (
            f"{len(rows):,} rows got their label since the promotion: from {spec.labels.minimum:,} on "
            "(`labels.minimum`) the champion is compared with the model that it replaced."
        )
        return _record(workplace, pair, look - 1, len(rows), "too_few_rows", text)
    metric = get_metric(spec.metric, spec.task)
    y, champion, previous = rows[TRUTH].to_numpy(), _of(_CHAMPION, rows), _of(_PREVIOUS, rows)
    times = rows[spec.data.time].dt.tz_convert(None).to_numpy("datetime64[us]")
    everything, recent = look_at(
        SideBySide(metric, y, champion, previous, times),
        confidence=spec.promotion.confidence,
        looks=spec.promotion.watch,
        minimum=spec.labels.minimum,
        seed=spec.trainer.seed,
    )
    new, old = metric(y, champion), metric(y, previous)
    lost = [found for found in (everything, recent) if found is not None and found.high < 0]
    text = (
        f"On the same {len(rows):,} rows whose labels came since the promotion, {metric.label} {write_figure(new)} "
        f"against {write_figure(old)} of the model that the champion replaced: {_verdict(everything, recent)} "
        f"(look {look} of {spec.promotion.watch})."
    )
    record = _record(workplace, pair, look, len(rows), "lost" if lost else "holds", text)
    return record.model_copy(update={"champion": new, "previous": old, "difference": everything, "recent": recent})


def _verdict(everything: Estimate, recent: Estimate | None) -> str:
    said = f"a difference of {write_estimate(everything)}"
    if everything.high < 0:
        return f"{said}, worse beyond doubt"
    if recent is not None and recent.high < 0:
        return f"{said}; on the newer half of them {write_estimate(recent)}, worse beyond doubt"
    return f"{said}, not worse beyond doubt"


def _record(workplace: Workplace, pair: Pair, look: int, rows: int, verdict: Any, text: str) -> Watch:
    return Watch(
        champion_id=pair.champion.training_id,
        previous_id=pair.previous.training_id,
        since=pair.promotion.effective,
        look=look,
        looks=workplace.spec.promotion.watch,
        rows=rows,
        metric=workplace.spec.metric,
        verdict=verdict,
        text=text,
        newer_by=pair.champion.train.end - pair.previous.train.end,
    )
