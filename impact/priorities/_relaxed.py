"""The plan problem as rows and its linear relaxation, by HiGHS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, sparse

from impact.priorities._rules import Problem

MANY = 20_000  # cells with levels from which on the simplex method takes minutes, and the interior point 3 s
DIGITS = 12  # of amounts as shares of the largest: the unit of money changes nothing


@dataclass(frozen=True)
class Rows:
    """max g'x over whole x ≥ 0 with A x ≤ b (the rules that regions share) and, in every region, Σ x ≤ cap.

    of: which rule each row is of. unit: what a row was divided by, so that its numbers are near one.
    """

    gain: np.ndarray
    a: np.ndarray
    b: np.ndarray
    caps: np.ndarray
    levels: int
    of: np.ndarray
    unit: np.ndarray

    @property
    def most(self) -> np.ndarray:
        """Return the most firms of each cell."""
        return np.repeat(self.caps, self.levels)

    @property
    def shared(self) -> Any:
        """Return regions × cells: which cells share a cap."""
        return sparse.kron(sparse.eye_array(len(self.caps)), np.ones((1, self.levels)), format="csr")


@dataclass(frozen=True)
class Relaxed:
    """The value of the linear relaxation, the prices of the rows, and what each use of a firm loses at these prices.

    loss: regions × (no support, level 1, level 2, …); the best use of a region's firms loses nothing.
    """

    bound: float
    prices: np.ndarray
    loss: np.ndarray


def rows_of(problem: Problem, gain: np.ndarray) -> Rows:
    """Write the rules as rows A x ≤ b, and the gain of a firm in each cell as a share of the largest."""
    a, b, of, units = [], [], [], []
    for at, limit in enumerate(problem.limits):
        for sign, bound in zip((-1.0, 1.0), limit.bounds, strict=True):
            if np.isfinite(bound):
                unit = abs(bound) or float(np.abs(limit.row).max()) or 1.0
                a.append(np.round(sign * limit.row / unit, DIGITS))
                b.append(round(sign * bound / unit, DIGITS))
                of.append(at)
                units.append(unit)
    scaled = np.round(gain / (np.abs(gain).max() or 1.0), DIGITS)
    table = np.array(a).reshape(-1, len(gain))
    return Rows(scaled, table, np.array(b), problem.caps, len(problem.levels), np.array(of, int), np.array(units))


def relaxed(rows: Rows) -> Relaxed | None:
    """Solve the problem as if firms could be divided; None where even so no plan keeps the rules."""
    a, b = sparse.csr_array(rows.a), rows.b
    if rows.levels > 1:
        a, b = sparse.vstack([a, rows.shared], format="csr"), np.concatenate([b, rows.caps])
    bounds = np.column_stack([np.zeros(len(rows.gain)), rows.most])
    method = "highs-ipm" if rows.levels > 1 and len(rows.gain) > MANY else "highs-ds"
    presolve = {"presolve": rows.levels > 1}
    found = optimize.linprog(-rows.gain, A_ub=a, b_ub=b, bounds=bounds, method=method, options=presolve)
    if found.status != 0:
        return None
    prices = np.maximum(-found.ineqlin.marginals[: len(rows.b)], 0)
    worth = (rows.gain - prices @ rows.a).reshape(-1, rows.levels)
    uses = np.column_stack([np.zeros(len(worth)), worth])
    best = uses.max(axis=1)
    return Relaxed(float(prices @ rows.b + rows.caps @ best), prices, best[:, None] - uses)
