"""Step 5: does the model still hold, are the labels right, and what is to be expected where there are none?"""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from include.retraining.data.labels import label_time_name
from include.retraining.metrics.figures import tolerated_drop
from include.retraining.performance.audit.settling import MadeAgain
from include.retraining.performance.concept import Recent, examine_concept, kept_out
from include.retraining.performance.realised import check_performance as check
from include.retraining.performance.rows import LabelledRows
from include.retraining.performance.segments import Labelled
from include.retraining.results.columns import Columns
from include.retraining.results.concept import ConceptResult
from include.retraining.results.performance import PerformanceResult
from include.retraining.results.run import Run, Snapshot
from include.retraining.results.succession import Promotion
from include.retraining.results.training import Training
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.maturity import label_maturity
from include.retraining.steps.predictions import from_columns
from include.retraining.steps.relabels import made_again, relabel_list
from include.retraining.steps.watch import watch
from include.retraining.steps.workplace import (
    CONFIRMED_FILE,
    EXPECTATION_FILE,
    HELD_FILE,
    HOLDOUT_FILE,
    KNOWN_FILE,
    LABELLED_FILE,
    LIST_FILE,
    TRUTH,
    Workplace,
)

if TYPE_CHECKING:
    from include.retraining.performance.expected import Expectation


def check_performance(workplace: Workplace, run: Run) -> None:
    """Examine the labels, then measure the champion on those that are not held; without a champion, nothing."""
    champion = workplace.champion(run)
    if champion is None:
        return
    folder, spec = workplace.of(run), workplace.spec
    training = workplace.training(champion.training_id)
    holdout = workplace.trained(champion.training_id).read_frame(HOLDOUT_FILE)
    labelled, join = folder.read_frame(LABELLED_FILE), folder.read_record("snapshot.json", Snapshot).join
    rows = window(workplace, run, champion)
    looked, again = _recent(rows, spec, training), made_again(workplace, run, rows, training.classes)
    concept = examine_concept(
        spec,
        looked,
        _recent(holdout, spec, training),
        newest=len(labelled),
        join=join,
        released_until=workplace.released_until(run),
        again=again,
        seed=spec.trainer.seed,
    )
    wrong = again.wrong(concept.findings)
    held = _held(workplace, run, looked, concept, again, wrong)
    labelled[TRUTH] = again.corrected(labelled[spec.data.key_column].to_numpy(), labelled[TRUTH].to_numpy(), wrong)
    trusted = labelled[~labelled[spec.data.key_column].isin(held)]
    result = check(
        spec, current=_labelled(trusted, spec), reference=_labelled(holdout, spec), join=join, seed=spec.trainer.seed
    )
    if result.verdict == "no_labels" and len(labelled):
        text = f"All {len(labelled):,} labels that came of age are held: there is nothing to measure performance by."
        result = result.model_copy(update={"text": text})
    if result.reference is None:
        tolerated = tolerated_drop(spec.performance, training.holdout_metric.value)
        result = result.model_copy(update={"reference": training.holdout_metric, "maximum_drop": tolerated})
    for name, keys in ((HELD_FILE, held), (CONFIRMED_FILE, wrong)):
        folder.write_frame(name, pd.DataFrame({spec.data.key_column: sorted(keys)}))
    asked = relabel_list(concept, rows, spec.data)
    if asked is not None:
        folder.write_bytes(LIST_FILE, asked.to_csv(index=False).encode())
    folder.write_record("maturity.json", label_maturity(workplace, run, held))
    folder.write_record("concept.json", concept)
    folder.write_record("performance.json", _with_estimate(workplace, run, training, holdout, trusted, result))
    watch(workplace, run)


def window(workplace: Workplace, run: Run, champion: Promotion) -> pd.DataFrame:
    """Rows whose label came of age since the champion was promoted, each once, as earlier runs left them."""
    start = workplace.window_start(run, champion)
    earlier = [
        point.folder
        for point in workplace.history(run.interval.start)
        if point.champion_id == champion.training_id and point.interval.start >= start
    ]
    folders = [workplace.folder.child(name) for name in (*earlier, run.folder)]
    frames = [folder.read_frame(LABELLED_FILE) for folder in folders if folder.exists(LABELLED_FILE)]
    key, time = workplace.spec.data.key_column, workplace.spec.data.time
    return pd.concat(frames).drop_duplicates(key, keep="last").sort_values(time, kind="stable", ignore_index=True)


def _held(
    workplace: Workplace,
    run: Run,
    looked: Recent,
    concept: ConceptResult,
    again: MadeAgain,
    wrong: frozenset[Any],
) -> set[Any]:
    """Keys of all labels that are kept out: by what is known now, and those held earlier and not examined any more."""
    keys: set[Any] = kept_out(workplace.spec, concept.audit, again, wrong)
    if workplace.spec.labels.on_suspicion != "accept":
        examined = set() if concept.audit is None else set(looked.rows.keys.tolist())
        settled = {key for found in concept.findings if found.outcome != "undecided" for key in found.keys}
        keys |= workplace.held_before(run) - examined - settled - wrong
    return keys


def _recent(rows: pd.DataFrame, spec: ModelSpec, training: Training) -> Recent:
    data = spec.data
    made = rows[label_time_name(data)] if label_time_name(data) in rows else rows[data.time]
    return Recent(
        labelled_rows(rows, spec, training),
        sources=rows[[name for name in data.label_sources if name in rows]],
        label_times=pd.DatetimeIndex(made),
    )


def labelled_rows(rows: pd.DataFrame, spec: ModelSpec, training: Training) -> LabelledRows:
    """Rows with truth and a champion's prediction, as they lie in the store, with the features that it uses."""
    data = spec.data
    return LabelledRows(
        keys=rows[data.key_column].to_numpy(),
        times=rows[data.time].dt.tz_convert(None).to_numpy("datetime64[us]"),
        features=rows[[*training.numeric, *training.categorical]],
        segments=rows[list(data.segments)],
        y=rows[TRUTH].to_numpy(),
        prediction=from_columns(rows),
    )


def _labelled(rows: pd.DataFrame, spec: ModelSpec) -> Labelled:
    return Labelled(rows[TRUTH].to_numpy(), from_columns(rows), rows[list(spec.data.segments)])


def _with_estimate(
    workplace: Workplace,
    run: Run,
    training: Training,
    holdout: pd.DataFrame,
    labelled: pd.DataFrame,
    result: PerformanceResult,
) -> PerformanceResult:
    """Add what the batch's performance probably is, and what the estimate missed where labels came."""
    expectation = _expectation(workplace, training, holdout)
    if expectation is None:
        return result
    folder = workplace.of(run)
    batch = from_columns(folder.read_frame("predictions.parquet"))
    estimated = expectation.of(folder.read_frame("sound.parquet"), batch) if len(batch) else None
    gap = None
    if result.realised is not None:
        known = np.isfinite(labelled[TRUTH]) if workplace.spec.task == "regression" else labelled[TRUTH] >= 0
        rows = labelled[known]
        gap = expectation.gap(rows, from_columns(rows), result.realised.value)
    return result.model_copy(update={"estimated": estimated, "gap": gap})


def _expectation(workplace: Workplace, training: Training, holdout: pd.DataFrame) -> "Expectation | None":
    trained = workplace.trained(training.training_id)
    if not workplace.spec.performance.estimate or not trained.exists(EXPECTATION_FILE):
        return None
    from include.retraining.performance.expected import read_expectation

    columns = Columns(numeric=training.numeric, categorical=training.categorical)
    content, known = trained.read_bytes(EXPECTATION_FILE), trained.read_frame(KNOWN_FILE)
    truth, prediction = holdout[TRUTH].to_numpy(), from_columns(holdout)
    return read_expectation(workplace.spec, content, holdout, truth, prediction, columns, known)
