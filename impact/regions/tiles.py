"""Tile grids: a map on which every region is a square of one size, so that no city district is too small to see.

A table of tiles has the columns `code`, `row` and `column`; row 0 is the northernmost, column 0 the westernmost. Korea's is in
`data/regions/tiles.csv`, laid by `layout`, improved and mended by hand. `layout` makes one for any units of any country, and
`checked` reads one that a user made. In a drawing the tile of row r and column c covers c to c + 1 and, downwards, r to r + 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from impact import read, where
from impact.errors import InputError, counted, first_five
from impact.regions import _board, _tiling
from impact.regions.codes import System, systems
from impact.regions.crosswalk import links
from impact.regions.neighbours import _must_be_unique, weights

COLUMNS = ["code", "row", "column"]
PLACE = ["row", "column"]
POINT = ["code", "longitude", "latitude"]
FILE = "tiles.csv"


@dataclass(frozen=True)
class Fit:
    """How well tiles show the map: pairs of neighbours, the share that shares an edge, or an edge or a corner, and pieces.

    pieces: in how many pieces each province is drawn; tiles that meet at a corner only are two pieces.
    """

    pairs: int
    edge: float
    touching: float
    pieces: pd.Series[int]

    def __str__(self) -> str:
        torn = [f"{province} ({count})" for province, count in self.pieces[self.pieces > 1].items()]
        return (
            f"{counted(self.pairs, 'pair')} of neighbours: {self.edge:.1%} share an edge, {self.touching:.1%} an edge or a "
            f"corner. Provinces in more than one piece: {', '.join(torn) or 'none'}."
        )


def of(codes: Iterable[object] | None = None, system: System | None = None, folder: Path | None = None) -> pd.DataFrame:
    """Return the tiles of units from the table that ships, or from `tiles.csv` in a folder: `code`, `row` and `column`.

    codes: which units, in which order; all without. system: the codes to use, those of the table without. A unit that has the
    area of one in the table takes its tile. Of units that were merged one tile is kept; where a unit was divided, its
    tile goes to the first part and each other part takes the free one that is nearest. A system names its folder itself.

    >>> of(["11110", "26350"])
        code  row  column
    0  11110    3       7
    1  26350   16      18
    """
    table = _shipped(folder if system is None else system.folder)
    if system is not None:
        table = _in(table, system)
    return table if codes is None else _chosen(table, codes)


def checked(frame: pd.DataFrame, codes: Iterable[object] | None = None) -> pd.DataFrame:
    """Return a user's own tiles as `code`, `row` and `column`, or say all that is wrong with them.

    codes: units that must have a tile. Codes stay text: read the file so that 01 is not turned into 1.

    >>> checked(pd.DataFrame({"code": ["01", "02"], "row": ["0", "0"], "column": ["0", "1"], "note": ["", ""]}))
      code  row  column
    0   01    0       0
    1   02    0       1
    """
    if absent := [name for name in COLUMNS if name not in frame]:
        raise InputError(
            f"A table of tiles must have the columns {', '.join(COLUMNS)}; absent: {', '.join(absent)}. Add them."
        )
    if problems := list(_faults(frame, codes)):
        raise InputError(problems)
    tiles = {name: pd.to_numeric(frame[name]).astype(int) for name in PLACE}
    return frame[["code"]].astype("str").assign(**tiles).reset_index(drop=True)


def layout(
    units: pd.DataFrame, neighbours: pd.DataFrame | None = None, holes: float = 0.0, seed: int = 0
) -> pd.DataFrame:
    """Lay units on a grid: `code`, `row` and `column`, in the order given; the same input and seed give the same tiles.

    units: a row each with `code`, `longitude` and `latitude` of a point inside in degrees and, where tiles of one province are
    to hold together, `province_code`. neighbours: pairs as of `impact.regions.neighbours`; without, points with none between.
    holes: further cells, as a share of the units, among which the layout may leave some free: a looser shape.

    The map is evened first, so that neighbours are a step apart in their direction; units are then assigned to the nearest
    cells (scipy.optimize.linear_sum_assignment) and change places until more neighbours touch and provinces hold together.
    Units that the sea parts from the others stand apart. Of Korea's neighbours about 80 % touch so; in the table that
    ships, mended by hand, 85 % (`of`). It takes seconds for some hundred units, a quarter of a minute for a thousand.

    >>> towns = pd.DataFrame({"code": ["n", "s", "e"], "longitude": [0.0, 0.0, 1.0], "latitude": [1.0, 0.0, 0.0]})
    >>> layout(towns)
      code  row  column
    0    n    0       0
    1    s    1       0
    2    e    1       1
    """
    _must_be_points(units, holes)
    codes = pd.Index(units["code"].astype(str))
    points = _tiling.plane(*(units[name].to_numpy(float) for name in POINT[1:]))
    pairs = _links(codes, points, neighbours)
    provinces = pd.factorize(units.get("province_code", codes))[0]
    spread, parts = _tiling.grids(_tiling.evened(points, pairs), holes)
    tiles, rng = np.zeros((len(units), 2), int), np.random.default_rng(seed)
    for members, cells in parts:
        own = pairs[np.ix_(members, members)]
        tiles[members] = cells[_board.arranged(spread[members], cells, own, provinces[members], rng)]
    row, column = (tiles - tiles.min(axis=0)).T
    return pd.DataFrame({"code": codes, "row": row, "column": column})


def fit(tiles: pd.DataFrame, pairs: pd.DataFrame, province_of: Mapping[str, str] | None = None) -> Fit:
    """Measure how many neighbours touch and whether provinces hold together; pairs of units without a tile are left out.

    >>> from impact.regions import neighbours, register
    >>> print(fit(of(), neighbours.neighbours(), register.units().set_index("code")["province_en"]))
    582 pairs of neighbours: 53.6% share an edge, 84.9% an edge or a corner. Provinces in more than one piece: \
Gyeongsangbuk-do (2), Incheon (2).
    """
    graph = weights(tiles["code"], pairs, standardise=False).matrix.tocoo()
    at = tiles[PLACE].to_numpy(int)
    steps = np.abs(at[graph.row] - at[graph.col])
    shapes = {} if province_of is None else outlines(tiles, province_of).to_dict()
    return Fit(
        graph.nnz // 2,
        float((steps.sum(axis=1) == 1).mean()),
        float((steps.max(axis=1) == 1).mean()),
        pd.Series({name: len(shapely.get_parts(shape)) for name, shape in shapes.items()}).astype(int),
    )


def outlines(tiles: pd.DataFrame, province_of: Mapping[str, str]) -> pd.Series:
    """Return the outline of each province, to draw borders: a shapely polygon, or several where it is in pieces.

    province_of: the province of each code, a dictionary or a column indexed by code. x grows to the right and y downwards.

    >>> two = pd.DataFrame({"code": ["a", "b"], "row": [0, 0], "column": [0, 1]})
    >>> outlines(two, {"a": "North", "b": "North"})["North"].bounds
    (0.0, 0.0, 2.0, 1.0)
    """
    province = _provinces(tiles, province_of)
    squares = pd.Series(shapely.box(tiles["column"], tiles["row"], tiles["column"] + 1, tiles["row"] + 1), tiles.index)
    return squares.groupby(province).agg(lambda some: shapely.simplify(shapely.union_all(some.to_numpy()), 0))


def labels(tiles: pd.DataFrame, province_of: Mapping[str, str]) -> pd.DataFrame:
    """Return where to write the name of each province: `x` and `y`, the middle of the upper edge of its longest row of tiles.

    Written small below that edge the name has most room and leaves the middle of the tile to the name of the unit.

    >>> two = pd.DataFrame({"code": ["a", "b"], "row": [3, 3], "column": [0, 1]})
    >>> labels(two, {"a": "North", "b": "North"})
             x  y
    North  1.0  3
    """
    placed = tiles.assign(province=_provinces(tiles, province_of)).sort_values(["province", *PLACE])
    breaks = placed[["province", "row"]].ne(placed[["province", "row"]].shift()).any(axis=1) | (
        placed["column"].diff() != 1
    )
    rows = placed.groupby(breaks.cumsum()).agg(
        province=("province", "first"), x=("column", "mean"), y=("row", "first"), length=("row", "size")
    )
    longest = (
        rows.sort_values("length", ascending=False, kind="stable").drop_duplicates("province").set_index("province")
    )
    return longest.assign(x=longest["x"] + 0.5)[["x", "y"]].sort_index().rename_axis(None)


# ---- tables --------------------------------------------------------------------------------------------------------


def _shipped(folder: Path | None) -> pd.DataFrame:
    path = (where.data("regions") if folder is None else Path(folder)) / FILE
    if not path.is_file():
        raise InputError(
            f"A folder of regions must hold {FILE} to say where each unit is drawn; there is no {path}. Add it, or make tiles "
            "with layout."
        )
    return checked(read.file(path, ["code"]))


def _chosen(table: pd.DataFrame, codes: Iterable[object]) -> pd.DataFrame:
    wanted = _asked(codes)
    if unknown := first_five(wanted[~wanted.isin(table["code"])]):
        raise InputError(
            f"Every unit must have a tile; without: {unknown}. The table begins with {first_five(table['code'])}: name "
            "the system of your codes in system, or make tiles with layout."
        )
    return table.set_index("code").loc[wanted].rename_axis("code").reset_index()


def _asked(codes: Iterable[object]) -> pd.Index:
    given = pd.Series(list(codes), dtype=object)
    blank = _blank(given)
    if blank.any():
        raise InputError(
            f"Every unit must have a code; blank: {blank.sum():,} of {len(given):,}. Fill them in, or leave these units out."
        )
    named = pd.Index(given.astype(str), dtype=object)
    _must_be_unique(named)
    return named


def _blank(codes: pd.Series) -> pd.Series[bool]:
    return codes.isna() | (codes.astype(str).str.strip() == "")


def _faults(frame: pd.DataFrame, codes: Iterable[object] | None) -> Iterator[str]:
    """Report codes that are blank, repeated or lacking, places that are no numbers, and tiles with more than one unit."""
    blank, code = _blank(frame["code"]), frame["code"].astype(str)
    if blank.any():
        seen = f"{blank.sum():,} of {len(frame):,}"
        yield f"A table of tiles must have a code in every row; blank: {seen}. Fill them in, or drop the rows."
    if twice := first_five(code[~blank & code.duplicated()].unique()):
        yield f"A table of tiles must have each code once; seen again: {twice}. Keep one row of each."
    place = frame[PLACE].apply(pd.to_numeric, errors="coerce")
    whole = place.notna() & (place % 1 == 0)
    if odd := first_five(
        dict.fromkeys(frame[PLACE].astype(object).where(frame[PLACE].notna(), "blank").to_numpy()[~whole.to_numpy()])
    ):
        yield f"Rows and columns of tiles must be whole numbers; seen: {odd}. Count them from the top and from the left."
    sound = place[whole.all(axis=1)].astype(int)
    shared = code[sound.index].groupby([sound[name] for name in PLACE]).agg(list)
    full = [
        f"row {row} column {column} ({', '.join(units)})" for (row, column), units in shared.items() if len(units) > 1
    ]
    if full:
        yield f"A tile must hold one unit; holding more: {first_five(full)}. Move all but one."
    lacking = [] if codes is None else [one for one in _asked(codes) if one not in set(code)]
    if lacking:
        yield f"Every unit must have a tile; without: {first_five(lacking)}. Add rows for them, or make tiles with layout."


def _provinces(tiles: pd.DataFrame, province_of: Mapping[str, str]) -> pd.Series:
    found = tiles["code"].map(dict(province_of))
    if lost := first_five(tiles.loc[found.isna(), "code"]):
        raise InputError(f"Every unit must have a province; without: {lost}. Add them to province_of.")
    return found


# ---- other codes ---------------------------------------------------------------------------------------------------


def _in(table: pd.DataFrame, system: System) -> pd.DataFrame:
    """Return the tiles of the units of another system or vintage."""
    pairs = links(_system_of(table, system.folder), system)
    codes = _units(system)
    if new := first_five(codes.difference(pd.Index(pairs["target"]))):
        raise InputError(
            f"Every unit of {system} must have land of a unit with a tile; others: {new}. Make tiles with layout."
        )
    pairs = pairs.join(table.set_index("code"), on="source")
    alone = ~pairs["source"].duplicated(keep=False) & ~pairs["target"].duplicated(keep=False)
    kept = pairs[alone].rename(columns={"target": "code"})[COLUMNS]
    changed = pairs[~alone]
    made = pd.concat([kept, _beside(changed, kept)]) if len(changed) else kept
    return made.sort_values("code", ignore_index=True)


def _system_of(table: pd.DataFrame, folder: Path | None) -> System:
    """Find the system and vintage of which the table has all units."""
    for system in systems(folder):
        if set(_units(system)) == set(table["code"]):
            return system
    raise InputError(
        f"{FILE} must have the units of one system and vintage of codes.csv, to be turned into others; it has those of none. "
        "Leave system out, or add the units that lack."
    )


def _units(system: System) -> pd.Index:
    return system.table().query("level == 'unit'").index


def _beside(changed: pd.DataFrame, kept: pd.DataFrame) -> pd.DataFrame:
    """Give units that were merged or divided the tiles of those before them, and free ones as near as can be."""
    before = changed[PLACE].drop_duplicates()
    taken = pd.concat([kept[PLACE], before])
    low, high = taken.min() - 1, taken.max() + 1
    rows, columns = np.meshgrid(*(np.arange(low[name], high[name] + 1) for name in PLACE), indexing="ij")
    cells = np.column_stack([rows.ravel(), columns.ravel()])
    cells = cells[~pd.MultiIndex.from_arrays([*cells.T]).isin(pd.MultiIndex.from_frame(kept[PLACE]))]
    codes = np.sort(changed["target"].unique())
    far = [cdist(changed.loc[changed["target"] == code, PLACE], cells).min(axis=0) for code in codes]
    first_stays = np.linspace(1.001, 1, len(codes))[:, None]  # of two that may stay the first does
    placed = cells[linear_sum_assignment(np.array(far) * first_stays)[1]]
    return pd.DataFrame({"code": codes, "row": placed[:, 0], "column": placed[:, 1]})


# ---- layout --------------------------------------------------------------------------------------------------------


def _must_be_points(units: pd.DataFrame, holes: float) -> None:
    """Refuse units that cannot be laid."""
    if not 0 <= holes <= 1:
        raise InputError(f"holes must be from 0 to 1; seen: {holes}. Name the share of cells to add.")
    if absent := [name for name in POINT if name not in units]:
        raise InputError(f"Units must have the columns {', '.join(POINT)}; absent: {', '.join(absent)}. Add them.")
    if units.empty:
        raise InputError("At least one unit must be given; the table has none. Check how it was made.")
    codes = _asked(units["code"])
    degrees = units[POINT[1:]].apply(pd.to_numeric, errors="coerce").abs().to_numpy()
    if lost := first_five(codes[~(degrees <= [360, 90]).all(axis=1)]):
        raise InputError(
            f"Every unit must have a longitude up to 360 and a latitude up to 90 degrees; others: {lost}. Fill them in, or "
            "leave the units out."
        )
    if "province_code" in units and (lost := first_five(codes[_blank(units["province_code"])])):
        raise InputError(
            f"Every unit must have a province_code, or none; blank: {lost}. Fill them in, or drop the column."
        )


def _links(codes: pd.Index, points: np.ndarray, neighbours: pd.DataFrame | None) -> np.ndarray:
    if neighbours is None or len(codes) == 1:
        return _tiling.around(points)
    return np.asarray(weights(codes, neighbours, standardise=False).matrix.toarray() > 0)
