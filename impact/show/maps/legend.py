"""The legend: what is asked, every class with its sign and how many regions are in it; two variables have a square."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.patches import Rectangle

from impact.phrases import phrase
from impact.show import fonts
from impact.show.maps import ink, page
from impact.show.maps.classes import STATES, Class
from impact.show.maps.kinds import Layer
from impact.show.maps.letters import fitting, width, wrapped
from impact.show.maps.page import GREY, INK, POINTS, Box, Page

HEADING, LABEL, SIDE = 8.6, 7.4, 6.4  # points
STEP, SIGN, BETWEEN = 0.185, (0.27, 0.135), 0.2  # inches: from entry to entry, of a sign, between columns
WIDEST = 2.3  # inches of a column
FIELD, BESIDE, UNDER = 0.36, 0.62, 0.3  # inches: of a field of the square, of what is written beside and under it
SQUARE = (("two_below", "two_open", "two_above"), ("two_low", "two_caution", "two_risk"))
UNSURE = Class("unsure", "", "#ffffff", ink.UNSURE)


@dataclass(frozen=True)
class Entry:
    """A sign, what it means, and how many regions have it; None where several maps share the legend."""

    one: Class
    label: str
    count: int | None


@dataclass(frozen=True)
class Legend:
    """What a legend says: a heading, its entries, and for two variables the names and counts of a square."""

    heading: str
    entries: tuple[Entry, ...]
    square: tuple[Entry, ...] = ()
    sides: tuple[tuple[str, ...], ...] = ()


def of(layer: Layer, counts: Sequence[int], unsure: int, heading: str, language: str, several: bool) -> Legend:
    """Return the legend of a layer. counts: of its classes, on all maps; several: whether there are several maps."""
    own = len(layer.classes) - len(STATES)
    fields = layer.square**2
    listed = [i for i, _ in enumerate(layer.classes) if i >= fields and (i < own or counts[i])]
    every = [Entry(one, one.label, None if several else counts[i]) for i, one in enumerate(layer.classes)]
    entries = [every[i] for i in listed]
    if unsure:
        entries.append(Entry(UNSURE, phrase("map.unsure", language), None if several else unsure))
    sides = tuple(tuple(phrase(f"map.{key}", language) for key in keys) for keys in SQUARE) if fields else ()
    return Legend(heading, tuple(entries), tuple(every[:fields]), sides)


def size(legend: Legend, scale: float, columns: int = 1) -> tuple[float, float]:
    """Return the inches that a legend takes, across and down."""
    rows = -(-len(legend.entries) // columns)
    wide = sum(_columns(legend, columns)) + BETWEEN * (columns - 1)
    high = _heading(legend, wide) + STEP * rows
    if legend.square:
        wide, high = max(wide, BESIDE + 3 * FIELD), high + 3 * FIELD + UNDER
    return wide * scale, high * scale


def draw(sheet: Page, legend: Legend, left: float, top: float, columns: int = 1) -> None:
    """Draw a legend with its upper left corner at a place."""
    scale = sheet.scale
    wide = size(legend, 1, columns)[0]
    page.lines(sheet, left, top, _lines(legend, wide), HEADING, weight="bold")
    top += _heading(legend, wide) * scale
    if legend.square:
        _square(sheet, legend, left, top)
        top += (3 * FIELD + UNDER) * scale
    rows, x = -(-len(legend.entries) // columns), left
    for i, across in enumerate(_columns(legend, columns)):
        for row, entry in enumerate(legend.entries[i * rows : (i + 1) * rows]):
            _entry(sheet, entry, x, top + row * STEP * scale)
        x += (across + BETWEEN) * scale


def _heading(legend: Legend, wide: float) -> float:
    lines = _lines(legend, wide)
    return page.high(HEADING, 1, len(lines)) + 0.05 if lines else 0.0


def _lines(legend: Legend, wide: float) -> list[str]:
    return wrapped(legend.heading, HEADING, max(wide, 1.6) * POINTS, 3, bold=True)


def _columns(legend: Legend, columns: int) -> list[float]:
    """Return how wide each column of entries is."""
    rows = -(-len(legend.entries) // columns)
    parts = [legend.entries[i * rows : (i + 1) * rows] for i in range(columns)]
    return [max((_across(entry) for entry in part), default=0.0) for part in parts]


def _across(entry: Entry) -> float:
    label, count = _said(entry)
    return SIGN[0] + 0.08 + (width(label, LABEL) + width(count, LABEL)) / POINTS


def _said(entry: Entry) -> tuple[str, str]:
    count = "" if entry.count is None else f"  {entry.count:,}"
    return fitting(entry.label, LABEL, (WIDEST - SIGN[0]) * POINTS - width(count, LABEL)), count


def _entry(sheet: Page, entry: Entry, left: float, top: float) -> None:
    scale = sheet.scale
    _sign(sheet, entry.one, Box(left, top, SIGN[0] * scale, SIGN[1] * scale))
    label, count = _said(entry)
    x, y = left + (SIGN[0] + 0.08) * scale, top + 0.5 * SIGN[1] * scale
    page.write(sheet, x, y, label, LABEL, va="center_baseline")
    page.write(sheet, x + width(label, LABEL) / POINTS * scale, y, count, LABEL, va="center_baseline", color=GREY)


def _sign(sheet: Page, one: Class, box: Box) -> None:
    """Draw the sign of a class: its colour, its hatch and a border."""
    place = (box.left, box.top), box.width, box.height
    sheet.paper.add_artist(Rectangle(*place, facecolor=one.colour, lw=0))
    if one.hatch:
        sheet.paper.add_artist(Rectangle(*place, facecolor="none", edgecolor=ink.line(one), hatch=one.hatch, lw=0))
    sheet.paper.add_artist(Rectangle(*place, facecolor="none", edgecolor=ink.FRAME, lw=0.5))


def _square(sheet: Page, legend: Legend, left: float, top: float) -> None:
    """Draw the fields of two variables: effects across, risk upwards, the count in every field."""
    side, scale = FIELD * sheet.scale, sheet.scale
    x0 = left + BESIDE * scale
    for i, entry in enumerate(legend.square):
        _field(sheet, entry, Box(x0 + i % 3 * side, top + (2 - i // 3) * side, side, side))
    for i, (across, up) in enumerate(zip(*legend.sides, strict=True)):
        below = top + 3 * side + 0.05 * scale
        page.write(sheet, x0 + (i + 0.5) * side, below, fonts.writable(across), SIDE, ha="center")
        middle = top + (2.5 - i) * side
        page.write(sheet, x0 - 0.06 * scale, middle, fonts.writable(up), SIDE, ha="right", va="center")


def _field(sheet: Page, entry: Entry, box: Box) -> None:
    _sign(sheet, entry.one, box)
    if entry.count is not None:
        colour = "white" if ink.is_dark(entry.one.colour) else INK
        behind = {"facecolor": entry.one.colour, "lw": 0, "pad": 1.2}
        x, y = box.left + box.width / 2, box.top + box.height / 2
        page.write(sheet, x, y, f"{entry.count:,}", LABEL, ha="center", va="center", color=colour, bbox=behind)
