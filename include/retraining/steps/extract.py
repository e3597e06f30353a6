"""Step 1: read the batch and the labels that arrived, and seal them."""

from include.retraining.data.snapshot import take_snapshot
from include.retraining.results.run import Interval, Launch, Run
from include.retraining.steps.workplace import Workplace


def extract(workplace: Workplace, interval: Interval, launch: Launch) -> Run:
    """Take the snapshot of an interval; the same source gives the same snapshot in the same folder.

    From here on the run sees the ledger as it stands now.
    """
    head = workplace.ledger.head()
    return take_snapshot(workplace.spec, interval, launch, workplace.folder).model_copy(update={"ledger": head})
