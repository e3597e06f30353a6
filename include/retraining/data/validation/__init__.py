"""Is a batch sound? Great Expectations answers; this package asks, sorts the rows and gives the reasons.

Importing it is light: Great Expectations (3 to 8 seconds) is imported when something is validated.
"""

from include.retraining.data.validation.batch import (
    Validated,
    check_expectations,
    gx_json,
    validate_batch,
    validate_rows,
)

__all__ = ["Validated", "check_expectations", "gx_json", "validate_batch", "validate_rows"]
