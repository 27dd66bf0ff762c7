"""What firms receive from the support of others: spillover from near firms, pressure from supported rivals.

Both count firms that completed their project, also after their exit, and never the firm itself: they are the same in every
regime, so that "without support" means that this firm is not supported while all others are as they were.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from impact.simulate.facts import number
from impact.simulate.firms import Firms
from impact.simulate.places import chord, on_sphere
from impact.simulate.world import World


@dataclass(frozen=True)
class Crowd:
    """Which crowd each firm belongs to, and by crowd and year how many firms it has and how many of them were supported."""

    of: np.ndarray
    firms: np.ndarray
    supported: np.ndarray

    def share(self, rows: slice, there: np.ndarray, done: np.ndarray) -> np.ndarray:
        """Return, for some firms in all years, the share of supported firms among the others of their crowd (0 if alone)."""
        others = self.firms[self.of[rows]] - there
        supported = self.supported[self.of[rows]] - done
        return np.divide(supported, others, out=np.zeros(others.shape), where=others > 0)


def done_by(completed: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Tell in which years a firm's project was completed: firms × years."""
    return np.asarray((completed[:, None] > 0) & (completed[:, None] <= years))


def rivals(world: World, firms: Firms, completed: np.ndarray) -> Crowd:
    """Return the crowds of firms of the same industry in the same municipality."""
    _, of = np.unique(firms.place.astype(np.int64) * 100 + firms.industry, return_inverse=True)
    return Crowd(of, *_counts(world, firms, completed, of))


def neighbours(world: World, firms: Firms, completed: np.ndarray) -> Crowd:
    """Return the crowds of firms near each other: those in cells whose centres lie within the radius.

    A cell is less than 2 km wide, so nobody further than 10 km plus a diagonal counts: a firm without a supported firm
    within 30 km is surely unexposed.
    """
    side = number("spillover_cell")
    cell = np.floor(firms.latitude / side).astype(np.int64) * 100_000 + np.floor(firms.longitude / side).astype(
        np.int64
    )
    cells, of = np.unique(cell, return_inverse=True)
    near = _near((cells // 100_000 + 0.5) * side, (cells % 100_000 + 0.5) * side)
    firms_in, supported_in = _counts(world, firms, completed, of)
    return Crowd(of, near @ firms_in, near @ supported_in)


def _near(latitude: np.ndarray, longitude: np.ndarray) -> sparse.csr_array:
    """Tell which cells are near each other; each is near itself."""
    n = len(latitude)
    pairs = cKDTree(on_sphere(latitude, longitude)).query_pairs(
        chord(number("spillover_radius_km")), output_type="ndarray"
    )
    row, column = np.r_[pairs[:, 0], pairs[:, 1], np.arange(n)], np.r_[pairs[:, 1], pairs[:, 0], np.arange(n)]
    return sparse.csr_array((np.ones(len(row)), (row, column)), shape=(n, n))


def _counts(world: World, firms: Firms, completed: np.ndarray, of: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count firms, and firms that completed their project, by crowd and year."""
    return _until(of, firms.founded, world.years), _until(
        of, np.where(completed > 0, completed, world.last_year + 1), world.years
    )


def _until(of: np.ndarray, since: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Count by crowd how many have begun by each year."""
    at = np.clip(since.astype(np.int64) - years[0], 0, len(years))
    size = (int(of.max()) + 1, len(years) + 1)
    begun = np.bincount(of * size[1] + at, minlength=size[0] * size[1]).reshape(size)
    return np.asarray(begun.cumsum(axis=1)[:, :-1].astype(float))
