"""Ink: shapes in the colours and hatches of their classes, borders of regions and of provinces."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from impact.show.maps.classes import Class
from impact.show.maps.page import INK, View

REGION, PROVINCE, FRAME = "#8f8f8f", "#222222", "#777777"
FILLED, HATCHED, BORDERED, OUTLINED = 1, 2, 3, 4  # what lies above what
UNSURE = "----"


@dataclass(frozen=True)
class Shown:
    """What one map shows: the position of each region's class, by code, and which regions are unsure."""

    classes: list[Class]
    at: pd.Series
    unsure: pd.Index


def regions(axes: Axes, shapes: pd.Series, shown: Shown, lw: float) -> None:
    """Fill shapes class by class, hatch them, and draw the border of each."""
    mine = shown.at.reindex(shapes.index)
    for position, one in enumerate(shown.classes):
        _fill(axes, shapes[(mine == position).to_numpy()], one)
    _hatch(axes, shapes[shapes.index.isin(shown.unsure)], UNSURE, "#444444")
    axes.add_artist(PathPatch(_path(shapes), facecolor="none", edgecolor=REGION, lw=lw, zorder=BORDERED))


def outline(axes: Axes, shape: shapely.Geometry, lw: float) -> None:
    """Draw borders of provinces: lines, or the rings of polygons."""
    path = _path([shape]) if shapely.get_dimensions(shape) == 2 else _lines(shape)
    axes.add_artist(PathPatch(path, facecolor="none", edgecolor=PROVINCE, lw=lw, zorder=OUTLINED, capstyle="round"))


def line(one: Class) -> str:
    """Return the colour of the hatch of a class: its own, or one that is seen on the class's colour."""
    return one.line or ("#ffffff" if is_dark(one.colour) else "#6e6e6e")


def lettering(shown: Shown, code: str) -> dict[str, Any]:
    """Return how a name is written on a region: in white or black, over its colour where it could not be read."""
    one = shown.classes[int(shown.at[code])]
    dark = is_dark(one.colour)
    over = {"bbox": {"facecolor": one.colour, "lw": 0, "pad": 0.5}} if dark or one.hatch or code in shown.unsure else {}
    return {"color": "#ffffff" if dark else INK, **over}


def is_dark(colour: str) -> bool:
    """Tell whether white letters are read better on a colour than black ones."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue < 130


def bounds(shapes: Iterable[shapely.Geometry], margin: float = 0.01) -> View:
    """Return what shapes take, with a margin that is a share of the larger side."""
    x0, y0, x1, y1 = shapely.total_bounds(list(shapes))
    more = margin * max(x1 - x0, y1 - y0)
    return x0 - more, y0 - more, x1 + more, y1 + more


def seen(shapes: pd.Series, view: View) -> pd.Series:
    """Return the parts of shapes that a view shows."""
    inside = pd.Series(shapely.clip_by_rect(shapes.to_numpy(), *view), shapes.index)
    return inside[shapely.area(inside.to_numpy()) > 0]


def borders(outlines: pd.Series) -> shapely.Geometry:
    """Return the lines that parts of the whole share; the coast is not among them."""
    shapes = outlines.to_numpy()
    coast = shapely.boundary(shapely.coverage_union_all(shapes))
    return shapely.difference(shapely.union_all(shapely.boundary(shapes)), coast)


def _fill(axes: Axes, shapes: pd.Series, one: Class) -> None:
    if len(shapes):
        axes.add_artist(PathPatch(_path(shapes), facecolor=one.colour, lw=0, zorder=FILLED))
        _hatch(axes, shapes, one.hatch, line(one))


def _hatch(axes: Axes, shapes: pd.Series, hatch: str, colour: str) -> None:
    if hatch and len(shapes):
        path = _path(shapes)
        axes.add_artist(PathPatch(path, facecolor="none", edgecolor=colour, hatch=hatch, lw=0, zorder=HATCHED))


def _path(shapes: Iterable[shapely.Geometry]) -> Path:
    """Return all shapes as one path, holes and all."""
    parts = shapely.get_parts(shapely.get_parts(np.array(list(shapes), dtype=object)))
    rings = shapely.get_rings(parts[shapely.get_dimensions(parts) == 2])
    return _joined([Path(shapely.get_coordinates(ring), closed=True) for ring in rings])


def _lines(shape: shapely.Geometry) -> Path:
    parts = shapely.get_parts(shapely.line_merge(shape) if shape.geom_type == "MultiLineString" else shape)
    return _joined([Path(shapely.get_coordinates(part)) for part in parts if len(part.coords)])


def _joined(paths: list[Path]) -> Path:
    return Path.make_compound_path(*paths) if paths else Path(np.zeros((0, 2)))
