"""What MLflow shows: runs, model versions and aliases; the only package that imports MLflow.

The store and its ledger stay the truth; MLflow follows them. Every call finds by tag what an earlier try left,
so a task that was killed and tried again leaves one run and one version.

Where charts find history: each interval is a run of its own, and the run `history` of the same experiment
holds the figures of all plain intervals. A metric's *step* is the interval's start in days since 1970 (in minutes
where intervals are shorter than a day), its *timestamp* the interval's end: the axis "Time (wall)" shows
the time of the data.
"""

from include.retraining.tracking.tracker import Tracker

__all__ = ["Tracker"]
