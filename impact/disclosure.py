"""The only door out: what may leave, and what is suppressed.

A figure that stands on fewer than a minimum of firms, on either side of the comparison, is suppressed: it has no value,
no count, and the state "suppressed", which is neither missing nor zero.
"""

from __future__ import annotations

import tomllib

import pandas as pd

from impact import where
from impact.estimates import STATISTICS


def minimum_firms(setting: int | None) -> int:
    """Return the smallest number of firms behind a released figure: the study's, or the default with its source."""
    if setting is not None:
        return setting
    rules = tomllib.loads(where.data("parameters", "disclosure.toml").read_text(encoding="utf-8"))
    return int(rules["minimum_firms"]["value"])


def released_effects(effects: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Return the tidy table of effects as it may leave."""
    few = (effects["n_supported"] < minimum).fillna(False) | (effects["n_comparison"] < minimum).fillna(False)
    return _suppressed(effects, few, (*STATISTICS, "n_supported", "n_comparison"))


def released_paths(paths: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Return mean outcomes by cohort and period as they may leave."""
    return _suppressed(paths, paths["n_firms"] < minimum, ("mean", "n_firms"))


def _suppressed(table: pd.DataFrame, few: pd.Series, blanked: tuple[str, ...]) -> pd.DataFrame:
    out = table.copy()
    for column in blanked:
        out[column] = out[column].mask(few)
    out["state"] = out["state"].mask(few, "suppressed")
    return out
