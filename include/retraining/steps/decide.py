"""Step 6: what is the matter, and what should be done?"""

from include.retraining.decision import decide as decide_on
from include.retraining.diagnosis import diagnose
from include.retraining.results import (
    ConceptResult,
    Decision,
    DriftResult,
    PerformanceResult,
    Run,
    ValidationResult,
)
from include.retraining.steps.workplace import Workplace


def decide(workplace: Workplace, run: Run) -> bool:
    """Diagnose and decide from the stored results; says whether a challenger is to be trained."""
    folder, champion = workplace.of(run), workplace.champion(run)
    validation = folder.read_record("validation.json", ValidationResult)
    drift = folder.read_record("drift.json", DriftResult) if champion else None
    performance = folder.read_record("performance.json", PerformanceResult) if champion else None
    concept = folder.read_record("concept.json", ConceptResult) if champion else None
    diagnosis = diagnose(validation, drift, performance, concept)
    decision: Decision = decide_on(
        workplace.spec,
        run,
        validation=validation,
        drift=drift,
        performance=performance,
        champion=champion,
        history=workplace.history(run.interval.start),
        diagnosis=diagnosis,
    )
    folder.write_record("diagnosis.json", diagnosis)
    folder.write_record("decision.json", decision)
    return decision.action == "retrain"
