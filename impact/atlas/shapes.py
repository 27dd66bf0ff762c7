"""Shapes as paths of whole numbers: simplified as one coverage, with frames and borders.

A unit of a path is `GRID` metres; x grows to the right and y downwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import shapely

from impact.atlas import frames
from impact.atlas.frames import Frame
from impact.atlas.words import both, text
from impact.regions.boundaries import Boundaries

GRID = 50.0  # metres
MOST_POINTS = 30_000  # of all shapes: about 200 KB
TOLERANCES = (0.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0)  # metres; the first that gives few enough points
MARGIN = 12_000.0
LONGEST_CREDIT = 4_000  # columns; the words that must stand on a map are not cut
Place = tuple[float, float]


def drawn(boundaries: Boundaries, units: pd.DataFrame) -> dict[str, Any]:
    """Return paths, points and sizes in the order of the units, borders of provinces, frames, and who must be named.

    units: `code` and `province_code`. A unit without a shape has None for its path.
    """
    of = _simplified(boundaries)
    shapes = [of.get(code) for code in units["code"]]
    elsewhere = frames.found(boundaries, _known(shapes))
    moved = [None if shape is None else frames.moved(shape, elsewhere) for shape in shapes]
    bounds = _around(_known(moved), elsewhere)
    grid = [None if shape is None else _on_grid(shape, bounds) for shape in moved]
    inner = [None if shape is None else _inner(shape) for shape in grid]
    return {
        "size": [_length(bounds[2] - bounds[0]), _length(bounds[3] - bounds[1])],
        "paths": [None if shape is None else _path(shape) for shape in grid],
        "points": [None if found is None else found[:2] for found in inner],
        "radii": [None if found is None else found[2] for found in inner],
        "borders": _borders(grid, units["province_code"]),
        "labels": _labels(grid, units["province_code"]),
        "frames": [_framed(frame, bounds, moved) for frame in elsewhere],
        "attribution": both(lambda language: text(boundaries.attribution.said(language), LONGEST_CREDIT)),
    }


def _simplified(boundaries: Boundaries) -> dict[str, Any]:
    """Return shapes by code in metres, with as many vertices as a page can carry; shared borders stay shared."""
    metric = boundaries.metric
    whole = metric.geometry.to_numpy()
    for tolerance in TOLERANCES:
        lighter = shapely.coverage_simplify(whole, tolerance) if tolerance else whole
        if shapely.get_num_coordinates(lighter).sum() <= MOST_POINTS:
            break
    return dict(zip(metric["code"], lighter, strict=True))


def _known(shapes: Iterable[shapely.Geometry | None]) -> list[shapely.Geometry]:
    return [shape for shape in shapes if shape is not None]


def _around(moved: Iterable[shapely.Geometry], elsewhere: Iterable[Frame]) -> Sequence[float]:
    """Return the bounds of everything that is drawn, with a margin."""
    left, bottom, right, top = shapely.total_bounds([*moved, *(frame.to for frame in elsewhere)])
    return left - MARGIN, bottom - MARGIN, right + MARGIN, top + MARGIN


def _framed(frame: Frame, bounds: Sequence[float], moved: Iterable[shapely.Geometry | None]) -> dict[str, Any]:
    """Return the names of a frame and where it is; of one that is drawn larger also from where, and the regions seen in it."""
    to = {**frame.names, "to": _rectangle(frame.to, bounds)}
    if frame.remote:
        return {**to, "of": None}
    seen = [at for at, shape in enumerate(moved) if shape is not None and frame.box.intersects(shape)]
    return {**to, "of": _rectangle(frame.box, bounds), "units": seen}


def _rectangle(box: shapely.Polygon, bounds: Sequence[float]) -> list[int]:
    """Return left, top, width and height on the grid."""
    left, bottom, right, top = box.bounds
    return [_length(left - bounds[0]), _length(bounds[3] - top), _length(right - left), _length(top - bottom)]


def _length(metres: float) -> int:
    return round(metres / GRID)


# ---- paths ---------------------------------------------------------------------------------------------------------


def _on_grid(shape: shapely.Geometry, bounds: Sequence[float]) -> shapely.Geometry:
    """Put vertices on the grid; a ring that closes up is left out, but never the last one of a unit."""
    put = shapely.transform(
        shape, lambda at: np.round(np.column_stack([at[:, 0] - bounds[0], bounds[3] - at[:, 1]]) / GRID)
    )
    kept = [part for part in shapely.get_parts(put) if len({*map(tuple, part.exterior.coords)}) > 2]
    if kept:
        return shapely.multipolygons(kept)
    x, y = shapely.get_parts(put)[0].exterior.coords[0]
    return shapely.multipolygons([shapely.box(x, y, x + 2, y + 2)])


def _path(shape: shapely.Geometry) -> str:
    """Return an SVG path in steps from vertex to vertex, which are short numbers."""
    return "".join(_steps(ring) + "z" for part in shape.geoms for ring in (part.exterior, *part.interiors))


def _steps(line: Any, closed: bool = True) -> str:
    at = np.asarray(line.coords).astype(int)
    at = at[np.r_[True, (np.diff(at, axis=0) != 0).any(axis=1)]]
    steps = np.diff(at[:-1] if closed else at, axis=0)
    return f"M{at[0, 0]} {at[0, 1]}" + ("l" + _numbers(steps.ravel()) if len(steps) else "")


def _numbers(values: np.ndarray) -> str:
    """Write numbers with a space only where no minus sign parts them."""
    return "".join(f"{value}" if value < 0 or not at else f" {value}" for at, value in enumerate(values.tolist()))


def _inner(shape: shapely.Geometry) -> list[int]:
    """Return a point inside the largest part and how far the border is from it: where a name finds most room."""
    largest = max(shape.geoms, key=shapely.area)
    circle = shapely.maximum_inscribed_circle(shapely.make_valid(largest), 10)
    (x, y), *_ = circle.coords
    return [round(x), round(y), round(circle.length)]


# ---- provinces -----------------------------------------------------------------------------------------------------


def _borders(grid: Iterable[shapely.Geometry | None], province: pd.Series) -> str:
    """Return the borders between provinces as one path: edges that two units of different provinces have."""
    of: dict[tuple[Place, Place], set[str]] = {}
    for shape, name in zip(grid, province, strict=True):
        for edge in () if shape is None else _edges(shape):
            of.setdefault(edge, set()).add(name)
    between = [edge for edge, names in of.items() if len(names) > 1]
    if not between:
        return ""
    lines = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(between)))
    return "".join(_steps(line, closed=False) for line in lines)


def _edges(shape: shapely.Geometry) -> Iterator[tuple[Place, Place]]:
    for part in shape.geoms:
        for ring in (part.exterior, *part.interiors):
            edges = pairwise(map(tuple, ring.coords))
            yield from ((min(edge), max(edge)) for edge in edges if edge[0] != edge[1])


def _labels(grid: Sequence[shapely.Geometry | None], province: pd.Series) -> list[list[int] | None]:
    """Return where the name of each province finds most room, in the order in which provinces first appear."""
    of: dict[str, list[shapely.Geometry]] = {}
    for shape, name in zip(grid, province, strict=True):
        of.setdefault(name, []).extend([] if shape is None else [shape])
    return [_inner(_whole(mine)) if mine else None for mine in of.values()]


def _whole(shapes: list[shapely.Geometry]) -> shapely.Geometry:
    parts = shapely.get_parts(shapely.union_all(shapely.make_valid(shapes)))
    return shapely.multipolygons([part for part in parts if part.geom_type == "Polygon"])
