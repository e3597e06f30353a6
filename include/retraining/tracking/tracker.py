"""One model in MLflow: its experiment, its registered model, its aliases."""

import tempfile
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Param, RunTag
from mlflow.exceptions import MlflowException
from mlflow.models.model import ModelInfo
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from include.retraining.results.outcome import Outcome
from include.retraining.results.run import PLAIN, Interval
from include.retraining.results.succession import Promotion
from include.retraining.results.training import Comparison, Reason, Training
from include.retraining.tracking import content, standing
from include.retraining.tracking.candidates import log_candidates
from include.retraining.tracking.connection import connect, page, refusals

CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"

_KIND, _INTERVAL, _RUN = "retraining.kind", "retraining.interval", "retraining.run"
_TRAINING = "retraining.training_id"
_EXAMPLE_ROWS = 5  # enough to see the columns and to try a served model
_ALREADY_THERE = "RESOURCE_ALREADY_EXISTS"


class Tracker:
    """One model in MLflow; nothing is asked of MLflow before the first call.

    Parameters
    ----------
    model
        Name of the registered model; its experiment is `retraining/NAME`.
    uri
        Address of MLflow: a server or a database.

    Notes
    -----
    Every method raises `TrackingError` when MLflow refuses, or does not answer within seconds.
    """

    def __init__(self, model: str, uri: str) -> None:
        self.model = model
        self.uri = uri

    def interval_run(self, interval: Interval, run_name: str, tags: Mapping[str, str] | None = None) -> str:
        """Find or create the run of an interval and return its id.

        Parameters
        ----------
        run_name
            `plain`, or what tells this run from others of the same interval.
        """
        identity = {_KIND: "interval", _INTERVAL: interval.key, _RUN: run_name}
        title = str(interval) if run_name == PLAIN else f"{interval} ({run_name})"
        with refusals(self.uri, self.model):
            return self._one_run(identity, title, tags or {})

    def register_challenger(
        self,
        training: Training,
        estimator: Any,
        input_example: pd.DataFrame,
        *,
        interval: Interval,
        reasons: Sequence[Reason],
        parent_run_id: str,
        files: Mapping[str, bytes | str] | None = None,
    ) -> str:
        """Log a training as a nested run, its candidates below, and register its model, once; return the version.

        The version gets the alias `challenger`, unless it or a newer one has an alias already, or it was rolled back.

        Parameters
        ----------
        input_example
            Rows of the feature columns; the first few are stored and give the signature.
        files
            What else belongs to the training, for example the reference profile, by name.
        """
        with refusals(self.uri, self.model):
            version = self._version(training.training_id)
            if version is None:
                self._discard_half_done(training.training_id)
                run_id = self._training_run(training, interval, parent_run_id)
                self._log_files(run_id, files or {})
                model = self._log_model(run_id, training, estimator, input_example.head(_EXAMPLE_ROWS))
                version = self._create_version(model, training, interval, reasons)
            newest = max((int(held) for held in self._aliases().values()), default=0)
            if int(version) > newest and not self._was_rolled_back(version):
                self._client.set_registered_model_alias(self.model, CHALLENGER, version)
            return version

    def describe_comparison(self, version: str, comparison: Comparison) -> None:
        """Write onto a version how it did against the champion."""
        with refusals(self.uri, self.model):
            for key, value in content.comparison_tags(comparison).items():
                self._tag(version, key, value)

    def version_of(self, training_id: str) -> str | None:
        """The version that a training became, if any."""
        with refusals(self.uri, self.model):
            return self._version(training_id)

    def training_of(self, version: str) -> str | None:
        """The training that a version came from; None where there is no such version."""
        with refusals(self.uri, self.model):
            found = self._client.search_model_versions(f"name = '{self.model}'")
        return next((one.tags.get(_TRAINING) for one in found if str(one.version) == version), None)

    def set_aliases(self, champion_version: str, previous_version: str | None) -> None:
        """Point `champion` and `previous` at versions; at no moment is there no champion.

        `challenger` goes when its version is the champion or was rolled back. Pass what the ledger says last, not what
        an old interval once promoted.
        """
        with refusals(self.uri, self.model):
            held = self._aliases()
            if held.get(CHAMPION) != champion_version:
                self._point(CHAMPION, champion_version)
            if previous_version is None and PREVIOUS in held:
                self._client.delete_registered_model_alias(self.model, PREVIOUS)
            elif previous_version is not None and held.get(PREVIOUS) != previous_version:
                self._point(PREVIOUS, previous_version)
            challenger = held.get(CHALLENGER)
            if challenger and (challenger == champion_version or self._was_rolled_back(challenger)):
                self._client.delete_registered_model_alias(self.model, CHALLENGER)

    def describe_standing(self, training_id: str, entries: Sequence[Promotion]) -> None:
        """Write onto a version what the ledger says of it; nothing is sent where it says so already."""
        with refusals(self.uri, self.model):
            version = self._version(training_id)
            if version is None:
                return
            found = self._client.get_model_version(self.model, version)
            for key, value in standing.standing_tags(training_id, entries).items():
                if found.tags.get(key) != value:
                    self._tag(version, key, value)
            described = standing.with_standing(found.description or "", training_id, entries)
            if described != found.description:
                self._client.update_model_version(self.model, version, described)

    def log_outcome(
        self, run_id: str, outcome: Outcome, html: str, files: Mapping[str, bytes | str] | None = None
    ) -> None:
        """Log figures, tags, report and evidence of an interval, and end its run.

        A rejected interval ends `FINISHED` too: the system worked, the data did not.
        Figures of plain runs go into the run `history` as well.
        """
        metrics = content.metrics(content.outcome_figures(outcome), outcome.interval)
        tags = [RunTag(key, value) for key, value in content.outcome_tags(outcome).items()]
        with refusals(self.uri, self.model):
            self._client.log_batch(run_id, metrics=metrics, tags=tags)
            if read := outcome.snapshot:
                rows = {"num_rows": read.rows, "labelled_rows": read.labelled_rows}
                data = content.dataset(read.interval, read.sha256, "monitoring", rows)
                self._client.log_inputs(run_id, [data])
            self._log_files(run_id, {"report.html": html, **(files or {})})
            self._client.set_terminated(run_id)
            if outcome.launch.is_plain:
                history = self._one_run({_KIND: "history"}, "history", {})
                self._client.log_batch(history, metrics=metrics)
                self._client.set_terminated(history)

    def run_url(self, run_id: str) -> str | None:
        """Page of a run, as a browser reaches it; None when MLflow has no web address."""
        with refusals(self.uri, self.model):
            return page(f"experiments/{self._experiment}/runs/{run_id}")

    def model_url(self, version: str) -> str | None:
        """Page of a version, as a browser reaches it; None when MLflow has no web address."""
        return page(f"models/{self.model}/versions/{version}")

    @cached_property
    def _client(self) -> MlflowClient:
        return connect(self.uri)

    @cached_property
    def _experiment(self) -> str:
        name = f"retraining/{self.model}"
        found = self._client.get_experiment_by_name(name)
        return self._client.create_experiment(name) if found is None else str(found.experiment_id)

    def _runs(self, identity: Mapping[str, str]) -> list[str]:
        """Ids of the runs with these tags, oldest first."""
        condition = " and ".join(f"tags.`{key}` = '{value}'" for key, value in identity.items())
        runs = self._client.search_runs([self._experiment], condition)
        return [run.info.run_id for run in sorted(runs, key=lambda run: (run.info.start_time, run.info.run_id))]

    def _one_run(self, identity: Mapping[str, str], title: str, tags: Mapping[str, str]) -> str:
        """Find or create a run; where two were created at once, every process keeps the same one."""
        if found := self._runs(identity):
            return found[0]
        created = self._client.create_run(self._experiment, run_name=title, tags={**tags, **identity}).info.run_id
        kept = self._runs(identity)[0]
        if created != kept:
            self._client.delete_run(created)
        return kept

    def _version(self, training_id: str) -> str | None:
        condition = f"name = '{self.model}' and tags.`{_TRAINING}` = '{training_id}'"
        versions = [int(found.version) for found in self._client.search_model_versions(condition)]
        return str(min(versions)) if versions else None

    def _aliases(self) -> dict[str, str]:
        # the registered model knows its aliases; versions found by search can come without (mlflow issue 16734)
        held = self._client.get_registered_model(self.model).aliases
        return {alias: str(version) for alias, version in held.items()}  # databases answer with numbers

    def _point(self, alias: str, version: str) -> None:
        """Set an alias; a second time where MLflow takes it for an error that two processes create one at once."""
        try:
            self._client.set_registered_model_alias(self.model, alias, version)
        except MlflowException:
            if self._aliases().get(alias) != version:
                self._client.set_registered_model_alias(self.model, alias, version)

    def _tag(self, version: str, key: str, value: str) -> None:
        """Write a tag onto a version; a second time where MLflow takes it for an error that two create one at once."""
        try:
            self._client.set_model_version_tag(self.model, version, key, value)
        except MlflowException:
            if self._client.get_model_version(self.model, version).tags.get(key) != value:
                self._client.set_model_version_tag(self.model, version, key, value)

    def _was_rolled_back(self, version: str) -> bool:
        return standing.ROLLED_BACK in self._client.get_model_version(self.model, version).tags

    def _discard_half_done(self, training_id: str) -> None:
        """Delete what a killed try left: a training run without a version, its candidates' runs, and its model."""
        for run_id in self._runs({_TRAINING: training_id}):
            for model in self._client.search_logged_models([self._experiment], f"source_run_id = '{run_id}'"):
                self._client.delete_logged_model(model.model_id)
            self._client.delete_run(run_id)

    def _training_run(self, training: Training, interval: Interval, parent_run_id: str) -> str:
        whose = {_TRAINING: training.training_id, _INTERVAL: interval.key}
        tags = {_KIND: "training", MLFLOW_PARENT_RUN_ID: parent_run_id, **whose}
        title = f"training {training.training_id}"
        run_id: str = self._client.create_run(self._experiment, run_name=title, tags=tags).info.run_id
        params = [Param(key, value) for key, value in content.training_parameters(training).items()]
        metrics = content.metrics(content.training_figures(training), interval)
        self._client.log_batch(run_id, metrics=metrics, params=params)
        data = content.dataset(training.window, training.data_sha256, "training", {"num_rows": training.train_rows})
        self._client.log_inputs(run_id, [data])
        log_candidates(self._client, self._experiment, run_id, training, interval, {_KIND: "candidate", **whose})
        return run_id

    def _log_files(self, run_id: str, files: Mapping[str, bytes | str]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for name, data in files.items():
                Path(folder, name).write_bytes(data.encode() if isinstance(data, str) else data)
            self._client.log_artifacts(run_id, folder)

    def _log_model(self, run_id: str, training: Training, estimator: Any, example: pd.DataFrame) -> ModelInfo:
        import mlflow.sklearn  # with scikit-learn, seconds that only a registration should pay

        mlflow.set_tracking_uri(self.uri)
        # whole numbers become floats: one missing value in production makes them so, and the signature must allow it
        whole = example.select_dtypes(["integer"]).columns
        example = example.astype(dict.fromkeys(whole, "float64"))
        requirements = [f"{name}=={version}" for name, version in training.versions.items() if name != "python"]
        with mlflow.start_run(run_id=run_id, nested=True):
            model: ModelInfo = mlflow.sklearn.log_model(
                estimator,
                name="model",
                signature=mlflow.models.infer_signature(example, estimator.predict(example)),
                input_example=example,
                pip_requirements=requirements,  # given, so that MLflow does not search the environment for them
                serialization_format=mlflow.sklearn.SERIALIZATION_FORMAT_PICKLE,
            )
        return model

    def _create_version(
        self, model: ModelInfo, training: Training, interval: Interval, reasons: Sequence[Reason]
    ) -> str:
        try:
            self._client.create_registered_model(self.model)
        except MlflowException as error:
            if error.error_code != _ALREADY_THERE:
                raise
        tags = {_TRAINING: training.training_id, **content.version_tags(training, interval, reasons)}
        version = self._client.create_model_version(
            self.model,
            source=model.model_uri,
            run_id=model.run_id,
            tags=tags,
            description=content.version_description(training, reasons),
            model_id=model.model_id,
        )
        return str(version.version)
