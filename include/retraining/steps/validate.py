"""Step 2: is the fresh data sound?"""

from include.retraining.data.validation import gx_json, validate_batch, validate_rows
from include.retraining.results.run import Run
from include.retraining.results.validation import ReferenceSchema
from include.retraining.steps.workplace import SCHEMA_FILE, Workplace


def validate(workplace: Workplace, run: Run) -> bool:
    """Split the batch into sound and quarantined rows; says whether the run may go on.

    Rows whose labels arrived were batches once; what is unsound among them is left out again.
    """
    folder, champion = workplace.of(run), workplace.champion(run)
    schema = None
    if champion is not None:
        schema = workplace.trained(champion.training_id).read_record(SCHEMA_FILE, ReferenceSchema)
    validated = validate_batch(folder.read_frame("batch.parquet"), workplace.spec, schema)
    labelled, _ = validate_rows(folder.read_frame("labelled.parquet"), workplace.spec)
    folder.write_frame("sound.parquet", validated.sound)
    folder.write_frame("quarantine.parquet", validated.quarantine)
    folder.write_frame("labelled_sound.parquet", labelled)
    folder.write_bytes("expectations.json", gx_json(validated).encode())
    folder.write_record("validation.json", validated.result)
    return validated.result.verdict == "passed"
