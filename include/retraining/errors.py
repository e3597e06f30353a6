"""Every error that this project raises on purpose descends from one root.

A message says what is wrong, where, and what to do next.
"""


class RetrainingError(Exception):
    """Root of all errors raised on purpose; catch this at the outermost border only."""


class UnknownNameError(RetrainingError):
    """A name in a model file is in no registry table and is no dotted path either."""


class SpecError(RetrainingError):
    """A model file cannot be read, or says something that is not allowed."""


class SourceError(RetrainingError):
    """Production data cannot be read: connection, query, file or column."""


class StoreError(RetrainingError):
    """A stored file is missing, half-written or differs from its manifest."""


class DataError(RetrainingError):
    """Rows were read but cannot be used: wrong type, one class only, nothing left."""


class TrainingError(RetrainingError):
    """A challenger cannot be trained or loaded."""


class TrackingError(RetrainingError):
    """MLflow cannot be reached, or does not hold what the ledger says it holds."""


class SupersededError(RetrainingError):
    """Another promotion or rollback came first: the champion is not the one that this change was decided against."""
