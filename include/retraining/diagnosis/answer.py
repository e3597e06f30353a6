"""How an answer is written: the kind, how sure, why, and what to do."""

from include.retraining.results.diagnosis import Diagnosis
from include.retraining.results.drift import DriftResult

NAMED = 3  # columns named in a sentence
ADVICE = {
    "healthy": "Nothing to do.",
    "benign_data_drift": "Watch: the model handles these inputs. Retrain when its performance drops.",
    "harmful_data_drift": "Retrain as soon as labels of such rows are there; until then trust predictions less.",
    "concept_drift": "Retrain on rows since the change.",
    "local_concept_drift": "Retrain on rows since the change, and look at what happened in that part of the rows.",
    "suspect_labels": "Have some of these labels made again; do not retrain on them.",
    "broken_feed": "Have the feed repaired; nothing is trained on this batch.",
    "not_enough_evidence": "Wait for labels, or see why none arrive.",
}
# The same where labels made again have confirmed it.
MEASURED = "Have the cause mended: labels made again show that these are wrong, and the newest ones look the same."
# Where errors rose, but no label looks wrong by itself.
UNEXPLAINED = (
    "Ask what happened then that no feature tells (an outage, a storm, a new rule), and have some of these labels made "
    "again; do not retrain on them."
)
# And where labels made again have shown that they are right, though no model can learn them.
UNKNOWN_CAUSE = "Labels made again are as they were: look for a cause that is not among the features."


def diagnosis(kind: str, confidence: str, text: str, evidence: tuple[str, ...] = ()) -> Diagnosis:
    """Answer with the advice that goes with the kind."""
    return Diagnosis.model_validate(
        {"kind": kind, "confidence": confidence, "text": text, "evidence": evidence, "advice": ADVICE[kind]}
    )


def moved_inputs(drift: DriftResult | None) -> list[str]:
    """What drifted but for the target: that is a matter of the relation, or of the labels."""
    found = () if drift is None else (*drift.drifted_columns, *drift.drifted_relations)
    return [one.column for one in found if one.role != "target"]
