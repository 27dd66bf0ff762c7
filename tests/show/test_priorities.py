from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from impact.priorities.promise import ORACLE, RAW, SHRUNKEN
from impact.show import canvas, grades, priorities, promise
from impact.show.room import Room
from impact.tables import NO_EVIDENCE

JOBS = {"name": "Jobs", "transform": "log", "unit": "people", "better": "higher"}
NONE = float("nan")


def regions(*rows):
    """Make regions of (grade, shrunken effect, state); an interval reaches 0.05 to both sides."""
    table = pd.DataFrame(rows, columns=["grade", "estimate", "state"]).astype({"grade": "Int64"})
    known = table.assign(lower=table["estimate"] - 0.05, upper=table["estimate"] + 0.05)
    return known.assign(region=[f"r{at}" for at in range(len(known))])


PLANS = pd.DataFrame(
    {
        "plan": [RAW, SHRUNKEN, ORACLE],
        "claimed": [300.0, 100.0, 150.0],
        "delivered": [80.0, 100.0, 70.0],
        "lower": [20.0, 50.0, 10.0],
        "upper": [140.0, 150.0, 130.0],
        "firms": 100,
        "came_true": [90.0, 110.0, 150.0],
        "state": "shown",
    }
)
THREE = regions(
    (1, 0.2, "shown"), (2, -0.1, "shown"), (1, 0.3, "shown"), (1, 0.1, NO_EVIDENCE), (None, NONE, "suppressed")
)


def room(table=THREE, plans=None, language="en", outcome=JOBS, **asked):
    about = {
        "study": {"language": language},
        "inference": {"confidence": 0.95},
        "outcome": [outcome],
        "priorities": {"outcome": None, "in_units": False, **asked},
    }
    return Room(Path(), about, {"priorities": table, **({} if plans is None else {"promise": plans})})


def drawn(figure, of):
    with canvas.drawing():
        made = figure(of)
        FigureCanvasAgg(made).draw()
    return made


def shown(value):
    return 100 * np.expm1(value)


def ticks(axes):
    return [tick.get_text() for tick in axes.get_yticklabels()]


# ---- grades --------------------------------------------------------------------------------------------------------


def test_regions_are_counted_by_grade_and_those_without_evidence_apart():
    table = grades.classes(THREE)
    assert table["state"].tolist() == ["shown", "shown", NO_EVIDENCE, "suppressed"]
    assert table["grade"].fillna(0).tolist() == [1, 2, 0, 0]
    assert table["regions"].tolist() == [2, 1, 1, 1]


def test_a_bar_for_each_class_with_its_number_and_what_is_no_grade_is_hatched():
    above, _ = drawn(grades.grades, room()).axes
    assert ticks(above) == ["grade 1", "grade 2", "not enough evidence", "suppressed"]
    assert [bar.get_width() for bar in above.patches] == [2, 1, 1, 1]
    assert [bar.get_hatch() for bar in above.patches] == [None, None, "...", "xxx"]
    assert [text.get_text() for text in above.texts] == ["2", "1", "1", "1"]
    assert ticks(drawn(grades.grades, room(language="ko")).axes[0]) == ["1등급", "2등급", "증거 부족", "비공개"]


def test_intervals_come_in_order_as_they_are_shown_and_nothing_that_is_suppressed():
    _, below = drawn(grades.grades, room()).axes
    points = np.concatenate([line.get_xydata() for line in below.lines if line.get_marker() != "None"])
    np.testing.assert_allclose(
        points[points[:, 0].argsort()], [(at, shown(v)) for at, v in enumerate([0.3, 0.2, -0.1])]
    )
    ends = np.array([segment[:, 1] for lines in below.collections for segment in lines.get_segments()])
    np.testing.assert_allclose(np.sort(ends, axis=0), [(shown(v - 0.05), shown(v + 0.05)) for v in (-0.1, 0.2, 0.3)])
    assert (below.get_ylabel(), below.get_xlabel()) == ("per cent", "3 regions, the largest first; 95 % intervals")
    assert len({line.get_marker() for line in below.lines if line.get_marker() != "None"}) == 2


def test_where_less_is_better_a_reduction_is_shown_as_one():
    _, below = drawn(grades.grades, room(outcome=JOBS | {"better": "lower"})).axes
    top = max(line.get_ydata().max() for line in below.lines if line.get_marker() != "None")
    assert top == pytest.approx(-100 * np.expm1(-0.3))


@pytest.mark.parametrize("count", [0, grades.MOST + 1])
def test_without_regions_or_with_too_many_there_are_counts_alone(count):
    table = regions(*[(1, 0.1, "shown")] * count, (None, NONE, "suppressed"))
    figure = drawn(grades.grades, room(table))
    assert len(figure.axes) == 1


# ---- promise -------------------------------------------------------------------------------------------------------


def signs(figure):
    """Return the numbers of a figure by their name in its legend."""
    found = {
        line.get_label(): line.get_xdata().tolist() for line in figure.axes[0].lines if line.get_marker() != "None"
    }
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(found)
    return found


def test_a_row_for_each_plan_with_what_it_claims_what_is_expected_and_what_comes_true():
    figure = drawn(promise.promise, room(plans=PLANS, in_units=True))
    assert signs(figure) == {
        "claimed by the plan": [300, 100, 150],
        "expected, with its interval": [80, 100, 70],
        "what comes true (simulated)": [90, 110, 150],
    }
    axes = figure.axes[0]
    assert ticks(axes) == ["raw estimates", "shrunken effects", "the truth\n(of the simulation)"]
    (lines,) = axes.collections
    assert [segment[:, 0].tolist() for segment in lines.get_segments()] == [[20, 140], [50, 150], [10, 130]]
    assert axes.get_xlabel() == "people"


def test_without_a_truth_there_is_neither_its_sign_nor_its_plan():
    figure = drawn(promise.promise, room(plans=PLANS.drop(columns="came_true"), in_units=True, language="ko"))
    assert signs(figure) == {"계획의 약속": [300, 100], "기대되는 값과 구간": [80, 100]}
    assert ticks(figure.axes[0]) == ["가공하지 않은 추정치", "축소 추정한 효과"]


def test_effects_on_logarithms_are_the_mean_change_of_a_firm():
    figure = drawn(promise.promise, room(plans=PLANS.assign(firms=1000)))
    assert signs(figure)["claimed by the plan"] == pytest.approx((100 * np.expm1([0.3, 0.1, 0.15])).tolist())
    assert figure.axes[0].get_xlabel() == "per cent, on average for a supported firm"


def test_plans_that_must_not_be_shown_have_no_figure():
    numbers = ["claimed", "delivered", "lower", "upper", "came_true"]
    hidden = PLANS.assign(**dict.fromkeys(numbers, NONE), state="suppressed")
    assert not promise.drawable(room(plans=hidden))
    assert not promise.drawable(room())
    assert [name for name, _ in priorities._figures(room(plans=hidden))] == [priorities.GRADES]
    assert [name for name, _ in priorities._figures(room(plans=PLANS))] == [priorities.GRADES, priorities.PROMISE]


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("kind", [grades.grades, promise.promise])
def test_what_is_written_fits(kind, language):
    outcome = JOBS | {"transform": "none", "unit": r"$\frac{$ people " * 9}
    figure = drawn(kind, room(plans=PLANS, in_units=True, language=language, outcome=outcome))
    with canvas.drawing():
        boxes = [axes.get_tightbbox() for axes in figure.axes]
    assert all(box.x0 >= -1 and box.x1 <= figure.bbox.width + 1 for box in boxes)
    assert figure.axes[0].bbox.width > 0.4 * figure.bbox.width
