"""Effects by region with few supported firms: bias, standard errors and coverage against what is true, and their covariance.

python -m simulation.regions [repetitions]     # 2,000 by default; writes regions.csv and the handbook's page
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from simulation.programme import CONFIDENCE, LIMIT, _markdown
from tqdm import tqdm

import impact
from impact.inference import thin

HERE = Path(__file__).parent
CSV, PAGE = HERE / "regions.csv", HERE.parents[1] / "reports" / "handbook" / "regions.md"
SEED = 20211019
COUNTS = np.repeat([1, 2, 3, 5, 8, 13, 20, 40], 5)  # supported firms of each of forty regions
COMPARISON = 600
PERIODS, FIRST = np.arange(2018, 2024), 2020
PROMISED = 0.94  # what the page promises of intervals that are named 95 %
PARTS = 20  # into which draws are cut for Monte Carlo errors
METHODS = ("reg", "dr")
VARIANCES = ("own", "learnt")
NAMED = ["method", "variance", "n_supported"]


def repetition(number: int) -> tuple[pd.DataFrame, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Draw firms once; return every region's effect with both variances, errors by method, and covariances by method."""
    rng = np.random.default_rng([SEED, number])
    frame = _firms(rng)
    rows, errors, covariances = [], {}, {}
    for method in METHODS:
        e = _estimated(frame, method)
        learnt, own = e.by("region"), _own(e)
        true = _effect(learnt.value.index.to_numpy())
        every = range(len(COUNTS))
        errors[method] = (learnt.value - true).reindex(every).to_numpy()
        covariances[method] = learnt.cov().reindex(index=every, columns=every).to_numpy()
        for variance, found in zip(VARIANCES, (own, learnt), strict=True):
            table = found.table(CONFIDENCE)
            covered = (table["lower"] <= true) & (true <= table["upper"])
            rows.append(
                table[["n_supported", "estimate", "std_error"]].assign(
                    error=table["estimate"] - true, covered=covered, method=method, variance=variance, draw=number
                )
            )
    return pd.concat(rows, ignore_index=True), errors, covariances


def evidence(draws: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return one row for each method, variance and count of supported firms."""
    whole = pd.concat(draws, ignore_index=True)
    return pd.DataFrame([dict(zip(NAMED, key, strict=True)) | _row(of) for key, of in whole.groupby(NAMED, sort=False)])


def covariances(errors: np.ndarray, reported: np.ndarray) -> dict[str, float]:
    """Compare the covariance that is reported (its mean) with that of errors; Monte Carlo errors by leaving parts out."""
    whole = ~np.isnan(errors).any(axis=1)  # draws in which every region could be estimated
    errors, reported = errors[whole], reported[whole]
    part = np.arange(len(errors)) % PARTS
    found = _ratios(errors, reported)
    without = pd.DataFrame([_ratios(errors[part != one], reported[part != one]) for one in range(PARTS)])
    error = np.sqrt((PARTS - 1) * without.var(ddof=0))
    return {"draws": len(errors)} | {
        key: value for name in found for key, value in ((name, found[name]), (f"{name}_mc_error", error[name]))
    }


def _ratios(errors: np.ndarray, reported: np.ndarray) -> dict[str, float]:
    true, mean = np.cov(errors, rowvar=False), reported.mean(axis=0)
    between = ~np.eye(len(true), dtype=bool)
    return {
        "trace": np.trace(mean) / np.trace(true),
        "between": mean[between].mean() / true[between].mean(),
        "of_the_mean": mean.mean() / true.mean(),
    }


def failures(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with learnt variances that deviate by more than Monte Carlo error explains."""
    learnt = table["variance"] == "learnt"
    bias = table["bias"].abs() > LIMIT * table["bias_mc_error"]
    return table[learnt & (bias | (table["coverage"] < PROMISED - LIMIT * table["coverage_mc_error"]))]


def _firms(rng: np.random.Generator) -> pd.DataFrame:
    """Draw firms: traits bend trends and differ between regions; supported firms change by their region's effect."""
    region = np.concatenate([np.repeat(np.arange(len(COUNTS)), COUNTS), rng.integers(0, len(COUNTS), COMPARISON)])
    supported = np.repeat([True, False], [COUNTS.sum(), COMPARISON])
    n = len(region)
    x = rng.normal(0.4 * supported[:, None] + 0.1 * np.sin(region)[:, None], 1, (n, 2))
    after = np.maximum(PERIODS - FIRST + 1, 0)
    trend = 0.1 * x[:, [0]] * (PERIODS - PERIODS[0]) + 0.05 * x[:, [1]] * after
    luck = rng.normal(0, 0.3, (n, len(PERIODS)))
    own = rng.normal(0, 0.2, (n, 1)) * supported[:, None]
    y = rng.normal(0, 1, (n, 1)) + trend + luck + (_effect(region)[:, None] + own) * supported[:, None] * (after > 0)
    long = {
        "firm": np.repeat(np.arange(n), len(PERIODS)),
        "year": np.tile(PERIODS, n),
        "first": np.repeat(np.where(supported, FIRST, 0), len(PERIODS)),
        "region": np.repeat(region, len(PERIODS)),
        "y": y.ravel(),
    }
    return pd.DataFrame({**long, "x0": np.repeat(x[:, 0], len(PERIODS)), "x1": np.repeat(x[:, 1], len(PERIODS))})


def _effect(region: np.ndarray) -> np.ndarray:
    return 0.1 + 0.05 * np.cos(region)


def _estimated(frame: pd.DataFrame, method: str) -> impact.Estimate:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", impact.InputWarning)
        return impact.estimate(
            frame, "y", "firm", "year", "first", region="region", covariates=["x0", "x1"], method=method
        )


def _own(e: impact.Estimate) -> impact.Estimate:
    """Average by region with the variance that each region's own influence gives."""
    teachers, thin.TEACHERS = thin.TEACHERS, 10**9
    try:
        return e.by("region")
    finally:
        thin.TEACHERS = teachers


def _row(of: pd.DataFrame) -> dict[str, float]:
    """Summarise the regions of one count over draws; regions of a draw share comparison firms, so a draw is one observation."""
    by_draw = of.groupby("draw")
    bias, covered = by_draw["error"].mean(), by_draw["covered"].mean()
    spread = np.sqrt((of["error"] ** 2).mean())
    return {
        "repetitions": len(bias),
        "bias": bias.mean(),
        "bias_mc_error": bias.std() / np.sqrt(len(bias)),
        "spread": spread,
        "se_ratio": np.sqrt((of["std_error"] ** 2).mean()) / spread,
        "coverage": covered.mean(),
        "coverage_mc_error": covered.std() / np.sqrt(len(covered)),
    }


def page(table: pd.DataFrame, joint: pd.DataFrame) -> str:
    """Write the page: the hand-written head, and the tables."""
    head = (HERE / "regions.md").read_text(encoding="utf-8")
    by = table.set_index(NAMED)["coverage"]
    numbers = {
        f"{variance}_{count}": f"{100 * by['reg', variance, count]:.0f}"
        for variance in VARIANCES
        for count in (1, 2, 3, 5, 13)
    }
    shown = {
        "repetitions": int(table["repetitions"].max()),
        "comparison": COMPARISON,
        "regions": len(COUNTS),
        **numbers,
    }
    return head.format(**shown, table=_markdown(table), joint=_markdown(joint))


def main(repetitions: int = 2000) -> int:
    """Run all repetitions; write the table and the page, and fail where learnt variances do not hold."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = list(tqdm(pool.map(repetition, range(repetitions), chunksize=10), total=repetitions))
    table = evidence(rows for rows, _, _ in found)
    joint = pd.DataFrame(
        [
            {"method": method}
            | covariances(np.array([e[method] for _, e, _ in found]), np.array([c[method] for _, _, c in found]))
            for method in METHODS
        ]
    )
    table.to_csv(CSV, index=False, lineterminator="\n")
    joint.to_csv(CSV.with_name("regions_covariance.csv"), index=False, lineterminator="\n")
    PAGE.write_text(page(table, joint), encoding="utf-8", newline="\n")
    bad = failures(table)
    print(table.to_string(), joint.to_string(), "", "failures:", bad.to_string() if len(bad) else "none", sep="\n")
    return int(len(bad) > 0)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
