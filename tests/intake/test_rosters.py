import re

import numpy as np
import pandas as pd
import pytest

import impact
from impact import marks
from impact.errors import InputError
from impact.intake.joined import join
from impact.intake.rosters import roster
from impact.simulate import World, simulate
from impact.simulate.numbers import business_numbers

A, B, C, D, E, F = map(str, business_numbers(np.arange(6), 11))
SAMSUNG = "124-81-00998"
LEVELS = ["기초", "중간1", "고도"]


def dashed(number):
    return f"{number[:3]}-{number[3:5]}-{number[5:]}"


def awards(*rows, names=("no", "award", "done")):
    return pd.DataFrame(rows, columns=[*names], index=range(2, 2 + len(rows)))


def made(table, **changes):
    return roster(table, "no", **{"dated": "completed", "awarded": "award", "completed": "done", **changes})


def supports(of):
    columns = of.firms[["firm", "state", "first_supported", "second_supported"]]
    return {firm: said for firm, *said in columns.itertuples(index=False)}


def refused(*arguments, **named):
    with pytest.raises(InputError) as seen:
        roster(*arguments, **named)
    return str(seen.value)


def test_several_awards_become_first_and_second_support():
    table = awards((dashed(A), "2022.3.", "2022-11"), (int(A), "2019-06", "2020-01-15"), (B, 2018, 2018))
    assert supports(made(table)) == {A: ["supported", 2020, 2022], B: ["supported", 2018, 0]}
    assert supports(made(table, dated="awarded")) == {A: ["supported", 2019, 2022], B: ["supported", 2018, 0]}
    assert made(table).firms["awards"].tolist() == made(table).firms["supports"].tolist()
    assert made(table).firms.set_index("firm").loc[A, "awarded"] == 2019


def test_levels_and_amounts_are_of_the_first_the_second_and_all_supports():
    names = ("no", "award", "done", "level", "won", "where")
    rows = [
        (A, 2022, 2022, "고도", 100.0, "경남"),
        (A, 2019, 2020, "기초", 40.0, "경남"),
        (B, 2018, 2018, None, 7.0, None),
    ]
    named = {"level": "level", "levels": LEVELS, "amount": "won", "province": "where"}
    firms = made(awards(*rows, names=names), **named).firms.set_index("firm")
    columns = ["level_first", "level_highest", "amount_first", "amount_second", "amount_total", "province"]
    assert firms.loc[A, columns].tolist() == ["기초", "고도", 40.0, 100.0, 140.0, "경남"]
    assert firms.loc[B, columns[2:5]].tolist() == [7.0, 0.0, 7.0]
    assert firms.loc[B, ["level_first", "level_highest", "province"]].isna().all()


def test_levels_that_are_numbers_have_their_own_order():
    firms = made(
        awards((A, 2018, 2018, 2), (A, 2020, 2020, 1), names=("no", "award", "done", "level")), level="level"
    ).firms
    assert firms[["level_first", "level_highest"]].values.tolist() == [[2, 2]]


def test_an_unknown_amount_is_not_zero():
    table = awards(
        (A, 2018, 2018, 5.0), (A, 2020, 2020, np.nan), (B, 2020, 2020, -3.0), names=("no", "award", "done", "won")
    )
    read = made(table, amount="won")
    assert read.firms["amount_total"].isna().tolist() == [True, False]
    assert read.firms["amount_first"].tolist() == [5.0, -3.0]
    assert read.notes[1:] == (
        "1 support without an amount: totals of their firms are blank, as unknown is not zero.",
        "1 amount below zero, added as they are: row 4. Is it money paid back?",
    )
    assert read.faults[["row", "firm", "why", "seen"]].values.tolist() == [[4, B, "amount below zero", -3.0]]


def test_an_award_without_completion_is_open_and_never_silently_never():
    table = awards((A, 2019, None), (B, 2018, 2018), (B, 2021, None), (C, 2020, 2021))
    read = made(table)
    assert supports(read)[A] == ["open", pd.NA, pd.NA]
    assert supports(read)[B][:2] == ["supported", 2018]
    assert pd.isna(supports(read)[B][2])  # its second project may be done or not
    assert read.open["row"].tolist() == [2, 4]
    assert read.notes == (
        "4 awards of 3 firms; support counts from the year of completion.",
        "First award and its completion in different years: 1 firm. The other date would change the first supported year.",
        "2 awards without a completion (running, cancelled, or not written down). Without any other support: 1 firm; the first "
        "supported year of these is blank, not 0.",
    )
    assert made(table, dated="awarded").notes[2:] == (
        "2 awards without a completion (running, cancelled, or not written down): here support counts from the award on.",
    )
    assert supports(made(table, dated="awarded"))[B] == ["supported", 2018, 2021]


def test_dates_that_contradict_one_another_or_cannot_be_read_are_faults():
    table = awards((A, 2021, 2020), (B, "2020-03", "21.7.1"), (C, None, 2020), (D, "x", 2020))
    read = made(table)
    assert supports(read)[A] == supports(read)[B] == ["unclear", pd.NA, pd.NA]
    assert supports(read)[C] == supports(read)[D] == ["supported", 2020, 0]
    assert read.faults[["row", "why", "seen"]].values.tolist() == [
        [2, "completed before it was awarded", "2021 → 2020"],
        [3, "no readable date", "2020-03 → 21.7.1"],
        [5, "no readable date", "x → 2020"],
    ]
    assert read.notes[-1] == (
        "2 awards without a date that can be taken as it stands: row 2, 3. Correct them at the source (see faults); until then the "
        "years of their firms may be wrong or blank."
    )
    assert made(table, dated="awarded").faults["why"].tolist()[2:] == ["no date", "no readable date"]
    assert read.open.empty


def test_the_same_row_twice_counts_once_and_another_award_on_that_day_counts():
    names = ("no", "award", "done", "won")
    one, day = (A, "2019-05-02", "2020-01-31", 5.0), (B, "2019-05-02", "2020-01-31")
    read = made(awards(one, one, (*day, 5.0), (*day, 6.0), names=names), amount="won")
    assert read.firms[["awards", "amount_total"]].values.tolist() == [[1, 5.0], [2, 11.0]]
    assert read.awards["state"].tolist() == ["supported", "again", "supported", "supported"]
    assert read.notes[2:] == (
        "1 row like one before, with the same firm and day, counted once: row 3.",
        "1 row of a firm that has another award on the same day, counted as a second one: row 5. Is one of them a correction of the other?",
    )


def test_years_alone_do_not_show_copies():
    assert made(awards((A, 2019, 2020), (A, 2019, 2020))).firms["awards"].tolist() == [2]


def test_numbers_are_checked_and_each_blank_one_is_a_firm_of_its_own():
    read = made(awards((SAMSUNG[:-1] + "7", 2019, 2020), (None, 2019, 2020), (None, 2020, 2021), (A, 2019, 2020)))
    assert read.firms["firm"].tolist() == ["1248100997", A, "no number: row 3", "no number: row 4"]
    assert read.firms["sound"].tolist() == [False, True, False, False]
    assert read.faults["why"].tolist() == ["number: check digit", "number: blank", "number: blank"]
    assert len(read.awards) == 4


def test_programmes_stay_apart():
    table = awards(
        (A, 2019, 2020, "x"), (A, 2017, 2018, "y"), (B, 2019, 2019, "y"), names=("no", "award", "done", "plan")
    )
    read = made(table, programme="plan")
    assert read.firms[["firm", "programme", "first_supported"]].values.tolist() == [
        [A, "x", 2020],
        [A, "y", 2018],
        [B, "y", 2019],
    ]
    panel = pd.DataFrame({"firm": [A, B, C], "year": 2020})
    joined = join(panel, read, "firm", "year", programme="x").frame
    assert joined["first_supported"].tolist() == [2020, 0, 0]
    assert joined["other_supported"].tolist() == [2018, 2019, 0]
    with pytest.raises(InputError) as several:
        join(panel, read, "firm", "year")
    assert str(several.value) == (
        "One programme must be named, as the roster has several: x, y. Write programme='x'; support by others comes as other_supported."
    )
    with pytest.raises(InputError) as unknown:
        join(panel, read, "firm", "year", programme="z")
    assert str(unknown.value) == "The programme must be one of the roster; seen: 'z'. It has: x, y."


def test_the_date_that_counts_must_be_chosen():
    table = awards((A, 2019, 2020))
    with pytest.raises(TypeError, match="dated"):
        roster(table, "no", awarded="award")
    assert refused(table, "no", dated="year", awarded="award") == (
        "dated must say from which date support counts, 'awarded' or 'completed'; seen: 'year'. Projects are mostly completed six to nine "
        "months after their award, and only then can they have an effect."
    )
    assert refused(table, "no", dated="completed", awarded="award") == (
        "dated='completed' needs the column with that date; completed is None. Name it, or let the other date count."
    )


def test_what_cannot_be_read_is_refused_all_at_once():
    names = ("no", "award", "won", "level", "plan")
    table = awards((A, 2019, "5천만", "기초", "x"), (B, 2020, "7", "최고", None), names=names)
    named = {"awarded": "award", "amount": "won", "level": "level", "levels": LEVELS, "programme": "plan"}
    assert refused(table, "no", dated="awarded", **named).splitlines() == [
        "Amounts must be numbers; 'won' holds text: 5천만. Read the file with impact.intake.read_table, or take out commas and units.",
        "levels must name every level of support from the lowest to the highest; not named: 최고. "
        'Write levels=["기초", "중간1", "중간2", "고도"].',
        "Every award must name its programme; 'plan' is blank in row 3. Fill it in.",
    ]
    assert refused(table, "number", dated="awarded", awarded="award") == (
        "A list of awards must have the columns that are named; absent: number. It has: no, award, won, level, plan."
    )
    assert refused(table.iloc[:0], "no", dated="awarded", awarded="award") == (
        "A list of awards must have at least one row; it has none. Read the right sheet."
    )


def test_a_list_is_left_as_it_was_and_its_order_does_not_matter():
    table = awards((A, 2019, 2020), (B, 2021, None), (A, 2022, 2022), (C, 2018, 2019))
    before = table.copy()
    shuffled = made(table.sample(frac=1, random_state=3)).firms
    pd.testing.assert_frame_equal(made(table).firms, shuffled)
    pd.testing.assert_frame_equal(table, before)


@pytest.fixture
def panel():
    """Two supported firms, one with an open award, one never supported, one whose number is none, in odd order and index."""
    rows = [(B, 2021), (dashed(A), 2018), (A, 2019), (C, 2019), (D, 2019), (SAMSUNG[:-1] + "7", 2019), (None, 2019)]
    return pd.DataFrame(rows, columns=["firm", "year"], index=[5, 5, 3, 9, 1, 0, 7])


@pytest.fixture
def several():
    names = ("no", "award", "done", "won", "where")
    rows = [
        (A, 2019, 2019, 5.0, "경남"),
        (B, 2019, 2020, np.nan, "경북"),
        (C, 2019, None, 3.0, "경남"),
        (E, 2020, 2020, 9.0, None),
    ]
    wrong = [(F[:9] + str((int(F[9]) + 1) % 10), 2020, 2020, 2.0, "경북"), (None, None, 2021, 1.0, "경북")]
    return made(awards(*rows, *wrong, names=names), amount="won", province="where")


def test_a_joined_panel_says_never_not_known_and_supported_apart(panel, several):
    before = panel.copy()
    frame = join(panel, several, "firm", "year").frame
    assert frame["support_state"].tolist() == [
        *("supported", "supported", "supported", "open", "never", "number not sound", "number not sound"),
    ]
    assert frame["first_supported"].tolist() == [2020, 2019, 2019, pd.NA, 0, pd.NA, pd.NA]
    assert frame["second_supported"].tolist() == [0, 0, 0, pd.NA, 0, pd.NA, pd.NA]
    assert np.array_equal(frame["support_amount"], [np.nan, 5, 5, np.nan, 0, np.nan, np.nan], equal_nan=True)
    pd.testing.assert_frame_equal(frame[["firm", "year"]], before)
    pd.testing.assert_frame_equal(panel, before)


def test_rates_count_every_firm_of_the_roster(panel, several):
    joined = join(panel, several, "firm", "year")
    assert joined.rates.values.tolist() == [
        ["all", "all", 6, 3, 3, 0.5],
        ["year", "2019", 3, 3, 0, 1.0],
        ["year", "2020", 2, 0, 2, 0.0],
        ["year", "unknown", 1, 0, 1, 0.0],
        ["province", "unknown", 1, 0, 1, 0.0],
        ["province", "경남", 2, 2, 0, 1.0],
        ["province", "경북", 3, 1, 2, 1 / 3],
    ]
    assert sorted(joined.not_joined["why"]) == ["not in the panel", "number: blank", "number: check digit"]
    assert joined.only_after.values.tolist() == [[B, 2020, 2021]]


def test_what_was_seen_in_joining_is_said(panel, several):
    assert join(panel, several, "firm", "year").notes == (
        "3 of 6 firms of the roster are in the panel (50.0%).",
        "3 firms of the roster not joined: 1 not in the panel, 2 with a number that is none. No estimate is of them, and in the panel "
        "some may stand as never supported, under another number.",
        "Joined firms differ from those not joined in province 경남 (+1.63), province 경북 (-1.63) (normalised difference over "
        "0.25): an estimate is of the joined ones, not of all that were supported (see differ and rates).",
        "1 supported firm in the panel only from the year of support on: nothing is known before, so no change of theirs can be "
        "measured (see only_after).",
        "first_supported is blank in 3 rows of the panel: 1 with awards but no completion, 2 with a number that is none. They are not "
        'known to be never supported: leave them out with frame.dropna(subset="first_supported").',
    )


def test_normalised_differences_are_those_of_the_formula():
    x, y = np.array([1.0, 2, 4]), np.array([5.0, 9])
    numbers = [*map(str, business_numbers(np.arange(5), 99))]
    table = awards(
        *((n, 2019, 2019, v) for n, v in zip(numbers, [*x, *y], strict=True)), names=("no", "award", "done", "won")
    )
    panel = pd.DataFrame({"firm": numbers[:3], "year": 2018})
    differ = join(panel, made(table, amount="won"), "firm", "year").differ.set_index("what")
    assert differ.loc["amount_total", "normalised"] == pytest.approx(
        (x.mean() - y.mean()) / np.sqrt((x.var(ddof=1) + y.var(ddof=1)) / 2), rel=1e-12
    )
    assert differ["normalised"].isna().tolist() == [True, True, False]  # the year and the number of awards do not vary


def test_wrong_numbers_alike_in_both_may_be_pseudonyms():
    table, panel = awards((1234567890, 2019, 2019)), pd.DataFrame({"firm": ["1234567890"], "year": [2018]})
    assert join(panel, made(table), "firm", "year").notes[2] == (
        "1 number not sound in the roster and alike in the panel. If both hold pseudonyms and no business numbers, make the roster with "
        "numbers=False."
    )
    assert join(panel, made(table, numbers=False), "firm", "year").frame["first_supported"].tolist() == [2019]


def test_labels_that_are_no_business_numbers_join_as_they_are():
    table = awards((7.0, 2019, 2019), ("x ", 2020, 2020))
    panel = pd.DataFrame({"firm": [7, "x", "y", None], "year": 2018})
    frame = join(panel, made(table, numbers=False), "firm", "year").frame
    assert frame["first_supported"].tolist() == [2019, 2020, 0, pd.NA]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"firm": "id"}, "A panel must have the columns that are named; absent: id. It has: firm, year."),
        (
            {"year": ["2019/12"] * 7},
            "The periods of a panel must be numbers, such as 2019; 'year' holds 2019/12. Take the year of each (impact.intake.fiscal_year).",
        ),
        (
            {"first_supported": 0},
            "A panel must not have the columns that joining adds; it has first_supported. Rename or drop them: support must come from one source.",
        ),
    ],
)
def test_a_panel_that_cannot_be_joined_is_refused(panel, several, change, sentence):
    named = change.pop("firm", "firm")
    with pytest.raises(InputError, match=f"^{re.escape(sentence)}$"):
        join(panel.assign(**change), several, named, "year")


@pytest.fixture(scope="module")
def world():
    """Simulated firms with two lists: one award a row, 4 % of numbers damaged; and the panel, in which small firms are missing."""
    firms = simulate(World(firms=4000)).firms
    one, rng = firms.drop_duplicates("firm"), np.random.default_rng(8)
    parts = []
    for award, done, won in (
        ("award_year", "first_supported", "subsidy_first"),
        ("second_award", "second_supported", "subsidy_second"),
    ):
        part = one.loc[one[award] > 0, ["firm", award, done, won, "province", "simulated"]]
        parts.append(part.set_axis(["no", "award", "done", "won", "province", "simulated"], axis=1))
    table = pd.concat(parts, ignore_index=True).assign(done=lambda t: t["done"].where(t["done"] > 0))
    damaged = set(rng.choice(table["no"].unique(), len(table) // 25, replace=False))
    table["no"] = [no[:9] + str((int(no[9]) + 1) % 10) if no in damaged else no for no in table["no"]]
    missing = set(one.loc[rng.random(len(one)) < np.where(one["workers"] < 15, 0.3, 0.05), "firm"])
    panel = firms[(firms["active"] == 1) & ~firms["firm"].isin(missing)]
    return firms, table, panel.drop(columns=["first_supported", "second_supported"]), damaged, missing


def test_simulated_firms_have_the_support_that_they_had(world):
    firms, table, panel, damaged, missing = world
    joined = join(panel, made(table, amount="won", province="province"), "firm", "year")
    truth = firms.drop_duplicates("firm").set_index("firm")
    state = joined.frame.drop_duplicates("firm").set_index("firm")["support_state"]
    known = joined.frame[(joined.frame["support_state"] != "open") & ~joined.frame["firm"].isin(damaged)]
    for name in ("first_supported", "second_supported"):
        seen = known.dropna(subset=name)
        assert (seen[name] == seen["firm"].map(truth[name])).all()
    lapsed = (truth["award_year"] > 0) & (truth["first_supported"] == 0)
    kept = ~truth.index.isin(damaged) & ~truth.index.isin(missing)
    assert set(state.index[state == "open"]) == set(truth.index[lapsed & kept & (truth.index.isin(panel["firm"]))])
    awarded = truth[truth["award_year"] > 0]
    here = awarded.index.isin(panel["firm"]) & ~awarded.index.isin(damaged)
    everyone = joined.rates.set_index("by").loc["all"]
    assert (everyone["firms"], everyone["joined"]) == (len(awarded), here.sum())
    years = joined.rates[joined.rates["by"] == "year"].set_index("value")["share"]
    assert years.to_dict() == pd.Series(here).groupby(awarded["award_year"].astype(str).to_numpy()).mean().to_dict()
    assert all(marks.is_simulated(part) for part in (joined.rates, joined.not_joined, joined.differ, joined.frame))


def test_a_joined_panel_is_estimated_and_blanks_are_refused(world):
    firms, table, panel, _, _ = world
    frame = join(panel, made(table), "firm", "year").frame
    with pytest.raises(InputError, match="A blank may be a firm that could not be linked"):
        impact.estimate(frame, "log(sales)", "firm", "year", "first_supported")
    known = frame.dropna(subset="first_supported")
    seen = impact.estimate(known, "log(sales)", "firm", "year", "first_supported").by([]).table()
    whole = firms[firms["active"] == 1]
    every = impact.estimate(whole, "log(sales)", "firm", "year", "first_supported").by([]).table()
    assert seen["n_supported"].iloc[0] < every["n_supported"].iloc[0]
    assert abs(seen["estimate"].iloc[0] - every["estimate"].iloc[0]) < 3.5 * seen["std_error"].iloc[0]


def test_a_million_rows_and_forty_thousand_awards_are_joined_whole():
    numbers, rng = business_numbers(np.arange(100_000), 5), np.random.default_rng(0)
    panel = pd.DataFrame({"firm": np.repeat(numbers, 10), "year": np.tile(np.arange(2014, 2024), 100_000)})
    table = pd.DataFrame({"no": rng.choice(numbers, 40_000), "award": rng.integers(2016, 2023, 40_000)})
    joined = join(panel, roster(table, "no", dated="awarded", awarded="award"), "firm", "year")
    assert len(joined.frame) == len(panel)
    assert (joined.frame["first_supported"] > 0).sum() == 10 * table["no"].nunique()
