"""Who of a roster is in a panel: rates by year and province, and how the two groups differ in what the roster knows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

RATES = ("by", "value", "firms", "joined", "not_joined", "share")
DIFFER = ("what", "value", "joined", "not_joined", "normalised")


def rates(firms: pd.DataFrame) -> pd.DataFrame:
    """Count firms of the roster and those in the panel: all, by year of the first award, by province."""
    by = {"all": pd.Series("all", index=firms.index), "year": firms["awarded"]}
    if "province" in firms:
        by["province"] = firms["province"]
    return pd.concat([_rate(firms["joined"], name, values) for name, values in by.items()], ignore_index=True)[[*RATES]]


def _rate(joined: pd.Series, by: str, values: pd.Series) -> pd.DataFrame:
    counts = joined.groupby(values.astype(object).fillna("unknown").astype(str).to_numpy()).agg(["size", "sum"])
    table = counts.set_axis(["firms", "joined"], axis=1).rename_axis("value").reset_index()
    return table.assign(by=by, not_joined=table["firms"] - table["joined"], share=table["joined"] / table["firms"])


def differences(firms: pd.DataFrame) -> pd.DataFrame:
    """Compare what the roster knows of firms joined and not joined; nothing where either are none."""
    rows = []
    if firms["joined"].nunique() == 2:
        rows = [_difference(firms["joined"], *named) for named in _measured(firms)]
    return pd.DataFrame(rows, columns=[*DIFFER])


def _measured(firms: pd.DataFrame) -> Iterator[tuple[str, str, pd.Series]]:
    """Go through what can be compared: numbers as they are, and the share of each label."""
    for name in ("awarded", "awards", "amount_total"):
        if name in firms:
            yield name, "", firms[name].astype(float)
    for name in ("level_first", "province"):
        for value in sorted(map(str, firms[name].dropna().unique())) if name in firms else ():
            yield name, value, (firms[name].astype(str) == value).astype(float).where(firms[name].notna())


def _difference(joined: pd.Series, what: str, value: str, measured: pd.Series) -> dict[str, object]:
    ours, theirs = measured[joined].dropna(), measured[~joined].dropna()
    spread = np.sqrt((ours.var() + theirs.var()) / 2)
    apart = (ours.mean() - theirs.mean()) / spread if spread > 0 else np.nan
    return {"what": what, "value": value, "joined": ours.mean(), "not_joined": theirs.mean(), "normalised": apart}
