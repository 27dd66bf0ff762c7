"""Errors that may depend within either of two clusters, such as province and industry.

V = V_a + V_b − V_ab, with V_a and V_b from influence summed within each cluster and V_ab within their intersections (Cameron,
Gelbach & Miller 2011, eq. 2.3). This is a covariance, not a coarsening of rows. With few clusters it need not be positive
semi-definite; then its negative eigenvalues are set to zero, and this is said.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact.errors import InputError, InputWarning
from impact.inference import multipliers
from impact.noise import Influence, Kind, Weights

NEGLIGIBLE = 1e-10  # a negative eigenvalue below this share of the largest one is rounding


@dataclass(frozen=True)
class TwoWay:
    """Influence summed within the first clusters, within the second, and within both at once."""

    first: Influence
    second: Influence
    both: Influence

    @classmethod
    def of(cls, noise: Influence, labels: pd.DataFrame) -> TwoWay:
        """Cluster influence by the two columns of `labels`, which are indexed by unit."""
        if labels.shape[1] != 2:
            raise InputError(f"Two-way clustering needs two columns of clusters; seen: {labels.shape[1]}.")
        a, b = (labels.iloc[:, column] for column in (0, 1))
        crossed = pd.Series(pd.MultiIndex.from_frame(labels).to_flat_index(), labels.index)
        return cls(noise.cluster(a), noise.cluster(b), noise.cluster(crossed))

    @property
    def kind(self) -> Kind:
        """Tell what the noise is of."""
        return self.first.kind

    @property
    def size(self) -> int:
        """Count the cells."""
        return self.first.size

    def cov(self) -> np.ndarray:
        """Return V_a + V_b − V_ab, repaired where it is no covariance."""
        raw = self.first.cov() + self.second.cov() - self.both.cov()
        values, vectors = np.linalg.eigh(raw)
        if values.min(initial=0) >= -NEGLIGIBLE * np.abs(values).max(initial=0):
            return raw
        message = (
            "The two-way clustered covariance is not positive semi-definite, as happens with few clusters; its negative "
            f"eigenvalues (lowest {values.min():.2g}, highest {values.max():.2g}) were set to zero."
        )
        warnings.warn(message, InputWarning, stacklevel=2)
        return (vectors * np.clip(values, 0, None)) @ vectors.T

    def variance(self) -> np.ndarray:
        """Return the diagonal of the covariance."""
        return np.diag(self.cov()).copy()

    def draws(self, size: int, rng: np.random.Generator) -> np.ndarray:
        """Draw from the normal distribution with this covariance."""
        return multipliers.normal(self.cov(), size, rng)

    def combine(self, weights: Weights) -> TwoWay:
        """Return the noise of weighted sums of cells."""
        return TwoWay(self.first.combine(weights), self.second.combine(weights), self.both.combine(weights))

    def take(self, positions: np.ndarray) -> TwoWay:
        """Keep the cells at these positions."""
        return TwoWay(self.first.take(positions), self.second.take(positions), self.both.take(positions))

    def beside(self, other: TwoWay) -> TwoWay:
        """Join the cells of two noises with the same clusters."""
        return TwoWay(self.first.beside(other.first), self.second.beside(other.second), self.both.beside(other.both))
