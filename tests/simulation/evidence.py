"""Bias, standard errors against the Monte Carlo spread, and coverage, in worlds with a known truth.

python tests/simulation/evidence.py [repetitions]       # 2,000 by default; writes evidence.csv and the handbook's page
"""

from __future__ import annotations

import sys
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from simulation.worlds import WORLDS, World
from tqdm import tqdm

import impact

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "reports" / "handbook" / "evidence.md"
SEED, CONFIDENCE, DRAWS = 20261122, 0.95, 499
LIMIT = 3.5  # Monte Carlo errors beyond which a deviation counts


def evidence(world: World, repetitions: int) -> pd.DataFrame:
    """Return one row for each event time from 0 on, and one for the band over all of them and the ones before."""
    number = WORLDS.index(world)
    draws = [_one(world, np.random.default_rng([SEED, number, r])) for r in range(repetitions)]
    tables, bands = zip(*draws, strict=True)
    whole = pd.concat(tables)
    rows = [_row(world, e, of) for e, of in whole.groupby("event_time") if e >= 0]
    covered = float(np.mean(bands))
    band = {"world": world.name, "what": "band over all event times", "repetitions": repetitions, "coverage": covered}
    return pd.DataFrame([*rows, band]).assign(coverage_mc_error=np.sqrt(CONFIDENCE * (1 - CONFIDENCE) / repetitions))


def failures(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that deviate by more than Monte Carlo error explains, of worlds that should not."""
    sound = table["world"].isin([world.name for world in WORLDS if not world.biased])
    bias = table["bias"].abs() > LIMIT * table["bias_mc_error"]
    errors = (table["se_ratio"] - 1).abs() > LIMIT * table["se_ratio_mc_error"]
    coverage = table["coverage"] < CONFIDENCE - LIMIT * table["coverage_mc_error"]
    return table[sound & (bias | errors | coverage)]


def _one(world: World, rng: np.random.Generator) -> tuple[pd.DataFrame, bool]:
    frame = world.draw(rng)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", impact.InputWarning)
        e = impact.estimate(frame, "y", "firm", "year", "first", **world.settings).by("event_time")
    table = e.table(CONFIDENCE, DRAWS, rng)
    truth = table["event_time"].map(world.truth).fillna(0.0)
    inside = (table["lower_uniform"] <= truth) & (truth <= table["upper_uniform"])
    covered = (table["lower"] <= truth) & (truth <= table["upper"])
    return table[["event_time", "estimate", "std_error"]].assign(covered=covered, truth=truth), bool(inside.all())


def _row(world: World, event_time: int, of: pd.DataFrame) -> dict[str, object]:
    error, n = of["estimate"] - of["truth"], len(of)
    spread = error.std()
    return {
        "world": world.name,
        "what": f"event time {event_time}",
        "repetitions": n,
        "truth": of["truth"].iloc[0],
        "bias": error.mean(),
        "bias_mc_error": spread / np.sqrt(n),
        "spread": spread,
        "mean_std_error": of["std_error"].mean(),
        "se_ratio": of["std_error"].mean() / spread,
        "se_ratio_mc_error": 1 / np.sqrt(2 * n),
        "coverage": of["covered"].mean(),
    }


def _page(table: pd.DataFrame) -> str:
    """Write the table for people: the worlds in which the estimate should be right, then those in which it cannot be."""
    columns = ["world", "what", "truth", "bias", "bias_mc_error", "spread", "se_ratio", "coverage"]
    shown = table[columns].round({"bias": 4, "bias_mc_error": 4, "spread": 3, "se_ratio": 3, "coverage": 3})
    lines = [
        "| " + " | ".join("" if pd.isna(v) else str(v) for v in row) + " |" for row in shown.itertuples(index=False)
    ]
    head = f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}"
    return (
        (HERE / "evidence.md")
        .read_text(encoding="utf-8")
        .format(repetitions=int(table["repetitions"].max()), table="\n".join([head, *lines]))
    )


def main() -> None:
    """Run every world and write the table and the page; exit with 1 where something deviates that should not."""
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with ProcessPoolExecutor() as pool:
        parts = list(tqdm(pool.map(evidence, WORLDS, [repetitions] * len(WORLDS)), total=len(WORLDS), disable=None))
    table = pd.concat(parts, ignore_index=True)
    table.to_csv(HERE / "evidence.csv", index=False, float_format="%.6g", lineterminator="\n")
    PAGE.write_text(_page(table), encoding="utf-8", newline="\n")
    bad = failures(table)
    print(table.round(4).to_string(index=False))
    if len(bad):
        sys.exit(f"\nDeviates by more than {LIMIT} Monte Carlo errors:\n{bad.to_string(index=False)}")


if __name__ == "__main__":
    main()
