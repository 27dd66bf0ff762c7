"""Neighbours: the table that ships against the boundaries, polygons, weights and distances, and what is refused."""

import json
import sys
from collections import defaultdict
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from impact import where
from impact.errors import InputError
from impact.regions import neighbours as near
from impact.regions import register

CORNERS = [(0, 0), (1, 0), (0, 1), (1, 1), (5, 0)]
ISLANDS = {"28720", "46890", "46900", "47940", "48310", "48840"}  # Ongjin, Wando, Jindo, Ulleung, Geoje, Namhae
UNITS = (
    "code,name_en,province_code,province_en,kind,capital_region,latitude,longitude,valid_from,valid_to\n"
    "01,Port,0,North,city,1,12,-3,2020-01-01,\n"
    "02,Hillton,0,North,town,0,12.5,-3.25,2020-01-01,\n"
    "03,Isle,1,South,town,0,10,-3,2020-01-01,\n"
)


@pytest.fixture(scope="module")
def pairs():
    return near.neighbours()


@pytest.fixture
def utopia(tmp_path):
    (tmp_path / "units.csv").write_text(UNITS, encoding="utf-8")
    (tmp_path / "neighbours.csv").write_text("code,neighbour\n02,01\n", encoding="utf-8")
    return tmp_path


def refusal(function, *given, **named):
    with pytest.raises(InputError) as caught:
        function(*given, **named)
    return str(caught.value)


def as_set(pairs):
    return set(zip(pairs["code"], pairs["neighbour"], strict=True))


# ---- the register ---------------------------------------------------------------------------------------------------


def test_the_table_is_symmetric_and_nobody_is_its_own_neighbour(pairs):
    found = as_set(pairs)
    assert len(found) == len(pairs) == 2 * 582
    assert found == {(b, a) for a, b in found}
    assert not any(a == b for a, b in found)
    assert set(pairs["code"]) <= set(register.units()["code"])


def test_every_unit_has_a_neighbour_but_six_islands_which_are_named(pairs):
    assert set(near.islands()["code"]) == ISLANDS
    assert set(pairs["code"]) == set(register.units()["code"]) - ISLANDS


def test_islands_with_a_border_on_water_and_jeju_have_the_neighbours_of_the_file(pairs):
    of = pairs.groupby("code")["neighbour"].apply(list)
    assert of[["28710", "46910", "26200", "50110", "50130"]].to_dict() == {
        "28710": ["41570"],  # Ganghwa-gun: Gimpo-si
        "46910": ["46840"],  # Sinan-gun: Muan-gun
        "26200": ["26110"],  # Yeongdo-gu: Jung-gu
        "50110": ["50130"],
        "50130": ["50110"],
    }


def test_the_file_has_each_pair_once_in_order():
    written = pd.read_csv(where.data("regions", "neighbours.csv"), dtype=str)
    assert written.columns.tolist() == ["code", "neighbour"]
    assert (written["code"] < written["neighbour"]).all()
    assert written.equals(written.sort_values(["code", "neighbour"], ignore_index=True))


def test_the_pairs_are_those_of_the_boundaries(pairs, shared):
    """Two units are neighbours if a line from one vertex to the next is in both; no geometry package is asked."""
    file = shared / "data" / "boundaries" / "kr_sigungu229_2024_light.geojson"
    lines = defaultdict(set)
    for unit in json.loads(file.read_text(encoding="utf-8"))["features"]:
        shape = unit["geometry"]
        polygons = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
        for ring in (ring for polygon in polygons for ring in polygon):
            points = [tuple(point) for point in ring]
            for line in pairwise(points):
                lines[frozenset(line)].add(unit["properties"]["code"])
    assert {tuple(sorted(owners)) for owners in lines.values() if len(owners) == 2} == {
        pair for pair in as_set(pairs) if pair[0] < pair[1]
    }
    assert max(map(len, lines.values())) == 2


def test_neighbours_are_near(pairs):
    apart = near.distances()
    km = [apart.loc[a, b] for a, b in as_set(pairs)]
    assert 0 < min(km) < 3
    assert max(km) < 80
    assert np.median(km) < 30


def test_another_country_has_its_own_neighbours(utopia):
    assert near.neighbours(utopia).to_numpy().tolist() == [["01", "02"], ["02", "01"]]
    assert near.islands(utopia)["name_en"].tolist() == ["Isle"]
    units = register.units(utopia)
    assert near.weights(units["code"], near.neighbours(utopia)).isolates == ["03"]
    assert near.within(70, units=units)["code"].tolist() == ["01", "02"]


def test_a_folder_without_neighbours(utopia):
    (utopia / "neighbours.csv").unlink()
    assert refusal(near.neighbours, utopia) == (
        "A folder of regions must hold neighbours.csv to say who borders whom; there is no "
        f"{utopia / 'neighbours.csv'}. Add it, or make pairs with from_polygons or within."
    )


def test_a_table_without_the_columns(utopia):
    (utopia / "neighbours.csv").write_text("code,next\n01,02\n", encoding="utf-8")
    assert refusal(near.neighbours, utopia) == (
        f"neighbours.csv must have the columns code, neighbour; absent: neighbour. Add them to {utopia / 'neighbours.csv'}."
    )


def test_everything_that_is_wrong_with_a_table_is_said_at_once(utopia):
    (utopia / "neighbours.csv").write_text("code,neighbour\n01,02\n02,01\n03,03\n01,\n1,02\n", encoding="utf-8")
    assert refusal(near.neighbours, utopia).splitlines() == [
        "neighbours.csv must have code and neighbour in every row; blank in line 5. Fill them in, or drop the rows.",
        "In neighbours.csv no unit must be its own neighbour; seen: 03. Drop these rows.",
        "neighbours.csv must name units of units.csv; unknown: 1. Use the codes that stand there.",
        "neighbours.csv must have each pair once, in one direction; seen again: 01 with 02. Keep one row of each.",
    ]


# ---- weights --------------------------------------------------------------------------------------------------------


def test_weights_are_matched_by_label_and_rows_sum_to_one(pairs):
    codes = register.units()["code"].to_numpy()[::-1]
    w = near.weights(codes, pairs)
    assert set(w.isolates) == ISLANDS
    sums = pd.Series(np.asarray(w.matrix.sum(axis=1)).ravel(), w.codes)
    assert np.allclose(sums.drop(list(ISLANDS)), 1)
    assert (sums[list(ISLANDS)] == 0).all()
    row = pd.Series(w.matrix[w.codes.get_loc("11110")].toarray().ravel(), w.codes)
    mine = pairs.loc[pairs["code"] == "11110", "neighbour"]
    assert set(row.index[row > 0]) == set(mine)
    assert np.allclose(row[row > 0], 1 / len(mine))


def test_one_direction_is_enough_and_a_pair_counts_once():
    once = pd.DataFrame({"code": ["a", "b"], "neighbour": ["b", "c"]})
    both = pd.DataFrame({"code": ["a", "b", "b", "c", "a", "z"], "neighbour": ["b", "a", "c", "b", "b", "a"]})
    for given in (once, both):
        assert near.weights("abc", given, standardise=False).matrix.toarray().tolist() == [
            [0, 1, 0],
            [1, 0, 1],
            [0, 1, 0],
        ]


def test_a_part_of_the_units_has_rows_that_sum_to_one_again():
    chain = pd.DataFrame({"code": list("abc"), "neighbour": list("bcd")})
    part = near.weights("abcd", chain).among(["d", "b", "a"])
    assert part.matrix.toarray().tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 0]]
    assert part.isolates == ["d"]
    assert near.weights("abcd", chain, standardise=False).among(["b", "c"]).matrix.toarray().tolist() == [
        [0, 1],
        [1, 0],
    ]


def test_weights_that_fit_to_no_unit():
    pairs = pd.DataFrame({"code": ["11110"], "neighbour": ["11140"]})
    assert refusal(near.weights, ["11010", "11020"], pairs) == (
        "At least one pair of neighbours must be of these 2 units; none is. Units: 11010, 11020; pairs: 11110. Both need the "
        "same codes."
    )
    assert refusal(near.weights, ["11110", "11140", "11110"], pairs) == (
        "Every unit must be named once; seen again: 11110. Keep one of each."
    )
    assert refusal(near.weights(["11110", "11140"], pairs).among, ["11110", "Jung-gu"]) == (
        "The weights must know every region; they do not know Jung-gu. Theirs are 11110, 11140. Make them of the codes that the "
        "regions have."
    )


# ---- distances ------------------------------------------------------------------------------------------------------


def test_distances_are_those_of_the_globe():
    points = pd.DataFrame({"code": list("npqe"), "latitude": [90, 0, 0, 0], "longitude": [0, 0, 180, 90]})
    quarter = np.pi / 2 * 6371.0088
    expected = quarter * np.array([[0, 1, 1, 1], [1, 0, 2, 1], [1, 2, 0, 1], [1, 1, 1, 0]])
    assert np.allclose(near.distances(units=points), expected)


def test_seoul_and_busan_are_325_km_apart_and_distances_have_labels():
    apart = near.distances(["26110", "11140", "50110"])
    assert apart.index.tolist() == apart.columns.tolist() == ["26110", "11140", "50110"]
    assert apart.loc["11140", "26110"] == pytest.approx(325, abs=5)
    assert apart.loc["11140", "50110"] == pytest.approx(455, abs=15)
    everything = near.distances()
    assert everything.shape == (229, 229)
    assert np.array_equal(everything, everything.T)
    assert (np.diag(everything) == 0).all()


def test_units_within_a_distance_come_in_both_directions_with_km():
    pairs = near.within(20)
    apart = near.distances()
    assert as_set(pairs) == {(b, a) for a, b in as_set(pairs)}
    assert len(pairs) == (apart.to_numpy() <= 20).sum() - len(apart)
    assert pairs["km"].between(0, 20, inclusive="right").all()
    assert all(apart.loc[row.code, row.neighbour] == row.km for row in pairs.head(50).itertuples())


def test_distances_that_cannot_be_told():
    units = pd.DataFrame({"code": ["a", "b"], "latitude": [1, np.nan], "longitude": [2.0, 3.0]})
    assert refusal(near.distances, ["a", "b", "c"], units) == (
        "Every unit must have a point; without latitude or longitude: b, c. Add them, or leave the units out."
    )
    assert (
        refusal(near.distances, ["a", "a"], units) == "Every unit must be named once; seen again: a. Keep one of each."
    )
    assert refusal(near.within, 0) == "km must be above 0; seen: 0. Write how far apart neighbours may be."


# ---- polygons -------------------------------------------------------------------------------------------------------


@pytest.fixture
def shapely():
    return pytest.importorskip(
        "shapely", reason="neighbours of polygons need shapely, which the package does not bring"
    )


def test_rooks_share_a_line_and_queens_a_point(shapely):
    shapes = {name: shapely.box(x, y, x + 1, y + 1) for name, (x, y) in zip("abcde", CORNERS, strict=True)}
    rook = near.from_polygons(shapes.values(), shapes)
    assert as_set(rook[rook["code"] < rook["neighbour"]]) == {("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")}
    queen = near.from_polygons([shapely.to_wkb(shape) for shape in shapes.values()], shapes, "queen")
    assert as_set(queen) - as_set(rook) == {("a", "d"), ("d", "a"), ("b", "c"), ("c", "b")}
    assert near.weights(shapes, rook).isolates == ["e"]


@pytest.mark.parametrize("quality", ["full", "light"])
def test_the_boundaries_give_the_pairs_that_ship(shapely, shared, pairs, quality):
    frame = pd.read_parquet(shared / "data" / "boundaries" / f"kr_sigungu229_2024_{quality}.parquet")
    pd.testing.assert_frame_equal(near.from_polygons(frame["geometry"], frame["code"]), pairs, check_dtype=False)


def test_boundaries_that_do_not_fit_together_are_refused(shapely):
    said = (
        "Polygons must fit together, without overlaps and with the same vertices on shared borders; these do not: a, b. Use "
        "boundaries that were not simplified one by one, or mend them with shapely.coverage_clean."
    )
    overlapping = [shapely.box(0, 0, 1, 1), shapely.box(0.9, 0, 2, 1), shapely.box(2, 0, 3, 1)]
    torn = [
        shapely.box(0, 0, 1, 1),
        shapely.Polygon([(1, 0), (2, 0), (2, 1), (1, 1), (1, 0.5)]),
        shapely.box(2, 0, 3, 1),
    ]
    for shapes in (overlapping, torn):
        assert refusal(near.from_polygons, shapes, "abc") == said


def test_geometries_that_are_no_polygons_are_refused(shapely):
    box, bow = shapely.box(0, 0, 1, 1), shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    assert refusal(near.from_polygons, [box, None, shapely.Point(0, 0), shapely.Polygon()], "abcd") == (
        "Every geometry must be a polygon or a multipolygon, and not empty; others: b, c, d. Leave them out."
    )
    assert refusal(near.from_polygons, [box, bow], "ab") == (
        "Every polygon must be valid; these cross or touch themselves: b. Mend them with shapely.make_valid."
    )
    assert refusal(near.from_polygons, [box], "ab") == (
        "Every geometry must have a code; seen: 1 geometry and 2 codes. Take both from one table."
    )
    assert (
        refusal(near.from_polygons, [box, box], "aa")
        == "Every unit must be named once; seen again: a. Keep one of each."
    )


def test_the_untouched_source_is_refused_as_it_has_invalid_shapes(shapely, shared):
    file = shared / "data" / "source" / "vuski_sgg_20220309_vote_simple.geojson"
    units = json.loads(file.read_text(encoding="utf-8"))["features"]
    shapes = [shapely.from_geojson(json.dumps(unit["geometry"])) for unit in units]
    codes = [f"{at:03}" for at in range(len(shapes))]
    assert refusal(near.from_polygons, shapes, codes).startswith(
        "Every polygon must be valid; these cross or touch themselves: "
    )
    mended = shapely.make_valid(shapes, method="structure", keep_collapsed=False)
    assert refusal(near.from_polygons, mended, codes).startswith("Polygons must fit together, without overlaps")


def test_contiguity_is_rook_or_queen():
    assert refusal(near.from_polygons, [], [], "bishop") == "contiguity must be one of rook, queen; seen: 'bishop'."


def test_without_shapely_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "shapely", None)
    assert refusal(near.from_polygons, [], []) == (
        "Neighbours of polygons need the package shapely (2.1 or later), which is not installed: pip install shapely. Korea's "
        "neighbours are in the register and need none: neighbours()."
    )
