"""Drawing: shapes in the colours of their classes, province outlines and names, insets, a legend with counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox

from impact.publish.phrases import phrase
from impact.show import canvas, fonts
from impact.show.maps.classes import STATES, Class
from impact.show.maps.kinds import Layer
from impact.show.maps.places import Inset, Places
from impact.show.text import short

INK, LINE, EDGE = "#333333", "#ffffff", "#8a8a8a"
UNSURE = "////"
REMOTE = 0.015, 0.545  # where remote islands are drawn: in the sea to the left and to the right
HALO = [withStroke(linewidth=1.8, foreground="white")]
Place = tuple[float, float, float, float]


@dataclass(frozen=True)
class Sheet:
    """One map of a page: a layer, the code of each of its rows, and a title."""

    layer: Layer
    codes: pd.Series
    title: str = ""


def single(sheet: Sheet, places: Places, width: float, language: str) -> Figure:
    """Draw one map with its insets to the right, and the legend below them."""
    figure = Figure(figsize=(width, width * (0.98 if places.tiled else 1.06)))
    main = _axes(figure, (0.01, 0.07, 0.66, 0.86))
    _shapes(main, places.shapes, sheet, True)
    _provinces(main, places)
    if places.tiled:
        _unit_names(main, places.shapes, places.name, width)
    below = _insets(figure, places, sheet, width, language)
    regions = places.shapes.index.union(places.remote)
    _legend(figure, sheet, regions, (0.69, 0.07, 0.3, below - 0.09), language)
    _around(figure, sheet, places)
    return figure


def several(sheets: Sequence[Sheet], places: Places, width: float, language: str) -> Figure:
    """Draw small maps side by side that share one legend."""
    columns = min(3, len(sheets))
    rows = -(-len(sheets) // columns)
    side = width / columns
    high = rows * side * 1.25 + 1.6
    figure = Figure(figsize=(width, high))
    for i, sheet in enumerate(sheets):
        left, top = (i % columns) / columns, 1 - 0.4 / high - (i // columns) * side * 1.25 / high
        axes = _axes(figure, (left + 0.01, top - side * 1.2 / high, 1 / columns - 0.02, side * 1.1 / high))
        _shapes(axes, places.shapes, sheet, not places.tiled)
        for outline in places.outlines:
            _lines(axes, outline, 0.5)
        axes.set_title(fonts.writable(short(sheet.title, 26)), fontsize=9, loc="left", parse_math=False)
    _legend(figure, sheets[0], None, (0.02, 0.06, 0.96, 1.05 / high), language, across=True)
    _around(figure, Sheet(sheets[0].layer, sheets[0].codes, ""), places)
    return figure


# ---- shapes --------------------------------------------------------------------------------------------------------


def _axes(figure: Figure, place: Place) -> Axes:
    axes = figure.add_axes(place)
    axes.set_aspect("equal")
    axes.set_axis_off()
    return axes


def _shapes(axes: Axes, shapes: pd.Series, sheet: Sheet, lines: bool) -> None:
    """Fill shapes class by class, then hatch; a region without a row has no data."""
    layer = sheet.layer
    of = pd.Series(layer.position, sheet.codes).reindex(shapes.index, fill_value=len(layer.classes) - 1)
    for position, one in enumerate(layer.classes):
        mine = shapes[(of == position).to_numpy()]
        if len(mine):
            _fill(axes, mine, one, lines)
    unsure = pd.Series(layer.unsure, sheet.codes) if len(layer.unsure) else pd.Series(dtype=bool)
    _hatch(axes, shapes[shapes.index.isin(unsure.index[unsure.astype(bool)])], UNSURE, "#555555", 0.55)
    box = shapely.total_bounds(shapes.to_numpy())
    margin = 0.01 * (box[3] - box[1])
    axes.set_xlim(box[0] - margin, box[2] + margin)
    axes.set_ylim(box[1] - margin, box[3] + margin)


def _fill(axes: Axes, shapes: pd.Series, one: Class, lines: bool) -> None:
    pale = one.colour in ("#ffffff", "#f7f7f7")
    edge = {"edgecolor": EDGE if pale else LINE, "lw": 0.25 if lines else 0}
    axes.add_patch(PathPatch(_path(shapes), facecolor=one.colour, zorder=1, **edge))
    _hatch(axes, shapes, one.hatch, "#ffffff" if _dark(one.colour) else "#777777", 0.8)


def _hatch(axes: Axes, shapes: pd.Series, hatch: str, colour: str, alpha: float) -> None:
    if hatch and len(shapes):
        axes.add_patch(
            PathPatch(_path(shapes), facecolor="none", edgecolor=colour, hatch=hatch, lw=0, alpha=alpha, zorder=2)
        )


def _path(shapes: Iterable[shapely.Geometry]) -> Path:
    """Return all shapes as one path, holes and all."""
    rings = [
        np.asarray(ring.coords)[:, :2]
        for shape in shapes
        for part in shapely.get_parts(shape)
        if part.geom_type == "Polygon"
        for ring in (part.exterior, *part.interiors)
    ]
    return Path.make_compound_path(*(Path(ring, closed=True) for ring in rings)) if rings else Path(np.zeros((0, 2)))


def _lines(axes: Axes, shape: shapely.Geometry, lw: float) -> None:
    axes.add_patch(PathPatch(_path([shape]), facecolor="none", edgecolor=INK, lw=lw, zorder=3))


def _dark(colour: str) -> bool:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue < 120


# ---- what is written -----------------------------------------------------------------------------------------------


def _provinces(axes: Axes, places: Places) -> None:
    """Outline provinces, and write their names where they touch no other name, the largest first."""
    for outline in places.outlines:
        _lines(axes, outline, 0.8)
    if places.tiled:
        for name, point in places.labels.items():
            _on_tiles(axes, point, str(name))
        return
    figure = axes.figure
    figure.canvas.draw()
    taken: list[Bbox] = []
    order = places.outlines.map(shapely.area).sort_values(ascending=False).index
    for name in order:
        point = places.labels[name]
        _written(axes, point.x, point.y, str(name), taken)


def _on_tiles(axes: Axes, point: shapely.Point, name: str) -> None:
    """Write the name of a province along the upper edge of its longest row of tiles, above the names of units."""
    text = axes.text(
        point.x, point.y, fonts.writable(name), fontsize=4.8, color="#111111", ha="center", va="top", zorder=5
    )
    text.set_path_effects([withStroke(linewidth=1.4, foreground="white")])


def _written(axes: Axes, x: float, y: float, name: str, taken: list[Bbox]) -> None:
    """Write a name at a point or just beside it; the first place where it touches no other."""
    text = axes.text(
        x, y, fonts.writable(name), fontsize=7.5, color=INK, ha="center", va="center", zorder=5,
        path_effects=HALO, parse_math=False,
    )  # fmt: skip
    high = axes.get_ylim()[1] - axes.get_ylim()[0]
    for right, up in (
        (0, 0),
        (0, 0.03),
        (0, -0.03),
        (0.06, 0),
        (-0.06, 0),
        (0.06, 0.03),
        (-0.06, -0.03),
        (0, 0.06),
        (0, -0.06),
    ):
        text.set_position((x + right * high, y + up * high))
        box = text.get_window_extent().expanded(1.02, 1.05)
        if not any(box.overlaps(other) for other in taken):
            taken.append(box)
            return
    text.remove()


def _unit_names(axes: Axes, shapes: pd.Series, names: pd.Series, width: float) -> None:
    """Write the first letters of each unit's name into its tile."""
    for code, shape in shapes.items():
        point, name = shape.centroid, _letters(str(names.get(code, code)))
        axes.text(
            point.x, point.y, fonts.writable(name), fontsize=(0.68 if ord(name[0]) > 0x2E80 else 0.58) * width,
            ha="center", va="center", zorder=4, color=INK, path_effects=[withStroke(linewidth=1.2, foreground="white")], parse_math=False,
        )  # fmt: skip


def _letters(name: str) -> str:
    """Return what fits into a tile: two Korean letters without 시, 군 or 구, or four others."""
    if ord(name[0]) <= 0x2E80:
        return name[:4]
    core = name[:-1] if len(name) > 2 and name[-1] in "시군구" else name
    return core[:2]


def _insets(figure: Figure, places: Places, sheet: Sheet, width: float, language: str) -> float:
    """Draw the larger insets to the right and remote islands into the sea; return where they end."""
    top = 0.93
    for inset in places.insets:
        if inset.remote:
            continue
        axes = _axes(figure, (0.69, top - 0.3, 0.3, 0.29))
        _framed(axes, inset, sheet, places, width)
        top -= 0.33
    for i, inset in enumerate(one for one in places.insets if one.remote):
        axes = _axes(figure, (REMOTE[i % 2], 0.815, 0.12, 0.09))
        _framed(axes, inset, sheet, places, width)
    return top


def _framed(axes: Axes, inset: Inset, sheet: Sheet, places: Places, width: float) -> None:
    _shapes(axes, inset.shapes, sheet, True)
    if not inset.remote:
        for name in places.province[places.province.index.isin(inset.shapes.index)].unique():
            mine = inset.shapes[(places.province.reindex(inset.shapes.index) == name).to_numpy()]
            _lines(axes, shapely.union_all(mine.to_numpy()), 0.6)
        _inset_names(axes, inset, places, width)
    low, high = axes.get_xlim(), axes.get_ylim()
    axes.add_patch(
        Rectangle((low[0], high[0]), low[1] - low[0], high[1] - high[0], fill=False, ec=EDGE, lw=0.7, zorder=6)
    )
    axes.set_title(fonts.writable(inset.name), fontsize=7, pad=2, color=INK)


def _inset_names(axes: Axes, inset: Inset, places: Places, width: float) -> None:
    """Write the names of units into their shapes, the largest first, where they touch no other; only short names fit."""
    axes.figure.canvas.draw()
    taken: list[Bbox] = []
    for code in sorted(inset.shapes.index, key=lambda one: -shapely.area(inset.shapes[one])):
        name = _letters(str(places.name.get(code, code)))
        if ord(name[0]) <= 0x2E80:
            continue
        x, y = shapely.maximum_inscribed_circle(_polygon(inset.shapes[code])).coords[0]
        text = axes.text(
            x, y, fonts.writable(name), fontsize=0.68 * width, ha="center", va="center", zorder=4, color=INK
        )
        text.set_path_effects([withStroke(linewidth=1, foreground="white")])
        box = text.get_window_extent()
        if any(box.overlaps(other) for other in taken):
            text.remove()
        else:
            taken.append(box)


def _polygon(shape: shapely.Geometry) -> shapely.Geometry:
    return max(shapely.get_parts(shape), key=shapely.area)


def _legend(
    figure: Figure, sheet: Sheet, regions: pd.Index | None, place: Place, language: str, across: bool = False
) -> None:
    """Write every class with how many regions are in it; two variables have a square of their own.

    regions: all of the map, for the counts; None leaves them out, as of several maps.
    """
    layer, axes = sheet.layer, figure.add_axes(place)
    axes.set_axis_off()
    n = np.bincount(layer.position, minlength=len(layer.classes))
    if regions is not None:
        n[-1] += len(regions.difference(pd.Index(sheet.codes)))
    own = len(layer.classes) - len(STATES)
    shown = [i for i in range(len(layer.classes)) if n[i] or (i < own and not layer.square)]
    if layer.square:
        shown = [i for i in shown if i >= own]
        _square(figure, layer, n, place, language)
    handles = [_patch(layer.classes[i], "" if regions is None else f" ({n[i]:,})") for i in shown]
    if len(layer.unsure) and layer.unsure.any():
        unsure = Class("unsure", phrase("map.unsure", language), "#ffffff", UNSURE)
        handles.append(_patch(unsure, "" if regions is None else f" ({int(layer.unsure.sum()):,})"))
    style = {"frameon": False, "alignment": "left", "borderaxespad": 0, "handlelength": 1.7, "labelspacing": 0.45}
    axes.legend(
        handles=handles,
        title="" if layer.square else "\n".join(map(fonts.writable, _wrapped(layer.heading, 30))),
        loc="lower left" if layer.square else "upper left",
        ncols=3 if across else 1,
        fontsize=7.2,
        title_fontsize=8,
        handleheight=1.2,
        **style,
    )


def _patch(one: Class, count: str) -> Patch:
    label = fonts.writable(short(one.label, 34)).replace("$", r"\$") + count
    edge = "#ffffff" if _dark(one.colour) else "#777777"
    return Patch(facecolor=one.colour, edgecolor=edge if one.hatch else EDGE, hatch=one.hatch, lw=0.4, label=label)


def _square(figure: Figure, layer: Layer, n: np.ndarray, place: Place, language: str) -> None:
    """Draw the legend of two variables: effects across, risk upwards, the count in every field."""
    k, side = layer.square, min(0.2, place[3] * 0.6)
    axes = figure.add_axes((place[0] + 0.07, place[1] + place[3] - side - 0.06, side, side))
    for i, one in enumerate(layer.classes[: k * k]):
        row, column = divmod(i, k)
        axes.add_patch(Rectangle((column, row), 1, 1, facecolor=one.colour, edgecolor="white", lw=1, hatch=one.hatch))
        axes.text(
            column + 0.5,
            row + 0.5,
            f"{n[i]}",
            ha="center",
            va="center",
            fontsize=7,
            color="white" if _dark(one.colour) else INK,
        )
    names = [
        phrase(f"map.{key}", language)
        for key in ("two_below", "two_open", "two_above", "two_low", "two_caution", "two_risk")
    ]
    axes.set_xticks(
        np.arange(k) + 0.5, [fonts.writable(name) for name in names[:k]], fontsize=6, rotation=20, ha="right"
    )
    axes.set_yticks(np.arange(k) + 0.5, [fonts.writable(name) for name in names[k:]], fontsize=6)
    axes.set(xlim=(0, k), ylim=(0, k), aspect="equal")
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_title(fonts.writable(layer.heading), fontsize=8, loc="left", x=-0.4)


def _around(figure: Figure, sheet: Sheet, places: Places) -> None:
    """Write the title above, and below how to read it and who made the boundaries."""
    figure.text(0.015, 0.985, fonts.writable(short(sheet.title, 70)), fontsize=11.5, va="top", parse_math=False)
    width = figure.get_figwidth()
    said = [fonts.writable(one) for one in (sheet.layer.note, places.attribution) if one]
    lines = [line for one in said for line in _wrapped(one, int(19 * width))]
    figure.text(
        0.015, 0.008, "\n".join(lines), fontsize=5.8, color=canvas.GREY, va="bottom", linespacing=1.25, parse_math=False
    )


def _wrapped(text: str, wide: int) -> list[str]:
    """Break a text into lines of so many columns; a Korean letter takes two."""
    lines, left = [], text
    while left:
        piece = short(left, wide).removesuffix("…")
        cut = piece if len(piece) == len(left) else piece[: piece.rfind(" ")] if " " in piece else piece
        lines.append(cut)
        left = left[len(cut) :].strip()
    return lines
