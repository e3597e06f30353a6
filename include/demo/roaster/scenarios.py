"""What may happen at the roaster, and what a right answer is on each day of the watch.

Days count from the start of the watch. Every change begins with the roasts of day 10 (`CHANGE`); their labels arrive
from day 17 on. The first diagnosis of a phase is the best; the others a careful analyst could give too; an empty phase
accepts any. `retrained` is accepted besides from the day on which a challenger was promoted that has learned from
labels of the new time.

======================  ==========================================================================================
scenario                right answers, by first day
======================  ==========================================================================================
all                     0 healthy or not enough evidence; 4 healthy, until below
steady                  nothing else
benign_drift            10 benign or not yet known (two days: also unseen); 20 benign
harmful_drift           10 harmful or not yet known (two days: also unseen, benign); 34 harmful. Labels from day 31 on
flip                    17 any; 20 concept drift
local_flip              17 any; 27 local concept drift (three labels a day in the segment)
gradual                 17 any; 30 concept drift (two thirds turned in the roasts of day 20)
recurring               17 any; 20 concept drift; 27 any; 34 healthy; 37 any; 40 concept drift
lab_offset              17 any; 20 suspect labels; 29 any; 36 healthy
station_mix             17 any; 21 suspect labels; 32 any; 39 healthy
late_labels             17 not enough evidence or healthy; 34 healthy. Labels again from day 31 on
no_predictions          10 healthy or broken feed; 15 healthy
unjoinable              17 not enough evidence, healthy or broken feed; 21 healthy or not enough evidence; 23 healthy
unit_change             10 broken feed; 15 healthy; 17 healthy, not enough evidence or broken feed (labels of those
                        days arrive); 24 healthy
prior_shift             as benign_drift
noise                   17 any; 20 suspect labels
======================  ==========================================================================================
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

DAYS = 45
CHANGE = 10
DELAY_DAYS = 7
LATE_DAYS = 21
Diagnosis = Literal[
    "healthy",
    "benign_data_drift",
    "harmful_data_drift",
    "concept_drift",
    "local_concept_drift",
    "suspect_labels",
    "broken_feed",
    "not_enough_evidence",
]
Cause = Literal["nothing", "inputs", "relation", "laboratory", "delivery", "feed"]
HEALTHY: Diagnosis = "healthy"
BENIGN: Diagnosis = "benign_data_drift"
HARMFUL: Diagnosis = "harmful_data_drift"
CONCEPT: Diagnosis = "concept_drift"
LOCAL: Diagnosis = "local_concept_drift"
LABELS: Diagnosis = "suspect_labels"
FEED: Diagnosis = "broken_feed"
UNKNOWN: Diagnosis = "not_enough_evidence"
ANY: tuple[Diagnosis, ...] = ()


@dataclass(frozen=True)
class Phase:
    """From day `first` on, until the next phase, `right` are the right answers, best first; empty: any."""

    first: int
    right: tuple[Diagnosis, ...]


@dataclass(frozen=True)
class Scenario:
    """One story of the roaster.

    The change lasts over the roasts of days `[CHANGE, until)`, to the end where `until` is None; `answer` is what
    should be found, None where nothing should. `late` labels of changed roasts come after three weeks, not one.
    """

    name: str
    text: str
    cause: Cause
    answer: Diagnosis | None
    phases: tuple[Phase, ...]
    until: int | None = None
    segment: tuple[str, str] | None = None
    retrained: tuple[Diagnosis, ...] = ()
    late: bool = False

    @property
    def change(self) -> int | None:
        """First day with changed roasts."""
        return None if self.cause == "nothing" else CHANGE

    @property
    def visible(self) -> int:
        """First day on which a table differs from that of the steady roaster."""
        if self.change is None:
            return DAYS
        return self.change + (0 if self.cause in ("inputs", "feed") or self.name == "no_predictions" else DELAY_DAYS)

    @property
    def learnable(self) -> int | None:
        """First day on which labels of changed roasts arrive."""
        if self.change is None:
            return None
        return self.change + (LATE_DAYS if self.late else DELAY_DAYS)

    def right(self, day: int) -> tuple[Diagnosis, ...]:
        """The right answers of a day, best first; empty: any."""
        return next(phase.right for phase in reversed(self.phases) if phase.first <= day)

    def accepts(self, day: int, diagnosis: str, *, retrained: bool = False) -> bool:
        """Tell whether a diagnosis is right on a day, by a system that has or has not retrained on the new time."""
        right = self.right(day)
        return not right or diagnosis in right or (retrained and diagnosis in self.retrained)


def _phases(*later: tuple[int, tuple[Diagnosis, ...]]) -> tuple[Phase, ...]:
    """All stories begin alike: in the first days little is known, then all is well."""
    phases = tuple(Phase(*entry) for entry in ((0, (HEALTHY, UNKNOWN)), (4, (HEALTHY,)), *later))
    if any(left.first >= right.first for left, right in pairwise(phases)):
        message = "phases are not in time order"
        raise ValueError(message)
    return phases


_SHIFT = _phases((10, (BENIGN, UNKNOWN, HEALTHY)), (12, (BENIGN, UNKNOWN)), (20, (BENIGN,)))
_OPEN = (17, ANY)
_MENDED: tuple[Diagnosis, ...] = (HEALTHY, UNKNOWN)

ALL = (
    Scenario("steady", "Nothing changes but the hour, the weekday and the season.", "nothing", None, _phases()),
    Scenario(
        "benign_drift", "Larger beans, of sizes that the model knows.", "inputs", BENIGN, _SHIFT, retrained=_MENDED
    ),
    Scenario(
        "harmful_drift",
        "Beans larger than any before, which dry by a law that bends; their labels come three weeks late.",
        "inputs",
        HARMFUL,
        _phases((10, (HARMFUL, UNKNOWN, BENIGN, HEALTHY)), (12, (HARMFUL, UNKNOWN)), (34, (HARMFUL,))),
        retrained=_MENDED,
        late=True,
    ),
    Scenario(
        "flip",
        "Larger beans, that used to come out wetter, come out drier.",
        "relation",
        CONCEPT,
        _phases(_OPEN, (20, (CONCEPT,))),
        retrained=_MENDED,
    ),
    Scenario(
        "local_flip",
        "The same, for the beans of Ethiopia only.",
        "relation",
        LOCAL,
        _phases(_OPEN, (27, (LOCAL,))),
        segment=("origin", "Ethiopia"),
        retrained=_MENDED,
    ),
    Scenario(
        "gradual",
        "The same as flip, little by little over fifteen days.",
        "relation",
        CONCEPT,
        _phases(_OPEN, (30, (CONCEPT,))),
        retrained=_MENDED,
    ),
    Scenario(
        "recurring",
        "The same as flip, for ten days, not for ten days, and again.",
        "relation",
        CONCEPT,
        _phases(_OPEN, (20, (CONCEPT,)), (27, ANY), (34, (HEALTHY,)), (37, ANY), (40, (CONCEPT,))),
        retrained=(*_MENDED, CONCEPT),
    ),
    Scenario(
        "lab_offset",
        "For twelve days the laboratory's scale reads too high, whatever lies on it.",
        "laboratory",
        LABELS,
        _phases(_OPEN, (20, (LABELS,)), (29, ANY), (36, (HEALTHY,))),
        until=22,
    ),
    Scenario(
        "station_mix",
        "For fifteen days one station of the laboratory mixes up the samples of a day.",
        "laboratory",
        LABELS,
        _phases(_OPEN, (21, (LABELS,)), (32, ANY), (39, (HEALTHY,))),
        until=25,
        segment=("station", "south"),
    ),
    Scenario(
        "late_labels",
        "Labels arrive three weeks late instead of one.",
        "delivery",
        UNKNOWN,
        _phases((17, (UNKNOWN, HEALTHY)), (34, (HEALTHY,))),
        late=True,
    ),
    Scenario(
        "no_predictions",
        "For five days production stores no predictions.",
        "delivery",
        None,
        _phases((10, (HEALTHY, FEED)), (15, (HEALTHY,))),
        until=15,
    ),
    Scenario(
        "unjoinable",
        "For four days the labels' keys are written in another way.",
        "delivery",
        UNKNOWN,
        _phases((17, (UNKNOWN, HEALTHY, FEED)), (21, (HEALTHY, UNKNOWN)), (23, (HEALTHY,))),
        until=14,
    ),
    Scenario(
        "unit_change",
        "For five days the roaster's temperature comes in Fahrenheit.",
        "feed",
        FEED,
        _phases((10, (FEED,)), (15, (HEALTHY,)), (17, (HEALTHY, UNKNOWN, FEED)), (24, (HEALTHY,))),
        until=15,
        segment=("feature", "roaster_temperature"),
    ),
    Scenario(
        "prior_shift",
        "Of three lots the one that will come out wettest is roasted: the target shifts by the mix of inputs alone.",
        "inputs",
        BENIGN,
        _SHIFT,
        retrained=_MENDED,
    ),
    Scenario(
        "noise",
        "The laboratory becomes five times less precise.",
        "laboratory",
        LABELS,
        _phases(_OPEN, (20, (LABELS,))),
    ),
)
SCENARIOS = {scenario.name: scenario for scenario in ALL}
