"""Words for one row of a study's tables: the sentence, what it means, and the numbers as people read them.

Whatever a study or its data bring (names, units, labels) passes through `text`, which makes it show as itself and do
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from impact.phrases import known, phrase
from impact.publish.qmd import escape
from impact.show import scale
from impact.show.room import Room, Row
from impact.show.text import plain

Outcome = dict[str, Any]


@dataclass(frozen=True)
class Words:
    """The words of one folder of results, in its language."""

    room: Room

    def say(self, key: str, **values: Any) -> str:
        """Return a phrase with its values."""
        return phrase(key, self.room.language, **values)

    def sentence(self, outcome: Outcome, row: Row) -> str:
        """Return the effect on an outcome as one sentence with its interval, or why there is none."""
        name = text(outcome["name"])
        if row["state"] != "shown":
            return self.say(f"answer.{_key(row)}", name=name, minimum=self.room.about["minimum_firms"])
        value, lower, upper = scale.shown([row["estimate"], row["lower"], row["upper"]], outcome)
        places = scale.digits(value, lower, upper)
        kind = "percent" if scale.is_percent(outcome) else "unit"
        return self.say(
            f"answer.{kind}" if lower <= upper else f"answer.{kind}_alone",
            name=name,
            size=scale.number(abs(value), places),
            unit=f"; {text(outcome['unit'])}" if outcome["unit"] else "",
            direction=self.say("direction.up" if value >= 0 else "direction.down"),
            confidence=self.room.confidence,
            lower=scale.number(lower, places),
            upper=scale.number(upper, places),
        )

    def verdict(self, outcome: Outcome, row: Row) -> str:
        """Return what the interval says, and no more; nothing where no effect is shown."""
        if row["state"] != "shown":
            return ""
        if missing(row["lower"]):
            return self.say("verdict.alone")
        if row["lower"] <= 0 <= row["upper"]:
            return self.say("verdict.open")
        if not outcome["better"]:
            return self.say("verdict.clear")
        hoped = (row["estimate"] > 0) == (outcome["better"] == "higher")
        return self.say("verdict.better" if hoped else "verdict.worse")

    def firms(self, row: Row) -> str:
        """Return a sentence with the firms on both sides; nothing where no effect is shown."""
        if row["state"] != "shown":
            return ""
        counts = {"supported": count(row["n_supported"]), "comparison": count(row["n_comparison"])}
        return self.say("answer.firms", who=self.who(), **counts)

    def who(self) -> str:
        """Name the firms that are compared with."""
        return self.say(f"who.{self.room.about['design']['comparison']}")

    def estimator(self, name: str) -> str:
        """Name an estimator as people do; a name that a study gave stays as it is."""
        return self.say(f"estimator.{name}") if known(f"estimator.{name}") else text(name)

    def ours(self, row: Row) -> str:
        """Name one of our effects beside those that others published."""
        name = self.estimator(row["estimator"])
        if missing(row["event_time"]):
            return self.say(f"ours.{row['aggregation']}", estimator=name)
        return self.say("ours.event_time", estimator=name, since=whole(row["event_time"]))

    def group(self, row: Row) -> str:
        """Name a region, or a subgroup with the column that it is of."""
        of = row["subgroup_of"]
        return text(row["region"]) if missing(of) else f"{text(of)}: {text(row['subgroup'])}"

    def state(self, row: Row) -> str:
        """Name the state of a row that has no number."""
        return self.say(f"state.{_key(row)}")

    def effect(self, outcome: Outcome, row: Row, kind: str = "") -> tuple[str, str]:
        """Return the effect and its interval as they are shown, or the state where there is none."""
        if row["state"] != "shown":
            return self.state(row), ""
        names = ("estimate", "lower", "upper", f"lower{kind}", f"upper{kind}")
        shown = scale.shown([row[name] for name in names], outcome)
        places, percent = scale.digits(*shown[:3]), " %" if scale.is_percent(outcome) else ""
        value, _, _, lower, upper = (scale.number(number, places) for number in shown)
        return f"{value}{percent}", f"{lower} … {upper}{percent}" if lower else ""

    def numbers(self, outcome: Outcome, row: Row) -> list[str]:
        """Return effect, interval, p-value and firms on both sides."""
        return [*self.effect(outcome, row), p_value(row["p_value"]), *_firms(row)]

    def without_p(self, outcome: Outcome, row: Row) -> list[str]:
        """Return effect, interval and firms on both sides."""
        return [*self.effect(outcome, row), *_firms(row)]

    def banded(self, outcome: Outcome, row: Row) -> list[str]:
        """Return effect, interval, band and firms on both sides."""
        return [*self.effect(outcome, row), self.effect(outcome, row, "_uniform")[1], *_firms(row)]

    def tested(self, row: Row) -> list[str]:
        """Return the p-value of a joint test and how many effects it tests, or its state."""
        return [p_value(row["p_value"]), whole(row["df"])] if row["state"] == "shown" else [self.state(row), ""]

    def adjusted(self, row: Row) -> list[str]:
        """Return p-values: alone, and adjusted for being one of many; or the state."""
        if row["state"] != "shown":
            return [self.state(row), "", "", ""]
        names = ("p_value", "p_holm", "p_romano_wolf", "p_benjamini_hochberg")
        return [p_value(row[name]) for name in names]

    def told(self, row: Row) -> str:
        """Tell one mean of a path, or its state."""
        return measured(row["mean"]) if row["state"] == "shown" else self.state(row)


def text(words: Any) -> str:
    """Make what people wrote safe in Markdown: on one line, turning no direction, and nothing but text."""
    return escape(plain(str(words)))


def missing(value: object) -> bool:
    """Tell whether a table holds nothing there."""
    return value is None or value is pd.NA or value != value


def count(value: Any) -> str:
    """Write a number of firms; a blank where it is not known."""
    return "" if missing(value) else f"{int(value):,}"


def whole(value: Any) -> str:
    """Write a period or a time since support, without separators."""
    return "" if missing(value) else f"{int(value)}".replace("-", "−")


def measured(value: Any) -> str:
    """Write a number in the outcome's own measure."""
    return "" if missing(value) else scale.number(float(value), 3)


def p_value(value: Any) -> str:
    """Write a p-value; never as zero."""
    return "" if missing(value) else "< 0.001" if value < 0.001 else f"{value:.3f}"


def _key(row: Row) -> str:
    return str(row["state"]).replace(" ", "_")


def _firms(row: Row) -> list[str]:
    return [count(row["n_supported"]), count(row["n_comparison"])]
