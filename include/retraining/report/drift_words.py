"""What changed in a batch, in sentences: the likeliest cause, each column, each relation."""

from collections.abc import Sequence
from dataclasses import dataclass

from include.retraining.report import words
from include.retraining.report.moves import phrases, striking, where
from include.retraining.results.drift import ColumnDrift, DriftResult, Finding
from include.retraining.results.run import Interval

Past = Sequence[tuple[Interval, DriftResult]]
_EVEN = (0.95, 1.05)  # importance that reads as average
_HARDLY = 0.05  # importance that reads as none
_GUESSING = "0.5 is guessing, 1 certainty"


def columns_of(result: DriftResult) -> tuple[ColumnDrift, ...]:
    """The columns proper, without relations between them."""
    return tuple(column for column in result.columns if column.role != "relation")


def relations_of(result: DriftResult) -> tuple[ColumnDrift, ...]:
    """The relations between columns."""
    return tuple(column for column in result.columns if column.role == "relation")


def tally(result: DriftResult) -> str:
    """How many columns and relations drifted."""
    columns, relations = columns_of(result), relations_of(result)
    drifted, turned = (sum(item.drifted for item in items) for items in (columns, relations))
    said = f"{drifted or 'None'} of {len(columns)} columns drifted"
    return f"{said}, and {turned} {_relations(turned)}." if turned else f"{said}."


def _relations(count: int) -> str:
    return "relation between columns" if count == 1 else "relations between columns"


def lead(result: DriftResult) -> str:
    """The likeliest cause and why; or that nothing drifted, among how much, and what it would have taken."""
    drifted = [column for column in result.columns if column.drifted]
    if not drifted:
        return _calm(result)
    order = {"feature": 0, "target": 1, "prediction": 1, "relation": 2}  # a feature is a cause, the rest may follow
    first = min(drifted, key=lambda column: order[column.role])
    if first.role == "relation":
        return f"No column drifted by itself, but how columns go together did: {relation_sentence(first)}"
    said = words.listing(phrases(striking(first.findings), first.distribution))
    return f"Most likely to matter: `{words.column_name(first.column)}`. {_capital(said)}. {_why(first, drifted)}"


def _why(column: ColumnDrift, drifted: Sequence[ColumnDrift]) -> str:
    """Why a column ranks first: by how far it moved, and by what the champion makes of it."""
    ratios = [finding.effect / finding.minimum_effect for finding in column.findings if finding.minimum_effect]
    change = (
        f"its change is {words.rough(max(ratios))} times the smallest that counts"
        if ratios
        else "its change is the largest"
    )
    if column.importance is None:
        others = [other for other in drifted if other.role != "relation"]
        reason = "It is the only column that drifted; " if len(others) == 1 else "It ranks first by its size: "
        return f"{reason}{change}."
    times = f"{words.rough(column.importance)} times as much as on an average feature"
    if column.importance < _HARDLY:
        return f"It ranks first by its size: {change}; the champion hardly relies on it."
    if column.importance < _EVEN[0]:
        return f"It ranks first by its size: {change}, though the champion relies on it only {times}."
    if column.importance <= _EVEN[1]:
        return f"It ranks first by its size: {change}; the champion relies on it as on an average feature."
    return f"It ranks first because the champion relies on it {times}, and {change}."


def _calm(result: DriftResult) -> str:
    columns, relations = columns_of(result), relations_of(result)
    beside = f", nor did {len(relations)} {_relations(len(relations))}" if relations else ""
    return (
        f"Nothing drifted: none of {len(columns)} columns changed beyond what the reference varies by itself{beside}. "
        f"{words.count(result.rows_current)} rows were compared with {words.count(result.rows_reference)}, with a "
        f"chance of {words.share(result.false_alarm_rate)} of any false alarm. {_smallest_alarm(columns)}"
    ).rstrip()


def _smallest_alarm(columns: Sequence[ColumnDrift]) -> str:
    """A shift that raises an alarm in any case: known of the test whose statistic is the share of values that moved."""
    shifts = {
        column.column: max(finding.threshold, finding.minimum_effect)
        for column in columns
        for finding in column.findings
        if finding.test == "kolmogorov_smirnov"
    }
    seen = {name: shift for name, shift in shifts.items() if shift <= 1}
    blind = [f"`{words.column_name(name)}`" for name, shift in shifts.items() if shift > 1]
    said = []
    if seen:
        least, most = min(seen, key=seen.__getitem__), max(seen, key=seen.__getitem__)
        amount = words.share(seen[least])
        if words.share(seen[most]) != amount:
            amount += f" (`{words.column_name(least)}`) to {words.share(seen[most])} (`{words.column_name(most)}`)"
        said.append(f"A shift of {amount} of a numeric column's values would have raised an alarm.")
    if blind:
        said.append(
            f"In the reference itself {words.listing(blind, 3)} varied so much that hardly any shift stands out."
        )
    return " ".join(said)


def column_sentence(column: ColumnDrift, past: Past) -> str:
    """What moved, by how much, in which part of the values, since when, and how sure that is."""
    found = striking(column.findings)
    if not found:
        return ""
    said = _capital(words.listing(phrases(found, column.distribution)))
    if not column.drifted:
        return f"{said}. Not beyond what the reference varies by itself."
    place = where(found, column.distribution)
    parts = [
        f"{said}: {place}." if place else f"{said}.",
        _since(column, past),
        f"Chance alone does this {words.chance(found[0].p_value)}." if found[0].p_value is not None else "",
    ]
    return " ".join(part for part in parts if part)


@dataclass(frozen=True)
class Streak:
    """Successive intervals in which a column drifted, before this one; `whole` when no earlier one is known."""

    intervals: tuple[Interval, ...]
    whole: bool


def streak(column: ColumnDrift, past: Past) -> Streak:
    """Look back from this interval until the column had not drifted."""
    found: list[Interval] = []
    for interval, result in reversed(past):
        then = same_column(column, result)
        if then is None or not then.drifted:
            return Streak(tuple(reversed(found)), whole=False)
        found.append(interval)
    return Streak(tuple(reversed(found)), whole=True)


def same_column(column: ColumnDrift, result: DriftResult) -> ColumnDrift | None:
    """The same column in another result; None when it was not judged there."""
    return next((item for item in result.columns if (item.column, item.role) == (column.column, column.role)), None)


def _since(column: ColumnDrift, past: Past) -> str:
    if not past:
        return ""
    before = streak(column, past)
    if not before.intervals:
        return "New: it had not drifted in the interval before."
    since = f"since {words.day(before.intervals[0].start)}{' or earlier' if before.whole else ''}"
    return f"It has drifted in {len(before.intervals) + 1} intervals in a row, {since}."


def relation_sentence(column: ColumnDrift) -> str:
    """What a test of several columns together found, with the columns involved and the interval of its figure."""
    found = striking(column.findings)
    if not found:
        return f"{words.column_name(column.column)}: nothing was measured."
    said = f"{_relation(column, found[0])}."
    sure = found[0].drifted and found[0].p_value is not None
    return f"{said} Chance alone does this {words.chance(found[0].p_value)}." if sure else said


def _relation(column: ColumnDrift, finding: Finding) -> str:
    names = [f"`{words.column_name(name)}`" for name in finding.involved]
    by = f", most by {words.listing(names)}" if names else ""
    if finding.test == "domain_classifier":
        able = "can" if finding.drifted else "can hardly"
        figure = f"its AUC is {_interval(finding)}; {_GUESSING}"
        return f"a classifier {able} tell these rows from the reference{by}: {figure}"
    said = words.listing(phrases([finding], None)[:1])
    interval = f" ({_interval(finding)})" if finding.interval else ""
    if finding.test == "correlation":
        pair = names or [f"`{words.column_name(name)}`" for name in column.column.split(" and ")]
        return f"{words.listing(pair)}: {said}{interval}"
    return f"{words.column_name(column.column)}: {said}{interval}{by}"


def _interval(finding: Finding) -> str:
    figure = words.number(finding.statistic)
    if finding.interval is None:
        return figure
    low, high = (words.number(bound) for bound in finding.interval)
    return f"{figure} (95% interval {low} to {high})"


def _capital(said: str) -> str:
    return said[:1].upper() + said[1:]
