"""The best plan: listed where few uses of firms are in doubt, as they mostly are, else by HiGHS on those in doubt."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize, sparse

from impact.priorities._relaxed import Relaxed, Rows, relaxed, rows_of
from impact.priorities._rules import Problem
from impact.priorities._search import EXACT, least_loss

FIRST, WIDER = 12, 1.5  # uses of firms in doubt to begin with, and times as many when the best plan is not among them
EASY = 40
NODES = 300  # of HiGHS's search, after which it gives the plan that it has: the last won is looked for no longer
STOPPED = 1  # HiGHS's word for a limit that was reached
ROUGHLY = 5e-4  # of a floor that is told to a thousandth
ROUNDING = 1e-6
BINDS = 1e-9  # of the largest price of a row, from which on a rule has one


@dataclass(frozen=True)
class Found:
    """Firms by cell; the share by which a better plan could at most exceed it; the price of each rule."""

    x: np.ndarray
    gap: float
    prices: np.ndarray


def best(problem: Problem, gain: np.ndarray, gap: float, easy: int = EASY) -> Found | None:
    """Return a plan that is within `gap` (a share of its value) of the best one; None where no plan keeps the rules.

    easy: uses of firms in doubt up to which the best plan is looked for, however near another is.
    """
    rows = rows_of(problem, gain)
    loose = relaxed(rows)
    found = None if loose is None else _near(problem, rows, loose, gap, easy)
    if loose is None or found is None:
        return None
    x, missing = found
    value = float(rows.gain @ x)
    prices = np.zeros(len(problem.limits))
    known = np.where(loose.prices > BINDS * loose.prices.max(), loose.prices, 0.0)
    np.add.at(prices, rows.of, known * (np.abs(gain).max() or 1.0) / rows.unit)
    return Found(_first_of_alike(rows, x), missing / abs(value) if value and missing > EXACT else 0.0, prices)


def possible(problem: Problem) -> bool:
    """Tell whether any plan keeps the rules: whether the one with the most of a floor has enough of it.

    A floor that can be kept only to the last won counts as one that cannot: floors are told to a thousandth.
    """
    floor = next((limit for limit in problem.limits if limit.kind == "floor"), None)
    if floor is None:
        return most_of(problem, np.zeros(len(problem.cost))) is not None
    x = most_of(problem.without(floor.name), floor.row)
    return x is not None and float(floor.row @ x) >= floor.bounds[0] - ROUNDING


def most_of(problem: Problem, gain: np.ndarray) -> np.ndarray | None:
    """Return a plan that has nearly the most of something; None where no plan keeps the rules."""
    rows = rows_of(problem, gain)
    if relaxed(rows) is None:
        return None
    found = _integer(rows, rows.shared, ROUGHLY)
    return None if found is None else found[0]


def _near(problem: Problem, rows: Rows, loose: Relaxed, gap: float, easy: int) -> tuple[np.ndarray, float] | None:
    """List plans farther and farther from the relaxed one, until the best is among them or one is near enough."""
    allowed = gap * abs(loose.bound)
    order, doubtful = np.sort(loose.loss[loose.loss > 0]), float(FIRST)
    while True:
        limit = float(order[int(doubtful)]) if doubtful < len(order) else float(rows.caps @ loose.loss.max(axis=1))
        found = least_loss(rows, loose, limit)
        if found is None:
            return _by_highs(problem, rows, loose, limit, allowed)
        if found[1] <= limit + EXACT:
            return found[0], 0.0
        if found[1] <= allowed and doubtful > easy:
            return found[0], found[1] - limit
        if doubtful >= len(order):
            return None if found[1] == np.inf else (found[0], 0.0)
        doubtful *= WIDER


def _by_highs(
    problem: Problem, rows: Rows, loose: Relaxed, limit: float, allowed: float
) -> tuple[np.ndarray, float] | None:
    """Let HiGHS choose among the uses of firms that lose up to `limit` each, more of them until the plan is near enough."""
    while True:
        open_ = loose.loss <= limit
        found = _core(rows, loose, open_, allowed)
        missing = np.inf if found is None else loose.bound - float(rows.gain @ found[0])
        if found is not None and (missing <= max(allowed, limit) or open_.all()):
            unseen = 0.0 if open_.all() else missing - limit  # plans with a closed use lose more than the limit
            return found[0], max(min(missing, max(found[1], unseen)), 0.0)
        if open_.all() or (found is None and not possible(problem)):
            return None
        closed = np.sort(loose.loss[~open_])
        limit = min(float(closed[min(len(closed) - 1, int(open_.sum()))]), max(missing, float(closed[0])))


def _core(rows: Rows, loose: Relaxed, open_: np.ndarray, allowed: float) -> tuple[np.ndarray, float] | None:
    """Solve over the regions with several open uses, the others put to their best; return the plan and what is unproven."""
    doubt, best_use = open_.sum(axis=1) > 1, loose.loss.argmin(axis=1)
    plan = np.zeros((len(doubt), rows.levels))
    used = np.flatnonzero(~doubt & (best_use > 0))
    plan[used, best_use[used] - 1] = rows.caps[used]
    whole = plan.ravel()
    cells = np.flatnonzero((open_[:, 1:] & doubt[:, None]).ravel())
    near = abs(loose.bound - float(rows.gain @ whole))
    part = replace(rows, gain=rows.gain[cells], a=rows.a[:, cells], b=rows.b - rows.a @ whole)
    shared = rows.shared[:, cells]
    found = _integer(replace(part, caps=rows.caps), shared, allowed / max(near, allowed, EXACT))
    if found is None:
        return None
    whole[cells] = found[0]
    return whole, found[1]


def _integer(rows: Rows, shared: sparse.csr_array, gap: float) -> tuple[np.ndarray, float] | None:
    """Solve max g'x, A x ≤ b, Σ x ≤ cap by region, x whole; return x and what a better one could still bring."""
    b = rows.b
    while True:
        rules = [optimize.LinearConstraint(rows.a, -np.inf, b), optimize.LinearConstraint(shared, -np.inf, rows.caps)]
        found = _milp(rows.gain, rules, mip_rel_gap=gap, node_limit=NODES)
        if found.x is None and found.status == STOPPED:
            found = _milp(rows.gain, rules, mip_rel_gap=gap)
        if found.x is None:
            return None
        x = np.round(found.x)
        missed = rows.a @ x - rows.b
        if (missed <= EXACT).all():
            return x, max(-float(found.mip_dual_bound) - float(rows.gain @ x), 0.0)
        b = b - 2 * np.maximum(missed, 0)  # HiGHS keeps rules to a millionth only


def _milp(gain: np.ndarray, rules: list[optimize.LinearConstraint], **options: float) -> optimize.OptimizeResult:
    """Ask HiGHS; without its presolve, with which it prints lines of its own, and is no faster on so few cells."""
    options = {"presolve": False} | options
    return optimize.milp(-gain, integrality=np.ones(len(gain)), constraints=rules, options=options)


def _first_of_alike(rows: Rows, x: np.ndarray) -> np.ndarray:
    """Among regions that are alike in everything, choose the first by label, so that ties have one answer."""
    described = np.vstack([rows.gain, rows.a, rows.most]).T.reshape(len(rows.caps), -1)
    _, kind = np.unique(described, axis=0, return_inverse=True)
    plan = x.reshape(-1, rows.levels).copy()
    by_kind = np.lexsort((*-plan.T[::-1], kind.ravel()))  # kinds together, within them more firms first
    plan[np.argsort(kind.ravel(), kind="stable")] = plan[by_kind]
    return plan.ravel()
