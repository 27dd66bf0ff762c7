"""Rank sets, winners, grades and ladders against what is true: coverage, median bias, expected wrong orders.

python -m simulation.priorities_ranks [repetitions]     # 2,000 by default; writes priorities_ranks.csv and the handbook's page
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from priorities.invented import SIGNAL, posterior
from scipy import stats
from simulation.programme import LIMIT, _markdown
from tqdm import tqdm

from impact.priorities.grades import grades
from impact.priorities.ladders import discordance
from impact.priorities.ranks import rank_sets
from impact.priorities.winners import METHODS, winners

HERE = Path(__file__).parent
CSV, PAGE = HERE / "priorities_ranks.csv", HERE.parents[1] / "reports" / "handbook" / "ranks.md"
SEED, CONFIDENCE, DRAWS = 20240115, 0.9, 499
N, BEST, LADDER = 30, 5, (3, 4, 10, 13)
ERROR = np.random.default_rng(SEED).uniform(0.03, 0.15, N)
COV = np.outer(ERROR, ERROR) * (0.6 * np.eye(N) + 0.4 * (np.arange(N)[:, None] % 5 == np.arange(N) % 5))
WORLDS = {"nothing differs": 0.0, "effects differ": SIGNAL, "effects differ a lot": 6 * SIGNAL}
NAMED = ["world", "what", "method", "rule", "promised"]


def repetition(number: int) -> list[dict]:
    """Draw truth and values once in each world; return one row for each promise: what was promised, and what happened."""
    rng = np.random.default_rng([SEED, number])
    rows = []
    for world, signal in WORLDS.items():
        truth = signal * rng.standard_normal(N)
        value = rng.multivariate_normal(truth, COV)
        found = [*_ranks(truth, value, rng, world), *_winners(truth, value, rng)]
        found += _graded(truth, value, signal, rng) if signal else []
        rows += [{"world": world, "repetition": number} | row for row in found]
    return rows


def _ranks(truth: np.ndarray, value: np.ndarray, rng: np.random.Generator, world: str) -> Iterable[dict]:
    true = 1 + (truth > truth[:, None]).sum(axis=1)
    for kind, stepdown in (("marginal", True), ("simultaneous", True), ("simultaneous", False)):
        found = rank_sets(value, COV, kind, CONFIDENCE, draws=DRAWS, seed=rng, stepdown=stepdown)
        inside = (found["rank_best"] <= true) & (true <= found["rank_worst"])
        share = inside.mean() if kind == "marginal" else float(inside.all())
        exact = world == "nothing differs" and kind == "simultaneous" and not stepdown
        method = kind + (", stepping down" if stepdown else ", single step")
        width = (found["rank_worst"] - found["rank_best"] + 1).mean()
        yield _promise("rank sets", method, CONFIDENCE, share, "exactly" if exact else "at least", width)
        if kind == "simultaneous" and stepdown:
            possible, certain = found["rank_best"] <= BEST, found["rank_worst"] <= BEST
            right = possible[true <= BEST].all() and not certain[true > BEST].any()
            yield _promise(f"among the best {BEST}", method, CONFIDENCE, float(right), "at least", possible.sum())


def _winners(truth: np.ndarray, value: np.ndarray, rng: np.random.Generator) -> Iterable[dict]:
    for method in METHODS:
        found = winners(value, COV, BEST, CONFIDENCE, method, draws=DRAWS, seed=rng)
        true, error = truth[found.index], ERROR[found.index]
        covered = ((found["lower"] <= true) & (true <= found["upper"])).mean()
        length = ((found["upper"] - found["lower"]) / error).median()
        exact = method == "conditional"
        yield _promise("interval of a winner", method, CONFIDENCE, covered, "exactly" if exact else "at least", length)
        high = (found["estimate"] > true).mean()
        yield _promise("estimate too high", method, 0.5, high, "exactly" if exact else "")
    critical = stats.norm.ppf(0.5 + CONFIDENCE / 2)
    yield _promise(
        "interval of a winner",
        "naive",
        CONFIDENCE,
        (abs(found["naive"] - true) <= critical * error).mean(),
        "",
        2 * critical,
    )
    yield _promise("estimate too high", "naive", 0.5, (found["naive"] > true).mean(), "")


def _graded(truth: np.ndarray, value: np.ndarray, signal: float, rng: np.random.Generator) -> Iterable[dict]:
    """Shrink with the prior known, m = τ²Σ⁻¹θ̂ and C = τ²I − τ⁴Σ⁻¹, so that the posterior is true."""
    inverse = np.linalg.inv(COV + signal**2 * np.eye(N))
    e = posterior(signal**2 * inverse @ value, signal**2 * np.eye(N) - signal**4 * inverse)
    for weight in (0.25, 0.5, 0.8):
        found = grades(e, weight)
        gap = found.discordance - _wrong(found.table["grade"].to_numpy(), truth).sum() / (N * (N - 1) / 2)
        yield _promise("expected less true share of wrong orders", f"grades, weight {weight}", 0.0, gap, "exactly")
    found = discordance(e, LADDER, draws=DRAWS, seed=rng)
    step = found.table["step"].to_numpy(int)
    gap = found.discordance - _wrong(step, truth).sum() / (step[:, None] < step).sum()
    name = "ladder " + " / ".join(map(str, LADDER))
    yield _promise("expected less true share of wrong orders", name, 0.0, gap, "exactly")
    top = np.argsort(-truth)[: LADDER[0]]
    belong = found.top_belongs - (step[top] == 1).mean()
    yield _promise("expected less true share that belongs to the top", name, 0.0, belong, "exactly")


def _wrong(grade: np.ndarray, truth: np.ndarray) -> np.ndarray:
    return (grade[:, None] < grade) & (truth[:, None] < truth)


def _promise(
    what: str, method: str, promised: float, share: float, rule: str = "at least", width: float = np.nan
) -> dict:
    return {"what": what, "method": method, "promised": promised, "share": share, "rule": rule, "width": width}


def evidence(rows: Iterable[dict]) -> pd.DataFrame:
    """Return one row for each promise in each world."""
    of = pd.DataFrame(rows).groupby(NAMED, sort=False)
    repetitions = of.size()
    table = {"repetitions": repetitions, "share": of["share"].mean()}
    table |= {"mc_error": of["share"].std() / np.sqrt(repetitions), "width": of["width"].mean()}
    return pd.DataFrame(table).reset_index()


def failures(table: pd.DataFrame) -> pd.DataFrame:
    """Return the promises that were not kept by more than Monte Carlo error explains."""
    off, limit = table["share"] - table["promised"], LIMIT * table["mc_error"]
    return table[((table["rule"] != "") & (off < -limit)) | ((table["rule"] == "exactly") & (off > limit))]


def page(table: pd.DataFrame) -> str:
    """Write the page: the hand-written head, and the table."""
    by = table.set_index(["world", "what", "method"])
    shown = {
        "n": N,
        "signal": SIGNAL,
        "repetitions": int(table["repetitions"].max()),
        "confidence": f"{100 * CONFIDENCE:.0f}",
        "best": BEST,
        "much": max(WORLDS.values()),
        "marginal": f"{by.loc[('effects differ', 'rank sets', 'marginal, stepping down'), 'width']:.0f}",
        "much_marginal": f"{by.loc[('effects differ a lot', 'rank sets', 'marginal, stepping down'), 'width']:.0f}",
        "naive": f"{100 * by.loc[('nothing differs', 'interval of a winner', 'naive'), 'share']:.0f}",
    }
    head = (HERE / "priorities_ranks.md").read_text(encoding="utf-8")
    return head.format(**shown, table=_markdown(table))


def main(repetitions: int = 2000) -> int:
    """Run all repetitions; write the table and the page, and fail where a promise is not kept."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = list(tqdm(pool.map(repetition, range(repetitions), chunksize=10), total=repetitions))
    table = evidence(row for rows in found for row in rows)
    table.to_csv(CSV, index=False, lineterminator="\n")
    PAGE.write_text(page(table), encoding="utf-8", newline="\n")
    bad = failures(table)
    print(table.to_string(), "", "failures:", bad.to_string() if len(bad) else "none", sep="\n")
    return int(len(bad) > 0)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
