"""Less common covariances of two-way fixed effects, from linearmodels: independent errors, or dependence over time and firms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact.design import Design
from impact.estimators import _within
from impact.estimators._data import Data


@dataclass(frozen=True)
class Fit:
    """Coefficients of support, their covariance, degrees of freedom of t."""

    value: np.ndarray
    covariance: np.ndarray
    df: float


def fit(design: Design, data: Data, support: np.ndarray, errors: str, lag: int) -> Fit:
    """Fit with linearmodels' PanelOLS; N, K and T count as in R's fixest.

    "iid": SSR/(N − K) (X'X)⁻¹; "hetero": N/(N − K) times White's; both with t of N − K degrees of freedom.
    "driscoll_kraay": Bartlett weights up to `lag` periods, T/(T − 1) · (N − 1)/(N − K), t with T − 1 (Driscoll & Kraay 1998).
    """
    from linearmodels.panel import PanelOLS

    frame, weight, named = _long(design, data, support)
    model = PanelOLS(
        frame["y"], frame.drop(columns="y"), entity_effects=True, time_effects=True, weights=weight, drop_absorbed=True
    )
    if errors == "driscoll_kraay":
        found = model.fit(cov_type="kernel", kernel="bartlett", bandwidth=lag, debiased=True)
        periods, n = len(design.periods), len(frame)
        factor, df = periods / (periods - 1) * (n - 1) / n, periods - 1.0
    else:
        found = model.fit(cov_type={"iid": "unadjusted", "hetero": "robust"}[errors], debiased=True)
        factor, df = 1.0, float(found.df_resid)
    covariance = factor * found.cov.loc[named, named].to_numpy()
    return Fit(found.params[named].to_numpy(), covariance, df)


def _long(design: Design, data: Data, support: np.ndarray) -> tuple[pd.DataFrame, pd.Series | None, list[str]]:
    """Return outcome and regressors by firm and period, weights (None where there are none), and which are of support."""
    unit, period, weight, columns = _within.rows(design, data, support)
    named = [f"support_{k}" for k in range(support.shape[2])]
    others = [f"covariate_{k}" for k in range(columns.shape[1] - len(named) - 1)]
    index = pd.MultiIndex.from_arrays([unit, design.periods[period]])
    frame = pd.DataFrame(columns, index, [*named, *others, "y"])
    return frame, pd.Series(weight, index) if design.panel.roles.weight else None, named
