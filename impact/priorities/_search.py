"""All plans near the relaxed one, the least loss first.

At the prices λ ≥ 0 of the relaxed problem every plan that keeps the rules has the value

    g'x = U − Σ_r loss_r(x) − λ'(b − A x),      every term that is taken off ≥ 0,

with U the value of the relaxed problem, loss_r what region r's firms lose against their best use at these prices, and b − A x
what the rules leave over. So every plan better than U − D has Σ_r loss_r < D. All uses of firms with a sum of losses up to D
are listed; the best plan among them, if it loses no more than D in all, is the best of all plans. If none is, D is widened.

Source: Pisinger, D. (1995). A minimal algorithm for the multiple-choice knapsack problem. European Journal of Operational
Research 83(2), 394–410 (that only few regions are in doubt); the bound is that of Dyer, M. E. (1980), Operations Research 28(4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact.priorities._relaxed import Relaxed, Rows

MANY = 30_000  # partial plans beyond which listing is given up
PAIRS = 1_000_000  # of partial plans and moves, likewise
FEW = 500  # partial plans that are not worth comparing with one another
MANY_MOVES = 2_000  # ways to use the firms of a region, likewise
EXACT = 1e-9  # of a rule, by which it may be missed: rounding


@dataclass(frozen=True)
class _Moves:
    """Ways to use the firms of one region: changes of firms by cell, what they lose, and what they take of the rules."""

    cells: np.ndarray
    firms: np.ndarray
    loss: np.ndarray
    takes: np.ndarray


def least_loss(rows: Rows, relaxed: Relaxed, limit: float) -> tuple[np.ndarray, float] | None:
    """Return the best plan among those whose regions lose up to `limit` in all, and what it loses with unused money.

    The loss is infinite where no such plan keeps the rules. None where they are too many to be listed.
    """
    base, moves = _base(rows, relaxed), _all_moves(rows, relaxed, limit)
    if moves is None:
        return None
    kept = _can_be_missed(rows, relaxed, base, moves)
    left = (rows.b - rows.a @ base)[None, kept]
    reach = np.cumsum([np.maximum(-one.takes[:, kept], 0).max(axis=0) for one in moves[::-1]], axis=0)[::-1]
    lost, steps = np.zeros(1), []
    for at, one in enumerate(moves):
        ahead = reach[at + 1] if at + 1 < len(moves) else 0.0
        grown = _grown(lost, left, one, kept, limit, ahead)
        if grown is None:
            return None
        lost, left, step = grown
        steps.append(step)
    keeps = (left >= -EXACT).all(axis=1)
    total = np.where(keeps, lost + left @ relaxed.prices[kept], np.inf)
    if not keeps.any():
        return base, np.inf
    best = int(total.argmin())
    return _traced(base, moves, steps, best), float(total[best])


def _base(rows: Rows, relaxed: Relaxed) -> np.ndarray:
    """Put all firms of every region to their best use at the prices."""
    best = relaxed.loss.argmin(axis=1)
    plan = np.zeros((len(best), rows.levels))
    used = np.flatnonzero(best > 0)
    plan[used, best[used] - 1] = rows.caps[used]
    return plan.ravel()


def _all_moves(rows: Rows, relaxed: Relaxed, limit: float) -> list[_Moves] | None:
    """List the moves of every region that has any, those that lose most first; None where there are too many."""
    best = relaxed.loss.argmin(axis=1)
    others = relaxed.loss.copy()
    others[np.arange(len(best)), best] = np.inf
    least = others.min(axis=1)
    doubtful = np.flatnonzero((least <= limit) & (rows.caps > 0))
    moves = []
    for region in doubtful[np.argsort(-least[doubtful], kind="stable")]:
        found = _moves(rows, region, int(best[region]), others[region], limit)
        if found is None:
            return None
        moves.append(found)
    return moves


def _moves(rows: Rows, region: int, best: int, loss: np.ndarray, limit: float) -> _Moves | None:
    """List how the firms of a region can be used for a loss up to `limit`."""
    cap, uses = int(rows.caps[region]), np.flatnonzero(loss <= limit)
    firms, lost = np.zeros((1, 0), int), np.zeros(1)
    for use in uses:
        most = cap if loss[use] * cap <= limit else int(limit / loss[use])
        if len(lost) * (most + 1) > MANY_MOVES:
            return None
        counts = np.tile(np.arange(most + 1), len(lost))
        firms = np.column_stack([np.repeat(firms, most + 1, axis=0), counts])
        lost = np.repeat(lost, most + 1) + counts * loss[use]
        fits = (firms.sum(axis=1) <= cap) & (lost <= limit)
        firms, lost = firms[fits], lost[fits]
    change = np.zeros((len(firms), rows.levels + 1))
    change[:, uses] = firms
    change[:, best] = -firms.sum(axis=1)
    cells = region * rows.levels + np.arange(rows.levels)
    return _Moves(cells, change[:, 1:], lost, change[:, 1:] @ rows.a[:, cells].T)


def _can_be_missed(rows: Rows, relaxed: Relaxed, base: np.ndarray, moves: list[_Moves]) -> np.ndarray:
    """Return the rules that these moves can break, and those with a price."""
    lowest = rows.b - rows.a @ base - sum((one.takes.max(axis=0) for one in moves), np.zeros(len(rows.b)))
    return np.flatnonzero((lowest < -EXACT) | (relaxed.prices > 0))


def _grown(
    lost: np.ndarray, left: np.ndarray, moves: _Moves, kept: np.ndarray, limit: float, ahead: np.ndarray | float
) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray]] | None:
    """Combine partial plans with the moves of one more region; leave out what loses too much or cannot keep the rules."""
    if len(lost) * len(moves.loss) > PAIRS:
        return None
    total = lost[:, None] + moves.loss
    parent, move = np.nonzero(total <= limit)
    if len(parent) > MANY:
        return None
    rest = left[parent] - moves.takes[move][:, kept]
    kept_on = np.flatnonzero((rest + ahead >= -EXACT).all(axis=1))
    lost, rest = total[parent, move][kept_on], rest[kept_on]
    least = _least_of_alike(lost, rest)
    kept_on = kept_on[least]
    return lost[least], rest[least], (parent[kept_on], move[kept_on])


def _least_of_alike(lost: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Among partial plans that leave the same of every rule, keep the one that loses least."""
    if len(lost) < FEW:
        return np.arange(len(lost))
    rounded = np.round(left, 9)
    order = np.lexsort((lost, *rounded.T))
    new = (np.diff(rounded[order], axis=0) != 0).any(axis=1)
    return np.sort(order[np.concatenate([[True], new])])


def _traced(base: np.ndarray, moves: list[_Moves], steps: list[tuple[np.ndarray, np.ndarray]], at: int) -> np.ndarray:
    """Return the whole plan of a partial plan of the last step."""
    plan = base.copy()
    for one, (parent, move) in zip(moves[::-1], steps[::-1], strict=True):
        plan[one.cells] += one.firms[move[at]]
        at = int(parent[at])
    return plan
