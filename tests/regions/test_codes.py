"""Codes of regions as types: the tables behind them, reading them, placing them, names, and joins that are refused."""

import itertools
import re
import tomllib

import pandas as pd
import pytest

from impact import where
from impact.errors import InputError
from impact.regions import register
from impact.regions.codes import Codes, System, join, normal, place, systems, table, vintages
from impact.regions.names import from_names

THEN, NOW = System("mois", "2024-01-18"), System("mois", "2026-07-01")
KOSTAT7, KOSTAT8 = System("kostat", "2021-12-31"), System("kostat", "2022-06-30")
CHANGES = [  # korea.md 5.4: day, code before, code from that day on
    ("2012-07-01", "44730", "36110"),
    ("2014-07-01", "43710", "43114"),
    ("2018-07-01", "28170", "28177"),
    ("2023-06-11", "42110", "51110"),
    ("2023-07-01", "47720", "27720"),
    ("2024-01-18", "45110", "52110"),
    ("2026-07-01", "28140", "28125"),
    ("2026-07-01", "46230", "12190"),
    ("2026-07-01", "29110", "12210"),
    ("2026-07-01", "46770", "12740"),
    ("2026-07-01", "46910", "12870"),
]


def units(system):
    return system.table().query("level == 'unit'")


def refused(call, *given, **named):
    with pytest.raises(InputError) as error:
        call(*given, **named)
    return str(error.value)


# ---- the tables ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("system", systems(), ids=str)
def test_the_units_of_every_vintage_cover_every_piece_once(system):
    pieces = units(system)["pieces"].str.split(";").explode()
    assert not pieces.duplicated().any()
    assert len(pieces) == 232
    assert set(pieces) == set(units(NOW)["pieces"].str.split(";").explode())


@pytest.mark.parametrize("system", systems(), ids=str)
def test_parts_lie_in_units_and_all_lie_in_provinces(system):
    held = system.table()
    assert set(held.loc[held["level"] == "part", "within"]) <= set(units(system).index)
    assert set(held["province_code"]) == set(held.index[held["level"] == "province"])
    assert held["province"].notna().all()


def test_no_code_is_twice_in_force_on_a_day():
    every = table("codes").sort_values(["system", "code", "valid_from"])
    later = every.groupby(["system", "code"])["valid_from"].shift(-1)
    assert ((every["valid_to"] < later) | later.isna()).all()


def test_the_number_of_units_belongs_to_a_vintage():
    assert {str(system): len(units(system)) for system in systems() if system.name == "mois"} == {
        "mois:2010-07-01": 230,
        "mois:2012-01-01": 230,
        "mois:2012-07-01": 230,
        "mois:2013-09-23": 230,
        "mois:2014-07-01": 229,
        "mois:2018-07-01": 229,
        "mois:2023-06-11": 229,
        "mois:2023-07-01": 229,
        "mois:2024-01-18": 229,
        "mois:2026-07-01": 230,
    }


def test_the_units_of_2024_are_those_of_the_register():
    own, listed = units(THEN), register.units().set_index("code")
    assert own.index.tolist() == listed.index.tolist()
    assert own["name"].tolist() == listed["name_ko"].tolist()
    assert own["province"].tolist() == listed["province_ko"].tolist()


def test_pieces_belong_to_units_of_the_register():
    assert set(table("pieces")["unit"]) <= set(register.units()["code"])
    assert set(table("pieces")["piece"]) <= set(units(NOW)["pieces"].str.split(";").explode())


def test_the_codes_are_those_of_the_sources(shared):
    source = pd.read_csv(shared / "data" / "regions" / "code_crosswalk_229.csv", dtype=str)
    for column, system in (
        ("code_2024", THEN),
        ("code_mois_20220309", System("mois", "2022-03-09")),
        ("code_kostat7", KOSTAT7),
        ("code_kostat8", KOSTAT8),
    ):
        assert set(source[column]) == set(units(system).index), column
    assert set(source["code_20260701"].dropna()) == set(units(NOW).index) - {"28125", "28155", "28275", "28290"}


def test_every_column_has_a_source():
    named = tomllib.loads(where.data("SOURCES.toml").read_text(encoding="utf-8"))["regions"].values()
    for name in ("codes", "pieces"):
        columns = [column for one in named if one["file"] == f"regions/{name}.csv" for column in one["columns"]]
        assert sorted(columns) == sorted(table(name).columns)


# ---- traps of the codes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "before", "after"), CHANGES)
def test_a_change_of_codes_is_a_change_of_vintage(day, before, after):
    old = System("mois", f"{pd.Timestamp(day) - pd.Timedelta(days=1):%Y-%m-%d}").table().index
    new = System("mois", day).table().index
    assert before in old
    assert after in new
    assert after not in old
    assert before not in new


@pytest.mark.parametrize(("day", "city", "parts"), [("2024-01-01", "41190", 3), ("2026-02-01", "41590", 4)])
def test_districts_of_a_city_change_no_unit(day, city, parts):
    held = System("mois", day).table()
    assert System("mois", day) == System("mois", f"{pd.Timestamp(day) - pd.Timedelta(days=1):%Y-%m-%d}")
    assert (held["within"] == city).sum() == parts
    assert held.at[city, "level"] == "unit"


def test_nine_codes_mean_one_unit_to_one_office_and_another_to_the_other():
    ours, theirs = units(THEN), units(KOSTAT7)
    both = sorted(set(ours.index) & set(theirs.index))
    assert both == ["11110", "11140", "11170", "11200", "11230", "31110", "31140", "31170", "31200"]
    assert not (ours.loc[both, "pieces"] == theirs.loc[both, "pieces"]).any()
    assert (ours.at["11110", "name"], theirs.at["11110", "name"]) == ("종로구", "노원구")
    provinces = {
        code: (THEN.table().at[code, "province"], KOSTAT7.table().at[code, "province"]) for code in ("26", "29", "31")
    }
    assert provinces == {
        "26": ("부산광역시", "울산광역시"),
        "29": ("광주광역시", "세종특별자치시"),
        "31": ("울산광역시", "경기도"),
    }


def test_most_codes_of_two_vintages_are_alike():
    then = set(units(THEN).index)
    assert len(then & set(units(System("mois", "2022-03-09")).index)) == 196
    assert len(then & set(units(NOW).index)) == 199


def test_statistics_korea_numbered_all_counties_anew_in_2022():
    old, new = (units(system).reset_index().set_index("pieces")["code"] for system in (KOSTAT7, KOSTAT8))
    moved = old.index[old != new.reindex(old.index)]
    assert len(moved) == 82
    assert all(name.endswith("군") for name in units(KOSTAT7).reset_index().set_index("pieces").loc[moved, "name"])
    assert (old["27720"], new["27720"], old["46870"], new["46870"]) == ("37310", "37510", "36440", "36640")


def test_vintages_follow_one_another_without_a_gap():
    for name in ("mois", "kostat"):
        spells = vintages(name)
        for (_, last), (first, _) in itertools.pairwise(spells):
            assert first - last == pd.Timedelta(days=1)


# ---- reading and placing -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (11110, "11110"),
        (11110.0, "11110"),
        ("11110.0", "11110"),
        (" 11110 ", "11110"),
        ("1111000000", "11110"),
        ("1100000000", "11"),
        ("11000", "11"),
        (11, "11"),
        ("1101000", "11010"),
        ("11010000", "11010"),
        ("3600000000", "36"),
        ("서울특별시 종로구 (1111000000)", "11110"),
        ("서울특별시  (1100000000)", "11"),
        ("1111051500", "1111051500"),
        ("종로구", "종로구"),
    ],
)
def test_a_code_is_read_however_it_is_written(given, code):
    assert normal([given]).tolist() == [code]


def test_every_row_is_placed_or_listed_with_its_reason():
    placed = place(pd.Series([11110, "41111", "11", "1111051500", "99999", None], index=list("abcdef")), THEN)
    assert placed.rows["unit"].tolist()[:2] == ["11110", "41110"]
    assert placed.rows["name"].tolist()[:2] == ["종로구", "수원시 장안구"]
    assert placed.unplaced["why"].to_dict() == {
        "c": "a province, not a unit",
        "d": "finer than a unit and its parts",
        "e": "not a code of this system on this day",
        "f": "blank",
    }
    assert str(placed) == (
        "6 codes given, 2 placed in mois:2024-01-18. 1 not placed (a province, not a unit): 11. 1 not placed (finer than a unit "
        "and its parts): 1111051500. 1 not placed (not a code of this system on this day): 99999. 1 not placed (blank): None."
    )


def test_the_ministrys_own_file_is_placed_with_its_provinces_and_branch_offices_listed(shared):
    file = pd.read_csv(shared / "data" / "fixtures" / "jumin_202212_202412.csv", encoding="cp949")
    placed = place(file["행정구역"], THEN)
    assert len(placed.rows) == len(file)
    inside = placed.rows[placed.rows["why"] == ""]
    assert set(inside["unit"]) == set(units(THEN).index)


# ---- systems and joins ---------------------------------------------------------------------------------------------


def test_days_of_one_vintage_are_one_system():
    assert System("mois", "2026-06-30") == THEN != NOW
    assert str(System.read("kostat:2020-05-05")) == "kostat:2018-01-01"


@pytest.mark.parametrize(
    ("name", "day", "said"),
    [
        (
            "mois",
            "2009-01-01",
            "The codes of mois are known for days from 2010-07-01 to today; seen: 2009-01-01. Name a day such as 2024-01-18 "
            "between these.",
        ),
        (
            "kostat",
            "2025-06-01",
            "The codes of kostat are known for days from 2010-01-01 to 2024-12-31; seen: 2025-06-01. Name a day such as "
            "2024-01-18 between these.",
        ),
        ("post", "2024-01-01", "A system of codes must be one of kostat, mois; seen: post. Name one."),
    ],
)
def test_a_system_that_is_not_known_is_refused(name, day, said):
    assert refused(System, name, day) == said


def test_a_system_is_read_from_its_name_and_a_day():
    said = "A system of codes is written NAME:DAY, such as mois:2024-01-18; seen: mois. Write it so."
    assert refused(System.read, "mois") == said


def test_a_column_of_another_system_is_refused():
    assert refused(Codes, pd.Series(["11010", "11020", "11110", "11"]), THEN) == (
        "Every code must be that of a unit in mois:2024-01-18; 3 of 4 are not: 11010, 11020, 11. Find the system with detect, or "
        "see with place why each is not."
    )


def test_two_systems_are_not_joined():
    firms, figures = pd.DataFrame({"firm": [1]}), pd.DataFrame({"people": [7]})
    ours, theirs = Codes(pd.Series(["11110"]), THEN), Codes(pd.Series(["11110"]), KOSTAT7)
    assert refused(join, firms, figures, (ours, theirs)) == (
        "Tables are joined on codes of one system and vintage; seen: mois:2024-01-18 and kostat:2018-01-01. Convert one of them "
        "first (impact.regions.crosswalk.convert)."
    )
    assert refused(ours.same_as, Codes(pd.Series(["11110"]), NOW)).startswith(
        "Tables are joined on codes of one system"
    )


def test_tables_in_one_system_are_joined_and_no_row_is_lost():
    firms = pd.DataFrame({"at": [48820, 11110, 48820], "year": [2020, 2020, 2021]}, index=[5, 6, 7])
    people = pd.DataFrame({"code": ["48820", "48820"], "year": [2020, 2021], "people": [1, 2]})
    on = Codes(firms["at"], THEN), Codes(people["code"], THEN)
    joined = join(firms, people.drop(columns="code"), on, by=["year"])
    assert joined.index.tolist() == [5, 6, 7]
    assert joined["people"].fillna(-1).tolist() == [1, -1, 2]
    assert refused(join, firms[["at"]], people[["people"]], on) == (
        "The table that is joined must have each code once; seen again: 48820. Name more columns in by."
    )
    assert refused(join, firms, people, on) == (
        "Columns of two joined tables must have different names; in both: year. Rename or drop them."
    )

    assert refused(join, firms.reset_index(drop=True), people, on) == (
        "Codes must be a column of the table that is joined; seen: another index. Take them from the table."
    )


# ---- names ---------------------------------------------------------------------------------------------------------


def test_a_name_that_six_cities_have_is_refused_with_all_of_them():
    assert refused(from_names, ["중구", "해운대구", "고성군"], THEN).splitlines() == [
        "A name must mean one region; 중구 may be 중구 11140 in 서울특별시, 중구 26110 in 부산광역시, 중구 27110 in 대구광역시, "
        "중구 28110 in 인천광역시, 중구 30140 in 대전광역시, 중구 31110 in 울산광역시. Give the province too, or use codes.",
        "A name must mean one region; 고성군 may be 고성군 48820 in 경상남도, 고성군 51820 in 강원특별자치도. Give the province "
        "too, or use codes.",
    ]


def test_with_its_province_a_name_is_one_region_however_the_province_is_written():
    provinces = ["강원도", "강원특별자치도", "강원", "경남", "Seoul", "경기도"]
    placed = from_names(["고성군", "고성군", "고성군", "고성군", "중구", "광주시"], THEN, provinces)
    assert placed.rows["code"].tolist() == ["51820", "51820", "51820", "48820", "11140", "41610"]


def test_gwangju_the_city_is_not_gwangju_the_province():
    placed = from_names(["광주시", "광주광역시", "세종특별자치시", "없는군", None], THEN)
    assert placed.rows["code"].fillna("").tolist() == ["41610", "29", "36110", "", ""]
    assert placed.unplaced["why"].tolist() == [
        "a province, not a unit",
        "not a name in this system on this day",
        "blank",
    ]


def test_every_unit_is_found_by_its_province_and_name():
    for system in systems():
        held = units(system)
        placed = from_names(held["name"], system, held["province"])
        assert placed.rows["code"].tolist() == held.index.tolist()


# ---- another country -----------------------------------------------------------------------------------------------


def test_a_folder_without_the_tables_is_refused(tmp_path):
    said = refused(systems, tmp_path)
    assert re.fullmatch(
        r"A folder of codes must hold codes.csv and pieces.csv; there is no .*codes.csv. Add the table.", said
    )
