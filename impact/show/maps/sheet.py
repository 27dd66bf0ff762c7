"""Sheets: one map, or several small ones that share a legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from impact.show.maps import ink, legend, page, shaped, tiled
from impact.show.maps.ink import Shown
from impact.show.maps.kinds import Layer
from impact.show.maps.legend import Legend
from impact.show.maps.letters import fitting
from impact.show.maps.page import AIR, MARGIN, POINTS, WIDTH, Box, Page, Words
from impact.show.maps.places import Places
from impact.show.maps.shaped import Ground

TITLED, TITLE = 0.2, 8.6  # inches over a small map for its title, points of that
IN_A_ROW = 3


@dataclass(frozen=True)
class Sheet:
    """One map: its title, where it is one of several, and what it shows."""

    title: str
    shown: Shown


def single(sheet: Sheet, layer: Layer, places: Places, words: Words, width: float, language: str) -> Figure:
    """Draw one map."""
    key = _legend([sheet], layer, words, language)
    if places.tiled:
        return tiled.draw(sheet.shown, places, words, width, key)
    return shaped.draw(sheet.shown, places, words, width, key, language)


def several(sheets: Sequence[Sheet], layer: Layer, places: Places, words: Words, width: float, language: str) -> Figure:
    """Draw small maps side by side that share one legend."""
    scale = width / WIDTH
    key = _legend(sheets, layer, words, language)
    columns = _columns(key, width)
    across = min(IN_A_ROW, len(sheets)) if len(sheets) != 4 else 2
    side = (width - (2 * MARGIN + (across - 1) * AIR) * scale) / across
    land = Ground(ink.bounds(places.shapes)) if places.tiled else shaped.ground(places, side, larger=True)
    step = side * page.form(land.view) + (TITLED + AIR) * scale
    rows = -(-len(sheets) // across)
    made = page.blank(width, rows * step + legend.size(key, scale, columns)[1], words)
    top = page.above(words, width)
    for i, sheet in enumerate(sheets):
        left = MARGIN * scale + i % across * (side + AIR * scale)
        _small(made, sheet, places, land, Box(left, top + i // across * step, side, step - AIR * scale))
    legend.draw(made, key, MARGIN * scale, top + rows * step, columns)
    return made.figure


def _small(made: Page, sheet: Sheet, places: Places, land: Ground, box: Box) -> None:
    """Draw a small map below its title."""
    scale = made.scale
    page.write(made, box.left, box.top, fitting(sheet.title, TITLE * scale, box.width * POINTS), TITLE, weight="bold")
    below = Box(box.left, box.top + TITLED * scale, box.width, box.height - TITLED * scale)
    if places.tiled:
        tiled.country(made, sheet.shown, places, below, shaped.SMALLER * scale)
    else:
        shaped.country(made, sheet.shown, places, land, below)


def _legend(sheets: Sequence[Sheet], layer: Layer, words: Words, language: str) -> Legend:
    """Return the legend of all maps; what is in the title already is not said again."""
    at = np.concatenate([sheet.shown.at.to_numpy() for sheet in sheets])
    counts = np.bincount(at, minlength=len(layer.classes)).tolist()
    unsure = sum(len(sheet.shown.unsure) for sheet in sheets)
    heading = "" if words.title == layer.heading else layer.heading
    return legend.of(layer, counts, unsure, heading, language, len(sheets) > 1)


def _columns(key: Legend, width: float) -> int:
    """Return in how many columns a legend fits onto a page."""
    scale = width / WIDTH
    room = width - 2 * MARGIN * scale
    return max(n for n in (1, 2, 3, 4) if n == 1 or legend.size(key, scale, n)[0] <= room)
