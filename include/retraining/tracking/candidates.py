"""The candidates of a training, as MLflow runs below the training's."""

from collections.abc import Mapping

from mlflow import MlflowClient
from mlflow.entities import Param
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from include.retraining.results.candidate import Trial
from include.retraining.results.run import Interval
from include.retraining.results.training import Training
from include.retraining.spec.duration import format_duration
from include.retraining.tracking import content

WINNER = "retraining.winner"


def log_candidates(
    client: MlflowClient, experiment: str, run_id: str, training: Training, interval: Interval, tags: Mapping[str, str]
) -> None:
    """Log one finished run for each candidate; nothing when there was a single one.

    Parameters
    ----------
    run_id
        The training's run.
    tags
        What tells whose candidates they are.
    """
    for trial in training.trials:
        chosen = trial.candidate == training.learned
        own = {**tags, MLFLOW_PARENT_RUN_ID: run_id, WINNER: "yes" if chosen else "no"}
        title = f"candidate {trial.candidate.name}"
        created = client.create_run(experiment, run_name=title, tags=own).info.run_id
        params = [Param(key, value) for key, value in trial_parameters(training, trial).items()]
        client.log_batch(
            created, metrics=content.metrics(trial_figures(training.metric, trial), interval), params=params
        )
        client.set_terminated(created)


def trial_parameters(training: Training, trial: Trial) -> dict[str, str]:
    """From which rows a candidate learned, and how."""
    candidate = trial.candidate
    window = Interval(start=candidate.start, end=training.holdout.start)
    found = {"candidate": candidate.name, "learning": candidate.kind, "train": str(window)}
    return found | ({"half_life": format_duration(candidate.half_life)} if candidate.half_life is not None else {})


def trial_figures(metric: str, trial: Trial) -> dict[str, float]:
    """How a candidate did on the holdout, and what it cost."""
    figure = content.estimate_figures(f"holdout/{content.metric_name(metric)}", trial.figure)
    return {**figure, "training/rows": trial.rows, "training/seconds": trial.seconds}
