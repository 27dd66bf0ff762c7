"""Figures of a study, drawn from its tables: the event study with both bands, paths of outcomes, a regression taken apart."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from impact.errors import InputWarning
from impact.phrases import phrase
from impact.show import canvas, fonts, regression, scale
from impact.show.canvas import BLUE, GREY, SAND, Outcome, Words
from impact.show.room import Room
from impact.show.text import short, stems
from impact.show.words import WORDS

if TYPE_CHECKING:
    from impact.show.maps import Map

COHORT_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")  # Okabe and Ito
MARKERS = "osD^vPX"  # one more than the colours, so that 42 cohorts look different
MAP_DPI = 110  # dots of a map's png to the inch: with more, a page with six of them would be too large
IN_A_ROW = 3  # entries of a legend


def draw_all(place: Path, language: str = "") -> None:
    """Draw every figure of a folder of results from the tables in it, as svg and png; without a language in the study's."""
    room = Room.read(place, language)
    room.figures.mkdir(exist_ok=True)
    stem = stems([outcome["name"] for outcome in room.outcomes])
    with mpl.rc_context({**canvas.STYLE, "font.family": fonts.families()}):
        for outcome in room.outcomes:
            for name, figure in _figures(room, outcome, WORDS[room.language]):
                canvas.save(figure, room.figures / f"{name}-{stem[outcome['name']]}", room.simulated)
    for kind, outcome in room.maps():
        drawn = _map(room, kind, outcome)
        for end in (".svg", ".png"):
            drawn.save(room.figures / f"map-{kind}-{stem[outcome['name']]}{end}", dpi=MAP_DPI)
    _note_unwritable(room.outcomes)


def _figures(room: Room, outcome: Outcome, words: Words) -> Iterator[tuple[str, Figure]]:
    """Go through the figures of an outcome for which there are numbers."""
    name = outcome["name"]
    event, pairs, weights = room.frame(name, "event_time"), room.of("bacon", name), room.of("twfe_weights", name)
    if len(event):
        yield "event-study", event_study(event, outcome, words, room.confidence)
    yield "paths", outcome_paths(room.of("paths", name), outcome, words)
    if len(pairs):
        yield "bacon", regression.comparisons(pairs, room.coefficient(name)["estimate"], outcome, words)
    if len(weights):
        yield "weights", regression.weights(weights, outcome, words)


def _map(room: Room, kind: str, outcome: Outcome) -> Map:
    """Draw the effects by region: on the boundaries that were fetched, else on tiles."""
    from impact.regions import boundaries
    from impact.show import maps  # takes seconds to load, and few studies have a map

    title = phrase("map.effect_on", room.language, name=outcome["name"])
    table, tiles = room.regions(outcome["name"]), boundaries.cached("light") is None
    return maps.draw(
        table,
        "region",
        kind,
        title=title,
        tiles=tiles,
        language=room.language,
        percent=scale.is_percent(outcome),
        unit=outcome["unit"],
    )


def event_study(table: pd.DataFrame, outcome: Outcome, words: Words, confidence: str) -> Figure:
    """Draw effects by event time: points, pointwise intervals as lines, the uniform band behind them."""
    figure, axes = canvas.blank(3.5, below=0.06)
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
    _written(axes, words["effect"], words["since"], canvas.unit(outcome, words), outcome)
    said = [words["both"].format(confidence=confidence), *([words["suppressed"]] if hidden.any() else [])]
    canvas.note(figure, said)
    return figure


def outcome_paths(table: pd.DataFrame, outcome: Outcome, words: Words) -> Figure:
    """Draw mean outcomes by cohort and period; the first supported period is marked on its cohort's path."""
    cohorts = sorted(
        table["cohort"].unique(), key=lambda name: (name == "never", name if name == "never" else int(name))
    )
    figure, axes = canvas.blank(3.1 + 0.22 * -(-len(cohorts) // IN_A_ROW))
    for position, cohort in enumerate(cohorts):
        _path(axes, table[table["cohort"] == cohort], cohort, position, words)
    _written(axes, words["mean"], words["period"], canvas.measure(outcome, words), outcome)
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


def _written(axes: Axes, title: str, below: str, beside: str, outcome: Outcome) -> None:
    """Write around axes that go over whole periods."""
    canvas.label(axes, title, below, beside, outcome)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _note_unwritable(outcomes: list[dict[str, Any]]) -> None:
    signs = fonts.unwritable(short("".join(f"{outcome['name']}{outcome['unit']}" for outcome in outcomes), 10**6))
    if signs:
        warnings.warn(
            f"No font here can write {', '.join(signs[:5])}: figures show {fonts.BOX} instead. Install a font that can (the "
            'extra "reports" brings one for Korean), or write the names and units of outcomes otherwise.',
            InputWarning,
            stacklevel=2,
        )
