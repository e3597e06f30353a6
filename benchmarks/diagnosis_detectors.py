"""When river's detectors would have alarmed on the same errors, in their default settings.

They watch the champion's absolute errors in the order in which labels came of age, after those of its holdout; DDM,
which takes right or wrong, watches whether an error is larger than four of five on the holdout. After a promotion the
errors are another model's, so all are compared while the first champion reigns.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from statistics import median
from typing import Any

import numpy as np
from rich.table import Table
from river.drift import ADWIN, KSWIN, PageHinkley
from river.drift.binary import DDM

from benchmarks.diagnosis_streams import ALARMS, Stream
from include.demo.roaster.scenarios import SCENARIOS

LARGE = 0.8  # quantile of the holdout's errors above which one counts as a mistake
DETECTORS: dict[str, Callable[[], Any]] = {
    "ADWIN": ADWIN, "Page-Hinkley": PageHinkley, "DDM": DDM, "KSWIN": lambda: KSWIN(seed=0),
}  # fmt: skip
HERE = "here"


def alarm_days(stream: Stream, name: str) -> Iterator[int]:
    """Days with an alarm, by the system itself or by a detector that starts anew after each of its alarms."""
    if name == HERE:
        yield from (one.day for one in stream.first_reign() if one.diagnosis in ALARMS)
        return
    limit = float(np.quantile(stream.usual, LARGE))
    detector = DETECTORS[name]()
    errors = [(-1, loss) for loss in stream.usual]
    errors += [(one.day, loss) for one in stream.first_reign() for loss in one.losses]
    for day, loss in errors:
        detector.update(loss > limit if name == "DDM" else loss)
        if detector.drift_detected and day >= 0:
            yield day


def delays(streams: Sequence[Stream]) -> Table:
    """Days from the first row or label that is different to the first alarm, how often there was one, and false ones.

    Where nothing is wrong with the model or its labels, every alarm is a false one.
    """
    names = [HERE, *DETECTORS]
    title = "days from the change to the first alarm, median; found in; streams with a false alarm"
    table = Table("scenario", *names, title=title)
    for scenario, group in groupby(streams, key=lambda stream: stream.scenario):
        some, story = list(group), SCENARIOS[scenario]
        first = story.visible if story.answer in ALARMS else None
        cells = []
        for name in names:
            alarms = [list(alarm_days(stream, name)) for stream in some]
            false = sum(any(first is None or day < first for day in days) for days in alarms)
            late = [[day - first for day in days if day >= first] for days in alarms] if first is not None else []
            found = [min(days) for days in late if days]
            seen = f"{median(found):g} d, {len(found)} of {len(some)}; " if found else ""
            cells.append(f"{seen}{false} false")
        table.add_row(scenario, *cells)
    return table
