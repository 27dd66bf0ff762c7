"""Which coordinates a file has, as it says or as its numbers tell, and shapes in degrees."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj

from impact.errors import InputError
from impact.regions import register
from impact.regions.boundaries._kinds import DEGREES, METRES_OF_KOREA

IN_METRES = (METRES_OF_KOREA, "EPSG:5186")  # those in which Korea's maps are given out
KOREA = (124.0, 32.8, 132.5, 39.0)  # degrees: west, south, east and north of all its land, with a narrow margin
FARTHEST_KM = 30.0  # a unit's point lies in it; half of the units cannot be farther off than a wide county is across

Bounds = npt.NDArray[np.float64]


def in_degrees(frame: gpd.GeoDataFrame, crs: str | None, notes: list[str]) -> gpd.GeoDataFrame:
    """Return shapes in EPSG:4326; `crs` is what the user says, which counts more than what the file says."""
    bounds = np.asarray(frame.total_bounds, float)
    if not np.isfinite(bounds).all():
        raise InputError(
            f"Shapes must have coordinates that are numbers; seen: {_written(bounds)}. Take another layer or file."
        )
    declared = _of(crs) if crs else _declared(frame)
    if declared is None:
        declared = _of(_inferred(bounds))
        notes.append(
            f"The file does not say in which coordinates it is; they run {_written(bounds)}, so they are taken to be "
            f"{_named(declared)}."
        )
    _fail_if_contradicted(declared, bounds)
    turned = frame.set_crs(declared, allow_override=True).to_crs(DEGREES)
    if not np.isfinite(turned.total_bounds).all():
        raise _contradiction(declared, bounds)
    return turned


def _of(crs: str) -> pyproj.CRS:
    try:
        return pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError:
        raise InputError(f"Coordinates are named such as EPSG:5179; seen: {crs}. Name them so.") from None


def _declared(frame: gpd.GeoDataFrame) -> pyproj.CRS | None:
    """Return what a file says; a system that lies nowhere on Earth, as some formats write for an unknown one, is none."""
    return frame.crs if frame.crs is not None and (frame.crs.is_geographic or frame.crs.is_projected) else None


def _named(crs: pyproj.CRS) -> str:
    known = crs.to_authority()
    return ":".join(known) if known else str(crs.name)


def _written(bounds: Bounds) -> str:
    if np.isnan(bounds).all():
        return "none"
    west, south, east, north = (f"{bound:,.6g}" if abs(bound) < 1000 else f"{bound:,.0f}" for bound in bounds)
    return f"from {west} to {east} and from {south} to {north}"


def _are_degrees(bounds: Bounds) -> bool:
    return bool((np.abs(bounds) <= [180, 90, 180, 90]).all())


def _inferred(bounds: Bounds) -> str:
    """Return what coordinates can be that nothing is said of."""
    found = _fitting(bounds)
    if found is None:
        raise InputError(
            f"The file does not say in which coordinates it is, and they run {_written(bounds)}, which is Korea in none of "
            f"{', '.join((DEGREES, *IN_METRES))}. Name them with crs (--crs)."
        )
    return found


def _fitting(bounds: Bounds) -> str | None:
    if _are_degrees(bounds):
        return DEGREES
    return next((crs for crs in IN_METRES if _in_korea(bounds, crs)), None)


def _in_korea(bounds: Bounds, crs: str) -> bool:
    turn = pyproj.Transformer.from_crs(crs, DEGREES, always_xy=True)
    west, south, east, north = turn.transform_bounds(*bounds)
    return KOREA[0] <= west <= east <= KOREA[2] and KOREA[1] <= south <= north <= KOREA[3]


def _fail_if_contradicted(declared: pyproj.CRS, bounds: Bounds) -> None:
    """Refuse metres that are said to be degrees, and degrees that are said to be metres."""
    if declared.is_geographic != _are_degrees(bounds):
        raise _contradiction(declared, bounds)


def _contradiction(declared: pyproj.CRS, bounds: Bounds) -> InputError:
    fits = _fitting(bounds)
    hint = f", as in {fits}" if fits else ""
    return InputError(
        f"Coordinates must be those of {_named(declared)}; they run {_written(bounds)}{hint}. Name the right "
        "ones with crs (--crs)."
    )


def fail_if_elsewhere(shapes: gpd.GeoSeries) -> None:
    """Refuse shapes, in degrees and by the code of the register, that do not lie where the register has these units."""
    points = register.units().set_index("code").reindex(shapes.index)[["longitude", "latitude"]].to_numpy()
    known = ~np.isnan(points).any(axis=1)
    inside = gpd.GeoSeries(gpd.points_from_xy(*points[known].T), crs=DEGREES).to_crs(METRES_OF_KOREA)
    apart = shapes[known].to_crs(METRES_OF_KOREA).distance(inside, align=False) / 1000
    if apart.median() > FARTHEST_KM:
        raise InputError(
            f"Shapes must lie where the register has their units; half of these are {apart.median():,.0f} km away or more. Name "
            "the right coordinates with crs (--crs), or the right system of codes with system (--from)."
        )
