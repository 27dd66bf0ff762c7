"""The 2×2 comparison of levels, for firms that are not all seen in both periods, and for repeated cross-sections.

Rows of a period before (0) and a period after (1), supported (d) and comparison (c) firms, weights w, covariates X (a
constant first). With β the regression of y on X in one of the four groups, E_d and E_dt means over supported rows (of both
periods, of period t), and E_ct means over comparison rows weighted by w π / (1 − π):

    reg:  E_d1 y − E_d0 y − E_d X(β_c1 − β_c0)
    ipw:  E_d1 y − E_d0 y − (E_c1 y − E_c0 y)
    dr:   E_d X(β_d1 − β_d0 − β_c1 + β_c0) − (E_c1 (y − Xβ_c1) − E_c0 (y − Xβ_c0))

"dr" is the locally efficient estimator of Sant'Anna & Zhao (2020, eq. 3.3): its means of supported residuals vanish,
because each regression has a constant. Influence rows sum to the error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact.blocks import Block
from impact.estimators import _sides
from impact.estimators._sides import Outcome, Propensity, Side

COLLINEAR = "covariates are collinear, or more than the firms"
SEPARATED = "covariates separate supported from comparison firms"


@dataclass(frozen=True)
class Rows:
    """Rows of one side: the unit of each (n), whether it is of the later period (n), x (n × k), y (n), weight (n)."""

    unit: np.ndarray
    after: np.ndarray
    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray

    def part(self, after: bool) -> Side:
        """Return the rows of one period."""
        chosen = self.after == after
        return Side(self.x[chosen], self.y[chosen, None], self.weight[chosen])

    @property
    def whole(self) -> Side:
        """Return the rows of both periods."""
        return Side(self.x, self.y[:, None], self.weight)


@dataclass(frozen=True)
class Found:
    """An effect, and the influence of each row on both sides."""

    value: float
    supported: np.ndarray
    comparison: np.ndarray


def effect(d: Rows, c: Rows, method: str) -> Found | str:
    """Return the effect, or the reason why it cannot be estimated."""
    if not all((side.after == after).any() for side in (d, c) for after in (True, False)):
        return "one side is not seen in one of the periods"
    alone = d.x.shape[1] == 1
    models = {} if method == "ipw" and not alone else _models(d, c, alone or method == "reg")
    score = None if method == "reg" or alone else _sides.propensity(d.whole, c.whole)
    if any(model is None for model in models.values()):
        return COLLINEAR
    if score is None and method != "reg" and not alone:
        return SEPARATED
    return _sum(d, c, {name: model for name, model in models.items() if model is not None}, score)


def _models(d: Rows, c: Rows, comparison_only: bool) -> dict[str, Outcome | None]:
    sides = {"c0": c.part(False), "c1": c.part(True)}
    if not comparison_only:
        sides |= {"d0": d.part(False), "d1": d.part(True)}
    return {name: _sides.outcome_model(side) for name, side in sides.items()}


def _sum(d: Rows, c: Rows, models: dict[str, Outcome], score: Propensity | None) -> Found:
    """Add up the signed means of the method, with the influence that each of them has."""
    total = _Total(d, c)
    if "d0" not in models:
        total.add_mean(d, True, +1)
        total.add_mean(d, False, -1)
    for name, sign in (("d1", +1), ("d0", -1), ("c1", -1), ("c0", +1)):
        if name in models:
            total.add_prediction(name, models[name], sign)
    if score is not None:
        total.add_tilted(True, -1, models.get("c1"), score)
        total.add_tilted(False, +1, models.get("c0"), score)
    return Found(total.value, total.supported, total.comparison)


class _Total:
    """A running sum of means and of their influence."""

    def __init__(self, d: Rows, c: Rows):
        self.d, self.c = d, c
        self.value, self.supported, self.comparison = 0.0, np.zeros(len(d.y)), np.zeros(len(c.y))

    def add_mean(self, side: Rows, after: bool, sign: int) -> None:
        """Add the mean outcome of supported rows of one period."""
        a = np.where(side.after == after, side.weight, 0)
        a = a / a.sum()
        mean = a @ side.y
        self.value += sign * float(mean)
        self.supported += sign * a * (side.y - mean)

    def add_prediction(self, name: str, model: Outcome, sign: int) -> None:
        """Add the mean over all supported rows of what one of the regressions predicts for them."""
        a = self.d.weight / self.d.weight.sum()
        predicted = self.d.x @ model.beta[:, 0]
        mean = a @ predicted
        self.value += sign * float(mean)
        self.supported += sign * a * (predicted - mean)
        self._add_regression(name, model, sign * (a @ self.d.x))

    def add_tilted(self, after: bool, sign: int, model: Outcome | None, score: Propensity) -> None:
        """Add the mean residual of comparison rows of one period, weighted by their odds of support."""
        odds = np.where(score.comparison < _sides.TRIMMED, score.comparison / (1 - score.comparison), 0)
        a = np.where(self.c.after == after, self.c.weight * odds, 0)
        a = a / a.sum()
        residual = self.c.y if model is None else self.c.y - self.c.x @ model.beta[:, 0]
        mean = a @ residual
        tilt = a * (residual - mean)
        slope = score.inverse @ (self.c.x.T @ tilt)
        self.value += sign * float(mean)
        self.supported += sign * self.d.weight * (1 - score.supported) * (self.d.x @ slope)
        self.comparison += sign * (tilt - self.c.weight * score.comparison * (self.c.x @ slope))
        if model is not None:
            self._add_regression("c1" if after else "c0", model, -sign * (a @ self.c.x))

    def _add_regression(self, name: str, model: Outcome, direction: np.ndarray) -> None:
        """Add the influence of a regression's coefficients in one direction."""
        side, rows = (self.d, self.supported) if name[0] == "d" else (self.c, self.comparison)
        chosen = side.after == (name[1] == "1")
        part = side.part(name[1] == "1")
        rows[chosen] += part.weight * (part.x @ (model.inverse @ direction)) * _sides.residual(part, model)[:, 0]


def per_unit(unit: np.ndarray, rows: np.ndarray) -> Block:
    """Add the influence of rows within units: a firm that is seen in both periods is one firm."""
    present, position = np.unique(unit, return_inverse=True)
    return Block(present, np.bincount(position, rows, len(present))[:, None], np.array([0]))
