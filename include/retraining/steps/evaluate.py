"""Step 8: is the challenger better?"""

from include.retraining.decision import gate
from include.retraining.results.columns import Columns
from include.retraining.results.run import Run
from include.retraining.results.training import Decision, Training
from include.retraining.steps.predictions import from_columns
from include.retraining.steps.succession import without_return
from include.retraining.steps.workplace import HOLDOUT_FILE, TRAINING_FILE, TRUTH, Workplace
from include.retraining.training.comparison import compare
from include.retraining.training.predict import predict


def evaluate(workplace: Workplace, run: Run) -> bool:
    """Compare champion and challenger on the challenger's holdout; says whether to promote."""
    folder, spec, champion = workplace.of(run), workplace.spec, workplace.champion(run)
    challenger = folder.read_record(TRAINING_FILE, Training)
    holdout = workplace.trained(challenger.training_id).read_frame(HOLDOUT_FILE)
    reigning = prediction = None
    if champion is not None:
        reigning = workplace.training(champion.training_id)
        columns = Columns(numeric=reigning.numeric, categorical=reigning.categorical)
        prediction = predict(workplace.estimator(champion.training_id), holdout, columns, spec.task)
    comparison = compare(
        spec,
        challenger=challenger,
        y=holdout[TRUTH].to_numpy(),
        challenger_prediction=from_columns(holdout),
        rows=holdout,
        champion=reigning,
        champion_prediction=prediction,
        gate=gate(folder.read_record("decision.json", Decision)),
    )
    comparison = without_return(workplace, run, comparison)
    folder.write_record("comparison.json", comparison)
    return comparison.promote and not run.launch.dry_run
