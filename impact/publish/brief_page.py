"""The brief: for whoever decides and has a few minutes. What came out, where, how sure, what to do, what is not known.

Nothing is computed here but words: every number comes from a table by name. What to do follows from the tables by rules that are
written here, one sentence each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from impact.prioritize import FILE as PRIORITIES
from impact.publish import study_maps
from impact.publish.document import Document, joined
from impact.publish.priorities_page import Priorities
from impact.publish.study_words import Outcome, count, missing, p_value, text, whole
from impact.results import TRUTH
from impact.show import priorities as figures
from impact.show.room import Row

SURE = 0.05  # a smaller p-value of the periods before support is said to move apart


@dataclass(frozen=True)
class Brief(Document):
    """What a template can ask for."""

    phrases = "brief"

    @cached_property
    def priorities(self) -> Priorities | None:
        """Return the priorities of the study; None where nobody asked for any."""
        return Priorities(self.page) if "priorities" in self.room.tables else None

    # ---- what came out -----------------------------------------------------------------------------------------------

    def answer(self) -> str:
        """Return the answer on the first outcome, and one sentence for each other."""
        return joined(self.page.answer(), self._truth(), self.page.others())

    def figure(self) -> str:
        """Return how the effect on the first outcome unfolds; nothing where effects have no time."""
        first = self.room.outcomes[0]
        return self.page.event_figure(first) if len(self.room.frame(first["name"], "event_time")) else ""

    def where(self, heading: str) -> str:
        """Return the map of effects by region with a sentence; nothing where there is none."""
        first = self.room.outcomes[0]
        rows = self.room.regions(first["name"])
        if not len(rows):
            return ""
        shown = rows[rows["state"] == "shown"]
        clear = ((shown["lower"] > 0) | (shown["upper"] < 0)).sum()
        said = self.say("regions", all=count(len(rows)), shown=count(len(shown)), clear=count(clear))
        return joined(heading, said, study_maps.drawn(self.page, "probability", first))

    def next(self, heading: str) -> str:
        """Return who is next, with the map of how often regions are chosen; nothing where nobody asked."""
        of = self.priorities
        if of is None:
            return ""
        return joined(heading, of.answer(), of.stays(), of.floor(), of.figure(figures.SHARES))

    # ---- how sure ----------------------------------------------------------------------------------------------------

    def sure(self) -> str:
        """Return what the periods before support and other ways of comparing say of the answer."""
        return "\n".join(f"- {said}" for said in filter(None, [self._before(), self._others()]))

    def do(self) -> str:
        """Return what follows, a sentence for each rule that applies."""
        return "\n".join(f"- {said}" for said in self._rules())

    def unknown(self) -> str:
        """Return what these data cannot say."""
        return self.page.limits()

    def more(self) -> str:
        """Say where the rest lies."""
        files = ["report.html", *([PRIORITIES] if self.priorities else []), "effects.xlsx", "figures/"]
        return self.say("more", files=", ".join(f"`{name}`" for name in files))

    # ---- parts -------------------------------------------------------------------------------------------------------

    def _truth(self) -> str:
        """Say the truth of the answer, where it is known and may be shown."""
        if TRUTH not in self.room.tables:
            return ""
        outcome = self.room.outcomes[0]
        answer = self.room.average(outcome["name"])
        rows = self.room.of(TRUTH, outcome["name"])
        row = rows[(rows["estimator"] == answer["estimator"]) & (rows["aggregation"] == answer["aggregation"])].iloc[0]
        if row["state"] != "shown":
            return ""
        truth, _ = self.page.words.effect(outcome, {**answer, "estimate": row["truth"]})
        return self.say("truth", truth=truth)

    def _before(self) -> str:
        name = self.room.outcomes[0]["name"]
        tests = self.room.of("pretests", name)
        tests = tests[(tests["estimator"] == self.room.main(name)) & (tests["state"] == "shown")]
        if not len(tests) or missing(tests["p_value"].iloc[0]):
            return self.say("untested")
        p, df = tests["p_value"].iloc[0], tests["df"].iloc[0]
        said = p_value(p)
        return self.say("apart" if p < SURE else "alike", p=said if said.startswith("<") else f"= {said}", df=whole(df))

    def _others(self) -> str:
        """Say between which numbers other estimates put the answer."""
        outcome = self.room.outcomes[0]
        main = self.room.main(outcome["name"])
        rows = [self.room.average(outcome["name"], one) for one in self.room.estimators(outcome["name"]) if one != main]
        rows = sorted((row for row in rows if row["state"] == "shown"), key=lambda row: float(row["estimate"]))
        if not rows:
            return ""
        low, high = (self.page.words.effect(outcome, row)[0] for row in (rows[0], rows[-1]))
        names = ", ".join(self.page.words.estimator(str(row["estimator"])) for row in rows)
        return self.say("others" if len(rows) > 1 else "others_one", low=low, high=high, names=names)

    def _rules(self) -> Iterator[str]:
        """Yield what follows from the tables."""
        found: dict[str, list[str]] = {"go_on": [], "open": [], "against": []}
        for outcome in self.room.outcomes:
            if kind := _kind(outcome, self.room.average(outcome["name"])):
                found[kind].append(text(outcome["name"]))
        yield from (self.say(kind, names=", ".join(names)) for kind, names in found.items() if names)
        yield from self._of_regions()

    def _of_regions(self) -> Iterator[str]:
        of = self.priorities
        if of is None:
            return
        if of.facts.get("separated") == 0:
            yield self.say("no_ranking")
        promise = self.room.tables.get("promise")
        if promise is not None and promise["claimed"].notna().any():
            raw = promise.iloc[0].to_dict()
            yield self.say("promises", claimed=of.size(raw, "claimed"), delivered=of.size(raw, "delivered"))


def _kind(outcome: Outcome, row: Row) -> str:
    """Tell what the interval says of what was hoped for; nothing where nobody said what that is, or nothing is shown."""
    if row["state"] != "shown" or missing(row["lower"]) or not outcome["better"]:
        return ""
    if row["lower"] <= 0 <= row["upper"]:
        return "open"
    return "go_on" if (row["estimate"] > 0) == (outcome["better"] == "higher") else "against"
