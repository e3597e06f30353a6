"""On request: what each feature tells about the target, on the champion's holdout and on the newest labels."""

from datetime import datetime

from include.retraining.errors import DataError
from include.retraining.metrics.catalogue import get_metric
from include.retraining.performance.attribution.root_cause import root_cause
from include.retraining.performance.concept import MOST_ROWS, recent_rows, thinned
from include.retraining.results.concept import ConceptResult, Explanation
from include.retraining.results.outcome import HistoryPoint
from include.retraining.results.run import Run
from include.retraining.steps.check_performance import labelled_rows, window
from include.retraining.steps.workplace import HOLDOUT_FILE, LABELLED_FILE, Workplace


def explain(workplace: Workplace, at: datetime | None = None) -> Explanation:
    """Compare small models of the holdout with those of the labels that an interval's check has looked at.

    Parameters
    ----------
    at
        The interval that had ended by then; None: the last one.

    Raises
    ------
    DataError
        When no such interval has been looked at, or there was no champion or no label yet.
    """
    point = _looked_at(workplace, at)
    run = Run(model=workplace.spec.name, interval=point.interval, folder=point.folder, launch=point.launch)
    champion, folder, spec = workplace.champion(run), workplace.of(run), workplace.spec
    if champion is None or not folder.exists("concept.json"):
        message = f"{spec.name}, {point.interval}: no champion had been judged by labels; give a later day with --at"
        raise DataError(message)
    training = workplace.training(champion.training_id)
    holdout = labelled_rows(workplace.trained(champion.training_id).read_frame(HOLDOUT_FILE), spec, training)
    rows = window(workplace, run, champion)
    trusted = labelled_rows(rows[~rows[spec.data.key_column].isin(workplace.held_keys(run))], spec, training)
    change = folder.read_record("concept.json", ConceptResult).change
    now = recent_rows(trusted, change, len(folder.read_frame(LABELLED_FILE, [spec.data.key_column])))
    then, now = thinned(holdout, MOST_ROWS), thinned(now, MOST_ROWS)
    metric = get_metric(spec.metric, spec.task)
    return Explanation(
        model=spec.name,
        interval=point.interval,
        champion_id=champion.training_id,
        champion_version=champion.version,
        rows_then=len(then),
        rows_now=len(now),
        cause=root_cause(then, now, metric, spec.task, seed=spec.trainer.seed),
    )


def _looked_at(workplace: Workplace, at: datetime | None) -> HistoryPoint:
    """The newest interval that has been looked at, or had been by a moment."""
    last = workplace.last_interval()
    moment = at or (None if last is None else last.end)
    points = () if moment is None else workplace.all_history(moment)
    if not points:
        by = "" if at is None else f" by {at:%Y-%m-%d}"
        message = f"{workplace.spec.name}: no interval has been looked at{by}; is this its store, {workplace.folder}?"
        raise DataError(message)
    return points[-1]
