import numpy as np
import pytest
from studies import STUDY, firms, only_tables, write

from impact import run, truth
from impact.design import Design
from impact.door import finished
from impact.errors import InputError, InputWarning
from impact.estimators import callaway_santanna, twfe, two_by_two
from impact.panel import Panel
from impact.roles import Roles
from impact.show.room import Room

EFFECT = {2013: 0.5, 2014: 0.2}


def known(frame, seed=0):
    """Give firms effects that grow with time and differ between cohorts; return the table, and what would have been."""
    since = (frame["year"] - frame["since"] + 1).clip(lower=0).where(frame["since"] > 0, 0)
    log = np.log(frame["sales"]) - frame["since"].map(EFFECT).fillna(0) * since
    return frame, frame.assign(sales=np.exp(log))


@pytest.fixture
def world():
    return known(firms({0: 30, 2013: 12, 2014: 10}))


def design_of(frame, **roles):
    chosen = Roles("firm", "year", "since", outcomes=("log(sales)",), **roles)
    return Design.of(Panel.of(frame, chosen))


def true(estimator, design, without, **options):
    e = estimator.estimate(design, "log(sales)", estimator.Options(**options))
    return truth.of(e, design, "log(sales)", without)


def test_the_truth_of_a_cell_is_the_mean_effect_on_its_firms(world):
    frame, without = world
    value = true(callaway_santanna, design_of(frame), without).value
    expected = {(g, t): EFFECT[g] * max(t - g + 1, 0) for g in (2013, 2014) for t in (2012, 2013, 2014, 2015)}
    assert value.to_dict() == pytest.approx(expected)


def test_the_truth_is_averaged_as_the_estimate_is(world):
    frame, without = world
    known_ = true(callaway_santanna, design_of(frame), without)
    assert known_.by("event_time").value.loc[0] == pytest.approx((12 * 0.5 + 10 * 0.2) / 22)
    assert known_.by("cohort").value.loc[2013] == pytest.approx(0.5 * (1 + 2 + 3) / 3)


def test_one_coefficient_is_set_beside_the_mean_over_supported_firm_years(world):
    frame, without = world
    value = true(twfe, design_of(frame), without, effects="static").value.iloc[0]
    assert value == pytest.approx((12 * 0.5 * 6 + 10 * 0.2 * 3) / (12 * 3 + 10 * 2))
    by_time = true(twfe, design_of(frame), without).value
    assert by_time.loc[0] == pytest.approx((12 * 0.5 + 10 * 0.2) / 22)
    assert by_time.loc[-1] == pytest.approx(0)


def test_the_truth_of_a_subgroup_is_that_of_its_firms(world):
    frame, without = world
    value = true(two_by_two, design_of(frame, subgroup="industry"), without).by("subgroup").value
    first = frame.groupby("firm")[["since", "industry"]].first().query("since > 0")
    mean = first["since"].map({2013: 0.5 * 2, 2014: 0.2 * 1.5}).groupby(first["industry"]).mean()
    assert value.to_dict() == pytest.approx(mean.to_dict())


@pytest.fixture
def placed(world):
    """Give each town effects of its own; coasts are towns."""
    frame, without = world
    more = frame["town"].map({"가": 0.0, "나": 0.1, "다": 0.4}) * (
        (frame["since"] > 0) & (frame["year"] >= frame["since"])
    )
    coast = np.where(frame["town"] == "다", "no", "yes")
    return frame.assign(sales=frame["sales"] * np.exp(more), coast=coast), without.assign(coast=coast)


def effects_since(frame, without):
    """Return the effect on each supported firm in each year since support, with its labels."""
    effect = frame.assign(effect=np.log(frame["sales"]) - np.log(without["sales"]))
    return effect[(effect["since"] > 0) & (effect["year"] >= effect["since"])]


@pytest.mark.parametrize(("level", "column"), [("region", "town"), ("coast", "coast")])
def test_the_truth_of_a_region_is_that_of_its_firms(placed, level, column):
    frame, without = placed
    e = true(callaway_santanna, design_of(frame, region="town", attributes=("coast",)), without)
    since = effects_since(frame, without)
    assert e.by(level).value.to_dict() == pytest.approx(since.groupby(column)["effect"].mean().to_dict())
    time = since["year"] - since["since"]
    by_time = since.groupby([since[column], time.rename("event_time")])["effect"].mean()
    found = e.by([level, "event_time"]).value
    assert found[found.index.get_level_values("event_time") >= 0].to_dict() == pytest.approx(by_time.to_dict())


def test_the_truth_beside_the_firms_around_is_that_of_the_same_firms(placed):
    frame, without = placed
    design = design_of(frame, region="town", within=("industry",))
    found = finished(true(callaway_santanna, design, without), design.panel).by("region").value
    assert found.to_dict() == pytest.approx(effects_since(frame, without).groupby("town")["effect"].mean().to_dict())


def test_the_truth_of_all_regions_is_that_of_all_firms(placed):
    frame, without = placed
    by_region = true(callaway_santanna, design_of(frame, region="town"), without)
    whole = true(callaway_santanna, design_of(frame), without)
    for level in ("cohort", "event_time", "overall"):
        assert by_region.by(level).value.to_dict() == pytest.approx(whole.by(level).value.to_dict())


def test_a_region_without_comparison_has_no_truth_beside_its_estimate(placed):
    frame, without = placed
    alone = frame["since"].eq(0) & frame["town"].eq("다")
    design = design_of(frame[~alone], region="town", within=("town",))
    with pytest.warns(InputWarning, match="no comparison firm is seen in both periods"):
        e = finished(true(callaway_santanna, design, without), design.panel)
    assert list(e.by("region").value.index) == ["가", "나"]


def test_a_truth_has_no_error_whatever_it_is_averaged_by(placed):
    frame, without = placed
    e = true(callaway_santanna, design_of(frame, region="town", attributes=("coast",)), without)
    for level in ("region", "coast", ["region", "event_time"]):
        assert not e.by(level).noise.variance().any()


def test_firms_that_are_not_seen_do_not_count(world):
    frame, without = world
    frame = frame.copy()
    gone = (frame["firm"] == "0031") & (frame["year"] >= 2014)
    frame.loc[gone, "sales"] = np.nan
    without = without.assign(
        sales=np.where(frame["since"] == 2013, without["sales"] * (1 + frame.index % 7), without["sales"])
    )
    effect = np.log(frame["sales"]) - np.log(without["sales"])
    with pytest.warns(InputWarning, match="'sales' is blank"):
        design = design_of(frame)
    value = true(callaway_santanna, design, without).value
    at = (frame["since"] == 2013) & (frame["year"] == 2014)
    assert value.loc[2013, 2014] == pytest.approx(effect[at].mean())


def test_a_table_that_does_not_know_is_refused(world):
    frame, without = world
    design = design_of(frame)
    with pytest.raises(InputError) as caught:
        truth.effects(design.panel, "log(sales)", without.drop(columns="sales"))
    assert str(caught.value) == (
        "The table of what would have been without support must have the columns of the panel; it lacks sales."
    )
    with pytest.raises(InputError) as caught:
        truth.effects(design.panel, "log(sales)", without[without["firm"] != "0002"])
    assert str(caught.value) == (
        "What would have been without support must be known wherever 'sales' is; it is not in 5 rows, of 0002."
    )


def test_a_study_that_knows_sets_every_estimate_beside_the_truth(tmp_path, monkeypatch, world):
    only_tables(monkeypatch)
    frame, without = world
    toml = STUDY.replace('file = "firms.csv"', 'file = "firms.csv"\nwithout_support = "without.csv"')
    toml += '[design]\nsubgroups = ["industry"]\n[[estimate]]\nestimator = "callaway_santanna"\n'
    toml += '[[estimate]]\nestimator = "twfe"\n'
    folder = write(tmp_path / "study", toml, frame)
    without.to_csv(folder / "without.csv", index=False)
    run.run(folder, tmp_path / "results")
    room = Room.read(tmp_path / "results" / "small" / "internal")
    table, effects = room.tables["truth"], room.effects
    assert len(table) == len(effects)
    assert table["estimate"].tolist() == pytest.approx(effects["estimate"].tolist(), nan_ok=True)
    time = table[(table["aggregation"] == "event_time") & (table["estimator"] == "twfe")].set_index("event_time")
    assert time.loc[0, "truth"] == pytest.approx((12 * 0.5 + 10 * 0.2) / 22)
    inside = table["estimate"].notna() & (table["lower"] <= table["truth"]) & (table["truth"] <= table["upper"])
    assert (table["covered"].fillna(False).astype(bool) == inside).all()


def test_an_estimate_may_have_a_design_of_its_own(tmp_path, monkeypatch):
    only_tables(monkeypatch)
    table = firms().assign(award=lambda of: np.where(of["since"] > 0, of["since"] - 1, 0))
    toml = STUDY + (
        '[design]\nanticipation = 1\n[[estimate]]\nestimator = "callaway_santanna"\n'
        '[[estimate]]\nname = "by award"\nestimator = "callaway_santanna"\n'
        '[estimate.design]\nfirst_supported = "award"\nanticipation = 0\nuntil = 2014\n'
    )
    run.run(write(tmp_path / "study", toml, table), tmp_path / "results")
    cells = Room.read(tmp_path / "results" / "small" / "internal").effects.query("aggregation == 'cell'")
    assert set(cells.loc[cells["estimator"] == "by award", "cohort"]) == {2012, 2013}
    assert cells.loc[cells["estimator"] == "by award", "period"].max() == 2014
    assert set(cells.loc[cells["estimator"] == "callaway_santanna", "cohort"]) == {2013, 2014}


def test_an_estimate_may_be_for_some_outcomes_and_the_first_of_an_outcome_is_its_answer(tmp_path, monkeypatch):
    only_tables(monkeypatch)
    toml = STUDY + (
        '[[outcome]]\nname = "Workers"\ncolumn = "workers"\n'
        '[[estimate]]\nestimator = "callaway_santanna"\noutcomes = ["Sales"]\n'
        '[[estimate]]\nestimator = "two_by_two"\n'
        '[[estimate]]\nestimator = "twfe"\neffects = "static"\noutcomes = ["Workers"]\n'
    )
    run.run(write(tmp_path / "study", toml), tmp_path / "results")
    room = Room.read(tmp_path / "results" / "small" / "internal")
    by_outcome = room.effects.groupby("outcome")["estimator"].agg(lambda of: sorted(set(of)))
    assert by_outcome.to_dict() == {"Sales": ["callaway_santanna", "two_by_two"], "Workers": ["twfe", "two_by_two"]}
    assert (room.main("Sales"), room.main("Workers")) == ("callaway_santanna", "two_by_two")
    assert set(room.tables["bacon"]["outcome"]) == {"Workers"}
    assert room.tables["multiplicity"].set_index("outcome")["estimator"].to_dict() == {
        "Sales": "callaway_santanna",
        "Workers": "two_by_two",
    }
