"""Curves of survival: supported and comparison firms from the same start, with how many are at risk and how many are gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from impact import marks
from impact.show import canvas
from impact.show.canvas import BLUE, GREY, SAND

GROUPS = ("supported", "comparison", "all")
LINES = {  # colour of the line, its dashes, the colour of its band and the hatch over it: groups differ in each of them
    "supported": (BLUE, "-", SAND, ""),
    "comparison": (GREY, (0, (4, 2)), "#ececec", "////"),
    "all": (BLUE, "-", SAND, ""),
}
COLUMNS = 4  # numbers in a line below the axes that can be read on a phone
FIRST, LINE, SIZE = 44, 14, 9  # points: from the axis to the first line of numbers, from line to line, of the letters
TAIL = 0.6  # periods for which the last step is drawn
WORDS = {
    "en": {
        "title": "Firms that have not closed",
        "below": "Periods since the start",
        "supported": "supported firms",
        "comparison": "comparison firms",
        "all": "all firms",
        "band": "band: {confidence} % interval",
        "bounds": "band: from all firms that are gone closed to none",
        "counts": "{group}: at risk / share gone so far",
        "point": "{group} {share:.0%} after {since} ({worst:.0%} to {best:.0%} whatever became of those gone)",
        "alt": "Share of firms that have not closed, by periods since the start: {points}.",
    },
    "ko": {
        "title": "폐업하지 않은 기업의 비율",
        "below": "시작 이후 기간",
        "supported": "지원 기업",
        "comparison": "비교 기업",
        "all": "전체 기업",
        "band": "띠: {confidence} % 구간",
        "bounds": "띠: 소재불명 기업이 모두 폐업한 경우부터 하나도 폐업하지 않은 경우까지",
        "counts": "{group}: 관찰 중 / 누적 소재불명 비율",
        "point": "{group}은 {since}기 뒤 {share:.0%}(소재불명 기업이 어떻게 되었든 {worst:.0%}–{best:.0%})",
        "alt": "시작 이후 기간별로 폐업하지 않은 기업의 비율: {points}.",
    },
}


def picture(
    table: pd.DataFrame,
    stem: Path | None = None,
    *,
    language: str = "en",
    bounds: bool = False,
    confidence: float = 0.95,
) -> Figure:
    """Draw a life table (`impact.intake.life_tables`): the share of firms that have not closed, with bands and numbers below.

    stem: where to save it, without an ending: as svg, png and the words for those who cannot see it (txt); None saves nothing.
    bounds: let bands go from the worst case, in which all firms that are gone closed, to the best, in which none did, instead of
        the interval. confidence: that of the table. Tables of simulated firms make marked figures.

    >>> from impact.intake.life_tables import life_table
    >>> from impact.intake.lifetimes import lives
    >>> frame = pd.DataFrame({"firm": list("aabbc"), "year": [2020, 2021] * 2 + [2020], "end": [0] * 4 + [2021]})
    >>> drawn = picture(life_table(lives(frame, "firm", "year", closed="end"), 2020, by="all"))
    >>> drawn.axes[0].get_title(loc="left")
    'Firms that have not closed'
    """
    words = WORDS[language]
    with canvas.drawing():
        figure, axes = canvas.blank(3.9, width=canvas.PHONE)
        groups = {name: table[table["group"] == name] for name in GROUPS if (table["group"] == name).any()}
        for name, rows in groups.items():
            _curve(axes, name, rows, ("worst", "best") if bounds else ("lower", "upper"))
        _around(axes, table, words)
        _numbers(axes, groups, words)
        _explained(
            figure,
            groups,
            words["bounds"] if bounds else words["band"].format(confidence=f"{100 * confidence:g}"),
            words,
        )
        if stem is not None:
            canvas.save(figure, stem, marks.is_simulated(table))
            stem.with_name(f"{stem.name}.txt").write_text(alt(table, language) + "\n", encoding="utf-8")
    return figure


def alt(table: pd.DataFrame, language: str = "en") -> str:
    """Say in words what the picture shows: the end of each curve, and how little is known of firms that are gone."""
    words = WORDS[language]
    points = [_point(name, table[table["group"] == name], words) for name in GROUPS if (table["group"] == name).any()]
    return words["alt"].format(points="; ".join(points))


def _point(name: str, rows: pd.DataFrame, words: Mapping[str, str]) -> str:
    last = rows.iloc[-1]
    known = {"share": last["survival"], "worst": last["worst"], "best": last["best"], "since": int(last["since"])}
    return words["point"].format(group=words[name], **known)


def _curve(axes: Axes, name: str, rows: pd.DataFrame, edges: tuple[str, str]) -> None:
    """Draw a curve in steps, as firms close within periods, and its band behind it."""
    colour, dashes, area, hatch = LINES[name]
    rows = pd.concat([rows, rows.tail(1).assign(since=rows["since"].max() + TAIL)])
    x, y, lower, upper = (rows[column].to_numpy(float) for column in ("since", "survival", *edges))
    lower, upper = (np.where(np.isnan(edge), y, edge) for edge in (lower, upper))
    band: dict[str, Any] = {"facecolor": area, "edgecolor": colour, "hatch": hatch, "lw": 0, "alpha": 0.75, "zorder": 1}
    axes.fill_between(x, lower, upper, step="post", **band)
    axes.step(x, y, where="post", color=colour, ls=dashes, lw=2, zorder=3)


def _around(axes: Axes, table: pd.DataFrame, words: Mapping[str, str]) -> None:
    axes.set_title(words["title"], loc="left")
    axes.set_xlabel(words["below"])
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set_xlim(-0.15, float(table["since"].max()) + TAIL + 0.15)
    axes.xaxis.set_major_locator(MaxNLocator(COLUMNS, integer=True, steps=[1, 2, 3, 4, 5, 10]))


def _numbers(axes: Axes, groups: Mapping[str, pd.DataFrame], words: Mapping[str, str]) -> None:
    """Write below the axis how many firms are at risk and how many are gone so far, group by group, under its periods."""
    low, high = axes.get_xlim()
    periods = [int(at) for at in axes.get_xticks() if low <= at <= high]
    for place, (name, rows) in enumerate(groups.items()):
        down = FIRST + 2.3 * LINE * place
        style: dict[str, Any] = {"va": "top", "fontsize": SIZE, "textcoords": "offset points", "annotation_clip": False}
        said, colour = words["counts"].format(group=words[name]), LINES[name][0]
        axes.annotate(said, (0, 0), (0, -down), xycoords="axes fraction", color=colour, weight="bold", **style)
        for one in rows[rows["since"].isin(periods)].itertuples():
            counts, at = f"{one.at_risk:,} / {one.gone_share:.0%}", (one.since, 0)
            axes.annotate(counts, at, (0, -down - LINE), xycoords=("data", "axes fraction"), ha="center", **style)


def _explained(figure: Figure, groups: Mapping[str, pd.DataFrame], band: str, words: Mapping[str, str]) -> None:
    canvas.explain(figure, [*_handles(groups, words), canvas.remark(band)])


def _handles(groups: Mapping[str, pd.DataFrame], words: Mapping[str, str]) -> Iterator[Line2D | Patch]:
    for name in groups:
        colour, dashes, _, _ = LINES[name]
        yield Line2D([], [], color=colour, ls=dashes, lw=2, label=words[name])
