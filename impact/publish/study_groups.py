"""Effects by group on the page of a study: do groups differ, which ones, and is it a matter of place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from impact.publish.study_words import Outcome, count, measured, missing, p_value, text
from impact.show import groups as figures
from impact.show import scale
from impact.show.room import Row
from impact.show.text import plain

if TYPE_CHECKING:
    from impact.publish.study_page import Page

MOST_REGIONS = 40  # regions up to which a table on the page can be read


def section(page: Page, heading: str, reading: str, same: str, caption: str) -> str:
    """Return tests, figures and effects by group; nothing where the study tells no groups apart."""
    known = [part for part in (_same(page, same), *_figures(page), _subgroups(page, caption)) if part]
    return "\n\n".join([heading, reading, *known]) if known else ""


def regions(page: Page, heading: str, spread: str, caption: str) -> str:
    """Return what the effect of a region is, how far regions lie apart and how each does; nothing where none are told apart."""
    known = [part for part in (*_spread(page, spread), *_regions(page, caption)) if part]
    return "\n\n".join([heading, *_asked(page), *known]) if known else ""


def _asked(page: Page) -> list[str]:
    """Say what the effect of a region is; nothing where the study tells no regions apart."""
    if not _rows(page, "region"):
        return []
    return [page.words.say("groups.two_questions" if _rows(page, "region_within") else "groups.pooled")]


def _same(page: Page, caption: str) -> str:
    """Return the tests that all groups have the same effect."""
    rows = [
        [text(row["outcome"]), _way(page, row), count(row["n_groups"]), *_tested(page, row)]
        for row in page.room.tables["differences"].to_dict("records")
    ]
    return page.table(("outcome", "told_apart", "groups", "p"), rows, caption, "tbl-same")


def _way(page: Page, row: Row) -> str:
    """Say what tells groups apart."""
    if row["aggregation"] == "subgroup":
        return text(row["subgroup_of"])
    return page.words.say(f"groups.{row['aggregation']}", region=text(row["subgroup_of"]))


def _tested(page: Page, row: Row) -> list[str]:
    return [p_value(row["p_value"])] if row["state"] == "shown" else [page.words.state(row)]


def _figures(page: Page) -> list[str]:
    """Return the effects by group of each outcome as a figure, where groups are few enough for one."""
    return [
        page.figure("groups", "groups", outcome, _points(page, outcome, table), page.hatched(table))
        for outcome in page.room.outcomes
        if figures.drawable(table := page.room.frame(outcome["name"], "subgroup"))
    ]


def _points(page: Page, outcome: Outcome, table: pd.DataFrame) -> str:
    """Tell every group of a figure."""
    return "; ".join(_told(page, outcome, row) for row in figures.ordered(table).to_dict("records"))


def _told(page: Page, outcome: Outcome, row: Row) -> str:
    effect, interval, *firms = page.words.without_p(outcome, row)
    name = plain(f"{row['subgroup_of']}: {row['subgroup']}")
    return f"{name}: {effect}" + (f" ({interval}), {' / '.join(firms)}" if row["state"] == "shown" else "")


def _subgroups(page: Page, caption: str) -> str:
    """Return the effects by subgroup and by what is known of regions."""
    names = ("outcome", "group", "effect", "interval", "supported", "comparison")
    return page.table(names, [_effect(page, *of) for of in _by_group(page)], caption, "tbl-groups")


def _spread(page: Page, caption: str) -> list[str]:
    """Return how far regions lie apart, and how much of it goes away beside firms around them."""
    rows = page.room.tables["spread"].to_dict("records")
    if not rows:
        return []
    cells = [
        [
            text(row["outcome"]),
            page.words.say(f"groups.spread_{row['comparison']}"),
            count(row["n_regions"]),
            *_apart(page, row),
        ]
        for row in rows
    ]
    names = ("outcome", "compared_with", "regions", "spread", "chance", "beyond")
    table = page.table(names, cells, caption, "tbl-spread")
    said = [f"- {line}" for outcome in page.room.outcomes for line in _gone(page, outcome, rows)]
    return [table, "\n".join(said)]


def _apart(page: Page, row: Row) -> list[str]:
    if row["state"] != "shown":
        return [page.words.state(row), "", ""]
    return [measured(row[name]) for name in ("estimates", "errors", "beyond")]


def _gone(page: Page, outcome: Outcome, rows: list[Any]) -> list[str]:
    """Say how much of the spread goes away; nothing where there is one comparison, or a suppressed one."""
    of = {row["comparison"]: row for row in rows if row["outcome"] == outcome["name"] and row["state"] == "shown"}
    if len(of) < 2 or missing(of["pooled"]["beyond"]):
        return []
    pooled, within = (of[name]["beyond"] for name in ("pooled", "region_within"))
    about = {
        "name": text(outcome["name"]),
        "around": _around(page, outcome),
        "pooled": measured(pooled),
        "within": measured(within),
    }
    if pooled == 0:
        return [page.words.say("groups.no_spread", **about)]
    if within >= pooled:
        return [page.words.say("groups.stays", **about)]
    return [page.words.say("groups.gone", share=scale.number(100 * (1 - within / pooled), 0), **about)]


def _around(page: Page, outcome: Outcome) -> str:
    """Name what the firms around a region share with it: the answer on an outcome may say so itself."""
    main = page.room.main(outcome["name"])
    own = next(one["design"] for one in page.room.about["estimate"] if one["name"] == main)
    return ", ".join(map(text, (own or page.room.about["design"])["region_within"]))


def _regions(page: Page, caption: str) -> list[str]:
    """Return the effects by region where they are few; else say how many there are and where they stand."""
    outcome = page.room.outcomes[0]
    rows = page.room.rows(outcome["name"], "region")
    if len(rows) <= MOST_REGIONS:
        every = [_effect(page, *of) for of in _rows(page, "region")]
        return [
            page.table(
                ("outcome", "group", "effect", "interval", "supported", "comparison"), every, caption, "tbl-regions"
            )
        ]
    states = [row["state"] for row in rows]
    shown, few, hidden = (states.count(state) for state in ("shown", "not enough evidence", "suppressed"))
    counts = {"all": count(len(rows)), "shown": count(shown), "few": count(few), "hidden": count(hidden)}
    return [page.words.say("groups.many" if not hidden else "groups.many_hidden", name=text(outcome["name"]), **counts)]


def _rows(page: Page, aggregation: str) -> list[tuple[Outcome, Row]]:
    return [(outcome, row) for outcome in page.room.outcomes for row in page.room.rows(outcome["name"], aggregation)]


def _by_group(page: Page) -> list[tuple[Outcome, Row]]:
    """Return every group in the order of the figures."""
    frames = [(outcome, page.room.frame(outcome["name"], "subgroup")) for outcome in page.room.outcomes]
    return [(outcome, row) for outcome, of in frames for row in figures.ordered(of).to_dict("records")]


def _effect(page: Page, outcome: Outcome, row: Row) -> list[str]:
    return [text(outcome["name"]), page.words.group(row), *page.words.without_p(outcome, row)]
