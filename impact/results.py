"""The tables of a study: effects (outcome × estimator × aggregation), outcome paths, tests, what a regression is made of."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from impact.design import Design
from impact.estimates import Estimate
from impact.inference import multiplicity
from impact.study import Study
from impact.tables import TABLE_COLUMNS

TABLES = (
    "effects",
    "paths",
    "pretests",
    "multiplicity",
    "differences",
    "spread",
    "twfe_weights",
    "bacon",
    "regression_parts",
)  # a file and sheet each
TRUTH = "truth"  # one table more, where it is known what would have been without support
AVERAGES = (
    "average_cohort",
    "overall",
    "average_event_time",
    "average_period",
)  # the answer is the first that there is
KEYS = ("outcome", "estimator", "aggregation")
LEVELS = ("cohort", "period", "event_time", "region", "subgroup_of", "subgroup")
EFFECT_COLUMNS = (*KEYS, *LEVELS, *TABLE_COLUMNS)
TRUTH_COLUMNS = (
    *KEYS, *LEVELS, "truth", "estimate", "std_error", "lower", "upper", "covered", "n_supported", "n_comparison", "state",
)  # fmt: skip
PRETEST_COLUMNS = ("outcome", "estimator", "statistic", "df", "p_value", "state")
MULTIPLICITY_COLUMNS = (*KEYS, "p_value", "p_holm", "p_benjamini_hochberg", "p_romano_wolf", "state")
Averages = Mapping[str, Estimate]
WHOLE = ("cohort", "period", "event_time", "n_supported", "n_comparison")


def averages_of(e: Estimate) -> Averages:
    """Return every average that the levels of an estimate allow, by name."""
    return dict(_aggregations(e))


def effects_of(
    averages: Averages, study: Study, outcome: str, estimator: str, column: str | None = None
) -> pd.DataFrame:
    """Return every average of one estimate in the tidy form; `column` is the one that tells groups apart."""
    tables = [
        _table(part, study, f"{outcome}/{estimator}/{name}/{column}").assign(aggregation=name)
        for name, part in averages.items()
    ]
    whole = pd.concat(tables, ignore_index=True).assign(outcome=outcome, estimator=estimator)
    for level in {"region", "subgroup"} & set(whole.columns):
        whole[level] = whole[level].astype(str)
    if "subgroup" in whole:
        whole["subgroup_of"] = column
    return whole.reindex(columns=list(EFFECT_COLUMNS))


def truth_of(effects: pd.DataFrame, averages: Averages, known: Averages) -> pd.DataFrame:
    """Set the true effects beside a table of effects; `known` are averages of the same cells with true values.

    `covered` says whether the interval holds the truth; it is blank where there is no interval.
    """
    true = [known[name].value.reindex(part.value.index).to_numpy(float) for name, part in averages.items()]
    values = np.concatenate(true)
    inside = (effects["lower"] <= values) & (values <= effects["upper"])
    covered = inside.astype("boolean").mask(effects["lower"].isna() | np.isnan(values))
    return effects.assign(truth=values, covered=covered)[list(TRUTH_COLUMNS)]


def joined(tables: Sequence[pd.DataFrame], columns: Sequence[str] = EFFECT_COLUMNS) -> pd.DataFrame:
    """Put tables of effects under one another; whole numbers stay whole where others are blank, labels are text."""
    filled = [table.dropna(axis=1, how="all") for table in tables]
    whole = pd.concat(filled, ignore_index=True).reindex(columns=list(columns))
    numbers = {name: whole[name].astype("Int64") for name in WHOLE}
    labels = {name: whole[name].astype("string") for name in ("region", "subgroup_of", "subgroup")}
    return whole.assign(**numbers, **labels)


def pretests_of(averages: Averages, outcome: str, estimator: str, anticipation: int = 0) -> pd.DataFrame:
    """Return the joint test that average effects before support are zero; no row where there is no such effect.

    It tests averages by event time, not every cohort and period: with small cohorts a test of all of them speaks up half of the
    time where nothing is wrong (handbook, programme). Periods in which firms may already react are left out.
    """
    by_time = averages.get("event_time")
    if by_time is None:
        return no_pretest()
    early = by_time.value.index.to_numpy() < -anticipation
    test = by_time.at(np.flatnonzero(early)).pretest()
    row = {"outcome": outcome, "estimator": estimator, **test.to_dict(), "state": "shown"}
    return pd.DataFrame([row], columns=list(PRETEST_COLUMNS)) if test["df"] else no_pretest()


def no_pretest() -> pd.DataFrame:
    """Return a table of tests without a row."""
    return pd.DataFrame(columns=list(PRETEST_COLUMNS))


def tests_joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put tables of tests under one another."""
    return pd.concat([table for table in tables if len(table)] or [no_pretest()], ignore_index=True)


def answer(averages: Averages) -> tuple[str, Estimate]:
    """Return the one average that stands for an estimate on the page, with its name."""
    name = next(name for name in AVERAGES if name in averages)
    return name, averages[name]


def multiplicity_of(answers: Mapping[str, tuple[str, Estimate]], study: Study) -> pd.DataFrame:
    """Return p-values of the answers on all outcomes, adjusted for their number; no row where there is one outcome only.

    All outcomes are one estimate here: the same firms stand behind them, so that their errors move together.
    """
    table = pd.DataFrame(columns=list(MULTIPLICITY_COLUMNS))
    if len(answers) < 2:
        return table
    whole = Estimate.stack({outcome: e for outcome, (_, e) in answers.items()}, "outcome")
    adjusted = multiplicity.adjusted(whole, study.inference.draws, _stream(study, "multiplicity"))
    labels = {
        "estimator": [study.answer_on(outcome).name for outcome in answers],
        "aggregation": [name for name, _ in answers.values()],
    }
    return adjusted.assign(**labels, state=whole.cells["state"].to_numpy())[list(MULTIPLICITY_COLUMNS)]


def paths_of(design: Design, specification: str, outcome: str) -> pd.DataFrame:
    """Return the mean outcome of each cohort and of never-supported firms, period by period, with the number of firms."""
    grid = design.panel.wide(specification)
    cohort = design.panel.cohort
    rows = [
        {"outcome": outcome, "cohort": _cohort_name(g), "period": int(t), **_mean(grid[cohort == g, i])}
        for g in np.unique(cohort)
        for i, t in enumerate(design.panel.periods)
    ]
    return pd.DataFrame(rows).astype({"n_firms": "Int64"})


def paths_joined(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Put paths under one another."""
    return pd.concat(list(tables), ignore_index=True)


def _aggregations(e: Estimate) -> Iterator[tuple[str, Estimate]]:
    """Go through every average that the levels of an estimate allow."""
    levels = set(e.value.index.names)
    by_cell = {"cohort", "period"} <= levels
    if by_cell:
        yield "cell", e
    if by_cell or "event_time" in levels:
        yield "event_time", e.by("event_time")
        yield "average_event_time", e.by("event_time", average=True)
    if "period" in levels:
        yield "period", e.by("period")
        yield "average_period", e.by("period", average=True)
    if "cohort" in levels:
        yield "cohort", e.by("cohort")
        yield "average_cohort", e.by("cohort", average=True)
        yield "overall", e.by("overall")
    if levels == {None}:
        yield "overall", e


def _table(e: Estimate, study: Study, key: str) -> pd.DataFrame:
    """Draw each band from its own stream, named by what it is of, so that adding an outcome changes no other band."""
    return e.table(study.inference.confidence, study.inference.draws, _stream(study, key))


def _stream(study: Study, key: str) -> np.random.Generator:
    return np.random.default_rng([study.inference.seed, zlib.crc32(key.encode())])


def _mean(values: np.ndarray) -> dict[str, float | str]:
    seen = values[~np.isnan(values)]
    if not len(seen):
        return {"mean": np.nan, "n_firms": 0, "state": "not identified"}
    return {"mean": float(seen.mean()), "n_firms": len(seen), "state": "shown"}


def _cohort_name(g: float) -> str:
    return "never" if np.isinf(g) else str(int(g))
