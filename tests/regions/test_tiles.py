"""Tiles: the table that ships, other codes, layouts of any country, a user's own table, and what is refused."""

import itertools

import numpy as np
import pandas as pd
import pytest

from impact import where
from impact.errors import InputError
from impact.regions import _board, _tiling, neighbours, register, tiles
from impact.regions.codes import System

NOW = System("mois", "2026-07-01")
APART = {"28720": "Incheon", "47940": "Gyeongsangbuk-do"}  # Ongjin and Ulleung, each with its province
OWN = pd.DataFrame({"code": ["01", "02", "03"], "row": ["0", "0", "1"], "column": ["0", "1", "0"]})
TOWNS = pd.DataFrame({"code": ["n", "s", "e"], "longitude": [0.0, 0.0, 1.0], "latitude": [1.0, 0.0, 0.0]})
CODES = (
    "system,code,valid_from,valid_to,level,name,province_code,within,pieces,also\n"
    "old,0,2000-01-01,2009-12-31,province,Land,0,,,\n"
    "old,01,2000-01-01,2009-12-31,unit,Port,0,,p,\n"
    "old,02,2000-01-01,2009-12-31,unit,Hill,0,,h1;h2,\n"
    "new,9,2010-01-01,,province,Land,9,,,\n"
    "new,91,2010-01-01,,unit,Port,9,,p,\n"
    "new,92,2010-01-01,,unit,Upper Hill,9,,h1,\n"
    "new,93,2010-01-01,,unit,Lower Hill,9,,h2,\n"
    "far,5,2010-01-01,,province,Moon,5,,,\n"
    "far,51,2010-01-01,,unit,Crater,5,,m,\n"
)


@pytest.fixture(scope="module")
def table():
    return tiles.of()


@pytest.fixture(scope="module")
def units():
    return register.units()


@pytest.fixture(scope="module")
def pairs():
    return neighbours.neighbours()


@pytest.fixture(scope="module")
def province(units):
    return units.set_index("code")["province_en"]


@pytest.fixture(scope="module")
def laid(units, pairs):
    return tiles.layout(units, pairs)


@pytest.fixture
def utopia(tmp_path):
    (tmp_path / "codes.csv").write_text(CODES, encoding="utf-8")
    (tmp_path / "pieces.csv").write_text("piece,unit,name,population,date\n", encoding="utf-8")
    (tmp_path / "tiles.csv").write_text("code,row,column\n01,0,0\n02,0,1\n", encoding="utf-8")
    return tmp_path


def refusal(function, *given, **named):
    with pytest.raises(InputError) as caught:
        function(*given, **named)
    return str(caught.value)


def cells(frame):
    return set(zip(frame["row"], frame["column"], strict=True))


def places(frame):
    return frame.set_index("code")[["row", "column"]]


def scattered(size, seed=0):
    rng = np.random.default_rng(seed)
    codes = [f"{number:03d}" for number in range(size)]
    return pd.DataFrame({"code": codes, "longitude": 10 * rng.random(size), "latitude": 40 + 8 * rng.random(size)})


# ---- the table that ships -------------------------------------------------------------------------------------------


def test_every_unit_of_the_register_has_one_tile_of_its_own(table, units):
    assert table["code"].tolist() == units["code"].tolist()
    assert len(cells(table)) == len(table) == 229
    assert table[["row", "column"]].min().tolist() == [0, 0]


def test_the_file_is_dated_and_in_order():
    written = pd.read_csv(where.data("regions", "tiles.csv"), dtype=str)
    assert written.columns.tolist() == ["code", "row", "column", "date"]
    assert written["date"].unique().tolist() == ["2026-11-22"]
    assert written["code"].is_monotonic_increasing


def test_more_than_four_of_five_neighbours_touch(table, pairs):
    """At most ⌊2n − 2√n⌋ = 427 of 582 pairs could share an edge (Harary & Harborth 1976, J. Comb. Inf. Syst. Sci. 1, 1)."""
    fit = tiles.fit(table, pairs)
    assert (fit.pairs, round(fit.touching * 582), round(fit.edge * 582)) == (582, 494, 312)
    assert fit.touching > 0.8
    assert fit.edge > 0.5


def test_every_province_is_one_piece_but_for_two_islands_that_stand_apart(table, pairs, province):
    pieces = tiles.fit(table, pairs, province).pieces
    assert pieces[pieces > 1].to_dict() == dict.fromkeys(APART.values(), 2)
    mainland = tiles.fit(table[~table["code"].isin(APART)], pairs, province).pieces
    assert (mainland == 1).all()
    assert len(mainland) == 17


@pytest.mark.parametrize("island", [["28720"], ["47940"], ["50110", "50130"]], ids=["Ongjin", "Ulleung", "Jeju"])
def test_islands_have_a_gap_around_them(table, island):
    rest = places(table[~table["code"].isin(island)]).to_numpy()
    apart = np.abs(places(table).loc[island].to_numpy()[:, None] - rest).max(axis=2)
    assert apart.min() > 1


def test_the_grid_reads_as_korea(table, province):
    row, column = (table.groupby(table["code"].map(province))[name].mean() for name in ("row", "column"))
    north_to_south = ["Seoul", "Chungcheongnam-do", "Jeonbuk State", "Jeollanam-do", "Jeju-do"]
    assert row[north_to_south].is_monotonic_increasing
    assert row[["Gangwon State", "Gyeongsangbuk-do", "Gyeongsangnam-do"]].is_monotonic_increasing
    for west_to_east in (
        ["Incheon", "Seoul", "Gangwon State"],
        ["Chungcheongnam-do", "Sejong", "Chungcheongbuk-do", "Gyeongsangbuk-do", "Ulsan"],
        ["Jeollanam-do", "Gyeongsangnam-do", "Busan"],
    ):
        assert column[west_to_east].is_monotonic_increasing
    assert table.loc[table["code"] == "47940", "column"].item() >= table["column"].max() - 1  # Ulleung
    assert table.nlargest(2, "row")["code"].tolist() == ["50130", "50110"]  # Seogwipo below Jeju


def test_neighbours_lie_in_their_direction(table, units, pairs):
    """The angle between two neighbours on tiles and on the map is below 60° for most, and hardly ever above 90°."""
    on_map = pd.DataFrame(
        _tiling.plane(units["longitude"].to_numpy(), units["latitude"].to_numpy()), index=units["code"]
    )
    a, b = (
        frame.loc[pairs["code"]].to_numpy() - frame.loc[pairs["neighbour"]].to_numpy()
        for frame in (on_map, places(table))
    )
    cosine = (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    assert (cosine > 0.5).mean() > 0.85
    assert (cosine < 0).mean() < 0.02


def test_codes_are_taken_in_their_order_and_as_numbers_too(table):
    chosen = tiles.of([50130, "11110"])
    assert chosen["code"].tolist() == ["50130", "11110"]
    assert places(chosen).loc["11110"].tolist() == places(table).loc["11110"].tolist()


def test_codes_without_a_tile_are_refused():
    assert refusal(tiles.of, ["11110", "28155", "1"]) == (
        "Every unit must have a tile; without: 28155, 1. The table begins with 11110, 11140, 11170, 11200, 11215 and more: name "
        "the system of your codes in system, or make tiles with layout."
    )
    assert refusal(tiles.of, ["11110", None, " "]) == (
        "Every unit must have a code; blank: 2 of 3. Fill them in, or leave these units out."
    )
    assert refusal(tiles.of, ["11110", "11110"]) == (
        "Every unit must be named once; seen again: 11110. Keep one of each."
    )


# ---- other codes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("system", ["mois:2026-07-01", "mois:2011-01-01", "kostat:2022-06-30", "kostat:2010-01-01"])
def test_every_vintage_has_a_tile_for_each_unit(system):
    system = System.read(system)
    found = tiles.of(system=system)
    assert found["code"].tolist() == sorted(system.table().query("level == 'unit'").index)
    assert len(cells(found)) == len(found)


def test_a_unit_that_was_only_renumbered_keeps_its_tile(table):
    now, before = places(tiles.of(system=NOW)), places(table)
    assert now.loc["12870"].tolist() == before.loc["46910"].tolist()  # Sinan
    assert now.loc["11110"].tolist() == before.loc["11110"].tolist()
    nowon, jongno = places(tiles.of(system=System("kostat", "2022-06-30"))).loc["11110"], before.loc["11110"]
    assert nowon.tolist() == before.loc["11350"].tolist() != jongno.tolist()  # 11110 is Nowon there


def test_the_new_districts_of_incheon_lie_where_the_old_ones_were(table):
    now, before = places(tiles.of(system=NOW)), places(table)
    assert now.loc["28125"].tolist() == before.loc["28140"].tolist()  # Jemulpo: all of Dong-gu, and some of Jung-gu
    assert now.loc["28155"].tolist() == before.loc["28110"].tolist()  # Yeongjong: the rest of Jung-gu
    assert now.loc["28275"].tolist() == before.loc["28260"].tolist()  # Seohae: Seo-gu without Geomdan
    assert (now.loc["28290"] - before.loc["28260"]).abs().sum() == 1  # Geomdan beside it, on a tile that was free
    assert cells(tiles.of(system=NOW)) - cells(table) == {tuple(now.loc["28290"])}


def test_of_merged_units_one_tile_is_kept(utopia):
    (utopia / "tiles.csv").write_text("code,row,column\n91,4,4\n92,4,5\n93,5,5\n", encoding="utf-8")
    merged = places(tiles.of(system=System("old", "2005-01-01", utopia)))
    assert merged.loc["01"].tolist() == [4, 4]
    assert merged.loc["02"].tolist() in ([4, 5], [5, 5])


def test_another_country_has_tiles_of_its_own_in_every_vintage(utopia):
    assert tiles.of(folder=utopia)["code"].tolist() == ["01", "02"]
    later = places(tiles.of(system=System("new", "2020-01-01", utopia)))
    assert later.loc["91"].tolist() == [0, 0]
    assert later.loc["92"].tolist() == [0, 1]
    assert (later.loc["93"] - [0, 1]).abs().sum() == 1


def test_codes_that_cannot_be_turned_into_others(utopia):
    assert refusal(tiles.of, system=System("far", "2020-01-01", utopia)) == (
        "Every unit of far:2010-01-01 must have land of a unit with a tile; others: 51. Make tiles with layout."
    )
    (utopia / "tiles.csv").write_text("code,row,column\n01,0,0\n", encoding="utf-8")
    assert refusal(tiles.of, system=System("new", "2020-01-01", utopia)) == (
        "tiles.csv must have the units of one system and vintage of codes.csv, to be turned into others; it has those of none. "
        "Leave system out, or add the units that lack."
    )


def test_a_folder_without_tiles(tmp_path):
    assert refusal(tiles.of, folder=tmp_path) == (
        f"A folder of regions must hold tiles.csv to say where each unit is drawn; there is no {tmp_path / 'tiles.csv'}. Add "
        "it, or make tiles with layout."
    )


# ---- a user's own table ---------------------------------------------------------------------------------------------


def test_a_users_own_table_is_read_as_text_and_whole_numbers():
    read = tiles.checked(OWN.assign(colour="red"), codes=["03", "01"])
    assert read.columns.tolist() == ["code", "row", "column"]
    assert read["code"].tolist() == ["01", "02", "03"]
    assert read[["row", "column"]].to_numpy().tolist() == [[0, 0], [0, 1], [1, 0]]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"code": ["01", "01", "02"]},
            "A table of tiles must have each code once; seen again: 01. Keep one row of each.",
        ),
        (
            {"code": ["01", None, " "]},
            "A table of tiles must have a code in every row; blank: 2 of 3. Fill them in, or drop the rows.",
        ),
        (
            {"row": ["0", "0.5", None], "column": ["0", "left", "1"]},
            "Rows and columns of tiles must be whole numbers; seen: 0.5, left, blank. Count them from the top and from the left.",
        ),
        (
            {"row": ["0", "0", "0"], "column": ["1", "0", "1"]},
            "A tile must hold one unit; holding more: row 0 column 1 (01, 03). Move all but one.",
        ),
    ],
)
def test_what_is_wrong_with_a_users_own_table_is_said(change, said):
    assert refusal(tiles.checked, OWN.assign(**change)) == said


def test_columns_and_units_that_lack_are_named():
    assert refusal(tiles.checked, OWN.drop(columns="row")) == (
        "A table of tiles must have the columns code, row, column; absent: row. Add them."
    )
    assert refusal(tiles.checked, OWN, ["01", "04", "5"]) == (
        "Every unit must have a tile; without: 04, 5. Add rows for them, or make tiles with layout."
    )


def test_all_that_is_wrong_is_said_at_once():
    wrong = pd.DataFrame({"code": ["01", "01", None], "row": [0, 0, "x"], "column": [0, 0, 0]})
    assert refusal(tiles.checked, wrong).splitlines() == [
        "A table of tiles must have a code in every row; blank: 1 of 3. Fill them in, or drop the rows.",
        "A table of tiles must have each code once; seen again: 01. Keep one row of each.",
        "Rows and columns of tiles must be whole numbers; seen: x. Count them from the top and from the left.",
        "A tile must hold one unit; holding more: row 0 column 0 (01, 01). Move all but one.",
    ]


# ---- borders, names and measures ------------------------------------------------------------------------------------


def test_an_outline_goes_around_the_tiles_of_a_province():
    own = tiles.checked(OWN)
    around = tiles.outlines(own, {"01": "A", "02": "A", "03": "A"})
    assert set(around["A"].exterior.coords) == {(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)}
    corner = tiles.outlines(own, {"01": "A", "02": "B", "03": "B"})
    assert corner.map(lambda shape: shape.geom_type).to_dict() == {"A": "Polygon", "B": "MultiPolygon"}
    assert corner.map(lambda shape: shape.area).to_dict() == {"A": 1, "B": 2}


def test_outlines_cover_every_tile_once(table, province):
    around = tiles.outlines(table, province)
    assert sum(shape.area for shape in around) == 229
    assert not any(a.overlaps(b) or a.contains(b) for a, b in itertools.combinations(around, 2))


def test_names_of_provinces_are_written_on_their_longest_row():
    stairs = pd.DataFrame({"code": list("abcdef"), "row": [0, 1, 1, 1, 1, 2], "column": [5, 4, 5, 7, 0, 0]})
    found = tiles.labels(stairs, dict.fromkeys("abcd", "West") | dict.fromkeys("ef", "East"))
    assert found.index.tolist() == ["East", "West"]
    assert found.to_numpy().tolist() == [[0.5, 1], [5.0, 1]]


def test_names_of_provinces_lie_on_their_own_tiles(table, province):
    for name, x, y in tiles.labels(table, province).itertuples():
        mine = table[table["code"].map(province) == name]
        assert ((mine["row"] == y) & (mine["column"] <= x) & (x <= mine["column"] + 1)).any()


def test_units_without_a_province_are_refused():
    assert refusal(tiles.outlines, tiles.checked(OWN), {"01": "A"}) == (
        "Every unit must have a province; without: 02, 03. Add them to province_of."
    )


def test_fit_tells_edges_from_corners_and_says_so():
    own, chain = tiles.checked(OWN), pd.DataFrame({"code": ["01", "02", "01"], "neighbour": ["02", "03", "99"]})
    fit = tiles.fit(own, chain, {"01": "A", "02": "B", "03": "B"})
    assert (fit.pairs, fit.edge, fit.touching, fit.pieces.to_dict()) == (2, 0.5, 1.0, {"A": 1, "B": 2})
    assert str(fit) == (
        "2 pairs of neighbours: 50.0% share an edge, 100.0% an edge or a corner. Provinces in more than one piece: B (2)."
    )
    assert str(tiles.fit(own, chain)).endswith("Provinces in more than one piece: none.")


# ---- layouts of any country -----------------------------------------------------------------------------------------


def test_a_layout_of_korea_keeps_neighbours_and_provinces_together(laid, units, pairs, province):
    assert laid["code"].tolist() == units["code"].tolist()
    assert len(cells(laid)) == 229
    fit = tiles.fit(laid, pairs, province)
    assert fit.touching > 0.78  # linear assignment alone keeps 0.74, in 16 further pieces
    assert fit.pieces[fit.pieces > 1].to_dict() == dict.fromkeys(APART.values(), 2)


def test_a_layout_is_as_high_and_as_wide_as_the_country(laid):
    assert 1 < (laid["row"].max() + 1) / (laid["column"].max() + 1) < 1.6  # with Ongjin and Ulleung, 5° by 6°


def test_without_neighbours_the_points_say_who_they_are(units, pairs, province):
    south = units[units["province_code"].isin(["26", "27", "31", "47", "48"])]
    fit = tiles.fit(tiles.layout(south), pairs, province)
    assert fit.touching > 0.7
    assert fit.pieces.to_dict() == {"Busan": 1, "Daegu": 1, "Gyeongsangbuk-do": 2, "Gyeongsangnam-do": 1, "Ulsan": 1}


@pytest.mark.parametrize("size", [1, 2, 3, 10, 100])
def test_any_number_of_units_is_laid_compactly(size):
    laid = tiles.layout(scattered(size))
    assert len(cells(laid)) == size
    assert laid[["row", "column"]].min().tolist() == [0, 0]
    assert laid[["row", "column"]].max().max() <= np.ceil(1.5 * np.sqrt(size))


def test_units_at_one_point_get_tiles_of_their_own():
    two = tiles.layout(scattered(2).assign(longitude=1.0, latitude=2.0))
    assert len(cells(two)) == 2
    many = tiles.layout(scattered(30).assign(longitude=1.0, latitude=2.0))
    assert len(cells(many)) == 30
    assert many[["row", "column"]].max().max() <= 7


def test_the_same_units_get_the_same_tiles_and_are_not_changed():
    units = scattered(40)
    units["province_code"] = (units["longitude"] > 5).map({True: "east", False: "west"})
    given = units.copy()
    first = tiles.layout(units)
    pd.testing.assert_frame_equal(units, given)
    pd.testing.assert_frame_equal(first, tiles.layout(units))
    assert not first.equals(tiles.layout(units, seed=1))


def test_provinces_hold_together():
    units = scattered(60, seed=3)
    units["province_code"] = (units["longitude"] // 3.4).astype(int).astype(str)
    pieces = tiles.fit(
        tiles.layout(units),
        pd.DataFrame({"code": ["000"], "neighbour": ["001"]}),
        units.set_index("code")["province_code"],
    ).pieces
    assert pieces.to_dict() == {"0": 1, "1": 1, "2": 1}


def test_holes_leave_room():
    close, loose = (cells(tiles.layout(scattered(60), holes=holes)) for holes in (0, 0.5))
    free = [
        sum((row + down, column + right) not in laid for row, column in laid for down, right in _board.WAYS)
        for laid in (close, loose)
    ]
    assert free[1] > free[0]  # the edge of the layout is longer


def test_an_island_far_away_stands_apart():
    units = pd.concat([scattered(40), pd.DataFrame({"code": ["sea"], "longitude": [30.0], "latitude": [44.0]})])
    laid = places(tiles.layout(units.reset_index(drop=True)))
    apart = np.abs(laid.drop("sea") - laid.loc["sea"]).max(axis=1)
    assert apart.min() >= 2
    assert laid["column"].idxmax() == "sea"


def test_a_country_on_both_sides_of_the_180th_meridian_stays_in_one_piece():
    longitude, latitude = np.array([179.0, -179.0, 178.0]), np.array([-17.0, -17.0, -18.0])
    fiji = tiles.layout(pd.DataFrame({"code": ["w", "e", "s"], "longitude": longitude, "latitude": latitude}))
    assert np.ptp(_tiling.plane(longitude, latitude)[:, 1]) < 3
    assert places(fiji)["column"].loc["e"] > places(fiji)["column"].loc["s"]
    assert fiji[["row", "column"]].max().max() <= 1


def test_neighbours_are_evened_to_one_step_in_their_direction():
    """A grid of which rows and columns lie at unequal distances becomes one of equal distances."""
    down, right = np.meshgrid([0, 1, 5, 5.5], [0, 3, 3.2], indexing="ij")
    steps = np.column_stack([np.repeat(range(4), 3), np.tile(range(3), 4)])
    links = np.abs(steps[:, None] - steps).sum(axis=2) == 1
    evened = _tiling.evened(np.column_stack([down.ravel(), right.ravel()]), links)
    assert np.allclose(evened - evened[0], steps, atol=1e-6)


def test_neighbours_of_points_are_those_with_nobody_between():
    points = np.array([[0, 0], [0, 1], [0, 2], [1, 1], [0, 2]])
    links = _tiling.around(points)
    near = {(i, j) for i, j in itertools.combinations(range(5), 2) if links[i, j]}
    assert near == {
        (i, j)
        for i, j in itertools.combinations(range(5), 2)
        if all(((points[k] - points[i]) @ (points[k] - points[j])) >= 0 for k in range(5))
    }
    assert (2, 4) in near
    assert (0, 2) not in near


def board(size=13, seed=0):
    rng = np.random.default_rng(seed)
    links = np.triu(rng.random((size, size)) < 0.4, 1)
    spaces = np.array(list(itertools.product(range(4), repeat=2)))
    return _board.Board.laid(4 * rng.random((size, 2)), spaces, links | links.T, rng.integers(0, 3, size))


def test_what_an_exchange_adds_is_what_the_energy_says():
    given = board()
    for one, other in itertools.combinations(range(16), 2):
        said, before = given._worse(one, np.array([other]))[0], given.energy()
        given._exchange(one, other)
        assert given.energy() - before == pytest.approx(said, abs=1e-12)


def test_mending_joins_what_is_cut_off():
    """Ten units of two provinces on two rows, each province in two pieces, with room to walk."""
    spaces = np.array(list(itertools.product(range(2), range(5))))
    provinces = np.array([0, 0, 1, 1, 0, 0, 0, 1, 1, 1])
    links = np.zeros((10, 10), bool)
    given = _board.Board.laid(spaces.astype(float), spaces, links, provinces)
    assert given.pieces() == 3
    given.mend()
    assert given.pieces() == 2
    assert sorted(given.at) == list(range(10))
    assert (given.who[given.at] == range(10)).all()


@pytest.mark.parametrize(
    ("units", "said"),
    [
        (
            TOWNS.drop(columns=["longitude", "code"]),
            "Units must have the columns code, longitude, latitude; absent: code, longitude. Add them.",
        ),
        (TOWNS.head(0), "At least one unit must be given; the table has none. Check how it was made."),
        (
            TOWNS.assign(code=["n", "", None]),
            "Every unit must have a code; blank: 2 of 3. Fill them in, or leave these units out.",
        ),
        (TOWNS.assign(code=["n", "n", "e"]), "Every unit must be named once; seen again: n. Keep one of each."),
        (
            TOWNS.assign(latitude=[91.0, np.nan, 0.0]),
            "Every unit must have a longitude up to 360 and a latitude up to 90 degrees; others: n, s. Fill them in, or leave "
            "the units out.",
        ),
        (
            TOWNS.assign(province_code=["1", None, " "]),
            "Every unit must have a province_code, or none; blank: s, e. Fill them in, or drop the column.",
        ),
    ],
)
def test_units_that_cannot_be_laid_are_refused(units, said):
    assert refusal(tiles.layout, units) == said


def test_options_that_make_no_sense_are_refused():
    assert refusal(tiles.layout, TOWNS, holes=-0.1) == (
        "holes must be from 0 to 1; seen: -0.1. Name the share of cells to add."
    )
    strange = pd.DataFrame({"code": ["x"], "neighbour": ["y"]})
    assert refusal(tiles.layout, TOWNS, strange) == (
        "At least one pair of neighbours must be of these 3 units; none is. Units: n, s, e; pairs: x. Both need the same codes."
    )
