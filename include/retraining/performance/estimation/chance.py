"""How losses scatter about what is expected of them: the chance of the labels that are still to come."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

# Rows whose expected losses are alike, so that their losses differ by chance: a mean of so many is known to a tenth.
ROWS_A_CELL = 50
# More cells tell little more.
MOST_CELLS = 20


@dataclass(frozen=True)
class Chance:
    """Losses of rows, relative to the mean of those of which about as much was expected.

    A loss is not divided by its own row's expectation: where that is too small by a mistake, it would seem to be one of
    many wild ones.

    Parameters
    ----------
    edges
        Expected losses between cells, shape (cells - 1,).
    ratios, signs
        Of the losses of each cell, shape (cells, rows).
    """

    edges: np.ndarray
    ratios: np.ndarray
    signs: np.ndarray

    def cells(self, expected: np.ndarray) -> np.ndarray:
        """Number of the cell that each expected loss belongs to."""
        return np.asarray(np.searchsorted(self.edges, expected, side="right"))

    def draw(self, cells: np.ndarray, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw a ratio and a sign for each row of known cell, shape (n,)."""
        drawn = generator.integers(0, self.ratios.shape[1], len(cells))
        return self.ratios[cells, drawn], self.signs[cells, drawn]


def chance_of(losses: np.ndarray, expected: np.ndarray, signs: np.ndarray) -> Chance:
    """Sort rows by what was expected of them into cells of equal size.

    Parameters
    ----------
    losses, expected, signs
        Of the same rows, shape (n,), n at least 1.
    """
    count = int(np.clip(len(losses) // ROWS_A_CELL, 1, MOST_CELLS))
    order = np.argsort(expected, kind="stable")
    cells = np.array_split(order, count)
    size = min(map(len, cells))
    placed = np.array([cell[-size:] for cell in cells])
    edges = np.array([(expected[one[-1]] + expected[other[0]]) / 2 for one, other in pairwise(cells)])
    means = losses[placed].mean(axis=1, keepdims=True)
    ratios = np.divide(losses[placed], means, out=np.ones(placed.shape), where=means > 0)
    return Chance(edges, ratios, signs[placed])
