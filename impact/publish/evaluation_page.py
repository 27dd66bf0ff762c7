"""The report of a study: what its template asks for on top of the page of a study. Data, effects by cohort, priorities.

Nothing is computed here but words: every number comes from a table by name.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from impact.prioritize import FILE as PRIORITIES
from impact.publish.document import Document, joined
from impact.publish.priorities_page import Priorities
from impact.publish.study_words import Outcome, count, text, whole
from impact.show import priorities as figures
from impact.show.text import plain
from impact.show.timeline import NEVER, counted


@dataclass(frozen=True)
class Evaluation(Document):
    """What a template can ask for."""

    phrases = "evaluation"

    def headed(self, heading: str, *parts: str) -> str:
        """Put a heading over what there is; where there is nothing, there is no heading."""
        known = joined(*parts)
        return joined(heading, known) if known else ""

    # ---- the data ----------------------------------------------------------------------------------------------------

    def data(self) -> str:
        """Say what the table holds and where it is from, and show when support came."""
        paths = self.room.tables["paths"]
        table, periods = counted(paths), paths["period"]
        said = self.say(
            "data",
            periods=periods.nunique(),
            first=whole(periods.min()),
            last=whole(periods.max()),
            cohorts=(table["cohort"] != NEVER).sum(),
            never=self._never(table),
        )
        return joined(self.page.marked(said), self.source(), self._timeline(table))

    def source(self) -> str:
        """Say where the data are from."""
        return self.say("from", source=self.page.source())

    def _never(self, table: pd.DataFrame) -> str:
        of = table[table["cohort"] == NEVER].to_dict("records")
        if not of:
            return self.say("never_none")
        shown = of[0]["state"] == "shown"
        return self.say("never", count=count(of[0]["n_firms"])) if shown else self.say("never_hidden")

    def _timeline(self, table: pd.DataFrame) -> str:
        words = self.page.words
        points = [
            f"{words.say('path.never') if row['cohort'] == NEVER else row['cohort']}: "
            + (count(row["n_firms"]) if row["state"] == "shown" else words.state(row))
            for row in table.to_dict("records")
        ]
        caption, alt = words.say("figure.timeline"), words.say("figure.timeline_alt", points="; ".join(points))
        return self.page.pictured("timeline", "fig-timeline", caption + self.page.hatched(table), alt)

    # ---- estimates ---------------------------------------------------------------------------------------------------

    def cohorts(self, heading: str, reading: str, caption: str) -> str:
        """Return effects by cohort and period as figures, and by cohort as a table; nothing where there are none."""
        known = joined(*map(self._heat, self.room.outcomes), self.page.cohorts(caption))
        return self.headed(joined(heading, reading), known)

    def _heat(self, outcome: Outcome) -> str:
        cells = self.room.frame(outcome["name"], "cell")
        if not len(cells):
            return ""
        points = "; ".join(
            f"{plain(self.page.words.say('path.cohort', cohort=whole(cohort)))}: {self._cells(outcome, of)}"
            for cohort, of in cells.groupby("cohort")
        )
        return self.page.figure("heat", "heat", outcome, points, self.page.hatched(cells))

    def _cells(self, outcome: Outcome, of: pd.DataFrame) -> str:
        """Tell the effects on one cohort; what all of them have in common is said once."""
        words, rows = self.page.words, of.to_dict("records")
        if of["state"].nunique() == 1 and rows[0]["state"] != "shown":
            return words.state(rows[0])
        return ", ".join(f"{whole(row['period'])} {words.effect(outcome, row)[0]}" for row in rows)

    def maps(self, heading: str) -> str:
        """Return maps of effects by region; nothing where regions are not those of the register."""
        return self.headed(heading, self.page.maps())

    # ---- priorities --------------------------------------------------------------------------------------------------

    def priorities(self, heading: str) -> str:
        """Return who is next in a sentence and a figure, and where the rest is; nothing where nobody asked."""
        if "priorities" not in self.room.tables:
            return ""
        of = Priorities(self.page)
        figure = next(filter(None, map(of.figure, (figures.SHARES, figures.BALANCE, figures.GRADES))), "")
        return joined(heading, of.answer(), of.stays(), figure, self.say("priorities", file=text(self._document())))

    def _document(self) -> str:
        """Name the document on priorities: in this language, where there is one."""
        named = PRIORITIES.replace(".html", f".{self.room.language}.html")
        return named if (self.room.place / named).is_file() else PRIORITIES
