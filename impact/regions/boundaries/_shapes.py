"""Shapes that fit together: repaired, joined, simplified and rounded, always all at once so that shared borders stay shared.

Simplified one at a time, neighbours would have different borders where they had one, and no longer be neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from impact.errors import InputError, first_five

Shapes = npt.NDArray[np.object_]
TURNS = 5  # rounding moves vertices, and what it breaks is repaired and rounded again


def are_sound(shapes: Shapes) -> bool:
    """Tell whether all are polygons, valid, nowhere overlapping, and with the same vertices on both sides of shared borders."""
    areas = np.isin(shapely.get_type_id(shapes), [shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON])
    return bool(areas.all() and shapely.is_valid(shapes).all() and shapely.coverage_is_valid(shapes))


def made_valid(shapes: Shapes) -> Shapes:
    """Mend shapes that cross themselves, each for itself; what collapsed to a line or a point goes."""
    return np.array([_polygons(one) for one in shapely.make_valid(shapes, method="structure", keep_collapsed=False)])


def _polygons(shape: shapely.Geometry) -> shapely.Geometry:
    """Return the polygons of a shape, which a repair may mix with lines."""
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def fitted(shapes: Shapes) -> Shapes:
    """Give overlaps to one of the two, and shared borders the same vertices on both sides."""
    return shapely.coverage_clean(shapes)


def unmatched(shapes: Shapes) -> float:
    """Return the length of borders that do not match those of the neighbour."""
    return float(shapely.length(shapely.coverage_invalid_edges(shapes)).sum())


def joined(shapes: Shapes, labels: Iterable[str]) -> pd.Series:
    """Join the shapes of each label into one."""
    return pd.Series(shapes).groupby(list(labels)).agg(lambda of: shapely.coverage_union_all(of.to_numpy()))


def without_islets(shapes: Shapes, smallest: float) -> tuple[Shapes, npt.NDArray[np.int_]]:
    """Leave out parts with an area below `smallest`, never the largest of a shape; also return how many of each."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    area = pd.Series(shapely.area(parts))
    kept = ((area >= smallest) | (area == area.groupby(owner).transform("max"))).to_numpy()
    left = shapely.multipolygons(parts[kept], indices=owner[kept])
    alone = shapely.get_num_geometries(left) == 1
    return np.where(alone, shapely.get_geometry(left, 0), left), np.bincount(owner[~kept], minlength=len(shapes))


def simplified(shapes: Shapes, tolerance: float) -> Shapes:
    """Leave out vertices of borders, of shared ones the same on both sides (Visvalingam and Whyatt 1993)."""
    return shapely.coverage_simplify(shapes, tolerance)


def rounded(shapes: pd.Series, decimals: int) -> pd.Series:
    """Round coordinates until what comes of it is sound; raises InputError where it never is."""
    made = shapes.to_numpy()
    for _ in range(TURNS):
        made = shapely.transform(made, lambda points: points.round(decimals))
        if are_sound(made):
            break
        made = fitted(made_valid(made))
    lost = shapely.is_empty(made) | ~shapely.is_valid(made) | ~shapely.is_empty(shapely.coverage_invalid_edges(made))
    if lost.any():
        raise InputError(
            f"Every unit must keep a shape that fits its neighbours; at {decimals} decimals of degrees these do not: "
            f"{first_five(shapes.index[lost])}. Ask for more detail."
        )
    return pd.Series(made, shapes.index)
