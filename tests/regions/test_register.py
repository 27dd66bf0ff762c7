"""The tables that ship: what they hold, whether they fit together, and whether they are those of the sources."""

import csv
import struct
import tomllib
from datetime import date

import numpy as np
import pandas as pd
import pytest

from impact import where
from impact.errors import InputError
from impact.regions import register

READERS = {name: getattr(register, name) for name in register.TABLES}
KM_PER_DEGREE = 111.2


@pytest.fixture(scope="module")
def units():
    return register.units()


@pytest.fixture(scope="module")
def sources():
    return tomllib.loads(where.data("SOURCES.toml").read_text(encoding="utf-8"))["regions"]


@pytest.fixture(scope="module")
def korea(shared):
    return shared / "data"


def read_shared(path):
    return pd.read_csv(path, dtype={"code": str, "code_2024": str, "year": int})


def test_korea_has_229_units_of_17_provinces(units):
    assert len(units) == units["code"].nunique() == 229
    assert units["code"].str.fullmatch(r"\d{5}").all()
    assert (units["code"].str[:2] == units["province_code"]).all()
    assert units["province_code"].nunique() == units["province_en"].nunique() == units["province_ko"].nunique() == 17
    assert units["kind"].value_counts().to_dict() == {"county": 82, "city": 78, "district": 69}


def test_the_capital_region_is_seoul_incheon_and_gyeonggi(units):
    assert set(units.loc[units["capital_region"], "province_en"]) == {"Seoul", "Incheon", "Gyeonggi-do"}
    assert units["capital_region"].sum() == 66
    assert units.loc[units["province_code"].isin(["11", "28", "41"]), "capital_region"].all()


def test_names_are_of_the_kind_and_unique_within_a_province_in_both_languages(units):
    endings = {"district": ("gu", "구"), "city": ("si", "시"), "county": ("gun", "군")}
    for kind, (english, korean) in endings.items():
        of_kind = units[units["kind"] == kind]
        assert of_kind["name_en"].str.fullmatch(rf"[A-Z][a-z]+-{english}").all()
        assert of_kind["name_ko"].str.endswith(korean).all()
    for language in ("en", "ko"):
        assert not units.duplicated([f"province_{language}", f"name_{language}"]).any()
    assert units.groupby("name_ko")["name_en"].nunique().max() == 1
    assert set(units.loc[units["name_en"] == "Goseong-gun", "province_en"]) == {"Gangwon State", "Gyeongsangnam-do"}


def test_every_code_of_every_table_is_a_unit(units):
    for name, read in READERS.items():
        assert set(read()["code"]) <= set(units["code"]), name


def test_every_unit_has_its_population_and_economy_in_every_year(units):
    for table, years in ((register.population(), range(2015, 2026)), (register.economy(), (2010, 2015, 2020))):
        assert set(table["year"]) == set(years)
        assert len(table) == len(units) * len(years)


def test_parts_are_not_larger_than_the_whole():
    people, money = register.population(), register.economy()
    assert (people["women_20_39"] + people["age_65_plus"] < people["total"]).all()
    assert people["imputed"].sum() == 9
    seen = money[money["year"] > 2010]
    assert (seen["manufacturing_grdp_million_won"] < seen["grdp_million_won"]).all()
    assert money["grdp_million_won"].isna().sum() == 38
    assert (money["establishments"] > 0).all()


def test_the_break_in_the_series_of_establishments_is_there_and_is_named(sources):
    millions = register.economy().groupby("year")["establishments"].sum() / 1e6
    assert millions.round(2).loc[[2015, 2020]].tolist() == [3.87, 6.03]
    assert "Never compare across" in sources["economy"]["note"]


def test_89_and_18_units_are_designated_and_none_is_on_both_lists():
    assert register.designations()["list"].value_counts().to_dict() == {"depopulation": 89, "interest": 18}
    assert not register.designations()["code"].duplicated().any()


@pytest.mark.parametrize(
    ("on", "depopulation", "interest"),
    [
        (date(2021, 10, 18), 0, 0),
        (date(2021, 10, 19), 89, 0),
        (date(2025, 12, 31), 89, 0),
        (date(2026, 1, 1), 89, 18),
        (date(2026, 10, 18), 89, 18),
        (date(2026, 10, 19), 0, 0),
    ],
)
def test_designations_hold_from_their_first_to_their_last_day(on, depopulation, interest):
    table = register.designations(on)
    assert (table["list"] == "depopulation").sum() == depopulation
    assert (table["list"] == "interest").sum() == interest


def test_designated_units_by_province_are_those_of_the_notice(units):
    listed = register.designations(date(2025, 1, 1)).merge(units, on="code")["province_en"].value_counts().to_dict()
    counts = {
        "Jeollanam-do": 16,
        "Gyeongsangbuk-do": 15,
        "Gangwon State": 12,
        "Gyeongsangnam-do": 11,
        "Jeonbuk State": 10,
    }
    counts |= {"Chungcheongnam-do": 9, "Chungcheongbuk-do": 6, "Busan": 3, "Daegu": 3, "Incheon": 2, "Gyeonggi-do": 2}
    assert listed == counts


def test_the_sources_name_every_column_of_every_table_once(sources):
    named = {}
    for entry in sources.values():
        assert isinstance(entry["date"], date)
        assert all(entry[word].strip() for word in ("source", "licence"))
        named.setdefault(entry["file"], []).extend(entry["columns"])
    tables = (path for path in where.data("regions").iterdir() if path.suffix == ".csv")
    assert set(named) == {f"regions/{path.name}" for path in tables}
    for file, columns in named.items():
        with where.data(*file.split("/")).open(encoding="utf-8", newline="") as opened:
            assert sorted(columns) == sorted(next(csv.reader(opened))), file


def test_tables_are_written_in_the_order_of_their_key():
    for name, read in READERS.items():
        written = pd.read_csv(where.data("regions", f"{name}.csv"), dtype={"code": str})["code"]
        assert written.tolist() == read()["code"].tolist() == sorted(written)


def test_points_lie_in_the_country_and_no_two_units_share_one(units):
    assert units["latitude"].between(33.1, 38.6).all()
    assert units["longitude"].between(124.6, 131.0).all()
    assert not units.duplicated(["latitude", "longitude"]).any()
    for name in ("latitude", "longitude"):
        assert np.array_equal(units[name], units[name].round(2))


def test_points_lie_in_their_units(units, korea):
    shapes = pd.read_parquet(korea / "boundaries" / "kr_sigungu229_2024_full.parquet").set_index("code")["geometry"]
    away = {row.code: km_outside(rings(shapes[row.code]), row.longitude, row.latitude) for row in units.itertuples()}
    assert {code for code, km in away.items() if km > 0} == set()


def test_a_point_outside_of_a_polygon_is_seen(units, korea):
    shapes = pd.read_parquet(korea / "boundaries" / "kr_sigungu229_2024_full.parquet").set_index("code")["geometry"]
    ulleung = units.set_index("code").loc["47940"]
    assert km_outside(rings(shapes["47940"]), ulleung["longitude"] - 1, ulleung["latitude"]) == pytest.approx(82, abs=8)


def test_names_and_codes_are_those_of_the_shared_register(units, korea):
    given = read_shared(korea / "regions" / "code_crosswalk_229.csv").set_index("code_2024").sort_index()
    assert units["code"].tolist() == given.index.tolist()
    assert units["name_ko"].tolist() == given["name_ko"].tolist()
    assert units["province_ko"].tolist() == given["province"].tolist()
    assert units["capital_region"].tolist() == given["capital_region"].tolist()


def test_population_is_that_of_the_shared_table(korea):
    given = read_shared(korea / "regions" / "sigungu_population_2015_2025.csv").sort_values(["code", "year"])
    ours = {"total": "total", "women_20_39": "women_20_39", "age_65_plus": "pop_65_plus", "imputed": "age_imputed"}
    for column, name in ours.items():
        assert register.population()[column].tolist() == given[name].tolist()


def test_the_economy_is_that_of_the_shared_table(korea):
    given = read_shared(korea / "regions" / "sigungu_economy_2010_2015_2020.csv").sort_values(["code", "year"])
    ours = {
        "establishments": "establishments_total",
        "grdp_million_won": "grdp_total_mkrw",
        "manufacturing_grdp_million_won": "grdp_manufacturing_mkrw",
    }
    for column, name in ours.items():
        assert np.array_equal(register.economy()[column].astype(float), given[name], equal_nan=True)


def test_designations_are_those_of_the_shared_table(korea):
    given = read_shared(korea / "regions" / "depopulation_areas_89_18.csv").sort_values("code_2024")
    ours = register.designations()
    assert ours["code"].tolist() == given["code_2024"].tolist()
    lists = {"depopulation": "인구감소지역", "interest": "인구감소관심지역"}
    assert ours["list"].map(lists).tolist() == given["category"].tolist()
    assert ours["valid_from"].dt.strftime("%Y-%m-%d").tolist() == given["effective_from"].tolist()


def test_nobody_changes_a_table_for_others():
    for read in READERS.values():
        mine = read()
        mine["code"] = "changed"
        assert "changed" not in set(read()["code"])


UTOPIA = {
    "units": "code,name_en,province_code,province_en,kind,capital_region,latitude,longitude,valid_from,valid_to,name_xx\n"
    "02,Hillton,0,North,town,0,12.5,-3.25,2020-01-01,,Hülton\n"
    "01,Port,0,North,city,1,12,-3,2020-01-01,,Pört\n",
    "population": "code,year,total,women_20_39,age_65_plus,imputed\n01,2020,900,100,120,0\n02,2020,100,5,40,1\n",
    "designations": "code,list,valid_from,valid_to,notice,source\n"
    "02,upland,2020-06-01,,7,gazette\n01,coast,2019-01-01,2019-12-31,3,gazette\n",
    "economy": "code,year,establishments,grdp_million_crown,manufacturing_grdp_million_crown\n01,2020,40,55.5,\n02,2020,4,3,1\n",
}


@pytest.fixture
def utopia(tmp_path):
    for name, text in UTOPIA.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


def test_another_country_is_read_by_the_same_functions(utopia):
    units = register.units(utopia)
    assert units["code"].tolist() == ["01", "02"]
    assert units["name_xx"].tolist() == ["Pört", "Hülton"]
    assert units["province_code"].tolist() == ["0", "0"]
    assert units["capital_region"].tolist() == [True, False]
    assert register.population(utopia)["total"].sum() == 1000
    assert register.economy(utopia)["grdp_million_crown"].sum() == 58.5
    assert register.designations(date(2019, 12, 31), utopia)["code"].tolist() == ["01"]
    assert register.designations(date(2030, 1, 1), utopia)["list"].tolist() == ["upland"]
    assert len(register.units()) == 229


def test_a_table_that_was_mended_is_read_again(utopia):
    register.population(utopia)
    (utopia / "population.csv").write_text(UTOPIA["population"] + "01,2021,90,10,12,0\n", encoding="utf-8")
    assert len(register.population(utopia)) == 3


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("population", "women_20_39", "women", "population.csv must have the columns code, year, total, women_20_39,"),
        ("economy", "grdp_million_crown", "grdp", "absent: grdp_million_*, manufacturing_grdp_million_*. Add them to"),
        (
            "units",
            "02,Hillton",
            "01,Hillton",
            "units.csv must have each code once; seen again: 01. Keep one row of each.",
        ),
        ("units", "02,Hillton", ",Hillton", "units.csv must have code in every row; blank in line 2. Fill them in,"),
        ("units", ",1,12,", ",yes,12,", "units.csv must have 0 or 1 in capital_region; seen: yes. Write 1 for yes"),
        ("units", "12.5", "12°30", "units.csv must have numbers in latitude; seen: 12°30. Write plain numbers,"),
        (
            "designations",
            "2019-12-31",
            "31.12.2019",
            "days such as 2024-01-18 in valid_to; seen: 31.12.2019. Write year,",
        ),
        (
            "population",
            "02,2020",
            "01,2020",
            "must have each code with year once; seen again: 01 with 2020. Keep one row",
        ),
    ],
)
def test_what_is_wrong_with_a_table_is_said(utopia, name, old, new, said):
    (utopia / f"{name}.csv").write_text(UTOPIA[name].replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        READERS[name](folder=utopia)
    assert said in str(refused.value)


def test_a_table_that_is_not_there(utopia):
    (utopia / "economy.csv").unlink()
    with pytest.raises(
        InputError, match=r"must hold units\.csv, population\.csv, designations\.csv, economy\.csv; there is no"
    ):
        register.economy(utopia)


def km_outside(loops, longitude, latitude):
    """Return how far a point lies outside of a shape, in km: 0 inside; right to a few per cent, which is enough here."""
    scale = KM_PER_DEGREE * np.array([np.cos(np.radians(latitude)), 1.0])
    crossings, nearest = 0, np.inf
    for loop in loops:
        a = (loop - [longitude, latitude]) * scale
        start, step = a[:-1], np.diff(a, axis=0)
        across = (start[:, 1] > 0) != (a[1:, 1] > 0)
        crossings += (start[across, 0] - start[across, 1] * step[across, 0] / step[across, 1] > 0).sum()
        along = np.clip(-(start * step).sum(1) / np.maximum((step**2).sum(1), 1e-12), 0, 1)
        nearest = min(nearest, np.hypot(*(start + along[:, None] * step).T).min())
    return 0.0 if crossings % 2 else float(nearest)


def rings(wkb):
    """Return all rings of a polygon or a multipolygon in little-endian WKB."""
    kind, count = struct.unpack_from("<II", wkb, 1)
    assert wkb[0] == 1
    assert kind in (3, 6)
    found, at = [], 0 if kind == 3 else 9
    for _ in range(1 if kind == 3 else count):
        (loops,) = struct.unpack_from("<I", wkb, at + 5)
        at += 9
        for _ in range(loops):
            (points,) = struct.unpack_from("<I", wkb, at)
            found.append(np.frombuffer(wkb, "<f8", 2 * points, at + 4).reshape(-1, 2))
            at += 4 + 16 * points
    return found
