"""Where names go on a map: nothing is touched by anything else, and what has no room for its name gets a number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import shapely

from impact.show import fonts
from impact.show.maps import ink, letters
from impact.show.maps.page import View
from impact.show.text import plain

PROVINCE, UNIT, NUMBER = 7.6, 5.7, 5.2  # points
AIR = 1.1  # of a name's room, for its letters
OWN = 0.88  # of a name that must lie on its own region
AT_HOME = 0.9  # of a region that must be in a frame to be found there
ROOMY = 0.25  # of a region, that its name may take: on a smaller one it goes to the sea where that is near
NEAR = 3.0  # of a name's height: how far that may be
STEPS = 24  # places that are tried across a region
ASIDE = [(right * far, up * far) for far in (0, 0.3, 0.6, 0.9, 1.2) for right in (0, 1, -1) for up in (0, 1, -1)]


@dataclass(frozen=True)
class Written:
    """A text and where its middle is; the code of the region that it stands on, where it is one."""

    text: str
    x: float
    y: float
    code: str = ""


def provinces(
    outlines: pd.Series, size: float, per_point: float, view: View, taken: Iterable[shapely.Geometry] = ()
) -> list[Written]:
    """Place the names of provinces: small ones first, for they cannot move; large ones where they find room.

    per_point: units of the ground to a point of letters. taken: where no name may be.
    """
    land, frame = shapely.coverage_union_all(outlines.to_numpy()), shapely.box(*view)
    shapely.prepare(land)
    full = list(taken)
    found = []
    for name in outlines.map(shapely.area).sort_values().index:
        room = _Room(fonts.writable(plain(str(name))), size, per_point, bold=True)
        for x, y in _places(outlines[name], land, room):
            box = room.at(x, y)
            if frame.contains(box) and not any(box.intersects(other) for other in full):
                full.append(box)
                found.append(Written(room.text, x, y))
                break
    return found


def units(
    shapes: pd.Series, names: pd.Series, view: View, per_point: float, first: int, scale: float
) -> tuple[list[Written], list[Written], dict[int, str]]:
    """Place the names of regions in a view; return names, numbers, and what each number means.

    first: the number to begin with. A region that is not all in the view gets a name where there is room, and no number.
    """
    inside = ink.seen(shapes, view)
    frame = shapely.box(*view)
    taken: list[shapely.Geometry] = []
    named, without = [], []
    for code in sorted(inside.index, key=lambda one: -shapely.area(inside[one])):
        place = _named(inside[code], str(names[code]), per_point, scale, frame, taken)
        if place is not None:
            named.append(replace(place, code=code))
        elif shapely.area(inside[code]) >= AT_HOME * shapely.area(shapes[code]):
            without.append(code)
    key = {first + i: code for i, code in enumerate(sorted(without))}
    numbers = [replace(_numbered(inside[code], n, per_point, scale, taken), code=code) for n, code in key.items()]
    return named, numbers, {number: str(names[code]) for number, code in key.items()}


@dataclass(frozen=True)
class _Room:
    """The room that a text takes on the ground."""

    text: str
    size: float
    per_point: float
    bold: bool = False

    @property
    def wide(self) -> float:
        return AIR * letters.width(self.text, self.size, self.bold) * self.per_point

    @property
    def high(self) -> float:
        return AIR * letters.HIGH * self.size * self.per_point

    def at(self, x: float, y: float) -> shapely.Polygon:
        return self.around(np.array([[x, y]]))[0]

    def around(self, points: np.ndarray) -> np.ndarray:
        half = np.array([self.wide, self.high]) / 2
        return shapely.box(*(points - half).T, *(points + half).T)


def _places(outline: shapely.Geometry, land: shapely.Geometry, room: _Room) -> Iterator[tuple[float, float]]:
    """Yield where a name may stand, the best place first."""
    largest = max(shapely.get_parts(outline), key=shapely.area)
    middle = _middle(largest)
    if room.at(*middle).area > ROOMY * largest.area:
        yield from _at_sea(middle, largest, land, room)
        yield middle
        yield from ((middle[0], middle[1] + up * room.high) for up in (0.6, -0.6, 1.2, -1.2))
        return
    yield middle
    yield from _within(largest, middle, room)


def _at_sea(
    middle: tuple[float, float], shape: shapely.Geometry, land: shapely.Geometry, room: _Room
) -> Iterator[tuple[float, float]]:
    """Yield the place at sea that is nearest to a shape, where one is near."""
    x0, y0, x1, y1 = shape.bounds
    reach = NEAR * room.high
    points = _grid((x0 - reach - room.wide / 2, y0 - reach, x1 + reach + room.wide / 2, y1 + reach), 2 * STEPS)
    boxes = room.around(points)
    free = ~shapely.intersects(land, boxes)
    away = shapely.distance(boxes[free], shape)
    order = np.lexsort([np.hypot(*(points[free] - middle).T), away])
    if len(order) and away[order[0]] <= reach / 3:
        yield tuple(points[free][order[0]])


def _within(shape: shapely.Geometry, middle: tuple[float, float], room: _Room) -> Iterator[tuple[float, float]]:
    """Yield places on a shape: those that are all on it, then those that are more than half; near its middle first."""
    points = _grid(shape.bounds, STEPS)
    boxes = room.around(points)
    on_it = shapely.area(shapely.intersection(boxes, shape)) / shapely.area(boxes)
    order = np.lexsort([np.hypot(*(points - middle).T), on_it < 1 - 1e-9])
    yield from (tuple(points[i]) for i in order if on_it[i] > 0.5)


def _grid(view: View, steps: int) -> np.ndarray:
    x, y = np.meshgrid(np.linspace(view[0], view[2], steps), np.linspace(view[1], view[3], steps))
    return np.column_stack([x.ravel(), y.ravel()])


def _named(
    shape: shapely.Geometry,
    name: str,
    per_point: float,
    scale: float,
    frame: shapely.Geometry,
    taken: list[shapely.Geometry],
) -> Written | None:
    """Write a name where it lies on its own region, inside the frame, and touches no other."""
    room = _Room(name, UNIT * scale, per_point)
    x, y = _middle(max(shapely.get_parts(shape), key=shapely.area))
    box = room.at(x, y)
    on_it = shapely.area(shapely.intersection(box, shape)) >= OWN * box.area
    if not on_it or not frame.contains(box) or any(box.intersects(other) for other in taken):
        return None
    taken.append(box)
    return Written(name, x, y)


def _numbered(
    shape: shapely.Geometry, number: int, per_point: float, scale: float, taken: list[shapely.Geometry]
) -> Written:
    """Write a number onto a region, a little aside where it would touch something else."""
    room = _Room(str(number), NUMBER * scale, per_point)
    x, y = _middle(max(shapely.get_parts(shape), key=shapely.area))
    for right, up in ASIDE:
        box = room.at(x + right * room.wide, y + up * room.high)
        if not any(box.intersects(other) for other in taken):
            break
    taken.append(box)
    return Written(str(number), box.centroid.x, box.centroid.y)


def _middle(shape: shapely.Geometry) -> tuple[float, float]:
    """Return the point of a shape that is farthest from its border: where a name finds most room."""
    (x, y), *_ = shapely.maximum_inscribed_circle(shape, max(shape.length / 1000, 1e-9)).coords
    return x, y
