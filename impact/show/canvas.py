"""What all figures share: style, an empty canvas, what is written around it, and how it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

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


def save(figure: Figure, stem: Path) -> None:
    """Save as svg and png; the same table gives the same bytes."""
    figure.savefig(stem.with_name(f"{stem.name}.svg"), metadata={"Date": None})
    figure.savefig(stem.with_name(f"{stem.name}.png"), dpi=150, metadata={"Software": None})


def unit(outcome: Outcome, words: Words) -> str:
    """Name what effects on an outcome are measured in."""
    return words["percent"] if scale.is_percent(outcome) else measure(outcome, words)


def measure(outcome: Outcome, words: Words) -> str:
    """Name what the outcome itself is measured in."""
    transform = outcome["transform"]
    name = words["log"] if transform == "log" else "" if transform == "none" else transform
    unit = f"({outcome['unit']})" if name and outcome["unit"] else outcome["unit"]
    return " ".join(part for part in (name, unit) if part)
