from datetime import date

import pandas as pd

from impact.atlas import regions
from impact.atlas.compact import SIGNS
from impact.regions import neighbours, register, risk, tiles

UNITS = register.units()
CODES = UNITS["code"].tolist()


def variable(key):
    return next(one for one in regions.over_time()["variables"] if one["key"] == key)


def test_every_region_has_its_names_province_and_tile():
    found = regions.described()
    assert found["regions"]["code"] == CODES
    assert found["regions"]["ko"] == UNITS["name_ko"].tolist()
    assert found["regions"]["en"] == UNITS["name_en"].tolist()
    named = [found["provinces"][place]["ko"] for place in found["regions"]["province"]]
    assert named == UNITS["province_ko"].tolist()
    assert found["provinces"][0] == {
        "code": "11",
        "en": "Seoul",
        "ko": "서울특별시",
        "short_en": "Seoul",
        "short_ko": "서울",
    }
    assert found["tiles"] == tiles.of(CODES)[["row", "column"]].to_numpy().tolist()


def test_each_pair_of_neighbours_stands_once():
    beside = regions.described()["regions"]["neighbours"]
    pairs = {(CODES[at], CODES[other]) for at, others in enumerate(beside) for other in others}
    every = neighbours.neighbours()
    assert len(pairs) == len(every) // 2
    assert pairs | {pair[::-1] for pair in pairs} == set(every.itertuples(index=False, name=None))


def test_a_long_name_is_cut(monkeypatch):
    monkeypatch.setattr(register, "units", lambda folder=None: UNITS.assign(name_en="x" * 1000))
    assert set(regions.described()["regions"]["en"]) == {"x" * 239 + "…"}


def test_population_and_extinction_index_are_those_of_the_register():
    found = regions.over_time()
    people = register.population().query("code == '47940'")
    place = CODES.index("47940")
    assert found["years"] == people["year"].tolist()
    assert found["population"][place] == people["total"].tolist()
    index = risk.extinction_index(people["women_20_39"], people["age_65_plus"])
    assert found["risk"][place] == (1000 * index).round().astype(int).tolist()


def test_classes_of_risk_are_those_of_the_register_in_every_year():
    layer = variable("risk")
    people = register.population()
    index = risk.extinction_index(people["women_20_39"], people["age_65_plus"])
    wanted = (
        people.assign(at=risk.risk_class(index).cat.codes).pivot(index="code", columns="year", values="at").loc[CODES]
    )
    for year, text in zip(layer["years"], layer["at"], strict=True):
        assert [SIGNS.index(sign) for sign in text] == wanted[year].tolist()
    assert [one["ko"] for one in layer["classes"]] == list(risk.CLASSES["ko"])


def test_the_change_of_population_has_the_same_classes_in_all_years():
    layer = variable("change")
    total = register.population().pivot(index="code", columns="year", values="total").loc[CODES]
    change = 100 * (total[2023] / total[2015] - 1)
    wanted = pd.cut(change, [-float("inf"), *regions.CHANGES, float("inf")], right=False, labels=False)
    assert [SIGNS.index(sign) for sign in layer["at"][layer["years"].index(2023)]] == wanted.tolist()
    assert [one["en"] for one in layer["classes"]][::5] == ["below −20 %", "20 % and more"]
    assert layer["years"] == list(range(2016, 2026))


def test_designations_are_those_in_force_at_the_end_of_the_year():
    layer = variable("designation")
    assert layer["years"] == [2021, 2022, 2023, 2024, 2025]
    for year, text in zip(layer["years"], layer["at"], strict=True):
        on = set(register.designations(on=date(year, 12, 31)).query("list == 'depopulation'")["code"])
        assert {code for code, sign in zip(CODES, text, strict=True) if sign == "0"} == on


def test_a_region_has_the_lists_that_it_is_on_with_their_days():
    listed = regions.over_time()["designations"]
    mine = [listed["entries"][entry] for entry in listed["of"][CODES.index("51150")]]
    assert mine == [
        {
            "en": "depopulation interest area",
            "ko": "인구감소관심지역",
            "from": "2026-01-01",
            "until": "2026-10-18",
            "notice": "2025-78",
        }
    ]
    assert listed["of"][CODES.index("11110")] == []


def test_a_list_without_words_of_ours_keeps_its_own_name(monkeypatch):
    every = register.designations()
    other = every.assign(list=every["list"].replace({"interest": "<watched>"}), valid_to=pd.NaT)
    monkeypatch.setattr(register, "designations", lambda on=None: other)
    found = regions.over_time()
    entry = found["designations"]["entries"][found["designations"]["of"][CODES.index("51150")][0]]
    assert (entry["ko"], entry["until"]) == ("<watched>", None)
