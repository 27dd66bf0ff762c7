"""The plain twin of `impact.estimators.callaway_santanna`: loops straight from the papers, slow and easy to read.

    CS  Callaway & Sant'Anna (2021), Difference-in-differences with multiple time periods, J. Econometrics 225(2).
    SZ  Sant'Anna & Zhao (2020), Doubly robust difference-in-differences estimators, J. Econometrics 219(1).

It shares no code with the package and keeps the papers' scaling of one comparison: an influence function ψ of *mean* zero over
its n units, V = Σ ψψ' / n². Where a comparison takes its place among all units it is divided by n, as rows sum to the error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize

NEVER = np.inf
TRIMMED = 0.995  # DRDID 1.2.3 gives comparison firms no weight from this probability of support on


@dataclass(frozen=True)
class Sample:
    """A panel as arrays over units × periods; NaN where a value is unknown.

    y: outcome. cohort: first supported period, inf is never. x: covariates (units × periods × k), without a constant.
    weight: sampling weights. periods: their labels.
    """

    y: np.ndarray
    cohort: np.ndarray
    x: np.ndarray
    weight: np.ndarray
    periods: np.ndarray

    def only(self, keep: np.ndarray) -> Sample:
        """Keep some units."""
        return Sample(self.y[keep], self.cohort[keep], self.x[keep], self.weight[keep], self.periods)


@dataclass(frozen=True)
class Effects:
    """Effects by label, and one row of influence per unit that *sums* to the error."""

    labels: list[tuple]
    value: np.ndarray
    rows: np.ndarray

    @property
    def cov(self) -> np.ndarray:
        return self.rows.T @ self.rows


def sample(
    frame: pd.DataFrame, outcome: str, covariates: list[str], weight: str | None, unbalanced: str = "pairs"
) -> tuple[Sample, pd.Index]:
    """Turn a long table (firm, year, first) into arrays; the second result labels the units."""

    def wide(name: str) -> np.ndarray:
        return frame.pivot(index="firm", columns="year", values=name).to_numpy(float)

    units = np.sort(frame["firm"].unique())
    first = frame.groupby("firm")["first"].first().to_numpy(float)
    y = wide(outcome)
    w = wide(weight) if weight else np.where(np.isnan(wide("first")), np.nan, 1.0)
    x = np.stack([wide(name) for name in covariates], axis=2) if covariates else np.zeros((*y.shape, 0))
    known = ~(np.isnan(y) | np.isnan(w) | np.isnan(x).any(axis=2))
    y = np.where(known, y, np.nan)
    used = known.all(axis=1) if unbalanced == "drop" else known.any(axis=1)
    whole = Sample(y, np.where(first == 0, NEVER, first), x, w, np.sort(frame["year"].unique()))
    return whole.only(used), pd.Index(units[used])


# ---- ATT(g, t) -----------------------------------------------------------------------------------------------------


def att_gt(
    data: Sample,
    method: str,
    comparison: str = "never",
    base: str = "varying",
    anticipation: int = 0,
    supported: np.ndarray | None = None,
    compare: Callable[..., tuple[float, np.ndarray]] | None = None,
    logit: Callable[..., np.ndarray] | None = None,
) -> Effects:
    """Estimate ATT(g, t) of every cohort g and period t (CS eq. 2.2–2.4, 3.1–3.3; theorem 2 for ψ).

    supported: marks the supported firms that count (a region's, say); comparison firms are always all of them.
    compare: how two periods are compared; `changes` of firms seen in both, if nothing else is said.
    """
    counted = np.isfinite(data.cohort) if supported is None else supported & np.isfinite(data.cohort)
    cells, found = [], []
    for g in np.unique(data.cohort[counted]):
        for t in range(0 if base == "universal" else 1, len(data.periods)):
            b = base_period(data.periods, g, t, base, anticipation)
            cells.append((int(g), int(data.periods[t])))
            if b == t:
                found.append((0.0, np.zeros(len(data.cohort))))
                continue
            control = controls(data, g, max(t, b), comparison, anticipation)
            how, score = compare or changes, logit or logit_by_optimisation
            found.append(how(data, counted & (data.cohort == g), control, t, b, method, score))
    return Effects(cells, np.array([att for att, _ in found]), np.column_stack([rows for _, rows in found]))


def base_period(periods: np.ndarray, g: float, t: int, base: str, anticipation: int) -> int:
    """Return the period that t is compared with: for t < g and a varying base the one before t, else the last one that
    is not reached by anticipation."""
    if base == "varying" and periods[t] < g:
        return t - 1
    return max(s for s in range(len(periods)) if periods[s] + anticipation < g)


def controls(data: Sample, g: float, latest: int, comparison: str, anticipation: int) -> np.ndarray:
    """Mark firms that are never supported or, if allowed, not yet in either period (CS section 2.2)."""
    never = data.cohort == NEVER
    if comparison == "never":
        return never
    return never | ((data.cohort > data.periods[latest] + anticipation) & (data.cohort != g))


def changes(
    data: Sample,
    treated: np.ndarray,
    control: np.ndarray,
    t: int,
    b: int,
    method: str,
    logit: Callable[..., np.ndarray],
) -> tuple[float, np.ndarray]:
    """Compare changes of the units that are seen in both periods: the effect, and rows that sum to its error (SZ 2–3)."""
    seen = ~np.isnan(data.y[:, t]) & ~np.isnan(data.y[:, b]) & (treated | control)
    earlier = min(t, b)
    dy = (data.y[:, t] - data.y[:, b])[seen]
    d = treated[seen].astype(float)
    x = np.column_stack([np.ones(seen.sum()), data.x[seen, earlier]])
    w = data.weight[seen, earlier] / data.weight[seen, earlier].mean()
    if method == "reg":
        tau, psi = outcome_regression(dy, d, x, w)
    elif method == "tilted":
        tau, psi = balancing(dy, d, x, w)
    else:
        tau, psi = weighting(dy, d, x, w, logit, with_regression=method == "dr")
    rows = np.zeros(len(seen))
    rows[seen] = psi / seen.sum()
    return tau, rows


def outcome_regression(dy: np.ndarray, d: np.ndarray, x: np.ndarray, w: np.ndarray) -> tuple[float, np.ndarray]:
    """τ = E[w D (ΔY − X'β)] / E[w D], β from comparison firms (SZ eq. 2.2); ψ from their theorem A.1 in the linear case."""
    residual, psi_beta = ols_of_controls(dy, d, x, w)
    treat = w * d
    tau = np.mean(treat * residual) / np.mean(treat)
    gradient = (treat[:, None] * x).mean(axis=0) / np.mean(treat)
    return tau, treat * (residual - tau) / np.mean(treat) - psi_beta @ gradient


def weighting(
    dy: np.ndarray, d: np.ndarray, x: np.ndarray, w: np.ndarray, logit: Callable[..., np.ndarray], with_regression: bool
) -> tuple[float, np.ndarray]:
    """Weight comparison firms by π / (1 − π) (SZ eq. 2.4, Hájek), with or without the regression of eq. 2.6."""
    p = logit(x, d, w)
    psi_gamma = (w * (d - p))[:, None] * x @ np.linalg.inv((x.T * (w * p * (1 - p))) @ x / len(d))
    residual, psi_beta = ols_of_controls(dy, d, x, w) if with_regression else (dy, np.zeros_like(x))
    treat, control = w * d, w * (1 - d) * p / (1 - p) * (p < TRIMMED)
    eta_treat = np.mean(treat * residual) / np.mean(treat)
    eta_control = np.mean(control * residual) / np.mean(control)
    around = control * (residual - eta_control) / np.mean(control)
    psi_treat = treat * (residual - eta_treat) / np.mean(treat)
    by_beta = (treat[:, None] * x).mean(axis=0) / np.mean(treat) - (control[:, None] * x).mean(axis=0) / np.mean(
        control
    )
    by_gamma = (around[:, None] * x).mean(axis=0)
    return eta_treat - eta_control, psi_treat - around - psi_beta @ by_beta - psi_gamma @ by_gamma


def balancing(dy: np.ndarray, d: np.ndarray, x: np.ndarray, w: np.ndarray) -> tuple[float, np.ndarray]:
    """Weight comparison firms by e = exp(Z'λ) such that their mean Z is that of supported firms (Hainmueller 2012, eq. 8).

    ψ from the moments m = w (1 − D) e (Z − z̄) that define λ, and z̄ = E[w D Z] / E[w D]: no regression appears in it.
    """
    z, treat, control = x[:, 1:], w * d, w * (1 - d)
    aim = (treat[:, None] * z).mean(axis=0) / treat.mean()

    def moments(lam: np.ndarray) -> np.ndarray:
        return (control * np.exp(z @ lam)) @ (z - aim) / len(d)

    lam = optimize.root(moments, np.zeros(z.shape[1]), tol=1e-14).x
    for _ in range(3):  # polished: scipy stops where its own steps get small
        e = control * np.exp(z @ lam)
        slope = (z - aim).T @ (e[:, None] * z) / len(d)
        lam = lam - np.linalg.solve(slope, moments(lam))
    assert np.abs(moments(lam)).max() < 1e-12 * len(d), "the twin's weights did not balance"
    e = control * np.exp(z @ lam)
    slope = (z - aim).T @ (e[:, None] * z) / len(d)
    psi_aim = treat[:, None] * (z - aim) / treat.mean()
    psi_lam = (psi_aim * e.mean() - e[:, None] * (z - aim)) @ np.linalg.inv(slope).T
    eta_treat, eta_control = np.mean(treat * dy) / treat.mean(), np.mean(e * dy) / e.mean()
    by_lam = ((e * (dy - eta_control))[:, None] * z).mean(axis=0) / e.mean()
    psi_control = e * (dy - eta_control) / e.mean() + psi_lam @ by_lam
    return eta_treat - eta_control, treat * (dy - eta_treat) / treat.mean() - psi_control


def ols_of_controls(dy: np.ndarray, d: np.ndarray, x: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return ΔY − X'β of all units, and ψ of β."""
    c = w * (1 - d)
    gram = (x.T * c) @ x / len(d)
    residual = dy - x @ np.linalg.solve(gram, (x.T * c) @ dy / len(d))
    return residual, (c * residual)[:, None] * x @ np.linalg.inv(gram)


def logit_by_optimisation(x: np.ndarray, d: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Fit P(D = 1 | X) with scipy's root finder, which knows nothing of Newton steps written elsewhere."""

    def score(gamma: np.ndarray) -> np.ndarray:
        return x.T @ (w * (d - expit(x @ gamma)))

    def hessian(gamma: np.ndarray) -> np.ndarray:
        p = expit(x @ gamma)
        return -(x.T * (w * p * (1 - p))) @ x

    start = np.linalg.lstsq(x * np.sqrt(w)[:, None], (4 * d - 2) * np.sqrt(w), rcond=None)[0]
    found = optimize.root(score, start, jac=hessian, tol=1e-14)
    gamma = found.x - np.linalg.solve(hessian(found.x), score(found.x))
    assert np.abs(score(gamma)).max() < 1e-10 * len(d), "the twin's logit did not converge"
    return expit(x @ gamma)


def expit(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


# ---- averages ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shares:
    """p_k = E[w 1{G = k}] of each group k with its ψ / n, rows like those of the effects."""

    labels: list
    value: np.ndarray
    rows: np.ndarray


def shares(
    data: Sample, groups: list, group_of: list, one: Callable[[np.ndarray], float] = lambda row: row[0]
) -> Shares:
    """Return the shares of groups; `group_of` says for each unit which group it is in (None: in none).

    one: makes one weight of a unit's weights in the periods in which it is seen; the first, if nothing else is said.
    """
    n = len(data.cohort)
    seen = np.where(np.isnan(data.y), np.nan, data.weight)
    each = np.array([one(row[~np.isnan(row)]) for row in seen])
    w = each / each.mean()
    member = np.array([[float(own == group) for group in groups] for own in group_of])
    p = (w[:, None] * member).mean(axis=0)
    return Shares(list(groups), p, (w[:, None] * member - p) / n)


def weighted(
    effects: Effects, p: Shares, cells: list[int], group: Callable[[tuple], object]
) -> tuple[float, np.ndarray]:
    """Return Σ p_k θ_k / Σ p_k over cells, and its rows with the term that R's did calls `wif` (CS theorem 4)."""
    at = [p.labels.index(group(effects.labels[i])) for i in cells]
    pg, total = p.value[at], p.value[at].sum()
    value = float(effects.value[cells] @ pg / total)
    rows = effects.rows[:, cells] @ (pg / total)
    for i, k in zip(cells, at, strict=True):
        wif = p.rows[:, k] / total - p.rows[:, at].sum(axis=1) * p.value[k] / total**2
        rows = rows + wif * effects.value[i]
    return value, rows


def averages(
    effects: Effects, p: Shares, label: Callable[[tuple], object], group: Callable[[tuple], object]
) -> Effects:
    """Average cells with the same label (None leaves a cell out), weighted by the shares of their groups."""
    named = [label(cell) for cell in effects.labels]
    wanted = sorted({name for name in named if name is not None})
    found = [weighted(effects, p, [i for i, name in enumerate(named) if name == one], group) for one in wanted]
    return Effects(wanted, np.array([value for value, _ in found]), np.column_stack([rows for _, rows in found]))


def plain_mean(effects: Effects, keep: Callable[[object], bool] = lambda _: True) -> tuple[float, np.ndarray]:
    """Return the simple mean over the labels that are kept."""
    at = [i for i, name in enumerate(effects.labels) if keep(name)]
    return float(effects.value[at].mean()), effects.rows[:, at].mean(axis=1)
