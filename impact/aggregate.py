"""Averages of effects: event time, cohort, period, region, subgroup, overall: one differentiable function of cells.

Every average is θ_ℓ = Σ_k p_k θ_k / Σ_k p_k over the cells k of a group ℓ, p_k the share of supported firms that cell k
speaks for. Its error is Σ_k (p_k / P_ℓ) error(θ_k) + Σ_k ((θ_k − θ_ℓ) / P_ℓ) error(p_k), P_ℓ = Σ_k p_k
(Callaway & Sant'Anna 2021, section 3 and theorem 4; the second sum is R did's `wif`). Where all cells of a group have
the same share, as within one cohort, the second sum is zero and the mean is the plain one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

from impact.errors import InputError, first_five
from impact.inference import thin
from impact.noise import Influence, Noise, join

if TYPE_CHECKING:
    from impact.estimates import Estimate

AVERAGED = ("cohort", "period", "event_time", "region", "subgroup", "within")
PLACES = ("region", "subgroup")
TIMES = ("event_time", "period")
NOTHING = "An average must have a cell from the first supported period on that is identified; there is none."


def by(e: Estimate, asked: list[str]) -> Estimate:
    """Average by the levels that were asked for; levels that are not groups of firms (an outcome) always stay."""
    frame = levels_of(e)
    _must_have(frame, asked, e)
    used = np.flatnonzero(_used(e, frame, asked))
    names = _kept(e, frame, asked)
    codes, index = _groups(frame.iloc[used], names)
    ratio = _ratio(e, frame, used, codes, len(index))
    value = ratio.value
    noise, df = _noise(e, ratio, index)
    cells, shares = _cells(e, frame, used, codes, index), _shares(e, frame.iloc[used], codes, index)
    cells["df"] = np.minimum(cells["df"], df)
    return type(e)(pd.Series(value, index, name="estimate"), noise, cells, shares, _attributes(e, index))


def average(e: Estimate, asked: list[str]) -> Estimate:
    """Average over the levels that were asked for, as R's aggte forms its overall effect."""
    inner = by(e, asked)
    time = [name for name in asked if name in TIMES]
    if not time:
        return by(inner, [name for name in asked if name not in ("cohort", *PLACES)])
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
    """Return the levels as columns, with event time = period − cohort and what is known of each region."""
    frame = e.value.index.to_frame(index=False)
    if "event_time" not in frame and {"cohort", "period"} <= set(frame.columns):
        frame["event_time"] = frame["period"] - frame["cohort"]
    if e.attributes is not None and "region" in frame:
        for name, values in e.attributes.items():
            frame[name] = frame["region"].map(values)
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


def _kept(e: Estimate, frame: pd.DataFrame, asked: list[str]) -> list[str]:
    averaged = {*AVERAGED, *(() if e.attributes is None else e.attributes.columns)}
    others = [name for name in frame.columns if isinstance(name, str) and name not in averaged]
    return list(dict.fromkeys([*others, *asked]))


def _groups(frame: pd.DataFrame, names: list[str]) -> tuple[np.ndarray, pd.Index]:
    if not names:
        return np.zeros(len(frame), int), pd.Index(["overall"])
    grouped = frame.groupby(names, sort=True, observed=True)
    keys = grouped.size().index
    return grouped.ngroup().to_numpy(), keys


def _noise(e: Estimate, ratio: _Ratio, index: pd.Index) -> tuple[Noise, np.ndarray]:
    """Return the noise of averages and their degrees of freedom; regions and subgroups of few firms learn from others."""
    untouched = np.full(len(index), np.inf)
    if e.shares is None:
        return e.noise.combine(ratio.weights), untouched
    noise, weights = join([e.noise, e.shares.noise]), sparse.vstack([ratio.weights, ratio.share_weights], format="csr")
    if not isinstance(noise, Influence) or not set(PLACES) & set(index.names):
        return noise.combine(weights), untouched
    if {"cohort", "period"} <= set(index.names):
        return noise.composed(weights), untouched  # to be averaged further: supported firms stay told from others
    firms = thin.firms(e.shares.noise, ratio.groups) if isinstance(e.shares.noise, Influence) else None
    learnt = thin.learnt(noise, weights, _families(index), firms) if firms is not None else None
    return (noise.combine(weights), untouched) if learnt is None else (learnt.noise, learnt.df)


def _families(index: pd.Index) -> np.ndarray:
    """Number the groups by what they are besides a place: variances are alike within an outcome and an event time."""
    others = [name for name in index.names if name not in PLACES]
    if not others:
        return np.zeros(len(index), int)
    return index.to_frame(index=False).groupby(others, sort=False).ngroup().to_numpy()


def _attributes(e: Estimate, index: pd.Index) -> pd.DataFrame | None:
    known = e.attributes is not None and {"region", *e.attributes.columns} & set(index.names)
    return e.attributes if known else None


@dataclass(frozen=True)
class _Ratio:
    """The value of averages, its derivatives by cells and by shares (old × new), and which groups stand behind which average."""

    value: np.ndarray
    weights: sparse.csr_array
    share_weights: sparse.csr_array
    groups: sparse.csr_array


def _ratio(e: Estimate, frame: pd.DataFrame, used: np.ndarray, codes: np.ndarray, groups: int) -> _Ratio:
    """Return the weighted means, with their derivatives."""
    theta = e.value.to_numpy()[used]
    which, p = _share_of(e, frame.iloc[used], alone=len(used) == groups)
    total = np.bincount(codes, p, groups)[codes]
    value = np.bincount(codes, p * theta / total, groups)
    shares = 1 if e.shares is None else len(e.shares.value)
    weights = sparse.csr_array((p / total, (used, codes)), shape=(len(e.value), groups))
    by_share = sparse.csr_array(((theta - value[codes]) / total, (which, codes)), shape=(shares, groups))
    behind = sparse.csr_array((np.ones(len(which)), (which, codes)), shape=(shares, groups))
    return _Ratio(value, weights, by_share, behind)


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
    names = [name for name in _kept(e, frame, asked) if name != time]
    codes, index = _groups(frame.iloc[used], names)
    each = 1 / np.bincount(codes)[codes]
    weights = sparse.csr_array((each, (used, codes)), shape=(len(e.value), len(index)))
    value = np.bincount(codes, e.value.to_numpy()[used] * each, len(index))
    cells = _cells(e, frame, used, codes, index)
    shares = _shares(e, frame.iloc[used], codes, index)
    series = pd.Series(value, index, name="estimate")
    return type(e)(series, e.noise.combine(weights), cells, shares, _attributes(e, index))


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
        "state": _joint_states(cells["state"], codes, len(index)),
    }
    return marked_thin(pd.DataFrame(columns, index=index))


def marked_thin(cells: pd.DataFrame) -> pd.DataFrame:
    """Say of regions and subgroups with fewer than five supported firms that they are not evidence enough."""
    if not set(PLACES) & set(cells.index.names):
        return cells
    few = (cells["n_supported"] < thin.EVIDENCE).fillna(False).astype(bool) & (cells["state"] == "shown")
    return cells.assign(state=cells["state"].mask(few, "not enough evidence"))


def _joint_states(states: pd.Series, codes: np.ndarray, groups: int) -> np.ndarray:
    """Say of each group that it is shown where any of its cells has an effect; else it has the state of its first cell."""
    known = np.bincount(codes, states.isin(["shown", "not enough evidence"]), groups) > 0
    _, first = np.unique(codes, return_index=True)
    return np.where(known, "shown", states.to_numpy(object)[first])


def _shares(e: Estimate, frame: pd.DataFrame, codes: np.ndarray, index: pd.Index) -> Estimate | None:
    """Carry the shares of what is still told apart, so that it can be averaged again with the right weights.

    Groups of firms keep their share, added over those that are no longer told apart. Where cells mix cohorts and tell times
    apart, each has the share of the groups that it speaks for: not every cohort is seen at every event time.
    """
    names = [str(name) for name in index.names if name is not None]
    if e.shares is None or not names:
        return None
    kept = [str(name) for name in e.shares.value.index.names if name in names]
    of_regions = e.attributes is not None and set(e.attributes.columns) & set(names)
    if of_regions or (set(TIMES) & {*names, *e.shares.value.index.names} and "cohort" not in names):
        which, _ = _share_of(e, frame, alone=False)
        pairs = np.unique(np.column_stack([which, codes]), axis=0)
        return _added(e.shares, pairs[:, 0], pairs[:, 1], index)
    if not kept:
        return None
    groups, labels = _groups(e.shares.value.index.to_frame(index=False), kept)
    return _added(e.shares, np.arange(len(groups)), groups, labels)


def _added(shares: Estimate, old: np.ndarray, new: np.ndarray, index: pd.Index) -> Estimate:
    """Add shares: the old ones at these positions become part of the new ones."""
    adding = sparse.csr_array((np.ones(len(old)), (old, new)), shape=(len(shares.value), len(index)))
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
    if isinstance(shares.noise, Influence) and set(PLACES) & set(index.names):
        return type(shares)(value, shares.noise.composed(adding), cells)  # supported firms stay told from others
    return type(shares)(value, shares.noise.combine(adding), cells)
