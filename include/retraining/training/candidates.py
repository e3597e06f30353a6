"""Which models a training chooses from: windows of time, and all rows with the newer ones counting more.

A sliding window forgets at an edge; exponential weights forget gradually, and suit a relation that moves all the time
(Klinkenberg 2004, Learning drifting concepts: example selection vs. example weighting, Intelligent Data Analysis 8).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import numpy as np

from include.retraining.columns import encode_target
from include.retraining.results.candidate import Candidate
from include.retraining.results.columns import Columns
from include.retraining.results.training import Training
from include.retraining.spec.model import ModelSpec
from include.retraining.training.estimators import build, weight_parameter
from include.retraining.training.update import is_incremental, obstacle
from include.retraining.training.windows import Split, narrow, sliding_length

# A window since a change needs so many times `labels.minimum` rows: as many to learn from as are compared on, twice.
SINCE_CHANGE_LABELS = 2
# Half of a sliding window's rows are younger than half its length; with this half-life half of the weight is, too.
HALF_LIFE = 0.5


def contenders(
    spec: ModelSpec,
    split: Split,
    columns: Columns,
    classes: tuple[str, ...],
    *,
    since: datetime | None = None,
    length: timedelta | None = None,
    champion: Training | None = None,
) -> tuple[tuple[Candidate, ...], dict[str, str]]:
    """Candidates of a training; and of those that were considered and cannot be trained, why not, by name.

    In mode `partial_fit` the champion that goes on learning is the only one, where it can.

    Parameters
    ----------
    since, length
        As for `propose`.
    champion
        The training of the champion, if there is one.
    """
    alone = spec.retrain.mode == "partial_fit"
    update, left_out = None, {}
    if alone or (_wants_update(spec) and champion is not None and is_incremental(build(spec, columns))):
        why = obstacle(spec, split, champion, columns=columns, classes=classes)
        if why is not None:
            left_out["update"] = why
        elif champion is not None:
            update = Candidate(name="update", start=champion.train.start, kind="update")
    if alone and update is not None:
        return (update,), left_out
    proposed = propose(spec, first=split.train.start, cut=split.train.end, since=since, length=length)
    kept, others = select(spec, split, proposed, columns, classes)
    return (*kept, *([update] if update is not None else [])), {**left_out, **others}


def _wants_update(spec: ModelSpec) -> bool:
    return spec.retrain.window.use == "best" and "update" in spec.retrain.window.candidates


def propose(
    spec: ModelSpec,
    *,
    first: datetime,
    cut: datetime,
    since: datetime | None = None,
    length: timedelta | None = None,
) -> tuple[Candidate, ...]:
    """Candidates that differ from one another, those that rest on more rows first.

    With exponential weights rows count for as many as 1.44 sliding windows hold (L. Kish, Survey Sampling, 1965:
    effective rows, 2 / ln 2 half-lives), so these stand between all rows and a window.

    Parameters
    ----------
    first
        The earliest labelled row.
    cut
        Where the holdout begins: a sliding window is counted back from there.
    since
        When the relation changed, if it did.
    length
        How long a history the first champion was trained on; None before there is one.
    """
    window, sliding = spec.retrain.window, sliding_length(spec, length)
    starts = {"expanding": first}
    if sliding is not None:
        starts["sliding"] = max(first, cut - sliding)
    if since is not None and since < cut:
        starts["since_change"] = max(first, since)
    wanted = window.candidates if window.use == "best" else (window.use,)
    distinct = {at: name for name, at in reversed(starts.items()) if name in wanted}
    found = [Candidate(name=distinct[at], start=at) for at in sorted(distinct)]
    if "recent" in wanted and sliding is not None and (window.use == "recent" or first < cut - sliding):
        whole = sum(one.start == first for one in found)
        found.insert(whole, Candidate(name="recent", start=first, kind="recent", half_life=HALF_LIFE * sliding))
    return tuple(found) or (Candidate(name="expanding", start=first),)


def select(
    spec: ModelSpec,
    split: Split,
    proposed: Iterable[Candidate],
    columns: Columns,
    classes: tuple[str, ...],
) -> tuple[tuple[Candidate, ...], Mapping[str, str]]:
    """Candidates that can be trained, at least all rows alike; and of the others why not, by name."""
    kept, left_out = [], {}
    for candidate in proposed:
        why = _obstacle(spec, split, candidate, columns, classes)
        if why is None:
            kept.append(candidate)
        else:
            left_out[candidate.name] = why
    return tuple(kept) or (Candidate(name="expanding", start=split.train.start),), left_out


def _obstacle(
    spec: ModelSpec, split: Split, candidate: Candidate, columns: Columns, classes: tuple[str, ...]
) -> str | None:
    """What a candidate lacks: rows enough, fewer since a change, as there are no more; values; classes; weights."""
    rows = narrow(split, spec.data.time, candidate.start).train_rows
    few, many = SINCE_CHANGE_LABELS * spec.labels.minimum, spec.retrain.window.minimum_rows
    needed = few if candidate.name == "since_change" else many
    if len(rows) < needed:
        return f"{len(rows):,} rows, fewer than {needed:,}"
    if empty := [name for name in columns.numeric if not rows[name].notna().any()]:
        return f"no value of {', '.join(empty)} in its rows"
    if classes and len(np.unique(encode_target(rows[spec.data.target], classes))) < len(classes):
        return "not every class is in its rows"
    if candidate.kind == "recent" and weight_parameter(build(spec, columns)) is None:
        return f"what trainer {spec.trainer.use!r} builds takes no `sample_weight`"
    return None
