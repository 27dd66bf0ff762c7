"""Figures of a study's priorities: how sure effects are, how often regions are chosen, what balance costs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from impact.phrases import phrase
from impact.priorities.selection import CORE, OUT
from impact.regions import boundaries, codes, register
from impact.show import canvas, fonts
from impact.show.canvas import BLUE, GREY, SAND
from impact.show.figures import MAP_DPI
from impact.show.room import Room

if TYPE_CHECKING:
    from impact.show.maps import Map

CHANCES, SHARES, BALANCE = "priorities-chances", "priorities-shares", "priorities-balance"
RED = "#D55E00"


def draw_all(place: Path, language: str = "") -> None:
    """Draw every figure of the priorities in a folder of results, as svg and png; without a language in the study's."""
    room = Room.read(place, language)
    room.figures.mkdir(exist_ok=True)
    for name, drawn in _maps(room):
        for end in (".svg", ".png"):
            drawn.save(room.figures / f"{name}{end}", dpi=MAP_DPI)
    if "frontier" in room.tables and room.tables["frontier"]["value"].notna().any():
        with mpl.rc_context({**canvas.STYLE, "font.family": fonts.families()}):
            canvas.save(balance(room), room.figures / BALANCE, room.simulated)


def _maps(room: Room) -> Iterator[tuple[str, Map]]:
    """Go through the maps, where regions are those of the register."""
    table = room.tables["priorities"]
    if codes.normal(table["region"]).isin(register.units()["code"]).all():
        yield CHANCES, _chances(room, table)
        if "share" in table and table["share"].notna().any():
            yield SHARES, _shares(room, table)


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
            table["floor"], table["came_true"], "s--", color=RED, label=phrase("priorities.balance_true", language)
        )
        axes.legend(frameon=False, fontsize=9)
    axes.axhline(0, color=GREY, lw=0.8)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.set_title(phrase("priorities.balance_title", language), loc="left", fontsize=11.5)
    axes.set_xlabel(phrase("priorities.balance_floor", language))
    axes.set_ylabel(phrase("priorities.balance_value", language))
    return figure
