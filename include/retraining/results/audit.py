"""Which labels look wrong, on what evidence, and what measuring some of them again said."""

from typing import Literal

from include.retraining.results.record import Record, UtcDatetime

Key = str | int | float
EvidenceTest = Literal["invalid", "conflicts", "offset", "jump", "concentration", "unlearnable"]


class Evidence(Record):
    """One piece of evidence on labels; `found` says whether it speaks against them.

    `statistic` is measured in the unit that `unit` names. `source` is the labeller concerned, as "column=value";
    None for all labels alike. `keys` are the rows concerned, where they were found.
    """

    test: EvidenceTest
    found: bool
    statistic: float | None
    unit: str
    p_value: float | None
    source: str | None = None
    since: UtcDatetime | None = None
    until: UtcDatetime | None = None
    keys: tuple[Key, ...] = ()
    text: str


class Settled(Record):
    """What labels made again say about the held ones.

    `release`: the old values were right. `confirm`: they were wrong; `dropped` stay out for good, `replaced` take
    their new value. `undecided`: too few were made again.
    """

    outcome: Literal["release", "confirm", "undecided"]
    released: tuple[Key, ...] = ()
    replaced: tuple[Key, ...] = ()
    dropped: tuple[Key, ...] = ()
    compared: int
    statistic: float | None
    p_value: float | None
    text: str


class HeldLabels(Record):
    """Labels that one finding holds: out of the error and out of training until they are released.

    The unit is the finding, not the row: a value that another sample got may fit by chance.
    `since` and `until` are the times of the first and the last row. `asked` are the keys whose labels should be made
    again, `settled` what those made again say; None before the first one is.
    """

    reason: Literal["invalid", "offset", "mix_up", "noise"]
    source: str | None
    since: UtcDatetime
    until: UtcDatetime
    keys: tuple[Key, ...]
    evidence: tuple[Evidence, ...]
    text: str
    asked: tuple[Key, ...] = ()
    settled: Settled | None = None

    @property
    def outcome(self) -> Literal["release", "confirm", "undecided"]:
        """What labels made again decided so far."""
        return "undecided" if self.settled is None else self.settled.outcome


class LabelAudit(Record):
    """What the audit of one window of labels found.

    `watch`: something is odd, but nothing is held. `capped`: so much or so long is suspect that it may be the world
    that changed; `held` is then a proposal for a person, and must not be held silently. `released` are findings that
    labels made again cleared: their labels count.
    """

    verdict: Literal["none", "watch", "suspect"]
    capped: bool
    labels: int
    held: tuple[HeldLabels, ...] = ()
    released: tuple[HeldLabels, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    text: str
