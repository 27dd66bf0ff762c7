"""What a study says of the regression that most evaluations report: the tables that take its coefficient apart.

A study that names the estimator twfe with effects = "static" gets them: the weight of each cohort and period, the two-by-two
comparisons, and both summed up. They belong to one coefficient for all cohorts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from impact import checks, decompose
from impact.design import Design
from impact.errors import InputError
from impact.study import Estimating, Outcome, Study

MADE_BY: dict[str, tuple[Callable[[Design, str], pd.DataFrame], tuple[str, ...]]] = {
    "twfe_weights": (decompose.twfe_weights, ("cohort", "period", "weight", "n_supported")),
    "bacon": (decompose.bacon, ("treated", "comparison", "type", "estimate", "weight", "n_supported", "n_comparison")),
}
PART_COLUMNS = ("outcome", "part", "weight", "estimate", "n_parts", "state")
NEGATIVE, EFFECTS = "negative weights", "effects"


def wanted(study: Study) -> Estimating | None:
    """Return the first estimate that is one coefficient of two-way fixed effects, if the study asks for one."""
    static = (one for one in study.estimate if one.estimator == "twfe" and one.options.get("effects") == "static")
    return next(static, None)


def taken_apart(design: Design, outcomes: Iterable[Outcome]) -> dict[str, pd.DataFrame]:
    """Return the tables over all outcomes; an outcome of which one cannot be made is said and left out of it."""
    chosen = list(outcomes)
    tables = {name: _joined([_one(name, design, outcome) for outcome in chosen], name) for name in MADE_BY}
    return {**tables, "regression_parts": parts(tables["twfe_weights"], tables["bacon"])}


def parts(weights: pd.DataFrame, comparisons: pd.DataFrame) -> pd.DataFrame:
    """Sum up: the weight and mean estimate of each type of comparison, and of effects those with negative weight.

    Columns: outcome, part (a type of comparison, "effects", "negative weights"), weight (their sum), estimate (their mean,
    weighted; blank for effects), n_parts, state.
    """
    rows: list[tuple[object, ...]] = []
    order = {kind: position for position, kind in enumerate(decompose.TYPES)}
    ordered = comparisons.sort_values("type", key=lambda of: of.map(order), kind="stable")
    for (outcome, kind), of in ordered.groupby(["outcome", "type"], sort=False):
        total = of["weight"].sum()
        rows.append((outcome, kind, total, (of["weight"] * of["estimate"]).sum() / total, len(of), "shown"))
    for outcome, of in weights.groupby("outcome", sort=False):
        negative = of.loc[of["weight"] < 0, "weight"]
        rows.append((outcome, EFFECTS, of["weight"].sum(), None, len(of), "shown"))
        rows.append((outcome, NEGATIVE, negative.sum(), None, len(negative), "shown"))
    table = pd.DataFrame(rows, columns=list(PART_COLUMNS))
    return table.astype({"weight": float, "estimate": float}).astype({"n_parts": "Int64"})


def _one(name: str, design: Design, outcome: Outcome) -> pd.DataFrame:
    make, columns = MADE_BY[name]
    try:
        table = make(design, outcome.specification)[list(columns)]
    except InputError as error:
        checks.warn([f"{outcome.name}: {problem}" for problem in error.problems])
        table = pd.DataFrame(columns=list(columns))
    table.insert(0, "outcome", outcome.name)
    return table.assign(state="shown")


def _joined(tables: list[pd.DataFrame], name: str) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]
    columns = ["outcome", *MADE_BY[name][1], "state"]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=columns)
