"""What moved in a column, and which part of its values: phrases for a sentence about it.

Tests say in their text what they found, as "median 2 before, 4 now"; here that becomes a part of a sentence.
What a test says in any other form is taken over as it stands.
"""

import re
from collections.abc import Callable, Sequence

from include.retraining.report import words
from include.retraining.results.drift import Distribution, Finding

_FEW_BARS = 3  # of so few different values a median says nothing
_SHARE_OF_ROWS = "share of rows"
_RATES = ("null_rate", "infinite_rate", "unseen_categories")
OTHER = "other values"  # stands for all categories without a name


def striking(findings: Sequence[Finding]) -> list[Finding]:
    """The findings that made a column drift, least likely first; of a steady one the least likely."""
    ranked = sorted(findings, key=lambda finding: 1.0 if finding.p_value is None else finding.p_value)
    return [finding for finding in ranked if finding.drifted] or ranked[:1]


def phrases(findings: Sequence[Finding], found: Distribution | None) -> list[str]:
    """What moved and by how much, each thing once, most striking first."""
    directed = any(finding.direction != "changed" and _moves_values(finding) for finding in findings)
    telling = [item for item in findings if not (directed and item.direction == "changed" and _moves_values(item))]
    said = [_phrase(finding, found) for finding in telling]
    shares = [finding.effect for finding in findings if _moves_values(finding)]
    if shares and not _has_new(findings):
        elsewhere = "in another category" if found is not None and found.kind == "categorical" else "elsewhere"
        said.append(f"{words.share(max(shares))} of its values lie {elsewhere}")
    return list(dict.fromkeys(phrase for phrase in said if phrase)) or [finding.text for finding in findings]


def _moves_values(finding: Finding) -> bool:
    """Whether the effect is the share of values that lie elsewhere, not a rate of nulls or new values."""
    return finding.effect_unit == _SHARE_OF_ROWS and finding.test not in _RATES


def _has_new(findings: Sequence[Finding]) -> bool:
    """Whether new categories say all that the shares of the old ones would."""
    return any(finding.test == "unseen_categories" for finding in findings)


def _phrase(finding: Finding, found: Distribution | None) -> str:
    for pattern, say in _PATTERNS:
        if match := re.search(pattern, finding.text):
            return say(match.groups(), found)
    said_by_share = _moves_values(finding) and finding.text.endswith("changed group")
    return "" if said_by_share else finding.text


def _median(groups: Sequence[str], found: Distribution | None) -> str:
    then, now = (float(group) for group in groups)
    if found is not None and len(found.reference) <= _FEW_BARS:
        return ""
    if then == now:
        return f"its median is {words.rough(now)} as before"
    return f"its median {_went(then, now)} from {words.rough(then)} to {_placed(now, found)}"


def _placed(value: float, found: Distribution | None) -> str:
    """A figure of now; beyond the reference's range, where bars are wide, only where that begins."""
    side = _beyond(value, found)
    if found is None or not side:
        return words.rough(value)
    return f"{side} {words.rough(found.edges[1 if side == 'below' else -2])}"


def _beyond(value: float, found: Distribution | None) -> str:
    """On which side a figure lies where the reference has nothing: its place there is only known roughly."""
    if found is None or len(found.edges) <= 2:
        return ""
    if value < found.edges[1] and not found.reference[0]:
        return "below"
    return "above" if value >= found.edges[-2] and not found.reference[-1] else ""


def _spread(groups: Sequence[str], found: Distribution | None) -> str:
    low, high, low_now, high_now = (float(group) for group in groups)
    how = "wider" if high_now - low_now > high - low else "less"
    if (low, high) == (low_now, high_now):
        return "its values spread as before"
    if _beyond(low_now, found) or _beyond(high_now, found):
        return ""
    before, now = (f"{words.rough(a)} to {words.rough(b)}" for a, b in ((low, high), (low_now, high_now)))
    return f"its values spread {how} (middle half {before} before, {now} now)"


def _category(groups: Sequence[str], _found: Distribution | None) -> str:
    name, then, now = groups
    if name == OTHER:
        return ""
    return f"the share of `{name}` {_went(_percent(then), _percent(now))} from {_plain(then)} to {_plain(now)}"


def _rate(groups: Sequence[str], _found: Distribution | None) -> str:
    what, then, now = groups
    name = "the share of missing values" if what == "nulls" else f"the share of {what}"
    return f"{name} {_went(_percent(then), _percent(now))} from {_plain(then)} to {_plain(now)}"


def _correlation(groups: Sequence[str], _found: Distribution | None) -> str:
    then, now = (float(group) for group in groups)
    return f"their rank correlation {_went(then, now)} from {words.number(then)} to {words.number(now)}"


def _went(then: float, now: float) -> str:
    return "rose" if now > then else "fell"


def _percent(written: str) -> float:
    return float(written.rstrip("%"))


def _plain(written: str) -> str:
    return words.share(_percent(written) / 100)


_NUMBER = r"(-?[\d.]+(?:e[+-]?\d+)?)"
_SHARE = r"([\d.]+%)"
_PATTERNS: tuple[tuple[str, Callable[[Sequence[str], Distribution | None], str]], ...] = (
    (rf"rank correlation {_NUMBER} before, {_NUMBER} now", _correlation),
    (rf"median {_NUMBER} before, {_NUMBER} now", _median),
    (rf"middle half of the values {_NUMBER} to {_NUMBER} before, {_NUMBER} to {_NUMBER} now", _spread),
    (rf"most: ['\"](.+)['\"], {_SHARE} before, {_SHARE} now", _category),
    (rf"^(nulls|infinite values): {_SHARE} of the rows before, {_SHARE} now", _rate),
)


def where(findings: Sequence[Finding], found: Distribution | None) -> str:
    """Which part of the values grew most: a range of numbers, or a category; empty when the values did not move."""
    moved = any(_moves_values(finding) for finding in findings) and not _has_new(findings)
    if not moved or found is None or not found.reference:
        return ""
    first, behind = _richest(found)
    then, now = (min(1.0, sum(shares[first:behind])) for shares in (found.reference, found.current))
    if now <= then:
        return ""
    place = f"`{found.labels[first]}`" if found.kind == "categorical" else _range(found, first, behind)
    return f"{words.share(now)} are {place} now, {words.share(then)} were"


def _richest(found: Distribution) -> tuple[int, int]:
    """The category, or the range of bars, that gained most: its first bar, and the one behind its last."""
    gains = [now - then for then, now in zip(found.reference, found.current, strict=True)]
    if found.kind == "categorical":
        most = gains.index(max(gains))
        return most, most + 1
    best, start, span, total, lowest = 0.0, 0, (0, len(gains)), 0.0, 0.0
    for position, gain in enumerate(gains):
        if total <= lowest:
            start, lowest = position, total
        total += gain
        if total - lowest > best:
            best, span = total - lowest, (start, position + 1)
    return span


def _range(found: Distribution, first: int, behind: int) -> str:
    low, high = words.rough(found.edges[first]), words.rough(found.edges[behind])
    if behind == len(found.reference):
        return f"{low} or more"
    return f"below {high}" if first == 0 else f"between {low} and {high}"
