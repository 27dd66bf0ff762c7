"""What an estimator reads of a design: outcome, covariates and weights as units × periods, and the shares of groups."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact.blocks import Block, sided
from impact.design import Design
from impact.errors import InputError
from impact.estimates import Estimate
from impact.noise import Influence


@dataclass(frozen=True)
class Data:
    """Values over the periods of a design.

    y: outcome (n × T), NaN where it is unknown, or where a covariate or weight is.
    x: covariates (n × T × k, or n × 1 × k where they do not change), a constant first.
    weight: sampling weights (n × T, or n × 1).
    share_weight: one weight per unit for the sizes of groups; zero for units that are never used.
    """

    y: np.ndarray
    x: np.ndarray
    weight: np.ndarray
    share_weight: np.ndarray

    @functools.cached_property
    def complete(self) -> bool:
        """Tell whether no value is missing among the units used."""
        return not (np.isnan(self.y).any(axis=1) & (self.share_weight > 0)).any()

    @property
    def constant(self) -> bool:
        """Tell whether covariates and weights are the same in all periods."""
        return self.x.shape[1] == 1 and self.weight.shape[1] == 1


def read(design: Design, outcome: str) -> Data:
    """Read the outcome and what goes with it; with unbalanced="drop" firms that miss a period are left out whole."""
    panel, roles = design.panel, design.panel.roles
    every = len(design.periods) == len(panel.periods)
    at = slice(None) if every else np.searchsorted(panel.periods, design.periods)
    y = panel.wide(outcome)[:, at]
    covariates = [panel.wide(name)[:, at] for name in roles.covariates]
    weight = panel.wide(roles.weight)[:, at] if roles.weight else np.broadcast_to(1.0, (len(y), 1))
    known = functools.reduce(np.logical_and, (~np.isnan(values) for values in (y, weight, *covariates)))
    y = y if known.all() else np.where(known, y, np.nan)
    used = known.all(axis=1) if design.unbalanced == "drop" else known.any(axis=1)
    used &= ~np.isnan(design.cohort)
    one = (
        _mean_known(weight, known)
        if design.unbalanced == "keep" and not known[used].all()
        else _first_seen(weight, known)
    )
    share = np.where(used, one, 0) if used.any() else _nobody(outcome)
    y = y if used.all() else np.where(used[:, None], y, np.nan)
    return Data(y, _stacked(covariates, len(y)), _narrow(weight), share)


def shares(design: Design, data: Data) -> Estimate:
    """Return p_ℓ = mean of w_i 1{i in group ℓ}, with its noise (w_i 1{i in ℓ} − p_ℓ) / n, over the units used."""
    used = np.flatnonzero(data.share_weight > 0)
    n, w = len(used), data.share_weight / data.share_weight[used].mean()
    groups = np.arange(len(design.groups))
    members = [units[data.share_weight[units] > 0] for units in design.members]
    value = np.array([w[rows].sum() / n for rows in members])
    counts = np.array([len(rows) for rows in members])
    everyone = np.concatenate(members)
    own = sided(everyone, counts, w[everyone, None] / n)
    common = Block(used, np.broadcast_to(1 / n, (n, 1)), groups, -value[None, :])
    labels = pd.MultiIndex.from_frame(design.groups)
    index = labels.get_level_values(0) if labels.nlevels == 1 else labels
    noise = Influence(design.panel.units, (own, common), len(groups))
    unknown = pd.array([pd.NA] * len(counts), "Int64")
    columns = {"n_supported": pd.array(counts, "Int64"), "n_comparison": unknown, "df": np.inf, "state": "shown"}
    cells = pd.DataFrame(columns, index=index)
    return Estimate(pd.Series(value, index, name="share"), noise, cells)


def _first_known(weight: np.ndarray) -> np.ndarray:
    """Return each unit's first value that is known."""
    return weight[np.arange(len(weight)), np.argmax(~np.isnan(weight), axis=1)]


def _first_seen(weight: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return each unit's weight in the first row that is used, as R's did takes it for the sizes of groups."""
    whole = np.broadcast_to(weight, known.shape)
    return whole[np.arange(len(whole)), np.argmax(known, axis=1)]


def _mean_known(weight: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return each unit's mean weight over its rows, as R's did takes it where firms come and go."""
    whole = np.broadcast_to(weight, known.shape)
    return np.where(known, whole, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)


def _stacked(covariates: list[np.ndarray], n: int) -> np.ndarray:
    narrow = [_narrow(values) for values in covariates]
    width = max((values.shape[1] for values in narrow), default=1)
    columns = [np.ones((n, width)), *(np.broadcast_to(values, (n, width)) for values in narrow)]
    return np.stack(columns, axis=2)


def _narrow(values: np.ndarray) -> np.ndarray:
    """Keep one column of what does not change over the periods in which it is known."""
    if values.shape[1] == 1:
        return values
    first = _first_known(values)[:, None]
    return first if ((values == first) | np.isnan(values)).all() else values


def _nobody(outcome: str) -> np.ndarray:
    raise InputError(
        f"Some firm must be seen with '{outcome}' and every covariate; none is. Check these columns for blanks; with "
        'unbalanced="drop" a firm must be seen in every period, with "pairs" only in two.'
    )
