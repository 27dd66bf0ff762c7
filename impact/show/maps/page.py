"""The sheet of paper of a map: everything on it has its place in inches from the upper left corner, downwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from impact.show.maps import letters

WIDTH = 6.4  # inches of a page on which letters have their own size; on a wider one all grows alike
MARGIN, AIR = 0.12, 0.1  # inches: around a page, between its parts
INK, GREY = "#222222", "#666666"
TITLE, NOTE = 12.5, 5.9  # points
LINE = 1.3  # of letters, from line to line
POINTS = 72.0  # an inch
View = tuple[float, float, float, float]  # left, bottom, right, top: of the ground, in its own units


class Box(NamedTuple):
    """A place on paper."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Words:
    """What stands around maps: a title, and below them how to read them, what numbers mean and who made the boundaries."""

    title: str
    note: str = ""
    numbers: str = ""
    source: str = ""


@dataclass(frozen=True)
class Page:
    """A figure, and axes over all of it that count in inches; `scale` is that of letters and distances."""

    figure: Figure
    paper: Axes
    width: float
    height: float
    scale: float


def blank(width: float, body: float, words: Words) -> Page:
    """Return a page with its title and its notes, and room for a body of so many inches between them."""
    height = above(words, width) + body + _below(words, width)
    figure = Figure(figsize=(width, height))
    paper = figure.add_axes((0, 0, 1, 1), zorder=5)
    paper.set_axis_off()
    paper.set(xlim=(0, width), ylim=(height, 0))
    made = Page(figure, paper, width, height, width / WIDTH)
    left = MARGIN * made.scale
    lines(made, left, left, _title(words, width), TITLE, weight="bold")
    lines(made, left, above(words, width) + body + AIR * made.scale, _notes(words, width), NOTE, color=GREY)
    return made


def above(words: Words, width: float) -> float:
    """Return where the body of a page begins."""
    scale = width / WIDTH
    return 2 * MARGIN * scale + high(TITLE, scale, len(_title(words, width)))


def ground(page: Page, box: Box, view: View) -> Axes:
    """Return axes for shapes at a place; where its form is another one than the view's, more of the ground is seen."""
    bottom = page.height - box.top - box.height
    shares = box.left / page.width, bottom / page.height, box.width / page.width, box.height / page.height
    axes = page.figure.add_axes(shares)
    axes.set_axis_off()
    x0, y0, x1, y1 = widened(view, box)
    axes.set(xlim=(x0, x1), ylim=(y0, y1))
    return axes


def widened(view: View, box: Box) -> View:
    """Return a view with so much added on two sides that it has the form of a box."""
    x0, y0, x1, y1 = view
    form = box.width / box.height
    wide, tall = max(x1 - x0, form * (y1 - y0)), max(y1 - y0, (x1 - x0) / form)
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    return x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2


def form(view: View) -> float:
    """Return how high a view is, for its width."""
    return (view[3] - view[1]) / (view[2] - view[0])


def per_point(view: View, box: Box) -> float:
    """Return how much of the ground a point of letters takes."""
    x0, _, x1, _ = widened(view, box)
    return (x1 - x0) / (box.width * POINTS)


def write(page: Page, x: float, y: float, text: str, size: float, **style: Any) -> None:
    """Write one line; what is written is never read as a formula. size: points on a page of the usual width."""
    page.paper.text(x, y, text, fontsize=size * page.scale, **{"color": INK, "parse_math": False, "va": "top", **style})


def lines(page: Page, x: float, top: float, texts: Sequence[str], size: float, **style: Any) -> None:
    """Write lines under one another, from the top."""
    for i, text in enumerate(texts):
        write(page, x, top + high(size, page.scale, i), text, size, **style)


def high(size: float, scale: float = 1.0, count: int = 1) -> float:
    """Return the inches that lines take."""
    return count * size * scale * LINE / POINTS


def _title(words: Words, width: float) -> list[str]:
    return _wrapped(words.title, width, TITLE, 2, bold=True) if words.title else []


def _notes(words: Words, width: float) -> list[str]:
    below = filter(None, (words.note, words.numbers, words.source))
    return [line for one in below for line in _wrapped(one, width, NOTE)]


def _wrapped(text: str, width: float, size: float, most: int = 99, bold: bool = False) -> list[str]:
    scale = width / WIDTH
    return letters.wrapped(text, size * scale, (width - 2 * MARGIN * scale) * POINTS, most, bold)


def _below(words: Words, width: float) -> float:
    scale = width / WIDTH
    return (AIR + MARGIN) * scale + high(NOTE, scale, len(_notes(words, width)))
