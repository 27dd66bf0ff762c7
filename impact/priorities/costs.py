"""What support costs and what its effects are worth: net benefit by region, and the cost of an additional job.

Amounts come from `data/parameters/costs.toml`, each with its day, its source and how sure it is. Net benefit is an `Estimate`, so
bands, maps and plans work on it. A cost per job is a ratio: it has Fieller's set, and no ranking where the effect may be zero.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from impact import where
from impact.errors import InputError, counted, first_five
from impact.estimates import Estimate
from impact.inference import bands
from impact.priorities._given import must_be_share
from impact.priorities._known import for_each, is_number
from impact.priorities.fieller import Ratio, fieller

Amount: TypeAlias = float | pd.Series
NOT_KNOWN = "not known"
COLUMNS = ("name", "value", "unit", "since", "status", "source")


def parameters() -> pd.DataFrame:
    """Return every parameter of cost, with its day and source: `name`, `value`, `unit`, `since`, `status`, `source`.

    status: "confirmed" (independent sources agree), "unverified" (one source), "assumption" (chosen, to be argued for). A
    parameter with parts, such as ceilings by level of support, has a row for each: "ceiling_programme_2022.basic".

    >>> parameters().set_index("name").loc["discount_rate", ["unit", "status"]].tolist()
    ['a year, real', 'unverified']
    """
    rows = []
    for name, entry in _held().items():
        parts = entry["value"] if isinstance(entry["value"], dict) else {None: entry["value"]}
        shared = {key: entry[key] for key in COLUMNS[2:]}
        rows += [
            {"name": f"{name}.{part}" if part else name, "value": float(of), **shared} for part, of in parts.items()
        ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def parameter(name: str) -> Any:
    """Return the value of a parameter: a number, or a number for each of its parts.

    >>> parameter("ceiling_government_2022")
    {'basic': 50.0, 'advanced_1': 200.0, 'advanced_2': 400.0}
    """
    held = _held()
    if name not in held:
        raise InputError(
            f"A parameter of cost must be one of {', '.join(held)}; seen: {name!r}. Choose one, or give a number."
        )
    value = held[name]["value"]
    return dict(value) if isinstance(value, dict) else float(value)


def present_value(per_year: Amount, years: int, rate: float | None = None) -> Amount:
    """Return what an amount at the end of each of some years is worth today: a · Σ_{t=1..T} (1 + r)^−t.

    rate: by default the social discount rate of Korea's preliminary feasibility studies (`parameter("discount_rate")`).

    >>> round(present_value(100.0, years=3), 2)
    274.9
    """
    chosen = parameter("discount_rate") if rate is None else rate
    if not (is_number(years) and years >= 1 and years == int(years)) or not chosen > -1:
        raise InputError(
            f"A present value needs whole years, 1 or more, and a rate above -1; seen: {years} years at {chosen}. Write, for "
            "example, 3 and 0.045."
        )
    return per_year * float(np.sum((1 + chosen) ** -np.arange(1.0, years + 1)))


def additional_jobs(estimate: Estimate, workers: Amount) -> Estimate:
    """Return additional jobs per supported firm from an effect on log employment: (exp(θ_r) − 1) · workers_r.

    workers: of a supported firm without support, one number or by region. Noise is linearised: J = exp(θ_r) · workers_r.

    >>> e = Estimate.from_covariance(pd.Series([0.02], pd.Index(["a"], name="region")), np.array([[0.0001]]))
    >>> round(float(additional_jobs(e, 50.0).value["a"]), 2)
    1.01
    """
    size = _amounts("a number of workers", workers, estimate)
    return _changed(estimate, lambda v: np.expm1(v) * size, lambda v: np.diag(np.exp(v) * size))


def net_benefit(estimate: Estimate, value_per_unit: Amount, cost: Amount) -> Estimate:
    """Return the net benefit of supporting one more firm, by region, as an estimate: B_r = v_r θ_r − c_r.

    How much what a firm gains is worth more than what its support costs, in the money of `cost`. Value and cost are taken for
    known: the noise is that of the effects, v_r v_s V_rs.

    estimate: over `region`; its unit times `value_per_unit` must be money (jobs × value per job; use `present_value` for
        effects that last). value_per_unit, cost: a number, or by region. Counts of firms and the kind of noise are kept, so it
        can be mapped, banded and planned with. Raises InputError for amounts that are missing, or costs below zero.
    Source: Boardman, Greenberg, Vining & Weimer (2018), Cost-Benefit Analysis, chapter 1.

    >>> jobs = Estimate.from_covariance(pd.Series([2.0, 0.5], pd.Index(["a", "b"], name="region")), 0.04 * np.eye(2))
    >>> net_benefit(jobs, value_per_unit=60.0, cost=50.0).table()[["region", "estimate", "std_error"]].to_numpy().tolist()
    [['a', 70.0, 12.0], ['b', -20.0, 12.0]]
    """
    worth = _amounts("a value", value_per_unit, estimate)
    price = _amounts("a cost", cost, estimate)
    if (price < 0).any():
        odd = price[price < 0]
        raise InputError(
            f"Costs must be 0 or more; seen: {counted(len(odd), 'cost')} below, {first_five(odd)}. Correct them."
        )
    return _changed(estimate, lambda v: worth * v - price, lambda v: np.diag(worth))


def cost_per_job(
    estimate: Estimate, cost: Amount, confidence: float = 0.95, cost_std_error: Amount = 0.0
) -> pd.DataFrame:
    """Return what one additional job costs in each region, with Fieller's set.

    ρ_r = c_r / θ_r; the set holds every ρ for which c_r − ρ θ_r may be zero (see `fieller`).

    estimate: additional jobs per supported firm, over `region` (see `additional_jobs`). cost: of supporting a firm, a number or
        by region; cost_std_error: where costs are estimated too, independently of the effects.
    Columns: region, cost, jobs, jobs_lower, jobs_upper, cost_per_job, lower, upper, kind. kind "bounded": from lower to upper;
    "complement": up to lower and from upper on (the effect may be zero, or negative); "unbounded": any number; "not known":
    the region has no effect.
    Regions keep their order: a ratio ranks only where `cheapest_first` allows it.

    >>> jobs = Estimate.from_covariance(pd.Series([2.0, 0.1], pd.Index(["a", "b"], name="region")), 0.04 * np.eye(2))
    >>> cost_per_job(jobs, 60.0)[["region", "cost_per_job", "lower", "upper", "kind"]].round(1).to_numpy().tolist()
    [['a', 30.0, 25.1, 37.3, 'bounded'], ['b', 600.0, -205.5, 122.0, 'complement']]
    """
    must_be_share("confidence", confidence, "0.95 for 95 %")
    price = _amounts("a cost", cost, estimate)
    spread = _amounts("a standard error of its cost", cost_std_error, estimate)
    if (price < 0).any() or (spread < 0).any():
        raise InputError("Costs and their standard errors must be 0 or more; some are below. Correct them.")
    value, df = estimate.value.to_numpy(float), estimate.cells["df"].to_numpy(float)
    variance = estimate.noise.variance()
    half = bands.pointwise_critical(confidence, df) * np.sqrt(variance)
    found = [
        fieller(price[i], value[i], np.diag([spread[i] ** 2, variance[i]]), confidence, df[i])
        if np.isfinite(value[i])
        else Ratio(np.nan, np.nan, np.nan, NOT_KNOWN)
        for i in range(len(value))
    ]
    columns = {
        "region": estimate.value.index,
        "cost": price,
        "jobs": value,
        "jobs_lower": value - half,
        "jobs_upper": value + half,
        "cost_per_job": [one.estimate for one in found],
        "lower": [one.lower for one in found],
        "upper": [one.upper for one in found],
        "kind": [one.kind for one in found],
    }
    return pd.DataFrame(columns)


def cheapest_first(table: pd.DataFrame) -> pd.DataFrame:
    """Order regions by the cost of an additional job, where that means something.

    Refused where an effect on jobs is not clearly above zero: with a denominator near zero the smallest ratio is the one that
    noise made, and a negative one would rank first. Rank by net benefit there, which has no denominator.
    """
    unclear = table.loc[~(table["jobs_lower"] > 0), "region"]
    if len(unclear):
        raise InputError(
            "Regions can be ranked by the cost of a job only where the effect on jobs is clearly above zero in all of them; it "
            f"is not in {len(unclear)} of {len(table)}: {first_five(unclear)}. Rank by net benefit (`net_benefit`), or leave "
            "these regions out."
        )
    return table.sort_values("cost_per_job", kind="stable", ignore_index=True)


def _held() -> dict[str, Any]:
    return tomllib.loads(where.data("parameters", "costs.toml").read_text(encoding="utf-8"))


def _amounts(what: str, given: Amount, estimate: Estimate) -> np.ndarray:
    """Return one number for each cell: one for all, or by label."""
    index = estimate.value.index
    amounts = for_each(what, given, index)
    if not np.isfinite(amounts).all():
        raise InputError(
            f"Every region must have {what} that is finite; seen: {first_five(amounts[~np.isfinite(amounts)])}. Correct it."
        )
    return amounts


def _changed(estimate: Estimate, function: Any, jacobian: Any) -> Estimate:
    """Return a function of each cell; what is known of the cells (counts, degrees of freedom) stays."""
    found = estimate.delta_method(function, jacobian, estimate.value.index)
    return replace(found, cells=estimate.cells, attributes=estimate.attributes)
