"""Boundaries: the real ones against those that were made by hand, coordinates, codes, repair, and what is refused."""

import json
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from squares import grid, korea

from impact.errors import InputError
from impact.regions import boundaries, neighbours, register
from impact.regions.boundaries import FULL, LIGHT, Attribution, Detail
from impact.regions.codes import System

THEN, NOW = System("mois", "2024-01-18"), System("mois", "2026-07-01")
ISLETS = replace(LIGHT, islets=0.5)
KOREAN = (
    "본 데이터는 통계청 통계지리정보서비스(SGIS, https://sgis.kostat.go.kr)에서 공공누리 제1유형으로 개방한 행정동 경계를 가공한 "
    "것이며(가공: vuski/admdongkor, https://github.com/vuski/admdongkor), CC BY 4.0으로 배포됩니다."
)
ENGLISH = (
    "This data is derived from administrative-dong boundaries released by Statistics Korea SGIS (https://sgis.kostat.go.kr) "
    "under KOGL Type 1, modified by vuski/admdongkor (https://github.com/vuski/admdongkor), distributed under CC BY 4.0."
)
FOUND = "Codes are those in code. The codes are of mois 2024-01-18 to 2026-06-30: 100% of them are found there."


def nobody(name):
    return (
        f"Who made {name} is not known; maps of it say only its name. Give the words that its maker asks for with attribution "
        "(--attribution)."
    )


@pytest.fixture(scope="module")
def source(shared):
    return shared / "data" / "source" / "vuski_sgg_20220309_vote_simple.geojson"


@pytest.fixture(scope="module")
def full(source):
    return boundaries.read(source)


@pytest.fixture(scope="module")
def made(shared):
    """Return boundaries that were made by hand."""

    def of(name, code="code"):
        frame = gpd.read_parquet(shared / "data" / "boundaries" / f"{name}.parquet")
        return frame.set_index(code).sort_index()

    return of


@pytest.fixture
def read(tmp_path):
    """Write a frame as a file of somebody, and read it as boundaries."""

    def of(frame, **asked):
        frame.to_parquet(tmp_path / "given.parquet")
        return boundaries.read(tmp_path / "given.parquet", **asked)

    return of


@pytest.fixture
def refused(read):
    def of(frame, **asked):
        with pytest.raises(InputError) as error:
            read(frame, **asked)
        return str(error.value)

    return of


def shapes_of(one):
    return one.frame.set_index("code").geometry


def areas(shapes):
    return shapes.to_crs("EPSG:5179").area


def same(one, other, within):
    """Tell of each shape whether both have the same vertices, whichever is the first."""
    return one.normalize().geom_equals_exact(other.normalize(), within).all()


def assert_sound(one, count):
    shapes = one.frame.geometry.to_numpy()
    assert list(one.frame.columns) == ["code", "geometry"]
    assert one.frame["code"].is_monotonic_increasing
    assert one.frame["code"].is_unique
    assert one.frame["code"].dtype == "str"
    assert one.frame.crs == "EPSG:4326"
    assert len(one.frame) == count
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert shapely.length(shapely.coverage_invalid_edges(shapes)).sum() == 0


# ---- the real ones -------------------------------------------------------------------------------------------------


def test_the_source_becomes_the_229_units_to_the_vertex(full, made):
    expected = made("kr_sigungu229_2024_full").geometry
    assert_sound(full, 229)
    assert list(full.frame["code"]) == list(expected.index) == sorted(register.units()["code"])
    assert (areas(shapes_of(full)) / areas(expected) - 1).abs().max() < 1e-3
    assert same(shapes_of(full), expected, 1e-9)
    assert (full.system, full.missing) == (THEN, ())


def test_what_was_repaired_is_said(full):
    assert full.notes == (
        "Codes are those in sgg. The codes are of mois 2018-07-01 to 2023-06-10: 100% of them are found there.",
        "2 shapes crossed or touched themselves and were mended: of 27290, 41270.",
        "Borders that did not match those of the neighbour (2.74 km) were made to; of overlaps 0.001 km² went to one of the two.",
    )


def test_light_without_islets_is_what_was_made_by_hand(source, made):
    """The one that was made by hand has four decimals, about ten metres, and no part below half a km²."""
    light = boundaries.read(source, detail=ISLETS)
    expected = made("kr_sigungu229_2024_light").geometry
    assert_sound(light, 229)
    assert (areas(shapes_of(light)) / areas(expected) - 1).abs().max() < 1e-3
    assert same(shapes_of(light), expected, 1e-9)
    assert light.notes[-1] == (
        "605 islets smaller than 0.5 km² left out, of 40 units: 26140, 26380, 28110, 28260, 28710 and more."
    )


def test_light_keeps_every_island_such_as_dokdo(source, full):
    light = boundaries.read(source, detail=LIGHT)
    assert_sound(light, 229)
    assert shapely.get_num_geometries(light.frame.geometry.to_numpy()).sum() == 1144
    assert shapes_of(light)["47940"].bounds[2] > 131.86
    points = [shapely.get_num_coordinates(one.frame.geometry.to_numpy()).sum() for one in (full, light)]
    assert points[1] < 0.35 * points[0]


def test_the_neighbours_of_full_and_light_are_those_of_the_register(source, full):
    for one in (full, boundaries.read(source, detail=LIGHT)):
        found = neighbours.from_polygons(one.frame.geometry, one.frame["code"])
        assert found.equals(neighbours.neighbours().astype(found.dtypes))


def test_the_words_of_the_source_stand_as_it_asks_for_them(full, source):
    assert (full.attribution.ko, full.attribution.en) == (KOREAN, ENGLISH)
    assert str(full.attribution) == (
        f"{KOREAN} 변경: 도형 수정, 병합, 코드 변환.\n{ENGLISH} Changed: geometry repaired, dissolved, recoded."
    )
    light = boundaries.read(source, detail=LIGHT).attribution
    assert light.said("en") == f"{ENGLISH} Changed: geometry repaired, dissolved, simplified, recoded."


def test_the_words_are_those_of_the_collection(shared):
    said = (shared / "data" / "README.md").read_text(encoding="utf-8")
    assert f"> {KOREAN}\n" in said
    assert f"> {ENGLISH}\n" in said


def test_a_map_of_2018_in_codes_of_statistics_korea_has_the_same_units(shared):
    one = boundaries.read(shared / "data" / "source" / "skorea-municipalities-2018-topo.json")
    assert_sound(one, 229)
    assert list(one.frame["code"]) == sorted(register.units()["code"])
    assert one.notes[:3] == (
        "The file does not say in which coordinates it is; they run from 124.61 to 131.871 and from 33.1124 to 38.6137, so they "
        "are taken to be EPSG:4326.",
        "Codes are those in code. The codes are of kostat 2014-01-01 to 2017-12-31: 100% of them are found there.",
        "45 shapes crossed or touched themselves and were mended: of 11530, 26440, 28185, 28720, 31170 and more.",
    )


def test_districts_of_cities_are_joined(shared, made):
    one = boundaries.read(shared / "data" / "boundaries" / "kr_sigungu255_20260201_light.parquet")
    assert_sound(one, 229)
    expected = made("kr_sigungu229_2024_light").geometry
    assert (
        areas(shapes_of(one)) / areas(expected) - 1
    ).abs().max() < 0.02  # the lines of new districts were added by hand
    assert one.attribution.changes == ("dissolved",)


def test_units_that_a_change_divided_are_left_out_and_named(source):
    one = boundaries.read(source, to=NOW)
    assert one.missing == ("28125", "28155", "28275", "28290")
    assert_sound(one, 226)
    assert one.notes[1:4] == (
        "1 shape left out (its unit is divided into 28125, 28155): 28110.",
        "1 shape left out (nothing whole without 28110): 28140.",
        "1 shape left out (its unit is divided into 28275, 28290): 28260.",
    )
    assert "4 of 230 units of mois:2026-07-01 are missing: 28125, 28155, 28275, 28290." in one.notes


def test_newer_boundaries_become_those_of_the_register(shared, made):
    one = boundaries.read(shared / "data" / "boundaries" / "kr_sigungu230_20260701_light.parquet")
    assert one.missing == ("28110", "28140")
    expected = made("kr_sigungu229_2024_light").geometry.drop(["28110", "28140"])
    assert (areas(shapes_of(one)) / areas(expected) - 1).abs().max() < 0.02  # Incheon's new line was drawn by hand


def test_provinces_are_joined_from_units(full, made):
    one = boundaries.provinces(full)
    assert_sound(one, 17)
    expected = made("kr_sido17_2024_light", "sido_code")["area_km2"]  # the area in full detail
    assert (areas(shapes_of(one)) / 1e6 / expected - 1).abs().max() < 1e-3
    assert (one.system, one.attribution) == (full.system, full.attribution)


def test_a_file_of_provinces_is_refused(shared):
    path = shared / "data" / "boundaries" / "kr_sido17_2024_light.geojson"
    with pytest.raises(InputError) as error:
        boundaries.read(path)
    assert str(error.value) == (
        "Boundaries must have codes of units; sido_code holds codes of provinces (11, 26, 27, 28, 29 and more). Take a file of "
        "units: impact.regions.boundaries.provinces joins them."
    )


def test_shapes_that_were_simplified_one_at_a_time_are_no_source_of_neighbours(full, read):
    apart = full.frame.set_geometry(full.metric.simplify(300).to_crs("EPSG:4326"))
    one = read(apart)
    assert_sound(one, 229)
    assert one.notes[-2] == (
        "The shapes seem to have been simplified one at a time, so that gaps between neighbours are left: a map may be drawn of "
        "them, but take neighbours from elsewhere."
    )
    assert len(neighbours.from_polygons(one.frame.geometry, one.frame["code"])) < len(neighbours.neighbours())


# ---- prepared files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".parquet", ".geojson"])
def test_a_prepared_file_carries_its_words_and_needs_no_repair(source, tmp_path, suffix):
    light = boundaries.read(source, detail=LIGHT)
    path = boundaries.write(light, tmp_path / f"light{suffix}")
    again = boundaries.read(path)
    assert again.notes == ("Codes are those in code, of mois:2024-01-18.",)
    assert again.attribution == light.attribution
    assert again.system == THEN
    assert same(again.frame, light.frame, 1e-12)
    assert list(again.frame["code"]) == list(light.frame["code"])


def test_a_prepared_file_moves_with_its_words(tmp_path):
    korea().to_parquet(tmp_path / "given.parquet")
    words = Attribution("출처: 어느 기관.", "Source: some office.")
    boundaries.write(boundaries.read(tmp_path / "given.parquet", attribution=words), tmp_path / "a.geojson")
    (tmp_path / "a.geojson").rename(tmp_path / "b.geojson")
    again = boundaries.read(tmp_path / "b.geojson", detail=Detail(tolerance=10))
    assert str(again.attribution) == (
        "출처: 어느 기관. 변경: 단순화.\nSource: some office. Changed: geometry simplified."
    )


def test_units_that_were_missing_are_missing_in_the_prepared_file(tmp_path):
    korea().iloc[10:].to_parquet(tmp_path / "given.parquet")
    boundaries.write(boundaries.read(tmp_path / "given.parquet"), tmp_path / "some.parquet")
    assert boundaries.read(tmp_path / "some.parquet").missing == tuple(korea()["code"][:10])


def test_units_of_another_country_stay_as_they_are_when_prepared(tmp_path):
    grid(["FR-01", "FR-02"]).to_parquet(tmp_path / "given.parquet")
    boundaries.write(boundaries.read(tmp_path / "given.parquet", system=None), tmp_path / "france.geojson")
    again = boundaries.read(tmp_path / "france.geojson")
    assert (again.system, list(again.frame["code"])) == (None, ["FR-01", "FR-02"])


@pytest.mark.parametrize(
    "description",
    ["", "a map", "[]", "{}", '{"made_by": "impact boundaries", "ko": 1, "en": "x", "changes": []}'],
)
def test_a_description_that_is_not_ours_is_not_read(tmp_path, description):
    frame = korea()
    frame.attrs = {"description": description}
    frame.to_parquet(tmp_path / "given.parquet")
    assert boundaries.read(tmp_path / "given.parquet").notes == (FOUND, nobody("given.parquet"))


def test_what_changed_is_never_free_text(tmp_path):
    frame = korea()
    about = {"made_by": "impact boundaries", "system": None, "ko": "가", "en": "a", "changes": ["<b>", "repaired"]}
    frame.attrs = {"description": json.dumps(about)}
    frame.to_parquet(tmp_path / "given.parquet")
    assert boundaries.read(tmp_path / "given.parquet").attribution.changes == ("repaired",)


def test_boundaries_are_written_as_what_can_be_read(tmp_path, read):
    one = read(korea())
    with pytest.raises(InputError) as error:
        boundaries.write(one, tmp_path / "b.shp")
    assert str(error.value) == "Boundaries are written as .parquet or .geojson; seen: b.shp. Choose one of these."
    with pytest.raises(InputError) as error:
        boundaries.write(one, tmp_path / "none" / "b.parquet")
    assert str(error.value) == (
        f"Boundaries must go to a folder that is there; {tmp_path / 'none'} is not. Make it first."
    )


# ---- coordinates ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:5179", "EPSG:5186", "EPSG:5181"])
def test_declared_coordinates_become_degrees(read, crs):
    one = read(korea().to_crs(crs))
    assert same(one.frame, korea(), 2e-5)
    assert one.notes == (FOUND, nobody("given.parquet"))


@pytest.mark.parametrize(
    ("crs", "run"),
    [
        ("EPSG:4326", "from 124.667 to 130.863 and from 33.337 to 38.413"),
        ("EPSG:5179", "from 751,066 to 1,297,312 and from 1,483,161 to 2,046,177"),
        ("EPSG:5186", "from -5,074 to 541,669 and from 82,683 to 646,723"),
    ],
)
def test_coordinates_that_nothing_is_said_of_are_told_by_their_numbers(read, crs, run):
    one = read(korea().to_crs(crs).set_crs(None, allow_override=True))
    assert same(one.frame, korea(), 2e-5)
    assert one.notes[0] == (
        f"The file does not say in which coordinates it is; they run {run}, so they are taken to be {crs}."
    )


def test_coordinates_that_nothing_tells_are_refused(refused):
    assert refused(korea().to_crs("EPSG:32652").set_crs(None, allow_override=True)) == (
        "The file does not say in which coordinates it is, and they run from 119,211 to 664,685 and from 3,691,128 to 4,251,836, "
        "which is Korea in none of EPSG:4326, EPSG:5179, EPSG:5186. Name them with crs (--crs)."
    )


@pytest.mark.parametrize(
    ("true", "said", "run"),
    [
        ("EPSG:5179", "EPSG:4326", "from 751,066 to 1,297,312 and from 1,483,161 to 2,046,177, as in EPSG:5179"),
        ("EPSG:5186", "EPSG:4326", "from -5,074 to 541,669 and from 82,683 to 646,723, as in EPSG:5186"),
        ("EPSG:5181", "EPSG:4326", "from -5,074 to 541,669 and from -17,317 to 546,723"),
        ("EPSG:4326", "EPSG:5179", "from 124.667 to 130.863 and from 33.337 to 38.413, as in EPSG:4326"),
    ],
)
def test_coordinates_that_are_not_those_that_are_said_are_refused_unless_named(read, refused, true, said, run):
    frame = korea().to_crs(true).set_crs(said, allow_override=True)
    assert refused(frame) == (
        f"Coordinates must be those of {said}; they run {run}. Name the right ones with crs (--crs)."
    )
    assert same(read(frame, crs=true).frame, korea(), 2e-5)


def test_latitude_before_longitude_is_refused(refused):
    turned = korea()
    turned["geometry"] = shapely.transform(turned.geometry.to_numpy(), lambda points: points[:, ::-1])
    assert refused(turned) == (
        "Coordinates must be those of EPSG:4326; they run from 33.337 to 38.413 and from 124.667 to 130.863. Name the right ones "
        "with crs (--crs)."
    )


def test_units_that_do_not_lie_where_they_are_are_refused(refused):
    south = (
        korea().to_crs("EPSG:5181").set_crs("EPSG:5186", allow_override=True)
    )  # the two differ by 100 km of northing
    assert refused(south) == (
        "Shapes must lie where the register has their units; half of these are 100 km away or more. Name the right coordinates "
        "with crs (--crs), or the right system of codes with system (--from)."
    )


def test_coordinates_are_named_as_they_are_known(refused):
    assert refused(korea(), crs="UTM-K") == "Coordinates are named such as EPSG:5179; seen: UTM-K. Name them so."


def test_shapes_without_any_coordinates_are_refused(refused):
    assert refused(korea().assign(geometry=gpd.GeoSeries([None] * 229, crs="EPSG:4326"))) == (
        "Shapes must have coordinates that are numbers; seen: none. Take another layer or file."
    )


# ---- codes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [int, float, "Int64"])
def test_codes_that_were_read_as_numbers_are_text_again(read, kind):
    frame = korea()
    assert list(read(frame.assign(code=frame["code"].astype(int).astype(kind))).frame["code"]) == list(frame["code"])


def test_the_column_of_most_codes_is_taken_and_names_are_not(read):
    units = register.units()
    frame = korea(province=units["province_code"], size=range(229), name="<script>alert(1)</script>", since=2024)
    one = read(frame.rename(columns={"code": "sgg"}))
    assert list(one.frame.columns) == ["code", "geometry"]
    assert list(one.frame["code"]) == list(units["code"])
    assert one.notes[0].startswith("Codes are those in sgg. ")
    assert "script" not in "".join(one.notes)


def test_several_columns_of_codes_are_refused_until_one_is_named(read, refused):
    of_2022 = korea()["code"].str.replace("^51", "42", regex=True).str.replace("^52", "45", regex=True)
    both = korea(old=of_2022.replace("27720", "47720")).rename(columns={"code": "new"})
    assert refused(both) == (
        "One column must hold the codes; several do alike: new, old. Name one with column (--column)."
    )
    assert read(both, column="old").notes[0] == (
        "Codes are those in old. The codes are of mois 2018-07-01 to 2023-06-10: 100% of them are found there."
    )
    assert read(both.rename(columns={"new": "code"})).notes[0] == FOUND
    assert refused(both, column="oldest") == (
        "The file must have the column that is named; it has no oldest, but new, old. Check the name."
    )


def test_the_same_codes_in_two_columns_are_one(read):
    assert len(read(korea(again=korea()["code"].astype(int)).rename(columns={"code": "sgg"})).frame) == 229


def test_names_are_refused_with_what_to_do(refused):
    frame = korea(name=register.units()["name_ko"]).drop(columns="code")
    assert refused(frame) == (
        "Boundaries must have codes of units; name holds names (종로구, 중구, 용산구, 성동구, 광진구 and more), and several "
        "units have the same. Add a column of codes: impact.regions.names.from_names finds them with the names of provinces."
    )


def test_no_codes_are_refused(refused):
    assert refused(grid(["FR-01", "FR-02"])) == (
        "Boundaries must have codes of units; these columns hold none that are known: code. Take another file, or give "
        "system=None (--from none) to take the codes of another country as they are."
    )
    assert refused(korea().drop(columns="code")) == (
        "Boundaries must have codes of units; these columns hold none that are known: there is no column. Take another file, or "
        "give system=None (--from none) to take the codes of another country as they are."
    )
    assert refused(korea(), system=System("kostat", "2020-01-01")) == (
        "Boundaries must have codes of units; these columns hold none of kostat:2018-01-01: code. Take another file, or give "
        "system=None (--from none) to take the codes of another country as they are."
    )


def test_mixed_vintages_are_refused(refused):
    frame = korea()
    frame["code"] = frame["code"].str.replace("^51", "42", regex=True)
    assert refused(frame) == (
        "All codes must be of one system and day; 15 codes of 229 are not of mois:2018-07-01 but of mois:2024-01-18: 27720, "
        "52110, 52130, 52140, 52180 and more. Bring all shapes to one day, or take those out."
    )


def test_codes_of_nowhere_are_left_out_and_said(read):
    frame = korea()
    frame.loc[:3, "code"] = ["99999", "00001", None, "11"]
    one = read(frame)
    assert one.missing == ("11110", "11140", "11170", "11200")
    assert one.notes[1:-1] == (
        "2 shapes left out (not a code of this system on this day): 99999, 00001.",
        "1 shape left out (blank).",
        "1 shape left out (a province, not a unit): 11.",
        "4 of 229 units of mois:2024-01-18 are missing: 11110, 11140, 11170, 11200.",
    )


def test_a_file_that_lacks_ten_units_is_read_and_they_are_named(read):
    one = read(korea().iloc[10:])
    assert_sound(one, 219)
    assert one.missing == tuple(korea()["code"][:10])
    assert one.notes[1] == (
        "10 of 229 units of mois:2024-01-18 are missing: 11110, 11140, 11170, 11200, 11215 and more."
    )


def test_several_vintages_are_no_matter_where_all_lead_to_the_same_units(read):
    one = read(korea().query("code.str.startswith('11')"))
    assert (len(one.frame), len(one.missing)) == (25, 204)
    assert one.notes[0] == (
        "Codes are those in code. The codes are of mois; they do not tell the vintage: 100% of them are in mois 2010-07-01 to "
        "today. All lead to the same units."
    )


def test_codes_of_two_systems_are_refused_until_one_is_named(read, refused):
    jongno = korea().query("code == '11110'")
    assert refused(jongno) == (
        "The codes do not tell their system: 100% of them are in each of kostat 2010-01-01 to 2024-12-31; mois 2010-07-01 to "
        "today. Name system and day, such as mois:2026-07-01."
    )
    assert list(read(jongno, system=THEN).frame["code"]) == ["11110"]
    ulsan = korea().query("code == '31140'")  # to Statistics Korea it is Osan, at the other end of the country
    assert refused(ulsan, system=System("kostat", "2020-01-01")) == (
        "Shapes must lie where the register has their units; half of these are 275 km away or more. Name the right coordinates "
        "with crs (--crs), or the right system of codes with system (--from)."
    )


def test_a_system_may_be_given_as_text(read, refused):
    assert list(read(korea(), system="mois:2024-01-18").frame["code"]) == list(korea()["code"])
    assert refused(korea(), system="mois") == (
        "A system of codes is written NAME:DAY, such as mois:2024-01-18; seen: mois. Write it so."
    )


@pytest.mark.parametrize("target", ["kostat:2013-01-01", "kostat:2020-01-01", "kostat:2023-01-01", "mois:2015-01-01"])
def test_units_lie_where_they_are_also_in_other_codes(source, target):
    """Nine codes of the two offices are the same and mean another place; that must refuse nothing."""
    one = boundaries.read(source, to=target)
    assert one.system == System.read(target)
    assert len(one.frame) + len(one.missing) == len(one.system.table().query("level == 'unit'"))


def test_a_city_and_its_districts_are_not_counted_twice(read):
    frame = korea()
    suwon = frame.query("code == '41110'")
    x, y, *_ = suwon.total_bounds
    district = suwon.assign(code="41111", geometry=[shapely.box(x, y, x + 0.002, y + 0.006)])
    one = read(pd.concat([frame, district]))
    assert "1 shape left out (a part of a unit that is there too): 41111." in one.notes
    assert shapes_of(one)["41110"].equals_exact(suwon.geometry.iloc[0], 1e-5, normalize=True)


def test_a_city_of_which_a_district_is_not_there_is_left_out(read):
    frame = korea()
    suwon = frame.query("code == '41110'").geometry.iloc[0]
    x, y, *_ = suwon.bounds
    three = [
        {"code": code, "geometry": shapely.box(x + at, y, x + at + 0.001, y + 0.006)}
        for code, at in (("41111", 0), ("41113", 0.001), ("41115", 0.002))
    ]
    parts = gpd.GeoDataFrame(three, crs="EPSG:4326")
    one = read(pd.concat([frame.query("code != '41110'"), parts]))
    assert one.missing == ("41110",)
    assert one.notes[1] == "3 shapes left out (nothing whole without 41117): 41111, 41113, 41115."


def test_shapes_of_one_code_are_joined_whether_they_touch_or_not(read):
    frame = korea()
    beside, away = frame.iloc[[0]].copy(), frame.iloc[[1]].copy()
    beside["geometry"], away["geometry"] = beside.translate(0.006), away.translate(0, 0.02)
    one = read(pd.concat([frame, beside, away]))
    assert_sound(one, 229)
    assert shapes_of(one)[["11110", "11140"]].geom_type.tolist() == ["Polygon", "MultiPolygon"]
    assert one.notes[1] == "2 codes at several shapes, which were joined: 11110, 11140."
    assert one.attribution.changes == ("dissolved",)


def test_nothing_of_the_wanted_system_is_refused(refused):
    assert refused(korea().query("code == '28110'"), system=THEN, to=NOW) == (
        "At least one shape must be of a unit of mois:2026-07-01; none is. 1 shape left out (its unit is divided into 28125, "
        "28155): 28110."
    )


# ---- repair --------------------------------------------------------------------------------------------------------


def test_shapes_that_cross_themselves_are_mended_and_counted(read):
    frame = korea()
    x, y, east, north = frame.geometry[0].bounds
    frame.loc[0, "geometry"] = shapely.Polygon([(x, y), (east, north), (east, y), (x, north)])
    one = read(frame)
    assert_sound(one, 229)
    assert one.notes[1] == "1 shape crossed or touched themselves and were mended: of 11110."
    assert one.attribution.said("en") == "Boundaries: given.parquet. Changed: geometry repaired."


def test_a_repair_that_leaves_lines_beside_polygons_keeps_the_polygons(read):
    frame = korea()
    x, y, east, north = frame.geometry[0].bounds
    spike = [(x, y), (east, y), (east, north), (east, north + 0.01), (east, north), (x, north)]
    frame.loc[0, "geometry"] = shapely.Polygon(spike)
    one = read(frame)
    assert_sound(one, 229)
    assert areas(shapes_of(one))["11110"] == pytest.approx(areas(korea().set_index("code").geometry)["11110"], rel=1e-3)


def test_of_polygons_and_lines_in_one_shape_the_polygons_are_kept(read):
    frame = korea()
    x, y, east, north = frame.geometry[0].bounds
    frame.loc[0, "geometry"] = shapely.GeometryCollection(
        [frame.geometry[0], shapely.LineString([(x, y), (east, north)])]
    )
    one = read(frame)
    assert_sound(one, 229)
    assert set(one.frame.geom_type) == {"Polygon"}
    assert one.attribution.changes == ("repaired",)


def test_overlaps_go_to_one_of_the_two(read):
    frame = grid("abc")
    frame.loc[1, "geometry"] = shapely.box(2.09, 48, 2.2, 48.1)
    one = read(frame, system=None)
    assert_sound(one, 3)
    assert one.metric.area.sum() == pytest.approx(grid("abc").to_crs("EPSG:32631").area.sum(), rel=1e-4)
    assert one.notes[1] == (
        "Borders that did not match those of the neighbour (53.53 km) were made to; of overlaps 8.284 km² went to one of the two."
    )


def test_shapes_on_top_of_one_another_are_refused(refused):
    frame = korea()
    frame.loc[1, "geometry"] = frame.geometry[0]
    assert refused(frame) == (
        "Every unit must have an area of its own; these have none, or only one that is in another shape too: 11140. Take out the "
        "shapes that lie on top of others."
    )
    x, y, east, north = frame.geometry[2].bounds
    frame.loc[1, "geometry"] = shapely.Polygon([(x, y), (east, north), (x, y), (x, y)])
    assert refused(frame).startswith(
        "Every unit must have an area of its own; these have none, or only one that is in "
    )


def test_rounding_that_breaks_shapes_is_repaired_or_refused(read, refused):
    frame = grid("ab")
    frame.loc[0, "geometry"] = shapely.Polygon(
        [
            (2, 48),
            (2.1, 48),
            (2.1, 48.1),
            (2.05, 48.1),
            (2.0500004, 48.05),
            (2.0499996, 48.05),
            (2.0499998, 48.1),
            (2, 48.1),
        ]
    )
    assert_sound(read(frame, system=None), 2)
    assert refused(grid("ab"), system=None, detail=Detail(decimals=0)) == (
        "Every unit must keep a shape that fits its neighbours; at 0 decimals of degrees these do not: a, b. Ask for more detail."
    )


def test_islets_are_left_out_but_never_the_largest(read):
    frame = grid("ab")
    frame.loc[0, "geometry"] = shapely.union_all([frame.geometry[0], shapely.box(1.9, 48, 1.901, 48.001)])
    frame.loc[1, "geometry"] = shapely.union_all(
        [shapely.box(5, 48, 5.002, 48.002), shapely.box(5.1, 48, 5.101, 48.001)]
    )
    one = read(frame, system=None, detail=Detail(islets=0.5))
    assert shapely.get_num_geometries(one.frame.geometry.to_numpy()).tolist() == [1, 1]
    assert shapes_of(one)["b"].bounds[0] == 5
    assert one.notes[1] == "2 islets smaller than 0.5 km² left out, of 2 units: a, b."


def test_rows_without_a_shape_are_left_out_and_said(read):
    frame = korea()
    frame.loc[0, "geometry"] = shapely.Polygon()
    frame.loc[1, "geometry"] = None
    one = read(frame)
    assert one.notes[0] == "2 rows left out (without a shape)."
    assert one.missing == ("11110", "11140")


def test_points_and_lines_bound_nothing(refused):
    frame = korea()
    assert refused(frame.set_geometry(frame.representative_point())) == (
        "Boundaries must be polygons; 229 of 229 shapes are none: Point. Take another layer or file, or leave these out."
    )


def test_heights_are_not_carried(read):
    frame = korea()
    assert not read(frame.set_geometry(frame.geometry.force_3d(7.0))).frame.has_z.any()


# ---- another country -----------------------------------------------------------------------------------------------


def test_codes_of_another_country_are_taken_as_they_are(read):
    one = read(grid(["FR-01", "<b>", "FR-03"]).iloc[::-1], system=None)
    assert_sound(one, 3)
    assert list(one.frame["code"]) == ["<b>", "FR-01", "FR-03"]
    assert (one.system, one.missing) == (None, ())
    assert one.metric.crs == "EPSG:32631"  # the zone of Paris
    assert one.metric.area.sum() / 1e6 == pytest.approx(3 * 11.12 * 11.12 * np.cos(np.radians(48.05)), rel=0.01)
    assert one.notes[0] == "Codes are those in code, taken as they are."


def test_numbers_are_text_and_blanks_left_out(read, refused):
    frame = grid("abc").assign(code=[1.0, 2.0, np.nan])
    one = read(frame, system=None)
    assert list(one.frame["code"]) == ["1", "2"]
    assert one.notes[1] == "1 shape left out (blank)."
    assert refused(frame.assign(code=None), system=None) == (
        "At least one shape must have a code; code is blank in all 3. Name another column."
    )


def test_the_column_of_another_country_must_be_told(read, refused):
    frame = grid("ab").rename(columns={"code": "dep"})
    assert list(read(frame, system=None, column="dep").frame["code"]) == ["a", "b"]
    assert refused(frame, system=None) == (
        "Where codes are of no system their column must be named; the file has dep. Name it with column (--column)."
    )
    assert refused(frame, system=None, column="dep", to=THEN) == (
        "Codes of no system cannot become those of mois:2024-01-18. Name their system, or leave out to (--to)."
    )


def test_another_country_is_simplified_in_its_own_metres(read):
    frame = grid("ab").set_geometry(grid("ab").segmentize(0.001))
    one = read(frame, system=None, detail=LIGHT)
    assert_sound(one, 2)
    assert shapely.get_num_coordinates(one.frame.geometry.to_numpy()).sum() < 30
    assert one.frame.total_bounds == pytest.approx(frame.total_bounds, abs=1e-3)


def test_provinces_of_another_country_are_named(read):
    one = read(grid("abc"), system=None)
    joined = boundaries.provinces(one, {"a": "west", "b": "west", "c": "east"})
    assert list(joined.frame["code"]) == ["east", "west"]
    assert joined.attribution.changes == ("dissolved",)
    with pytest.raises(InputError) as error:
        boundaries.provinces(one, {"a": "west"})
    assert str(error.value) == "Every unit must have a province; without: b, c. Name it in province_of."


def test_another_country_with_tables_of_codes(tmp_path, read):
    rows = [
        ("post", "A", "1990-01-01", "", "province", "Arcadia", "A", "", "", ""),
        ("post", "A1", "1990-01-01", "", "unit", "Rome", "A", "", "p1", ""),
        ("post", "A2", "1990-01-01", "1999-12-31", "unit", "Ostia", "A", "", "p2", ""),
        ("post", "A3", "2000-01-01", "", "unit", "New Ostia", "A", "", "p2", ""),
    ]
    names = ["system", "code", "valid_from", "valid_to", "level", "name", "province_code", "within", "pieces", "also"]
    pd.DataFrame(rows, columns=names).to_csv(tmp_path / "codes.csv", index=False)
    pd.DataFrame(columns=["piece", "unit", "name", "population", "date"]).to_csv(tmp_path / "pieces.csv", index=False)
    one = read(grid(["A1", "A2"]), folder=tmp_path)
    assert (str(one.system), list(one.frame["code"])) == ("post:1990-01-01", ["A1", "A2"])
    new = read(grid(["A1", "A2"]), folder=tmp_path, to=System("post", "2010-01-01", tmp_path))
    assert list(new.frame["code"]) == ["A1", "A3"]
    assert list(boundaries.provinces(new).frame["code"]) == ["A"]


def test_full_is_every_vertex():
    assert not FULL.is_lighter
    assert LIGHT.is_lighter
    assert Detail(islets=1).is_lighter
