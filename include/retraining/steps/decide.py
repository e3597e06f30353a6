"""Step 6: what should be done?"""

from include.retraining.decision import decide as decide_on
from include.retraining.results import Decision, DriftResult, PerformanceResult, Run, ValidationResult
from include.retraining.steps.workplace import Workplace


def decide(workplace: Workplace, run: Run) -> bool:
    """Decide from the stored results; says whether a challenger is to be trained."""
    folder, champion = workplace.of(run), workplace.champion(run)
    decision: Decision = decide_on(
        workplace.spec,
        run.interval,
        launch=run.launch,
        validation=folder.read_record("validation.json", ValidationResult),
        drift=folder.read_record("drift.json", DriftResult) if champion else None,
        performance=folder.read_record("performance.json", PerformanceResult) if champion else None,
        champion=champion,
        history=workplace.history(run.interval.start),
    )
    folder.write_record("decision.json", decision)
    return decision.action == "retrain"
