"""A training is done again from what it remembers: same rows, same model; what changed since is told."""

import io
from collections.abc import Callable
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyRegressor

from include.retraining.cli.reproduce import lines
from include.retraining.errors import StoreError, TrainingError
from include.retraining.flow import run_interval
from include.retraining.results.lineage import Reproduction
from include.retraining.results.outcome import Outcome
from include.retraining.results.run import Launch
from include.retraining.results.training import Training
from include.retraining.spec.model import ModelSpec
from include.retraining.steps import reproduce as module
from include.retraining.steps.reproduce import reproduce
from include.retraining.steps.workplace import ESTIMATOR_FILE, TRAINING_FILE, Workplace
from tests.steps.reigns import brisk
from tests.world import interval_of

SCHEDULED = Launch(kind="scheduled")


@pytest.fixture
def spec(spec: ModelSpec) -> ModelSpec:
    """A model with something random in it, and without what costs time."""
    trainer = {"use": "random_forest", "params": {"n_estimators": 5}, "seed": 4}
    return ModelSpec.model_validate(brisk(spec).model_dump(mode="json") | {"trainer": trainer})


@pytest.fixture
def first(workplace: Workplace) -> Outcome:
    """The first champion, trained at the end of day 10."""
    return run_interval(workplace, interval_of(10), SCHEDULED)


def rewrite(tmp_path: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Change the rows of the source."""
    path = tmp_path / "rows.parquet"
    change(pd.read_parquet(path)).to_parquet(path)


def changed(workplace: Workplace, **sections: object) -> Workplace:
    """The same place with another model file."""
    declared = workplace.spec.model_dump(mode="json") | sections
    return Workplace(ModelSpec.model_validate(declared), workplace.folder, workplace.tracking_uri)


def said(found: Reproduction) -> str:
    """What the command line prints."""
    return "\n".join(lines(found))


def files(folder: Path) -> dict[str, int]:
    """All files below a folder, and when each was last written."""
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_a_champion_is_reproduced(workplace: Workplace, first: Outcome, tmp_path: Path) -> None:
    """Rows, code and predictions are the same, although the source has grown since; nothing is written."""
    before = files(tmp_path / "store")
    found = reproduce(workplace, "champion")
    assert files(tmp_path / "store") == before
    assert first.training is not None
    assert found.training_id == first.training.training_id
    assert found.rows.same
    assert found.rows.holdout_now == first.training.holdout_rows
    assert (found.code, found.versions, found.declared) == ((), (), ())
    assert [one.of for one in found.compared] == ["the model that was compared", "the model that was kept"]
    assert all(one.largest < 1e-12 for one in found.compared)  # sums in another order differ in their last bits
    assert found.agrees
    assert found.metric_now == found.metric_then
    assert "rows         the same" in said(found)
    assert "predictions  agree" in said(found)


def test_a_later_challenger_is_reproduced_with_all_that_its_run_knew(workplace: Workplace, first: Outcome) -> None:
    """Its window, its quarantined rows and the first champion's history come from the record."""
    assert first.promoted
    run_interval(workplace, interval_of(11), SCHEDULED)
    outcome = run_interval(workplace, interval_of(22), Launch(kind="manual", run_id="hand", force_retrain=True))
    assert outcome.training is not None
    found = reproduce(workplace, outcome.training.training_id)
    assert found.rows.same
    assert found.agrees


def test_rows_that_were_quarantined_stay_out(workplace: Workplace, tmp_path: Path) -> None:
    """Also when nobody can tell any more, since the records of the runs are gone."""
    rewrite(tmp_path, lambda rows: rows.assign(heat=rows["heat"].where(rows["id"] != 10 * 240 + 3, 9000.0)))
    first = run_interval(workplace, interval_of(10), SCHEDULED)
    assert first.validation.quarantined == 1
    assert first.training is not None
    assert reproduce(workplace, first.training.training_id).rows.same
    keys = workplace.trained(first.training.training_id).read_frame("left_out.parquet")
    assert keys["id"].tolist() == [10 * 240 + 3]


def test_the_model_file_of_then_is_used(workplace: Workplace, first: Outcome) -> None:
    """A seed that was changed since is told, and makes no difference."""
    trainer = workplace.spec.trainer.model_dump() | {"seed": 99}
    found = reproduce(changed(workplace, trainer=trainer), "champion")
    assert found.agrees
    assert [(one.name, one.then, one.now) for one in found.declared] == [("trainer.seed", "4", "99")]
    assert "trainer.seed 4 then, 99 now; what was declared then was used" in said(found)
    assert first.training is not None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: rows.assign(size=rows["size"].where(rows["id"] > 500, 3.0)), ["as many", "other content"]),
        (lambda rows: rows[rows["id"] != 5], ["then", "now"]),
    ],
)
def test_rows_that_changed_in_the_source_are_told(
    workplace: Workplace, first: Outcome, tmp_path: Path,
    change: Callable[[pd.DataFrame], pd.DataFrame], words: list[str],
) -> None:  # fmt: skip
    """With counts, and predictions that differ."""
    assert first.promoted
    rewrite(tmp_path, change)
    found = reproduce(workplace, "champion")
    assert not found.rows.same
    assert not found.agrees
    assert [one.of for one in found.compared] == ["the model that was kept"]
    assert found.compared[0].largest > found.tolerance
    for word in ["changed in the source since", "differ:", *words]:
        assert word in said(found)


def test_another_model_in_the_store_is_noticed(workplace: Workplace, first: Outcome) -> None:
    """What serves is compared, not only what was measured."""
    assert first.training is not None
    buffer = io.BytesIO()
    joblib.dump(DummyRegressor().fit(np.zeros((2, 1)), [4.0, 6.0]), buffer)
    workplace.trained(first.training.training_id).write_bytes(ESTIMATOR_FILE, buffer.getvalue())
    found = reproduce(workplace, "champion")
    assert [one.largest <= found.tolerance for one in found.compared] == [True, False]
    assert not found.agrees


def test_other_code_and_libraries_are_told(
    workplace: Workplace, first: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By name; the predictions decide whether it matters."""
    assert first.training is not None
    record = first.training.model_copy(update={"versions": {**first.training.versions, "numpy": "1.0"}})
    workplace.trained(record.training_id).write_record(TRAINING_FILE, record)
    now = module.code_hashes("random_forest")
    monkeypatch.setattr(module, "code_hashes", lambda trainer: {**now, "trainer": "0" * 64})
    found = reproduce(workplace, record.training_id)
    assert [one.name for one in found.code] == ["trainer"]
    assert [(one.name, one.then) for one in found.versions] == [("numpy", "1.0")]
    assert found.agrees
    assert "trainer changed since" in said(found)
    assert "numpy 1.0 then" in said(found)


def test_other_columns_cannot_be_compared(workplace: Workplace, first: Outcome, tmp_path: Path) -> None:
    """The reproduced model answers another question."""
    assert first.training is not None
    rewrite(tmp_path, lambda rows: rows.assign(again=rows["size"]))
    found = reproduce(workplace, "champion")
    assert not found.agrees
    assert "the features are not the same: again" in said(found)


def test_a_source_without_the_rows_says_so(workplace: Workplace, first: Outcome, tmp_path: Path) -> None:
    """With how many there were."""
    assert first.promoted
    rewrite(tmp_path, lambda rows: rows[rows["id"] > 20 * 240])
    with pytest.raises(TrainingError, match=r"source does not give the rows of training .* any more, which were 1,921"):
        reproduce(workplace, "champion")
    (tmp_path / "rows.parquet").unlink()
    with pytest.raises(TrainingError, match="does not give the rows"):
        reproduce(workplace, "champion")


def test_a_version_that_never_reigned_is_found_in_mlflow(
    workplace: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger does not know it; its tag names the training."""
    monkeypatch.chdir(tmp_path)
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    tracked = Workplace(workplace.spec, workplace.folder, uri)
    tracked = changed(tracked, promotion={"maximum_size": "10B"})
    outcome = run_interval(tracked, interval_of(10), SCHEDULED)
    assert not outcome.promoted
    assert outcome.training is not None
    found = reproduce(tracked, "1")
    assert (found.training_id, found.version) == (outcome.training.training_id, "1")
    assert found.agrees
    with pytest.raises(StoreError, match="no version '2'"):
        reproduce(tracked, "2")
    elsewhere = Workplace(tracked.spec, workplace.folder.child("nowhere"), uri)
    with pytest.raises(StoreError, match=r"'1' of roast is training .* RETRAINING_STORE"):
        reproduce(elsewhere, "1")


def test_classes_are_reproduced_as_well(workplace: Workplace, tmp_path: Path) -> None:
    """Probabilities of three classes."""
    names = np.array(["dry", "fine", "wet"])
    rewrite(tmp_path, lambda rows: rows.assign(moisture=names[np.digitize(rows["moisture"], [4.5, 6.0])]))
    workplace = changed(workplace, task="multiclass_classification", trainer={"use": "hist_gradient_boosting"})
    run_interval(workplace, interval_of(10), SCHEDULED)
    found = reproduce(workplace, "champion")
    assert found.agrees
    assert [one.largest for one in found.compared] == [0.0, 0.0]
    assert found.tolerance == module.TOLERANCE


def test_what_is_not_there_is_named(workplace: Workplace, first: Outcome) -> None:
    """An unknown version, a store without the training, and a record that is too old."""
    assert first.training is not None
    with pytest.raises(StoreError, match=rf"no version '7'.*there are {first.training.training_id}"):
        reproduce(workplace, "7")
    with pytest.raises(StoreError, match=r"no version '\.\./roast'"):
        reproduce(workplace, "../roast")
    elsewhere = Workplace(workplace.spec, workplace.folder.child("nowhere"), None)
    with pytest.raises(StoreError, match="no champion yet"):
        reproduce(elsewhere, "champion")
    old = first.training.model_copy(update={"lineage": None})
    workplace.trained(old.training_id).write_record(TRAINING_FILE, old)
    with pytest.raises(StoreError, match="does not say from which run it came"):
        reproduce(workplace, "champion")


def test_a_model_file_that_is_no_longer_understood_says_so(workplace: Workplace, first: Outcome) -> None:
    """The place, and where to go."""
    assert first.training is not None
    assert first.training.lineage is not None
    declared = {**first.training.lineage.declared, "gone": 1}
    lineage = first.training.lineage.model_copy(update={"declared": declared})
    record = first.training.model_copy(update={"lineage": lineage})
    workplace.trained(record.training_id).write_record(TRAINING_FILE, record)
    with pytest.raises(StoreError, match=r"gone: Extra inputs .* check out the commit"):
        reproduce(workplace, "champion")


def test_the_lineage_survives_its_file(first: Outcome) -> None:
    """What is needed is read back as it was written."""
    assert first.training is not None
    assert Training.model_validate_json(first.training.model_dump_json()) == first.training
