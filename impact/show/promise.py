"""What plans promise: what each claims of itself, what is expected of it, and where it is known what came true."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from impact.phrases import phrase
from impact.priorities.promise import ORACLE, RAW, SHRUNKEN
from impact.show import canvas, fonts, scale
from impact.show.canvas import BLUE, GREY, SERIES
from impact.show.room import Room
from impact.show.text import short

PLANS = {RAW: "plan_raw", SHRUNKEN: "plan_shrunken", ORACLE: "plan_truth"}  # the phrase that names each
SIGNS = {"claimed": ("D", "none", SERIES[1]), "expected": ("o", BLUE, BLUE), "came_true": ("X", SERIES[3], "black")}
COLUMNS = {"claimed": "claimed", "expected": "delivered", "came_true": "came_true"}


def drawable(room: Room) -> bool:
    """Tell whether there are plans that claim something which may be shown."""
    table = room.tables.get("promise")
    return table is not None and bool(table["claimed"].notna().any())


def told(room: Room) -> pd.DataFrame:
    """Return the plans that a reader is told of: the one by the truth only where it is known what comes true."""
    table = room.tables["promise"]
    return table if "came_true" in table else table[table["plan"] != ORACLE]


def promise(room: Room) -> Figure:
    """Draw a row for each way of choosing: claimed, expected with its interval, and the truth where the firms are simulated."""
    table, language = _sized(room), room.language
    figure, axes = canvas.blank(1.9 + 0.45 * len(table), width=canvas.PHONE)
    axes.axvline(0, color=GREY, lw=0.8)
    y = np.arange(len(table))
    axes.hlines(y, table["lower"], table["upper"], color=BLUE, lw=1.8)
    signs = [_points(axes, table, name, y, language) for name in SIGNS if COLUMNS[name] in table]
    names = [phrase(f"priorities.{PLANS[plan]}", language) for plan in table["plan"]]
    axes.set_yticks(y, [name.replace(" (", "\n(") for name in names], fontsize=9.5)
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_title(phrase("priorities.promise_title", language))
    axes.set_xlabel(_unit(room), parse_math=False)
    canvas.explain(figure, signs)
    return figure


def _sized(room: Room) -> pd.DataFrame:
    """Return the plans with what they bring as it is shown."""
    table, in_units = told(room), bool(room.about["priorities"]["in_units"])
    named = [name for name in (*COLUMNS.values(), "lower", "upper") if name in table]
    return table.assign(
        **{name: scale.planned(table[name], table["firms"], room.prioritized, in_units) for name in named}
    )


def _points(axes: Axes, table: pd.DataFrame, name: str, y: np.ndarray, language: str) -> Line2D:
    """Draw one kind of number of all plans; what is claimed and what comes true stand a little aside, not to be covered."""
    marker, inside, edge = SIGNS[name]
    label = phrase(f"priorities.sign_{name}", language)
    look: dict[str, Any] = {"marker": marker, "ls": "", "mfc": inside, "mec": edge, "mew": 1.4, "ms": 7}
    aside = {"claimed": -0.17, "expected": 0, "came_true": 0.17}[name]
    (drawn,) = axes.plot(table[COLUMNS[name]], y + aside, label=label, **look)
    return drawn


def _unit(room: Room) -> str:
    """Say what plans are measured in."""
    outcome = room.prioritized
    if scale.is_percent(outcome) and not room.about["priorities"]["in_units"]:
        return phrase("priorities.per_cent_a_firm", room.language)
    return fonts.writable(short(outcome["unit"], canvas.HIGH))
