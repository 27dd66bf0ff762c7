"""The confidence set of a ratio of two estimates: Fieller's, which may be unbounded, and says so.

The usual interval of a ratio (the delta method) is always finite, and wrong where the denominator may be zero. Fieller's set
holds every ratio ρ for which numerator − ρ·denominator may be zero, so it covers the truth as often as it says, whatever the
denominator.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from impact.errors import InputError
from impact.priorities._given import must_be_share

SOURCE = "Fieller, E. C. (1954). Some problems in interval estimation. Journal of the Royal Statistical Society B 16(2), 175–185."
BOUNDED, UNBOUNDED, COMPLEMENT = "bounded", "unbounded", "complement"
ROUNDING = 1e-12


@dataclass(frozen=True)
class Ratio:
    """A ratio and its confidence set.

    kind: "bounded": the set is all from `lower` to `upper`. "complement": all up to `lower` and all from `upper` on, but nothing
        between (an end at infinity is no part of it). "unbounded": every number; the data say nothing about the ratio.
    """

    estimate: float
    lower: float
    upper: float
    kind: str

    def holds(self, ratio: float) -> bool:
        """Tell whether a ratio lies in the set."""
        if self.kind == COMPLEMENT:
            return ratio <= self.lower or ratio >= self.upper
        return self.lower <= ratio <= self.upper


def fieller(
    numerator: float, denominator: float, cov: np.ndarray, confidence: float = 0.95, df: float = np.inf
) -> Ratio:
    """Return the ratio of two estimates and the set of ratios that the data do not reject.

    The set is {ρ : (n − ρ d)² ≤ z² (V_nn − 2ρ V_nd + ρ² V_dd)}, with z the two-sided critical value: all ρ with
    A ρ² − 2B ρ + C ≤ 0, where A = d² − z² V_dd, B = n d − z² V_nd, C = n² − z² V_nn. It is bounded just where the denominator
    differs from zero at this confidence (A > 0).

    cov: 2 × 2, of numerator and denominator. df: degrees of freedom (inf: normal). Raises InputError for a covariance that is
    none, or a denominator that is zero for certain. Source: Fieller (1954), section 3.

    >>> found = fieller(6.0, 2.0, np.diag([1.0, 0.04]), confidence=0.95)
    >>> found.kind, round(found.lower, 3), round(found.upper, 3)
    ('bounded', 1.948, 4.291)
    >>> fieller(6.0, 0.2, np.diag([1.0, 0.04])).kind
    'complement'
    """
    must_be_share("confidence", confidence, "0.95 for 95 %")
    matrix = _covariance(cov)
    if denominator == 0 and matrix[1, 1] == 0:
        raise InputError(
            "A ratio needs a denominator that can differ from zero; seen: 0 without noise. Choose another ratio."
        )
    z2 = stats.t.ppf(0.5 + confidence / 2, df) ** 2
    a = denominator**2 - z2 * matrix[1, 1]
    b = numerator * denominator - z2 * matrix[0, 1]
    c = numerator**2 - z2 * matrix[0, 0]
    ratio = float(numerator / denominator) if denominator else float(np.copysign(np.inf, numerator))
    return Ratio(ratio, *_set(float(a), float(b), float(c), float(denominator**2 + z2 * matrix[1, 1])))


def _set(a: float, b: float, c: float, size: float) -> tuple[float, float, str]:
    """Return where A ρ² − 2B ρ + C ≤ 0."""
    if abs(a) <= ROUNDING * size:  # the denominator is just at the edge: a half-line
        if b == 0:
            return -np.inf, np.inf, UNBOUNDED
        edge = c / (2 * b)
        return (-np.inf, edge, COMPLEMENT) if b > 0 else (edge, np.inf, COMPLEMENT)
    inside = b**2 - a * c
    if a < 0 and inside <= 0:
        return -np.inf, np.inf, UNBOUNDED
    root = np.sqrt(max(inside, 0.0))
    low, high = sorted(((b - root) / a, (b + root) / a))
    return float(low), float(high), BOUNDED if a > 0 else COMPLEMENT


def _covariance(cov: np.ndarray) -> np.ndarray:
    matrix = np.asarray(cov, float)
    whole = matrix.shape == (2, 2) and np.isfinite(matrix).all() and np.allclose(matrix, matrix.T)
    if not whole or np.linalg.eigvalsh(matrix).min() < -ROUNDING * np.abs(matrix).max():
        raise InputError(
            "The covariance of a numerator and a denominator must be 2 × 2, symmetric, and without a negative variance; this one "
            "is not. Write [[variance, covariance], [covariance, variance]]."
        )
    return matrix
