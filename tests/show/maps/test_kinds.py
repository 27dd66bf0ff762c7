import numpy as np
import pandas as pd
import pytest
from scipy import stats

from impact.errors import InputError
from impact.show.maps import kinds
from impact.show.maps.kinds import Asked

STATES = ["shown", "suppressed", "not enough evidence", "not identified", "no data"]


def table(**columns):
    """Three regions, of which the first is surely above zero, the second surely below and the third open."""
    made = pd.DataFrame({"estimate": [0.4, -0.4, 0.0], "std_error": [0.1, 0.1, 0.1]})
    made["lower"], made["upper"] = made["estimate"] - 0.2, made["estimate"] + 0.2
    return made.assign(**columns)


def keys(layer):
    return [layer.classes[i].key for i in layer.position]


def refusal(kind, given, **asked):
    with pytest.raises(InputError) as refused:
        kind(given, Asked(**asked))
    return str(refused.value)


# ---- which kind ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "value", "kind"),
    [
        (["estimate", "std_error"], None, "probability"),
        (["estimate", "std_error", "risk"], "risk", "two"),
        (["estimate", "std_error", "firms"], "firms", "classes"),
        (["estimate", "std_error"], "absent", "classes"),
        (["total"], None, "classes"),
        (["estimate"], None, "classes"),
    ],
)
def test_the_columns_say_what_a_table_is_for(columns, value, kind):
    row = {"risk": "high", "firms": "none"}
    table = pd.DataFrame([[row.get(name, 0.1) for name in columns]], columns=columns)
    assert kinds.chosen(table, Asked(value=value)) == kind


def test_a_shrunken_effect_without_evidence_of_its_own_is_not_enough_evidence():
    given = table(state=["shown", "no evidence of its own", "shown"])
    for kind in (kinds.probability, kinds.mean):
        assert keys(kind(given, Asked()))[1] == "not_enough_evidence"
    assert given["state"].tolist() == ["shown", "no evidence of its own", "shown"]
    firms = given.assign(firms=[3, 4, 5])
    assert "not_enough_evidence" not in keys(kinds.variable(firms, Asked(value="firms")))


# ---- probability ---------------------------------------------------------------------------------------------------


def test_effects_are_drawn_by_how_surely_they_are_above_zero():
    layer = kinds.probability(table(), Asked())
    assert keys(layer) == ["very_likely", "very_unlikely", "open"]
    assert layer.heading == "Is the effect above 0?"


def test_a_threshold_moves_the_classes_and_stands_in_the_heading():
    layer = kinds.probability(table(), Asked(threshold=0.4, unit="workers"))
    assert keys(layer) == ["open", "very_unlikely", "very_unlikely"]
    assert layer.heading == "Is the effect above 0.4 workers?"
    assert kinds.probability(table(), Asked("ko", threshold=0.1, percent=True)).heading == "효과가 10.5171 %보다 큰가?"


def test_few_degrees_of_freedom_make_effects_less_sure():
    sure = pd.DataFrame({"estimate": [0.2], "std_error": [0.1]})
    assert keys(kinds.probability(sure, Asked())) == ["very_likely"]
    assert keys(kinds.probability(sure.assign(df=3.0), Asked())) == ["likely"]
    assert keys(kinds.probability(sure.assign(df=np.nan), Asked())) == ["very_likely"]


def test_a_map_says_what_the_p_value_beside_an_effect_says():
    """At zero the probability is one less half the p-value, whatever the degrees of freedom were."""
    given = table(p_value=2 * stats.t.sf([4.0, 4.0, 0.0], 2.1))  # 0.053
    assert keys(kinds.probability(given, Asked())) == ["very_likely", "very_unlikely", "open"]
    given = table(p_value=2 * stats.t.sf([4.0, 4.0, 0.0], 1.0))  # 0.156
    assert keys(kinds.probability(given, Asked())) == ["likely", "unlikely", "open"]
    borderline = pd.DataFrame({"estimate": [0.2], "std_error": [0.1], "p_value": [0.11]})
    assert keys(kinds.probability(borderline, Asked())) == ["likely"]


# ---- mean ----------------------------------------------------------------------------------------------------------


def test_effects_are_drawn_in_classes_around_zero_and_lines_say_where_the_interval_holds_it():
    layer = kinds.mean(table(), Asked())
    assert [one.label for one in layer.classes[:6]] == [
        "below −0.4", "−0.4 to −0.2", "−0.2 to 0.0", "0.0 to 0.2", "0.2 to 0.4", "0.4 and more",
    ]  # fmt: skip
    assert layer.position.tolist() == [5, 1, 3]
    assert layer.unsure.tolist() == [False, False, True]


def test_logarithms_are_shown_as_per_cent():
    layer = kinds.mean(table(), Asked(percent=True, breaks=[-50, -10, 0, 10, 45]))
    assert layer.classes[5].label == "45 % and more"
    assert layer.position.tolist() == [5, 1, 3]  # 49 %, −33 %, 0 %


def test_a_long_unit_stands_in_the_heading_and_a_short_one_after_every_number():
    assert kinds.mean(table(), Asked(unit="accidents a year")).heading == "Effect (accidents a year)"
    short = kinds.mean(table(), Asked(unit="명"))
    assert (short.heading, short.classes[0].label) == ("Effect", "below −0.4명")


def test_an_effect_at_an_edge_belongs_to_the_class_above():
    given = table(estimate=[-10.0, 0.0, 5.0])
    assert kinds.mean(given, Asked(breaks=[-10, -5, 0, 5, 10])).position.tolist() == [1, 3, 4]


# ---- any variable --------------------------------------------------------------------------------------------------


def test_numbers_are_drawn_between_breaks_that_are_given():
    layer = kinds.variable(pd.DataFrame({"people": [1.0, 10, 25, np.nan]}), Asked(breaks=[10, 20]))
    assert layer.position.tolist() == [0, 1, 2, 6]
    assert layer.heading == "people"


def test_texts_yes_and_no_and_one_or_two_numbers_are_classes_of_their_own():
    texts = kinds.variable(pd.DataFrame({"kind": ["city", "county", None]}), Asked())
    assert [one.label for one in texts.classes[:2]] == ["city", "county"]
    assert keys(texts) == ["city", "county", "no_data"]
    flags = kinds.variable(pd.DataFrame({"flag": [True, False, None]}), Asked("ko"))
    assert [flags.classes[i].label for i in flags.position] == ["예", "아니요", "자료 없음"]
    zeros = kinds.variable(pd.DataFrame({"listed": [0, 1, 1]}), Asked())
    assert [zeros.classes[i].label for i in zeros.position] == ["0", "1", "1"]


def test_one_value_is_one_class():
    layer = kinds.variable(pd.DataFrame({"people": [5.0, 5.0]}), Asked(unit="km"))
    assert [layer.classes[i].label for i in layer.position] == ["5 km", "5 km"]


def test_classes_of_risk_have_their_order_and_colours_in_either_language():
    for names in (["very low", "high", None], ["소멸위험 매우 낮음", "소멸 고위험", None]):
        layer = kinds.variable(pd.DataFrame({"risk": names}), Asked())
        assert keys(layer) == ["risk_4", "risk_0", "no_data"]
        assert layer.classes[0].label == "high"


# ---- two variables -------------------------------------------------------------------------------------------------


def test_risk_and_effect_are_drawn_three_by_three():
    layer = kinds.two(table(risk=["high", "caution", "very low"]), Asked(value="risk"))
    assert keys(layer) == ["two_22", "two_10", "two_01"]
    assert layer.square == 3
    assert "above 0 (" in layer.note
    assert keys(kinds.two(table(risk=["high", None, "low"]), Asked(value="risk"))) == ["two_22", "no_data", "two_01"]


# ---- states --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["probability", "mean", "classes", "two"])
def test_a_state_comes_before_any_value(kind):
    given = pd.DataFrame(
        {"estimate": 9.0, "std_error": 0.1, "lower": 8.0, "upper": 9.5, "risk": "high", "state": STATES}
    )
    value = "estimate" if kind == "classes" else "risk"
    found = keys(kinds.KINDS[kind](given, Asked(value=value)))
    assert found[1:] == ["suppressed", "not_enough_evidence", "not_identified", "no_data"]
    assert found[0] not in found[1:]


def test_no_class_and_no_break_depends_on_what_is_suppressed():
    shown = pd.DataFrame({"estimate": [0.1, -0.1, 0.2, 0.3], "lower": -1.0, "upper": 1.0, "state": "shown"})
    hidden = pd.DataFrame({"estimate": [900.0], "lower": -1.0, "upper": 1.0, "state": ["suppressed"]})
    both = pd.concat([shown, hidden], ignore_index=True)
    for kind, asked in ((kinds.mean, Asked()), (kinds.variable, Asked(value="estimate"))):
        assert kind(both, asked).classes == kind(shown, asked).classes
    assert not kinds.mean(both, Asked()).unsure[-1]


def test_texts_that_are_suppressed_are_no_classes():
    given = pd.DataFrame({"kind": ["city", "secret"], "state": ["shown", "suppressed"]})
    assert "secret" not in [one.key for one in kinds.variable(given, Asked()).classes]


# ---- refusals ------------------------------------------------------------------------------------------------------


def test_a_map_needs_its_columns():
    assert refusal(kinds.mean, table().drop(columns="lower")) == (
        "This map needs the columns estimate, lower, upper; absent: lower. The table has estimate, std_error, upper."
    )


def test_infinite_values_are_refused():
    assert refusal(kinds.probability, table(estimate=[np.inf, 0.1, -np.inf])) == (
        "'estimate' must be finite; it is infinite in 2 rows. Leave unknown values blank."
    )
    assert refusal(kinds.variable, pd.DataFrame({"people": [1.0, np.inf, 3.0]})) == (
        "'people' must be finite; it is infinite in 1 row. Leave unknown values blank."
    )
    assert refusal(kinds.variable, pd.DataFrame({"people": [4.0, np.inf]})) == (
        "'people' must be finite; it is infinite in 1 row. Leave unknown values blank."
    )


def test_words_among_numbers_are_refused():
    assert refusal(kinds.mean, table(estimate=["0.1", "n/a", "0.2"])) == (
        "'estimate' must hold numbers; seen: n/a. Write plain numbers, without commas and units."
    )


def test_a_table_without_any_value_is_refused():
    said = "A map needs a value for at least one region; all are blank. Check the column, and how the table was read."
    nothing = pd.DataFrame({"people": [np.nan, np.nan]})
    assert refusal(kinds.variable, nothing) == said
    assert refusal(kinds.probability, table(estimate=np.nan)) == said
    assert refusal(kinds.mean, table(estimate=np.nan)) == said


def test_too_many_texts_are_refused():
    assert refusal(kinds.variable, pd.DataFrame({"people": [f"{n},000" for n in range(13)]})) == (
        "A map tells up to 12 texts apart; 'people' has 13: 0,000, 1,000, 10,000, 11,000, 12,000 and more. Group them, or write "
        "numbers plainly, without commas and units."
    )


def test_a_column_must_be_named_where_several_could_be_meant():
    assert refusal(kinds.variable, pd.DataFrame({"code": ["1"], "old": [1], "young": [2]})) == (
        "The column to be shown must be named; beside codes the table has old, young. Name it with value (--value)."
    )
    assert refusal(kinds.variable, pd.DataFrame({"code": ["1"], "year": [1]})) == (
        "The column to be shown must be named; beside codes the table has none. Name it with value (--value)."
    )


def test_two_variables_need_classes_of_risk():
    assert refusal(kinds.two, table()) == (
        "A map of two variables needs the column of the second one. Name it with value (--value)."
    )
    assert refusal(kinds.two, table(kind="city"), value="kind") == (
        "A map of two variables needs classes of extinction risk in 'kind'; seen: city. Name a column with high, entering, "
        "caution, low, very low."
    )
