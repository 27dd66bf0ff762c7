"""Averages of effects: event time, cohort, period, region, subgroup, overall: one differentiable function of cells.

Every average is θ_ℓ = Σ_k p_k θ_k / Σ_k p_k over the cells k of a group ℓ, p_k the share of supported firms that cell k
speaks for. Its error is Σ_k (p_k / P_ℓ) error(θ_k) + Σ_k ((θ_k − θ_ℓ) / P_ℓ) error(p_k), P_ℓ = Σ_k p_k
(Callaway & Sant'Anna 2021, section 3 and theorem 4; the second sum is R did's `wif`). Where all cells of a group have
the same share, as within one cohort, the second sum is zero and the mean is the plain one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from impact.errors import InputError, first_five
from impact.noise import join

if TYPE_CHECKING:
    from impact.estimates import Estimate

AVERAGED = ("cohort", "period", "event_time", "region", "subgroup", "within")
TIMES = ("event_time", "period")
NOTHING = "An average must have a cell from the first supported period on that is identified; there is none."


def by(e: Estimate, asked: list[str]) -> Estimate:
    """Average by the levels that were asked for; levels that are not groups of firms (an outcome) always stay."""
    frame = levels_of(e)
    _must_have(frame, asked, e)
    used = np.flatnonzero(_used(e, frame, asked))
    names = _kept(frame, asked)
    codes, index = _groups(frame.iloc[used], names)
    weights, share_weights, value = _ratio(e, frame, used, codes, len(index))
    noise = (
        e.noise.combine(weights)
        if e.shares is None
        else join([e.noise, e.shares.noise]).combine(np.vstack([weights, share_weights]))
    )
    cells, shares = _cells(e, frame, used, codes, index), _shares(e, frame.iloc[used], codes, index)
    return type(e)(pd.Series(value, index, name="estimate"), noise, cells, shares)


def average(e: Estimate, asked: list[str]) -> Estimate:
    """Average over the levels that were asked for, as R's aggte forms its overall effect."""
    inner = by(e, asked)
    time = [name for name in asked if name in TIMES]
    if not time:
        return by(inner, [name for name in asked if name not in ("cohort", "region", "subgroup")])
    if len(time) > 1:
        raise InputError(f"average=True must average over one time; seen: {' and '.join(time)}. Ask for one of them.")
    return _plain_mean(inner, [name for name in asked if name not in TIMES], time[0])


def restrict(
    e: Estimate, asked: list[str], balance: int | None, window: tuple[int | None, int | None] | None
) -> Estimate:
    """Keep the cells inside the window and, for a balanced event study, the cohorts that are seen long enough."""
    if balance is None and window is None:
        return e
    frame = levels_of(e)
    _must_have(frame, ["event_time"], e)
    keep = np.ones(len(frame), bool)
    if window is not None:
        low, high = (-np.inf if window[0] is None else window[0]), (np.inf if window[1] is None else window[1])
        keep &= frame["event_time"].between(low, high).to_numpy()
    if balance is not None:
        _must_have(frame, ["cohort", "period"], e)
        if "event_time" not in asked:
            raise InputError(
                'balance must go with event time, across which it balances cohorts. Ask for by("event_time", balance=2).'
            )
        seen = frame["period"].max() - frame["cohort"]
        keep &= (seen >= balance).to_numpy() & (frame["event_time"] <= balance).to_numpy()
    if not keep.any():
        raise InputError(f"Some cell must be inside window={window} and balance={balance}; none is. Widen them.")
    return e.at(np.flatnonzero(keep))


def before_support(e: Estimate) -> np.ndarray:
    """Mark the cells before support (event time below zero)."""
    frame = levels_of(e)
    _must_have(frame, ["event_time"], e)
    return (frame["event_time"] < 0).to_numpy()


def levels_of(e: Estimate) -> pd.DataFrame:
    """Return the levels as columns, event time = period − cohort included."""
    frame = e.value.index.to_frame(index=False)
    if "event_time" not in frame and {"cohort", "period"} <= set(frame.columns):
        frame["event_time"] = frame["period"] - frame["cohort"]
    return frame


def _must_have(frame: pd.DataFrame, asked: list[str], e: Estimate) -> None:
    lost = [name for name in asked if name not in frame.columns]
    if lost:
        has = ", ".join(str(name) for name in frame.columns if isinstance(name, str)) or "none"
        raise InputError(f"A level must be one of: {has}; seen: {', '.join(map(str, lost))}.")


def _used(e: Estimate, frame: pd.DataFrame, asked: list[str]) -> np.ndarray:
    """Leave out cells that are not identified, and cells before support unless event time tells them apart."""
    used = e.value.notna().to_numpy()
    apart = "event_time" in asked or {"cohort", "period"} <= set(asked)
    if "event_time" in frame and not apart:
        used = used & (frame["event_time"] >= 0).to_numpy()
    if not used.any():
        raise InputError(NOTHING)
    return used


def _kept(frame: pd.DataFrame, asked: list[str]) -> list[str]:
    others = [name for name in frame.columns if isinstance(name, str) and name not in AVERAGED]
    return list(dict.fromkeys([*others, *asked]))


def _groups(frame: pd.DataFrame, names: list[str]) -> tuple[np.ndarray, pd.Index]:
    if not names:
        return np.zeros(len(frame), int), pd.Index(["overall"])
    grouped = frame.groupby(names, sort=True, observed=True)
    keys = grouped.size().index
    return grouped.ngroup().to_numpy(), keys


def _ratio(
    e: Estimate, frame: pd.DataFrame, used: np.ndarray, codes: np.ndarray, groups: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the derivative of the ratio by cells, by shares, and its value."""
    theta = e.value.to_numpy()[used]
    which, p = _share_of(e, frame.iloc[used], alone=len(used) == groups)
    total = np.bincount(codes, p, groups)[codes]
    value = np.bincount(codes, p * theta / total, groups)
    weights = np.zeros((len(e.value), groups))
    weights[used, codes] = p / total
    share_weights = np.zeros((1 if e.shares is None else len(e.shares.value), groups))
    np.add.at(share_weights, (which, codes), (theta - value[codes]) / total)
    return weights, share_weights, value


def _share_of(e: Estimate, frame: pd.DataFrame, alone: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each cell, which share it has and how large it is; a cell alone in its group needs none."""
    if e.shares is None and alone:
        return np.zeros(len(frame), int), np.ones(len(frame))
    if e.shares is None:
        raise InputError(
            "This estimate does not say how large its groups are, so they cannot be weighted. Ask for a plain mean over "
            "time with average=True, or give the weights yourself with e.linear(weights)."
        )
    index = e.shares.value.index
    names = list(index.names)
    keys = pd.MultiIndex.from_frame(frame[names]) if len(names) > 1 else pd.Index(frame[names[0]])
    which = index.get_indexer(keys)
    if (which < 0).any():
        lost = keys[which < 0].unique()
        raise InputError(f"Shares must name every group of the estimate; they lack {len(lost)}: {first_five(lost)}.")
    return which, e.shares.value.to_numpy()[which]


def _plain_mean(e: Estimate, asked: list[str], time: str) -> Estimate:
    """Take the simple mean over periods, or over event times from 0 on."""
    frame = levels_of(e)
    after = (frame["event_time"] >= 0).to_numpy() if "event_time" in frame else True
    used = np.flatnonzero(e.value.notna().to_numpy() & after)
    if not len(used):
        raise InputError(NOTHING)
    names = [name for name in _kept(frame, asked) if name != time]
    codes, index = _groups(frame.iloc[used], names)
    weights = np.zeros((len(e.value), len(index)))
    weights[used, codes] = 1 / np.bincount(codes)[codes]
    value = np.bincount(codes, e.value.to_numpy()[used] * weights[used, codes], len(index))
    cells = _cells(e, frame, used, codes, index)
    shares = _shares(e, frame.iloc[used], codes, index)
    return type(e)(pd.Series(value, index, name="estimate"), e.noise.combine(weights), cells, shares)


def _cells(e: Estimate, frame: pd.DataFrame, used: np.ndarray, codes: np.ndarray, index: pd.Index) -> pd.DataFrame:
    """Count firms: cohorts are different firms (added), periods are the same firms (the largest count seen)."""
    cells = e.cells.iloc[used].reset_index(drop=True)
    firms = [name for name in ("cohort", "region", "subgroup", "within") if name in frame]
    groups = pd.concat([frame.iloc[used][firms].reset_index(drop=True), cells], axis=1).assign(_code=codes)
    supported = groups.groupby(["_code", *firms], observed=True)["n_supported"].max().groupby("_code").sum(min_count=1)
    strata = [name for name in ("within",) if name in frame]
    comparison = groups.groupby(["_code", *strata])["n_comparison"].max().groupby("_code").sum(min_count=1)
    columns = {
        "n_supported": supported.astype("Int64").array,
        "n_comparison": comparison.astype("Int64").array,
        "df": groups.groupby("_code")["df"].min().to_numpy(),
        "state": groups.groupby("_code")["state"].agg(_joint_state).to_numpy(),
    }
    return pd.DataFrame(columns, index=index)


def _joint_state(states: pd.Series) -> str:
    return "shown" if (states == "shown").any() else str(states.iloc[0])


def _shares(e: Estimate, frame: pd.DataFrame, codes: np.ndarray, index: pd.Index) -> Estimate | None:
    """Carry the shares of what is still told apart, so that it can be averaged again with the right weights.

    Groups of firms keep their share, added over those that are no longer told apart. Where cells mix cohorts and tell times
    apart, each has the share of the groups that it speaks for: not every cohort is seen at every event time.
    """
    names = [str(name) for name in index.names if name is not None]
    if e.shares is None or not names:
        return None
    kept = [str(name) for name in e.shares.value.index.names if name in names]
    if set(TIMES) & {*names, *e.shares.value.index.names} and "cohort" not in names:
        which, _ = _share_of(e, frame, alone=False)
        pairs = np.unique(np.column_stack([which, codes]), axis=0)
        return _added(e.shares, pairs[:, 0], pairs[:, 1], index)
    if not kept:
        return None
    groups, labels = _groups(e.shares.value.index.to_frame(index=False), kept)
    return _added(e.shares, np.arange(len(groups)), groups, labels)


def _added(shares: Estimate, old: np.ndarray, new: np.ndarray, index: pd.Index) -> Estimate:
    """Add shares: the old ones at these positions become part of the new ones."""
    adding = np.zeros((len(shares.value), len(index)))
    adding[old, new] = 1
    value = pd.Series(adding.T @ shares.value.to_numpy(), index, name="share")
    supported = adding.T @ shares.cells["n_supported"].to_numpy(float, na_value=np.nan)
    cells = pd.DataFrame(
        {
            "n_supported": pd.array(supported, "Int64"),
            "n_comparison": pd.array([pd.NA] * len(index), "Int64"),
            "df": shares.cells["df"].min(),
            "state": "shown",
        },
        index=index,
    )
    return type(shares)(value, shares.noise.combine(adding), cells)
