"""How much effects differ beyond chance."""

from __future__ import annotations

import numpy as np
import pandas as pd

from impact.estimates import Estimate


def spread(e: Estimate) -> pd.Series:
    """Return how far apart the cells of an estimate lie, and how far beyond what errors explain.

    The estimand is τ, the standard deviation of true effects, where estimates θ̂ = θ + error have the joint covariance V. With
    weights w = 1 / V_ii, W = diag(w) and A = W − w w' / Σ w,

        Q = θ̂' A θ̂,   E[Q] = tr(A V) + τ² tr(A),   τ̂² = max(0, (Q − tr(A V)) / tr(A))

    (method of moments: DerSimonian & Laird 1986, Controlled Clinical Trials 7(3), here with correlated errors). `n` counts cells
    with a value and an error; `estimates` and `errors` are the weighted standard deviation of estimates and the one that errors
    alone would give, √(Q / tr A) and √(tr(A V) / tr A); `beyond` is τ̂.
    """
    known = np.flatnonzero(e.value.notna().to_numpy() & (e.noise.variance() > 0))
    if len(known) < 2:
        return pd.Series({"n": len(known), "estimates": np.nan, "errors": np.nan, "beyond": np.nan})
    chosen = e.at(known)
    value, cov = chosen.value.to_numpy(), chosen.noise.cov()
    w = 1 / np.diag(cov)
    a = np.diag(w) - np.outer(w, w) / w.sum()
    size, seen, chance = np.trace(a), value @ a @ value, np.einsum("ij,ji->", a, cov)
    beyond = max(0.0, (seen - chance) / size)
    return pd.Series({"n": len(known), "estimates": seen / size, "errors": chance / size, "beyond": beyond}).pow(
        [1, 0.5, 0.5, 0.5]
    )
