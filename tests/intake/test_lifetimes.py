import re

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from impact import marks
from impact.errors import InputError, InputWarning
from impact.intake.life_tables import life_table
from impact.intake.lifetimes import lives
from impact.show.survival import alt, picture
from impact.simulate import World, simulate

YEARS = np.arange(2010, 2020)


def rows(*firms):
    """Make a panel of firms, each of a name and the years in which it is seen; further columns are the same in each of its rows."""
    parts = [pd.DataFrame({"firm": name, "year": [*years], **more}) for name, years, more in firms]
    return pd.concat(parts, ignore_index=True)


def lived(n, seed, hazard=0.1, lost=0.03, supported=0.3, years=YEARS, enter=0.2):
    """Make firms that close by chance alone and are supported, while they live, by chance alone; some vanish without a word."""
    rng = np.random.default_rng(seed)
    start = np.where(rng.random(n) < enter, rng.choice(years[1:-1], n), years[0])
    closed = start + rng.geometric(hazard, n)
    gone = start + rng.geometric(lost, n) if lost else np.full(n, 9999)
    first = start + rng.geometric(supported / 3, n)
    last = np.minimum(np.minimum(closed, gone) - 1, years[-1])
    known = np.where((closed <= gone) & (closed <= years[-1]), closed, 0)
    first = np.where((first <= last), first, 0)
    counts = last - start + 1
    at = np.repeat(np.arange(n), counts)
    year = np.concatenate([np.arange(a, b + 1) for a, b in zip(start, last, strict=True)])
    return pd.DataFrame({"firm": at, "year": year, "closed": known[at], "first": first[at]})


def read(frame, **named):
    return lives(frame, "firm", "year", **{"closed": "closed", "first_supported": "first", **named})


def refused(call, *arguments, **named):
    with pytest.raises(InputError) as seen:
        call(*arguments, **named)
    return str(seen.value)


@pytest.fixture
def few():
    return rows(
        ("a", range(2010, 2015), {"closed": 0, "first": 2012}),
        ("b", [2010, 2011], {"closed": 2013, "first": 0}),
        ("c", [2010, 2012], {"closed": 0, "first": 0}),
        ("d", [2011, 2012, 2014], {"closed": 2016, "first": 2012}),
    )


def test_missing_is_not_closed(few):
    seen = read(few)
    columns = ["unit", "first_seen", "last_seen", "seen", "gaps", "alive_until", "state", "entered_late"]
    assert seen.firms[columns].values.tolist() == [
        ["a", 2010, 2014, 5, 0, 2014, "there at the end", False],
        ["b", 2010, 2011, 2, 0, 2012, "closed", False],
        ["c", 2010, 2012, 2, 1, 2012, "gone", False],
        ["d", 2011, 2014, 3, 1, 2014, "there at the end", True],
    ]
    assert seen.firms["closed"].tolist() == [pd.NA, 2013, pd.NA, pd.NA]
    assert seen.periods == (2010, 2011, 2012, 2013, 2014)
    assert (
        str(seen)
        == "\n".join(seen.notes)
        == "\n".join(
            [
                "4 firms from 2010 to 2014: 1 closed, 1 gone, 2 there at the end.",
                "Gone is not closed: 0.0% of supported firms and 50.0% of firms never supported are not seen in the last period, though "
                "nothing says that they closed.",
                "1 firm closed after the last period of the panel: they count as there at the end.",
                "2 firms with gaps: not seen for a time, then again. They count as alive in between.",
            ]
        )
    )


def test_firms_are_counted_by_cohort(few):
    counts = read(few.assign(first=few["first"].where(few["firm"] != "c"))).counts
    assert counts.columns.tolist() == [
        "cohort",
        "firms",
        "closed",
        "gone",
        "there at the end",
        "entered late",
        "with gaps",
    ]
    assert counts.values.tolist() == [
        ["2012", 2, 0, 0, 2, 1, 1],
        ["never", 1, 1, 0, 0, 0, 0],
        ["unknown", 1, 0, 1, 0, 0, 1],
    ]


def test_without_a_column_of_closures_nobody_is_closed(few):
    seen = lives(few, "firm", "year")
    assert seen.firms["state"].tolist() == ["there at the end", "gone", "gone", "there at the end"]
    assert seen.notes[1:3] == (
        "No column says which firms closed: whatever is not seen any more is gone, and survival can only be bounded.",
        "Gone is not closed: 50.0% of firms are not seen in the last period, though nothing says that they closed.",
    )
    assert seen.counts["cohort"].tolist() == ["all"]


def test_closure_may_be_a_one_in_its_period():
    frame = rows(("a", [2010, 2011], {}), ("b", [2010, 2011, 2012], {})).assign(closed=[0, 1, 0, 0, np.nan])
    assert lives(frame, "firm", "year", closed="closed").firms["closed"].tolist() == [2011, pd.NA]


def test_periods_that_nobody_has_are_no_gaps():
    frame = rows(("a", [2010, 2012, 2014], {}), ("b", [2010, 2014], {}))
    assert lives(frame, "firm", "year").firms["gaps"].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"absent": True}, "A panel must have the columns that are named; absent: closed. It has: firm, year, first."),
        (
            {"year": "2010/12"},
            "Periods of firms must be numbers, such as 2019; 'year' holds 2010/12. Take the year of each.",
        ),
        (
            {"firm": [None, *"aaaabbccddd"]},
            "Every row of lives must name its firm and period; one of them is blank in 1 row. Fill it in.",
        ),
        (
            {"year": 2010},
            "A firm must have one row in a period; 8 rows again: a in 2010, a in 2010, a in 2010, a in 2010, b in 2010 and more. "
            "Leave one of each out, or add up places of business.",
        ),
        (
            {"first": [2012, 2013, *[0] * 10]},
            "'first' must be the same in every row of a firm; it changes in 1 firm: a. Give the first one, or leave blank what is not known.",
        ),
        (
            {"closed": [2012] * 5 + [0] * 7},
            "A firm must have no rows after it closed; 1 firm have: a. Leave those rows out, or correct 'closed'.",
        ),
    ],
)
def test_a_panel_of_contradictions_is_refused(few, change, sentence):
    frame = few.drop(columns="closed") if change.pop("absent", False) else few.assign(**change)
    assert sentence in refused(read, frame).splitlines()


def test_a_panel_is_left_as_it_was_and_its_order_does_not_matter(few):
    before = few.copy()
    pd.testing.assert_frame_equal(read(few.sample(frac=1, random_state=1)).firms, read(few).firms)
    pd.testing.assert_frame_equal(few, before)


def twin(spells, confidence=0.95):
    """Follow the papers step by step: spells are (how long, whether it closed), one for each firm."""
    z, survival, total = norm.ppf(0.5 + confidence / 2), 1.0, 0.0
    for t in range(max(lasts for lasts, _ in spells) + 1):
        n = sum(lasts >= t for lasts, _ in spells)
        d = sum(lasts == t and closes for lasts, closes in spells)
        survival *= 1 - d / n
        total += d / (n * (n - d)) if n > d else np.nan
        error = survival * np.sqrt(total) if total > 0 else np.nan
        bounds = [
            survival ** np.exp(sign * z * np.sqrt(total) / np.log(survival)) if error > 0 else np.nan
            for sign in (1, -1)
        ]
        yield t, n, d, survival, error, min(bounds), max(bounds)


def ended(firms, start):
    for one in firms.itertuples():
        yield (one.closed - start, True) if one.state == "closed" else (one.last_seen - start, False)


@pytest.mark.parametrize("seed", range(3))
def test_a_life_table_is_that_of_the_papers(seed):
    made = read(lived(60, seed))
    alive = made.firms[(made.firms["first_seen"] <= 2012) & (made.firms["alive_until"] >= 2012)]
    seen = life_table(made, 2012, by="all")
    columns = ["since", "at_risk", "closed", "survival", "std_error", "lower", "upper"]
    expected = np.array([*twin([*ended(alive, 2012)])], dtype=float)
    assert np.allclose(seen[columns].to_numpy(float), expected, rtol=1e-10, atol=0, equal_nan=True)


@pytest.mark.parametrize("seed", range(3))
def test_a_life_table_is_that_of_statsmodels(seed):
    survfunc = pytest.importorskip("statsmodels.duration.survfunc")
    made = read(lived(300, seed))
    alive = made.firms[(made.firms["first_seen"] <= 2011) & (made.firms["alive_until"] >= 2011)]
    lasts, closes = np.array([*ended(alive, 2011)]).T
    known = survfunc.SurvfuncRight(lasts, closes)
    seen = life_table(made, 2011, by="all").set_index("since").loc[known.surv_times]
    assert np.allclose(seen["survival"], known.surv_prob, rtol=1e-10)
    assert np.allclose(seen["std_error"], known.surv_prob_se, rtol=1e-10)
    assert np.array_equal(seen["at_risk"], known.n_risk)
    assert np.array_equal(seen["closed"], known.n_events)


def test_firms_count_from_entry_only_where_entry_was_seen():
    made = read(lived(200, 4))
    late = made.firms[made.firms["entered_late"]]
    seen = life_table(made, "entry", by="all")
    spells = [next(ended(late.iloc[[at]], late["first_seen"].iloc[at])) for at in range(len(late))]
    assert np.allclose(seen["survival"], [row[3] for row in twin(spells)], rtol=1e-10)
    assert seen["at_risk"].iloc[0] == len(late)


def matched_twin(firms, later):
    """Make every entry of the comparison group one by one: (firm, weight, how long, whether it closed)."""
    for start in sorted(set(firms["first_supported"]) - {0}):
        alive = firms[(firms["first_seen"] <= start) & (firms["alive_until"] >= start)]
        ours = alive[alive["first_supported"] == start]
        theirs = alive[(alive["first_supported"] == 0) | (alive["first_supported"] > start)]
        for one in theirs.itertuples() if len(ours) else ():
            lasts, closes = (one.closed if one.state == "closed" else one.alive_until) - start, one.state == "closed"
            if later == "censored" and 0 < one.first_supported - start <= lasts:
                lasts, closes = one.first_supported - start, False
            yield one.unit, len(ours) / len(theirs), lasts, closes


@pytest.mark.parametrize("later", ["kept", "censored"])
def test_comparison_firms_begin_when_supported_firms_do(later):
    made = read(lived(80, 7))
    entries = [*matched_twin(made.firms, later)]
    seen = life_table(made, later=later)
    comparison = seen[seen["group"] == "comparison"].set_index("since")
    survival, parts = 1.0, {}
    for t in comparison.index:
        risk = sum(w for _, w, lasts, _ in entries if lasts >= t)
        hazard = sum(w for _, w, lasts, closes in entries if closes and lasts == t) / risk
        survival *= 1 - hazard
        for firm, w, lasts, closes in entries:
            if lasts >= t:
                share = w * ((closes and lasts == t) - hazard) / (risk * (1 - hazard))
                parts[firm] = parts.get(firm, 0.0) + share
        error = survival * np.sqrt(sum(part**2 for part in parts.values()))
        assert comparison.loc[t, "survival"] == pytest.approx(survival, rel=1e-10)
        assert comparison.loc[t, "at_risk"] == len({firm for firm, _, lasts, _ in entries if lasts >= t})
        if survival < 1:
            assert comparison.loc[t, "std_error"] == pytest.approx(error, rel=1e-10)
    ours = made.firms[made.firms["first_supported"] > 0]
    spells = [next(ended(ours.iloc[[at]], ours["first_supported"].iloc[at])) for at in range(len(ours))]
    supported = seen[seen["group"] == "supported"]
    assert np.allclose(supported["std_error"], [row[4] for row in twin(spells)], rtol=1e-10, equal_nan=True)


def test_support_that_does_nothing_saves_nobody_but_seems_to_in_a_comparison_of_lifetimes():
    frame = lived(20_000, 1, lost=0)
    made = read(frame)
    firms = made.firms[made.firms["first_seen"] == 2010]
    naive = [
        [*twin([*ended(firms[of], 2010)])][6] for of in (firms["first_supported"] > 0, firms["first_supported"] == 0)
    ]
    assert naive[0][3] - naive[1][3] > 20 * np.hypot(naive[0][4], naive[1][4])  # immortal time
    for choice in ({"later": "kept"}, {"later": "censored"}, {"since": 2014}):
        table = life_table(made, **choice).set_index(["group", "since"]).loc[lambda t: t["at_risk"] > 100]
        ours, theirs = table.loc["supported"], table.loc["comparison"]
        apart = (ours["survival"] - theirs["survival"]) / np.hypot(ours["std_error"], theirs["std_error"])
        assert apart.notna().sum() >= 5
        assert (apart.dropna().abs() < 3.5).all(), choice


def test_standard_errors_are_the_spread_over_repetitions():
    """300 repetitions of 400 firms; the Monte Carlo error of a spread is 1 / √(2 × 299) of it."""
    seen = [life_table(read(lived(400, 1000 + seed, lost=0))).set_index(["group", "since"]) for seed in range(300)]
    for group in ("supported", "comparison"):
        survival, error = (
            np.array([one.loc[(group, 4), column] for one in seen]) for column in ("survival", "std_error")
        )
        ratio = np.sqrt((error**2).mean()) / survival.std(ddof=1)
        assert abs(ratio - 1) < 3.5 / np.sqrt(2 * 299), (group, ratio)
        assert abs(survival.mean() - 0.9**4) < 3.5 * survival.std() / np.sqrt(300), group


def test_bounds_hold_whatever_happened_to_firms_that_are_gone():
    frame = lived(500, 3, lost=0.08)
    made = read(frame)
    table = life_table(made)
    assert (table["worst"] <= table["survival"]).all()
    assert (table["survival"] <= table["best"]).all()
    gone = made.firms.set_index("unit").query("state == 'gone'")["last_seen"]
    told = frame["firm"].map(gone + 1).fillna(frame["closed"]).astype(int)  # each closed when it was first missing
    worst = life_table(read(frame.assign(closed=told)))
    both = table.merge(worst, on=["group", "since"], suffixes=("", "_told"))
    assert np.allclose(both["worst"], both["survival_told"], rtol=1e-12)
    there = frame.groupby("firm").tail(1).loc[lambda last: last["firm"].isin(gone.index)]
    kept = pd.concat([frame, there.assign(year=YEARS[-1])]).drop_duplicates(
        ["firm", "year"]
    )  # each seen again at the end
    for choice in ({"since": 2010, "by": "all"}, {}):
        before, after = life_table(made, **choice), life_table(read(kept), **choice)
        both = before.merge(after, on=["group", "since"], suffixes=("", "_told"))
        both = both[both["group"] != "comparison"]  # firms that are seen again begin more often
        assert np.allclose(both["best"], both["survival_told"], rtol=1e-12)


def test_where_all_close_nobody_is_left_and_nothing_is_said_of_the_error():
    frame = rows(
        ("a", [2010], {"closed": 2011}), ("b", [2010], {"closed": 2011}), ("c", [2010, 2011, 2012], {"closed": 2012})
    )
    seen = life_table(lives(frame, "firm", "year", closed="closed"), 2010, by="all")
    assert seen["survival"].tolist() == pytest.approx([1, 1 / 3, 0])
    assert seen["std_error"].isna().tolist() == [True, False, True]
    assert seen["lower"].isna().tolist() == [True, False, True]


def test_firms_whose_support_is_not_known_are_in_no_group():
    frame = lived(100, 5)
    blank = frame.assign(first=frame["first"].where(frame["firm"] >= 20))
    seen = life_table(read(blank), 2012)
    expected = life_table(read(frame[frame["firm"] >= 20]), 2012)
    pd.testing.assert_frame_equal(seen, expected)


def test_supported_firms_that_are_seen_only_later_are_left_out_and_said():
    frame = rows(
        ("a", range(2010, 2015), {"closed": 0, "first": 2012}),
        ("b", range(2013, 2015), {"closed": 0, "first": 2012}),
        ("c", range(2010, 2015), {"closed": 0, "first": 0}),
    )
    sentence = (
        "1 supported firm of 2 left out of the life table: not known to live in the period of support, or without a comparison firm "
        "then. A firm that is only seen later must have lived until then."
    )
    with pytest.warns(InputWarning, match=f"^{re.escape(sentence)}$") as said:
        table = life_table(read(frame))
    assert said[0].filename == __file__
    assert table.set_index(["group", "since"]).loc[("supported", 0), "at_risk"] == 1


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        (
            {"since": 1999},
            "since must be 'support', 'entry' or a period of the panel; seen: 1999. It goes from 2010 to 2014.",
        ),
        ({"by": "region"}, "by must be 'supported' or 'all'; seen: 'region'. A life table is of these groups only."),
        (
            {"later": "out"},
            "later must be 'kept' or 'censored'; seen: 'out'. It is of comparison firms supported later.",
        ),
        (
            {"since": "entry"},
            "since='entry' must not be by support: whoever was supported lived until then, so support would seem to save firms. Take "
            "since='support', or by='all'.",
        ),
        (
            {"by": "all"},
            "since='support' must be by support, as firms never supported have no such start. Take by='supported'.",
        ),
        (
            {"since": 2010},
            "Every group must have a firm that lived at its start; none: supported. Count from another period.",
        ),
    ],
)
def test_choices_that_do_not_go_together_are_refused(few, named, sentence):
    assert refused(life_table, read(few), **named) == sentence


def test_groups_by_support_need_to_know_it(few):
    assert refused(life_table, lives(few, "firm", "year"), 2012) == (
        "by='supported' needs to know who was supported when; lives were made without first_supported. Name its column, or take by='all'."
    )


@pytest.fixture(scope="module")
def simulated():
    firms = simulate(World(firms=3000)).firms
    panel = firms[firms["active"] == 1].assign(exit=lambda t: t["exit_year"].where(t["firm"].str[-1] > "3", 0))
    return life_table(lives(panel, "firm", "year", closed="exit", first_supported="first_supported"))


def test_simulated_firms_are_marked_and_those_supported_live_longer(simulated):
    assert marks.is_simulated(simulated)
    last = simulated.set_index(["group", "since"])["survival"].unstack()[6]
    assert last["supported"] > last["comparison"]


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("bounds", [False, True])
def test_the_picture_is_of_the_table(simulated, tmp_path, language, bounds):
    drawn = picture(simulated, tmp_path / "lives", language=language, bounds=bounds)
    axes = drawn.axes[0]
    curves = [line.get_xydata()[:-1] for line in axes.lines]
    for curve, (_, group) in zip(curves, simulated.groupby("group", sort=False), strict=True):
        assert np.allclose(curve, group[["since", "survival"]])
    written = [text.get_text() for text in axes.texts]
    first = simulated.iloc[0]
    assert f"{first['at_risk']:,} / {first['gone_share']:.0%}" in written
    assert {file.name for file in tmp_path.iterdir()} == {"lives.svg", "lives.png", "lives.txt"}
    assert marks.SIMULATED in (tmp_path / "lives.svg").read_text(encoding="utf-8")
    assert (tmp_path / "lives.txt").read_text(encoding="utf-8") == alt(simulated, language) + "\n"


def test_bands_are_intervals_or_bounds(simulated):
    def lowest(**named):
        return picture(simulated, **named).axes[0].collections[0].get_paths()[0].vertices[:, 1].min()

    supported = simulated[simulated["group"] == "supported"]
    assert lowest() == pytest.approx(supported["lower"].min())
    assert lowest(bounds=True) == pytest.approx(supported["worst"].min())


def test_groups_differ_without_colour(simulated):
    lines = picture(simulated).axes[0].lines
    assert len({line.get_linestyle() for line in lines}) == len(lines) == 2


def test_the_words_beside_the_picture():
    frame = rows(
        ("a", [2010, 2011], {"closed": 0}), ("b", [2010, 2011], {"closed": 0}), ("c", [2010], {"closed": 2011})
    )
    table = life_table(lives(frame, "firm", "year", closed="closed"), 2010, by="all")
    assert alt(table) == (
        "Share of firms that have not closed, by periods since the start: all firms 67% after 1 (67% to 67% whatever became of those gone)."
    )
    assert alt(table, "ko") == (
        "시작 이후 기간별로 폐업하지 않은 기업의 비율: 전체 기업은 1기 뒤 67%(소재불명 기업이 어떻게 되었든 67%–67%)."
    )
