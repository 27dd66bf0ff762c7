"""The regions of a study's priorities: a row each, never a rank without its set, and the largest estimates corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impact.publish.amounts import chance, percent
from impact.publish.study_words import count, missing, text
from impact.regions import codes, register
from impact.show import scale
from impact.show.maps.places import short
from impact.show.room import Row

if TYPE_CHECKING:
    from impact.publish.priorities_page import Priorities

MOST = 20  # regions up to which a table on the page can be read


def listed(of: Priorities, caption: str) -> str:
    """Return the regions that are chosen most often, or that are most surely above the threshold without a plan."""
    planned = "share" in of.regions
    by = "share" if planned else "pr_above"
    known = of.regions[of.regions[by].notna()].sort_values(by, ascending=False, kind="stable")[:MOST]
    plan = ("chosen", "firms_planned") if planned else ()
    grade = ("grade",) if of.facts.get("separated") else ()
    called = names(of)
    rows = [
        [
            called[row["region"]],
            *(_planned(row) if planned else []),
            *_told(of, row),
            *(count(row[name]) for name in grade),
        ]
        for row in known.to_dict("records")
    ]
    columns = ("region", *plan, "above", "shrunken", "interval", "own_weight", "places", *grade)
    return of.page.table(columns, rows, caption, "tbl-listed")


def winners(of: Priorities, heading: str, reading: str, caption: str) -> str:
    """Return the largest estimates, and what is left of them; nothing where a tie leaves open which they are."""
    table, called = of.room.tables["winners"], names(of)
    rows = [
        [
            called[row["region"]],
            *_effect(of, row["naive"], row["naive"], row["naive"])[:1],
            *_effect(of, row["estimate"], row["lower"], row["upper"]),
        ]
        for row in table.to_dict("records")
        if row["state"] == "shown"
    ]
    shown = of.page.table(("region", "naive", "corrected", "interval"), rows, caption, "tbl-winners")
    return "\n\n".join([heading, reading, shown]) if shown else ""


def names(of: Priorities) -> dict[str, str]:
    """Name each region with its province; a code that the register does not have stays as it is."""
    units, language = register.units(), of.room.language
    named = units[f"province_{language}"].map(short) + " " + units[f"name_{language}"]
    known = dict(zip(units["code"], named, strict=True))
    given = of.regions["region"]
    return {code: text(known.get(normal, code)) for code, normal in zip(given, codes.normal(given), strict=True)}


def _planned(row: Row) -> list[str]:
    return [percent(row["share"]), count(row["firms"])]


def _told(of: Priorities, row: Row) -> list[str]:
    """Return how sure, how large, how much of it is the region's own, and which ranks are possible."""
    if row["state"] == "suppressed":
        return [of.page.words.state(row), "", "", "", ""]
    places = "" if missing(row["rank_best"]) else f"{int(row['rank_best'])}–{int(row['rank_worst'])}"
    own = percent(row["own_weight"]) if row["state"] == "shown" else of.say("none")
    return [chance(row["pr_above"]), *_effect(of, row["estimate"], row["lower"], row["upper"]), own, places]


def _effect(of: Priorities, *values: float) -> tuple[str, str]:
    """Return an effect and its interval as they are shown."""
    value, lower, upper = of.shown(*values)
    places, sign = scale.digits(value, lower, upper), " %" if scale.is_percent(of.outcome) else ""
    return (
        f"{scale.number(value, places)}{sign}",
        f"{scale.number(lower, places)} … {scale.number(upper, places)}{sign}",
    )
