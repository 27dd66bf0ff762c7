"""Who lies next to whom: neighbours from the register or from polygons, distances, and weights made of them.

Pairs of neighbours are a table with the columns `code` and `neighbour`; every pair stands in both directions. Korea's are in
`data/regions/neighbours.csv`; another country puts a file of the same two columns, each pair once, into its folder of regions.
A unit without a land border is in no pair: `islands` names it, and so do the weights.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import sparse

from impact import read, where
from impact.errors import InputError, counted, first_five
from impact.regions import register

COLUMNS = ["code", "neighbour"]
EARTH_KM = 6371.0088  # mean radius of the Earth, IUGG; Moritz, H. (2000), Geodetic Reference System 1980, J. of Geodesy 74, 128
PATTERNS = {"rook": "****1****", "queen": "****T****"}  # DE-9IM: boundaries share a line; boundaries share anything
FILE = "neighbours.csv"


@dataclass(frozen=True)
class Weights:
    """How much each unit's neighbours count: a sparse matrix, row i for the neighbours of unit i, and its labels.

    A unit without neighbours has a row of zeros: it is kept, and named in `isolates`.
    """

    codes: pd.Index
    matrix: sparse.csr_matrix
    standardised: bool

    @property
    def isolates(self) -> list[str]:
        """Name the units without neighbours."""
        return list(self.codes[np.diff(self.matrix.indptr) == 0])

    def among(self, codes: Iterable[str]) -> Weights:
        """Keep these units, in this order; what is left of a standardised row sums to one again."""
        kept = pd.Index(list(codes), name=self.codes.name)
        unknown = kept[~kept.isin(self.codes)]
        if len(unknown):
            raise InputError(
                f"The weights must know every region; they do not know {first_five(unknown)}. Theirs are "
                f"{first_five(self.codes)}. Make them of the codes that the regions have."
            )
        at = self.codes.get_indexer(kept)
        part = self.matrix[at][:, at]
        return Weights(kept, _standardised(part) if self.standardised else part, self.standardised)


def neighbours(folder: Path | None = None) -> pd.DataFrame:
    """Return the pairs of units that share a border, in both directions: the columns `code` and `neighbour`.

    Units without a border with another one are in no row; `islands` names them. Korea's borders are those on land and in rivers
    and estuaries; a bridge is no border.

    >>> pairs = neighbours()
    >>> pairs.loc[pairs["code"] == "50110", "neighbour"].tolist()  # Jeju-si has Seogwipo-si
    ['50130']
    """
    path = (where.data("regions") if folder is None else Path(folder)) / FILE
    if not path.is_file():
        raise InputError(
            f"A folder of regions must hold {FILE} to say who borders whom; there is no {path}. Add it, or make pairs with "
            "from_polygons or within."
        )
    table = read.file(path, COLUMNS)
    absent = [name for name in COLUMNS if name not in table]
    if absent:
        raise InputError(
            f"{FILE} must have the columns {', '.join(COLUMNS)}; absent: {', '.join(absent)}. Add them to {path}."
        )
    problems = list(_of_pairs(table, register.units(folder)["code"]))
    if problems:
        raise InputError(problems)
    return _both_directions(table[COLUMNS])


def islands(folder: Path | None = None) -> pd.DataFrame:
    """Return the units of the register that share no border with another one.

    >>> islands()["name_en"].tolist()
    ['Ongjin-gun', 'Wando-gun', 'Jindo-gun', 'Ulleung-gun', 'Geoje-si', 'Namhae-gun']
    """
    units = register.units(folder)
    return units[~units["code"].isin(neighbours(folder)["code"])].reset_index(drop=True)


def from_polygons(
    geometries: Iterable[Any], codes: Iterable[str], contiguity: Literal["rook", "queen"] = "rook"
) -> pd.DataFrame:
    """Return the pairs of polygons that touch, in both directions; those that touch no other are in no row.

    geometries: shapely geometries or well-known binary, as a column of GeoParquet holds it. codes: their labels, in order.
    contiguity: "rook", who share a line, or "queen", who share at least a point.

    The polygons must be a coverage: nowhere overlapping, and with the same vertices on both sides of a shared border. Borders
    that were simplified one unit at a time are not, and their neighbours would be wrong, so they are refused.
    """
    if contiguity not in PATTERNS:
        raise InputError(f"contiguity must be one of {', '.join(PATTERNS)}; seen: {contiguity!r}.")
    shapely = _shapely()
    shapes, labels = _shapes(list(geometries), shapely), pd.Index(list(codes), name="code")
    _must_be_coverage(shapes, labels, shapely)
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    left, right = left[left < right], right[left < right]
    touch = shapely.relate_pattern(shapes[left], shapes[right], PATTERNS[contiguity])
    pairs = {"code": labels[left[touch]], "neighbour": labels[right[touch]]}
    return _both_directions(pd.DataFrame(pairs))


def weights(codes: Iterable[str], pairs: pd.DataFrame, standardise: bool = True) -> Weights:
    """Make a matrix of neighbours, matched by label: 1 where unit i has neighbour j, with `standardise` 1 / neighbours of i.

    codes: the units, in the order of the matrix. pairs: `code` and `neighbour`; a pair in one direction counts in both, and pairs
    with a unit that is not in `codes` are left out. A unit without neighbours keeps a row of zeros and is named in
    `isolates`; to give it neighbours, add pairs (for example of `within`) before.

    >>> w = weights(["a", "b", "c", "d"], pd.DataFrame({"code": ["a", "b"], "neighbour": ["b", "c"]}))
    >>> w.matrix.toarray()[:3, :3]
    array([[0. , 1. , 0. ],
           [0.5, 0. , 0.5],
           [0. , 1. , 0. ]])
    >>> w.isolates
    ['d']
    """
    labels = pd.Index(list(codes), name="code")
    _must_be_unique(labels)
    inside = pairs[pairs["code"].isin(labels) & pairs["neighbour"].isin(labels) & (pairs["code"] != pairs["neighbour"])]
    if inside.empty:
        raise InputError(
            f"At least one pair of neighbours must be of these {counted(len(labels), 'unit')}; none is. Units: "
            f"{first_five(labels) or 'none'}; pairs: {first_five(pairs['code'].unique()) or 'none'}. Both need the same codes."
        )
    at, to = (labels.get_indexer(pd.Index(inside[name])) for name in COLUMNS)
    once = sparse.coo_matrix((np.ones(len(at)), (at, to)), shape=(len(labels), len(labels))).tocsr()
    matrix = ((once + once.T) > 0).astype(float).tocsr()
    return Weights(labels, _standardised(matrix) if standardise else matrix, standardise)


def distances(codes: Iterable[str] | None = None, units: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return great-circle distances in km between the points of units, labelled on both sides.

    Haversine formula (Sinnott 1984, Virtues of the haversine, Sky and Telescope 68, 159), on a sphere of 6371.0088 km:
    d = 2R asin √(sin²(Δφ/2) + cos φ₁ cos φ₂ sin²(Δλ/2)).

    codes: which units, in which order; all without. units: a table with `code`, `latitude` and `longitude` in degrees, the
    register's without. A point of the register lies inside its unit and is rounded to about a km; it is no centre, and that of
    an archipelago (Ongjin-gun 28720) may be far from most of it.

    >>> float(distances(["11140", "26110"]).loc["11140", "26110"].round())  # the centres of Seoul and Busan
    328.0
    """
    points = _points(codes, units)
    phi, lam = (np.radians(points[name].to_numpy(float)) for name in ("latitude", "longitude"))
    north, east = (np.sin((angle[:, None] - angle) / 2) ** 2 for angle in (phi, lam))
    half = np.clip(north + np.cos(phi)[:, None] * np.cos(phi) * east, 0, 1)
    return pd.DataFrame(2 * EARTH_KM * np.arcsin(np.sqrt(half)), points.index, points.index)


def within(km: float, codes: Iterable[str] | None = None, units: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the pairs of units whose points are at most so far apart, in both directions, with their distance in `km`.

    >>> within(16, ["11140", "11110", "26110"]).round(1)
        code neighbour   km
    0  11110     11140  4.8
    1  11140     11110  4.8
    """
    if not km > 0:
        raise InputError(f"km must be above 0; seen: {km}. Write how far apart neighbours may be.")
    apart = distances(codes, units)
    at, to = np.nonzero((apart.to_numpy() <= km) & ~np.eye(len(apart), dtype=bool))
    pairs = {"code": apart.index[at], "neighbour": apart.index[to], "km": apart.to_numpy()[at, to]}
    return pd.DataFrame(pairs).sort_values(COLUMNS, ignore_index=True)


def _of_pairs(table: pd.DataFrame, codes: pd.Series) -> Iterator[str]:
    """Report pairs that are blank, of one unit, of unknown units, or written twice."""
    if blank := first_five(table.index[table[COLUMNS].isna().any(axis=1)] + 2):
        yield f"{FILE} must have code and neighbour in every row; blank in line {blank}. Fill them in, or drop the rows."
    known = table.dropna(subset=COLUMNS)
    if own := first_five(known.loc[known["code"] == known["neighbour"], "code"]):
        yield f"In {FILE} no unit must be its own neighbour; seen: {own}. Drop these rows."
    named = pd.Series(known[COLUMNS].to_numpy().ravel(), dtype=object)
    if strange := first_five(named[~named.isin(codes)].unique()):
        yield f"{FILE} must name units of units.csv; unknown: {strange}. Use the codes that stand there."
    ordered = pd.DataFrame(np.sort(known[COLUMNS].to_numpy(str), axis=1))
    if twice := first_five(f"{one} with {other}" for one, other in ordered[ordered.duplicated()].to_numpy()):
        yield f"{FILE} must have each pair once, in one direction; seen again: {twice}. Keep one row of each."


def _both_directions(pairs: pd.DataFrame) -> pd.DataFrame:
    turned = pairs.rename(columns={"code": "neighbour", "neighbour": "code"})
    return pd.concat([pairs, turned])[COLUMNS].sort_values(COLUMNS, ignore_index=True)


def _standardised(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    sums = np.asarray(matrix.sum(axis=1)).ravel()
    return sparse.csr_matrix(sparse.diags_array(1 / np.where(sums == 0, 1, sums)) @ matrix)


def _points(codes: Iterable[str] | None, units: pd.DataFrame | None) -> pd.DataFrame:
    """Return latitude and longitude by code."""
    points = (register.units() if units is None else units).set_index("code")[["latitude", "longitude"]]
    wanted = points.index if codes is None else pd.Index(list(codes), name="code")
    _must_be_unique(points.index)
    _must_be_unique(wanted)
    if lost := first_five(wanted[~wanted.isin(points.dropna().index)]):
        raise InputError(
            f"Every unit must have a point; without latitude or longitude: {lost}. Add them, or leave the units out."
        )
    return points.loc[wanted]


def _must_be_unique(labels: pd.Index) -> None:
    if twice := first_five(labels[labels.duplicated()].unique()):
        raise InputError(f"Every unit must be named once; seen again: {twice}. Keep one of each.")


def _shapely() -> Any:
    try:
        return importlib.import_module("shapely")
    except ImportError:
        raise InputError(
            "Neighbours of polygons need the package shapely (2.1 or later), which is not installed: pip install shapely. "
            "Korea's neighbours are in the register and need none: neighbours()."
        ) from None


def _shapes(geometries: list[Any], shapely: Any) -> np.ndarray:
    binary = [isinstance(one, bytes) for one in geometries]
    return np.array(shapely.from_wkb(geometries) if geometries and all(binary) else geometries, dtype=object)


def _must_be_coverage(shapes: np.ndarray, labels: pd.Index, shapely: Any) -> None:
    """Refuse polygons of which neighbours cannot be told."""
    if len(shapes) != len(labels):
        raise InputError(
            f"Every geometry must have a code; seen: {counted(len(shapes), 'geometry').replace('ys', 'ies')} and "
            f"{counted(len(labels), 'code')}. Take both from one table."
        )
    _must_be_unique(labels)
    area = [
        shapely.is_geometry(one) and one.geom_type in ("Polygon", "MultiPolygon") and not one.is_empty for one in shapes
    ]
    if odd := first_five(labels[~np.array(area, bool)]):
        raise InputError(
            f"Every geometry must be a polygon or a multipolygon, and not empty; others: {odd}. Leave them out."
        )
    if broken := first_five(labels[~shapely.is_valid(shapes)]):
        raise InputError(
            f"Every polygon must be valid; these cross or touch themselves: {broken}. Mend them with shapely.make_valid."
        )
    edges = shapely.coverage_invalid_edges(shapes)
    if torn := first_five(labels[~shapely.is_empty(edges)]):
        raise InputError(
            f"Polygons must fit together, without overlaps and with the same vertices on shared borders; these do not: {torn}. "
            "Use boundaries that were not simplified one by one, or mend them with shapely.coverage_clean."
        )
