import numpy as np
import pandas as pd
import pytest
from atlas import regional

from impact.atlas import effects
from impact.atlas.compact import SIGNS
from impact.errors import InputError
from impact.regions import register
from impact.show.maps import classes
from impact.show.room import Room

CODES = register.units()["code"].tolist()
SHOWN, FEW, SUPPRESSED, NOT_IDENTIFIED, NO_DATA = range(5)


def changed(room, change):
    """Return the room with a changed table of effects."""
    table = room.effects.copy()
    return Room(room.place, room.about, {**room.tables, "effects": change(table)})


def by_region(table, outcome="Sales", aggregation="region"):
    return table[(table["outcome"] == outcome) & (table["aggregation"] == aggregation)].set_index("region")


def refusal(room):
    with pytest.raises(InputError) as caught:
        effects.of(room)
    return str(caught.value)


# ---- what is taken -------------------------------------------------------------------------------------------------


def test_every_estimate_has_a_state_for_every_region_and_numbers_for_those_that_are_shown(room):
    found = effects.of(room)
    assert [one["name"] for one in found["outcomes"]] == ["Sales", "Accidents <img src=x onerror=alert(1)>"]
    assert [(one["outcome"], one["key"]) for one in found["estimates"]] == [
        (outcome, f"callaway_santanna/{aggregation}")
        for outcome in (0, 1)
        for aggregation in ("region", "region_within")
    ]
    counts = regional.supported_firms()
    states = np.select([counts >= 5, counts == 3, counts == 2], [SHOWN, FEW, SUPPRESSED], NO_DATA)
    for one in found["estimates"]:
        assert one["state"] == "".join(map(str, states))
        assert {len(one[name]) for name in (*effects.NUMBERS, "places", "above")} == {int((states == SHOWN).sum())}
        assert {len(one[name]) for name in effects.COUNTS} == {int((states <= FEW).sum())}


def test_numbers_are_those_of_the_table_to_the_third_digit_of_their_error(room):
    one = effects.of(room)["estimates"][1]
    table = by_region(room.effects, aggregation="region_within").reindex(CODES)
    shown = table[table["state"] == "shown"]
    for name in effects.NUMBERS:
        off = np.abs(regional.numbers(one, name) - shown[name].to_numpy(float))
        assert (off <= 0.00501 * shown["std_error"].to_numpy(float)).all(), name
    wanted = classes.above(shown["estimate"], shown["std_error"])
    assert np.abs(np.array(one["above"]) / 1000 - wanted).max() <= 0.00051
    assert one["n_supported"] == table["n_supported"].dropna().astype(int).tolist()


def test_classes_are_those_of_maps(room):
    one = effects.of(room)["estimates"][0]
    table = by_region(room.effects).reindex(CODES)
    place = [SIGNS.index(sign) for sign in one["at"]["probability"]]
    wanted = classes.of_probability(classes.above(table["estimate"], table["std_error"]))
    shown = (table["state"] == "shown").to_numpy()
    assert (np.array(place)[shown] == wanted[shown]).all()
    absent = {"not enough evidence": 5, "suppressed": 6, "not identified": 7}
    assert np.array(place)[~shown].tolist() == [absent.get(state, 8) for state in table["state"][~shown]]


def test_an_interval_is_below_zero_holds_it_or_is_above(room):
    one = effects.of(room)["estimates"][0]
    table = by_region(room.effects).reindex(CODES)
    for sign, lower, upper, state in zip(
        one["at"]["interval"], table["lower"], table["upper"], table["state"], strict=True
    ):
        if state == "shown":
            assert sign == ("0" if upper < 0 else "2" if lower > 0 else "1")
        else:
            assert sign in "3456"


def test_what_the_table_says_of_degrees_of_freedom_and_of_own_evidence_is_used(room):
    plain = effects.of(room)["estimates"][0]
    assert "own_weight" not in plain
    more = effects.of(changed(room, lambda table: table.assign(df=2.0, own_weight=0.25)))["estimates"][0]
    assert set(more["own_weight"]) == {250}
    table = by_region(room.effects).reindex(CODES)
    shown = table[table["state"] == "shown"]
    wanted = classes.above(shown["estimate"], shown["std_error"], 0.0, 2.0)
    assert np.abs(np.array(more["above"]) / 1000 - wanted).max() <= 0.00051


def test_the_average_over_all_supported_firms_stands_beside(room):
    row = room.average("Sales")
    overall = effects.of(room)["outcomes"][0]["overall"]
    assert overall["estimate"] == pytest.approx(row["estimate"], abs=0.00501 * row["std_error"])
    hidden = changed(room, lambda table: table.assign(state="suppressed"))
    assert effects.of(hidden)["outcomes"][0]["overall"] is None


def test_with_whom_an_estimate_compares_is_what_it_or_the_study_says(room):
    found = effects.of(room)["estimates"]
    assert [(one["beside"], one["around"], one["who"]) for one in found[:2]] == [
        ("beside_all", "industry", "never"),
        ("beside_around", "industry", "never"),
    ]
    room.about["estimate"][0]["design"] = {"comparison": "not_yet", "region_within": ["a", "b"]}
    assert [(one["around"], one["who"]) for one in effects.of(room)["estimates"][:1]] == [("a, b", "not_yet")]


def test_several_estimators_are_told_apart_by_name(room):
    again = room.about["estimate"][0] | {"name": "another <one>"}
    room.about["estimate"].append(again)
    twice = changed(room, lambda table: pd.concat([table, table.assign(estimator="another <one>")]))
    names = [one["estimator"]["ko"] for one in effects.of(twice)["estimates"][:4]]
    assert names == ["Callaway–Sant'Anna", "Callaway–Sant'Anna", "another <one>", "another <one>"]


def test_finer_effects_are_left_out(room):
    finer = by_region(room.effects).reset_index().assign(event_time=1)
    assert effects.of(changed(room, lambda table: pd.concat([table, finer]))) == effects.of(room)


# ---- what is not taken ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["suppressed", "not enough evidence", "not identified", "a state of tomorrow"])
def test_a_value_that_is_not_to_be_shown_is_not_taken_whatever_the_table_holds(room, state):
    def with_numbers(value):
        def change(table):
            hidden = table["region"].eq("11110").fillna(False).to_numpy(bool)
            numbers = {name: table[name].mask(hidden, value) for name in (*effects.NUMBERS, "p_value")}
            return table.assign(**numbers, state=table["state"].mask(hidden, state))

        return effects.of(changed(room, change))

    assert with_numbers(7.654321) == with_numbers(np.nan)
    assert with_numbers(7.654321) != effects.of(room)


def test_counts_of_suppressed_regions_are_not_taken(room):
    def with_canary(table):
        return table.assign(n_supported=table["n_supported"].mask(table["state"] == "suppressed", 987654))

    assert "987654" not in str(effects.of(changed(room, with_canary)))


# ---- refusals ------------------------------------------------------------------------------------------------------


def test_results_without_effects_by_region_are_refused(room):
    without = changed(room, lambda table: table[~table["aggregation"].isin(effects.KINDS)])
    assert refusal(without) == (
        "An atlas needs effects by region; the results of regional have none. Name the column of regions in study.toml ([panel] "
        "region), and run the study again."
    )


def test_regions_that_the_register_does_not_have_are_refused(room):
    other = changed(
        room, lambda table: table.assign(region=table["region"].replace({"11110": "11010", "11140": "<b>"}))
    )
    assert refusal(other) == (
        "Regions of an atlas must be units of the register (codes of mois:2024-01-18); others in the results of regional: 11010, "
        "<b>. Convert them (impact regions convert), and run the study again."
    )


def test_two_effects_of_a_region_are_refused(room):
    twice = changed(room, lambda table: pd.concat([table, by_region(table).reset_index().head(2)]))
    assert (
        refusal(twice)
        == "An atlas shows one effect a region; seen more than one of: 11110, 11140. Keep one row of each."
    )


def test_codes_with_their_names_are_understood(room):
    def long(table):
        return table.assign(region=table["region"].replace({"11110": "서울특별시 종로구 (1111000000)"}))

    assert effects.of(changed(room, long)) == effects.of(room)


# ---- rounding ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "size", "place"),
    [
        (0.0943217, 0.0732, 4),
        (1234.56, 250.0, 0),
        (98765.4, 25000.0, -2),
        (0.5, np.nan, 5),
        (123.456789, 0.0, 2),
        (0.0, np.nan, 0),
        (-2e-7, 3.3e-7, 9),
        (0.0, 1e-300, 26),
        (0.0, 1e300, -9),
    ],
)
def test_a_number_is_written_to_the_third_digit_of_its_error(value, size, place):
    assert effects._place(value, size) == place


# ---- priorities ----------------------------------------------------------------------------------------------------


def prioritized(room, outcome="Sales"):
    """Return the room with shrunken effects: half of each effect, and no evidence of its own where there is not enough."""
    table = by_region(room.effects, outcome).reset_index()
    shrunken = table[["region", *effects.NUMBERS, *effects.COUNTS, "state"]].assign(own_weight=0.5)
    halves = {name: shrunken[name] / 2 for name in effects.NUMBERS}
    few = shrunken["state"] == "not enough evidence"
    state = shrunken["state"].mask(few, "no evidence of its own")
    about = {**room.about, "priorities": {"outcome": outcome}}
    return Room(room.place, about, {**room.tables, "priorities": shrunken.assign(**halves, state=state)})


def test_shrunken_effects_stand_beside_those_that_they_were_made_of(room):
    found = effects.of(prioritized(room))["estimates"]
    assert [one["key"].split("/")[1] for one in found if one["outcome"] == 0] == ["region", "region_within", "shrunken"]
    raw, shrunken = found[0], found[2]
    assert shrunken["beside"] == "beside_shrunken"
    assert set(shrunken["own_weight"]) == {500}
    assert shrunken["state"] == raw["state"]
    for name in effects.NUMBERS:
        np.testing.assert_allclose(
            regional.numbers(shrunken, name),
            np.array(regional.numbers(raw, name)) / 2,
            atol=0.01 * max(regional.numbers(raw, "std_error")),
        )


def test_effects_that_were_turned_where_less_is_better_are_turned_back(room):
    outcome = next(one for one in room.outcomes if one["better"] == "lower")
    changed_ = prioritized(room, outcome["name"])
    table = changed_.tables["priorities"]
    one = effects.of(changed_)["estimates"][-1]
    shown = (
        table[table["state"] == "shown"]
        .set_index("region")
        .reindex([code for code in CODES if code in set(table["region"])])
        .dropna()
    )
    np.testing.assert_allclose(
        regional.numbers(one, "estimate"), -shown["estimate"], atol=0.01 * shown["std_error"].max()
    )
    np.testing.assert_allclose(regional.numbers(one, "lower"), -shown["upper"], atol=0.01 * shown["std_error"].max())
