"""Joint tests: several cells at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import linalg, stats


def wald(value: np.ndarray, covariance: np.ndarray) -> pd.Series:
    """Test that all cells are zero: W = θ'V⁻¹θ, χ² with as many degrees of freedom as V has rank.

    V may be singular (more cells than clusters); its pseudo-inverse then tests what the data can tell, and the degrees of
    freedom say how many directions those are.
    """
    if not len(value):
        return pd.Series({"statistic": np.nan, "df": 0.0, "p_value": np.nan})
    inverse, rank = linalg.pinvh(covariance, return_rank=True)
    statistic = float(value @ inverse @ value)
    return pd.Series({"statistic": statistic, "df": float(rank), "p_value": float(stats.chi2.sf(statistic, rank))})
