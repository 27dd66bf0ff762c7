"""Pointwise and uniform bands from a vector, its covariance and its draws."""

from __future__ import annotations

import numpy as np
from scipy import stats


def standard_errors(variance: np.ndarray) -> np.ndarray:
    """Return √V; a cell that cannot vary (a base period) has no standard error."""
    return np.sqrt(np.where(variance > 0, variance, np.nan))


def pointwise_critical(confidence: float, df: np.ndarray) -> np.ndarray:
    """Return the two-sided critical value of each cell: normal where the degrees of freedom are infinite."""
    return stats.t.ppf(0.5 + confidence / 2, df)


def uniform_critical(errors: np.ndarray, std_error: np.ndarray, confidence: float) -> float:
    """Return the sup-t critical value: the quantile of max_j |error_j| / se_j over draws.

    The probability that the band covers *all* cells at once is `confidence` (Montiel Olea & Plagborg-Møller 2019, eq. 5);
    the quantile is the smallest draw that reaches it (type 1), as in R's did.
    """
    varies = std_error > 0
    if not varies.any():
        return float("nan")
    largest = np.max(np.abs(errors[:, varies]) / std_error[varies], axis=1)
    return float(np.quantile(largest, confidence, method="inverted_cdf"))


def p_values(value: np.ndarray, std_error: np.ndarray, df: np.ndarray) -> np.ndarray:
    """Return two-sided p-values of the hypothesis that each cell is zero."""
    return 2 * stats.t.sf(np.abs(value) / std_error, df)
