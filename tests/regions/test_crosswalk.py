"""Conversion between systems and vintages: against pieces of known size, there and back, and what is refused or listed."""

import itertools

import numpy as np
import pandas as pd
import pytest

from impact.errors import InputError
from impact.regions import register
from impact.regions.codes import System, systems
from impact.regions.crosswalk import convert, links, recode
from impact.regions.detect import detect
from impact.regions.names import from_names

OLD, THEN, NOW = System("mois", "2013-12-31"), System("mois", "2024-01-18"), System("mois", "2026-07-01")
RNG = np.random.default_rng(7)
PIECES = sorted(System("mois", "2026-07-01").table()["pieces"].dropna().str.split(";").explode())
PEOPLE = pd.Series(RNG.integers(1_000, 600_000, len(PIECES)), index=PIECES)


def pieces_of(system):
    units = system.table().query("level == 'unit'")
    return units["pieces"].str.split(";").explode()


def people_of(system):
    """The people of each unit, as its pieces have them."""
    pieces = pieces_of(system)
    return pieces.map(PEOPLE).groupby(level=0).sum().rename_axis("code").rename("people").reset_index()


def weights(source, target):
    both = pd.merge(*(pieces_of(one).rename("piece").reset_index() for one in (source, target)), on="piece")
    return both.assign(people=both["piece"].map(PEOPLE)).groupby(["code_x", "code_y"])["people"].sum().to_dict()


def refused(*given, **named):
    with pytest.raises(InputError) as error:
        convert(*given, **named)
    return str(error.value)


def frame(codes, **columns):
    return pd.DataFrame({"code": codes, "people": range(1, len(codes) + 1), **columns})


@pytest.mark.parametrize("source", systems(), ids=str)
def test_every_pair_of_vintages_converts_to_what_the_pieces_say_and_back(source):
    given = people_of(source)
    for target in systems():
        there = convert(given, "code", source, target, {"people": "sum"}, split=weights(source, target))
        assert not len(there.unconverted)
        pd.testing.assert_frame_equal(there.table, people_of(target), check_dtype=False, rtol=1e-12)
        back = convert(there.table, "code", target, source, {"people": "sum"}, split=weights(target, source))
        pd.testing.assert_frame_equal(back.table, given, check_dtype=False, rtol=1e-12)


@pytest.mark.parametrize(("source", "target"), list(itertools.permutations(systems(), 2)), ids=str)
def test_totals_are_kept_to_the_person_wherever_nothing_is_divided(source, target):
    if links(source, target)["source"].duplicated().any():
        with pytest.raises(InputError, match="A unit that is divided needs a weight"):
            convert(people_of(source), "code", source, target, {"people": "sum"})
        return
    made = convert(people_of(source), "code", source, target, {"people": "sum"})
    assert made.table["people"].dtype == np.int64
    assert made.table["people"].sum() == PEOPLE.sum()


def test_the_population_of_every_year_is_kept_through_old_codes_and_back():
    people = register.population()[["code", "year", "total"]]
    there = convert(people, "code", THEN, System("kostat", "2021-01-01"), {"total": "sum"}, by=["year"])
    back = convert(there.table, "code", System("kostat", "2021-01-01"), THEN, {"total": "sum"}, by=["year"])
    pd.testing.assert_frame_equal(back.table, people)


def test_cheongju_and_cheongwon_are_merged_and_a_rate_is_averaged_by_people():
    given = frame(["43110", "43710"], people=[600, 200], rate=[0.1, 0.3])
    made = convert(given, "code", OLD, THEN, {"people": "sum", "rate": ("mean", "people")})
    assert made.table.to_dict("records") == [{"code": "43110", "people": 800, "rate": pytest.approx(0.15)}]
    assert str(made) == "2 rows in: 2 converted into 1 row, 0 listed."


def test_a_blank_is_never_taken_for_nothing():
    given = frame(["43110", "43710"], people=[600, None], rate=[0.1, 0.3])
    made = convert(given, "code", OLD, THEN, {"people": "sum", "rate": ("mean", "people")})
    assert made.table[["people", "rate"]].isna().all(axis=None)


def test_a_rate_of_a_unit_that_is_not_merged_stays_as_it_is():
    given = frame(["11110"], people=[0], rate=[0.1])
    assert convert(given, "code", THEN, NOW, {"people": "sum", "rate": ("mean", "people")}).table["rate"].tolist() == [
        0.1
    ]


def test_incheon_is_divided_by_what_the_press_counted():
    given = frame(["28110", "28140", "28260"], people=[159_000, 59_000, 621_000], rate=[0.1, 0.2, 0.3])
    how = {"people": "sum", "rate": ("mean", "people")}
    made = convert(given, "code", THEN, NOW, how, split="population").table.set_index("code")
    assert made["people"].round(6).to_dict() == {"28125": 103_000, "28155": 115_000, "28275": 395_000, "28290": 226_000}
    assert made.at["28125", "rate"] == pytest.approx((0.1 * 44 + 0.2 * 59) / 103)
    assert made.at["28290", "rate"] == 0.3


def test_stated_weights_divide_a_unit():
    given = frame(["28260"], people=[100])
    made = convert(given, "code", THEN, NOW, {"people": "sum"}, split={("28260", "28275"): 3, ("28260", "28290"): 1})
    assert made.table["people"].tolist() == [75, 25]


SPLIT = (
    "A unit that is divided needs a weight, 0 or more, for each of its parts; without: {}. State weights in split, or use "
    '"population" where pieces.csv knows it.'
)


@pytest.mark.parametrize(
    ("codes", "target", "split", "said"),
    [
        (["28260"], NOW, None, SPLIT.format("28260 into 28275, 28290")),
        (["28260"], NOW, {("28260", "28275"): 1}, SPLIT.format("28260 into 28275, 28290")),
        (["28260"], NOW, {("28260", "28275"): 2, ("28260", "28290"): -1}, SPLIT.format("28260 into 28275, 28290")),
        (["43110"], OLD, "population", SPLIT.format("43110 into 43110, 43710")),
        (
            ["28260"],
            NOW,
            "area",
            "A split is by \"population\" or by weights for pairs of codes; seen: 'area'. Choose one.",
        ),
    ],
)
def test_a_split_without_weights_is_refused(codes, target, split, said):
    assert refused(frame(codes), "code", THEN, target, {"people": "sum"}, split=split) == said


def test_rows_in_are_rows_converted_and_rows_listed():
    given = frame(["11110", "11", "41110", "41111", "99999", None, "1111051500", "28140"])
    made = convert(given, "code", THEN, System("mois", "2022-03-09"), {"people": "sum"})
    assert made.rows == len(given) == 3 + len(made.unconverted)
    assert made.table["code"].tolist() == ["11110", "28140", "41110"]
    assert made.unconverted["why"].tolist() == [
        "a province, not a unit",
        "its unit is in the table too",
        "not a code of this system on this day",
        "blank",
        "finer than a unit and its parts",
    ]
    assert str(made).startswith(
        "8 rows in: 3 converted into 3 rows, 5 listed. 1 not converted (a province, not a unit): 11."
    )


def test_districts_of_a_city_are_summed_only_when_all_are_there():
    whole = frame(["41591", "41593", "41595", "41597"])
    assert convert(whole, "code", THEN, THEN, {"people": "sum"}).table.to_dict("records") == [
        {"code": "41590", "people": 10}
    ]
    made = convert(whole.iloc[:3], "code", THEN, THEN, {"people": "sum"})
    assert not len(made.table)
    assert made.unconverted["why"].unique().tolist() == ["nothing whole without 41597"]


def test_half_of_a_merger_is_listed_and_never_taken_for_the_whole():
    made = convert(frame(["28275", "11110"]), "code", NOW, THEN, {"people": "sum"})
    assert made.table["code"].tolist() == ["11110"]
    assert made.unconverted["why"].tolist() == ["nothing whole without 28290"]


def test_each_year_is_whole_or_not_by_itself():
    given = frame(["28275", "28290", "28275"], year=[2026, 2026, 2027])
    made = convert(given, "code", NOW, THEN, {"people": "sum"}, by=["year"])
    assert made.table.to_dict("records") == [{"code": "28260", "people": 3, "year": 2026}]
    assert made.unconverted["year"].tolist() == [2027]


@pytest.mark.parametrize(
    ("given", "how", "by", "said"),
    [
        (
            frame(["11110"], size=[1]),
            {"people": "sum"},
            [],
            "Of every column must be said how it is merged; unsaid: size. Sum or average it, name it in by, or drop it.",
        ),
        (
            frame(["11110"]),
            {"people": "sum", "rate": ("mean", "size")},
            ["year"],
            "The table must have the columns that are named; absent: rate, year, size. Check their names.",
        ),
        (
            frame(["11110"]),
            {"people": "mean"},
            [],
            'A column is merged by "sum" or ("mean", WEIGHT); seen otherwise: people. Choose one.',
        ),
        (
            pd.DataFrame({"code": ["11110"], "people": ["1,000"]}),
            {"people": "sum"},
            [],
            "Columns that are merged must hold numbers; these do not: people. Make them numbers.",
        ),
        (
            frame(["11110", "1111000000"]),
            {"people": "sum"},
            [],
            "The table must have each code once; seen again: 11110. Name more columns in by, or sum the rows.",
        ),
    ],
)
def test_a_table_that_cannot_be_merged_is_refused(given, how, by, said):
    assert refused(given, "code", THEN, NOW, how, by=by) == said


def test_codes_of_firms_are_recoded_and_those_of_divided_units_listed():
    placed = recode(["46230", "28140", "28110", "41111", "x"], THEN, NOW)
    assert placed.rows["code"].fillna("").tolist() == ["12190", "28125", "", "41110", ""]
    assert placed.unplaced["why"].tolist() == [
        "its unit is divided into 28125, 28155",
        "not a code of this system on this day",
    ]
    assert recode(["47720"], System("mois", "2023-06-30"), THEN).rows["province"].tolist() == ["대구광역시"]


@pytest.fixture
def utopia(tmp_path):
    """An invented country: two provinces, and a village that was divided in 2000."""
    rows = [
        ("post", "A", "1990-01-01", "", "province", "Arcadia", "A", "", "", ""),
        ("post", "B", "1990-01-01", "", "province", "Boeotia", "B", "", "", "Beotia"),
        ("post", "A1", "1990-01-01", "", "unit", "Rome", "A", "", "p1", ""),
        ("post", "A2", "1990-01-01", "1999-12-31", "unit", "Ostia", "A", "", "p2;p3", ""),
        ("post", "A3", "2000-01-01", "", "unit", "Upper Ostia", "A", "", "p2", ""),
        ("post", "A4", "2000-01-01", "", "unit", "Lower Ostia", "A", "", "p3", ""),
        ("post", "B1", "1990-01-01", "", "unit", "Rome", "B", "", "p4", ""),
    ]
    names = ["system", "code", "valid_from", "valid_to", "level", "name", "province_code", "within", "pieces", "also"]
    pd.DataFrame(rows, columns=names).to_csv(tmp_path / "codes.csv", index=False)
    pieces = pd.DataFrame(
        {"piece": ["p2", "p3"], "unit": "A2", "name": ["up", "low"], "population": [30, 10], "date": ""}
    )
    pieces.to_csv(tmp_path / "pieces.csv", index=False)
    return tmp_path


def test_another_country_is_a_folder_of_the_same_tables(utopia):
    old, new = System("post", "1995-05-05", utopia), System("post", "2020-01-01", utopia)
    assert [str(system) for system in systems(utopia)] == ["post:1990-01-01", "post:2000-01-01"]
    given = pd.DataFrame({"code": ["A1", "A2", "B1"], "people": [5, 40, 7]})
    made = convert(given, "code", old, new, {"people": "sum"}, split="population").table
    assert made.set_index("code")["people"].to_dict() == {"A1": 5, "A3": 30, "A4": 10, "B1": 7}
    assert convert(made, "code", new, old, {"people": "sum"}).table.equals(given.astype({"people": float}))
    assert detect(["A3", "B1"], folder=utopia).only() == new
    assert from_names(["Rome"], new, ["Beotia"]).rows["code"].tolist() == ["B1"]
    with pytest.raises(InputError, match="Rome may be Rome A1 in Arcadia, Rome B1 in Boeotia"):
        from_names(["Rome"], new)
    assert refused(given, "code", old, THEN, {"people": "sum"}) == (
        f"Codes are converted within one folder of tables; seen: {utopia} and None. Name one."
    )
