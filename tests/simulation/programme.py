"""Bias, coverage and diagnostics on small panels of the simulated smart-factory programme, beside the stored truth.

python tests/simulation/programme.py [repetitions]       # 2,000 by default; writes programme.csv and the handbook's page
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

import impact
from impact import door, estimators, truth
from impact.estimates import Estimate
from impact.roles import Roles
from impact.simulate import World, simulate, without_support

HERE = Path(__file__).parent
CSV, PAGE = HERE / "programme.csv", HERE.parents[1] / "reports" / "handbook" / "programme.md"
SEED, CONFIDENCE, FIRMS = 20150424, 0.95, 2000
LIMIT = 3.5  # Monte Carlo errors beyond which a deviation counts
LEVEL = 0.05  # a test speaks where its p-value is smaller
EVENT_TIMES = [0, 1, 2, 3]
AVERAGE = "average over supported firms"
TESTS = ("cells", "event_times", "before_anticipation")
SALES, WORKERS = "log(sales)", "log(workers)"
SAME = {"exit": 0.0, "entry": 0.0}  # the same firms in every year
TRAITS = {
    "covariates": ("log_size_before", "rnd_before", "growth_before"),
    "within": ("industry_group", "risk_class"),
}


@dataclass(frozen=True)
class Setup:
    """A world and how it is estimated.

    dials: of the world. roles: of columns, beside unit and period. anticipation: of the design. sound: the estimate should be
    right, so that a deviation is a failure.
    """

    name: str
    dials: Mapping[str, Any] = field(default_factory=lambda: SAME)
    roles: Mapping[str, Any] = field(default_factory=lambda: TRAITS)
    outcomes: tuple[str, ...] = (SALES,)
    first: str = "first_supported"
    anticipation: int = 1
    estimator: str = "callaway_santanna"
    options: Mapping[str, Any] = field(default_factory=lambda: {"method": "reg"})
    sound: bool = False


SETUPS = (
    Setup("with traits", outcomes=(SALES, WORKERS), sound=True),
    Setup("with traits, dated by award", first="award_year", anticipation=0, sound=True),
    Setup("without traits", roles={}, outcomes=(SALES, WORKERS)),
    Setup("two-way fixed effects", roles={}, anticipation=0, estimator="twfe", options={"effects": "static"}),
    Setup("violation growth, with traits", dials={**SAME, "violation": "growth"}),
    Setup("violation dip, with traits", dials={**SAME, "violation": "dip"}),
    Setup("firms close, with traits", dials={}),
)


def repetition(number: int, setups: Sequence[Setup] = SETUPS) -> pd.DataFrame:
    """Simulate each world of the set-ups once, and return what every set-up finds in it beside the truth."""
    seed = int(np.random.SeedSequence([SEED, number]).generate_state(1)[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", impact.InputWarning)  # small panels have thin cells
        return pd.concat([row for group in _worlds(setups) for row in _world(seed, group)], ignore_index=True)


def evidence(draws: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return one row for each set-up, outcome and effect, over all repetitions."""
    keys = ["setup", "outcome", "what"]
    whole = pd.concat(draws, ignore_index=True)
    rows = [dict(zip(keys, key, strict=True)) | _row(of) for key, of in whole.groupby(keys, sort=False)]
    return pd.DataFrame(rows)


def failures(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that deviate by more than Monte Carlo error explains, of set-ups that should not.

    Standard errors are for a population, so they may be wide for the truth of the firms at hand: covering more is no failure.
    """
    sound = table["setup"].isin([setup.name for setup in SETUPS if setup.sound])
    bias = table["bias"].abs() > LIMIT * table["bias_mc_error"]
    coverage = table["coverage"] < CONFIDENCE - LIMIT * table["coverage_mc_error"]
    return table[sound & (bias | coverage)]


def page(table: pd.DataFrame) -> str:
    """Write the page: the hand-written head, with its numbers, and the tables."""
    average = table[table["what"] == AVERAGE].set_index(["setup", "outcome"])
    columns = ["setup", "outcome", "what", "truth", "bias", "bias_mc_error", "spread", "se_ratio", "coverage"]
    tests = ["setup", "outcome", *(f"speaks_{name}" for name in TESTS)]
    spoken = table[(table["what"] == AVERAGE) & table["speaks_cells"].notna()]
    return (
        (HERE / "programme.md")
        .read_text(encoding="utf-8")
        .format(
            repetitions=int(table["repetitions"].max()),
            firms=FIRMS,
            of=_Numbers(average),
            tests=_markdown(spoken[tests]),
            table=_markdown(table[columns]),
        )
    )


def _worlds(setups: Sequence[Setup]) -> Iterator[list[Setup]]:
    """Put set-ups together that share a world."""
    for _, group in groupby(setups, key=lambda setup: dict(setup.dials)):
        yield list(group)


def _world(seed: int, setups: Sequence[Setup]) -> Iterator[pd.DataFrame]:
    made = simulate(World(firms=FIRMS, seed=seed, **setups[0].dials))
    without = without_support(made)
    for setup in setups:
        yield from _found(setup, made.firms, without)


def _found(setup: Setup, firms: pd.DataFrame, without: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield, for each outcome of a set-up, its estimates, what is true of the very cells, and what the tests say."""
    roles = Roles("firm", "year", setup.first, outcomes=setup.outcomes, **setup.roles)
    design = impact.Design.of(impact.Panel.of(firms, roles), anticipation=setup.anticipation)
    estimator = estimators.named(setup.estimator)
    options = estimators.options(estimator, dict(setup.options))
    for outcome in setup.outcomes:
        raw = estimator.estimate(design, outcome, options)
        found, known = door.finished(raw, design.panel), truth.of(raw, design, outcome, without)
        effects = pd.concat(_effects(found, known), ignore_index=True)
        yield effects.assign(setup=setup.name, outcome=outcome, **_spoken(found, setup.anticipation))


def _effects(found: Estimate, known: Estimate) -> Iterator[pd.DataFrame]:
    """Yield the average effect and, where event times are told apart, those from 0 on."""
    if "cohort" not in found.value.index.names:
        yield _beside(found, known, [AVERAGE])
        return
    yield _beside(found.by("cohort", average=True), known.by("cohort", average=True), [AVERAGE])
    window = EVENT_TIMES[0], EVENT_TIMES[-1]
    found, known = (e.by("event_time", window=window) for e in (found, known))
    yield _beside(found, known, [f"event time {e}" for e in found.value.index])


def _beside(found: Estimate, known: Estimate, what: list[str]) -> pd.DataFrame:
    table = found.table(CONFIDENCE)[["estimate", "std_error", "lower", "upper"]]
    return table.assign(what=what, truth=known.value.reindex(found.value.index).to_numpy())


def _spoken(found: Estimate, anticipation: int) -> dict[str, float]:
    """Tell which joint tests of effects before support speak: of all cells, of event times, and of those not anticipated."""
    if "cohort" not in found.value.index.names:
        return {}
    times = found.by("event_time", window=(None, -1))
    sooner = times.at(np.flatnonzero(times.value.index < -anticipation))
    p = [float(e.pretest()["p_value"]) for e in (found, times, sooner)]
    return {f"speaks_{name}": float(value < LEVEL) for name, value in zip(TESTS, p, strict=True)}


def _row(of: pd.DataFrame) -> dict[str, float]:
    """Summarise one effect over repetitions; every draw has firms, and so a truth, of its own."""
    error, n = of["estimate"] - of["truth"], len(of)
    spread, mean_std_error = error.std(), of["std_error"].mean()
    covered = (of["lower"] <= of["truth"]) & (of["truth"] <= of["upper"])
    return {
        "repetitions": n,
        "truth": of["truth"].mean(),
        "bias": error.mean(),
        "bias_mc_error": spread / np.sqrt(n),
        "spread": spread,
        "mean_std_error": mean_std_error,
        "se_ratio": mean_std_error / spread,
        "coverage": covered.mean(),
        "coverage_mc_error": np.sqrt(CONFIDENCE * (1 - CONFIDENCE) / n),
        **{f"speaks_{name}": of[f"speaks_{name}"].mean() for name in TESTS},
    }


class _Numbers:
    """Numbers for the text: {of[set-up|outcome|column]} is a share in percent or, of logs, in log points."""

    def __init__(self, average: pd.DataFrame) -> None:
        self.average = average

    def __getitem__(self, key: str) -> str:
        setup, outcome, column = key.split("|")
        value = 100 * self.average.loc[(setup, outcome), column]
        return f"{value:.0f}" if column.startswith(("coverage", "speaks")) else f"{value:.2f}"


def _markdown(table: pd.DataFrame) -> str:
    digits = {"truth": 4, "bias": 4, "bias_mc_error": 5, "spread": 4}
    shown = table.round({name: digits.get(name, 3) for name in table.columns})
    lines = [
        "| " + " | ".join("" if pd.isna(v) else str(v) for v in row) + " |" for row in shown.itertuples(index=False)
    ]
    return "\n".join([f"| {' | '.join(table.columns)} |", f"|{'---|' * len(table.columns)}", *lines])


def _write(path: Path, text: str) -> None:
    """Write beside the file, then put it into its place."""
    aside = path.with_suffix(f"{path.suffix}.part")
    aside.write_text(text, encoding="utf-8", newline="\n")
    os.replace(aside, path)


def main() -> None:
    """Run all repetitions and write the table and the page; exit with 1 where something deviates that should not."""
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with ProcessPoolExecutor() as pool:
        draws = pool.map(repetition, range(repetitions), chunksize=4)
        table = evidence(tqdm(draws, total=repetitions, disable=None))
    _write(CSV, table.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    _write(PAGE, page(pd.read_csv(CSV)))
    bad = failures(table)
    print(table.round(4).to_string(index=False))
    if len(bad):
        sys.exit(f"\nDeviates by more than {LIMIT} Monte Carlo errors:\n{bad.to_string(index=False)}")


if __name__ == "__main__":
    main()
