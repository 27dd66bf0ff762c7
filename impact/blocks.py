"""Parts of the influence that are cheap to hold; each gives its rows only for the sums of cells that somebody asks for.

A block knows the rows (units) and cells that it touches, and whether it is of the supported firms themselves (`own`) or of the
firms that they are compared with. `Block` holds factors and loadings. `Tilted` holds how comparison firms are reweighted for
each of many groups, and makes those weights again when they are needed: a million firms have no room for a weight per group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self, TypeAlias

import numpy as np
from scipy import sparse

FIRMS_AT_ONCE = 2048
Table: TypeAlias = sparse.csr_array
SMALL = 30_000  # numbers of a block below which turning to it takes longer than reading it
NUMBERS_AT_ONCE = 2**17  # of a firms × groups table that is made, used and forgotten: it stays in the cache


class AnyBlock(Protocol):
    """What every block can do; `weights` is always a sparse table, cells × new cells."""

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

    def asked(self, weights: Table) -> Asked:
        """Return what makes its rows of the weighted sums of cells."""

    def combined(self, weights: Table) -> Self:
        """Return the block of the weighted sums of cells."""

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


def add(blocks: Iterable[AnyBlock], out: np.ndarray, weights: Table) -> None:
    """Add the rows of blocks to `out` (units × new cells); blocks of the same units are added up before they are written."""
    for together in _together(blocks, weights):
        together.write(out, 0, len(together.rows), 0)


def streamed(blocks: Iterable[AnyBlock], units: int, weights: Table) -> Iterator[np.ndarray]:
    """Go through the rows of weighted sums of cells, some units at a time, so that the whole is never held.

    What comes is overwritten by what comes next. Rows must be in order; where clusters come several times, all come at once.
    """
    asked = list(_together(blocks, weights))
    step = max(1, 4 * NUMBERS_AT_ONCE // max(weights.shape[1], 1)) if all(of.sorted for of in asked) else max(units, 1)
    room = np.empty((min(step, units), weights.shape[1]))
    for start in range(0, units, step):
        out = room[: min(step, units - start)]
        out[:] = 0
        for of in asked:
            first, last = (0, len(of.rows)) if step >= units else np.searchsorted(of.rows, [start, start + step])
            of.write(out, int(first), int(last), start)
        yield out


@dataclass(frozen=True)
class _Together:
    """Blocks of the same units, with what makes their rows, and where the new cells of each are among all that are touched."""

    rows: np.ndarray
    asked: list[Asked]
    touched: np.ndarray
    places: list[np.ndarray]

    @property
    def sorted(self) -> bool:
        """Tell whether every unit comes once, in order."""
        return bool((self.rows[1:] > self.rows[:-1]).all())

    def write(self, out: np.ndarray, first: int, last: int, start: int) -> None:
        """Add the rows from one position to another to `out`, whose first row is the unit `start`."""
        once = self.sorted or len(np.unique(self.rows)) == len(self.rows)
        everywhere = len(self.touched) == out.shape[1]
        for piece in pieces(last - first, min(FIRMS_AT_ONCE, 1 + NUMBERS_AT_ONCE // len(self.touched))):
            at = slice(first + piece.start, min(first + piece.stop, last))
            part, where = self._part(at), self.rows[at] - start
            if not once:
                where, adder = _adder(where)
                part = adder @ part
            out[where if everywhere else np.ix_(where, self.touched)] += part

    def _part(self, at: slice) -> np.ndarray:
        if len(self.asked) == 1:
            return self.asked[0].make(at)
        return _added([one.make(at) for one in self.asked], self.places, len(self.touched))


def _together(blocks: Iterable[AnyBlock], weights: Table) -> Iterator[_Together]:
    by_rows: dict[int, list[AnyBlock]] = {}
    for block in blocks:
        by_rows.setdefault(id(block.rows), []).append(block)
    for same in by_rows.values():
        asked = [one for one in (block.asked(weights) for block in same) if len(one.touched)]
        if asked:
            touched = np.unique(np.concatenate([one.touched for one in asked]))
            yield _Together(same[0].rows, asked, touched, [np.searchsorted(touched, one.touched) for one in asked])


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

    factors: n × k, dense or sparse. `loadings is None` means the identity: the factors are the influence itself. With `crossed`
    (n × m) the dense factors stand for all their products with it, n × (k m), which are made when they are needed.
    """

    rows: np.ndarray
    factors: Any
    cells: np.ndarray
    loadings: np.ndarray | None = None
    own: bool = False
    crossed: np.ndarray | None = None

    @property
    def work(self) -> int:
        """Count the factors."""
        return int(self.factors.size) * (1 if self.crossed is None else self.crossed.shape[1])

    def asked(self, weights: Table) -> Asked:
        """Weight the loadings, or sparse factors themselves; rows are factors times these."""
        if self._sparse:
            summed = self.combined(weights)
            return Asked(summed.cells, lambda at: summed.factors[at].toarray())
        touched, chosen = self._times(weights)
        return Asked(touched, lambda at: self._factors(at) @ chosen)

    def combined(self, weights: Table) -> Block:
        """Weight the loadings, or sparse factors themselves."""
        if self._sparse:
            summed = sparse.csr_array(self.factors @ weights[self.cells])
            touched, at = _numbered(summed.indices, summed.shape[1])
            factors = sparse.csr_array((summed.data, at, summed.indptr), shape=(summed.shape[0], len(touched)))
            return replace(self, factors=factors, cells=touched)
        touched, chosen = self._times(weights)
        return replace(self, cells=touched, loadings=chosen)

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

    @property
    def _sparse(self) -> bool:
        return self.loadings is None and sparse.issparse(self.factors)

    def table(self) -> Table:
        """Return the whole of it, its rows × its cells, sparse."""
        factors = self._factors(slice(None))
        return sparse.csr_array(factors if self.loadings is None else factors @ self.loadings)

    def entries(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the unit, the cell and the value of every number that it stands for."""
        if self._sparse:
            return (
                np.repeat(self.rows, np.diff(self.factors.indptr)),
                self.cells[self.factors.indices],
                self.factors.data,
            )
        whole = self._factors(slice(None)) if self.loadings is None else self._factors(slice(None)) @ self.loadings
        return np.repeat(self.rows, len(self.cells)), np.tile(self.cells, len(self.rows)), whole.ravel()

    def _factors(self, at: slice) -> Any:
        if self.crossed is None:
            return self.factors[at]
        some, others = self.factors[at], self.crossed[at]
        return (some[:, :, None] * others[:, None, :]).reshape(some.shape[0], -1)

    def _times(self, weights: Table) -> tuple[np.ndarray, np.ndarray]:
        """Return the new cells that are touched, and the loadings on these."""
        chosen = weights[self.cells]
        touched = np.unique(chosen.indices)
        dense = chosen[:, touched].toarray()
        return touched, dense if self.loadings is None else self.loadings @ dense


@dataclass(frozen=True)
class Tilted:
    """The influence of comparison firms that are reweighted for each of G groups: −ω_ig (ΔY_it − X_i θ_gt).

        ω_ig = w_i exp(X_i λ_g)

    rows (n; after clustering a cluster may come several times), x (n × k), change (n × m), weight w (n), tilt λ (k × G),
    slope θ (G × k × m). loadings: sparse, from the groups' own G × m cells (group by group) to `cells`; None: to themselves.
    """

    rows: np.ndarray
    x: np.ndarray
    change: np.ndarray
    weight: np.ndarray
    tilt: np.ndarray
    slope: np.ndarray
    cells: np.ndarray
    loadings: Table | None = None
    own: bool = False

    @property
    def work(self) -> int:
        """Count the weights that are made."""
        return len(self.rows) * self.tilt.shape[1]

    def asked(self, weights: Table) -> Asked:
        """Make the weights again, and the one number that each pair of group and sum needs of a firm."""
        given = self._times(weights).tocoo()
        m = self.change.shape[1]
        pairs, pair = np.unique(np.column_stack([given.row // m, given.col]), axis=0, return_inverse=True)
        group, new = pairs.T
        on_change = np.zeros((m, len(group)))
        on_change[given.row % m, pair.ravel()] = given.data
        on_x = np.einsum("pkm,mp->kp", self.slope[group], on_change)
        touched, place = np.unique(new, return_inverse=True)
        groups, of_pair = np.unique(group, return_inverse=True)
        each = len(groups) == len(group) == len(touched) and (place == of_pair).all()
        sums = None if each else sparse.csr_array((np.ones(len(new)), (np.arange(len(new)), place)))

        def make(at: slice) -> np.ndarray:
            tilted = self.weight[at, None] * np.exp(self.x[at] @ self.tilt[:, groups])
            rest = self.x[at] @ on_x - self.change[at] @ on_change
            return tilted * rest if sums is None else (tilted[:, of_pair] * rest) @ sums

        return Asked(touched, make)

    def combined(self, weights: Table) -> Tilted:
        """Weight the loadings."""
        summed = self._times(weights)
        touched = np.unique(summed.indices)
        return replace(self, cells=touched, loadings=summed[:, touched])

    def taken(self, new: np.ndarray) -> Tilted:
        """Keep columns of the loadings; without any, cells are the groups' own and become columns first."""
        loadings = sparse.eye_array(len(self.cells), format="csr") if self.loadings is None else self.loadings
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

    def _times(self, weights: Table) -> Table:
        chosen = weights[self.cells]
        return chosen if self.loadings is None else sparse.csr_array(self.loadings @ chosen)


def gathered(parts: Iterable[AnyBlock], units: int, cells: int) -> tuple[AnyBlock, ...]:
    """Put small blocks into one sparse block of supported firms and one of others: thousands of them take long to go through."""
    small: dict[bool, list[Block]] = {True: [], False: []}
    large: list[AnyBlock] = []
    for block in parts:
        if isinstance(block, Block) and (sparse.issparse(block.factors) or len(block.rows) * len(block.cells) < SMALL):
            small[block.own].append(block)
        else:
            large.append(block)
    kept = [block for of in small.values() if len(of) == 1 for block in of]
    return (*large, *kept, *(_gathered(of, own, (units, cells)) for own, of in small.items() if len(of) > 1))


def _gathered(of: Sequence[Block], own: bool, shape: tuple[int, int]) -> Block:
    row, cell, value = (np.concatenate(parts) for parts in zip(*(block.entries() for block in of), strict=True))
    present, at = _numbered(row, shape[0])
    whole = sparse.csr_array((value, (at, cell)), shape=(len(present), shape[1]))
    return Block(present, whole, np.arange(shape[1]), own=own)


def sided(units: np.ndarray, counts: np.ndarray, rows: np.ndarray) -> Block:
    """Return the influence of the supported firms of several groups, each on its own m cells only, group by group.

    units: of all groups, group after group. counts: of each group's units. rows: units × m.
    """
    n, m = rows.shape
    group = np.repeat(np.arange(len(counts)), counts)
    cells = (group[:, None] * m + np.arange(m)).ravel()
    table = sparse.csr_array((rows.ravel(), cells, np.arange(n + 1) * m), shape=(n, len(counts) * m))
    return Block(units, table, np.arange(len(counts) * m), own=True)


def _numbered(codes: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return which of so many codes there are, and the number of each among these."""
    there = np.zeros(size, bool)
    there[codes] = True
    return np.flatnonzero(there), (np.cumsum(there, dtype=np.int32) - 1)[codes]


def pieces(rows: int, at_once: int | None = None) -> Iterator[slice]:
    """Cut many rows into pieces whose products stay in the cache and are too small for BLAS to start threads for them.

    Tall products (many rows, few columns) take several times as long when BLAS cuts them for threads.
    """
    step = FIRMS_AT_ONCE if at_once is None else at_once
    return (slice(start, start + step) for start in range(0, rows, step))


def _adder(codes: np.ndarray) -> tuple[np.ndarray, Table]:
    """Return the codes that there are, and the matrix that adds rows of the same code."""
    present, position = np.unique(codes, return_inverse=True)
    entries = (np.ones(len(position)), (position, np.arange(len(position))))
    return present, sparse.csr_array(entries, shape=(len(present), len(position)))
