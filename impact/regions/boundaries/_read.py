"""From somebody's file to boundaries: open, coordinates, codes, repair, units, detail; each step says what it found and did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from impact.errors import InputError, counted, first_five
from impact.regions.boundaries import _cache, _coordinates, _files, _prepared, _shapes
from impact.regions.boundaries._codes import DETECTED, Coded, Wanted, coded, registered
from impact.regions.boundaries._kinds import CHANGES, DEGREES, FULL, Attribution, Boundaries, Detail, metres
from impact.regions.codes import System
from impact.regions.crosswalk import recode

TORN = 0.01  # of the length of all borders; a file that was simplified as a whole has a hundredth of it


def read(
    path: Path | str,
    *,
    column: str | None = None,
    system: System | str | None = DETECTED,
    to: System | str | None = None,
    crs: str | None = None,
    layer: str | None = None,
    detail: Detail = FULL,
    attribution: Attribution | None = None,
    folder: Path | None = None,
) -> Boundaries:
    """Read a file of boundaries into one shape per unit, in codes of one system, repaired and checked.

    path: a shapefile (in a zip, or the .shp), GeoJSON, TopoJSON, GeoPackage or GeoParquet, or what `write` made.
    column: of the codes; without, the one that holds most codes of units. Names are not read.
    system: of the codes in the file; without, it is detected. None takes the codes of another country as they are.
    to: the system that is wanted; without, that of the register (Korea's 229 units), in another country that of the file.
    crs: the coordinates, such as "EPSG:5179", where the file does not say them or says them wrongly.
    layer: which, where a file has several. detail: `FULL`, `LIGHT`, or your own `Detail`.
    attribution: who must be named on every map; the pinned download and prepared files bring their own.
    folder: of the code tables of another country (see `impact.regions.codes`).

    Shapes of one code are joined, whether they touch or not. A unit of which a part is not there, or which a change has divided,
    is left out and named in `missing`: its shape would be wrong. Overlaps go to the neighbour with the longest shared border.

    Raises InputError where the file is none of boundaries, is broken, or does not say and does not tell what it holds.

    >>> from tempfile import TemporaryDirectory
    >>> squares = gpd.GeoDataFrame({"id": ["b", "a"]}, geometry=shapely.box([0, 1], 0, [1, 2], 1), crs="EPSG:4326")
    >>> with TemporaryDirectory() as room:
    ...     squares.to_parquet(f"{room}/squares.parquet")
    ...     read(f"{room}/squares.parquet", column="id", system=None).frame["code"].tolist()
    ['a', 'b']
    """
    path = Path(path)
    opened = _files.opened(path, layer)
    about = _prepared.about(opened.description, folder)
    wanted = _as_prepared(Wanted(column, _system(system, folder), _system(to, folder), folder), about)
    notes = list(opened.notes)
    frame = _polygons(_coordinates.in_degrees(opened.frame, crs, notes), notes)
    found = coded(pd.DataFrame(frame.drop(columns=frame.geometry.name)), wanted)
    notes += found.notes
    units, changes = _units(frame.geometry[found.units.index], found, detail, notes)
    missing = _missing(units, found, notes)
    words = attribution or (about.attribution if about else None) or _known(path, notes)
    every = tuple(change for change in CHANGES if change in {*words.changes, *changes})
    return Boundaries(_frame(units), found.target, replace(words, changes=every), tuple(notes), missing)


def provinces(boundaries: Boundaries, province_of: Mapping[str, str] | None = None) -> Boundaries:
    """Join units into provinces; the codes are then those of provinces.

    province_of: the province of each unit, where the system does not tell. `missing` still names units: a province of which
    some are missing has a hole there.
    """
    codes = boundaries.frame["code"]
    province = codes.map(_provinces(boundaries.system) if province_of is None else dict(province_of))
    if province.isna().any():
        raise InputError(
            f"Every unit must have a province; without: {first_five(codes[province.isna()])}. Name it in province_of."
        )
    joined = _shapes.joined(boundaries.frame.geometry.to_numpy(), province)
    words = boundaries.attribution
    changes = tuple(change for change in CHANGES if change in {*words.changes, "dissolved"})
    return replace(boundaries, frame=_frame(joined), attribution=replace(words, changes=changes))


def _provinces(system: System | None) -> dict[str, str]:
    if system is None:
        return {}
    of = system.table()["province_code"]
    return dict(zip(of.index, of, strict=True))


def _system(given: System | str | None, folder: Path | None) -> Any:
    """Read a system that is given as text, such as "mois:2024-01-18"."""
    return System.read(given, folder) if isinstance(given, str) and given != DETECTED else given


def _as_prepared(wanted: Wanted, about: _prepared.About | None) -> Wanted:
    """Take column and system from a prepared file where nothing else is asked for."""
    if about is None or wanted.system != DETECTED or wanted.column is not None:
        return wanted
    return replace(wanted, column="code", system=about.system)


def _polygons(frame: gpd.GeoDataFrame, notes: list[str]) -> gpd.GeoDataFrame:
    """Leave out rows without a shape; refuse points and lines, which bound nothing."""
    empty = frame.geometry.isna() | frame.geometry.is_empty
    if empty.any():
        notes.append(f"{counted(int(empty.sum()), 'row')} left out (without a shape).")
    kept = frame[~empty]
    kinds = kept.geometry[shapely.get_dimensions(kept.geometry.to_numpy()) != 2].geom_type
    if len(kinds):
        raise InputError(
            f"Boundaries must be polygons; {len(kinds):,} of {len(kept):,} shapes are none: {first_five(kinds.unique())}. Take "
            "another layer or file, or leave these out."
        )
    return kept


# ---- the recipe ----------------------------------------------------------------------------------------------------


def _units(shapes: gpd.GeoSeries, found: Coded, detail: Detail, notes: list[str]) -> tuple[gpd.GeoSeries, set[str]]:
    """Return one shape per unit in degrees, by code, and what was changed."""
    done = {"recoded": found.recoded, "dissolved": found.units.duplicated().any(), "simplified": detail.is_lighter}
    done["repaired"] = not _shapes.are_sound(shapes.to_numpy())
    if done["repaired"] or detail.is_lighter:
        shapes = shapes.to_crs(metres(shapes, found.target))
    if done["repaired"]:
        shapes = _repaired(shapes, found, notes)
    units = gpd.GeoSeries(_shapes.joined(shapes.to_numpy(), found.units), crs=shapes.crs)
    _fail_if_nothing_left(units)
    if detail.is_lighter:
        units = _lighter(units, detail, notes)
    units = units.to_crs(DEGREES)
    if found.target is not None and found.target.folder is None:
        _coordinates.fail_if_elsewhere(units.set_axis(_registered(units.index, found.target)))
    made = gpd.GeoSeries(_shapes.rounded(pd.Series(units), detail.decimals), crs=DEGREES)
    return made, {change for change, was in done.items() if was}


def _registered(codes: pd.Index, system: System) -> list[str]:
    """Return the unit of the register for each code; where it has no one unit, nothing that is in the register."""
    return list(recode(codes, system, registered()).rows["unit"].fillna(""))


def _repaired(shapes: gpd.GeoSeries, found: Coded, notes: list[str]) -> gpd.GeoSeries:
    """Mend shapes and fit them together, and say how much there was to do."""
    given = shapes.to_numpy()
    crossing = ~shapely.is_valid(given)
    if crossing.any():
        notes.append(
            f"{counted(int(crossing.sum()), 'shape')} crossed or touched themselves and were mended: of "
            f"{first_five(found.units[crossing].unique())}."
        )
    valid = _shapes.made_valid(given)
    fitted = _shapes.fitted(valid)
    notes += _fitting_said(valid, fitted)
    return gpd.GeoSeries(fitted, shapes.index, shapes.crs)


def _fitting_said(valid: _shapes.Shapes, fitted: _shapes.Shapes) -> Iterator[str]:
    """Say how much did not fit; shapes that hardly fit anywhere are no source of neighbours."""
    metres_off = _shapes.unmatched(valid)
    overlap = max(shapely.area(valid).sum() - shapely.area(fitted).sum(), 0) / 1e6
    if metres_off:
        yield (
            f"Borders that did not match those of the neighbour ({metres_off / 1000:,.2f} km) were made to; of overlaps "
            f"{overlap:,.3f} km² went to one of the two."
        )
    if metres_off > TORN * shapely.length(valid).sum():
        yield (
            "The shapes seem to have been simplified one at a time, so that gaps between neighbours are left: a map may be drawn "
            "of them, but take neighbours from elsewhere."
        )


def _fail_if_nothing_left(units: gpd.GeoSeries) -> None:
    if (empty := units.is_empty).any():
        raise InputError(
            f"Every unit must have an area of its own; these have none, or only one that is in another shape too: "
            f"{first_five(units.index[empty])}. Take out the shapes that lie on top of others."
        )


def _lighter(units: gpd.GeoSeries, detail: Detail, notes: list[str]) -> gpd.GeoSeries:
    shapes = units.to_numpy()
    if detail.islets:
        shapes, dropped = _shapes.without_islets(shapes, detail.islets * 1e6)
        notes.append(
            f"{counted(int(dropped.sum()), 'islet')} smaller than {detail.islets:g} km² left out, of "
            f"{counted(int(np.count_nonzero(dropped)), 'unit')}: {first_five(units.index[dropped > 0])}."
        )
    if detail.tolerance:
        shapes = _shapes.simplified(shapes, detail.tolerance)
    return gpd.GeoSeries(shapes, units.index, units.crs)


def _missing(units: gpd.GeoSeries, found: Coded, notes: list[str]) -> tuple[str, ...]:
    """Name the units of the system that have no shape."""
    if found.target is None:
        return ()
    every = found.target.table().query("level == 'unit'").index
    missing = tuple(every.difference(units.index))
    if missing:
        notes.append(f"{len(missing):,} of {len(every):,} units of {found.target} are missing: {first_five(missing)}.")
    return missing


def _known(path: Path, notes: list[str]) -> Attribution:
    """Return the words that the pinned file asks for; of another file we know only its name."""
    pinned = _cache.pinned()
    if _cache.is_it(path, pinned):
        return pinned.attribution
    notes.append(
        f"Who made {path.name} is not known; maps of it say only its name. Give the words that its maker asks for with "
        "attribution (--attribution)."
    )
    return Attribution(f"경계: {path.name}.", f"Boundaries: {path.name}.")


def _frame(units: pd.Series) -> gpd.GeoDataFrame:
    sorted_ = units.sort_index()
    codes = pd.Series(list(sorted_.index), dtype="str")
    return gpd.GeoDataFrame({"code": codes}, geometry=list(sorted_), crs=DEGREES)
