"""Frames: remote islands brought near, and a crowded area drawn once more and larger, each where there is sea on the map.

Which parts of a country these are stands in `data/regions/insets.toml`, for printed maps as for the atlas.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from impact import where
from impact.atlas.words import LANGUAGES, text
from impact.regions.boundaries import Boundaries

SEA = 4_000.0  # metres around shapes and frames
SMALL = 2_500.0  # metres; an islet that is brought near is shown at least so large
REMOTE, LARGEST = 0.9, 3.0  # times, of what is brought near and, where there is room, of what is drawn larger
STEP = 5_000.0  # metres between places that are tried
BELOW, BESIDE = 0.1, 0.06  # of the height and the width, by which the sheet may grow downwards and to the right


@dataclass(frozen=True)
class Frame:
    """A part that is drawn elsewhere: its names, whether only there, its own box, and the box in which it is drawn (metres)."""

    names: dict[str, str]
    remote: bool
    box: shapely.Polygon
    to: shapely.Polygon

    @property
    def scale(self) -> float:
        """Return how many times larger it is drawn."""
        return float((self.to.bounds[2] - self.to.bounds[0]) / (self.box.bounds[2] - self.box.bounds[0]))


def found(boundaries: Boundaries, shapes: list[shapely.Geometry]) -> list[Frame]:
    """Find room for every part that is drawn elsewhere; a country without a list of them has none."""
    if boundaries.system is None or boundaries.system.folder is not None:
        return []
    listed = tomllib.loads(where.data("regions", "insets.toml").read_text(encoding="utf-8"))["inset"]
    boxes = gpd.GeoSeries([_box(one) for one in listed], crs="EPSG:4326").to_crs(boundaries.metric.crs)
    parts = shapely.get_parts(np.array(shapes, dtype=object))
    remote = np.zeros(len(parts), bool)
    made: list[tuple[dict[str, Any], shapely.Polygon]] = []
    for one, box in zip(listed, boxes, strict=True):
        inside = _inside(parts, box)
        if one["remote"] and inside.any():
            remote |= inside
            made.append((one, _padded(parts[inside])))
        elif not one["remote"] and inside.any():
            made.append((one, shapely.envelope(box)))
    return _laid(made, parts[~remote])


def _box(one: dict[str, Any]) -> shapely.Polygon:
    return shapely.box(one["west"], one["south"], one["east"], one["north"])


def _inside(parts: np.ndarray, box: shapely.Polygon) -> np.ndarray:
    return shapely.contains(box, shapely.point_on_surface(parts))


def _padded(parts: np.ndarray) -> shapely.Polygon:
    return shapely.envelope(shapely.buffer(shapely.box(*shapely.total_bounds(parts)), SEA))


def _laid(made: Iterable[tuple[dict[str, Any], shapely.Polygon]], main: np.ndarray) -> list[Frame]:
    """Lay each part where there is sea, as near to its place as can be; the remote ones first, in their own size."""
    taken, frames = list(main), []
    for one, box in sorted(made, key=lambda pair: not pair[0]["remote"]):
        to = _spot(box, taken, REMOTE if one["remote"] else LARGEST)
        taken.append(to)
        frames.append(Frame({language: text(one[language]) for language in LANGUAGES}, one["remote"], box, to))
    return frames


def _spot(box: shapely.Polygon, taken: Sequence[shapely.Geometry], largest: float) -> shapely.Polygon:
    """Return the nearest free box of the same shape: as large as there is room for, or else to the right of everything."""
    left, bottom, right, top = shapely.total_bounds(list(taken))
    wide, high = box.bounds[2] - box.bounds[0], box.bounds[3] - box.bounds[1]
    tree = shapely.STRtree(taken)
    for scale in (largest, *np.arange(largest - 0.25, 0.99, -0.25)):
        x = np.arange(left, max(right + BESIDE * (right - left) - scale * wide, left) + 1, STEP)
        y = np.arange(bottom - BELOW * (top - bottom), top - scale * high + 1, STEP)
        corners = np.array([*map(np.ravel, np.meshgrid(x, y))])
        boxes = shapely.box(*(corners - SEA), *(corners + scale * np.array([[wide], [high]]) + SEA))
        free = np.setdiff1d(np.arange(len(boxes)), tree.query(boxes, predicate="intersects")[0])
        if len(free):
            nearest = boxes[free][np.argmin(shapely.distance(shapely.centroid(boxes[free]), shapely.centroid(box)))]
            return shapely.box(*(np.array(nearest.bounds) + SEA * np.array([1, 1, -1, -1])))
    return shapely.box(right + SEA, top - high, right + SEA + wide, top)


def moved(shape: shapely.Geometry, frames: Iterable[Frame]) -> shapely.Geometry:
    """Bring the remote parts of a shape into their frames; the rest stays."""
    parts = shapely.get_parts(shape)
    for frame in (one for one in frames if one.remote):
        inside = _inside(parts, frame.box)
        parts[inside] = [_into(part, frame) for part in parts[inside]]
    return shapely.multipolygons(parts)


def _into(part: shapely.Polygon, frame: Frame) -> shapely.Polygon:
    """Bring one part into its frame; an islet too small to be seen is drawn larger about its middle."""
    corner, corner_to = np.array(frame.box.bounds[:2]), np.array(frame.to.bounds[:2])
    middle = np.array(part.centroid.coords[0])
    extent = max(part.bounds[2] - part.bounds[0], part.bounds[3] - part.bounds[1])
    larger = max(frame.scale, SMALL / extent)
    return shapely.transform(part, lambda at: (at - middle) * larger + (middle - corner) * frame.scale + corner_to)
