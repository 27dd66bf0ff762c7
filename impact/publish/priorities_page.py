"""The page of a study's priorities: who is supported next, how sure that is, and what it stands on.

Nothing is computed here but words: every number comes from a table by name. A section that has nothing to show is not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from impact.publish import priorities_regions, qmd, study_maps
from impact.publish.amounts import amount, percent
from impact.publish.document import Document, joined
from impact.publish.study_words import count, missing, text
from impact.show import grades, promise, scale
from impact.show import priorities as figures
from impact.show.room import Row
from impact.show.text import plain

MOST = 40  # regions up to which they are named in a sentence


@dataclass(frozen=True)
class Priorities(Document):
    """What a template can ask for."""

    phrases = "priorities"

    @cached_property
    def facts(self) -> dict[str, float]:
        """Return every single number that is there, by name."""
        table = self.room.tables["priorities_facts"]
        return {
            str(name): float(value) for name, value in zip(table["name"], table["value"], strict=True) if value == value
        }

    @property
    def asked(self) -> dict[str, Any]:
        """Return the study's section [priorities]."""
        return dict(self.room.about["priorities"])

    @property
    def outcome(self) -> dict[str, Any]:
        """Return the outcome by which regions are compared."""
        return self.room.prioritized

    @property
    def regions(self) -> pd.DataFrame:
        """Return the table with a row for each region."""
        return self.room.tables["priorities"]

    # ---- the answer --------------------------------------------------------------------------------------------------

    def inside(self) -> str:
        """Return a warning on the page that must not leave, and one on simulated firms."""
        return self.page.inside()

    def answer(self) -> str:
        """Return where the next money goes and what is expected of it, in a sentence; or why there is none."""
        if "value" not in self.facts:
            return self.say("no_plan" if self.asked["budget"] is None else "hidden")
        f, unit = self.facts, self._unit()
        how = {
            "money": self.money(f["spent"]),
            "firms": count(f["firms"]),
            "regions": count(f["regions"]),
            "candidates": count(f["candidates"]),
            "value": self.size(f, "value"),
            "interval": self._between(f, "value_"),
            "spread": self.size(f, "value_spread"),
            "confidence": self.room.confidence,
            "unit": unit,
        }
        return f"**{self.page.marked(self.say('answer', **how))}**"

    def stays(self) -> str:
        """Say which regions stay in the plan whatever the noise."""
        if "core" not in self.facts:
            return ""
        f = self.facts
        counts = {name: count(f[name]) for name in ("core", "contested", "out")}
        if not f["core"]:
            return self.say("stays_none", **counts)
        core = self.regions[self.regions["class"] == "core"]
        names = priorities_regions.names(self)
        named = ", ".join(names[code] for code in core["region"][:MOST]) + ("" if len(core) <= MOST else " …")
        return self.say("stays", named=named, **counts)

    def floor(self) -> str:
        """Say what the floor that the study asks for costs; nothing where it asks for none."""
        table = self.room.tables.get("frontier")
        if table is None or table["value"].isna().all():
            return ""
        row = table.iloc[(table["floor"] - self.asked["floor"]).abs().argmin()].to_dict()
        return self.say(
            "floor",
            floor=percent(row["floor"]),
            group=text(self.asked["floor_for"]),
            loss=percent(row["loss_share"]),
            size=f"{self.size(row, 'loss')} {text(self.outcome['unit']) if self.asked['in_units'] else ''}".strip(),
            interval=self._between(row, "loss_"),
        )

    # ---- how sure ----------------------------------------------------------------------------------------------------

    def evidence(self) -> str:
        """Say how many regions have evidence of their own, what grades say, and how a ladder would do."""
        f = self.facts
        if "regions_all" not in f:
            return self.say("hidden")
        counts = {name: count(f[f"regions_{name}"]) for name in ("all", "own", "borrowed", "none")}
        said = [self.say("evidence", name=text(self.outcome["name"]), **counts)]
        said.append(
            self.say(
                "grades" if f["grades"] > 1 else "one_grade",
                grades=count(f["grades"]),
                largest=percent(f["grade_largest"]),
            )
        )
        if not f["separated"]:
            said.append(f"**{self.say('not_separated')}**")
        if "ladder_wrong" in f:
            sizes = " / ".join(map(str, self.asked["ladder"]))
            of = count(f["ladder_regions"])
            said.append(
                self.say("ladder", sizes=sizes, of=of, wrong=percent(f["ladder_wrong"]), top=percent(f["ladder_top"]))
            )
        return "\n".join(f"- {one}" for one in said)

    def grades(self) -> str:
        """Return regions by grade; nothing where no grade may be shown."""
        return self.figure(figures.GRADES)

    def maps(self) -> str:
        """Return the maps; nothing where regions are not those of the register."""
        return "\n\n".join(filter(None, (self.figure(name) for name in (figures.CHANCES, figures.SHARES))))

    def balance(self, heading: str, reading: str, caption: str) -> str:
        """Return what floors cost, as figure and table; nothing without a floor."""
        said = self.floor()
        if not said:
            return ""
        table = self.room.tables["frontier"]
        true = ["came_true"] if "came_true" in table else []
        rows = [
            [
                percent(row["floor"]),
                percent(row["share"]),
                self.size(row, "value"),
                self._between(row),
                percent(row["loss_share"]),
                *(self.size(row, name) for name in true),
            ]
            for row in table.to_dict("records")
        ]
        names = ("floor", "share_of_money", "expected", "interval", "loss", *true)
        return joined(
            heading, said, reading, self.figure(figures.BALANCE), self.page.table(names, rows, caption, "tbl-balance")
        )

    def promise(self, heading: str, reading: str, caption: str) -> str:
        """Return what plans claim and what is expected of them."""
        if not promise.drawable(self.room):
            return ""
        table = promise.told(self.room)
        true = ["came_true"] if "came_true" in table else []
        rows = [
            [
                self.say(promise.PLANS[row["plan"]]),
                self.size(row, "claimed"),
                self.size(row, "delivered"),
                self._between(row),
                *(self.size(row, name) for name in true),
            ]
            for row in table.to_dict("records")
        ]
        raw = table.iloc[0].to_dict()
        said = self.say(
            "promise", claimed=self.size(raw, "claimed"), delivered=self.size(raw, "delivered"), unit=self._unit()
        )
        names = ("chosen_by", "claimed", "expected", "interval", *true)
        shown = self.page.table(names, rows, caption, "tbl-promise")
        return joined(heading, said, reading, self.figure(figures.PROMISE), shown)

    def costs(self, heading: str) -> str:
        """Say what one unit of the outcome costs, and what it is worth; nothing where effects are not in units."""
        f = self.facts
        if "unit_cost" not in f:
            return ""
        interval = f"{self.money(f['unit_lower'])} … {self.money(f['unit_upper'])}" if f["unit_bounded"] else ""
        said = [
            self.say(
                "unit_cost" if interval else "unit_open",
                name=text(self.outcome["name"]),
                unit=text(self.outcome["unit"]),
                cost=self.money(f["unit_cost"]),
                interval=interval,
                confidence=self.room.confidence,
            )
        ]
        if "net" in f:
            worth = {"worth": self.money(self.asked["value_per_unit"]), "years": self.asked["years"]}
            said.append(
                self.say(
                    "net",
                    net=self.money(f["net"]),
                    interval=f"{self.money(f['net_lower'])} … {self.money(f['net_upper'])}",
                    confidence=self.room.confidence,
                    **worth,
                )
            )
        return joined(heading, "\n".join(f"- {one}" for one in said))

    # ---- regions -----------------------------------------------------------------------------------------------------

    def listed(self, caption: str) -> str:
        """Return the regions that are chosen most often, or that are most surely above the threshold without a plan."""
        return priorities_regions.listed(self, caption)

    def winners(self, heading: str, reading: str, caption: str) -> str:
        """Return the largest estimates, and what is left of them; nothing where a tie leaves open which they are."""
        return priorities_regions.winners(self, heading, reading, caption)

    # ---- what it stands on -------------------------------------------------------------------------------------------

    def assumed(self) -> str:
        """List what the plan assumes, each with its source."""
        said = [self.say("prior", prior=", ".join(map(text, self.asked["prior"])) or self.say("prior_none"))]
        if "value" not in self.facts:
            return f"- {said[0]}"
        for name in ("take_up", "diminishing"):
            source = self.say("nobody" if self.asked[name] is None else "of_study")
            said.append(self.say(name, share=percent(self.facts[name]), source=source))
        said.append(self.say("one_firm", cost=self.money(self.asked["cost"])))
        if self.asked["most_in_a_region"] is not None:
            said.append(self.say("most", most=count(self.asked["most_in_a_region"])))
        if self.turned:
            said.append(self.say("turned", name=text(self.outcome["name"])))
        return "\n".join(f"- {one}" for one in said)

    def truth(self, heading: str) -> str:
        """Set the priorities beside the truth, where it is known."""
        f = self.facts
        if "covered" not in f:
            return ""
        said = [self.say("covered", share=percent(f["covered"]), confidence=self.room.confidence)]
        if "best_regions" in f:
            counts = {
                name: count(f[name])
                for name in ("known", "best_regions", *(f"{one}_in_best" for one in ("core", "contested", "out")))
            }
            said.append(
                self.say(
                    "in_best", **counts, core=count(f["core"]), contested=count(f["contested"]), out=count(f["out"])
                )
            )
        return joined(heading, "\n".join(f"- {one}" for one in said))

    # ---- parts -------------------------------------------------------------------------------------------------------

    def size(self, row: Row, name: str) -> str:
        """Write what a plan brings: a total in units, or the mean change of one of its firms where effects are per cent."""
        if missing(row[name]):
            return ""
        (shown,) = scale.planned([row[name]], [row["firms"]], self.outcome, self.asked["in_units"])
        percent = scale.is_percent(self.outcome) and not self.asked["in_units"]
        return f"{scale.number(shown, 2)} %" if percent else amount(shown)

    def shown(self, *effects: float) -> np.ndarray:
        """Return turned effects as they are shown; a reduction by a tenth is 10 %."""
        return scale.turned(effects, self.outcome)

    @property
    def turned(self) -> bool:
        """Tell whether less is better, so that effects were turned."""
        return bool(self.outcome["better"] == "lower")

    def money(self, value: float) -> str:
        """Write an amount of money in the study's unit."""
        return f"{amount(value)} {text(self.asked['money'])}".strip()

    def _unit(self) -> str:
        percent = scale.is_percent(self.outcome) and not self.asked["in_units"]
        if percent:
            return self.say("a_firm", name=text(self.outcome["name"]))
        return self.say("fewer" if self.turned else "more", unit=text(self.outcome["unit"])).strip()

    def _between(self, row: Row, of: str = "") -> str:
        return f"{self.size(row, f'{of}lower')} … {self.size(row, f'{of}upper')}"

    def figure(self, name: str) -> str:
        """Return one figure of the priorities with its caption; nothing where it was not drawn."""
        files = [file for end in (".svg", ".png") if (file := self.room.figures / f"{name}{end}").is_file()]
        if not files:
            return ""
        said = self.say(self._caption(name), confidence=self.room.confidence, draws=count(self.facts.get("draws")))
        beside = files[0].with_suffix(".txt")
        alt = beside.read_text(encoding="utf-8") if beside.is_file() else self.page.marked(self._told(name))
        return qmd.figure(study_maps.smaller(files), f"fig-{name}", self.page.marked(said), alt)

    def _caption(self, name: str) -> str:
        """Return the phrase of a figure's caption: where what came true is known, it is in the figure, too."""
        true = name == figures.PROMISE and "came_true" in self.room.tables["promise"]
        return f"caption_{name.removeprefix('priorities-')}" + "_true" * true

    def _told(self, name: str) -> str:
        """Tell what a figure without a text of its own shows."""
        return {
            figures.BALANCE: self._balance_alt,
            figures.GRADES: self._grades_alt,
            figures.PROMISE: self._promise_alt,
        }[name]()

    def _grades_alt(self) -> str:
        table, language = self.regions, self.room.language
        points = (
            f"{grades.named(row, language)}: {count(row['regions'])}" for _, row in grades.classes(table).iterrows()
        )
        said = self.say("grades_alt", points="; ".join(points))
        known = grades.known(table)
        if not len(known):
            return said
        of = {"low": known["estimate"].min(), "high": known["estimate"].max()}
        of |= {"lower": known["lower"].min(), "upper": known["upper"].max()}
        ends = {name: self._effect(value) for name, value in of.items()}
        more = self.say("grades_alt_from", count=count(len(known)), confidence=self.room.confidence, **ends)
        return f"{said} {more}"

    def _effect(self, value: float) -> str:
        """Write one effect as it is shown."""
        (shown,) = self.shown(value)
        return scale.number(shown, scale.digits(shown, np.nan, np.nan)) + " %" * scale.is_percent(self.outcome)

    def _promise_alt(self) -> str:
        points = (
            f"{self.say(promise.PLANS[row['plan']])}: "
            + ", ".join(self.size(row, of) for of in promise.COLUMNS.values() if of in row)
            + f" ({self._between(row)})"
            for row in promise.told(self.room).to_dict("records")
        )
        return self.say("promise_alt", points="; ".join(points))

    def _balance_alt(self) -> str:
        rows = self.room.tables["frontier"].to_dict("records")
        points = "; ".join(f"{percent(row['floor'])}: {self.size(row, 'value')} ({self._between(row)})" for row in rows)
        return f"{plain(self.say('balance_title'))}. {points}"
