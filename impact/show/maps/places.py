"""Where regions are drawn: shapes from boundaries, or one tile each; their names, provinces, and parts drawn apart."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from impact import where
from impact.regions import register, tiles
from impact.regions.boundaries import Boundaries
from impact.regions.boundaries._codes import registered
from impact.regions.codes import System
from impact.show.maps.ink import bounds
from impact.show.maps.page import View

GAP = 0.05  # of a tile's side, between tiles
ENDS = (
    "특별자치도",
    "특별자치시",
    "특별시",
    "광역시",
    "도",
    "-do",
    "-si",
    " State",
)  # of provinces; cities keep theirs
SIDES = {
    "Chungcheong": "Chung",
    "Jeolla": "Jeon",
    "Gyeongsang": "Gyeong",
}  # how people shorten what has a north and a south
TYPES = "시군구"


@dataclass(frozen=True)
class Frame:
    """A part that is drawn apart: its name, what it shows, whether only there, and in which row beside the map."""

    name: str
    view: View
    remote: bool
    row: int = 1


@dataclass(frozen=True)
class Places:
    """Shapes by code, in metres or tiles, and what is written on them.

    name, province: by code. main: the shapes without what is drawn only in frames. outlines: of provinces, by name.
    system: of the codes; None where they are taken as they are.
    """

    shapes: pd.Series
    name: pd.Series
    province: pd.Series
    main: pd.Series
    outlines: pd.Series
    system: System | None
    frames: tuple[Frame, ...] = ()
    attribution: str = ""
    tiled: bool = False

    def called(self, code: str) -> str:
        """Return the name of a region as words need it: with its province where several are called so."""
        name = str(self.name[code])
        alike = (self.name == name).sum() > 1
        return f"{self.province[code]} {name}".strip() if alike else name


def of_boundaries(boundaries: Boundaries, language: str) -> Places:
    """Return the places of shapes; those of the register have names, provinces and frames."""
    metric = boundaries.metric.set_index("code").geometry
    shapes = pd.Series(metric.to_numpy(), metric.index)
    frames, remote = _apart(boundaries, shapes, language, metric.crs)
    main = _without(shapes, remote)
    name, province = _named(boundaries.system, shapes.index, language)
    words = boundaries.attribution.said(language)
    return Places(shapes, name, province, main, _outlines(main, province), boundaries.system, frames, words)


def korean_tiles(language: str) -> Places:
    """Return the tiles of the register's units."""
    table = tiles.of()
    return _of_tiles(table, *_named(registered(), pd.Index(table["code"]), language), registered())


def own_tiles(given: pd.DataFrame) -> Places:
    """Return the tiles of a user's own table: code, row, column and, where they are there, name and province."""
    table = tiles.checked(given)
    codes = pd.Index(table["code"])
    name = pd.Series((given["name"] if "name" in given else table["code"]).astype(str).to_numpy(), codes)
    province = given["province"].fillna("").astype(str) if "province" in given else pd.Series("", given.index)
    return _of_tiles(table, name, pd.Series(province.to_numpy(), codes), None)


def short(province: str) -> str:
    """Return the short name of a province, as maps write it: 경기도 is 경기, 경상남도 is 경남.

    >>> [short(name) for name in ("서울특별시", "경상남도", "강원특별자치도", "제주특별자치도", "Gyeongsangnam-do")]
    ['서울', '경남', '강원', '제주', 'Gyeongnam']
    """
    for end in ENDS:
        province = province.removesuffix(end)
    for long, core in SIDES.items():
        province = province.replace(long, core)
    return province[0] + province[2] if len(province) == 3 and province[2] in "남북" else province


def core(name: str) -> str:
    """Return a region's name without what kind of region it is: 영등포구 is 영등포, Jung-gu is Jung; 중구 stays.

    >>> [core(name) for name in ("영등포구", "중구", "세종특별자치시", "Yeongdeungpo-gu", "Saint-Malo")]
    ['영등포', '중구', '세종', 'Yeongdeungpo', 'Saint-Malo']
    """
    name = name.removesuffix("특별자치시")
    if name[-1:] in TYPES and len(name) > 2:
        return name[:-1]
    head, _, kind = name.rpartition("-")
    return head if head and kind in ("gu", "si", "gun") else name


# ---- names ---------------------------------------------------------------------------------------------------------


def _named(system: System | None, codes: pd.Index, language: str) -> tuple[pd.Series, pd.Series]:
    """Return names of units and of their provinces; codes of no system are their own names."""
    if system is None:
        return pd.Series(codes, codes).astype(str), pd.Series("", codes)
    name, province = (system.table()[column].reindex(codes) for column in ("name", "province"))
    if system.folder is None and system.name == registered().name:
        known = register.units().set_index("code").reindex(codes)
        name, province = (
            known[f"{part}_{language}"].fillna(of) for part, of in (("name", name), ("province", province))
        )
    return name.fillna(pd.Series(codes, codes)).astype(str), province.fillna("").astype(str).map(short)


def _outlines(shapes: pd.Series, province: pd.Series) -> pd.Series:
    mine = province.reindex(shapes.index)
    names = [name for name in mine.unique() if name]
    return pd.Series(
        {name: shapely.coverage_union_all(shapes[mine == name].to_numpy()) for name in names}, dtype=object
    )


# ---- tiles ---------------------------------------------------------------------------------------------------------


def _of_tiles(table: pd.DataFrame, name: pd.Series, province: pd.Series, system: System | None) -> Places:
    x, y = table["column"].to_numpy(float), -table["row"].to_numpy(float) - 1
    codes = pd.Index(table["code"])
    half = GAP / 2
    squares = pd.Series(shapely.box(x + half, y + half, x + 1 - half, y + 1 - half), codes)
    outlines = _outlines(pd.Series(shapely.box(x, y, x + 1, y + 1), codes), province)
    return Places(squares, name, province, squares, outlines, system, tiled=True)


# ---- what is drawn apart -------------------------------------------------------------------------------------------


def _apart(boundaries: Boundaries, shapes: pd.Series, language: str, crs: Any) -> tuple[tuple[Frame, ...], np.ndarray]:
    """Return the frames of Korea's map, and the boxes of what is drawn only in them; another country has none."""
    if boundaries.system is None or boundaries.system.folder is not None:
        return (), np.array([], dtype=object)
    listed = tomllib.loads(where.data("regions", "insets.toml").read_text(encoding="utf-8"))
    parts = [(part, inset["remote"]) for inset in listed["inset"] for part in inset.get("part", [inset])]
    every = [*parts, *((city, False) for city in listed["city"])]
    frames = tuple(_frames(every, shapes, language, crs))
    return frames, _boxes([one for one in listed["inset"] if one["remote"]], crs)


def _frames(
    listed: list[tuple[Mapping[str, Any], bool]], shapes: pd.Series, language: str, crs: Any
) -> Iterator[Frame]:
    """Yield a frame for each box in which there is land; that of remote islands is no larger than they are."""
    for (one, remote), box in zip(listed, _boxes([one for one, _ in listed], crs), strict=True):
        land = shapely.intersection(shapes[shapely.intersects(shapes.to_numpy(), box)].to_numpy(), box)
        if len(land):
            yield Frame(one[language], bounds(land, 0.06) if remote else box.bounds, remote, one.get("row", 1))


def _boxes(listed: list[Mapping[str, Any]], crs: Any) -> np.ndarray:
    boxes = [shapely.box(one["west"], one["south"], one["east"], one["north"]) for one in listed]
    return gpd.GeoSeries(boxes, crs="EPSG:4326").to_crs(crs).to_numpy()


def _without(shapes: pd.Series, remote: np.ndarray) -> pd.Series:
    """Take remote islands off; a unit that is all remote is only in its frame."""
    if not len(remote):
        return shapes
    away = shapely.union_all(remote)
    touched = shapely.intersects(shapes.to_numpy(), away)
    left = shapes.copy()
    left[touched] = shapely.difference(shapes[touched].to_numpy(), away)
    return left[~shapely.is_empty(left.to_numpy())]
