"""Where regions are drawn: shapes from boundaries, or one tile each; their provinces, names and insets."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import shapely

from impact import where
from impact.regions import register, tiles
from impact.regions.boundaries import Boundaries
from impact.regions.codes import System

GAP = 0.04  # of a tile's side, between tiles
ENDS = (
    "특별자치도",
    "특별자치시",
    "특별시",
    "광역시",
    "도",
    "-do",
    "-si",
    " State",
)  # of the names of provinces; cities keep theirs


@dataclass(frozen=True)
class Inset:
    """A part that is drawn apart: its name, its shapes, and whether it is drawn only there."""

    name: str
    shapes: pd.Series
    remote: bool


@dataclass(frozen=True)
class Places:
    """Shapes by code, in metres or tiles, and what is written and outlined on them.

    province, name: by code. outlines: of provinces, by name. labels: a point for the name of each province.
    """

    shapes: pd.Series
    name: pd.Series
    province: pd.Series
    outlines: pd.Series
    labels: pd.Series
    insets: tuple[Inset, ...] = ()
    attribution: str = ""
    tiled: bool = False

    @property
    def remote(self) -> pd.Index:
        """Return the codes of regions that are drawn in insets."""
        return pd.Index([code for inset in self.insets for code in inset.shapes.index], dtype=object)


def of_boundaries(boundaries: Boundaries, language: str) -> Places:
    """Return the places of shapes; those of the register have names, provinces and insets."""
    shapes = boundaries.metric.set_index("code").geometry
    name, province = _named(boundaries.system, pd.Index(shapes.index), language)
    insets = _insets(boundaries, shapes, language)
    main = _without(shapes, insets)
    outlines = pd.Series(
        {one: shapely.coverage_union_all(main[province == one].to_numpy()) for one in province.unique()}
    )
    labels = outlines.map(lambda shape: _largest(shape).representative_point())
    return Places(main, name, province, outlines, labels, insets, boundaries.attribution.said(language))


def of_tiles(table: pd.DataFrame, name: pd.Series, province: pd.Series) -> Places:
    """Return the places of tiles; `table` has the columns code, row and column."""
    x, y = table["column"].to_numpy(float), -table["row"].to_numpy(float)
    shapes = pd.Series(shapely.box(x + GAP / 2, y + GAP / 2, x + 1 - GAP / 2, y + 1 - GAP / 2), table["code"])
    whole = pd.Series(shapely.box(x, y, x + 1, y + 1), table["code"])
    province = province.reindex(shapes.index)
    outlines = pd.Series(
        {one: shapely.union_all(whole[province == one].to_numpy()) for one in province.dropna().unique()}
    )
    labels = pd.Series({one: _widest(table, shapes.index[province == one]) for one in outlines.index})
    return Places(shapes, name.reindex(shapes.index), province, outlines, labels, tiled=True)


def _widest(tiles: pd.DataFrame, codes: pd.Index) -> shapely.Point:
    """Return the middle of the upper edge of a province's longest row of tiles, where its name has most room."""
    mine = tiles[tiles["code"].isin(codes)].sort_values(["row", "column"])
    run = ((mine["row"].diff() != 0) | (mine["column"].diff() != 1)).cumsum()
    longest = mine[run == run.value_counts().sort_index().idxmax()]
    return shapely.Point(longest["column"].mean() + 0.5, 1 - float(longest["row"].iloc[0]) - GAP)


def korean_tiles(language: str) -> Places:
    """Return the tiles of the register's units."""
    table = tiles.of()
    return of_tiles(table, *_named(None, pd.Index(table["code"]), language))


def _named(system: System | None, codes: pd.Index, language: str) -> tuple[pd.Series, pd.Series]:
    """Return the names of units and of their provinces; where a country has none its codes are names."""
    units = register.units().set_index("code")
    known = units.reindex(codes)
    name = known[f"name_{language}"].fillna(pd.Series(codes, codes)).astype(str)
    province = known[f"province_{language}"].fillna("").map(short)
    return name, province


def short(province: str) -> str:
    """Return the short name of a province, as maps write it: 경기도 is 경기, 경상남도 is 경남.

    >>> [short(name) for name in ("서울특별시", "경상남도", "강원특별자치도", "제주특별자치도", "Gyeongsangnam-do")]
    ['서울', '경남', '강원', '제주', 'Gyeongsangnam']
    """
    for end in ENDS:
        province = province.removesuffix(end)
    return province[0] + province[2] if len(province) == 3 and province[2] in "남북" else province


def _insets(boundaries: Boundaries, shapes: gpd.GeoSeries, language: str) -> tuple[Inset, ...]:
    if boundaries.system is None or boundaries.system.folder is not None:
        return ()
    listed = tomllib.loads(where.data("regions", "insets.toml").read_text(encoding="utf-8"))["inset"]
    boxes = gpd.GeoSeries(
        [shapely.box(one["west"], one["south"], one["east"], one["north"]) for one in listed], crs="EPSG:4326"
    ).to_crs(shapes.crs)
    made = (Inset(one[language], _inside(shapes, box), one["remote"]) for one, box in zip(listed, boxes, strict=True))
    return tuple(inset for inset in made if len(inset.shapes))


def _inside(shapes: gpd.GeoSeries, box: shapely.Polygon) -> pd.Series:
    touched = shapes[shapes.intersects(box)]
    return pd.Series(shapely.intersection(touched.to_numpy(), box), touched.index)


def _without(shapes: gpd.GeoSeries, insets: Sequence[Inset]) -> pd.Series:
    """Take remote islands off the main map; a unit that is all remote is only in its inset."""
    left = pd.Series(shapes.to_numpy(), shapes.index)
    for inset in (one for one in insets if one.remote):
        at = left.index.get_indexer(inset.shapes.index)
        left.iloc[at] = shapely.difference(left.iloc[at].to_numpy(), inset.shapes.to_numpy())
    return left[~shapely.is_empty(left.to_numpy())]


def _largest(shape: shapely.Geometry) -> shapely.Geometry:
    return max(shapely.get_parts(shape), key=shapely.area)
