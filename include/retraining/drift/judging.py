"""From what was measured on all columns to findings: shared calibration, one false-alarm rate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from include.retraining.drift.calibration import Evidence, Prior, Verdict, calibrate
from include.retraining.drift.measured import Measured
from include.retraining.drift.moderation import shared_prior
from include.retraining.drift.multiplicity import holm_level, level_shares
from include.retraining.results.drift import ColumnDrift, Distribution
from include.retraining.results.record import Kind, Role


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
    priors = shared_priors(columns)
    verdicts = [[verdict_on(test, priors) for test in column.tests] for column in columns]
    shares = [
        level_shares([test.test for test in column.tests], None if column.role == "relation" else column.kind)
        for column in columns
    ]
    p_values = [verdict.p_value for of_column in verdicts for verdict in of_column]
    level = holm_level(p_values, [share for of_column in shares for share in of_column], len(columns), rate)
    return [
        ColumnDrift(
            column=column.name,
            role=column.role,
            kind=column.kind,
            findings=tuple(
                test.judge(column.name, column.role, verdict, share * level)
                for test, verdict, share in zip(column.tests, of_column, of_shares, strict=True)
            ),
            distribution=column.distribution,
        )
        for column, of_column, of_shares in zip(columns, verdicts, shares, strict=True)
    ]


def shared_priors(columns: Sequence[Examined]) -> dict[str, Prior | None]:
    """What the columns say together, for each test that they share."""
    groups: dict[str, list[Evidence]] = {}
    for column in columns:
        for test in column.tests:
            if isinstance(test.evidence, Evidence) and test.evidence.shared:
                groups.setdefault(test.test, []).append(test.evidence)
    size = sum(column.role != "relation" for column in columns)
    return {name: shared_prior(group, size) for name, group in groups.items()}


def verdict_on(test: Measured, priors: Mapping[str, Prior | None]) -> Verdict:
    """How unlikely it is what a test found, given what the columns say together."""
    if isinstance(test.evidence, Verdict):
        return test.evidence
    return calibrate(test.evidence, priors.get(test.test))
