"""The only door out: what may leave, and what is suppressed.

A figure that stands on fewer than a minimum of firms, on either side of the comparison, is suppressed: it has no value,
no count, and the state "suppressed". That is neither missing (a figure that was never there keeps its state) nor zero (a
count of no firms says nothing about any firm and stays).
"""

from __future__ import annotations

import tomllib
from typing import Any

import pandas as pd

from impact import where
from impact.tables import STATISTICS


def minimum_firms(setting: int | None) -> int:
    """Return the smallest number of firms behind a released figure: the study's, or the default with its source."""
    return setting if setting is not None else int(default()["value"])


def default() -> dict[str, Any]:
    """Return the rule that holds where a study says nothing: its value, and the source that it has."""
    rules = tomllib.loads(where.data("parameters", "disclosure.toml").read_text(encoding="utf-8"))
    return dict(rules["minimum_firms"])


def released_effects(effects: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Return the tidy table of effects as it may leave."""
    return _suppressed(effects, _on_few(effects, minimum), (*STATISTICS, "n_supported", "n_comparison"))


def released_paths(paths: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Return mean outcomes by cohort and period as they may leave."""
    return _suppressed(paths, _few(paths["n_firms"], minimum), ("mean", "n_firms"))


def released_pretests(pretests: pd.DataFrame, effects: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Return the tests as they may leave: a test of a single suppressed effect would tell its p-value."""
    tested = effects[_before(effects) & effects["estimate"].notna() & _on_few(effects, minimum)]
    few = {(row.outcome, row.estimator) for row in tested.itertuples()}
    marked = pd.Series([(row.outcome, row.estimator) in few for row in pretests.itertuples()], pretests.index, bool)
    return _suppressed(pretests, marked, ("statistic", "df", "p_value"))


def _before(effects: pd.DataFrame) -> pd.Series:
    """Mark effects before support: of a cohort in a period, or of an event time."""
    cells = (effects["aggregation"] == "cell") & (effects["period"] < effects["cohort"]).fillna(False)
    return cells | ((effects["aggregation"] == "event_time") & (effects["event_time"] < 0).fillna(False))


def _on_few(effects: pd.DataFrame, minimum: int) -> pd.Series:
    return _few(effects["n_supported"], minimum) | _few(effects["n_comparison"], minimum)


def _few(firms: pd.Series, minimum: int) -> pd.Series:
    """Mark counts of some firms, but fewer than the minimum."""
    return ((firms > 0) & (firms < minimum)).fillna(False).astype(bool)


def _suppressed(table: pd.DataFrame, few: pd.Series, blanked: tuple[str, ...]) -> pd.DataFrame:
    """Blank what must not leave; the first of the columns tells whether there was anything to suppress."""
    out = table.copy()
    out["state"] = out["state"].mask(few & out[blanked[0]].notna(), "suppressed")
    for column in blanked:
        out[column] = out[column].mask(few)
    return out
