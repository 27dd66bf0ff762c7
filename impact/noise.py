"""Noise: what is known about `estimate − truth`, behind one protocol.

`Influence` (one row per unit; the rows *sum* to the error), `Draws` (one row per resample) and `Gaussian` (a covariance
only) all answer `cov()`, `draws(size, rng)` and `combine(weights)`, so nothing to the right of the waist asks which
estimator they came from. Because influence rows sum to the error, no sample size appears outside the estimator.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, Self

import numpy as np
import pandas as pd
from scipy import sparse

from impact.errors import InputError, counted, first_five
from impact.inference import multipliers
from impact.threads import one_thread

CELLS_AT_ONCE = 256
FIRMS_AT_ONCE = 2048
BLOCK = 30_000  # numbers that are read in the time that it takes to turn to another block

Kind = Literal["sampling", "null", "posterior"]


class Noise(Protocol):
    """What every noise can do; `size` is the number of cells."""

    @property
    def kind(self) -> Kind:
        """Tell what the noise is of: sampling, a null distribution, or a posterior."""

    @property
    def size(self) -> int:
        """Count the cells."""

    def cov(self) -> np.ndarray:
        """Return the covariance, cells × cells."""

    def draws(self, size: int, rng: np.random.Generator) -> np.ndarray:
        """Draw errors, size × cells, with mean zero."""

    def variance(self) -> np.ndarray:
        """Return the diagonal of the covariance."""

    def combine(self, weights: np.ndarray) -> Self:
        """Return the noise of `weights.T @ value`; `weights` is cells × new cells."""

    def take(self, positions: np.ndarray) -> Self:
        """Keep the cells at these positions, in this order."""

    def beside(self, other: Self) -> Self:
        """Join the cells of two noises that share units or resamples."""


@dataclass(frozen=True)
class Block:
    """A part of the influence that is cheap to hold: `factors @ loadings`, at some rows and some cells.

    `loadings is None` means the identity: the factors are the influence itself.
    """

    rows: np.ndarray
    factors: np.ndarray
    cells: np.ndarray
    loadings: np.ndarray | None = None

    def times(self, weights: np.ndarray) -> np.ndarray:
        """Return the loadings on weighted sums of cells: factors × new cells."""
        chosen = weights[self.cells]
        return chosen if self.loadings is None else self.loadings @ chosen


@dataclass(frozen=True)
class Influence:
    """One row per unit, `estimate − truth ≈ Σ rows`, held as blocks until somebody asks for certain cells."""

    units: pd.Index
    blocks: tuple[Block, ...]
    size: int
    kind: Kind = "sampling"

    @classmethod
    def dense(cls, units: pd.Index, rows: np.ndarray, kind: Kind = "sampling") -> Influence:
        """Wrap a units × cells array."""
        block = Block(np.arange(len(units)), rows, np.arange(rows.shape[1]))
        return cls(units, (block,), rows.shape[1], kind)

    @one_thread
    def rows(self, weights: np.ndarray | None = None) -> np.ndarray:
        """Materialise units × cells, or only the weighted sums of cells that are asked for."""
        whole = self._whole() if weights is None else None
        if whole is not None:
            return whole
        weights = np.eye(self.size) if weights is None else weights
        out = np.zeros((len(self.units), weights.shape[1]))
        for block in self.blocks:
            loadings = block.times(weights)
            touched = np.flatnonzero(loadings.any(axis=0))
            everywhere = len(touched) == weights.shape[1]
            for at in pieces(len(block.rows) if len(touched) else 0):
                where = block.rows[at] if everywhere else np.ix_(block.rows[at], touched)
                out[where] += block.factors[at] @ loadings[:, touched]
        return out

    @one_thread
    def cov(self) -> np.ndarray:
        """Return Σ row'row: no degrees-of-freedom factor, as R's did."""
        rows = self.rows()
        return rows.T @ rows

    @one_thread
    def draws(self, size: int, rng: np.random.Generator, multiplier: str = "rademacher") -> np.ndarray:
        """Draw errors by the multiplier bootstrap: each unit's (or cluster's) row times a random number."""
        return multipliers.draw(self.rows(), size, rng, multiplier)

    def variance(self) -> np.ndarray:
        """Return the sums of squared rows, a few hundred cells at a time, so that many cells stay cheap."""
        if self._whole() is not None:
            return np.einsum("ij,ij->j", self.rows(), self.rows())
        parts = [
            np.arange(start, min(start + CELLS_AT_ONCE, self.size)) for start in range(0, self.size, CELLS_AT_ONCE)
        ]
        dense = (self.take(part).rows() for part in parts)
        return np.concatenate([np.einsum("ij,ij->j", rows, rows) for rows in dense] or [np.empty(0)])

    def combine(self, weights: np.ndarray) -> Influence:
        """Compose weights first; then materialise one contiguous block, unless going through the blocks is less work."""
        if sum(block.factors.size + BLOCK for block in self.blocks) >= len(self.units) * weights.shape[1]:
            return Influence.dense(self.units, self.rows(weights), self.kind)
        cells = np.arange(weights.shape[1])
        blocks = tuple(Block(block.rows, block.factors, cells, block.times(weights)) for block in self.blocks)
        return Influence(self.units, blocks, len(cells), self.kind)

    def take(self, positions: np.ndarray) -> Influence:
        """Keep cells without materialising any."""
        new = np.full(self.size, -1)
        new[positions] = np.arange(len(positions))
        blocks = tuple(_taken(block, new) for block in self.blocks)
        return Influence(self.units, tuple(b for b in blocks if len(b.cells)), len(positions), self.kind)

    def beside(self, other: Influence) -> Influence:
        """Join cells; units are matched by label, and a unit in one sample only contributes zero to the other."""
        _same_kind(self, other)
        units = self.units if self.units is other.units else self.units.union(other.units, sort=False)
        left, right = self._at(units), other._at(units)
        moved = tuple(replace(block, cells=block.cells + self.size) for block in right)
        return Influence(units, left + moved, self.size + other.size, self.kind)

    def cluster(self, labels: pd.Series) -> Influence:
        """Sum the rows within clusters; `labels` maps each unit's label to its cluster."""
        codes, clusters = pd.factorize(_labels_of(self.units, labels), sort=True)
        blocks = tuple(_clustered(block, codes) for block in self.blocks)
        return Influence(pd.Index(clusters), blocks, self.size, self.kind)

    def _whole(self) -> np.ndarray | None:
        """Return the array of an influence that is one contiguous block already; nobody may write to it."""
        if len(self.blocks) != 1 or self.blocks[0].loadings is not None:
            return None
        block, shape = self.blocks[0], (len(self.units), self.size)
        in_order = all(np.array_equal(at, np.arange(n)) for at, n in zip((block.rows, block.cells), shape, strict=True))
        return block.factors if in_order else None

    def _at(self, units: pd.Index) -> tuple[Block, ...]:
        if units is self.units or units.equals(self.units):
            return self.blocks
        position = units.get_indexer(self.units)
        return tuple(replace(block, rows=position[block.rows]) for block in self.blocks)


@dataclass(frozen=True)
class Draws:
    """One row per resample: `estimates` minus their centre, keyed by a resample id; cannot be clustered afterwards."""

    resamples: pd.Index
    errors: np.ndarray
    kind: Kind = "sampling"

    @property
    def size(self) -> int:
        """Count the cells."""
        return self.errors.shape[1]

    def cov(self) -> np.ndarray:
        """Return the covariance over resamples."""
        return np.atleast_2d(np.cov(self.errors, rowvar=False))

    def draws(self, size: int, rng: np.random.Generator) -> np.ndarray:
        """Draw resamples with replacement."""
        centred = self.errors - self.errors.mean(axis=0)
        return centred[rng.integers(len(centred), size=size)]

    def variance(self) -> np.ndarray:
        """Return the variance over resamples."""
        return self.errors.var(axis=0, ddof=1)

    def combine(self, weights: np.ndarray) -> Draws:
        """Weight every resample."""
        return replace(self, errors=self.errors @ weights)

    def take(self, positions: np.ndarray) -> Draws:
        """Keep these cells of every resample."""
        return replace(self, errors=self.errors[:, positions])

    def beside(self, other: Draws) -> Draws:
        """Join cells of the very same resamples; equal length alone is no joint distribution."""
        _same_kind(self, other)
        if not self.resamples.equals(other.resamples):
            raise InputError(
                "Draws can be joined only when they come from the same resamples: their resample ids differ. "
                "Draw both estimates in one bootstrap, or join their covariances."
            )
        return replace(self, errors=np.hstack([self.errors, other.errors]))


@dataclass(frozen=True)
class Gaussian:
    """A covariance only: what another package printed."""

    covariance: np.ndarray
    kind: Kind = "sampling"

    @property
    def size(self) -> int:
        """Count the cells."""
        return len(self.covariance)

    def cov(self) -> np.ndarray:
        """Return the covariance."""
        return self.covariance

    def draws(self, size: int, rng: np.random.Generator) -> np.ndarray:
        """Draw from the normal distribution with this covariance, which may be singular."""
        return multipliers.normal(self.covariance, size, rng)

    def variance(self) -> np.ndarray:
        """Return the diagonal."""
        return np.diag(self.covariance).copy()

    def combine(self, weights: np.ndarray) -> Gaussian:
        """Return W'VW."""
        return replace(self, covariance=weights.T @ self.covariance @ weights)

    def take(self, positions: np.ndarray) -> Gaussian:
        """Keep these rows and columns."""
        return replace(self, covariance=self.covariance[np.ix_(positions, positions)])

    def beside(self, other: Gaussian) -> Gaussian:
        """Refuse: two covariances do not tell how their errors move together."""
        raise InputError(
            "Two estimates known only by their covariances cannot be joined: nothing says how their errors move "
            "together. Build one estimate from the joint covariance with Estimate.from_covariance."
        )


def pieces(rows: int) -> Iterator[slice]:
    """Cut many rows into pieces whose products stay in the cache and are too small for BLAS to start threads for them.

    Tall products (many rows, few columns) take several times as long when BLAS cuts them for threads.
    """
    return (slice(start, start + FIRMS_AT_ONCE) for start in range(0, rows, FIRMS_AT_ONCE))


def join(noises: Sequence[Noise]) -> Noise:
    """Join the cells of several noises of one type and kind."""
    first, *rest = noises
    for other in rest:
        if type(other) is not type(first):
            names = f"{type(first).__name__} and {type(other).__name__}"
            raise InputError(f"Only noise of one type can be joined; seen: {names}. Estimate both in the same way.")
        first = first.beside(other)
    return first


def _same_kind(left: Noise, right: Noise) -> None:
    if left.kind != right.kind:
        raise InputError(
            f"Only noise of one kind can be joined; seen: {left.kind} and {right.kind}. "
            "A posterior or a null distribution says nothing about sampling error."
        )


def _labels_of(units: pd.Index, labels: pd.Series) -> np.ndarray:
    missing = units[~units.isin(labels.dropna().index)]
    if len(missing):
        raise InputError(
            f"Every firm must have a cluster; there is none for {counted(len(missing), 'firm')}: {first_five(missing)}. "
            "Name their clusters, or leave them out before estimating."
        )
    twice = labels.index[labels.index.duplicated()].unique()
    if len(twice):
        raise InputError(
            f"Every firm must have one cluster; seen: several rows for {counted(len(twice), 'firm')}: {first_five(twice)}. Keep "
            "one row for each firm, for example with labels[~labels.index.duplicated()]."
        )
    return labels.loc[units].to_numpy()


def _taken(block: Block, new: np.ndarray) -> Block:
    """Keep the cells of a block that have a new position."""
    kept = np.flatnonzero(new[block.cells] >= 0)
    cells = new[block.cells[kept]]
    if block.loadings is None:
        return replace(block, factors=block.factors[:, kept], cells=cells)
    return replace(block, loadings=block.loadings[:, kept], cells=cells)


def _clustered(block: Block, codes: np.ndarray) -> Block:
    """Add the factors of a block within clusters; the loadings stay as they are."""
    present, position = np.unique(codes[block.rows], return_inverse=True)
    entries = (np.ones(len(position)), (position, np.arange(len(position))))
    adder = sparse.csr_matrix(entries, shape=(len(present), len(position)))
    return replace(block, rows=present, factors=adder @ block.factors)
