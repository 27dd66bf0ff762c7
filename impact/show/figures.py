"""Figures of a study, drawn from its tables: the event study with both bands, and the paths of outcomes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator

from impact.show import fonts, scale

BLUE, SAND, GREY = "#1f4e79", "#c9d8e6", "#6b6b6b"
COHORT_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")  # Okabe and Ito
MARKERS = "osD^vP"
WORDS = {
    "en": {
        "since": "Periods since first support",
        "effect": "Effect on {name}",
        "percent": "per cent",
        "both": "95 % interval: line for each period, band for all periods at once",
        "never": "never supported",
        "cohort": "first supported {cohort}",
        "mean": "Mean of {name}",
        "log": "logarithm",
        "period": "Period",
    },
    "ko": {
        "since": "첫 지원 이후 기간",
        "effect": "{name}에 대한 효과",
        "percent": "퍼센트",
        "both": "95 % 구간: 선은 기간별, 띠는 모든 기간 동시",
        "never": "지원받지 않은 기업",
        "cohort": "{cohort}년 첫 지원",
        "mean": "{name} 평균",
        "log": "로그",
        "period": "기간",
    },
}
STYLE = {
    "font.size": 10,
    "axes.unicode_minus": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.hashsalt": "impact",  # the same table gives the same bytes
    "svg.fonttype": "path",
}


def draw_all(room: Path) -> None:
    """Draw every figure of a folder of results from the tables in it, as svg and png in `figures/`."""
    about = json.loads((room / "study.json").read_text(encoding="utf-8"))
    effects = pd.read_parquet(room / "effects.parquet")
    paths = pd.read_csv(room / "paths.csv", dtype={"cohort": str}, encoding="utf-8-sig")
    main = about["estimate"][0]["estimator"]
    style: dict[Any, Any] = {**STYLE, "font.family": fonts.families()}
    with mpl.rc_context(style):
        for outcome in about["outcome"]:
            of = effects[(effects["outcome"] == outcome["name"]) & (effects["estimator"] == main)]
            event = of[(of["aggregation"] == "event_time")]
            if len(event):
                _save(event_study(event, outcome, about), room / "figures" / f"event-study-{slug(outcome['name'])}")
            path = paths[paths["outcome"] == outcome["name"]]
            _save(outcome_paths(path, outcome, about), room / "figures" / f"paths-{slug(outcome['name'])}")


def event_study(table: pd.DataFrame, outcome: Mapping[str, Any], about: Mapping[str, Any]) -> Figure:
    """Draw effects by event time: points, pointwise intervals as lines, the uniform band behind them."""
    words = _words(about)
    figure, axes = _canvas(3.6)
    x = table["event_time"].to_numpy(float)
    value, lower, upper, low, high = (
        scale.shown(table[name], outcome) for name in ("estimate", "lower", "upper", "lower_uniform", "upper_uniform")
    )
    axes.axhline(0, color=GREY, lw=0.8)
    axes.axvline(-0.5, color=GREY, lw=0.8, ls=":")
    for at, bottom, top in zip(x, low, high, strict=True):
        axes.fill_between([at - 0.18, at + 0.18], bottom, top, color=SAND, lw=0)
    axes.vlines(x, lower, upper, color=BLUE, lw=1.8)
    before = x < 0
    axes.plot(x[~before], value[~before], "o", color=BLUE, ms=6)
    axes.plot(x[before], value[before], "o", color="white", mec=BLUE, mew=1.6, ms=6)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlim(x.min() - 0.5, x.max() + 0.5)
    axes.set_xlabel(words["since"])
    axes.set_ylabel(_unit(outcome, words))
    axes.set_title(words["effect"].format(name=outcome["name"]), loc="left", fontsize=11)
    confidence = f"{100 * about['inference']['confidence']:g} %"
    figure.text(0.01, 0.01, words["both"].replace("95 %", confidence), fontsize=8, color=GREY)
    return figure


def outcome_paths(table: pd.DataFrame, outcome: Mapping[str, Any], about: Mapping[str, Any]) -> Figure:
    """Draw mean outcomes by cohort and period; the first supported period is marked on its cohort's path."""
    words = _words(about)
    figure, axes = _canvas(3.4)
    cohorts = sorted(table["cohort"].unique(), key=lambda name: (name == "never", name))
    for position, cohort in enumerate(cohorts):
        _path(axes, table[table["cohort"] == cohort], cohort, position, words)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel(words["period"])
    axes.set_ylabel(_measure(outcome, words))
    axes.set_title(words["mean"].format(name=outcome["name"]), loc="left", fontsize=11)
    axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def slug(name: str) -> str:
    """Return a file name: letters (of any alphabet) and digits, joined by hyphens."""
    return re.sub(r"[^\w]+", "-", name.casefold()).strip("-") or "outcome"


def _path(axes: Axes, table: pd.DataFrame, cohort: str, position: int, words: Mapping[str, str]) -> None:
    x, y = table["period"].to_numpy(), table["mean"].to_numpy(float)
    if cohort == "never":
        axes.plot(x, y, color=GREY, lw=2.2, ls="--", label=words["never"])
        return
    colour, marker = COHORT_COLOURS[position % len(COHORT_COLOURS)], MARKERS[position % len(MARKERS)]
    axes.plot(x, y, color=colour, lw=1.6, marker=marker, ms=4, label=words["cohort"].format(cohort=cohort))
    first = x == int(cohort)
    axes.plot(x[first], y[first], marker, color=colour, ms=9, mec="black")


def _canvas(height: float) -> tuple[Figure, Axes]:
    """Leave room below the axes for a line of explanation."""
    figure = Figure(figsize=(7.2, height), layout=ConstrainedLayoutEngine(rect=(0, 0.05, 1, 0.95)))
    return figure, figure.add_subplot()


def _save(figure: Figure, stem: Path) -> None:
    figure.savefig(stem.with_suffix(".svg"), metadata={"Date": None})
    figure.savefig(stem.with_suffix(".png"), dpi=150, metadata={"Software": None})


def _unit(outcome: Mapping[str, Any], words: Mapping[str, str]) -> str:
    return words["percent"] if scale.is_percent(outcome) else _measure(outcome, words)


def _measure(outcome: Mapping[str, Any], words: Mapping[str, str]) -> str:
    transform = outcome["transform"]
    name = words["log"] if transform == "log" else "" if transform == "none" else transform
    return " ".join(
        part for part in (name, f"({outcome['unit']})" if name and outcome["unit"] else outcome["unit"]) if part
    )


def _words(about: Mapping[str, Any]) -> dict[str, str]:
    return WORDS[about["study"]["language"]]
