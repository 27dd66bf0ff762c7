"""Plans and shrunken effects against what is true: what is claimed and what comes, what floors cost, whether intervals cover.

python -m simulation.priorities_plans [repetitions]     # 400 by default; writes priorities_plans.csv and the handbook's page
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from plans import effects
from simulation.programme import LIMIT, _markdown
from tqdm import tqdm

from impact import Estimate
from impact.priorities.allocate import allocate
from impact.priorities.frontier import frontier
from impact.priorities.promise import ORACLE, RAW, SHRUNKEN, over_promise
from impact.priorities.selection import beats, selection_frequency
from impact.priorities.shrink import shrink, told

HERE = Path(__file__).parent
CSV, PAGE = HERE / "priorities_plans.csv", HERE.parents[1] / "reports" / "handbook" / "plans.md"
SEED, DRAWS, CONFIDENCE, OF_REGIONS = 20261122, 100, 0.95, 0.9
N, GROUP, SPREAD, ERRORS = 229, 89, 0.05, (0.03, 0.15)
MONEY, MEAN = 58, 0.03  # chosen to come near to all published figures, which do not name them
WORLDS = {"errors of their own": 0.0, "errors shared in provinces": 0.4}
PROVINCES = 17
KNOWN, FITTED, UNMOVED = "prior known", "impact.shrink", "impact.shrink, not benchmarked"
PUBLISHED = {  # of worlds in which errors are their own
    (RAW, "claimed"): 9.15,
    (RAW, "came true"): 3.46,
    (SHRUNKEN, "claimed"): 3.70,
    (SHRUNKEN, "came true"): 3.62,
    (ORACLE, "came true"): 5.16,
}
SQUARED = {"raw": 0.084, "impact.shrink, variances only": 0.0436, UNMOVED: 0.0405}  # root mean squared errors, likewise
FLOORS = {0.5: 0.01, 0.7: 0.06, 0.9: 0.18}  # share of the true effect that a floor costs, as published
FIGURE = "figure"
NAMED = ["world", "what", "method", "rule", "promised"]


@dataclass(frozen=True)
class Drawn:
    """What is true, the raw estimates, and the posterior with the prior known."""

    truth: pd.Series
    raw: Estimate
    posterior: Estimate


def drawn(rng: np.random.Generator, correlation: float) -> Drawn:
    """Draw θ ~ N(μ, τ²) and θ̂ = θ + e, e ~ N(0, V); the posterior is m = μ + τ²Σ⁻¹(θ̂ − μ), C = τ²I − τ⁴Σ⁻¹, Σ = V + τ²I."""
    truth, error = rng.normal(MEAN, SPREAD, N), rng.uniform(*ERRORS, N)
    province = np.arange(N) % PROVINCES
    v = np.outer(error, error) * np.where(np.eye(N) > 0, 1.0, correlation * (province[:, None] == province))
    value = truth + np.linalg.cholesky(v) @ rng.standard_normal(N)
    pull = SPREAD**2 * np.linalg.inv(v + SPREAD**2 * np.eye(N))
    posterior = effects(MEAN + pull @ (value - MEAN), cov=SPREAD**2 * (np.eye(N) - pull))
    return Drawn(pd.Series(truth, posterior.value.index), effects(value, kind="sampling", cov=v), posterior)


def repetition(number: int) -> list[dict]:
    """Draw once in each world; return a row for each figure and each promise: what was promised, and what happened."""
    rows: list[dict] = []
    for at, (world, correlation) in enumerate(WORLDS.items()):
        rng = np.random.default_rng([SEED, number, at])
        one = drawn(rng, correlation)
        posteriors = {KNOWN: one.posterior}
        posteriors |= {FITTED: shrink(one.raw, prior=()), UNMOVED: shrink(one.raw, prior=(), benchmark=False)}
        for prior, posterior in posteriors.items():
            rows += [{"world": world} | row for row in _plans(one, posterior, prior, at == 0)]
        found = [*_regions(one, posteriors, at == 1), *([*_choices(one, rng), *_floors(one)] if at == 0 else [])]
        rows += [{"world": world} | row for row in found]
    return rows


def _plans(one: Drawn, posterior: Estimate, prior: str, published: bool) -> Iterator[dict]:
    table = over_promise(one.raw, posterior, 1, MONEY, truth=one.truth, confidence=CONFIDENCE).set_index("plan")
    for plan in (RAW, SHRUNKEN, ORACLE):
        row, method = table.loc[plan], f"{plan}, {prior}" if plan == SHRUNKEN else plan
        if prior == KNOWN or plan == SHRUNKEN:
            for what in ("claimed", "came true"):
                to = PUBLISHED.get((plan, what), np.nan) if published else np.nan
                yield _row(what, method, to, row[what.replace(" ", "_")], FIGURE)
    exact = "exactly" if prior == KNOWN else ""
    for plan in (RAW, SHRUNKEN):
        row, method = table.loc[plan], f"{plan}, {prior}"
        yield _row("expected less what came true", method, 0.0, row["delivered"] - row["came_true"], exact)
        covered = row["lower"] <= row["came_true"] <= row["upper"]
        yield _row("interval of what a plan brings", method, CONFIDENCE, covered, exact, row["upper"] - row["lower"])
        kept = row["keeps"] - (row["came_true"] >= row["claimed"])
        yield _row("probability to keep the claim, less whether it did", method, 0.0, kept, exact)


def _regions(one: Drawn, posteriors: dict[str, Estimate], published: bool) -> Iterator[dict]:
    """Compare shrunken effects with raw ones, and see how often intervals hold the true effect of a region."""
    truth, what = one.truth.to_numpy(), "mean squared error × 1,000"
    alone = effects(one.raw.value.to_numpy(), kind="sampling", cov=np.diag(one.raw.noise.variance()))
    alone = shrink(alone, prior=(), benchmark=False)
    for method, e in {"raw": one.raw, "impact.shrink, variances only": alone, **posteriors}.items():
        to = 1000 * SQUARED[method] ** 2 if published and method in SQUARED else np.nan
        yield _row(what, method, to, 1000 * np.mean((e.value.to_numpy() - truth) ** 2), FIGURE)
    for method, least, robust in (("normal", 0.88, False), ("robust", 0.895, True)):
        table = told(posteriors[FITTED], confidence=OF_REGIONS, robust=robust)
        covered = ((table["lower"] <= truth) & (truth <= table["upper"])).mean()
        width = (table["upper"] - table["lower"]).mean()
        yield _row(f"{OF_REGIONS:.0%} interval of a region", f"{FITTED}, {method}", least, covered, "at least", width)


def _choices(one: Drawn, rng: np.random.Generator) -> Iterator[dict]:
    """Set how often regions are chosen beside whether they belong to the best plan; classes and shares are of other draws."""
    found = selection_frequency(one.posterior, 1, MONEY, draws=DRAWS, seed=rng)
    again = selection_frequency(one.posterior, 1, MONEY, draws=DRAWS, seed=rng).table.set_index("region")["share"]
    belongs = (one.truth.rank(ascending=False) <= MONEY) & (one.truth > 0)
    for name, regions in found.table.groupby("class", observed=True)["region"]:
        gap = (again[regions] - belongs[regions]).mean()
        yield _row("share of draws, less share that belongs to the best plan", name, 0.0, gap, "exactly", len(regions))
    brings = float(found.plan.times @ one.truth)
    regret = found.regret - (one.truth[belongs].sum() - brings)
    yield _row("expected regret less true regret", f"{SHRUNKEN}, {KNOWN}", 0.0, regret, "exactly")
    other = allocate(one.raw, 1, MONEY)
    chance = beats(found.plan, other, one.posterior, seed=rng) - (brings > float(other.times @ one.truth))
    yield _row("probability to beat the plan of raw estimates, less whether it did", KNOWN, 0.0, chance, "exactly")


def _floors(one: Drawn) -> Iterator[dict]:
    """Let floors for a group cost, in truth, and see whether intervals hold what they cost."""
    group = one.truth.index[:GROUP]
    table = frontier(one.posterior, group, 1, MONEY, floors=[0, *FLOORS], confidence=CONFIDENCE).set_index("floor")
    brings = {
        floor: float(allocate(one.posterior, 1, MONEY, floors={"group": (group, floor)}).times @ one.truth)
        for floor in table.index
    }
    for floor, published in FLOORS.items():
        lost, name = brings[0] - brings[floor], f"floor of {floor:.0%}"
        yield _row("true effect lost to a floor, share", name, published, lost / brings[0], FIGURE)
        covered = table.loc[floor, "loss_lower"] <= lost <= table.loc[floor, "loss_upper"]
        yield _row("interval of what a floor costs", f"{name}, {KNOWN}", CONFIDENCE, covered, "exactly")


def _row(what: str, method: str, promised: float, share: float, rule: str = "", width: float = np.nan) -> dict:
    return {"what": what, "method": method, "promised": promised, "share": share, "rule": rule, "width": width}


def evidence(rows: Iterable[dict]) -> pd.DataFrame:
    """Return one row for each figure and each promise in each world; an exact share has the error that it would have if kept."""
    of = pd.DataFrame(rows).astype({"share": float}).groupby(NAMED, sort=False, dropna=False)
    columns = {
        "repetitions": of.size(),
        "share": of["share"].mean(),
        "spread": of["share"].std(),
        "width": of["width"].mean(),
    }
    table = pd.DataFrame(columns).reset_index()
    kept = (table["rule"] == "exactly") & (table["promised"] > 0)
    spread = table.pop("spread").where(~kept, np.sqrt((table["promised"] * (1 - table["promised"])).clip(lower=0)))
    table.insert(table.columns.get_loc("width"), "mc_error", spread / np.sqrt(table["repetitions"]))
    return table


def failures(table: pd.DataFrame) -> pd.DataFrame:
    """Return the promises that were not kept by more than Monte Carlo error explains."""
    off, limit = table["share"] - table["promised"], LIMIT * table["mc_error"]
    judged = table["rule"].isin(["exactly", "at least"])
    return table[(judged & (off < -limit)) | ((table["rule"] == "exactly") & (off > limit))]


def page(table: pd.DataFrame) -> str:
    """Write the page: the hand-written head, and the tables."""
    figure = table["rule"] == FIGURE
    figures = table[figure].rename(columns={"share": "here", "promised": "published"})
    by = table.set_index(["world", "what", "method"])["share"]
    own, shared = (
        f"{100 * by[world, 'interval of what a plan brings', f'{SHRUNKEN}, {FITTED}']:.0f}" for world in WORLDS
    )
    head = (HERE / "priorities_plans.md").read_text(encoding="utf-8")
    return head.format(
        own=own,
        shared=shared,
        promised=f"{100 * CONFIDENCE:.0f}",
        n=N,
        group=GROUP,
        money=MONEY,
        mean=MEAN,
        spread=SPREAD,
        low=ERRORS[0],
        high=ERRORS[1],
        repetitions=int(table["repetitions"].max()),
        figures=_markdown(figures[["world", "what", "method", "published", "here", "mc_error"]]),
        table=_markdown(table[~figure]),
    )


def main(repetitions: int = 400) -> int:
    """Run all repetitions; write the table and the page, and fail where a promise is not kept."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = list(tqdm(pool.map(repetition, range(repetitions), chunksize=4), total=repetitions, disable=None))
    table = evidence(row for rows in found for row in rows)
    table.to_csv(CSV, index=False, float_format="%.6g", lineterminator="\n")
    PAGE.write_text(page(table), encoding="utf-8", newline="\n")
    bad = failures(table)
    print(table.round(4).to_string(), "", "failures:", bad.to_string() if len(bad) else "none", sep="\n")
    return int(len(bad) > 0)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
