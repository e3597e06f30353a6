"""Ours: count the batch on the bins of the profile that was stored with the model, and compare.

The same calls as the task `check_data_drift` makes, without predictions and labels.
"""

from benchmarks.drift_peers.measuring import Files, measure
from include.retraining.cli.startup import quick_imports

with quick_imports(small_matrices=True):  # as the command line does
    import pyarrow.parquet as pq

    from include.retraining.drift.check import compare
    from include.retraining.drift.files import count_file
    from include.retraining.drift.profile import Profile
    from include.retraining.spec.drift import DriftSpec

PROFILE = "profile.json"


def check(files: Files, profile: Profile, *, classifier: bool = False) -> int:
    """Compare the batch with a profile, as `check_data_drift` does."""
    spec = DriftSpec(classifier=classifier)
    return len(compare(profile, count_file(profile, files.batch), spec).drifted_columns)


def build(files: Files, *, classifier: bool) -> Profile:
    """Summarise the reference, as `train` does, or as the command line does for a check without a classifier."""
    from include.retraining.drift.build import build_profile  # a check does without what these two import
    from include.retraining.results.columns import Columns

    table = pq.read_table(files.reference)
    categorical = tuple(field.name for field in table.schema if field.type == "string")
    numeric = tuple(name for name in table.column_names if name not in categorical)
    return build_profile(table, Columns(numeric=numeric, categorical=categorical), classifier=classifier)


def prepare(files: Files) -> None:
    """Store the profile."""
    (files.prepared / PROFILE).write_text(build(files, classifier=True).to_json())


def prepared(files: Files) -> int:
    """Compare the batch with the stored profile."""
    return check(files, Profile.from_json((files.prepared / PROFILE).read_text()))


def classified(files: Files) -> int:
    """The same, and let a classifier tell the batch from the reference."""
    return check(files, Profile.from_json((files.prepared / PROFILE).read_text()), classifier=True)


def whole(files: Files) -> int:
    """Summarise the reference and compare the batch with it."""
    return check(files, build(files, classifier=False))


if __name__ == "__main__":
    measure(["pyarrow", "numpy"], {"whole": whole, "prepare": prepare, "prepared": prepared, "classified": classified})
