"""The textbook comparison: before and after, with and without support; the difference of four means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact import checks
from impact.aggregate import marked_thin
from impact.blocks import Block
from impact.design import Design
from impact.errors import InputError
from impact.estimates import Estimate
from impact.estimators import _data
from impact.noise import Influence

SOURCE = (
    "Angrist, J. D. and Pischke, J.-S. (2009). Mostly Harmless Econometrics, section 5.2. Princeton University Press. "
    "ISBN 978-0-691-12035-5"
)


@dataclass(frozen=True)
class Options:
    """There is nothing to choose."""


def estimate(design: Design, outcome: str, options: Options) -> Estimate:
    """Compare means before and after support between supported firms and firms that are never supported.

    The estimand: by how much more the outcome of supported firms changed, from the average of the periods before support
    to the average of the periods from support on, than that of comparison firms over the same periods, by cohort:

        τ_g = (Ȳ_after − Ȳ_before | cohort g) − (Ȳ_after − Ȳ_before | never supported)

    A firm enters with the mean of its own periods on each side, so that in a balanced panel this is the difference of four
    means; firms that are not seen on both sides take no part. Anticipated periods count neither as before nor as after.

    design: without covariates or weights, comparison "never". Returns an Estimate over `cohort`. Raises InputError for a design
    that this comparison cannot honour.
    Source: Angrist & Pischke (2009), eq. 5.2.1–5.2.3.
    """
    _refuse(design)
    data = _data.read(design, outcome)
    rows = range(len(design.groups))
    values, counts, blocks = zip(*(_compared(design, data, row) for row in rows), strict=True)
    shares = _data.shares(design, data)
    cells = shares.cells.assign(
        n_supported=pd.array([s for s, _ in counts], "Int64"),
        n_comparison=pd.array([c for _, c in counts], "Int64"),
        state=np.where(np.isnan(values), "not identified", "shown"),
    )
    noise = Influence(design.panel.units, tuple(block for pair in blocks for block in pair), len(values))
    return Estimate(
        pd.Series(values, shares.value.index, name="estimate"), noise, marked_thin(cells), shares, design.attributes
    )


def _compared(design: Design, data: _data.Data, row: int) -> tuple[float, tuple[int, int], tuple[Block, ...]]:
    """Return one group's effect, its counts of firms, and the influence of both sides."""
    cohort = float(design.groups["cohort"].iloc[row])
    change = _mean(data.y[:, design.periods >= cohort]) - _mean(
        data.y[:, design.periods + design.anticipation < cohort]
    )
    supported = np.flatnonzero((design.group_of == row) & ~np.isnan(change))
    comparison = np.flatnonzero(np.isinf(design.cohort) & design.same_stratum(row) & ~np.isnan(change))
    if not len(supported) or not len(comparison):
        checks.warn([f"The effect on cohort {cohort:.0f} cannot be estimated: no firm is seen on both sides of it."])
        return np.nan, (len(supported), len(comparison)), ()
    blocks = (_side(change, supported, row, 1), _side(change, comparison, row, -1))
    value = change[supported].mean() - change[comparison].mean()
    return float(value), (len(supported), len(comparison)), blocks


def _side(change: np.ndarray, units: np.ndarray, cell: int, sign: int) -> Block:
    deviation = change[units] - change[units].mean()
    return Block(units, sign * deviation[:, None] / len(units), np.array([cell]), own=sign > 0)


def _mean(values: np.ndarray) -> np.ndarray:
    """Return each firm's mean over the periods in which it is seen; nan where it is seen in none."""
    seen = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.where(seen, values, 0).sum(axis=1) / seen.sum(axis=1)


def _refuse(design: Design) -> None:
    roles = design.panel.roles
    asked = {
        "covariates": bool(roles.covariates),
        "weight": bool(roles.weight),
        'comparison="not_yet"': design.comparison != "never",
        'rows of firms that are not seen on both sides (unbalanced="keep", unit=None)': design.unbalanced == "keep",
    }
    if any(asked.values()):
        named = ", ".join(name for name, given in asked.items() if given)
        raise InputError(
            f"two_by_two compares plain means with firms that are never supported; it cannot use {named}. "
            "Use callaway_santanna."
        )
