"""Regional panels by hand, their totals, what is left out, and what is refused."""

import numpy as np
import pandas as pd
import pytest

import impact
from impact import InputError, InputWarning, marks
from impact.regions import register
from impact.regions.panels import to_panel
from impact.simulate import World, simulate

NAN = float("nan")
KEYS = ("town", "year", "firm", "first")


@pytest.fixture
def firms():
    """Four firms in two towns. 1 is supported in 2020 in A and moves to B in 2021; 2 enters with support in 2021 in B and has
    moved to A; 3 is supported before 2019; 4 is never supported and closes in 2021."""
    rows = [
        (1, 2019, "A", 2020, 50, 4, 10.5, 1),
        (1, 2020, "A", 2020, 50, 6, 12.0, 1),
        (1, 2021, "B", 2020, 50, 7, 13.0, 1),
        (2, 2021, "B", 2021, 30, 2, 1.25, 1),
        (3, 2019, "B", 2018, 20, 5, 8.0, 1),
        (3, 2020, "B", 2018, 20, 5, 8.0, 1),
        (3, 2021, "A", 2018, 20, 5, 8.0, 1),
        (4, 2019, "A", 0, 0, 10, 20.0, 1),
        (4, 2020, "A", 0, 0, 9, 19.0, 1),
        (4, 2021, "A", 0, 0, NAN, NAN, 0),
    ]
    return pd.DataFrame(rows, columns=["firm", "year", "town", "first", "grant", "workers", "sales", "active"])


@pytest.fixture
def official():
    return pd.DataFrame({"code": ["A", "A", "A", "B", "B", "B"], "year": [2019, 2020, 2021] * 2, "people": range(6)})


def made(frame, **options):
    return to_panel(frame, *KEYS, **options)


def quiet(frame, **options):
    """Make a panel where some workers are not known, such as those of a firm that is supported before the first year."""
    with pytest.warns(InputWarning):
        return made(frame, **options)


def said(frame, **options):
    with pytest.raises(InputError) as refused:
        made(frame, **options)
    return str(refused.value)


def wide(panel, column):
    return panel[column].to_numpy().reshape(panel["town"].nunique(), -1).tolist()


# by hand


@pytest.fixture
def hand(firms):
    regional = quiet(
        firms, sums=("workers", "sales"), subsidy="grant", active="active", regions=["A", "B", "C"], threshold=0.5
    )
    return regional.panel


def test_firms_and_their_totals_are_where_they_are_in_each_year(hand):
    assert hand["town"].tolist() == ["A"] * 3 + ["B"] * 3 + ["C"] * 3
    assert hand["year"].tolist() == [2019, 2020, 2021] * 3
    assert wide(hand, "n_firms") == [[2, 2, 1], [1, 1, 2], [0, 0, 0]]
    assert wide(hand, "n_rows") == [[2, 2, 2], [1, 1, 2], [0, 0, 0]]
    assert wide(hand, "workers") == [[14, 15, 5], [5, 5, 9], [0, 0, 0]]
    assert wide(hand, "sales") == [[30.5, 31.0, 8.0], [8.0, 8.0, 14.25], [0, 0, 0]]
    assert wide(hand, "n_blank_workers") == [[0, 0, 0]] * 3


def test_support_stays_in_the_region_where_it_was_given(hand):
    assert wide(hand, "n_supported") == [[0, 1, 1], [1, 1, 2], [0, 0, 0]]
    assert wide(hand, "n_newly_supported") == [[0, 1, 0], [0, 0, 1], [0, 0, 0]]
    assert wide(hand, "subsidy") == [[0, 50, 50], [20, 20, 50], [0, 0, 0]]
    assert wide(hand, "subsidy_new") == [[0, 50, 0], [0, 0, 30], [0, 0, 0]]


def test_jobs_reached_are_those_before_support_or_at_support(hand):
    np.testing.assert_array_equal(wide(hand, "jobs_reached"), [[0, 4, 4], [NAN, NAN, 2], [0, 0, 0]])
    assert wide(hand, "n_blank_jobs_reached") == [[0, 0, 0], [1, 1, 1], [0, 0, 0]]


def test_shares_are_of_the_first_year(hand):
    assert wide(hand, "base_firms") == [[2] * 3, [1] * 3, [0] * 3]
    assert wide(hand, "base_jobs") == [[14] * 3, [5] * 3, [0] * 3]
    assert wide(hand, "share_firms") == [[0, 0.5, 0.5], [1, 1, 2], [0, 0, 0]]
    np.testing.assert_array_equal(wide(hand, "share_jobs"), [[0, 4 / 14, 4 / 14], [NAN, NAN, 0.4], [0, 0, 0]])


def test_a_region_is_supported_once_its_share_is_above_the_threshold(firms, hand):
    assert wide(hand, "first_supported") == [[0] * 3, [2019] * 3, [0] * 3]  # a half is not above a half
    for threshold, first in ((0, [2020, 2019]), (0.49, [2020, 2019]), (1.0, [0, 2021]), (2.0, [0, 0])):
        panel = quiet(firms, threshold=threshold, active="active").panel
        assert panel.groupby("town")["first_supported"].first().tolist() == first


def test_exposure_may_be_of_jobs_and_of_another_base_year(firms):
    late = firms[firms["firm"] != 3]
    panel = made(late, exposure="jobs", threshold=0.25, base=2020, active="active").panel
    assert wide(panel, "base_jobs") == [[15] * 3, [0] * 3]
    np.testing.assert_array_equal(wide(panel, "share_jobs"), [[0, 4 / 15, 4 / 15], [0, 0, NAN]])
    assert wide(panel, "first_supported") == [[2020] * 3, [2021] * 3]  # B has support and no jobs in 2020
    assert wide(made(late, active="active").panel, "first_supported") == [[2020] * 3, [2021] * 3]


def test_a_firm_without_a_row_in_the_year_of_support_is_where_it_was_last(firms):
    gone = firms[(firms["firm"] != 1) | (firms["year"] != 2020)]
    panel = quiet(gone).panel
    assert wide(panel, "n_newly_supported") == [[0, 1, 0], [0, 0, 1]]
    assert wide(panel, "jobs_reached")[0] == [0, 4, 4]


def test_several_supports_have_their_own_years(firms):
    second = firms.assign(again=np.where(firms["firm"] == 1, 2021, 0), more=np.where(firms["firm"] == 1, 7.5, 0))
    panel = quiet(second, subsidy={"grant": "first", "more": "again"}).panel
    assert wide(panel, "subsidy") == [[0, 50, 50], [20, 20, 57.5]]
    assert wide(panel, "subsidy_new") == [[0, 50, 0], [0, 0, 37.5]]
    assert wide(panel, "n_supported") == [[0, 1, 1], [1, 1, 2]]


def test_support_after_the_last_year_is_not_there_yet_and_inf_is_never(firms):
    later = firms.assign(first=firms["first"].replace({2018: 2022, 0: np.inf}))
    assert wide(made(later, active="active").panel, "n_supported") == [[0, 1, 1], [0, 0, 1]]


def test_without_jobs_there_are_none_reached(firms):
    panel = made(firms, sums="sales", jobs=None, active="active").panel
    assert [name for name in panel if "jobs" in name or "workers" in name] == []


# zero, blank, missing


def test_a_blank_is_counted_and_a_sum_of_nothing_known_is_blank(firms):
    sparse = firms.assign(workers=firms["workers"].mask((firms["year"] == 2020) & (firms["firm"] != 1)))
    with pytest.warns(InputWarning) as notes:
        panel = made(sparse, active="active", regions=["A", "B", "C"]).panel
    np.testing.assert_array_equal(wide(panel, "workers"), [[14, 6, 5], [5, NAN, 9], [0, 0, 0]])
    assert wide(panel, "n_blank_workers") == [[0, 1, 0], [0, 1, 0], [0, 0, 0]]
    assert [str(note.message) for note in notes] == [
        "'workers' is blank for 2 of 9 firm-years in business, in 2 region-years; they count as firms and add nothing "
        "(n_blank_workers).",
        "Workers before support are blank for 1 supported firm; jobs_reached is without them (n_blank_jobs_reached).",
    ]


def test_an_amount_that_is_not_known_is_counted_and_is_not_zero(firms):
    unknown = firms.assign(grant=firms["grant"].where(firms["firm"] != 2).astype(float))
    with pytest.warns(InputWarning) as notes:
        panel = made(unknown, subsidy="grant").panel
    np.testing.assert_array_equal(wide(panel, "subsidy_new"), [[0, 50, 0], [0, 0, NAN]])
    assert wide(panel, "subsidy") == [[0, 50, 50], [20, 20, 20]]
    assert wide(panel, "n_blank_subsidy") == [[0, 0, 0], [0, 0, 1]]
    assert str(notes[-1].message) == (
        "The amount of support is blank for 1 supported firm; subsidy is without them (n_blank_subsidy)."
    )


# totals, order and input


def many(seed=3, n=500):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"firm": np.repeat(np.arange(n), 6), "year": np.tile(np.arange(2015, 2021), n)})
    frame["town"] = rng.choice([f"{code:02d}" for code in range(30)], len(frame))  # firms move every year
    frame["first"] = np.repeat(rng.choice([0, 2017, 2018, 2020], n), 6)
    frame["grant"] = np.where(frame["first"] > 0, np.repeat(rng.integers(1, 10**6, n), 6), 0)
    frame["workers"] = rng.integers(0, 10**9, len(frame))
    return frame[rng.random(len(frame)) < 0.8].sample(frac=1, random_state=seed)


def test_totals_are_kept_to_the_last_unit():
    frame = many()
    panel = quiet(frame, subsidy="grant").panel
    assert len(panel) == 30 * 6
    assert panel["n_rows"].sum() == panel["n_firms"].sum() == len(frame)
    assert panel.groupby("year")["workers"].sum().tolist() == frame.groupby("year")["workers"].sum().tolist()
    first = frame.drop_duplicates("firm")
    supported = first[first["first"] > 0]
    assert panel["n_newly_supported"].sum() == len(supported)
    assert panel["subsidy_new"].sum() == supported["grant"].sum()
    last = panel[panel["year"] == 2020]
    assert last["n_supported"].sum() == len(supported)
    assert last["subsidy"].sum() == supported["grant"].sum()


def test_sums_are_those_of_pandas():
    frame = many()
    panel = quiet(frame).panel.set_index(["town", "year"])
    slow = frame.groupby(["town", "year"])["workers"].agg(["sum", "size"]).reindex(panel.index, fill_value=0)
    assert panel["workers"].tolist() == slow["sum"].tolist()
    assert panel["n_firms"].tolist() == slow["size"].tolist()


def test_neither_the_order_of_rows_nor_the_type_of_labels_matters():
    frame = many()
    expected = quiet(frame).panel
    for same in (
        frame.sort_values(["firm", "year"]),
        frame.assign(firm=frame["firm"].astype(str)),
        frame.assign(firm=frame["firm"].astype(float)),
        frame.assign(town=frame["town"].astype("category"), year=frame["year"].astype("int16")),
    ):
        pd.testing.assert_frame_equal(quiet(same).panel.astype(expected.dtypes), expected)
    numbers = quiet(frame.assign(town=frame["town"].astype(int))).panel
    assert numbers["town"].unique().tolist() == list(range(30))


def test_the_input_is_not_changed(firms, official):
    before, table = firms.copy(deep=True), official.copy(deep=True)
    quiet(firms, counts=official, subsidy="grant", active="active")
    pd.testing.assert_frame_equal(firms, before)
    pd.testing.assert_frame_equal(official, table)


# official counts


def test_an_official_table_is_joined_by_code_and_year(firms, official):
    made = quiet(firms, counts=official.sample(frac=1, random_state=1))
    assert made.panel["people"].tolist() == list(range(6))
    assert made.panel["people"].dtype == official["people"].dtype
    assert made.panel["in_counts"].all()
    assert made.counts_left_out.empty


def test_years_that_the_table_has_not_are_blank_and_its_other_years_are_listed(firms, official):
    table = official.assign(year=official["year"] + 1, checked=True)
    made = quiet(firms, counts=table)
    np.testing.assert_array_equal(wide(made.panel, "people"), [[NAN, 0, 1], [NAN, 3, 4]])
    assert wide(made.panel, "in_counts") == [[False, True, True]] * 2
    assert made.panel["checked"].isna().sum() == 2
    assert made.counts_left_out.to_dict("list") == {
        "code": ["A", "B"], "year": [2022] * 2, "people": [2, 5], "checked": [True] * 2, "why": ["no such year"] * 2,
    }  # fmt: skip
    assert made.panel["in_counts"].sum() + len(made.counts_left_out) == len(table)


def test_codes_without_a_counterpart_are_refused(firms, official):
    table = official.replace({"code": {"B": "X"}})
    assert said(firms, counts=table, regions=["A", "C"]) == (
        "Every firm must be in one of the regions; seen: 1 code of firms in 4 rows that regions does not have: B. Correct them "
        '(were regions renamed or merged?), or leave them out and have them listed: unmatched="list".\n'
        "Every code of the official table must be a region of the panel; seen: 1 code in 3 rows that is none: X. If no firm is "
        "there, give regions, so that it has zero firms. Correct them (were regions renamed or merged?), or leave them out and "
        'have them listed: unmatched="list".\n'
        "Every region must be in the official table; seen: 1 region without a row: C. Correct them (were regions renamed or "
        'merged?), or leave them out and have them listed: unmatched="list".'
    )


def test_or_listed_and_every_row_is_somewhere(firms, official):
    table = official.replace({"code": {"B": "X"}})
    made = quiet(firms, counts=table, regions=["A", "C"], unmatched="list", subsidy="grant")
    assert made.panel["town"].unique().tolist() == ["A", "C"]
    assert made.firms_left_out["town"].unique().tolist() == ["B"]
    for name, total in (("n_rows", len(firms)), ("workers", firms["workers"].sum()), ("subsidy_new", 80)):
        assert made.panel[name].sum() + made.firms_left_out[name].sum() == total
    assert made.counts_left_out["why"].tolist() == ["no such region"] * 3
    assert made.panel["in_counts"].sum() + len(made.counts_left_out) == len(table)
    assert wide(made.panel, "in_counts") == [[True] * 3, [False] * 3]


def test_the_register_fits(firms):
    codes = {"A": "11110", "B": "48820"}
    made = quiet(firms.replace({"town": codes}), counts=register.population(), regions=register.units())
    assert len(made.panel) == 229 * 3
    people = register.population().set_index(["code", "year"])["total"]
    assert (
        made.panel["total"].tolist()
        == people.loc[list(zip(made.panel["town"], made.panel["year"], strict=True))].tolist()
    )
    assert (made.panel.loc[~made.panel["town"].isin(codes.values()), ["n_firms", "workers", "share_jobs"]] == 0).all(
        axis=None
    )


# what is refused


def edited(frame, where, column, value):
    frame = frame.astype({column: object})
    frame.loc[where, column] = value
    return frame


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (
            lambda f: edited(f, [0, 1, 2, 3, 4, 5], "town", [None, "", " ", NAN, pd.NA, None]),
            "Every row must have the code of its region; 'town' is blank in 6 rows (firm 1 in 2019, firm 1 in 2020, firm 1 in "
            "2021, firm 2 in 2021, firm 3 in 2019 and more). Fill it in, or leave those rows out.",
        ),
        (
            lambda f: edited(f.assign(firm="f" + f["firm"].astype(str)), [3], "town", None),
            "Every row must have the code of its region; 'town' is blank in 1 row (firm f2 in 2021). Fill it in, or leave those "
            "rows out.",
        ),
        (
            lambda f: edited(f, [0], "town", 5),
            "Codes of regions must be all text or all numbers; seen: 'A', 'B' as text, 5 as numbers. Read codes as text "
            "everywhere (dtype=str): 01010 would lose its zero.",
        ),
        (
            lambda f: f[f["year"] != 2020],
            "Every year from 2019 to 2021 must have firms; there is no row of 2020. A year that was not collected is not a year "
            "without firms: add it, or give the years after it only.",
        ),
        (
            lambda f: edited(f, [0], "workers", -1),
            "Workers must be zero or more; 'workers' is below in 1 row (firm 1 in 2019). Blank what is no count.",
        ),
        (
            lambda f: edited(f, [9], "active", 2),
            "'active' must be 1 in years in business and 0 in others; 1 of 10 values is neither: 2. Recode it.",
        ),
        (
            lambda f: edited(f.astype({"active": float}), [8, 9], "active", None),
            "'active' must be 1 in years in business and 0 in others; 2 of 10 values are neither: blank. Recode it.",
        ),
        (
            lambda f: edited(f.astype({"active": object}), [9], "active", "yes"),
            "'active' must hold numbers; 1 of 10 values is none: 'yes'. Convert the column to numbers (without thousands "
            "separators and units), and leave unknown values blank.",
        ),
        (
            lambda f: edited(f, [0, 3], "grant", 49),
            "A firm must have one amount of support in all its rows; 'grant' changes within 1 firm: 1. Write the whole amount in "
            "each row, or name payments by year in sums.",
        ),
        (
            lambda f: f.assign(firm="f" + f["firm"].astype(str), grant=f["grant"].mask(f["firm"] == 4, 10)),
            "Money must have a year; 'grant' is not 0 for 1 firm without one in 'first': f4. Write the year of support, or 0 "
            "where the award lapsed.",
        ),
        (
            lambda f: pd.concat([f, f[:1]]).assign(firm=lambda f: "f" + f["firm"].astype(str)),
            "A firm must have one row a period; seen: 1 row too many (firm f1 in 2019). Add repeated rows up, or leave them out "
            "(two plants of one firm? a correction?).",
        ),
        (
            lambda f: f.drop(columns="town"),
            "The table must have a column 'town'; it has none of that name. Its columns are: firm, year, first, grant, workers "
            "and more.",
        ),
        (
            lambda f: f[:0],
            "The table must have rows; it is empty. Check that the file was written and read completely.",
        ),
    ],
)
def test_firms_that_cannot_be_are_refused(firms, edit, expected):
    assert said(edit(firms), subsidy="grant", active="active") == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"exposure": "money"}, "exposure must be 'firms' or 'jobs'; seen: 'money'."),
        ({"unmatched": "drop"}, "unmatched must be 'refuse' or 'list'; seen: 'drop'."),
        (
            {"exposure": "jobs", "jobs": None},
            "exposure='jobs' needs the column of workers; jobs is None. Name it, or take exposure='firms'.",
        ),
        (
            {"threshold": -0.1},
            "The threshold must be a share of 0 or more; seen: -0.1. 0.05 stands for five per cent.",
        ),
        (
            {"sums": "log(workers)"},
            "Columns are added up as they are; seen: log(workers). Give the column, and take the transform of the sum when "
            "estimating.",
        ),
        ({"base": 2015}, "The base year must be one from 2019 to 2021; seen: 2015. The first one is usual."),
        (
            {"regions": "A"},
            "regions must be codes, or a table with the column code; seen: 'A'. Give a list of codes.",
        ),
        (
            {"regions": pd.DataFrame({"town": ["A"]})},
            "regions must be codes, or a table with the column code; seen: a table with town. Give a list of codes.",
        ),
        (
            {"regions": ["A", "B", "A", None]},
            "Every region must have a code; seen: 1 region without. Fill it in.\n"
            "Every region must stand once in regions; seen again: A. Leave the second one out.",
        ),
        (
            {"regions": []},
            "regions must name at least one region; it is empty. Leave it out to take those of the firms.",
        ),
        (
            {"regions": [11110, 11140]},
            "Codes of regions must be all text or all numbers; seen: 'A', 'B' as text, 11110, 11140 as numbers. Read codes as "
            "text everywhere (dtype=str): 01010 would lose its zero.",
        ),
        (
            {"sums": ("workers", "workers")},
            "Columns of the panel must have names of their own; it would have two of 'workers', 'n_blank_workers'. Rename the "
            "column of the firms or of the official table, or name it once.",
        ),
        (
            {"exposure": "jobs"},
            "The share of jobs must be known where there is support; in 1 region all workers of the base year or of supported "
            "firms are blank: B. Fill them in, or take exposure='firms'.",
        ),
    ],
)
def test_what_cannot_be_asked_is_refused(firms, options, expected):
    assert said(firms, **options) == expected


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (
            lambda t: t.rename(columns={"code": "town"}),
            "The official table must have the columns code and year; absent: code; its columns are: town, year, people. Rename "
            "them.",
        ),
        (
            lambda t: t.assign(code=["A", "A", "A", "B", "B", None]),
            "Every row of the official table must have code and year; blank in 1 row (data row 6). Fill them in, or leave the "
            "rows out.",
        ),
        (
            lambda t: t.assign(year=t["year"].astype(str)),
            "Years of the official table must be whole numbers such as 2019; seen: '2019', '2020', '2021'. Convert the column to "
            "numbers.",
        ),
        (
            lambda t: pd.concat([t, t[:1]]),
            "The official table must have each code and year once; seen again: A in 2019. Keep one row of each.",
        ),
        (
            lambda t: t.assign(code=[1, 1, 1, 2, 2, 2]),
            "Codes of regions must be all text or all numbers; seen: 'A', 'B' as text, 1, 2 as numbers. Read codes as text "
            "everywhere (dtype=str): 01010 would lose its zero.",
        ),
        (
            lambda t: t.assign(year=t["year"] - 10.0),
            "The official table must have years of the panel, 2019 to 2021; seen: 2009, 2010, 2011. Check the column year.",
        ),
        (
            lambda t: t.rename(columns={"people": "n_firms"}),
            "Columns of the panel must have names of their own; it would have two of 'n_firms'. Rename the column of the firms "
            "or of the official table, or name it once.",
        ),
    ],
)
def test_an_official_table_that_cannot_be_is_refused(firms, official, edit, expected):
    assert said(firms, counts=edit(official)) == expected


def test_a_second_year_of_support_is_checked_like_the_first(firms):
    years = edited(firms.assign(again=0.0), [0, 3, 9], "again", [2021, 2020.5, None]).infer_objects()
    text = said(years, subsidy={"grant": "again"})
    assert "'again' must say for every firm when support began" in text
    assert "must be a whole number such as 2019, 0 or inf; in 'again' 1 of 10 values is not: 2020.5." in text
    assert "'again' changes within 1 firm: 1." in text


# simulated firms, and a study of regions


@pytest.fixture(scope="module")
def world():
    return simulate(World(firms=2000)).firms


def test_the_mark_is_carried(firms, world):
    made = to_panel(world, "municipality", "year", "firm", "first_supported", active="active")
    assert all(marks.is_simulated(made.panel[i : i + 1]) for i in (0, len(made.panel) - 1))
    assert not marks.is_simulated(quiet(firms).panel)
    table = pd.DataFrame({"code": ["A", "B"], "year": 2020, "people": 1, "simulated": marks.SIMULATED})
    by_counts = quiet(firms, counts=table)
    assert list(by_counts.panel)[-2:] == ["people", "simulated"]
    assert marks.is_simulated(by_counts.panel)


def test_regions_are_a_study_of_their_own(world):
    made = to_panel(
        world[world["year"] >= 2015], "municipality", "year", "firm", "first_supported",
        sums=("workers", "sales"), subsidy={"subsidy_first": "first_supported", "subsidy_second": "second_supported"},
        active="active", counts=register.population(), regions=register.units(), threshold=0.2,
    )  # fmt: skip
    panel = made.panel
    years = panel["year"].nunique()
    assert len(panel) == 229 * years
    assert panel["in_counts"].all()
    panel["people"] = panel.groupby("municipality")["total"].transform("first")
    for outcome in ("asinh(workers)", "n_firms"):
        e = impact.estimate(
            panel, outcome, "municipality", "year", "first_supported", comparison="not_yet", weight="people"
        )
        found = e.by("event_time").table()
        assert found["estimate"].notna().all()
        assert (found["n_supported"] > 0).all()
        assert {0, 1, 2} <= set(found["event_time"])


def test_totals_of_simulated_firms_are_kept(world):
    panel = to_panel(
        world, "municipality", "year", "firm", "first_supported", subsidy="subsidy_first", active="active"
    ).panel
    supported = world[world["first_supported"].between(1, world["year"].max())].drop_duplicates("firm")
    assert panel["n_firms"].sum() == world["active"].sum()
    assert panel["n_rows"].sum() == len(world)
    assert panel["workers"].sum() == pytest.approx(world["workers"].sum(), rel=1e-12)
    assert panel["n_newly_supported"].sum() == len(supported)
    assert panel["subsidy_new"].sum() == pytest.approx(supported["subsidy_first"].sum(), rel=1e-12)
    assert panel["n_blank_jobs_reached"].sum() == 0
