"""What stands in MLflow, on a database of its own."""

from types import SimpleNamespace

import pandas as pd
import pytest
from mlflow import MlflowClient
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from include.retraining.errors import TrackingError
from include.retraining.results.candidate import Candidate, Trial
from include.retraining.results.succession import Promotion
from include.retraining.results.training import Reason
from include.retraining.tracking import Tracker
from include.retraining.tracking import tracker as module
from tests.report.samples import changed, comparison, quiet, rejected, retrained, training, week

REASONS = (Reason(code="performance_drop", text="ROC AUC fell."),)
TRAINED = training().model_copy(update={"versions": {"scikit-learn": "1.9.1", "python": "3.11.7"}})


@pytest.fixture(scope="session")
def uri(tmp_path_factory):
    """One MLflow database for all tests: creating its tables takes seconds."""
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"


@pytest.fixture(autouse=True)
def elsewhere(uri, tmp_path, monkeypatch):
    """Where MLflow puts artifacts that have no server; and MLflow's address is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)


@pytest.fixture
def client(uri):
    """MLflow's own view."""
    return MlflowClient(tracking_uri=uri)


@pytest.fixture
def tracker(uri, request):
    """A model of its own for each test."""
    return Tracker(request.node.name.replace("test_", "")[:40], uri)


@pytest.fixture(scope="session")
def rows():
    """Feature rows: whole numbers, numbers and text, with gaps."""
    carrier = pd.Series(["UA", None, "B6", "EV", "UA", "EV"], dtype="str")
    temp = [41.0, None, 60.0, 71.0, 66.0, 70.0]
    return pd.DataFrame({"distance": [200, 400, 800, 1600, 2400, 2500], "temp": temp, "carrier": carrier})


@pytest.fixture(scope="session")
def estimator(rows):
    """A fitted classifier."""
    text = (OneHotEncoder(handle_unknown="ignore"), ["carrier"])
    prepare = make_column_transformer(text, (SimpleImputer(), ["distance", "temp"]))
    return make_pipeline(prepare, LogisticRegression(max_iter=10_000)).fit(rows, [0, 0, 0, 1, 1, 1])


@pytest.fixture
def register(tracker, estimator, rows):
    """Register a training below the run of its interval."""

    def call(number=17, trained=TRAINED, **more):
        parent = tracker.interval_run(week(number), "plain")
        return tracker.register_challenger(
            trained, estimator, rows, interval=week(number), reasons=REASONS, parent_run_id=parent, **more
        )

    return call


def runs(client, tracker):
    """All runs of the model."""
    experiment = client.get_experiment_by_name(f"retraining/{tracker.model}")
    return client.search_runs([experiment.experiment_id])


def aliases(client, tracker):
    """Versions by alias."""
    held = client.get_registered_model(tracker.model).aliases
    return {alias: str(version) for alias, version in held.items()}


def another(training_id):
    """A training by another name."""
    return TRAINED.model_copy(update={"training_id": training_id})


def test_interval_run_is_found_again(client, tracker, uri):
    """A second try, also of another process, meets the run of the first; a manual run is another one."""
    first = tracker.interval_run(week(3), "plain", {"airflow.dag_id": "flight_delay"})
    assert Tracker(tracker.model, uri).interval_run(week(3), "plain") == first
    assert tracker.interval_run(week(3), "0a1b2c3d4e5f") != first
    assert tracker.interval_run(week(4), "plain") != first
    assert len(runs(client, tracker)) == 3
    assert client.get_run(first).data.tags["airflow.dag_id"] == "flight_delay"
    assert client.get_run(first).info.run_name == "2013-04-22 to 2013-04-29"


def test_two_runs_created_at_once_become_one(client, tracker, monkeypatch):
    """Whoever created the later run gives it up for the earlier one."""
    first = tracker.interval_run(week(3), "plain")
    search, blind = tracker._runs, iter([True])
    monkeypatch.setattr(tracker, "_runs", lambda identity: [] if next(blind, False) else search(identity))
    assert tracker.interval_run(week(3), "plain") == first
    assert [run.info.run_id for run in runs(client, tracker)] == [first]


def test_challenger_is_registered_once(client, tracker, register):
    """A version with tags, signature and example, in a finished run below the interval; a second call finds it."""
    version = register(files={"profile.json": "{}", "schema.json": b"{}"})
    assert register() == version == tracker.version_of(TRAINED.training_id)
    found = client.get_model_version(tracker.model, version)
    assert found.tags["retraining.training_id"] == TRAINED.training_id
    assert found.tags["retraining.data_sha256"] == TRAINED.data_sha256
    assert found.tags["retraining.reasons"] == "ROC AUC fell."
    assert "98,210 rows" in found.description
    assert aliases(client, tracker) == {"challenger": version}
    run = client.get_run(found.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.tags["mlflow.parentRunId"] == tracker.interval_run(week(17), "plain")
    assert run.data.params["max_iter"] == "200"
    assert run.data.metrics["holdout/roc_auc"] == pytest.approx(0.7489)
    assert run.inputs.dataset_inputs[0].dataset.digest == TRAINED.data_sha256[:36]
    assert {file.path for file in client.list_artifacts(found.run_id)} >= {"profile.json", "schema.json"}
    assert len(runs(client, tracker)) == 2


def contested():
    """A training that chose between two candidates."""
    old = Candidate(name="expanding", start=week(0).start)
    new = Candidate(name="recent", start=week(0).start, kind="recent", half_life=week(1).end - week(0).start)
    figure = TRAINED.holdout_metric
    lower = figure.model_copy(update={"value": 0.7, "low": 0.69, "high": 0.71})
    trials = (
        Trial(candidate=new, rows=98_210, seconds=2.5, figure=figure),
        Trial(candidate=old, rows=98_210, seconds=2.0, figure=lower),
    )
    return TRAINED.model_copy(update={"trials": trials, "learned": new})


@pytest.mark.parametrize("killed_first", [False, True])
def test_each_candidate_is_a_run_below_the_training(client, tracker, register, monkeypatch, killed_first):
    """With window, rows, figure and interval, the winner marked; once, also after a killed try."""
    trained = contested().model_copy(update={"training_id": f"killed-{killed_first}"})
    if killed_first:
        with monkeypatch.context() as patched:
            patched.setattr(module.Tracker, "_log_model", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                register(trained=trained)
    version = register(trained=trained)
    assert register(trained=trained) == version
    parent = client.get_model_version(tracker.model, version).run_id
    own = [run for run in runs(client, tracker) if run.data.tags.get("retraining.training_id") == trained.training_id]
    children = [run for run in own if run.data.tags["mlflow.parentRunId"] == parent]
    found = {run.info.run_name: run for run in children}
    assert (len(own), len(children), len(found)) == (3, 2, 2)
    winner, loser = found["candidate recent"], found["candidate expanding"]
    assert (winner.data.tags["retraining.winner"], loser.data.tags["retraining.winner"]) == ("yes", "no")
    assert winner.data.params == {
        "candidate": "recent", "learning": "recent", "train": "2013-04-01 to 2013-07-22", "half_life": "2w",
    }  # fmt: skip
    assert {"holdout/roc_auc", "holdout/roc_auc_low", "holdout/roc_auc_high"} < set(loser.data.metrics)
    assert (loser.data.metrics["training/rows"], loser.data.metrics["holdout/roc_auc"]) == (98_210, 0.7)
    assert {run.info.status for run in children} == {"FINISHED"}


def test_a_version_names_its_training(tracker, register):
    """By which it can be trained again; an unknown version names none."""
    version = register(trained=another("a1"))
    assert tracker.training_of(version) == "a1"
    assert tracker.training_of("99") is None


def test_registered_model_serves_rows_with_missing_values(tracker, register, estimator, uri):
    """A whole-number column that gets a missing value in production still fits the signature."""
    import mlflow

    version = register()
    mlflow.set_tracking_uri(uri)
    model = mlflow.pyfunc.load_model(f"models:/{tracker.model}/{version}")
    types = [column.type.name for column in model.metadata.signature.inputs]
    assert types == ["double", "double", "string"]
    gaps = pd.DataFrame({"distance": [2500.0, None], "temp": [70.0, 41.0], "carrier": ["EV", None]})
    assert list(model.predict(gaps)) == list(estimator.predict(gaps))


@pytest.mark.parametrize("step", ["_log_files", "_log_model", "_create_version"])
def test_killed_registration_is_done_anew(client, tracker, register, monkeypatch, step):
    """What a killed try left is removed; one run, one logged model and one version remain."""
    whole = getattr(module.Tracker, step)

    def killed(self, *args):
        if step == "_log_model":
            whole(self, *args)
        raise KeyboardInterrupt

    monkeypatch.setattr(module.Tracker, step, killed)
    with pytest.raises(KeyboardInterrupt):
        register()
    assert tracker.version_of(TRAINED.training_id) is None
    monkeypatch.setattr(module.Tracker, step, whole)
    assert register() == "1"
    names = [run.info.run_name for run in runs(client, tracker)]
    assert names.count(f"training {TRAINED.training_id}") == 1
    assert len(client.search_logged_models([tracker._experiment])) == 1
    assert len(client.search_model_versions(f"name = '{tracker.model}'")) == 1


def test_promotion_moves_aliases(client, tracker, register):
    """The champion becomes previous, the challenger champion and challenger no more."""
    first, second = register(trained=another("t1")), register(trained=another("t2"))
    tracker.set_aliases(first, None)
    assert aliases(client, tracker) == {"champion": first, "challenger": second}
    for _ in range(2):
        tracker.set_aliases(second, first)
        assert aliases(client, tracker) == {"champion": second, "previous": first}


def test_rerun_of_an_old_training_takes_no_alias(client, tracker, register):
    """Registering an old training again leaves champion and challenger where they are."""
    first, second = register(trained=another("t1")), register(trained=another("t2"))
    tracker.set_aliases(second, first)
    assert register(trained=another("t1")) == first
    assert aliases(client, tracker) == {"champion": second, "previous": first}


def test_champion_is_set_before_anything_else(tracker, monkeypatch):
    """If the second call fails, the new champion stands already."""
    calls = []

    class Failing:
        def get_registered_model(self, _):
            return SimpleNamespace(aliases={"champion": 1})

        def set_registered_model_alias(self, _, alias, version):
            calls.append((alias, version))
            if alias == "previous":
                raise module.MlflowException("gone")

    monkeypatch.setitem(vars(tracker), "_client", Failing())
    with pytest.raises(TrackingError, match=r"refused a call for model .*: gone"):
        tracker.set_aliases("2", "1")
    assert calls == [("champion", "2"), ("previous", "1"), ("previous", "1")]


def test_an_alias_that_two_processes_create_at_once_is_set(client, tracker, register, monkeypatch):
    """MLflow refuses the later of two; it is set again, unless it points there already."""
    first, second = register(trained=another("t1")), register(trained=another("t2"))
    tracker.set_aliases(first, None)
    set_alias, refused = tracker._client.set_registered_model_alias, []

    def refuses_once(model, alias, version):
        if not refused:
            set_alias(model, alias, first)
            refused.append(alias)
            raise module.MlflowException("UNIQUE constraint failed")
        set_alias(model, alias, version)

    monkeypatch.setattr(tracker._client, "set_registered_model_alias", refuses_once)
    tracker.set_aliases(second, first)
    assert refused == ["champion"]
    assert aliases(client, tracker) == {"champion": second, "previous": first}


def entry(number, training_id, previous_id, kind="promotion", **more):
    """One entry of the ledger."""
    return Promotion(
        number=number,
        kind=kind,
        effective=week(number).end,
        interval=week(number),
        training_id=training_id,
        previous_id=previous_id,
        reasons=(Reason(code="why", text="It was better."),),
        decided_by="ann",
        **more,
    )


def test_a_rollback_leaves_no_alias_behind(client, tracker, register):
    """The first champion has nobody before it; setting what is set already asks for nothing."""
    first, second = register(trained=another("t1")), register(trained=another("t2"))
    tracker.set_aliases(second, first)
    for _ in range(2):
        tracker.set_aliases(first, None)
        assert aliases(client, tracker) == {"champion": first}


def test_a_rolled_back_version_is_no_challenger(client, tracker, register):
    """Neither its alias stays, nor does the rerun of its training bring it back."""
    first, second = register(trained=another("t1")), register(trained=another("t2"))
    entries = (entry(1, "t1", None), entry(2, "t2", "t1"), entry(3, "t1", "t2", kind="rollback"))
    tracker.describe_standing("t2", entries)
    tracker.set_aliases(first, None)
    assert aliases(client, tracker) == {"champion": first}
    assert register(trained=another("t2")) == second
    assert aliases(client, tracker) == {"champion": first}


def test_versions_tell_of_the_ledger(client, tracker, register):
    """Tags and description say when it was promoted and rolled back, by whom and why; once, however often written."""
    register(trained=another("t1"))
    version = register(trained=another("t2"))
    entries = [entry(1, "t1", None), entry(2, "t2", "t1")]
    tracker.describe_standing("t2", entries)
    assert "by ann (ledger entry 2)" in client.get_model_version(tracker.model, version).tags["retraining.promoted"]
    entries.append(entry(3, "t1", "t2", kind="rollback"))
    for _ in range(2):
        tracker.describe_standing("t2", entries)
    found = client.get_model_version(tracker.model, version)
    assert found.tags["retraining.rolled_back"].startswith("effective 2013-04-29 00:00 UTC by ann (ledger entry 3)")
    assert found.tags["retraining.rolled_back"].endswith("It was better.")
    assert found.description.startswith("hist_gradient_boosting, trained on 98,210 rows")
    assert found.description.count("Promoted") == found.description.count("Rolled back") == 1
    tracker.describe_standing("t9", entries)  # a training without a version has nothing to say


def test_a_tag_that_two_processes_write_at_once_is_written(client, tracker, register, monkeypatch):
    """MLflow refuses the later of two; it is written again, unless the other wrote the same."""
    version = register(trained=another("t1"))
    write, calls = tracker._client.set_model_version_tag, []

    def refuses(model, number, key, value):
        calls.append(value)
        if len(calls) == 1:
            write(model, number, key, value)
        if len(calls) in (1, 2):
            raise module.MlflowException("UNIQUE constraint failed")
        write(model, number, key, value)

    monkeypatch.setattr(tracker._client, "set_model_version_tag", refuses)
    tracker._tag(version, "same", "one")
    assert calls == ["one"]
    tracker._tag(version, "other", "two")
    assert calls == ["one", "two", "two"]
    tags = client.get_model_version(tracker.model, version).tags
    assert (tags["same"], tags["other"]) == ("one", "two")


def test_comparison_is_written_onto_the_version(client, tracker, register):
    """The version says how it did against the champion."""
    version = register()
    tracker.describe_comparison(version, comparison())
    tags = client.get_model_version(tracker.model, version).tags
    assert tags["retraining.promote"] == "yes"
    assert tags["retraining.gain"] == "0.0477 (0.0396 to 0.0558) in roc_auc"


def test_outcome_is_logged_once(client, tracker):
    """Figures, tags, report, evidence and data stand in the run; logging again changes nothing."""
    run_id = tracker.interval_run(week(17), "plain")
    for _ in range(2):
        tracker.log_outcome(run_id, retrained(), "<p>report</p>", {"drift.json": b"{}"})
    run = client.get_run(run_id)
    assert run.info.status == "FINISHED"
    assert run.data.tags["retraining.decision"] == "retrain"
    assert run.data.tags["retraining.champion_version"] == "3"
    assert run.data.tags["airflow.url"].startswith("http://localhost:8080")
    assert run.data.metrics["performance/roc_auc"] == pytest.approx(0.6941)
    assert run.data.metrics["drift/columns"] == 4
    assert {file.path for file in client.list_artifacts(run_id)} == {"report.html", "drift.json"}
    assert len(run.inputs.dataset_inputs) == 1
    assert len(client.get_metric_history(run_id, "data/rows")) == 1


def test_rejected_interval_ends_finished(client, tracker):
    """The run of a rejected interval is complete and says so."""
    run_id = tracker.interval_run(week(17), "plain")
    tracker.log_outcome(run_id, rejected(), "")
    run = client.get_run(run_id)
    assert (run.info.status, run.data.tags["retraining.decision"]) == ("FINISHED", "reject")
    assert "performance/roc_auc" not in run.data.metrics


def test_history_collects_plain_intervals(client, tracker):
    """One run holds the figures of all plain intervals, by time of the data; others stay out."""
    for number in (0, 1, 1, 2):
        outcome = changed(quiet(), interval=week(number))
        tracker.log_outcome(tracker.interval_run(week(number), "plain"), outcome, "")
    forced = changed(quiet(), launch=quiet().launch.model_copy(update={"dry_run": True}), interval=week(3))
    tracker.log_outcome(tracker.interval_run(week(3), "dry"), forced, "")
    (history,) = [run for run in runs(client, tracker) if run.data.tags["retraining.kind"] == "history"]
    points = client.get_metric_history(history.info.run_id, "performance/roc_auc")
    assert [point.timestamp for point in points] == [int(week(n).end.timestamp() * 1000) for n in range(3)]
    assert [point.step for point in points] == [15796, 15803, 15810]


def test_links_need_a_web_address(tracker, monkeypatch):
    """Pages exist where a browser can go: not for a database, and at the public address where there is one."""
    run_id = tracker.interval_run(week(0), "plain")
    assert tracker.run_url(run_id) is None
    assert tracker.model_url("3") is None
    monkeypatch.setenv("RETRAINING_MLFLOW_URL", "https://mlflow.example.org/")
    root, view = "https://mlflow.example.org/#", "?workflowType=machine_learning"
    assert tracker.run_url(run_id) == f"{root}/experiments/{tracker._experiment}/runs/{run_id}{view}"
    assert tracker.model_url("3") == f"{root}/models/{tracker.model}/versions/3{view}"


def test_constructor_asks_nothing():
    """A tracker can be made while MLflow is away."""
    assert Tracker("flights", "http://127.0.0.1:9").model == "flights"
