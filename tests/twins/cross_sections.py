"""The plain twin of comparisons of levels: rows of two periods, where firms need not be seen in both.

SZ  Sant'Anna & Zhao (2020), section 2.2: eq. 2.4 (weighting), 2.2 (regression) and 3.4 (locally efficient doubly robust),
    each written as a signed sum of weighted means; the influence of a mean is its own, plus that of what was estimated in it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from twins.callaway_santanna import TRIMMED, Sample

GROUPS = ("d1", "d0", "c1", "c0")  # supported or comparison rows, of the later (1) or the earlier period (0)


def levels(
    data: Sample,
    treated: np.ndarray,
    control: np.ndarray,
    t: int,
    b: int,
    method: str,
    logit: Callable[..., np.ndarray],
    as_drdid: bool = False,
) -> tuple[float, np.ndarray]:
    """Compare the rows of periods b and t: the effect, and one row per unit; a unit's two rows are added up.

    as_drdid: with the derivative by the regression of the earlier period as DRDID 1.2.3 has it (wrong, see `doubly_robust`).
    """
    seen = ~np.isnan(data.y[:, [b, t]]) & (treated | control)[:, None]
    unit, after = np.nonzero(seen)
    period = np.array([b, t])[after]
    y, d = data.y[unit, period], treated[unit].astype(float)
    x = np.column_stack([np.ones(len(y)), data.x[unit, period]])
    w = data.weight[unit, period] / data.weight[unit, period].mean()
    tau, psi = {"reg": regression, "ipw": weighting, "dr": doubly_robust}[method](y, d, after, x, w, logit, as_drdid)
    return tau, np.bincount(unit, psi, len(seen)) / len(y)


def regression(y, d, after, x, w, logit, as_drdid):
    """E_d1 y − E_d0 y − E_d X(β_c1 − β_c0)."""
    beta, psi_beta = fits(y, d, after, x, w)
    later, earlier = mean(w * d * after, y), mean(w * d * (1 - after), y)
    predicted = mean(w * d, x @ (beta["c1"] - beta["c0"]))
    by_beta = np.average(x, axis=0, weights=w * d)
    psi = later[1] - earlier[1] - predicted[1] - (psi_beta["c1"] - psi_beta["c0"]) @ by_beta
    return later[0] - earlier[0] - predicted[0], psi


def weighting(y, d, after, x, w, logit, as_drdid):
    """E_d1 y − E_d0 y − (E_c1 y − E_c0 y), comparison rows weighted by π / (1 − π)."""
    odds, psi_gamma = score(d, x, w, logit)
    signs = {
        "d1": (w * d * after, 1),
        "d0": (w * d * (1 - after), -1),
        "c1": (odds * after, -1),
        "c0": (odds * (1 - after), 1),
    }
    means = {name: (*mean(weights, y), sign) for name, (weights, sign) in signs.items()}
    psi = sum(sign * psi for _, psi, sign in means.values())
    by_gamma = derivative_by_gamma(odds, after, y, x)
    return sum(sign * value for value, _, sign in means.values()), psi + psi_gamma @ by_gamma


def doubly_robust(y, d, after, x, w, logit, as_drdid):
    """SZ eq. 3.4, term by term: the robust difference, and the adjustment that uses the regressions of supported rows too.

    β_c0 enters in −E_d0(y − Xβ_c0) + E_c0(y − Xβ_c0) − [E_d X(β_d0 − β_c0) − E_d0 X(β_d0 − β_c0)], so that the derivative is
    E_d0 X − E_c0 X + E_d X − E_d0 X. DRDID 1.2.3 has the first two with the opposite sign.
    """
    beta, psi_beta = fits(y, d, after, x, w)
    odds, psi_gamma = score(d, x, w, logit)
    residual = y - np.where(after == 1, x @ beta["c1"], x @ beta["c0"])
    d1, d0, c1, c0 = w * d * after, w * d * (1 - after), odds * after, odds * (1 - after)
    gap = {1: x @ (beta["d1"] - beta["c1"]), 0: x @ (beta["d0"] - beta["c0"])}
    terms = [
        (d1, residual, 1), (d0, residual, -1), (c1, residual, -1), (c0, residual, 1),
        (w * d, gap[1], 1), (d1, gap[1], -1), (w * d, gap[0], -1), (d0, gap[0], 1),
    ]  # fmt: skip
    found = [(*mean(weights, values), sign) for weights, values, sign in terms]
    X = {
        name: np.average(x, axis=0, weights=v)
        for name, v in (("d", w * d), ("d1", d1), ("d0", d0), ("c1", c1), ("c0", c0))
    }
    robust = -1 if as_drdid else 1
    by_beta = {
        "c1": -X["d1"] + X["c1"] - (X["d"] - X["d1"]),
        "c0": robust * (X["d0"] - X["c0"]) + (X["d"] - X["d0"]),
        "d1": X["d"] - X["d1"],
        "d0": -(X["d"] - X["d0"]),
    }
    psi = sum(sign * own for _, own, sign in found) + psi_gamma @ derivative_by_gamma(odds, after, residual, x)
    psi = psi + sum(psi_beta[name] @ by_beta[name] for name in GROUPS)
    return sum(sign * value for value, _, sign in found), psi


def mean(weights: np.ndarray, values: np.ndarray) -> tuple[float, np.ndarray]:
    """Return a weighted mean and its own ψ."""
    value = weights @ values / weights.sum()
    return value, weights * (values - value) / weights.mean()


def fits(y, d, after, x, w):
    """Regress y on X in each of the four groups: β and its ψ."""
    beta, psi = {}, {}
    for name in GROUPS:
        g = w * (d == (name[0] == "d")) * (after == (name[1] == "1"))
        gram = (x.T * g) @ x / len(y)
        beta[name] = np.linalg.solve(gram, (x.T * g) @ y / len(y))
        psi[name] = (g * (y - x @ beta[name]))[:, None] * x @ np.linalg.inv(gram)
    return beta, psi


def score(d, x, w, logit):
    """Return the weights w π / (1 − π) of comparison rows, and ψ of the logit's coefficients."""
    p = logit(x, d, w)
    psi = (w * (d - p))[:, None] * x @ np.linalg.inv((x.T * (w * p * (1 - p))) @ x / len(d))
    return w * (1 - d) * p / (1 - p) * (p < TRIMMED), psi


def derivative_by_gamma(odds, after, values, x):
    """Return ∂/∂γ of −(E_c1 values − E_c0 values)."""
    parts = [(mean(odds * side, values)[1][:, None] * x).mean(axis=0) for side in (after, 1 - after)]
    return -(parts[0] - parts[1])
