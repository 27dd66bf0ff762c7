"""Regions by grade: how many, and how far their shrunken effects lie apart for how unsure each is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator

from impact.phrases import phrase
from impact.show import canvas, fonts, scale
from impact.show.canvas import GREY, SERIES
from impact.show.room import Room
from impact.show.text import short
from impact.tables import NO_EVIDENCE

MOST = 300  # regions up to which their intervals can be told apart in a figure
MARKERS = "osD^vP"
WITHOUT = (NO_EVIDENCE, "not enough evidence", "not identified", "suppressed")  # states that are classes of their own


def classes(regions: pd.DataFrame) -> pd.DataFrame:
    """Return how many regions are in each grade, the best first, then those without evidence of their own, by state.

    A grade is counted where it rests on evidence of the region itself; what was lent from others is none.
    """
    own = regions.loc[regions["state"] == "shown", "grade"].dropna().astype(int).value_counts().sort_index()
    counts = regions["state"].value_counts()
    rows = [("shown", grade, count) for grade, count in own.items()]
    rows += [(state, None, counts[state]) for state in WITHOUT if state in counts]
    return pd.DataFrame(rows, columns=["state", "grade", "regions"]).astype({"grade": "Int64"})


def known(table: pd.DataFrame) -> pd.DataFrame:
    """Return the regions whose intervals are drawn, the largest effect first; none where they are too many."""
    found = table[(table["state"] == "shown") & table["grade"].notna()]
    return found.sort_values("estimate", ascending=False, kind="stable") if len(found) <= MOST else found.iloc[:0]


def named(row: pd.Series, language: str) -> str:
    """Name a grade, or the reason why there is none."""
    if row["state"] == "shown":
        return phrase("priorities.of_grade", language, grade=row["grade"])
    return phrase(f"priorities.class_{row['state'].replace(' ', '_')}", language)


def grades(room: Room) -> Figure:
    """Draw how many regions each grade has, and below it the interval of each, the largest shrunken effect first."""
    table = room.tables["priorities"]
    found, drawn = classes(table), known(table)
    high = 0.9 + 0.26 * len(found)
    heights = [high, 2.3] if len(drawn) else [high]
    figure = Figure(figsize=(canvas.PHONE, sum(heights)), layout=ConstrainedLayoutEngine())
    above, *below = np.atleast_1d(figure.subplots(len(heights), height_ratios=heights))
    _counts(above, found, room.language)
    for axes in below:
        _intervals(axes, drawn, room)
    return figure


def _counts(axes: Axes, found: pd.DataFrame, language: str) -> None:
    for at, (_, row) in enumerate(found.iterrows()):
        shown = row["state"] == "shown"
        colour = _of_grade(int(row["grade"]))[0] if shown else "none"
        hatch = None if shown else canvas.HATCHES[row["state"]]
        bar = axes.barh(at, row["regions"], height=0.7, color=colour, edgecolor=None if shown else GREY, hatch=hatch)
        axes.bar_label(bar, [f"{row['regions']:,}"], padding=3, fontsize=9)
    axes.set_yticks(np.arange(len(found)), [named(row, language) for _, row in found.iterrows()], fontsize=9.5)
    axes.set_ylim(len(found) - 0.4, -0.6)
    axes.margins(x=0.12)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
    axes.set_title(phrase("priorities.grades_title", language))
    axes.set_xlabel(phrase("priorities.grades_regions", language))


def _intervals(axes: Axes, known: pd.DataFrame, room: Room) -> None:
    """Draw each region from its lower to its upper limit, with the colour and the sign of its grade."""
    x, outcome = np.arange(len(known)), room.prioritized
    value, lower, upper = (scale.turned(known[name], outcome) for name in ("estimate", "lower", "upper"))
    axes.axhline(0, color=GREY, lw=0.8)
    for grade, which in _by_grade(known):
        colour, marker = _of_grade(grade)
        axes.vlines(x[which], lower[which], upper[which], color=colour, lw=1, alpha=0.5)
        label = phrase("priorities.of_grade", room.language, grade=grade)
        axes.plot(x[which], value[which], marker, color=colour, ms=3.5, label=label)
    axes.set_xticks([])
    unit = phrase("priorities.per_cent", room.language) if scale.is_percent(outcome) else outcome["unit"]
    axes.set_ylabel(fonts.writable(short(unit, canvas.HIGH // 2)), parse_math=False)
    said = phrase("priorities.grades_order", room.language, count=len(known), confidence=room.confidence)
    axes.set_xlabel(said, fontsize=9.5)


def _by_grade(known: pd.DataFrame) -> Iterator[tuple[int, np.ndarray]]:
    of = known["grade"].astype(int).to_numpy()
    yield from ((int(grade), np.flatnonzero(of == grade)) for grade in np.unique(of))


def _of_grade(grade: int) -> tuple[str, str]:
    """Return colour and sign of a grade."""
    return SERIES[(grade - 1) % len(SERIES)], MARKERS[(grade - 1) % len(MARKERS)]
