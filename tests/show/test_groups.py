import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from impact.show import canvas, groups
from impact.show.words import WORDS

SALES = {"name": "Sales", "transform": "none", "unit": "won"}
NONE = float("nan")


def table(*rows):
    """Make effects of (what tells groups apart, group, estimate, state)."""
    known = pd.DataFrame(rows, columns=["subgroup_of", "subgroup", "estimate", "state"])
    counts = {
        "n_supported": pd.array([1200] * len(known), dtype="Int64"),
        "n_comparison": pd.array([9] * len(known), dtype="Int64"),
    }
    of = known.assign(lower=known["estimate"] - 1, upper=known["estimate"] + 1, **counts)
    hidden = of["state"] == "suppressed"
    return of.assign(
        **{name: of[name].mask(hidden) for name in ("estimate", "lower", "upper", "n_supported", "n_comparison")}
    )


SHOWN = table(("size", "small", 2.0, "shown"), ("size", "large", -1.0, "shown"), ("coast", "1", 0.5, "shown"))


def drawn(of, outcome=SALES, language="en"):
    with canvas.drawing():
        figure = groups.groups(of, outcome, WORDS[language], "95")
        FigureCanvasAgg(figure).draw()
    return figure


def names(figure):
    return [tick.get_text() for tick in figure.axes[0].get_yticklabels()]


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_a_row_for_each_group_below_what_tells_them_apart():
    figure = drawn(SHOWN)
    axes = figure.axes[0]
    assert names(figure) == ["size", "small", "large", "coast", "1"]
    points = [tuple(map(float, line.get_xydata()[0])) for line in axes.lines if line.get_marker() == "o"]
    assert points == [(2.0, 1.0), (-1.0, 2.0), (0.5, 4.0)]
    intervals = [segment[:, 0].tolist() for lines in axes.collections for segment in lines.get_segments()]
    assert intervals == [[1, 3], [-2, 0], [-0.5, 1.5]]
    assert [text.get_text() for text in axes.texts] == ["1,200 / 9"] * 3 + ["supported / comparison"]
    assert legend(figure) == ["effect and its 95 % interval"]
    assert (axes.get_title("left"), axes.get_xlabel()) == ("Effect on Sales", "won")
    assert axes.lines[0].get_xdata() == [0, 0]  # the line of no effect


def test_effects_on_logarithms_are_per_cent():
    figure = drawn(SHOWN.assign(estimate=0.1), SALES | {"transform": "log"}, "ko")
    points = [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert points == pytest.approx([10.517] * 3, abs=1e-3)
    assert figure.axes[0].get_xlabel() == "퍼센트"


@pytest.mark.parametrize(
    ("state", "hatch", "said"),
    [
        ("suppressed", "xxx", "빗금: 기업 수가 적어 비공개"),
        ("not enough evidence", "...", "증거 부족"),
        ("not identified", "\\\\", "추정 불가"),
    ],
)
def test_a_group_without_a_number_is_hatched_named_and_not_counted(state, hatch, said):
    figure = drawn(table(("size", "small", 2.0, "shown"), ("size", "large", NONE, state)), language="ko")
    axes = figure.axes[0]
    assert [(patch.get_hatch(), round(patch.get_y() + 0.35)) for patch in axes.patches] == [(hatch, 2)]
    assert [text.get_text() for text in axes.texts] == ["1,200 / 9", "지원 / 비교 기업"]
    assert legend(figure) == ["효과와 95 % 구간", said]
    assert names(figure) == ["size", "small", "large"]


@pytest.mark.parametrize(
    ("given", "order"),
    [
        (["caution", "entering", "high", "low", "very low"], ["high", "entering", "caution", "low", "very low"]),
        (["보통", "소멸 고위험"], ["소멸 고위험", "보통"]),
        (["small", "high"], ["small", "high"]),
    ],
)
def test_classes_of_risk_come_from_the_highest_to_the_lowest_and_others_as_they_are(given, order):
    of = table(*(("risk", name, 1.0, "shown") for name in given))
    assert groups.ordered(of)["subgroup"].tolist() == order


def test_there_is_no_figure_without_groups_or_with_too_many():
    assert groups.drawable(SHOWN)
    assert not groups.drawable(SHOWN.iloc[:0])
    assert not groups.drawable(pd.concat([SHOWN] * 14))


def test_names_of_strangers_fit_and_do_nothing():
    name = r"$\frac{$ <b> " + "very long " * 20
    figure = drawn(
        table((name, name, 1.0, "shown"), (name, "나" * 60, 1.0, "shown")), SALES | {"name": name, "unit": name}
    )
    boxes = [tick.get_window_extent() for tick in figure.axes[0].get_yticklabels()]
    boxes += [text.get_window_extent() for text in figure.axes[0].texts]
    assert all(box.x0 >= -1 and box.x1 <= figure.bbox.width + 1 for box in boxes)
    assert all(len(said) <= groups.WIDE + 1 for said in names(figure))
    assert figure.axes[0].bbox.width > 0.3 * figure.bbox.width
