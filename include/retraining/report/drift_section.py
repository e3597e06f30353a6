"""What the drift section of a page shows: the likeliest cause, columns to draw, relations, and tables."""

from dataclasses import dataclass

from markupsafe import Markup

from include.retraining.report.distributions import draw_distribution
from include.retraining.report.drift_words import (
    Past,
    column_sentence,
    columns_of,
    lead,
    relation_sentence,
    relations_of,
    tally,
)
from include.retraining.report.moves import striking
from include.retraining.report.variation import draw_variation
from include.retraining.results.drift import ColumnDrift, DriftResult, Finding
from include.retraining.results.run import Interval

_DRAWN_COLUMNS = 12  # small multiples on a page: about three screens
_DRAWN_WITHOUT_DRIFT = 3  # the largest changes, to show what "no drift" looks like
_STEADY_LISTED = 5  # steady columns shown below the drifted ones; the others are folded
_TABLE_COLUMNS = 200  # rows of the table; drift.json holds all

Rows = list[tuple[ColumnDrift, list[Finding]]]


@dataclass(frozen=True)
class Figure:
    """One column in sentences and drawings, or one relation between columns."""

    column: ColumnDrift
    sentence: str
    distribution: Markup | None = None
    variation: Markup | None = None


@dataclass(frozen=True)
class DriftSection:
    """All that the template needs; `listed` and `folded` are rows of tables, `also` drifted but is not drawn."""

    result: DriftResult
    lead: str
    tally: str
    columns: int
    drifted: tuple[ColumnDrift, ...]
    drawn: list[Figure]
    also: list[Figure]
    relations: list[Figure]
    listed: Rows
    folded: Rows
    left_out: int
    units: list[str]
    origins: list[str]


def drift_section(result: DriftResult, interval: Interval | None = None, past: Past = ()) -> DriftSection:
    """Choose what to show of a drift check.

    Parameters
    ----------
    interval
        What was judged; without it nothing is drawn over time.
    past
        Earlier intervals against the same reference, oldest first.
    """
    columns = columns_of(result)
    drifted = tuple(column for column in columns if column.drifted)
    rows = [(column, striking(column.findings)) for column in columns[:_TABLE_COLUMNS]]
    findings = [finding for _, shown in rows for finding in shown]
    drawn = columns[: min(len(drifted), _DRAWN_COLUMNS) or _DRAWN_WITHOUT_DRIFT]
    return DriftSection(
        result=result,
        lead=lead(result),
        tally=tally(result),
        columns=len(columns),
        drifted=drifted,
        drawn=[_figure(column, interval, past) for column in drawn],
        also=[Figure(column, column_sentence(column, past)) for column in drifted[_DRAWN_COLUMNS:_TABLE_COLUMNS]],
        relations=[_relation(relation) for relation in relations_of(result)],
        listed=rows[: len(drifted) + _STEADY_LISTED],
        folded=rows[len(drifted) + _STEADY_LISTED :],
        left_out=len(columns) - len(rows),
        units=list(dict.fromkeys(finding.effect_unit for finding in findings)),
        origins=list(dict.fromkeys(finding.threshold_origin for finding in findings)),
    )


def _figure(column: ColumnDrift, interval: Interval | None, past: Past) -> Figure:
    shown = striking(column.findings)
    variation = draw_variation(column, shown[0], interval, past) if interval and shown else None
    return Figure(column, column_sentence(column, past), draw_distribution(column), variation)


def _relation(relation: ColumnDrift) -> Figure:
    return Figure(relation, relation_sentence(relation), draw_distribution(relation))
