"""Effects by group: a row each, with its interval and the firms on both sides of its comparison."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from impact.regions import risk
from impact.show import canvas, fonts, scale
from impact.show.canvas import BLUE, GREY, Outcome, Words
from impact.show.text import short

MOST = 40  # groups up to which a figure can be read
ROW = 0.27  # inches of a group
WIDE = 20  # letters of a group's name


def drawable(table: pd.DataFrame) -> bool:
    """Tell whether there are groups, and few enough for a figure."""
    return 0 < len(table) <= MOST


def ordered(table: pd.DataFrame) -> pd.DataFrame:
    """Return groups as they come, classes of the extinction index from the highest risk to the lowest."""
    parts = [_in_order(of) for _, of in table.groupby("subgroup_of", sort=False)]
    return pd.concat(parts) if parts else table


def groups(table: pd.DataFrame, outcome: Outcome, words: Words, confidence: str) -> Figure:
    """Draw the effect on each group with its interval; a group without a number is hatched and says why."""
    rows = list(_rows(ordered(table)))
    figure, axes = canvas.blank(1.7 + ROW * len(rows), width=canvas.PHONE)
    axes.axvline(0, color=GREY, lw=0.8)
    for at, (_, row) in enumerate(rows):
        if row is not None:
            _drawn(axes, at, row, outcome, words)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    _names(axes, rows)
    canvas.label(axes, words["effect"], canvas.short_unit(outcome, words), "", outcome)
    axes.text(1.02, 1, words["counts"], transform=axes.transAxes, va="bottom", fontsize=8.5, color=GREY)
    interval = Line2D([], [], color=BLUE, marker="o", lw=1.8, label=words["interval"].format(confidence=confidence))
    hidden = [one for one in canvas.HATCHES if (table["state"] == one).any()]
    canvas.explain(figure, [interval, *(canvas.hatched(one, words[one]) for one in hidden)])
    return figure


def _in_order(table: pd.DataFrame) -> pd.DataFrame:
    for classes in risk.CLASSES.values():
        if set(table["subgroup"]) <= set(classes):
            return table.sort_values("subgroup", key=lambda names: names.map(classes.index), kind="stable")
    return table


def _rows(table: pd.DataFrame) -> Iterator[tuple[str, pd.Series | None]]:
    """Go through the rows of the figure: a heading for what tells groups apart, then the groups."""
    for column, of in table.groupby("subgroup_of", sort=False):
        yield str(column), None
        yield from ((str(row["subgroup"]), row) for _, row in of.iterrows())


def _drawn(axes: Axes, at: int, row: pd.Series, outcome: Outcome, words: Words) -> None:
    beside: dict[str, Any] = {"transform": axes.get_yaxis_transform(), "va": "center", "fontsize": 8.5}
    if row["state"] != "shown":
        axes.axhspan(at - 0.35, at + 0.35, facecolor="none", edgecolor=GREY, hatch=canvas.HATCHES[row["state"]], lw=0)
        return
    value, lower, upper = scale.shown([row["estimate"], row["lower"], row["upper"]], outcome)
    axes.hlines(at, lower, upper, color=BLUE, lw=1.8)
    axes.plot(value, at, "o", color=BLUE, ms=6)
    axes.text(1.02, at, f"{_count(row['n_supported'])} / {_count(row['n_comparison'])}", **beside)


def _names(axes: Axes, rows: list[tuple[str, pd.Series | None]]) -> None:
    """Name each row; what tells groups apart stands in bold above them."""
    axes.set_yticks(np.arange(len(rows)), [fonts.writable(short(name, WIDE)) for name, _ in rows])
    for tick, (_, row) in zip(axes.get_yticklabels(), rows, strict=True):
        tick.set(parse_math=False, weight="bold" if row is None else "normal", fontsize=9.5)
    axes.tick_params(axis="y", length=0)


def _count(value: object) -> str:
    return "–" if value is None or value != value or value is pd.NA else f"{int(str(value)):,}"
