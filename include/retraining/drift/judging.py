"""From what was measured on all columns to findings: shared calibration, one false-alarm rate."""

from collections.abc import Sequence
from dataclasses import dataclass

from include.retraining.drift.calibration import Evidence, Prior, Verdict, calibrate
from include.retraining.drift.measured import Measured
from include.retraining.drift.moderation import shared_prior
from include.retraining.drift.multiplicity import holm_level
from include.retraining.results import ColumnDrift, Distribution, Kind, Role


@dataclass(frozen=True)
class Examined:
    """A column, or a pair of columns, with what its tests measured."""

    name: str
    role: Role
    kind: Kind
    tests: tuple[Measured, ...]
    distribution: Distribution | None = None


def judge(columns: Sequence[Examined], rate: float) -> list[ColumnDrift]:
    """Judge all tests of all columns together, so that any false alarm has at most probability `rate`."""
    priors = _priors([test for column in columns for test in column.tests])
    verdicts = [[_verdict(test, priors) for test in column.tests] for column in columns]
    level = holm_level([verdict.p_value for of_column in verdicts for verdict in of_column], rate)
    return [
        ColumnDrift(
            column=column.name,
            role=column.role,
            kind=column.kind,
            findings=tuple(
                test.judge(column.name, column.role, verdict, level)
                for test, verdict in zip(column.tests, of_column, strict=True)
            ),
            distribution=column.distribution,
        )
        for column, of_column in zip(columns, verdicts, strict=True)
    ]


def _priors(tests: Sequence[Measured]) -> dict[str, Prior | None]:
    """What the columns say together, for each test that they share."""
    groups: dict[str, list[Evidence]] = {}
    for test in tests:
        if isinstance(test.evidence, Evidence) and test.evidence.shared:
            groups.setdefault(test.test, []).append(test.evidence)
    return {name: shared_prior(group) for name, group in groups.items()}


def _verdict(test: Measured, priors: dict[str, Prior | None]) -> Verdict:
    if isinstance(test.evidence, Verdict):
        return test.evidence
    return calibrate(test.evidence, priors.get(test.test))
