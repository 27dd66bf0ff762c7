"""What a user does: `impact map` on a table of their own, and on the effects of a study."""

import pandas as pd
import pytest

from impact import marks
from impact.__main__ import main
from impact.regions import register

TILES = "note: There are no boundaries, so each region is a tile. Name a file with boundaries, or fetch one: impact regions fetch.\n"


@pytest.fixture
def impact_(capsys, tmp_path, monkeypatch):
    """Return a function that gives a command in an empty folder, where nothing was fetched."""
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def command(*words):
        try:
            code = main(["map", *map(str, words)])
        except SystemExit as left:  # how argparse leaves
            code = left.code
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


@pytest.fixture
def people(tmp_path):
    table = register.population().query("year == 2024")[["code", "total"]]
    table.to_csv(tmp_path / "people.csv", index=False)
    return table


@pytest.fixture
def study(tmp_path, effects):
    both = pd.concat([effects.assign(outcome="Sales"), effects.assign(outcome="Jobs", estimate=0.0)])
    marks.marked(both.assign(aggregation="region")).to_csv(tmp_path / "effects.csv", index=False, encoding="utf-8-sig")


def test_a_table_of_ones_own_is_drawn_in_one_line_without_options(impact_, people, tmp_path):
    assert impact_("people.csv") == (
        0,
        "people.png: total. Map of 229 regions. total: below 42,000: 46; 42,000 to 98,000: 45; 98,000 to 210,000: 46; 210,000 to "
        "380,000: 46; 380,000 and more: 46.\n",
        TILES,
    )
    assert (tmp_path / "people.png").stat().st_size > 10_000
    assert (tmp_path / "people.txt").read_text(encoding="utf-8").startswith("total. Map of 229 regions.")


def test_codes_that_are_whole_numbers_or_in_a_column_of_any_name_are_found(impact_, people, tmp_path):
    people.astype({"code": int}).rename(columns={"code": "시군구"}).to_excel(tmp_path / "mine.xlsx", index=False)
    code, out, _ = impact_(
        "mine.xlsx", "--tiles", "--language", "ko", "--out", "picture.svg", "--title", "인구", "--unit", "명"
    )
    assert (code, out.split("명 미만")[0] + "명 미만:") == (
        0,
        "picture.svg: 인구. 229개 지역의 지도. total: 42,000명 미만:",
    )
    assert (tmp_path / "picture.svg").is_file()


def test_effects_of_a_study_are_drawn_when_rows_are_chosen(impact_, study, tmp_path):
    code, out, err = impact_("effects.csv", "--where", "outcome=Sales", "aggregation=region", "--percent", "--tiles")
    assert (code, err) == (0, "")
    assert out.startswith(f"effects.png: {marks.SIMULATED}: Is the effect above 0? Map of 229 regions.")
    mean = impact_(
        "effects.csv",
        "--where",
        "outcome=Sales",
        "--kind",
        "mean",
        "--breaks",
        -10,
        -5,
        0,
        5,
        10,
        "--percent",
        "--tiles",
    )
    assert "below −10 %: " in mean[1]
    over = impact_("effects.csv", "--over", "outcome", "--threshold", 0.1, "--tiles")
    assert "Is the effect above 0.1? Map of 229 regions. Jobs: unlikely (5–20 %): 157;" in over[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["effects.csv"],
            "A map needs one row a region; several are of 226 regions, such as 11110, 11140, 11170. They differ in outcome (Sales, "
            "Jobs). Choose rows (--where COLUMN=VALUE), or repeat maps over a column (--over).\n",
        ),
        (
            ["effects.csv", "--where", "outcome=Sale"],
            "Some row must have Sale in 'outcome'; there is Sales, Jobs. Check the spelling.\n",
        ),
        (
            ["none.csv"],
            "The table must be at none.csv; there is no such file. Check the path (a study's table lies beside study.toml).\n",
        ),
        (
            ["effects.csv", "--out", "map.gif"],
            "A map is saved as .png, .svg, .pdf; seen: map.gif. Give it one of these ends.\n",
        ),
        (
            ["people.csv", "--kind", "mean"],
            "This map needs the columns estimate, lower, upper; absent: estimate, lower, upper. The table has total, code.\n",
        ),
    ],
)
def test_a_mistake_is_a_sentence(impact_, study, people, words, said):
    assert impact_(*words, "--tiles") == (2, "", said)


def test_rows_are_chosen_with_an_equals_sign(impact_, study):
    code, _, err = impact_("effects.csv", "--where", "Sales")
    assert code == 2
    assert err.endswith("impact map: error: argument --where: rows are chosen with COLUMN=VALUE; seen: 'Sales'\n")


def test_boundaries_are_drawn_where_they_are_named(impact_, people, shared):
    file = shared / "data" / "boundaries" / "kr_sigungu229_2024_light.parquet"
    code, out, err = impact_("people.csv", "--boundaries", file)
    assert (code, err) == (0, "")
    assert out.startswith("people.png: total. Map of 229 regions.")
