"""The effects of every cohort in every period, as a map of colours with numbers or signs that read in grey, too."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from impact.show import canvas, scale
from impact.show.canvas import GREY, PAPER, Outcome, Words

COLOURS = "PuOr"  # as on maps: violet above zero
ROW, LOWEST, HIGHEST = 0.275, 1.1, 6.4  # inches: of a cohort, and the least and most of all of them
INSIDE = 4.3  # inches that the periods share, about
WIDEST = 0.72  # of a letter's size: the width of a bold digit, and a little room
LARGEST, SMALLEST = 8.5, 6  # points of the letters in a cell; where a number would be smaller there is only its sign
LIGHT = 0.25  # luminance below which letters on a colour are white
MOST_NAMES = 16  # cohorts or periods up to which each is named


def heat(table: pd.DataFrame, outcome: Outcome, words: Words, confidence: str) -> Figure:
    """Draw the effect on each cohort (rows) in each period (columns); what has no number is hatched and named."""
    table = table.assign(shown=scale.shown(table["estimate"], outcome), sure=_sure(table))
    grid, state = _grid(table, "shown").astype(float), _grid(table, "state")
    figure, axes = canvas.blank(1.6 + min(max(ROW * len(grid), LOWEST), HIGHEST), width=canvas.PHONE)
    values = np.ma.masked_invalid(grid)
    colours = axes.pcolormesh(values, cmap=COLOURS, norm=_both_sides(grid), edgecolor=PAPER, lw=0.8)
    numbers = _written(axes, grid.to_numpy(), _grid(table, "sure").to_numpy() == 1, colours)
    hidden = _hatched(axes, state)
    _line(axes, grid)
    _around(axes, grid, outcome, words)
    if not numbers:
        figure.colorbar(colours, ax=axes, shrink=0.9)
    _explained(figure, hidden, numbers, outcome, words, confidence)
    return figure


def _sure(table: pd.DataFrame) -> pd.Series:
    """Mark effects whose interval lies on one side of zero."""
    return ((table["lower"] > 0) | (table["upper"] < 0)).astype(float)


def _grid(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a column by cohort and period; a period that the table does not have (a base period) is blank."""
    return table.astype({"cohort": int, "period": int}).pivot(index="cohort", columns="period", values=name)


def _both_sides(grid: pd.DataFrame) -> TwoSlopeNorm:
    """Return the colours' scale: as far to one side of zero as to the other."""
    size = max(_largest(grid.to_numpy()), 1e-12)
    return TwoSlopeNorm(0, -size, size)


def _largest(values: np.ndarray) -> float:
    return float(np.nanmax(np.abs(values), initial=0))


def _written(axes: Axes, values: np.ndarray, sure: np.ndarray, colours: ScalarMappable) -> bool:
    """Write each number into its cell, or where it would be too small only its sign; tell which."""
    places = scale.digits(_largest(values), np.nan, np.nan)
    longest = max((len(scale.number(one, places)) for one in values[np.isfinite(values)]), default=1)
    wide, high = 72 * INSIDE / values.shape[1], 72 * min(ROW, HIGHEST / len(values))
    letters = min(LARGEST, wide / (WIDEST * longest), high / 1.3)
    numbers = letters >= SMALLEST
    signs = min(LARGEST, wide, high)
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            said = scale.number(value, places) if numbers else "+" if value > 0 else "−" if value < 0 else "0"
            axes.text(
                column + 0.5, row + 0.5, said, ha="center", va="center_baseline", fontsize=letters if numbers else signs,
                color=_readable(np.asarray(colours.to_rgba(value))), weight="bold" if sure[row, column] else "normal",
            )  # fmt: skip
    return numbers


def _readable(colour: np.ndarray) -> str:
    """Return black or white, whichever reads on a colour (its relative luminance is that of the W3C's contrast)."""
    light = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in colour[:3]]
    return "white" if float(np.dot([0.2126, 0.7152, 0.0722], light)) < LIGHT else "black"


def _hatched(axes: Axes, state: pd.DataFrame) -> list[str]:
    """Hatch the cells that have no number; return their states, each once."""
    found = [one for one in canvas.HATCHES if (state == one).any(axis=None)]
    for name in found:
        for row, column in zip(*np.nonzero((state == name).to_numpy()), strict=True):
            at = ([column, column + 1], row, row + 1)
            axes.fill_between(*at, facecolor="none", edgecolor=GREY, hatch=canvas.HATCHES[name], lw=0)
    return found


def _line(axes: Axes, grid: pd.DataFrame) -> None:
    """Draw the line at which support begins: what stands left of it is before support."""
    begins = np.searchsorted(grid.columns, grid.index)
    axes.plot(np.repeat(begins, 2), np.arange(len(grid)).repeat(2) + np.tile([0, 1], len(grid)), color="black", lw=1.6)


def _around(axes: Axes, grid: pd.DataFrame, outcome: Outcome, words: Words) -> None:
    """Name cohorts and periods, not all of them where they are many; the first cohort stands on top."""
    for name, along in ((axes.set_xticks, grid.columns), (axes.set_yticks, grid.index)):
        step = -(-len(along) // MOST_NAMES)
        name(np.arange(0, len(along), step) + 0.5, along[::step], fontsize=9)
    if grid.shape[1] > 6:
        axes.tick_params(axis="x", labelrotation=90)
    axes.set(xlim=(0, grid.shape[1]), ylim=(len(grid), 0))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    canvas.label(axes, words["effect"], words["period"], words["first supported"], outcome)


def _explained(
    figure: Figure, hidden: list[str], numbers: bool, outcome: Outcome, words: Words, confidence: str
) -> None:
    """Say what a cell shows, and name what is hatched."""
    shown = words["numbers" if numbers else "signs"].format(unit=canvas.short_unit(outcome, words))
    said = [canvas.remark(one) for one in (shown, words["bold"].format(confidence=confidence))]
    line: Artist = Line2D([], [], color="black", lw=1.6, label=words["left"])
    canvas.explain(figure, [*said, line, *(canvas.hatched(one, words[one]) for one in hidden)])
