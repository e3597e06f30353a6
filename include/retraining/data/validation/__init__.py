"""Is a batch sound? Great Expectations answers; this package asks, sorts the rows and gives the reasons.

Importing it is light: Great Expectations (3 to 8 seconds) is imported when something is validated.
"""

import logging

from include.retraining.data.validation.batch import (
    Validated,
    check_expectations,
    gx_json,
    validate_batch,
    validate_rows,
)

__all__ = ["Validated", "check_expectations", "gx_json", "validate_batch", "validate_rows"]

# It tells of a hundred of its own functions while it is imported: a task's log is for what was found.
logging.getLogger("great_expectations").setLevel(logging.WARNING)
