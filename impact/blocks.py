"""Parts of the influence that are cheap to hold; each gives its rows only for the sums of cells that somebody asks for.

A block knows the rows (units) and cells that it touches, and whether it is of the supported firms themselves (`own`) or of the
firms that they are compared with. `Block` holds factors and loadings. `Tilted` holds how comparison firms are reweighted for
each of many groups, and makes those weights again when they are needed: a million firms have no room for a weight per group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np
from scipy import sparse

FIRMS_AT_ONCE = 2048
NUMBERS_AT_ONCE = 2**17  # of a firms × groups table that is made, used and forgotten: it stays in the cache


class AnyBlock(Protocol):
    """What every block can do."""

    @property
    def own(self) -> bool:
        """Tell whether it is of the supported firms themselves."""

    @property
    def rows(self) -> np.ndarray:
        """Return the positions of the units that it touches."""

    @property
    def cells(self) -> np.ndarray:
        """Return the positions of the cells that it touches."""

    @property
    def work(self) -> int:
        """Count the numbers that are read or made whenever rows are asked for."""

    def asked(self, weights: np.ndarray) -> Asked:
        """Return what makes its rows of the weighted sums of cells; `weights` is cells × new cells."""

    def combined(self, weights: np.ndarray) -> Self:
        """Return the block of the weighted sums of cells, which are all cells then."""

    def taken(self, new: np.ndarray) -> Self:
        """Keep the cells that have a new position; −1 is none."""

    def placed(self, cells: np.ndarray) -> Self:
        """Give its cells other positions, in the same order."""

    def moved(self, position: np.ndarray) -> Self:
        """Give every unit a new position."""

    def clustered(self, codes: np.ndarray) -> Self:
        """Add rows within clusters; `codes` has the cluster of each unit."""


@dataclass(frozen=True)
class Asked:
    """The new cells that a block touches, and what makes its rows of these for a piece of its units."""

    touched: np.ndarray
    make: Callable[[slice], np.ndarray]


def add(blocks: Iterable[AnyBlock], out: np.ndarray, weights: np.ndarray) -> None:
    """Add the rows of blocks to `out` (units × new cells); blocks of the same units are added up before they are written."""
    together: dict[int, list[AnyBlock]] = {}
    for block in blocks:
        together.setdefault(id(block.rows), []).append(block)
    for same in together.values():
        asked = [one for one in (block.asked(weights) for block in same) if len(one.touched)]
        if asked:
            _write(out, same[0].rows, asked)


def _write(out: np.ndarray, rows: np.ndarray, asked: list[Asked]) -> None:
    touched = asked[0].touched if len(asked) == 1 else np.unique(np.concatenate([one.touched for one in asked]))
    at_touched = [np.searchsorted(touched, one.touched) for one in asked]
    everywhere, once = len(touched) == out.shape[1], _once(rows)
    for at in pieces(len(rows), min(FIRMS_AT_ONCE, 1 + NUMBERS_AT_ONCE // len(touched))):
        part = asked[0].make(at)
        if len(asked) > 1:
            part = _added([part, *(one.make(at) for one in asked[1:])], at_touched, len(touched))
        where = rows[at]
        if not once:
            where, adder = _adder(where)
            part = adder @ part
        out[where if everywhere else np.ix_(where, touched)] += part


def _added(parts: list[np.ndarray], touched: list[np.ndarray], size: int) -> np.ndarray:
    whole = np.zeros((len(parts[0]), size))
    for part, at in zip(parts, touched, strict=True):
        if len(at) == size:
            whole += part
        else:
            whole[:, at] += part
    return whole


@dataclass(frozen=True)
class Block:
    """Rows that are `factors @ loadings`, at some units and some cells.

    `loadings is None` means the identity: the factors are the influence itself. With `crossed` (n × m) the factors (n × k) stand
    for all their products with it, n × (k m), which are made when they are needed.
    """

    rows: np.ndarray
    factors: np.ndarray
    cells: np.ndarray
    loadings: np.ndarray | None = None
    own: bool = False
    crossed: np.ndarray | None = None

    @property
    def work(self) -> int:
        """Count the factors."""
        return self.factors.size * (1 if self.crossed is None else self.crossed.shape[1])

    def asked(self, weights: np.ndarray) -> Asked:
        """Weight the loadings; rows are factors times these."""
        loadings = self._times(weights)
        touched = np.flatnonzero(loadings.any(axis=0))
        chosen = loadings[:, touched]
        return Asked(touched, lambda at: self._factors(at) @ chosen)

    def combined(self, weights: np.ndarray) -> Block:
        """Weight the loadings."""
        return replace(self, cells=np.arange(weights.shape[1]), loadings=self._times(weights))

    def taken(self, new: np.ndarray) -> Block:
        """Keep columns."""
        kept = np.flatnonzero(new[self.cells] >= 0)
        cells = new[self.cells[kept]]
        if self.loadings is None:
            return replace(self, factors=self.factors[:, kept], cells=cells)
        return replace(self, loadings=self.loadings[:, kept], cells=cells)

    def placed(self, cells: np.ndarray) -> Block:
        """Give its cells other positions."""
        return replace(self, cells=cells)

    def moved(self, position: np.ndarray) -> Block:
        """Give every unit a new position."""
        return replace(self, rows=position[self.rows])

    def clustered(self, codes: np.ndarray) -> Block:
        """Add the factors within clusters; the loadings stay as they are."""
        present, adder = _adder(codes[self.rows])
        if self.crossed is None:
            return replace(self, rows=present, factors=adder @ self.factors)
        summed = sum(adder[:, at] @ self._factors(at) for at in pieces(len(self.rows)))
        return replace(self, rows=present, factors=np.asarray(summed), crossed=None)

    def _factors(self, at: slice) -> np.ndarray:
        if self.crossed is None:
            return self.factors[at]
        some, others = self.factors[at], self.crossed[at]
        return (some[:, :, None] * others[:, None, :]).reshape(len(some), -1)

    def _times(self, weights: np.ndarray) -> np.ndarray:
        chosen = weights[self.cells]
        return chosen if self.loadings is None else self.loadings @ chosen


@dataclass(frozen=True)
class Tilted:
    """The influence of comparison firms that are reweighted for each of G groups: −ω_ig (ΔY_it − X_i θ_gt).

        ω_ig = w_i exp(X_i λ_g)

    rows (n; after clustering a cluster may come several times), x (n × k), change (n × m), weight w (n), tilt λ (k × G),
    slope θ (G × k × m). cells: G × m positions, group by group; loadings: on sums of these cells, None for themselves.
    """

    rows: np.ndarray
    x: np.ndarray
    change: np.ndarray
    weight: np.ndarray
    tilt: np.ndarray
    slope: np.ndarray
    cells: np.ndarray
    loadings: np.ndarray | None = None
    own: bool = False

    @property
    def work(self) -> int:
        """Count the weights that are made."""
        return len(self.rows) * self.tilt.shape[1]

    def asked(self, weights: np.ndarray) -> Asked:
        """Make the weights again, and the one number that each pair of group and sum needs of a firm."""
        given = weights[self.cells] if self.loadings is None else self.loadings @ weights[self.cells]
        by_group = given.reshape(len(self.slope), -1, weights.shape[1])
        group, new = np.nonzero(by_group.any(axis=1))
        touched, place = np.unique(new, return_inverse=True)
        groups, of_pair = np.unique(group, return_inverse=True)
        on_change = by_group[group, :, new].T
        on_x = np.einsum("pkm,mp->kp", self.slope[group], on_change)
        each = len(groups) == len(group) == len(touched) and (place == of_pair).all()
        sums = None if each else sparse.csr_matrix((np.ones(len(new)), (np.arange(len(new)), place)))

        def make(at: slice) -> np.ndarray:
            tilted = self.weight[at, None] * np.exp(self.x[at] @ self.tilt[:, groups])
            rest = self.x[at] @ on_x - self.change[at] @ on_change
            return tilted * rest if sums is None else (tilted[:, of_pair] * rest) @ sums

        return Asked(touched, make)

    def combined(self, weights: np.ndarray) -> Tilted:
        """Weight the loadings."""
        chosen = weights[self.cells]
        loadings = chosen if self.loadings is None else self.loadings @ chosen
        return replace(self, cells=np.arange(weights.shape[1]), loadings=loadings)

    def taken(self, new: np.ndarray) -> Tilted:
        """Keep columns of the loadings; without any, cells are the groups' own and become columns first."""
        loadings = np.eye(len(self.cells)) if self.loadings is None else self.loadings
        kept = np.flatnonzero(new[self.cells] >= 0)
        return replace(self, loadings=loadings[:, kept], cells=new[self.cells[kept]])

    def placed(self, cells: np.ndarray) -> Tilted:
        """Give its cells other positions."""
        return replace(self, cells=cells)

    def moved(self, position: np.ndarray) -> Tilted:
        """Give every unit a new position."""
        return replace(self, rows=position[self.rows])

    def clustered(self, codes: np.ndarray) -> Tilted:
        """Name the cluster of every row; rows are added when they are made."""
        return replace(self, rows=codes[self.rows])


def pieces(rows: int, at_once: int | None = None) -> Iterator[slice]:
    """Cut many rows into pieces whose products stay in the cache and are too small for BLAS to start threads for them.

    Tall products (many rows, few columns) take several times as long when BLAS cuts them for threads.
    """
    step = FIRMS_AT_ONCE if at_once is None else at_once
    return (slice(start, start + step) for start in range(0, rows, step))


def _adder(codes: np.ndarray) -> tuple[np.ndarray, sparse.csr_matrix]:
    """Return the codes that there are, and the matrix that adds rows of the same code."""
    present, position = np.unique(codes, return_inverse=True)
    entries = (np.ones(len(position)), (position, np.arange(len(position))))
    return present, sparse.csr_matrix(entries, shape=(len(present), len(position)))


def _once(rows: np.ndarray) -> bool:
    """Tell whether every row is of a unit of its own."""
    return bool((rows[1:] > rows[:-1]).all()) or len(np.unique(rows)) == len(rows)
