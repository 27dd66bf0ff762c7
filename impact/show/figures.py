"""Figures of a study, drawn from its tables: the event study with both bands, and the paths of outcomes."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator

from impact.errors import InputWarning
from impact.show import fonts, scale
from impact.show.room import Room
from impact.show.text import short, stems

BLUE, SAND, GREY = "#1f4e79", "#c9d8e6", "#6b6b6b"
COHORT_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")  # Okabe and Ito
MARKERS = "osD^vPX"  # one more than the colours, so that 42 cohorts look different
WIDE, HIGH = 64, 40  # letters that fit above a figure, and beside it
IN_A_ROW = 3  # entries of a legend
WORDS = {
    "en": {
        "since": "Periods since first support",
        "effect": "Effect on {name}",
        "percent": "per cent",
        "both": "{confidence} % interval: line for each period, band for all periods at once",
        "suppressed": "hatched: suppressed, too few firms",
        "never": "never supported",
        "cohort": "first supported {cohort}",
        "all": "{path}: suppressed",
        "some": "{path}: gaps suppressed",
        "mean": "Mean of {name}",
        "log": "logarithm",
        "period": "Period",
    },
    "ko": {
        "since": "첫 지원 이후 기간",
        "effect": "{name}에 대한 효과",
        "percent": "퍼센트",
        "both": "{confidence} % 구간: 선은 기간별, 띠는 모든 기간 동시",
        "suppressed": "빗금: 기업 수가 적어 비공개",
        "never": "지원받지 않은 기업",
        "cohort": "{cohort} 첫 지원",
        "all": "{path}: 비공개",
        "some": "{path}: 빈 곳 비공개",
        "mean": "{name} 평균",
        "log": "로그",
        "period": "기간",
    },
}
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


def draw_all(place: Path) -> None:
    """Draw every figure of a folder of results from the tables in it, as svg and png in `figures/`."""
    room = Room.read(place)
    words, stem = WORDS[room.language], stems([outcome["name"] for outcome in room.outcomes])
    with mpl.rc_context({**STYLE, "font.family": fonts.families()}):
        for outcome in room.outcomes:
            event, path = room.frame(outcome["name"], "event_time"), room.path(outcome["name"])
            if len(event):
                _save(
                    event_study(event, outcome, words, room.confidence),
                    place / "figures" / f"event-study-{stem[outcome['name']]}",
                )
            _save(outcome_paths(path, outcome, words), place / "figures" / f"paths-{stem[outcome['name']]}")
    _note_unwritable(room.outcomes)


def event_study(table: pd.DataFrame, outcome: Outcome, words: Words, confidence: str) -> Figure:
    """Draw effects by event time: points, pointwise intervals as lines, the uniform band behind them."""
    figure, axes = _canvas(3.5, below=0.06)
    x, hidden = table["event_time"].to_numpy(float), (table["state"] == "suppressed").to_numpy()
    value, lower, upper, low, high = (
        scale.shown(table[name], outcome) for name in ("estimate", "lower", "upper", "lower_uniform", "upper_uniform")
    )
    axes.axhline(0, color=GREY, lw=0.8)
    axes.axvline(-0.5, color=GREY, lw=0.8, ls=":")
    for at, bottom, top in zip(x, low, high, strict=True):
        axes.fill_between([at - 0.18, at + 0.18], bottom, top, color=SAND, lw=0)
    axes.vlines(x, lower, upper, color=BLUE, lw=1.8)
    _points(axes, x, value)
    for at in x[hidden]:
        axes.axvspan(at - 0.18, at + 0.18, facecolor="none", edgecolor=GREY, hatch="///", lw=0)
    axes.set_xlim(x.min() - 0.5, x.max() + 0.5)
    _label(axes, words["effect"], words["since"], _unit(outcome, words), outcome)
    said = [words["both"].format(confidence=confidence), *([words["suppressed"]] if hidden.any() else [])]
    figure.text(0.01, 0.01, "; ".join(said), fontsize=8.5, color=GREY)
    return figure


def outcome_paths(table: pd.DataFrame, outcome: Outcome, words: Words) -> Figure:
    """Draw mean outcomes by cohort and period; the first supported period is marked on its cohort's path."""
    cohorts = sorted(
        table["cohort"].unique(), key=lambda name: (name == "never", name if name == "never" else int(name))
    )
    figure, axes = _canvas(3.1 + 0.22 * -(-len(cohorts) // IN_A_ROW))
    for position, cohort in enumerate(cohorts):
        _path(axes, table[table["cohort"] == cohort], cohort, position, words)
    _label(axes, words["mean"], words["period"], _measure(outcome, words), outcome)
    figure.legend(loc="outside lower left", ncols=IN_A_ROW, frameon=False, fontsize=9)
    return figure


def _points(axes: Axes, x: np.ndarray, value: np.ndarray) -> None:
    before = x < 0
    axes.plot(x[~before], value[~before], "o", color=BLUE, ms=6)
    axes.plot(x[before], value[before], "o", color="white", mec=BLUE, mew=1.6, ms=6)


def _path(axes: Axes, table: pd.DataFrame, cohort: str, position: int, words: Words) -> None:
    x, y = table["period"].to_numpy(), table["mean"].to_numpy(float)
    label = _path_label(table, cohort, words)
    if cohort == "never":
        axes.plot(x, y, color=GREY, lw=2.2, ls="--", label=label)
        return
    colour, marker = COHORT_COLOURS[position % len(COHORT_COLOURS)], MARKERS[position % len(MARKERS)]
    axes.plot(x, y, color=colour, lw=1.6, marker=marker, ms=4, label=label)
    first = x == int(cohort)
    axes.plot(x[first], y[first], marker, color=colour, ms=9, mec="black")


def _path_label(table: pd.DataFrame, cohort: str, words: Words) -> str:
    """Name a path, and say where a gap in it is one of disclosure: suppressed is not missing."""
    label = words["never"] if cohort == "never" else words["cohort"].format(cohort=cohort)
    hidden = table["state"] == "suppressed"
    return words["all" if hidden.all() else "some"].format(path=label) if hidden.any() else label


def _canvas(height: float, below: float = 0) -> tuple[Figure, Axes]:
    """Leave room below the axes for a line of explanation."""
    figure = Figure(figsize=(6.4, height), layout=ConstrainedLayoutEngine(rect=(0, below, 1, 1 - below)))
    return figure, figure.add_subplot()


def _label(axes: Axes, title: str, below: str, beside: str, outcome: Outcome) -> None:
    """Write around the axes; names are as people wrote them, but short enough to fit."""
    name = fonts.writable(short(outcome["name"], WIDE - len(title)))
    axes.set_title(
        title.format(name=name), loc="left", fontsize=11.5, parse_math=False
    )  # a $ is a dollar, not a formula
    axes.set_ylabel(fonts.writable(short(beside, HIGH)), parse_math=False)
    axes.set_xlabel(below)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _save(figure: Figure, stem: Path) -> None:
    figure.savefig(stem.with_name(f"{stem.name}.svg"), metadata={"Date": None})
    figure.savefig(stem.with_name(f"{stem.name}.png"), dpi=150, metadata={"Software": None})


def _unit(outcome: Outcome, words: Words) -> str:
    return words["percent"] if scale.is_percent(outcome) else _measure(outcome, words)


def _measure(outcome: Outcome, words: Words) -> str:
    transform = outcome["transform"]
    name = words["log"] if transform == "log" else "" if transform == "none" else transform
    unit = f"({outcome['unit']})" if name and outcome["unit"] else outcome["unit"]
    return " ".join(part for part in (name, unit) if part)


def _note_unwritable(outcomes: list[dict[str, Any]]) -> None:
    signs = fonts.unwritable(short("".join(f"{outcome['name']}{outcome['unit']}" for outcome in outcomes), 10**6))
    if signs:
        warnings.warn(
            f"No font here can write {', '.join(signs[:5])}: figures show {fonts.BOX} instead. Install a font that can (the "
            'extra "reports" brings one for Korean), or write the names and units of outcomes otherwise.',
            InputWarning,
            stacklevel=2,
        )
