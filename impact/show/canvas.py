"""What all figures share: style, an empty canvas, what is written around it, and how it is saved."""

from __future__ import annotations

import io
import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import ScaledTranslation

from impact import marks, where
from impact.show import fonts, png, scale, slim
from impact.show.text import folded, short

BLUE, SAND, GREY, PAPER = "#1f4e79", "#c9d8e6", "#6b6b6b", "#ffffff"  # as reports/_brand.yml names them
SERIES = ("#14275a", "#8a2c0d", "#0f7466", "#d0690b", "#5aa9dd", "#e3bd45")  # each lighter than the one before
HATCHES = {  # of what has no number of its own, by its state
    "suppressed": "xxx",
    "not enough evidence": "...",
    "not identified": "\\\\",
    "no evidence of its own": "...",
}
WIDTH, PHONE = 6.4, 5.2  # inches: of a figure, and of one that can be read on a phone
DPI = 180  # dots of a png to the inch: as many as a phone of 360 has, and a page on a screen
WIDE, HIGH = 64, 40  # letters that fit above a figure, and beside it
LINE = 28  # letters beside a low figure that fit in one line
ROWS, IN_A_ROW = 8, 2  # marks of simulated firms on a figure
STEEP = 1 / 3 - 1 / ROWS  # the most of a figure's height that a mark takes: with the step to the next row, a third
MARK = 10.5  # points; a larger mark would not fit into every third of a figure
SHADES = ("white", 0.4, 0.008), ("black", 0.14, 0)  # colour, opacity, inches aside
LONG, THICK = 11.7 * MARK / 72, 1.3 * MARK / 72  # inches
Words = Mapping[str, str]
Outcome = Mapping[str, Any]


@cache
def style() -> dict[Any, Any]:
    """Return the style that all figures share, but for the font: which one can write Korean depends on the machine."""
    return dict(mpl.rc_params_from_file(where.reports("figures.mplstyle"), use_default_template=False))


@contextmanager
def drawing() -> Iterator[None]:
    """Draw and save in the style of all figures; that a font has no weight of that name is not worth a message."""
    log = logging.getLogger("matplotlib.font_manager")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        with mpl.rc_context({**style(), "font.family": fonts.families()}):
            yield
    finally:
        log.setLevel(before)


def blank(height: float, below: float = 0, width: float = WIDTH) -> tuple[Figure, Axes]:
    """Leave room below the axes for a line of explanation."""
    figure = Figure(figsize=(width, height), layout=ConstrainedLayoutEngine(rect=(0, below, 1, 1 - below)))
    return figure, figure.add_subplot()


def label(axes: Axes, title: str, below: str, beside: str, outcome: Outcome) -> None:
    """Write around the axes; names are as people wrote them, but short enough to fit."""
    inches = axes.figure.bbox.width / axes.figure.dpi
    wide = int(WIDE * min(inches / WIDTH, 1))
    name = fonts.writable(short(outcome["name"], wide - len(title)))
    axes.set_title(title.format(name=name), loc="left", parse_math=False)  # a $ is a dollar, not a formula
    axes.set_ylabel(fonts.writable(folded(short(beside, HIGH), LINE)), parse_math=False)
    axes.set_xlabel(below, parse_math=False)


def note(figure: Figure, said: list[str]) -> None:
    """Write a line of explanation below the axes."""
    figure.text(0.01, 0.01, "; ".join(said), fontsize=8.5, color=GREY)


def explain(figure: Figure, handles: Sequence[Artist]) -> None:
    """Write what signs mean below the axes, a line each; a handle with a blank for a sign is words only."""
    look: dict[str, Any] = {"fontsize": 9, "frameon": False, "handlelength": 1.6, "labelspacing": 0.3}
    for said in figure.legend(handles=handles, loc="outside lower left", **look).get_texts():
        said.set_parse_math(False)


def remark(said: str) -> Artist:
    """Return an entry of words without a sign."""
    return Line2D([], [], ls="", label=said)


def hatched(state: str, said: str) -> Artist:
    """Return the entry of what has no number, for the reason that its state names."""
    return Patch(facecolor="none", edgecolor=GREY, hatch=HATCHES[state], lw=0, label=said)


def mark(figure: Figure, above: Axes | None = None) -> None:
    """Write all over a figure that its firms are simulated, so that every third of it, however cut, holds one whole mark.

    The marks are faint, above areas (a map, a band) and below lines, points and numbers; they take no room. Each is written
    twice, in black and a little aside in white, to be seen on light and on dark areas. above: axes over the whole figure, where
    several would cover one another's marks.
    """
    text = marks.ENGLISH if fonts.unwritable(marks.SIMULATED) else marks.SIMULATED
    size = min(figure.get_figwidth() / WIDTH, 1)  # a narrow figure has smaller ones
    style: dict[str, Any] = {
        "fontsize": MARK * size,
        "rotation": _slope(figure.get_figheight(), size),
        "ha": "center",
        "va": "center",
    }
    for colour, alpha, aside in SHADES:
        moved = figure.transFigure + ScaledTranslation(aside, -aside, figure.dpi_scale_trans)
        for x, y in _places():
            written = (above or figure.axes[0]).text(
                x, y, text, transform=moved, color=colour, alpha=alpha, zorder=1.4, **style
            )
            written.set_in_layout(False)
            written.set_gid(marks.COLUMN)


def _places() -> Iterator[tuple[float, float]]:
    """Go through the places of marks, as shares of the figure: each row stands to the left of the row below it.

    Three eighths of a mark's room are that step: no two rows are then alike, and no marks touch.
    """
    for row in range(ROWS):
        for column in range(IN_A_ROW + 1):
            yield (column + (-3 * row / ROWS) % 1) / IN_A_ROW, STEEP / 2 + row * (1 - STEEP) / (ROWS - 1)


def _slope(high: float, size: float) -> float:
    """Return the angle of a mark, in degrees: as steep as its share of the height allows."""
    rise = (high * STEEP - THICK * size) / (LONG * size)
    return math.degrees(math.asin(min(max(rise, 0), 0.5)))


def save(figure: Figure, stem: Path, simulated: bool = False) -> None:
    """Save as svg and png; the same table gives the same bytes. What is simulated is marked, also in the files' titles."""
    title = {"Title": marks.SIMULATED} if simulated else {}
    if simulated:
        mark(figure)
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None, **title})
    stem.with_name(f"{stem.name}.svg").write_text(slim.slim(drawn.getvalue()), encoding="utf-8", newline="\n")
    png.save(figure, stem.with_name(f"{stem.name}.png"), DPI, simulated)


def unit(outcome: Outcome, words: Words) -> str:
    """Name what effects on an outcome are measured in."""
    return words["percent"] if scale.is_percent(outcome) else measure(outcome, words)


def short_unit(outcome: Outcome, words: Words) -> str:
    """Return the same, short enough to fit."""
    return fonts.writable(short(unit(outcome, words), HIGH))


def measure(outcome: Outcome, words: Words) -> str:
    """Name what the outcome itself is measured in."""
    transform = outcome["transform"]
    name = words["log"] if transform == "log" else "" if transform == "none" else transform
    unit = f"({outcome['unit']})" if name and outcome["unit"] else outcome["unit"]
    return " ".join(part for part in (name, unit) if part)
