"""Detection of a system and its vintage from codes and names, and what the command line says of it."""

import json

import numpy as np
import pandas as pd
import pytest

from impact.__main__ import main
from impact.errors import InputError
from impact.regions.codes import System, systems
from impact.regions.detect import detect

THEN = System("mois", "2024-01-18")


def units(system):
    return system.table().query("level == 'unit'")


@pytest.mark.parametrize("system", systems(), ids=str)
def test_samples_of_20_codes_tell_their_system_and_never_another_vintage_alone(system):
    rng = np.random.default_rng(20)
    codes = units(system).index.to_numpy(dtype=object)
    for _ in range(2_000):
        found = detect(rng.choice(codes, 20, replace=False))
        assert system in found.fits
        assert {fit.name for fit in found.fits} == {system.name}


@pytest.mark.parametrize("system", systems(), ids=str)
def test_all_codes_tell_their_vintage(system):
    assert detect(units(system).index).only() == system
    assert detect(units(system).index.astype(int), units(system)["province"]).only() == system


@pytest.mark.parametrize("system", systems(), ids=str)
def test_samples_of_20_with_two_wrong_codes_still_tell_their_system(system):
    rng = np.random.default_rng(3)
    codes = units(system).index.to_numpy(dtype=object)
    for _ in range(50):
        found = detect([*rng.choice(codes, 18, replace=False), "00001", "00002"])
        assert system in found.fits
        assert {fit.name for fit in found.fits} == {system.name}


def test_a_code_of_both_systems_does_not_tell_and_a_name_beside_it_does():
    found = detect(["11110"])
    assert found.sentence == (
        "The codes do not tell their system: 100% of them are in each of kostat 2010-01-01 to 2024-12-31; "
        "mois 2010-07-01 to today."
    )
    with pytest.raises(InputError) as error:
        found.only()
    assert str(error.value) == f"{found.sentence} Name system and day, such as mois:2026-07-01."
    assert {fit.name for fit in detect(["11110"], ["종로구"]).fits} == {"mois"}
    assert {fit.name for fit in detect(["11110"], ["서울 노원구"]).fits} == {"kostat"}
    assert {fit.name for fit in detect(["31140"], ["경기도"]).fits} == {"kostat"}


def test_names_and_codes_must_be_as_many():
    with pytest.raises(InputError) as error:
        detect(["11110", "11140"], ["서울"])
    assert str(error.value) == "There must be a name beside each code; seen: 2 codes, 1 names. Give both."


def test_no_codes_and_codes_of_no_system_are_said():
    with pytest.raises(InputError) as error:
        detect([None, float("nan")])
    assert str(error.value) == "To find a system there must be codes; seen: none. Name the column that holds them."
    found = detect(["99999", "88888", "11110"])
    assert str(found) == "The codes are of no system that is known: at most 33.3% of them are in one."
    assert found.fits == ()


def test_what_else_is_among_the_codes_is_said():
    found = detect([*units(THEN).index, "11", "41111", "41113", "1111051500", "99999"])
    assert str(found).splitlines() == [
        "The codes are of mois 2024-01-18 to 2026-06-30: 99.1% of them are found there.",
        "1 code of provinces, not of units: 11. Take these rows out before you sum.",
        "1 code of places smaller than units and their parts: 1111051500. Take these rows out before you sum.",
        "1 unit beside parts of them: 41110. Their people are counted twice in a sum of all rows; keep either.",
        "1 code not in mois:2024-01-18: 99999. See what they are before you join.",
    ]


def test_old_figures_in_new_codes_are_of_the_new_vintage():
    """A file's day does not tell: what is dated 2022 and has Gunwi in Daegu is in codes of 2023-07-01 or later."""
    found = detect(
        ["서울특별시 종로구 (1111000000)", "대구광역시 군위군 (2772000000)", "강원특별자치도 춘천시 (5111000000)"]
    )
    assert found.sentence == (
        "The codes are of mois; they do not tell the vintage: 100% of them are in mois 2023-07-01 to today."
    )


def test_a_map_of_2018_is_in_codes_of_statistics_korea(shared):
    shapes = json.loads(
        (shared / "data" / "source" / "skorea-municipalities-2018-topo.json").read_text(encoding="utf-8")
    )
    regions = pd.DataFrame(shape["properties"] for made in shapes["objects"].values() for shape in made["geometries"])
    assert {fit.name for fit in detect(regions["code"], regions["name"]).fits} == {"kostat"}
    assert detect(regions["code"]).only() == System("kostat", "2017-12-31")  # Incheon's Nam-gu is still 23030


def test_the_ministrys_own_file_is_detected_from_codes_in_brackets(shared):
    file = pd.read_csv(shared / "data" / "fixtures" / "jumin_202212_202412.csv", encoding="cp949")
    found = detect(file["행정구역"])
    assert THEN in found.fits
    assert {fit.name for fit in found.fits} == {"mois"}
    assert found.notes[0].startswith("17 codes of provinces, not of units: 11, 26, 27, 28, 29 and more.")


# ---- the command line ----------------------------------------------------------------------------------------------


@pytest.fixture
def said(capsys, tmp_path):
    """Write a table, ask for it, and return the exit code and what was said on both streams."""

    def ask(table, *words):
        path = tmp_path / "regions.csv"
        table.to_csv(path, index=False, encoding="cp949")
        code = main(["regions", "detect", str(path), *words])
        return code, *capsys.readouterr()

    return ask


def test_the_command_names_system_and_vintage(said):
    table = units(THEN).reset_index()[["code", "province"]]
    expected = (0, "The codes are of mois 2024-01-18 to 2026-06-30: 100% of them are found there.\n", "")
    assert said(table, "--column", "code") == expected
    assert said(table, "--column", "code", "--names", "province") == expected


def test_the_command_refuses_what_is_no_column_and_what_are_no_codes(said):
    table = pd.DataFrame({"code": ["99999"]})
    assert said(table, "--column", "code") == (
        2,
        "",
        "The codes are of no system that is known: at most 0% of them are in one. Check that code of regions.csv holds codes.\n",
    )
    assert said(table, "--column", "place", "--names", "name") == (
        2,
        "",
        "regions.csv must have the columns that are named; absent: place, name. Check their names.\n",
    )
