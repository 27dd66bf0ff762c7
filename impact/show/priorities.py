"""Figures of a study's priorities: how sure effects are, how often regions are chosen, what balance costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from impact.phrases import phrase
from impact.priorities.selection import CORE, OUT
from impact.regions import boundaries, codes, register
from impact.show import canvas, grades, promise
from impact.show.canvas import BLUE, GREY, SAND, SERIES
from impact.show.figures import MAP_DPI
from impact.show.room import Room

if TYPE_CHECKING:
    from impact.show.maps import Map

CHANCES, SHARES, BALANCE = "priorities-chances", "priorities-shares", "priorities-balance"
GRADES, PROMISE = "priorities-grades", "priorities-promise"


def draw_all(place: Path, language: str = "", missing: bool = False) -> None:
    """Draw every figure of the priorities in a folder of results, as svg and png; without a language in the study's.

    missing: draw those that are not there, as an earlier version may have left them out.
    """
    room = Room.read(place, language)
    room.figures.mkdir(exist_ok=True)
    for name, drawn in _maps(room):
        if not (missing and room.drawn(name)):
            of = drawn()
            for end in (".svg", ".png"):
                of.save(room.figures / f"{name}{end}", dpi=MAP_DPI)
    with canvas.drawing():
        for name, figure in _figures(room):
            if not (missing and room.drawn(name)):
                canvas.save(figure(room), room.figures / name, room.simulated)


def _figures(room: Room) -> Iterator[tuple[str, Callable[[Room], Figure]]]:
    """Go through the figures for which there are numbers: the name of each, and what draws it."""
    if room.tables["priorities"]["state"].notna().any():
        yield GRADES, grades.grades
    if promise.drawable(room):
        yield PROMISE, promise.promise
    if "frontier" in room.tables and room.tables["frontier"]["value"].notna().any():
        yield BALANCE, balance


def _maps(room: Room) -> Iterator[tuple[str, Callable[[], Map]]]:
    """Go through the maps in the same way, where regions are those of the register."""
    table = room.tables["priorities"]
    if codes.normal(table["region"]).isin(register.units()["code"]).all():
        yield CHANCES, partial(_chances, room, table)
        if "share" in table and table["share"].notna().any():
            yield SHARES, partial(_shares, room, table)


def _chances(room: Room, table: pd.DataFrame) -> Map:
    """Draw how surely shrunken effects are above the threshold."""
    title = phrase("priorities.map_chances", room.language, name=room.prioritized["name"])
    return _drawn(room, table, "probability", title, threshold=room.about["priorities"]["threshold"])


def _shares(room: Room, table: pd.DataFrame) -> Map:
    """Draw in how many draws each region is in the best plan."""
    called = phrase("priorities.share", room.language)
    kept = ["region", called, *(["simulated"] if room.simulated else [])]
    shares = table.assign(**{called: 100 * table["share"]})[kept]
    title = phrase("priorities.map_shares", room.language)
    return _drawn(room, shares, "classes", title, breaks=[100 * OUT, 50, 100 * CORE], unit="%")


def _drawn(room: Room, table: pd.DataFrame, kind: str, title: str, **how: Any) -> Map:
    from impact.show import maps  # takes seconds to load, and few studies have a map

    tiles = boundaries.cached("light") is None
    return maps.draw(table, "region", kind, title=title, language=room.language, tiles=tiles, **how)


def balance(room: Room) -> Figure:
    """Draw the total effect of the best plan against the share that a floor asks for, with its interval."""
    table, language = room.tables["frontier"], room.language
    figure, axes = canvas.blank(3.4)
    axes.fill_between(table["floor"], table["lower"], table["upper"], color=SAND, lw=0)
    axes.plot(table["floor"], table["value"], "o-", color=BLUE, label=phrase("priorities.balance_expected", language))
    if "came_true" in table:
        axes.plot(
            table["floor"],
            table["came_true"],
            "s--",
            color=SERIES[3],
            label=phrase("priorities.balance_true", language),
        )
        axes.legend(frameon=False, fontsize=9)
    axes.axhline(0, color=GREY, lw=0.8)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.set_title(phrase("priorities.balance_title", language))
    axes.set_xlabel(phrase("priorities.balance_floor", language))
    axes.set_ylabel(phrase("priorities.balance_value", language))
    return figure
