"""When support came: how many firms were first supported in each period."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from impact.show import canvas
from impact.show.canvas import BLUE, GREY, Words

NEVER = "never"
MOST_UPRIGHT = 12  # bars up to which their numbers stand upright beside one another


def counted(paths: pd.DataFrame) -> pd.DataFrame:
    """Return the firms of each cohort, the first cohort first and those never supported last; paths: of all outcomes.

    Not every firm is seen in every period, nor with every outcome, so it is the largest number in the table of those that are
    seen at once. A cohort of which no number may be shown is suppressed, and has none.

    >>> row = {"outcome": "Sales", "period": 2013, "state": "shown"}
    >>> counted(pd.DataFrame([{**row, "cohort": "2013", "n_firms": 7}, {**row, "cohort": "2013", "n_firms": 9}]))
      cohort  n_firms  state
    0   2013        9  shown
    """
    whole = paths.assign(hidden=paths["state"] == "suppressed").groupby("cohort")
    counts = whole["n_firms"].max().astype("Int64")
    state = whole["hidden"].any().map({True: "suppressed", False: "not identified"}).mask(counts.notna(), "shown")
    table = pd.DataFrame({"n_firms": counts, "state": state})
    return table.sort_index(key=_in_order).reset_index()


def timeline(paths: pd.DataFrame, words: Words) -> Figure:
    """Draw a bar with its number for each period in which firms were first supported; suppressed ones are hatched over all."""
    table = counted(paths)
    of = table[table["cohort"] != NEVER].astype({"cohort": int})
    figure, axes = canvas.blank(3.0, width=canvas.PHONE)
    shown, hidden = (of[of["state"] == state] for state in ("shown", "suppressed"))
    bars = axes.bar(shown["cohort"], shown["n_firms"].astype(float), width=0.7, color=BLUE)
    upright = len(of) <= MOST_UPRIGHT
    numbers = [f"{count:,}" for count in shown["n_firms"]]
    axes.bar_label(bars, numbers, padding=2, fontsize=9 if upright else 7.5, rotation=0 if upright else 90)
    for at in hidden["cohort"]:
        axes.axvspan(at - 0.35, at + 0.35, facecolor="none", edgecolor=GREY, hatch=canvas.HATCHES["suppressed"], lw=0)
    _around(axes, paths, words)
    said = [canvas.hatched("suppressed", words["suppressed"])] * bool(len(hidden))
    canvas.explain(figure, [*said, canvas.remark(_never(table, words))])
    return figure


def _in_order(cohorts: pd.Index) -> pd.Index:
    return pd.Index([float("inf") if name == NEVER else int(name) for name in cohorts])


def _around(axes: Axes, paths: pd.DataFrame, words: Words) -> None:
    """Go over every period of the table, also those without first support."""
    axes.set_xlim(paths["period"].min() - 0.6, paths["period"].max() + 0.6)
    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator("auto", integer=True))
    axes.margins(y=0.15)
    axes.set_title(words["timeline"])
    axes.set_xlabel(words["period"])
    axes.set_ylabel(words["firms"])


def _never(table: pd.DataFrame, words: Words) -> str:
    """Say how many firms were never supported; they would dwarf the bars."""
    of = table[table["cohort"] == NEVER]
    if not len(of):
        return words["no never"]
    count, state = of.iloc[0][["n_firms", "state"]]
    return words["never firms"].format(count=f"{count:,}") if state == "shown" else words["never hidden"]
