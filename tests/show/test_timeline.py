import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from impact.show import canvas, timeline
from impact.show.words import WORDS


def paths(cohorts, **changes):
    """Make paths of cohorts with so many firms in the first of three periods, and one fewer in each later one."""
    rows = [
        {"outcome": "Sales", "cohort": cohort, "period": 2012 + at, "n_firms": count - at, "state": "shown"}
        for cohort, count in cohorts.items()
        for at in range(3)
    ]
    return pd.DataFrame(rows).assign(**changes).astype({"n_firms": "Int64"})


def hidden(table, cohort):
    return table.assign(
        n_firms=table["n_firms"].mask(table["cohort"] == cohort),
        state=table["state"].mask(table["cohort"] == cohort, "suppressed"),
    )


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def numbers(axes):
    return [text.get_text() for text in axes.texts]


def test_the_most_firms_that_are_seen_at_once_are_counted_and_those_never_supported_come_last():
    both = pd.concat([paths({"never": 50, "2014": 7, "2013": 9}), paths({"2013": 12}, outcome="Jobs")])
    table = timeline.counted(both)
    assert table.to_dict("list") == {
        "cohort": ["2013", "2014", "never"],
        "n_firms": [12, 7, 50],
        "state": ["shown"] * 3,
    }


def test_a_cohort_is_suppressed_where_no_number_of_it_may_be_shown():
    part = paths({"2013": 9, "2014": 7})
    part.loc[0, ["n_firms", "state"]] = [pd.NA, "suppressed"]
    table = timeline.counted(hidden(part, "2014"))
    assert table["state"].tolist() == ["shown", "suppressed"]
    assert table["n_firms"].tolist() == [8, pd.NA]


def test_a_bar_with_its_number_for_each_period_of_first_support():
    figure = timeline.timeline(paths({"2013": 1200, "2014": 7, "never": 50}), WORDS["en"])
    axes = figure.axes[0]
    bars = [(round(bar.get_x() + bar.get_width() / 2), bar.get_height()) for bar in axes.patches]
    assert bars == [(2013, 1200), (2014, 7)]
    assert numbers(axes) == ["1,200", "7"]
    assert legend(figure) == ["never supported: 50 firms"]
    assert (axes.get_title("left") or axes.get_title(), axes.get_xlabel(), axes.get_ylabel()) == (
        "Firms by the period of their first support", "Period", "Firms",
    )  # fmt: skip
    assert axes.get_xlim() == pytest.approx((2011.4, 2014.6))


def test_a_suppressed_cohort_is_hatched_over_the_whole_height_named_and_has_no_number():
    table = hidden(hidden(paths({"2013": 9, "2014": 2, "never": 50}), "2014"), "never")
    figure = timeline.timeline(table, WORDS["ko"])
    axes = figure.axes[0]
    *bars, hatch = axes.patches
    assert (len(bars), hatch.get_hatch(), round(hatch.get_x() + 0.35)) == (1, "xxx", 2014)
    assert hatch.get_transform().transform([[0, 0], [0, 1]])[:, 1] == pytest.approx(
        axes.transAxes.transform([[0, 0], [0, 1]])[:, 1]
    )
    assert numbers(axes) == ["9"]
    assert legend(figure) == ["빗금: 기업 수가 적어 비공개", "지원받지 않은 기업: 비공개"]


def test_a_study_without_firms_never_supported_says_so():
    assert legend(timeline.timeline(paths({"2013": 9}), WORDS["en"])) == ["no firm was never supported"]


@pytest.mark.parametrize("count", [3, 12, 40])
def test_numbers_do_not_touch_however_many_cohorts_there_are(count):
    table = pd.DataFrame(
        {
            "outcome": "A",
            "cohort": [str(1980 + at) for at in range(count)],
            "period": range(1980, 1980 + count),
            "state": "shown",
        }
    ).assign(n_firms=pd.array([100] * count, dtype="Int64"))
    with canvas.drawing():
        figure = timeline.timeline(table, WORDS["en"])
        FigureCanvasAgg(figure).draw()
    boxes = np.array([text.get_window_extent().get_points()[:, 0] for text in figure.axes[0].texts])
    assert (boxes[1:, 0] >= boxes[:-1, 1] - 0.5).all()
    assert boxes.min() >= 0
    assert boxes.max() <= figure.bbox.width
