"""Labels made again: what a run knows of them, what it asks for, and what training learns of them."""

from collections.abc import Collection, Sequence

import pandas as pd

from include.retraining.columns import encode_target
from include.retraining.data.labels import find_keys, label_time_name, replace_targets
from include.retraining.data.snapshot import LABELLED, RELABELS
from include.retraining.performance.audit.rows import plain_keys
from include.retraining.performance.audit.settling import MadeAgain
from include.retraining.results.audit import HeldLabels, Key
from include.retraining.results.concept import ConceptResult
from include.retraining.results.run import Run
from include.retraining.spec.data import DataSpec
from include.retraining.steps.workplace import TRUTH, Workplace


def made_again(workplace: Workplace, run: Run, rows: pd.DataFrame, classes: Sequence[str]) -> MadeAgain:
    """Gather the labels made again, the findings of the last run, and their labels as they were recorded.

    Parameters
    ----------
    rows
        The rows whose labels are examined.
    classes
        Those of the champion.
    """
    spec = workplace.spec
    if spec.labels.on_suspicion == "accept":
        return MadeAgain()
    earlier = _earlier(workplace, run)
    gone = {key for found in earlier for key in found.keys}
    gone -= set(_keys(rows, spec.data)) if gone else set()
    sealed = _sealed(workplace, run, gone)
    recorded = dict(zip(_keys(sealed, spec.data), encode_target(sealed[spec.data.target], classes), strict=True))
    confirmed = workplace.confirmed_before(run)
    new = _values(workplace, run, {*_keys(rows, spec.data), *gone, *confirmed}, classes)
    return MadeAgain(new, {key: float(value) for key, value in recorded.items()}, earlier, frozenset(confirmed))


def relearned(workplace: Workplace, run: Run, rows: pd.DataFrame) -> pd.DataFrame:
    """Give training rows whose label was found wrong the one that was made again."""
    wrong, relabels = workplace.confirmed_keys(run), _relabels(workplace, run)
    if not wrong or relabels is None:
        return rows
    position = find_keys(pd.Series(sorted(wrong)), relabels[workplace.spec.data.key_column])
    return replace_targets(rows, relabels.iloc[position[position >= 0]], workplace.spec.data)


def with_new_truth(workplace: Workplace, run: Run, rows: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Give rows with predictions the truth that was made again, where a run knows the recorded one to be wrong."""
    wrong = frozenset(workplace.confirmed_keys(run))
    again = MadeAgain(_values(workplace, run, wrong, classes))
    keys = rows[workplace.spec.data.key_column].to_numpy()
    return rows.assign(**{TRUTH: again.corrected(keys, rows[TRUTH].to_numpy(), wrong)})


def relabel_list(concept: ConceptResult, rows: pd.DataFrame, data: DataSpec) -> pd.DataFrame | None:
    """List the labels to be made again, with empty columns to fill in; None where nothing is asked for.

    The recorded values do not stand in it: who measures again should not know them.
    """
    asked = {key: found for found in concept.findings for key in found.asked}
    if not asked:
        return None
    times = dict(zip(_keys(rows, data), rows[data.time], strict=True))
    return pd.DataFrame(
        {
            data.key_column: list(asked),
            data.time: [times.get(key) for key in asked],
            "suspected": [found.reason for found in asked.values()],
            "source": [found.source for found in asked.values()],
            data.target: None,
            label_time_name(data): None,
        }
    )


def _earlier(workplace: Workplace, run: Run) -> tuple[HeldLabels, ...]:
    folder = workplace.examined_before(run)
    return () if folder is None else folder.read_record("concept.json", ConceptResult).findings


def _sealed(workplace: Workplace, run: Run, keys: Collection[Key]) -> pd.DataFrame:
    """Key and recorded target of labels that came of age in the last intervals."""
    key, columns = workplace.spec.data.key_column, [workplace.spec.data.key_column, workplace.spec.data.target]
    if not keys:
        return pd.DataFrame(columns=columns)
    folders = [workplace.folder.child(point.folder) for point in workplace.history(run.interval.start)]
    frames = [folder.read_frame(LABELLED, columns) for folder in folders if folder.exists(LABELLED)]
    wanted = [frame[frame[key].isin(list(keys))] for frame in frames]
    found = [frame for frame in wanted if len(frame)]
    return pd.concat(found).drop_duplicates(key, keep="last") if found else pd.DataFrame(columns=columns)


def _relabels(workplace: Workplace, run: Run) -> pd.DataFrame | None:
    folder = workplace.of(run)
    return folder.read_frame(RELABELS) if folder.exists(RELABELS) else None


def _values(workplace: Workplace, run: Run, keys: Collection[Key], classes: Sequence[str]) -> dict[Key, float]:
    """Labels made again of these keys; one that is no number, or no class of the model, does not count."""
    data, relabels = workplace.spec.data, _relabels(workplace, run)
    if relabels is None or relabels.empty or not keys:
        return {}
    wanted = pd.Series(sorted(keys))
    position = find_keys(wanted, relabels[data.key_column])
    found = wanted[position >= 0]
    values = encode_target(relabels[data.target].iloc[position[position >= 0]], classes)
    known = (values >= 0) if classes else pd.notna(values)
    return {key: float(value) for key, value, usable in zip(found, values, known, strict=True) if usable}


def _keys(rows: pd.DataFrame, data: DataSpec) -> tuple[Key, ...]:
    return plain_keys(rows[data.key_column].to_numpy())
