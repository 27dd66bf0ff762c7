"""A folder of results, read: its tables, and what its study says. Figures and pages take every number from here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from impact import marks
from impact.prioritize import NAMES as PRIORITIES
from impact.regions import codes, register
from impact.results import AVERAGES, TABLES, TRUTH
from impact.show.text import stems

Row = Mapping[Any, Any]
LABELS = (
    "outcome", "estimator", "aggregation", "cohort", "treated", "comparison", "type", "part", "state",
    "region", "class", "plan", "name",
)  # fmt: skip


TRANSLATED = ("outcome", "estimator", "subgroup_of", "subgroup")  # labels that a study gave


@dataclass(frozen=True)
class Room:
    """The tables of one folder of results, and the language in which they are spoken of: the study's unless another is named."""

    place: Path
    about: dict[str, Any]
    tables: Mapping[str, pd.DataFrame]
    spoken: str = ""

    @classmethod
    def read(cls, place: Path, language: str = "") -> Room:
        """Read a folder of results."""
        about = json.loads((place / "study.json").read_text(encoding="utf-8"))
        known = [name for name in (TRUTH, *PRIORITIES) if (place / f"{name}.csv").is_file()]
        others = {name: _csv(place / f"{name}.csv") for name in (*TABLES, *known) if name != "effects"}
        tables = {"effects": pd.read_parquet(place / "effects.parquet"), **others}
        own = about["study"]["language"]
        words = about.get("translation", {}).get(language, {}) if language != own else {}
        if words:
            about, tables = _translated(about, words), {name: _relabelled(of, words) for name, of in tables.items()}
        return cls(place, about, tables, language)

    @property
    def effects(self) -> pd.DataFrame:
        """Return every effect: outcome × estimator × aggregation."""
        return self.tables["effects"]

    @cached_property
    def simulated(self) -> bool:
        """Tell whether firms are simulated: the study says so, or any of its tables is marked."""
        return bool(self.about.get("simulated")) or any(map(marks.is_simulated, self.tables.values()))

    @property
    def static(self) -> str | None:
        """Name the estimator that is one coefficient of two-way fixed effects; None where the study has none."""
        name: str | None = self.about.get("regression")
        return name

    def coefficient(self, outcome: str) -> Row:
        """Return the coefficient of two-way fixed effects on an outcome."""
        return self.rows(outcome, "overall", self.static)[0]

    def of(self, table: str, outcome: str) -> pd.DataFrame:
        """Return what a table says of an outcome."""
        whole = self.tables[table]
        return whole[whole["outcome"] == outcome]

    @property
    def language(self) -> str:
        """Return the language in which the results are spoken of."""
        return self.spoken or str(self.about["study"]["language"])

    @property
    def figures(self) -> Path:
        """Return the folder of figures in that language; those in the study's own are results themselves."""
        own = self.language == self.about["study"]["language"]
        return self.place / ("figures" if own else f"figures-{self.language}")

    def stem(self, outcome: Mapping[str, Any]) -> str:
        """Return what an outcome's figures are called, after what they show."""
        return stems([one["name"] for one in self.outcomes])[outcome["name"]]

    def drawn(self, name: str) -> bool:
        """Tell whether a figure is there."""
        return all((self.figures / f"{name}{end}").is_file() for end in (".svg", ".png"))

    @property
    def outcomes(self) -> list[dict[str, Any]]:
        """Return the outcomes, the first of which is the study's answer."""
        return list(self.about["outcome"])

    @property
    def prioritized(self) -> dict[str, Any]:
        """Return the outcome by which regions are compared: the one that the study names, or its first."""
        named = self.about["priorities"]["outcome"]
        return next((one for one in self.outcomes if one["name"] == named), self.outcomes[0])

    def estimators(self, outcome: str) -> list[str]:
        """Name the estimators of an outcome; the first one gives the study's answer."""
        return [str(one["name"]) for one in self.about["estimate"] if not one["outcomes"] or outcome in one["outcomes"]]

    def main(self, outcome: str) -> str:
        """Name the estimator that gives the study's answer on an outcome."""
        return self.estimators(outcome)[0]

    @property
    def confidence(self) -> str:
        """Return the confidence of intervals in per cent, as it is written."""
        return f"{100 * self.about['inference']['confidence']:.10g}"

    def frame(self, outcome: str, aggregation: str, estimator: str | None = None) -> pd.DataFrame:
        """Return the effects on an outcome by one aggregation and one estimator, the main one if none is named."""
        effects = self.effects
        chosen = effects["estimator"] == (estimator or self.main(outcome))
        return effects[chosen & (effects["outcome"] == outcome) & (effects["aggregation"] == aggregation)]

    def rows(self, outcome: str, aggregation: str, estimator: str | None = None) -> list[Row]:
        """Return the same as rows."""
        frame = self.frame(outcome, aggregation, estimator)
        return [dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False)]

    def regions(self, outcome: str) -> pd.DataFrame:
        """Return the effects on an outcome by region; no row where regions are not the register's, or none may be shown."""
        frame = self.frame(outcome, "region")
        known = codes.normal(frame["region"]).isin(register.units()["code"]) if len(frame) else pd.Series(dtype=bool)
        drawn = len(frame) and known.all() and (frame["state"] == "shown").any()
        return frame if drawn else frame.iloc[:0]

    def maps(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Go through the maps that there are numbers for: their kind and outcome. The first outcome has one of effects too."""
        for outcome in self.outcomes:
            if len(self.regions(outcome["name"])):
                yield "probability", outcome
                if outcome is self.outcomes[0]:
                    yield "mean", outcome

    def average(self, outcome: str, estimator: str | None = None) -> Row:
        """Return the average effect: over supported firms or, where an estimator does not know them, over time."""
        return next(row for kind in AVERAGES for row in self.rows(outcome, kind, estimator))


def _translated(value: Any, words: Mapping[str, str]) -> Any:
    """Put the words of another language in the place of the study's own, wherever they stand alone."""
    if isinstance(value, dict):
        return {key: of if key == "translation" else _translated(of, words) for key, of in value.items()}
    if isinstance(value, list):
        return [_translated(one, words) for one in value]
    return words.get(value, value) if isinstance(value, str) else value


def _relabelled(table: pd.DataFrame, words: Mapping[str, str]) -> pd.DataFrame:
    """Return a table whose labels are in another language."""
    named = [name for name in TRANSLATED if name in table]
    return table.assign(
        **{name: table[name].map(lambda one: words.get(one, one), na_action="ignore") for name in named}
    )


def _csv(file: Path) -> pd.DataFrame:
    """Read a table whose labels are text, whatever they look like: an outcome may be called 7 or NA."""
    labels = dict.fromkeys(LABELS, str)
    return pd.read_csv(file, dtype=labels, keep_default_na=False, na_values=[""], encoding="utf-8-sig")
