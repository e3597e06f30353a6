"""Figures and texts in messages."""

import pytest

from include.retraining.data.validation.outcome import MAXIMUM_TEXT, cut, share


@pytest.mark.parametrize(
    ("count", "total", "said"),
    [(12, 500, "12 of 500 rows (2.4%)"), (1, 6230, "1 of 6230 rows (<0.1%)"), (1, 1000, "1 of 1000 rows (0.1%)")],
)
def test_share_never_rounds_to_nothing(count, total, said):
    """A share has one decimal; a tiny one is not called zero."""
    assert share(count, total) == said


def test_long_text_is_cut_to_one_line():
    """Line breaks become blanks, and what is too long ends in an ellipsis."""
    assert cut("a\n  b") == "a b"
    assert len(cut("x" * 1000)) == MAXIMUM_TEXT
    assert cut("x" * 1000).endswith("…")
