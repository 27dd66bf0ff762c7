"""What a regression coefficient is made of, drawn: its two-by-two comparisons, and its weight on every effect."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

from impact.show import canvas, scale
from impact.show.canvas import GREY, SERIES, Outcome, Words

KINDS = {  # colour and marker of each type of comparison; the one that nobody would choose stands out in grey, too
    "never supported": (SERIES[0], "o"),
    "supported later": (SERIES[2], "^"),
    "already supported": (SERIES[3], "X"),
    "both supported": (SERIES[4], "D"),
    "covariates": (GREY, "s"),
}
MOST_NUMBERS = 12  # periods up to which the weights are written into their cells


def comparisons(table: pd.DataFrame, coefficient: float, outcome: Outcome, words: Words) -> Figure:
    """Draw every two-by-two comparison: its weight across, its estimate upwards; the coefficient is a dashed line.

    Effects on logarithms stay logarithms here: only so the coefficient is the weighted mean of the points.
    """
    figure, axes = canvas.blank(3.9)
    axes.axhline(0, color=GREY, lw=0.8)
    known = table[table["estimate"].notna()]
    for kind, (colour, marker) in KINDS.items():
        of = known[known["type"] == kind]
        if len(of):
            where = (of["weight"], of["estimate"], marker)
            axes.plot(*where, color=colour, ms=7, mec="white", mew=0.6, label=words[kind])
    if np.isfinite(coefficient):
        axes.axhline(coefficient, color="black", lw=1.2, ls="--", label=words["coefficient"])
    if (table["state"] == "suppressed").any():
        axes.plot([], [], " ", label=words["some suppressed"])  # words without a sign
    axes.set_xlim(left=0)
    canvas.label(axes, words["comparisons"], words["weight"], canvas.measure(outcome, words), outcome)
    figure.legend(loc="outside lower left", ncols=2, frameon=False, fontsize=8.5, columnspacing=1, handlelength=1.5)
    return figure


def weights(table: pd.DataFrame, outcome: Outcome, words: Words) -> Figure:
    """Draw the weight on the effect of each cohort (rows) in each period (columns); negative ones are hatched."""
    table = table.assign(hidden=(table["state"] == "suppressed").astype(float))
    grid, hidden = (_grid(table, name) for name in ("weight", "hidden"))
    values, crossed = grid.to_numpy(float), hidden.to_numpy(float) == 1
    figure, axes = canvas.blank(1.5 + 0.32 * len(grid), below=0.06)
    size = max(np.nanmax(np.abs(values), initial=0), 1e-12)
    shown = axes.pcolormesh(values, cmap="PuOr_r", norm=TwoSlopeNorm(0, -size, size), edgecolor="white", lw=1.5)
    for row, column in zip(*np.nonzero(values < 0), strict=True):
        _hatched(axes, row, column, "////", "black")
    for row, column in zip(*np.nonzero(crossed), strict=True):
        _hatched(axes, row, column, "xx", GREY)
    if grid.shape[1] <= MOST_NUMBERS:
        _numbered(axes, values, size)
    else:
        figure.colorbar(shown, ax=axes, shrink=0.9)
    axes.set_xticks(np.arange(grid.shape[1]) + 0.5, grid.columns)
    axes.set_yticks(np.arange(len(grid)) + 0.5, grid.index)
    axes.invert_yaxis()
    canvas.label(axes, words["weights"], words["period"], words["first supported"], outcome)
    said = [words["negative"]] * bool((values < 0).any()) + [words["hidden weights"]] * bool(crossed.any())
    canvas.note(figure, said)
    return figure


def _grid(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a column by cohort and period, the first cohort first."""
    return table.pivot(index="cohort", columns="period", values=name).sort_index(key=lambda at: at.astype(int))


def _hatched(axes: Axes, row: int, column: int, hatch: str, colour: str) -> None:
    axes.fill_between(
        [column, column + 1], row, row + 1, facecolor="none", edgecolor=colour, hatch=hatch, lw=0, alpha=0.5
    )


def _numbered(axes: Axes, values: np.ndarray, size: float) -> None:
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            colour = "white" if abs(value) > 0.6 * size else "black"
            written = scale.number(value, 3)
            axes.text(column + 0.5, row + 0.5, written, ha="center", va="center", fontsize=7.5, color=colour)
