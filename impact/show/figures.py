"""Figures of a study, drawn from its tables: the event study with both bands, paths of outcomes, a regression taken apart."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from impact.errors import InputWarning
from impact.phrases import phrase
from impact.show import canvas, fonts, groups, heat, regression, scale, timeline
from impact.show.canvas import BLUE, GREY, SAND, SERIES, Outcome, Words
from impact.show.room import Room
from impact.show.text import short
from impact.show.words import WORDS

if TYPE_CHECKING:
    from impact.show.maps import Map

MARKERS = "osD^vPX"  # one more than the colours, so that 42 cohorts look different
MAP_DPI = 110  # dots of a map's png to the inch: with more, a page with six of them would be too large
IN_A_ROW = 3  # entries of a legend
Drawing = TypeVar("Drawing", bound=Callable[..., Any])


def draw_all(place: Path, language: str = "", missing: bool = False) -> None:
    """Draw every figure of a folder of results from the tables in it, as svg and png; without a language in the study's.

    missing: draw those that are not there, as an earlier version may have left them out.
    """
    room = Room.read(place, language)
    room.figures.mkdir(exist_ok=True)
    lacking = [*_lacking(room, _figures(room), missing)]
    with canvas.drawing():
        for name, figure in lacking:
            canvas.save(figure(), room.figures / name, room.simulated)
    for name, drawn in _lacking(room, _maps(room), missing):
        of = drawn()
        for end in (".svg", ".png"):
            of.save(room.figures / f"{name}{end}", dpi=MAP_DPI)
    if lacking:
        _note_unwritable(room.outcomes)


def _lacking(room: Room, planned: Iterator[tuple[str, Drawing]], missing: bool) -> Iterator[tuple[str, Drawing]]:
    """Leave out what is there already, where only what is missing is asked for."""
    return ((name, draw) for name, draw in planned if not (missing and room.drawn(name)))


def _figures(room: Room) -> Iterator[tuple[str, Callable[[], Figure]]]:
    """Go through the figures for which there are numbers: the name of each, and what draws it."""
    words = WORDS[room.language]
    yield "timeline", partial(timeline.timeline, room.tables["paths"], words)
    for outcome in room.outcomes:
        stem = room.stem(outcome)
        yield from ((f"{name}-{stem}", figure) for name, figure in _of(room, outcome, words))


def _of(room: Room, outcome: Outcome, words: Words) -> Iterator[tuple[str, Callable[[], Figure]]]:
    """Go through the figures of an outcome for which there are numbers."""
    name, confidence = outcome["name"], room.confidence
    pairs, weights = room.of("bacon", name), room.of("twfe_weights", name)
    event, cells, apart = (room.frame(name, kind) for kind in ("event_time", "cell", "subgroup"))
    if len(event):
        yield "event-study", partial(event_study, event, outcome, words, confidence)
    if len(cells):
        yield "heat", partial(heat.heat, cells, outcome, words, confidence)
    if groups.drawable(apart):
        yield "groups", partial(groups.groups, apart, outcome, words, confidence)
    yield "paths", partial(outcome_paths, room.of("paths", name), outcome, words)
    if len(pairs):
        coefficient = room.coefficient(name)["estimate"]
        yield "bacon", partial(regression.comparisons, pairs, coefficient, outcome, words)
    if len(weights):
        yield "weights", partial(regression.weights, weights, outcome, words)


def _maps(room: Room) -> Iterator[tuple[str, Callable[[], Map]]]:
    """Go through the maps in the same way."""
    for kind, outcome in room.maps():
        yield f"map-{kind}-{room.stem(outcome)}", partial(_map, room, kind, outcome)


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
    colour, marker = SERIES[position % len(SERIES)], MARKERS[position % len(MARKERS)]
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
