"""Noise: what is known about `estimate − truth`, behind one protocol.

`Influence` (one row per unit; the rows *sum* to the error), `Draws` (one row per resample) and `Gaussian` (a covariance
only) all answer `cov()`, `draws(size, rng)` and `combine(weights)`, so nothing to the right of the waist asks which
estimator they came from. Because influence rows sum to the error, no sample size appears outside the estimator.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, Self, TypeAlias

import numpy as np
import pandas as pd
from scipy import sparse

from impact import blocks
from impact.blocks import AnyBlock, Block
from impact.errors import InputError, counted, first_five
from impact.inference import multipliers
from impact.threads import one_thread

CELLS_AT_ONCE = 256
BLOCK = 30_000  # numbers that are read in the time that it takes to turn to another block

Weights: TypeAlias = np.ndarray | sparse.csr_array
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

    def combine(self, weights: Weights) -> Self:
        """Return the noise of `weights.T @ value`; `weights` is cells × new cells, dense or sparse."""

    def take(self, positions: np.ndarray) -> Self:
        """Keep the cells at these positions, in this order."""

    def beside(self, other: Self) -> Self:
        """Join the cells of two noises that share units or resamples."""


@dataclass(frozen=True)
class Influence:
    """One row per unit, `estimate − truth ≈ Σ rows`, held as blocks until somebody asks for certain cells.

    >>> noise = Influence.dense(pd.Index(["a", "b", "c"]), np.array([[0.3], [-0.1], [-0.2]]))
    >>> noise.size, noise.cov().round(2).tolist()
    (1, [[0.14]])
    >>> by = pd.Series({"a": "north", "b": "south", "c": "south"})
    >>> noise.cluster(by).cov().round(2).tolist()
    [[0.18]]
    """

    units: pd.Index
    blocks: tuple[AnyBlock, ...]
    size: int
    kind: Kind = "sampling"

    @classmethod
    def dense(cls, units: pd.Index, rows: np.ndarray, kind: Kind = "sampling") -> Influence:
        """Wrap a units × cells array."""
        block = Block(np.arange(len(units)), rows, np.arange(rows.shape[1]))
        return cls(units, (block,), rows.shape[1], kind)

    @one_thread
    def rows(self, weights: Weights | None = None) -> np.ndarray:
        """Materialise units × cells, or only the weighted sums of cells that are asked for."""
        whole = self._whole() if weights is None else None
        if whole is not None:
            return whole
        table = sparse.eye_array(self.size, format="csr") if weights is None else sparse.csr_array(weights)
        out = np.zeros((len(self.units), table.shape[1]))
        blocks.add(self.blocks, out, table)
        return out

    @one_thread
    def cov(self) -> np.ndarray:
        """Return Σ row'row: no degrees-of-freedom factor, as R's did."""
        whole = self._whole()
        if whole is not None:
            return whole.T @ whole
        total = np.zeros((self.size, self.size))
        for rows in self._streamed():
            total += rows.T @ rows
        return total

    @one_thread
    def draws(self, size: int, rng: np.random.Generator, multiplier: str = "rademacher") -> np.ndarray:
        """Draw errors by the multiplier bootstrap: each unit's (or cluster's) row times a random number."""
        return multipliers.draw(self.rows(), size, rng, multiplier)

    @one_thread
    def variance(self) -> np.ndarray:
        """Return the sums of squared rows, a few hundred cells at a time, so that many cells stay cheap."""
        whole = self._whole()
        if whole is not None:
            return np.einsum("ij,ij->j", whole, whole)
        parts = [np.arange(at, min(at + CELLS_AT_ONCE, self.size)) for at in range(0, self.size, CELLS_AT_ONCE)]
        found = [self.take(part)._squares() for part in parts]
        return np.concatenate(found or [np.empty(0)])

    def _squares(self) -> np.ndarray:
        return sum((np.einsum("ij,ij->j", rows, rows) for rows in self._streamed()), np.zeros(self.size))

    def _streamed(self) -> Iterator[np.ndarray]:
        return blocks.streamed(self.blocks, len(self.units), sparse.eye_array(self.size, format="csr"))

    def combine(self, weights: Weights) -> Influence:
        """Compose weights first; then materialise one contiguous block, unless going through the blocks is less work."""
        table = sparse.csr_array(weights)
        if sum(block.work + BLOCK for block in self.blocks) >= len(self.units) * table.shape[1]:
            return Influence.dense(self.units, self.rows(table), self.kind)
        return self.composed(table)

    def composed(self, weights: Weights) -> Influence:
        """Compose weights, and keep the blocks: supported firms stay told from others."""
        table = sparse.csr_array(weights)
        summed = tuple(block.combined(table) for block in self.blocks)
        return Influence(self.units, tuple(b for b in summed if len(b.cells)), table.shape[1], self.kind)

    def take(self, positions: np.ndarray) -> Influence:
        """Keep cells without materialising any."""
        new = np.full(self.size, -1)
        new[positions] = np.arange(len(positions))
        kept = (block.taken(new) for block in self.blocks)
        return Influence(self.units, tuple(b for b in kept if len(b.cells)), len(positions), self.kind)

    def beside(self, other: Influence) -> Influence:
        """Join cells; units are matched by label, and a unit in one sample only contributes zero to the other."""
        _same_kind(self, other)
        units = self.units if self.units is other.units else self.units.union(other.units, sort=False)
        left, right = self._at(units), other._at(units)
        moved = tuple(block.placed(block.cells + self.size) for block in right)
        return Influence(units, left + moved, self.size + other.size, self.kind)

    def cluster(self, labels: pd.Series) -> Influence:
        """Sum the rows within clusters; `labels` maps each unit's label to its cluster."""
        codes, clusters = pd.factorize(_labels_of(self.units, labels), sort=True)
        summed = tuple(block.clustered(codes) for block in self.blocks)
        return Influence(pd.Index(clusters), summed, self.size, self.kind)

    def _whole(self) -> np.ndarray | None:
        """Return the array of an influence that is one contiguous block already; nobody may write to it."""
        block, shape = self.blocks[0] if len(self.blocks) == 1 else None, (len(self.units), self.size)
        if not isinstance(block, Block) or block.loadings is not None:
            return None
        in_order = all(np.array_equal(at, np.arange(n)) for at, n in zip((block.rows, block.cells), shape, strict=True))
        return block.factors if in_order else None

    def _at(self, units: pd.Index) -> tuple[AnyBlock, ...]:
        if units is self.units or units.equals(self.units):
            return self.blocks
        position = units.get_indexer(self.units)
        return tuple(block.moved(position) for block in self.blocks)


@dataclass(frozen=True)
class Draws:
    """One row per resample: `estimates` minus their centre, keyed by a resample id; cannot be clustered afterwards.

    >>> errors = np.array([[0.1, 0.0], [-0.1, 0.2], [0.0, -0.2]])
    >>> noise = Draws(pd.RangeIndex(3, name="resample"), errors)
    >>> noise.variance().round(2).tolist()
    [0.01, 0.04]
    """

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

    def combine(self, weights: Weights) -> Draws:
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
    """A covariance only: what another package printed.

    >>> noise = Gaussian(np.array([[0.04, 0.02], [0.02, 0.04]]))
    >>> noise.combine(np.array([[1.0], [-1.0]])).cov().round(2).tolist()
    [[0.04]]
    """

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

    def combine(self, weights: Weights) -> Gaussian:
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
