"""What all figures share: style, an empty canvas, what is written around it, and how it is saved."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.transforms import ScaledTranslation

from impact import marks
from impact.show import fonts, scale
from impact.show.text import short

BLUE, SAND, GREY = "#1f4e79", "#c9d8e6", "#6b6b6b"
WIDE, HIGH = 64, 40  # letters that fit above a figure, and beside it
STYLE: dict[Any, Any] = {
    "font.size": 10.5,
    "axes.unicode_minus": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "hatch.linewidth": 0.8,
    "svg.hashsalt": "impact",  # the same table gives the same bytes
    "svg.fonttype": "path",
}
ROWS, IN_A_ROW = 8, 2  # marks of simulated firms on a figure
STEEP = 1 / 3 - 1 / ROWS  # the most of a figure's height that a mark takes: with the step to the next row, a third
MARK = 10.5  # points; a larger mark would not fit into every third of a figure
SHADES = ("white", 0.4, 0.008), ("black", 0.14, 0)  # colour, opacity, inches aside
LONG, THICK = 11.7 * MARK / 72, 1.3 * MARK / 72  # inches
Words = Mapping[str, str]
Outcome = Mapping[str, Any]


def blank(height: float, below: float = 0) -> tuple[Figure, Axes]:
    """Leave room below the axes for a line of explanation."""
    figure = Figure(figsize=(6.4, height), layout=ConstrainedLayoutEngine(rect=(0, below, 1, 1 - below)))
    return figure, figure.add_subplot()


def label(axes: Axes, title: str, below: str, beside: str, outcome: Outcome) -> None:
    """Write around the axes; names are as people wrote them, but short enough to fit."""
    name = fonts.writable(short(outcome["name"], WIDE - len(title)))
    axes.set_title(
        title.format(name=name), loc="left", fontsize=11.5, parse_math=False
    )  # a $ is a dollar, not a formula
    axes.set_ylabel(fonts.writable(short(beside, HIGH)), parse_math=False)
    axes.set_xlabel(below)


def note(figure: Figure, said: list[str]) -> None:
    """Write a line of explanation below the axes."""
    figure.text(0.01, 0.01, "; ".join(said), fontsize=8.5, color=GREY)


def mark(figure: Figure, above: Axes | None = None) -> None:
    """Write all over a figure that its firms are simulated, so that every third of it, however cut, holds one whole mark.

    The marks are faint, above areas (a map, a band) and below lines, points and numbers; they take no room. Each is written
    twice, in black and a little aside in white, to be seen on light and on dark areas. above: axes over the whole figure, where
    several would cover one another's marks.
    """
    text = marks.ENGLISH if fonts.unwritable(marks.SIMULATED) else marks.SIMULATED
    style: dict[str, Any] = {
        "fontsize": MARK,
        "rotation": _slope(figure.get_figheight()),
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


def _slope(high: float) -> float:
    """Return the angle of a mark, in degrees: as steep as its share of the height allows."""
    rise = (high * STEEP - THICK) / LONG
    return math.degrees(math.asin(min(max(rise, 0), 0.5)))


def save(figure: Figure, stem: Path, simulated: bool = False) -> None:
    """Save as svg and png; the same table gives the same bytes. What is simulated is marked, also in the files' titles."""
    title = {"Title": marks.SIMULATED} if simulated else {}
    if simulated:
        mark(figure)
    figure.savefig(stem.with_name(f"{stem.name}.svg"), metadata={"Date": None, **title})
    figure.savefig(stem.with_name(f"{stem.name}.png"), dpi=150, metadata={"Software": None, **title})


def unit(outcome: Outcome, words: Words) -> str:
    """Name what effects on an outcome are measured in."""
    return words["percent"] if scale.is_percent(outcome) else measure(outcome, words)


def measure(outcome: Outcome, words: Words) -> str:
    """Name what the outcome itself is measured in."""
    transform = outcome["transform"]
    name = words["log"] if transform == "log" else "" if transform == "none" else transform
    unit = f"({outcome['unit']})" if name and outcome["unit"] else outcome["unit"]
    return " ".join(part for part in (name, unit) if part)
