"""Tiles on a page: every region a square with its name, provinces outlined and named, the legend where there is room."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from impact.show import fonts
from impact.show.maps import ink, legend, page
from impact.show.maps.ink import Shown
from impact.show.maps.legend import Legend
from impact.show.maps.letters import fitting, halves, is_wide, width
from impact.show.maps.page import AIR, MARGIN, POINTS, WIDTH, Box, Page, View, Words
from impact.show.maps.places import GAP, Places, core
from impact.show.text import plain

LARGEST, TALLEST = 0.42, 7.5  # inches: of a tile's side, of the map
PROVINCE = 0.26  # of a tile's side, for the letters of a province's name
NAME, LATIN, EASY, SMALLEST = 0.32, 0.29, 0.245, 0.19  # of those of a region: Korean, Latin, in one line, the smallest
INSIDE = 0.94  # of a tile's side, for its name
LOW = 0.63  # of a tile, from its top to the middle of its name where a province's name stands above
OUTLINE, REGION = 1.0, 0.35  # points, of borders
FURTHER = 3  # rows below the map that a legend may take
FIXED: dict[str, Any] = {"zorder": 5, "parse_math": False, "ha": "center"}


def draw(shown: Shown, places: Places, words: Words, across: float, key: Legend) -> Figure:
    """Draw one map of tiles."""
    scale = across / WIDTH
    view = _view(places)
    room = across - 2 * MARGIN * scale
    side = min(room / (view[2] - view[0]), LARGEST * scale, TALLEST * scale / (view[3] - view[1]))
    left, top, body = _legend_at(places, legend.size(key, scale), side, view, room)
    made = page.blank(across, body, words)
    begin = page.above(words, across)
    box = Box(MARGIN * scale, begin, side * (view[2] - view[0]), side * (view[3] - view[1]))
    axes = country(made, shown, places, box, scale)
    _names(axes, shown, places, side * POINTS)
    legend.draw(made, key, MARGIN * scale + left, begin + top)
    return made.figure


def country(made: Page, shown: Shown, places: Places, box: Box, scale: float) -> Axes:
    """Draw tiles and the outlines of provinces."""
    axes = page.ground(made, box, _view(places))
    ink.regions(axes, places.shapes, shown, REGION * scale)
    for shape in places.outlines:
        ink.outline(axes, shape, OUTLINE * scale)
    return axes


def _view(places: Places) -> View:
    x0, y0, x1, y1 = shapely.total_bounds(places.shapes.to_numpy())
    return x0 - 0.1, y0 - 0.1, x1 + 0.1, y1 + 0.1


# ---- the legend ----------------------------------------------------------------------------------------------------


def _legend_at(
    places: Places, size: tuple[float, float], side: float, view: View, room: float
) -> tuple[float, float, float]:
    """Return where the legend goes, from the upper left corner of the body, and how high the body then is.

    It goes where no tile is: to the right end of the lowest free place, else below the map.
    """
    free = _free(places, view, int(room / side))
    wide, high = (int(np.ceil(one / side)) + 1 for one in size)
    rows, columns = free.shape
    body = side * (view[3] - view[1])
    for row in (*range(rows - high - FURTHER, -1, -1), *range(rows - high - FURTHER + 1, rows - high + 1)):
        for column in range(columns - wide, -1, -1) if row >= 0 else ():
            if free[row : row + high, column : column + wide].all():
                top = (row + 0.5) * side
                return min((column + 0.75) * side, room - size[0]), top, max(body, top + size[1] + 0.05)
    return 0.0, body + AIR, body + AIR + size[1]


def _free(places: Places, view: View, columns: int) -> np.ndarray:
    """Return which cells hold no tile, with some rows more below the map."""
    middles = shapely.get_coordinates(shapely.centroid(places.shapes.to_numpy()))
    at = np.floor(np.column_stack([view[3] - middles[:, 1], middles[:, 0] - view[0]])).astype(int)
    rows = int(np.ceil(view[3] - view[1]))
    free = np.ones((rows + FURTHER, max(columns, int(np.ceil(view[2] - view[0])))), bool)
    free[at[:, 0], at[:, 1]] = False
    return free


# ---- names ---------------------------------------------------------------------------------------------------------


def _names(axes: Axes, shown: Shown, places: Places, side: float) -> None:
    """Write the name of every region into its tile, and those of provinces above. side: of a tile, in points."""
    low: set[str] = set()
    for name in places.outlines.index:
        low |= _province(axes, places, str(name), side)
    for code, shape in zip(map(str, places.shapes.index), places.shapes, strict=True):
        lines, size = _lines(core(str(places.name[code])), side)
        y = shape.bounds[3] - (LOW if code in low else 0.5)
        style = {**FIXED, **ink.lettering(shown, code), "va": "center", "linespacing": 0.98}
        axes.text(shape.centroid.x, y, "\n".join(lines), fontsize=size, **style)


def _province(axes: Axes, places: Places, name: str, side: float) -> set[str]:
    """Write a province's name at the upper edge of its longest row; return the tiles that it reaches into."""
    row = _longest_row(places.shapes[(places.province == name).to_numpy()])
    room, whole = len(row) * side * INSIDE, fonts.writable(plain(name))
    size = max(_size([whole], PROVINCE * side, room, bold=True), SMALLEST * side)
    written = fitting(whole, size, room, bold=True)
    middle, top = row["x"].mean(), row["y"].iloc[0] + 0.5 - GAP
    rim = [withStroke(linewidth=0.28 * size, foreground="#ffffff")]
    axes.text(middle, top, written, fontsize=size, weight="bold", va="top", **FIXED, path_effects=rim)
    reach = width(written, size, bold=True) / side / 2 + 0.5
    return set(row.index[(row["x"] - middle).abs() < reach])


def _longest_row(tiles: pd.Series) -> pd.DataFrame:
    """Return the middles, by code, of the tiles in the longest row."""
    at = pd.DataFrame(shapely.get_coordinates(shapely.centroid(tiles.to_numpy())).round(6), tiles.index, ["x", "y"])
    at = at.sort_values(["y", "x"], ascending=[False, True])
    run = ((at["y"].diff() != 0) | (at["x"].diff().round(6) != 1)).cumsum()
    return at[run == run.value_counts().sort_index().idxmax()]


def _lines(name: str, side: float) -> tuple[list[str], float]:
    """Return a name as it stands in a tile, in one line or two, and the size of its letters."""
    written, room = fonts.writable(plain(name)), INSIDE * side
    size = NAME * side if is_wide(name) else LATIN * side
    if (one := _size([written], size, room)) >= (SMALLEST if is_wide(name) else EASY) * side:
        return [written], one
    two = halves(written)
    if (both := _size(two, size, room)) >= SMALLEST * side:
        return two, both
    return [fitting(line, SMALLEST * side, room) for line in two], SMALLEST * side


def _size(lines: list[str], size: float, room: float, bold: bool = False) -> float:
    """Return the size at which lines fit."""
    return min([size, *(size * room / max(width(line, size, bold), 1e-9) for line in lines)])
