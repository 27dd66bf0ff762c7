"""The functions of the page, each alone, beside what Python says."""

import math

import numpy as np
import pytest
from scipy import stats

from impact import where
from impact.atlas.page import SCRIPTS
from impact.regions import neighbours, register, tiles
from impact.show import scale

PURE = SCRIPTS[: SCRIPTS.index("elements")]


@pytest.fixture(scope="module")
def call(chromium):
    """Return a function that calls one of the page's own: its name, and what it is given."""
    source = "".join(where.reports("atlas", "js", f"{name}.js").read_text(encoding="utf-8") for name in PURE)
    page = chromium.new_page()
    yield lambda name, *given: page.evaluate(
        f'(given) => {{ "use strict"; const COLUMNS = ["region"]; {source}; return {name}(...given); }}', list(given)
    )
    page.close()


# ---- numbers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("z", [-9.0, -8.0, -3.3, -1.96, -0.1, 0.0, 0.5, 1.645, 4.0, 7.9, 8.1])
def test_the_normal_distribution_is_that_of_scipy(call, z):
    assert call("normalBelow", z) == pytest.approx(stats.norm.cdf(z), abs=2e-15)


@pytest.mark.parametrize(
    "of", [(0.094, -0.05, 0.24), (12.3, 10.0, 15.0), (0.0, 0.0, 0.0), (-1234.6, -2000, -400), (1e-7, 0, 2e-7)]
)
def test_a_number_has_the_digits_that_it_has_on_the_page_of_the_study(call, of):
    places = call("digits", *of)
    assert places == scale.digits(*of)
    assert call("written", of[0], places) == scale.number(of[0], places)


@pytest.mark.parametrize(
    ("value", "places", "said"),
    [(-0.004, 2, "0.00"), (-1234567.5, 1, "−1,234,567.5"), (999.96, 1, "1,000.0"), (None, 0, ""), (3, 0, "3")],
)
def test_a_number_is_written_with_a_minus_sign_and_separators(call, value, places, said):
    assert call("written", math.nan if value is None else value, places) == said


def test_a_sign_stands_before_what_is_not_zero(call):
    assert [call("signed", value, 1) for value in (0.04, 0.05001, -2, 3)] == ["0.0", "+0.1", "−2.0", "+3.0"]


# ---- evidence ------------------------------------------------------------------------------------------------------

FOUR = {
    "estimate": [0.3, 0.0, -0.3, None],
    "std_error": [0.05, 0.5, 0.05, None],
    "state": [0, 0, 0, 2],
}


def test_one_effect_exceeds_another_as_two_independent_errors_say(call):
    assert call("exceeding", FOUR, 0, 1) == pytest.approx(stats.norm.cdf(0.3 / np.hypot(0.05, 0.5)), abs=1e-12)
    assert call("exceeding", FOUR, 2, 0) == pytest.approx(1 - call("exceeding", FOUR, 0, 2), abs=1e-12)
    assert math.isnan(call("exceeding", FOUR, 0, 3))


def test_where_a_region_stands_counts_what_can_be_told_apart(call):
    assert call("standing", FOUR, 0) == {"all": 2, "larger": 1, "smaller": 0, "open": 1}
    assert call("standing", FOUR, 2) == {"all": 2, "larger": 0, "smaller": 1, "open": 1}


# ---- names ---------------------------------------------------------------------------------------------------------

NAMES = [
    ["종로구", "jongnogu", "서울종로구"],
    ["가평군", "gapyeonggun", "경기가평군"],
    ["고성군", "goseonggun", "강원고성군"],
]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("종로", [0]),
        ("ㅈㄹ", [0]),
        ("조", [0]),
        ("종ㄹ", [0]),
        ("갚", [1]),
        ("ㄱㅅ", [2]),
        ("강원 고", [2]),
        ("ㄱ", [1, 2, 0]),
        ("Gapyeong-gun", [1]),
        ("GOSEONG", [2]),
        ("ㄱㅗ", []),
        ("  ", []),
        ("zzz", []),
    ],
)
def test_a_name_is_found_as_people_type_it(call, typed, found):
    assert call("search", typed, NAMES) == found


def test_letters_that_were_taken_apart_are_one(call):
    assert call("searchable", "조\u0327-ng Ro’") == call("searchable", "조\u0327ngro")
    assert call("search", "\u110c\u1169\u11bc\u1105\u1169", NAMES) == [0]  # 종로 as a Mac writes file names


# ---- cells of a file -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        (-0.25, "-0.25"),
        ("plain", "plain"),
        ('say "so", please', '"say ""so"", please"'),
        ("two\nlines", '"two\nlines"'),
        ("=1+1", "'=1+1"),
        ("@cmd", "'@cmd"),
        ("-x", "'-x"),
    ],
)
def test_a_cell_is_no_formula_and_no_second_cell(call, value, written):
    assert call("cell", value) == written


def test_a_file_begins_with_the_mark_of_its_letters(call):
    assert call("csvOf", ["이름", "n"], [["종로구", 3]]) == "\ufeff이름,n\n종로구,3\n"


# ---- words ---------------------------------------------------------------------------------------------------------


def test_a_value_is_not_read_as_a_phrase(call):
    assert call("filled", "{a} and {b} and {c}", {"a": "{b}", "b": "$&"}) == "{b} and $& and {c}"


# ---- arrow keys ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def points():
    units = register.units()
    return {
        "map": (units[["longitude", "latitude"]] * [88.8, -111.0]).to_numpy().tolist(),
        "tiles": [[column, row] for row, column in tiles.of(units["code"])[["row", "column"]].to_numpy().tolist()],
    }


@pytest.mark.parametrize("view", ["map", "tiles"])
def test_arrow_keys_reach_every_region_from_every_one(call, points, view):
    codes = register.units()["code"].tolist()
    pairs = neighbours.neighbours()
    at = {code: place for place, code in enumerate(codes)}
    beside = [[at[one] for one in pairs.loc[pairs["code"] == code, "neighbour"]] for code in codes]
    steps = call(
        "((points, beside) => points.map((_, from) => Object.keys(DIRECTIONS).map((key) =>"
        " moved(key, points, beside, new Set(points.keys()), from))))",
        points[view],
        beside,
    )
    assert _lost(steps, 0) == set()
    assert _lost(_turned(steps), 0) == set()


def _turned(steps):
    back = [[] for _ in steps]
    for start, ends in enumerate(steps):
        for end in ends:
            back[end].append(start)
    return back


def _lost(steps, start):
    """Return what no way leads to."""
    seen, waiting = {start}, [start]
    while waiting:
        new = set(steps[waiting.pop()]) - seen
        seen |= new
        waiting += new
    return set(range(len(steps))) - seen


def test_an_arrow_key_goes_to_the_neighbour_in_that_direction(call):
    points = [[0, 0], [10, 1], [1, 10], [30, 0], None]
    beside = [[1, 2, 4], [0], [0], [], []]
    shown = "new Set([0, 1, 2, 3, 4])"

    def to(key, start):
        return call(
            f"((points, beside, key, from) => moved(key, points, beside, {shown}, from))", points, beside, key, start
        )

    assert [to(key, 0) for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp")] == [1, 2, 0, 0]
    assert to("ArrowRight", 1) == 3  # over the sea
    assert to("ArrowLeft", 3) == 1


# ---- the address ---------------------------------------------------------------------------------------------------

DATA = {
    "language": "en", "years": [2015, 2016, 2017], "map": None, "provinces": [{"code": "11"}, {"code": "26"}],
    "regions": {"code": ["11110", "26110"]}, "outcomes": [{"name": "Sales & jobs"}, {"name": "#=한글"}],
    "estimates": [
        {"outcome": 0, "key": "a/region", "beside": "beside_all"},
        {"outcome": 0, "key": "a/region_within", "beside": "beside_around"},
        {"outcome": 1, "key": "b/region", "beside": "beside_all"},
        {"outcome": 1, "key": "b/region_within", "beside": "beside_around"},
    ],
    "variables": [{"key": "risk", "years": [2015, 2016, 2017]}, {"key": "change", "years": [2016, 2017]}],
}  # fmt: skip


@pytest.mark.parametrize(
    "part",
    [
        {},
        {"outcome": 1, "estimate": 3, "measure": "change", "year": 2016},
        {
            "language": "ko",
            "province": "26",
            "classes": ["open", "likely"],
            "one": 1,
            "two": 0,
            "sort": "region",
            "down": True,
        },
    ],
)
def test_an_address_is_read_back_as_what_was_written(call, part):
    state = call("((data, part) => fitting(data, { ...firstState(data), ...part }))", DATA, part)
    assert call("((data, state) => fromAddress(data, `#${toAddress(data, state)}`))", DATA, state) == state


def test_the_first_view_has_an_empty_address(call):
    assert call("((data) => toAddress(data, firstState(data)))", DATA) == ""


@pytest.mark.parametrize(
    "address", ["#o=none&m=x&y=1999&v=map&p=99&a=1&b=&l=fr&e=?&s=effect", "#%%%", "#&&=&=", "#" + "a=" * 5000]
)
def test_an_address_of_nonsense_is_the_first_view(call, address):
    assert call("fromAddress", DATA, address) == call("firstState", DATA)


def test_another_outcome_keeps_the_kind_of_comparison(call):
    state = call("((data) => fitting(data, { ...firstState(data), estimate: 1, outcome: 1 }))", DATA)
    assert state["estimate"] == 3
