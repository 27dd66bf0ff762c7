"""Shapes on a page: the country with islands in the sea around it, and crowded places drawn larger, with their names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from impact.phrases import phrase
from impact.show import fonts
from impact.show.maps import ink, legend, naming, page
from impact.show.maps.ink import Shown
from impact.show.maps.legend import Legend
from impact.show.maps.letters import fitting
from impact.show.maps.naming import Written
from impact.show.maps.page import AIR, INK, MARGIN, POINTS, WIDTH, Box, Page, View, Words
from impact.show.maps.places import Frame, Places, core
from impact.show.text import plain

MAIN = 0.6  # of the page's width, for the country beside its frames
TALLEST = 1.5  # of the country's height, for the page's width
ROW = 1.12  # of the height of a row of frames, for the width of one
TITLED, NAME = 0.15, 6.6  # inches over a frame for its name, points of that
REMOTE, LARGER = 0.16, 0.36  # of the country's width: a frame of remote islands, what is drawn larger on a small map
STEPS, APART = 40, 0.08  # places that are tried for a frame, in each direction; of its width, to what is beside it
SMALLER = 0.6  # of borders, on a small map
OUTLINE, REGION = 0.8, 0.3  # points, of borders


@dataclass(frozen=True)
class Slot:
    """A frame and its place; the names and numbers written into it, and what the numbers mean."""

    frame: Frame
    box: Box
    names: tuple[Written, ...] = ()
    numbers: tuple[Written, ...] = ()
    key: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Ground:
    """What a map shows of the ground, and where in it the frames are that it holds itself."""

    view: View
    frames: tuple[tuple[Frame, View], ...] = ()


def draw(shown: Shown, places: Places, words: Words, width: float, key: Legend, language: str) -> Figure:
    """Draw one map of shapes: the country to the left, to the right the legend and what is drawn larger."""
    scale = width / WIDTH
    across = min(MAIN * width, TALLEST * width / page.form(ink.bounds(places.main)))
    land = ground(places, across, titled=TITLED * scale)
    left = (MARGIN + AIR) * scale + across
    below = legend.size(key, scale)[1] + 1.5 * AIR * scale
    slots = _named(list(_beside(places, left, below, width)), places, scale)
    said = replace(words, numbers=_key(slots, language))
    body = max([across * page.form(land.view), below, *(slot.box.top + slot.box.height for slot in slots)])
    made, top = page.blank(width, body, said), page.above(said, width)
    axes = country(
        made, shown, places, land, Box(MARGIN * scale, top, across, across * page.form(land.view)), titled=True
    )
    _provinces(axes, places, land, across, scale)
    legend.draw(made, key, left, top)
    for slot in slots:
        _framed(made, shown, places, replace(slot, box=slot.box._replace(top=slot.box.top + top)), scale)
    return made.figure


def ground(places: Places, across: float, titled: float = 0.0, larger: bool = False) -> Ground:
    """Find room at sea for remote islands and, with `larger`, for what is crowded; below the map where there is none.

    across: inches that the map takes. titled: inches over a frame for its name.
    """
    view, found = ink.bounds(places.main), []
    wide = view[2] - view[0]
    taken = shapely.coverage_union_all(places.main.to_numpy())
    crowded = [frame for frame in places.frames if not frame.remote][:1] if larger else []
    for frame in [*(one for one in places.frames if one.remote), *crowded]:
        longer, form = (REMOTE if frame.remote else LARGER) * wide, page.form(frame.view)
        size = longer / max(form, 1), longer * min(form, 1)
        view, (x0, y0) = _spot(frame, taken, (size[0], size[1] + titled / across * wide), view)
        found.append((frame, (x0, y0, x0 + size[0], y0 + size[1])))
        taken = shapely.union(taken, shapely.box(x0, y0, x0 + size[0], y0 + size[1] + titled / across * wide))
    return Ground(view, tuple(found))


def country(made: Page, shown: Shown, places: Places, land: Ground, box: Box, titled: bool = False) -> Axes:
    """Draw the country and the frames that its map holds, with their names or without."""
    scale = made.scale * (1 if titled else SMALLER)
    axes = page.ground(made, box, land.view)
    ink.regions(axes, places.main, shown, REGION * scale)
    if len(places.outlines):
        ink.outline(axes, ink.borders(places.outlines), OUTLINE * scale)
    x0, _, x1, y1 = land.view
    per = box.width / (x1 - x0)
    for frame, (left, bottom, right, top) in land.frames:
        place = Box(
            box.left + (left - x0) * per, box.top + (y1 - top) * per, (right - left) * per, (top - bottom) * per
        )
        _framed(made, shown, places, Slot(frame, place), scale, titled)
    return axes


# ---- frames --------------------------------------------------------------------------------------------------------


def _beside(places: Places, left: float, top: float, width: float) -> Iterable[Slot]:
    """Yield the places of frames to the right of the map, row by row."""
    scale = width / WIDTH
    room = width - left - MARGIN * scale
    frames = [frame for frame in places.frames if not frame.remote]
    for _, row in groupby(frames, key=lambda frame: frame.row):
        mine = list(row)
        across = (room - (len(mine) - 1) * AIR * scale) / len(mine)
        high = across * min(ROW, max(page.form(frame.view) for frame in mine))
        for i, frame in enumerate(mine):
            yield Slot(frame, Box(left + i * (across + AIR * scale), top + TITLED * scale, across, high))
        top += (TITLED + 0.6 * AIR) * scale + high


def _spot(
    frame: Frame, taken: shapely.Geometry, size: tuple[float, float], view: View
) -> tuple[View, tuple[float, float]]:
    """Return the lower left corner of the free place that is nearest to where a frame belongs, and the view that holds it.

    Where nothing is free the view is made higher, downwards.
    """
    (wide, high), (x0, y0, x1, y1) = size, view
    x, y = np.meshgrid(np.linspace(x0, x1 - wide, STEPS), np.linspace(y0, y1 - high, STEPS))
    boxes = shapely.box(x.ravel(), y.ravel(), x.ravel() + wide, y.ravel() + high)
    shapely.prepare(taken)
    free = boxes[~shapely.intersects(taken, shapely.buffer(boxes, APART * wide, join_style="mitre"))]
    if not len(free):
        return _spot(frame, taken, size, (x0, y0 - high / 4, x1, y1))
    near = shapely.distance(shapely.centroid(free), shapely.centroid(shapely.box(*frame.view)))
    left, bottom, _, _ = free[np.argmin(near)].bounds
    return view, (left, bottom)


def _framed(made: Page, shown: Shown, places: Places, slot: Slot, scale: float, titled: bool = True) -> None:
    """Draw a frame: its regions, the borders of provinces, its names, and its own name above."""
    box = slot.box
    view = page.widened(slot.frame.view, box)
    axes = page.ground(made, box, view)
    axes.add_artist(Rectangle((0, 0), 1, 1, transform=axes.transAxes, facecolor="white", lw=0, zorder=0))
    ink.regions(axes, ink.seen(places.shapes, view), shown, REGION * scale)
    if len(places.outlines) and not slot.frame.remote:
        ink.outline(axes, ink.borders(ink.seen(places.outlines, view)), OUTLINE * scale)
    for texts, size in ((slot.names, naming.UNIT), (slot.numbers, naming.NUMBER)):
        for one in texts:
            _write(axes, one, size * scale, **ink.lettering(shown, one.code))
    edge = Rectangle(
        (0, 0), 1, 1, transform=axes.transAxes, facecolor="none", edgecolor=ink.FRAME, zorder=6, clip_on=False
    )
    edge.set_linewidth(0.7 * scale)
    axes.add_artist(edge)
    if titled:
        name = fitting(slot.frame.name, NAME * scale, 2 * box.width * POINTS)
        page.write(made, box.left, box.top - 0.03 * scale, name, NAME, va="bottom")


# ---- names ---------------------------------------------------------------------------------------------------------


def _named(slots: Sequence[Slot], places: Places, scale: float) -> list[Slot]:
    """Place the names of regions in frames; numbers run through all of them."""
    names, done, first = places.name.map(lambda name: fonts.writable(plain(core(name)))), [], 1
    for slot in slots:
        view = page.widened(slot.frame.view, slot.box)
        named, numbers, key = naming.units(places.shapes, names, view, page.per_point(view, slot.box), first, scale)
        first += len(key)
        done.append(replace(slot, names=tuple(named), numbers=tuple(numbers), key=tuple(key.items())))
    return done


def _key(slots: Sequence[Slot], language: str) -> str:
    """Say what the numbers mean, in a line of running text."""
    told = [
        f"{slot.frame.name}: {', '.join(f'{number} {name}' for number, name in slot.key)}" for slot in slots if slot.key
    ]
    return phrase("map.numbers", language, listed="; ".join(told)) if told else ""


def _provinces(axes: Axes, places: Places, land: Ground, across: float, scale: float) -> None:
    """Write the names of provinces where they touch neither one another nor a frame."""
    per_point = (land.view[2] - land.view[0]) / (across * POINTS)
    title = TITLED * scale * POINTS * per_point
    frames = [shapely.box(x0, y0, x1, y1 + title) for _, (x0, y0, x1, y1) in land.frames]
    rim = [withStroke(linewidth=0.24 * naming.PROVINCE * scale, foreground="#ffffff")]
    for one in naming.provinces(places.outlines, naming.PROVINCE * scale, per_point, land.view, frames):
        _write(axes, one, naming.PROVINCE * scale, weight="bold", path_effects=rim)


def _write(axes: Axes, one: Written, size: float, **style: Any) -> None:
    fixed = {"ha": "center", "va": "center_baseline", "zorder": 5, "parse_math": False, "clip_on": True, "color": INK}
    axes.text(one.x, one.y, one.text, fontsize=size, **{**fixed, **style})
