"""A folder of results, read: its tables, and what its study says. Figures and pages take every number from here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

Row = Mapping[Any, Any]
AVERAGES = ("average_cohort", "overall", "average_event_time", "average_period")  # the first that there is


@dataclass(frozen=True)
class Room:
    """The tables of one folder of results."""

    place: Path
    about: dict[str, Any]
    effects: pd.DataFrame
    paths: pd.DataFrame
    pretests: pd.DataFrame

    @classmethod
    def read(cls, place: Path) -> Room:
        """Read a folder of results."""
        about = json.loads((place / "study.json").read_text(encoding="utf-8"))
        effects = pd.read_parquet(place / "effects.parquet")
        return cls(place, about, effects, _csv(place / "paths.csv"), _csv(place / "pretests.csv"))

    @property
    def language(self) -> str:
        """Return the language of the study."""
        return str(self.about["study"]["language"])

    @property
    def outcomes(self) -> list[dict[str, Any]]:
        """Return the outcomes, the first of which is the study's answer."""
        return list(self.about["outcome"])

    @property
    def main(self) -> str:
        """Name the estimator that gives the study's answer."""
        return str(self.about["estimate"][0]["name"])

    @property
    def confidence(self) -> str:
        """Return the confidence of intervals in per cent, as it is written."""
        return f"{100 * self.about['inference']['confidence']:.10g}"

    def frame(self, outcome: str, aggregation: str, estimator: str | None = None) -> pd.DataFrame:
        """Return the effects on an outcome by one aggregation and one estimator, the main one if none is named."""
        effects = self.effects
        chosen = effects["estimator"] == (estimator or self.main)
        return effects[chosen & (effects["outcome"] == outcome) & (effects["aggregation"] == aggregation)]

    def rows(self, outcome: str, aggregation: str, estimator: str | None = None) -> list[Row]:
        """Return the same as rows."""
        frame = self.frame(outcome, aggregation, estimator)
        return [dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False)]

    def average(self, outcome: str, estimator: str | None = None) -> Row:
        """Return the average effect: over supported firms or, where an estimator does not know them, over time."""
        return next(row for kind in AVERAGES for row in self.rows(outcome, kind, estimator))

    def path(self, outcome: str) -> pd.DataFrame:
        """Return the mean of an outcome by cohort and period."""
        return self.paths[self.paths["outcome"] == outcome]


def _csv(file: Path) -> pd.DataFrame:
    """Read a table whose labels are text, whatever they look like: an outcome may be called 7 or NA."""
    labels = dict.fromkeys(("outcome", "estimator", "cohort", "state"), str)
    return pd.read_csv(file, dtype=labels, keep_default_na=False, na_values=[""], encoding="utf-8-sig")
