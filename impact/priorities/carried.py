"""The next firms are not the last ones: effects on firms that were supported, carried to firms that could be.

Past effects are those of the firms that were supported. The firms that are left differ in traits (size, industry), not all of
them take support when it is offered, and the more of a region's firms have it, the less it may bring to those that are left.
The first is reweighting; the other two are assumptions, which are stated. Where no firm like them was ever supported in a
region, the effect is borrowed from other regions and marked as extrapolated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from impact.errors import InputError, first_five
from impact.estimates import Estimate
from impact.priorities._known import by_region, for_each
from impact.priorities._rules import REGION
from impact.priorities.costs import Amount, parameter
from impact.tables import names

FAR = "not enough evidence"  # the state of a region whose next firms have none like them among its supported ones
MOSTLY = 0.5  # share of next firms without a supported firm like them, beyond which a region is so marked
ROUNDING = 1e-9


@dataclass(frozen=True)
class Carried:
    """Effects on the next firms, and how they were carried.

    estimate: over `region`, with the kind of noise that it came with: the effect on one of the next firms.
    firms: how many firms of each region can be expected to take support: caps for `allocate`.
    table: a row for each region: `region`, `eligible`, `firms`, `covered` (share of all firms that could have it that have it),
        `factor` (by diminishing returns), `extrapolated` (share of the next firms without a supported firm like them in the
        region, where the estimate tells regions apart), `state`. assumptions: what was assumed, in words.
    """

    estimate: Estimate
    firms: pd.Series
    table: pd.DataFrame
    assumptions: str


def carried(
    estimate: Estimate,
    eligible: pd.Series,
    *,
    take_up: Amount | None = None,
    diminishing: float | None = None,
    supported: pd.Series | None = None,
) -> Carried:
    """Return the effects on the next firms of each region, from the effects on past ones by region and trait.

        θ_r^next = f_r · Σ_k s_rk θ_rk,   s_rk = eligible firms of region r with trait k / eligible firms of region r
        f_r = (1 − δ (c_r + c_r') / 2) / (1 − δ c_r / 2),   c_r' = c_r + take-up · (1 − c_r)

    θ_rk is the effect on supported firms with trait k in region r; where there were none, the mean of trait k over the regions
    that had some (weighted by supported firms), and these next firms are extrapolated. f_r is diminishing returns: the effect
    on a firm falls linearly from the first firm that is supported to the last, which gains the share δ less; c_r is the share
    of firms that have support, so θ_rk is a mean up to c_r and the next firms are those from c_r to c_r'.

    estimate: over `region`, over `region` and one or more traits (`subgroup`), or over traits alone; `cells` has the counts of
        supported firms. eligible: how many firms without support could have it, by region and the same traits.
    take_up: share of eligible firms that take support when it is offered, a number or by region; diminishing: δ, 0 for none.
        By default the assumptions of data/parameters/costs.toml. supported: firms that have support, by region; by default
        from `cells`.

    Returns a `Carried`; its estimate goes to `allocate`, with `firms` as caps. Noise is that of the effects (shares and
    assumptions are taken for known). Raises InputError for counts below zero, traits that have no effect anywhere, or levels that
    do not match.
    Source: Hotz, Imbens & Mortimer (2005), Journal of Econometrics 125(1–2), 241–270 (reweighting to another population).

    >>> cells = pd.MultiIndex.from_tuples([("a", "small"), ("a", "large"), ("b", "small")], names=["region", "subgroup"])
    >>> e = Estimate.from_covariance(pd.Series([0.3, 0.1, 0.2], cells), 0.01 * np.eye(3))
    >>> e = Estimate(e.value, e.noise, e.cells.assign(n_supported=[10, 10, 20]))
    >>> kinds = pd.MultiIndex.from_product([["a", "b"], ["small", "large"]], names=["region", "subgroup"])
    >>> found = carried(e, pd.Series([30, 10, 10, 10], kinds), take_up=0.5, diminishing=0)
    >>> found.estimate.value.round(3).tolist(), found.table["extrapolated"].tolist(), found.firms.tolist()
    ([0.25, 0.15], [0.0, 0.5], [20, 10])
    """
    counts = _counts(eligible, estimate)
    whole = counts.groupby(level=REGION, sort=False).sum()
    taken = _take_up(take_up, whole.index)
    loss = _diminishing(diminishing)
    covered = _covered(estimate, supported, whole, loss)
    factor = _factor(covered, taken, loss)
    weights, borrowed = _weights(estimate, counts, whole)
    state = np.where(borrowed > MOSTLY, FAR, "shown")
    columns = {
        "eligible": whole,
        "firms": np.floor(taken * whole + ROUNDING).astype(int),
        "covered": covered,
        "factor": factor,
        "extrapolated": borrowed,
        "state": state,
    }
    table = pd.DataFrame(columns, index=whole.index)
    found = estimate.linear(weights * factor)
    cells = found.cells.assign(state=state)
    return Carried(
        estimate=replace(found, cells=cells, attributes=estimate.attributes),
        firms=table["firms"],
        table=table.reset_index(),
        assumptions=_said(taken, loss),
    )


def _counts(eligible: pd.Series, e: Estimate) -> pd.Series:
    """Return counts by region and trait, levels in that order; regions and traits without firms are left out."""
    levels = [str(name) for name in e.value.index.names if name is not None]
    traits = [name for name in levels if name != REGION]
    if not levels or set(eligible.index.names) != {REGION, *traits}:
        raise InputError(
            "Eligible firms must be counted by region and by the traits that the estimate tells apart; the estimate is over "
            f"{names(e) or 'nothing'}, the counts are over {', '.join(map(str, eligible.index.names))}. Estimate effects by "
            "subgroup, and count firms by region and the same subgroups."
        )
    numbers = pd.to_numeric(eligible, errors="coerce")
    if traits:
        numbers = numbers.reorder_levels([list(eligible.index.names).index(name) for name in (REGION, *traits)])
    odd = numbers[~(np.isfinite(numbers) & (numbers >= 0))]
    twice = numbers.index[numbers.index.duplicated()].unique()
    if len(odd) or len(twice) or not numbers.sum() > 0:
        raise InputError(
            "Eligible firms must be counts, 0 or more, one for each region and trait, not all 0; seen: without a count "
            f"{first_five(odd.index) or 'none'}, repeated {first_five(twice) or 'none'}. Count the firms that could have support."
        )
    return numbers[numbers > 0]


def _take_up(given: Amount | None, regions: pd.Index) -> np.ndarray:
    chosen = parameter("take_up") if given is None else given
    share = for_each("a take-up", chosen, regions)
    if not ((share >= 0) & (share <= 1)).all():
        odd = share[~((share >= 0) & (share <= 1))]
        raise InputError(f"Take-up must be a share between 0 and 1; seen: {first_five(odd)}. Write 0.5 for half.")
    return share


def _diminishing(given: float | None) -> float:
    loss = float(parameter("diminishing")) if given is None else float(given)
    if not 0 <= loss <= 1:
        raise InputError(
            f"diminishing must be a share between 0 and 1; seen: {loss:g}. Write 0 where returns do not diminish."
        )
    return loss


def _covered(e: Estimate, supported: pd.Series | None, whole: pd.Series, loss: float) -> np.ndarray:
    """Return the share of firms that could have support that have it; it is asked for only where returns diminish."""
    if supported is not None:
        had = by_region("a count of supported firms", supported, whole.index, "Write 0 where there are none.")
    elif REGION in e.value.index.names and e.cells["n_supported"].notna().all():
        had = e.cells["n_supported"].groupby(level=REGION).sum().reindex(whole.index, fill_value=0).to_numpy(float)
    elif loss:
        raise InputError(
            "Diminishing returns need to know how many firms of each region have support already, and the estimate does not say. "
            "Give `supported`, or write diminishing=0."
        )
    else:
        had = np.zeros(len(whole))
    out: np.ndarray = had / (had + whole.to_numpy(float))
    return out


def _factor(covered: np.ndarray, taken: np.ndarray, loss: float) -> np.ndarray:
    """Return f: the mean effect on the firms between two shares of a falling line, against the mean up to the first."""
    later = covered + taken * (1 - covered)
    out: np.ndarray = (1 - loss * (covered + later) / 2) / (1 - loss * covered / 2)
    return out


def _weights(e: Estimate, counts: pd.Series, whole: pd.Series) -> tuple[pd.DataFrame, np.ndarray]:
    """Return cells × regions, what each effect counts in a region's next firms, and the share of these that is borrowed."""
    known = e.noise.kind == "posterior"  # shrunken effects are there for regions without supported firms, too
    usable = (e.value.notna() & (known | (e.cells["n_supported"].fillna(1) > 0))).to_numpy(bool)
    weights = pd.DataFrame(0.0, e.value.index, whole.index)
    borrowed = pd.Series(0.0, whole.index)
    table, own = weights.to_numpy(copy=True), REGION in e.value.index.names
    place = {key: at for at, key in enumerate(_keys(e)) if usable[at]}
    column = {region: at for at, region in enumerate(whole.index)}
    keys = list(counts.index.to_frame(index=False).itertuples(index=False, name=None))
    for (region, *traits), count in zip(keys, counts.to_numpy(float), strict=True):
        share, to = count / float(whole[region]), column[region]
        at = place.get((region, *traits)) if own else None
        if at is None:
            borrowed[region] += share if own else 0.0
            table[:, to] += share * _of_others(e, tuple(traits), usable)
        else:
            table[at, to] += share
    return pd.DataFrame(table, weights.index, weights.columns), borrowed.to_numpy()


def _keys(e: Estimate) -> list[tuple]:
    """Return (region, traits) of each cell, or its traits where the estimate does not tell regions apart."""
    frame = e.value.index.to_frame(index=False)
    first = [REGION] if REGION in frame else []
    return list(frame[[*first, *(name for name in frame if name != REGION)]].itertuples(index=False, name=None))


def _of_others(e: Estimate, traits: tuple, usable: np.ndarray) -> np.ndarray:
    """Return weights that average the effects on firms with these traits, by supported firms where they are counted."""
    own = REGION in e.value.index.names
    alike = np.array([key[1 if own else 0 :] == traits for key in _keys(e)]) & usable
    if not alike.any():
        raise InputError(
            "Effects must be known for every trait that eligible firms have; no supported firm anywhere is "
            f"{', '.join(map(str, traits))}. Join this trait with another, or leave these firms out."
        )
    firms = np.where(alike, e.cells["n_supported"].astype(float).fillna(1.0), 0.0)
    out: np.ndarray = firms / firms.sum()
    return out


def _said(taken: np.ndarray, loss: float) -> str:
    share = f"{taken.min():.0%}" if np.ptp(taken) == 0 else f"{taken.min():.0%} to {taken.max():.0%}"
    return (
        f"Assumed: {share} of eligible firms take support; the last eligible firm of a region gains {loss:.0%} less than the "
        "first; firms with the same traits gain the same."
    )
