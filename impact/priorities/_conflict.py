"""When no plan keeps all rules: which of them exclude one another, and the nearest floor that can be kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from impact.errors import InputError
from impact.priorities import _solve
from impact.priorities._rules import Limit, Problem

STEPS = 1000  # floors are told to a thousandth
ROUNDS = 20
MANY = 1e6  # firms, more than any region has


def refusal(problem: Problem) -> InputError:
    """Say which rules exclude one another, none of which could be left out of the list, and what would be possible."""
    rules = _excluding(problem)
    names = [rule.name for rule in rules]
    joined = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    alone = "exclude one another" if len(names) > 1 else "cannot be kept"
    caps = ", given how many firms each region can have at most" if _caps_matter(problem, rules) else ""
    floors = [rule for rule in rules if rule.kind == "floor"]
    advice = " ".join(_nearest_said(problem, floor) for floor in floors) or "Change one of them."
    return InputError(f"A plan must keep all its rules, and no plan does: {joined} {alone}{caps}. {advice}")


def nearest_floor(problem: Problem, name: str) -> float | None:
    """Return the highest share, in thousandths rounded down, at which a plan keeps all rules; None where not even 0 helps.

    A share part'x / whole'x is largest where part'x − s whole'x is largest at s, the share itself (Dinkelbach 1967).
    """
    floor, others = next(limit for limit in problem.limits if limit.name == name), problem.without(name)
    whole = floor.whole if np.ndim(floor.whole) else np.zeros(len(floor.part))
    share = 0.0
    for _ in range(ROUNDS):
        x = _solve.most_of(others, floor.part - share * whole)
        if x is None:
            return None
        before, share = share, max(share, floor.used(x))
        if share <= before:
            break
    return int(min(share, 1.0) * STEPS + _solve.ROUNDING) / STEPS


def _nearest_said(problem: Problem, floor: Limit) -> str:
    share = nearest_floor(problem, floor.name)
    if share is None:
        return f"No floor for {floor.label} could be kept, not even 0: change another of these rules."
    return f"The nearest floor for {floor.label} that a plan can keep is {share:g}: lower it, or change another of these rules."


def _excluding(problem: Problem) -> list[Limit]:
    """Leave out one rule after another while no plan keeps the rest: what remains excludes one another."""
    for limit in sorted(problem.limits, key=lambda limit: limit.kind != "province"):
        fewer = problem.without(limit.name)
        if len(fewer.limits) and not _solve.possible(fewer):
            problem = fewer
    return list(problem.limits)


def _caps_matter(problem: Problem, rules: list[Limit]) -> bool:
    """Tell whether the rules could be kept if every region had as many firms as one likes."""
    free = replace(problem, caps=np.full_like(problem.caps, MANY), limits=tuple(rules))
    return _solve.possible(free)
