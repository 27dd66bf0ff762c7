"""The commands `impact regions …`: what they write and say; detection has its own tests in test_detect.py."""

import geopandas as gpd
import pandas as pd
import pytest
from squares import grid, korea

from impact import marks
from impact.__main__ import main
from impact.regions import boundaries, register
from impact.regions.codes import System
from impact.regions.crosswalk import convert

THEN, NOW = System("mois", "2024-01-18"), System("mois", "2026-07-01")
TOLD = "note: The codes are of mois 2024-01-18 to 2026-06-30: 100% of them are found there.\n"
TO = ("--to", "mois:2026-07-01")
FROM = ("--from", "mois:2024-01-18")


@pytest.fixture
def impact_(capsys, tmp_path, monkeypatch):
    """Return a function that gives a command in an empty folder: its exit code, and what it says on both streams."""
    monkeypatch.chdir(tmp_path)

    def command(*words):
        try:
            code = main(["regions", *[str(word) for word in words]])
        except SystemExit as left:  # how argparse leaves
            code = left.code
        return code, *capsys.readouterr()

    return command


@pytest.fixture
def people(tmp_path):
    """Write the people of all units at the end of 2024, in codes of that day."""
    table = register.population().query("year == 2024")[["code", "total"]].rename(columns={"total": "people"})
    table.to_csv(tmp_path / "people.csv", index=False)
    return table


def table(tmp_path, codes, name="given.csv", **columns):
    pd.DataFrame({"code": codes, **columns}).to_csv(tmp_path / name, index=False, encoding="utf-8-sig")


def read(path):
    return pd.read_csv(path, dtype={"code": str})


# ---- convert -------------------------------------------------------------------------------------------------------


def test_a_table_is_converted_as_the_package_does_it_and_the_system_is_detected(impact_, people, tmp_path):
    words = ("convert", "people.csv", "--column", "code", *TO, "--sum", "people", "--split", "population")
    assert impact_(*words, "--out", "new.csv") == (
        0,
        "new.csv: 229 rows in, 229 converted into 230 rows in mois:2026-07-01, 0 listed.\n",
        TOLD,
    )
    expected = convert(people, "code", THEN, NOW, {"people": "sum"}, split="population").table
    pd.testing.assert_frame_equal(read(tmp_path / "new.csv"), expected, check_dtype=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.csv", "people.csv"]


def test_sums_averages_years_and_what_is_left_out_are_said_on_the_command_line(impact_, tmp_path):
    table(
        tmp_path, ["43110", "43710"] * 2, people=[600, 200, 700, 300], rate=[0.1, 0.3, 0.2, 0.4], year=[2012] * 2 + [2013] * 2,
        name_ko=["청주시", "청원군"] * 2, note=["a", "b", "c", "d"],
    )  # fmt: skip
    words = ("--sum", "people", "--average", "rate=people", "--by", "year", "--drop", "note", "--names", "name_ko")
    done = impact_(
        "convert", "given.csv", "--column", "code", "--from", "mois:2013-12-31", *TO, *words, "--out", "new.csv"
    )
    assert done == (0, "new.csv: 4 rows in, 4 converted into 2 rows in mois:2026-07-01, 0 listed.\n", "")
    assert read(tmp_path / "new.csv").to_dict("list") == {
        "code": ["43110", "43110"],
        "people": [800, 1000],
        "rate": pytest.approx([0.15, 0.26]),
        "year": [2012, 2013],
    }


def test_stated_weights_divide_a_unit(impact_, tmp_path):
    table(tmp_path, ["28260"], people=[100])
    split = ("--split", "28260:28275=3", "28260:28290=1")
    code, _, _ = impact_(
        "convert", "given.csv", "--column", "code", *FROM, *TO, "--sum", "people", *split, "--out", "new.csv"
    )
    assert code == 0
    assert read(tmp_path / "new.csv")["people"].tolist() == [75, 25]


def test_rows_that_cannot_be_converted_are_said_and_written_beside(impact_, tmp_path):
    table(tmp_path, ["11110", "11", "99999", "99998", None], name_ko=["종로구", "서울", "x", "y", "z"], people=range(5))
    words = ("convert", "given.csv", "--column", "code", "--names", "name_ko", *FROM, *TO, "--sum", "people")
    assert impact_(*words, "--out", "new.csv") == (
        0,
        "new.csv: 5 rows in, 1 converted into 1 row in mois:2026-07-01, 4 listed.\n",
        "note: 1 row not converted (a province, not a unit): 11.\n"
        "note: 2 rows not converted (not a code of this system on this day): 99999, 99998.\n"
        "note: 1 row not converted (blank).\n"
        "note: Rows that were not converted: new-unconverted.csv\n",
    )
    beside = read(tmp_path / "new-unconverted.csv")
    assert beside.columns.tolist() == ["code", "name_ko", "people", "why"]
    assert beside["people"].tolist() == [1, 2, 3, 4]
    assert beside["code"].fillna("").tolist() == ["11", "99999", "99998", ""]
    assert len(read(tmp_path / "new.csv")) + len(beside) == 5


def test_an_older_list_of_rows_does_not_stay_beside_a_table_that_has_none(impact_, tmp_path):
    table(tmp_path, ["11110", "99999"], people=[1, 2])
    words = ("convert", "given.csv", "--column", "code", *FROM, *TO, "--sum", "people", "--out", "new.csv")
    impact_(*words)
    assert (tmp_path / "new-unconverted.csv").is_file()
    table(tmp_path, ["11110"], people=[1])
    impact_(*words)
    assert not (tmp_path / "new-unconverted.csv").exists()


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx"])
def test_tables_of_each_kind_are_read(impact_, people, tmp_path, suffix):
    if suffix == ".xlsx":
        people.to_excel(tmp_path / "given.xlsx", index=False)
    elif suffix == ".parquet":
        people.astype({"code": int}).sample(frac=1, random_state=1).to_parquet(tmp_path / "given.parquet")
    else:
        people.to_csv(tmp_path / "given.csv", index=False, encoding="cp949")
    words = ("--column", "code", "--to", "kostat:2020-01-01", "--sum", "people", "--out", "new.parquet")
    assert impact_("convert", f"given{suffix}", *words)[0] == 0
    made = pd.read_parquet(tmp_path / "new.parquet")
    assert made["people"].sum() == people["people"].sum()
    assert made["code"].str.fullmatch(r"\d{5}").all()


def test_codes_that_do_not_tell_their_day_are_refused_until_it_is_named(impact_, tmp_path):
    table(tmp_path, ["11110", "11140", "11680"], people=[1, 2, 3])
    words = ("convert", "given.csv", "--column", "code", *TO, "--sum", "people", "--out", "new.csv")
    assert impact_(*words) == (
        2,
        "",
        "The codes are of mois; they do not tell the vintage: 100% of them are in mois 2010-07-01 to today. Name system and day, "
        "such as --from mois:2026-07-01.\n",
    )
    assert impact_(*words, "--from", "detected")[0] == 2
    assert impact_(*words, *FROM)[0] == 0


def test_names_beside_the_codes_help_to_detect_their_system(impact_, tmp_path):
    table(tmp_path, ["31140"], people=[1], of=["경기도"])
    words = (
        "convert",
        "given.csv",
        "--column",
        "code",
        "--to",
        "mois:2024-01-18",
        "--sum",
        "people",
        "--out",
        "new.csv",
    )
    assert impact_(*words, "--names", "of")[2].startswith("The codes are of kostat; they do not tell the vintage: ")


def test_simulated_firms_stay_marked(impact_, tmp_path):
    marks.marked(pd.DataFrame({"code": ["11110"], "people": [1]})).to_csv(tmp_path / "given.csv", index=False)
    assert (
        impact_("convert", "given.csv", "--column", "code", *FROM, *TO, "--sum", "people", "--out", "new.csv")[0] == 0
    )
    assert marks.is_simulated(read(tmp_path / "new.csv"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["--sum", "people"],
            "Of every column must be said how it is merged; unsaid: rate. Sum or average it, name it in by, or drop it.",
        ),
        (
            ["--sum", "people", "size", "--drop", "rate"],
            "The table must have the columns that are named; absent: size. Check their names.",
        ),
        (
            ["--sum", "people", "--drop", "rat"],
            "given.csv must have the columns that are named; absent: rat. Check their names.",
        ),
        (
            ["--sum", "people", "rate", "--average", "rate=people"],
            "Of a column must be said once how it is merged; said again: rate. Choose one.",
        ),
        (
            ["--sum", "people", "--drop", "rate", "--split", "population", "28110:28125=1"],
            'A split is by "population" or by weights; seen: both. Choose one.',
        ),
        (
            ["--sum", "people", "--drop", "rate", "--from", "mois"],
            "A system of codes is written NAME:DAY, such as mois:2024-01-18; seen: mois. Write it so.",
        ),
        (
            ["--sum", "people", "--drop", "rate", "--from", "kostat:2020-01-01", "--to", "mois:2024-01-18"],
            "At least one row must be converted; of 1 row none is. 1 row not converted (not a code of this system on this day): "
            "41110.",
        ),
        (
            ["--sum", "people", "--drop", "rate", "--out", "given.csv"],
            "What is made must not replace what it is made of; seen for both: given.csv. Choose another --out.",
        ),
        (
            ["--sum", "people", "--drop", "rate", "--out", "new.xlsx"],
            "The table is written as .csv or .parquet; seen: new.xlsx. Choose one of these.",
        ),
    ],
)
def test_a_mistake_in_a_conversion_is_one_sentence(impact_, tmp_path, words, said):
    table(tmp_path, ["41110"], people=[1], rate=[0.5])
    first = ("convert", "given.csv", "--column", "code", *FROM, *TO, "--out", "new.csv")
    assert impact_(*first, *words) == (2, "", f"{said}\n")
    assert not (tmp_path / "new.csv").exists()


def test_a_divided_unit_without_weights_is_refused(impact_, tmp_path):
    table(tmp_path, ["28260"], people=[1])
    words = ("convert", "given.csv", "--column", "code", *FROM, *TO, "--sum", "people", "--out", "new.csv")
    assert impact_(*words) == (
        2,
        "",
        "A unit that is divided needs a weight, 0 or more, for each of its parts; without: 28260 into 28275, 28290. State "
        'weights in split, or use "population" where pieces.csv knows it.\n',
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--average", "rate"), "argument --average: an average is written COLUMN=WEIGHT; seen: 'rate'"),
        (("--average", "rate="), "argument --average: an average is written COLUMN=WEIGHT; seen: 'rate='"),
        (("--split", "28260:28275=x"), "argument --split: a weight is written FROM:TO=NUMBER; seen: '28260:28275=x'"),
        (("--split", "28260=3"), "argument --split: a weight is written FROM:TO=NUMBER; seen: '28260=3'"),
    ],
)
def test_what_is_written_otherwise_is_refused(impact_, words, said):
    code, out, err = impact_("convert", "given.csv", "--column", "code", *TO, "--out", "new.csv", *words)
    assert (code, out) == (2, "")
    assert err.endswith(f"error: {said}\n")


# ---- boundaries ----------------------------------------------------------------------------------------------------


def test_boundaries_are_prepared_and_what_was_done_is_said(impact_, shared, tmp_path):
    source = shared / "data" / "source" / "vuski_sgg_20220309_vote_simple.geojson"
    code, out, err = impact_("boundaries", source, "--out", "b.parquet", "--light", "--islets", "0.5")
    one = boundaries.read(tmp_path / "b.parquet")
    assert code == 0
    assert out == f"b.parquet: 229 units of mois:2024-01-18.\nOn every map of it:\n{one.attribution}\n"
    assert err.splitlines() == [
        "note: Codes are those in sgg. The codes are of mois 2018-07-01 to 2023-06-10: 100% of them are found there.",
        "note: 2 shapes crossed or touched themselves and were mended: of 27290, 41270.",
        "note: Borders that did not match those of the neighbour (2.74 km) were made to; of overlaps 0.001 km² went to one of "
        "the two.",
        "note: 605 islets smaller than 0.5 km² left out, of 40 units: 26140, 26380, 28110, 28260, 28710 and more.",
    ]
    assert "vuski/admdongkor" in out
    expected = gpd.read_parquet(shared / "data" / "boundaries" / "kr_sigungu229_2024_light.parquet")
    assert one.frame.geometry.normalize().geom_equals_exact(expected.geometry.normalize(), 1e-9).all()


def test_every_choice_reaches_the_boundaries(impact_, tmp_path):
    frame = korea(again=korea()["code"]).rename(columns={"code": "sgg"}).to_crs("EPSG:5179")
    frame.set_crs("EPSG:4326", allow_override=True).to_file(tmp_path / "b.gpkg", layer="one")
    korea().to_file(tmp_path / "b.gpkg", layer="two")
    words = ("--layer", "one", "--crs", "EPSG:5179", "--column", "again", "--attribution", "출처: 어느 기관")
    systems = ("--from", "mois:2024-01-18", "--to", "kostat:2020-01-01")
    assert impact_("boundaries", "b.gpkg", "--out", "b.geojson", *words, *systems) == (
        0,
        "b.geojson: 229 units of kostat:2018-01-01.\nOn every map of it:\n출처: 어느 기관 변경: 코드 변환.\n"
        "출처: 어느 기관 Changed: geometry recoded.\n",
        "note: Codes are those in again, of mois:2024-01-18.\n",
    )
    assert boundaries.read(tmp_path / "b.geojson", to=System("kostat", "2020-01-01")).missing == ()


def test_boundaries_of_another_country_are_taken_as_they_are(impact_, tmp_path):
    grid(["FR-01", "FR-02"]).to_file(tmp_path / "b.geojson")
    code, out, _ = impact_("boundaries", "b.geojson", "--out", "made.geojson", "--from", "none")
    assert (code, out.splitlines()[0]) == (0, "made.geojson: 2 units.")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("none.zip", "--out", "b.parquet"), "Boundaries must be at none.zip; there is no such file. Check the path."),
        (
            ("b.geojson", "--out", "b.geojson"),
            "What is made must not replace what it is made of; seen for both: b.geojson. Choose another --out.",
        ),
        (
            ("b.geojson", "--out", "b.shp"),
            "Boundaries are written as .parquet or .geojson; seen: b.shp. Choose one of these.",
        ),
        (
            ("b.geojson", "--out", "b.parquet", "--column", "cod"),
            "The file must have the column that is named; it has no cod, but code. Check the name.",
        ),
    ],
)
def test_a_mistake_in_boundaries_is_one_sentence(impact_, tmp_path, words, said):
    korea().to_file(tmp_path / "b.geojson")
    assert impact_("boundaries", *words) == (2, "", f"{said}\n")


def test_where_nothing_can_be_written_nothing_is_read(impact_, monkeypatch):
    monkeypatch.setattr(boundaries, "read", lambda *_, **__: pytest.fail("it was read"))
    assert impact_("boundaries", "b.geojson", "--out", "none/b.parquet") == (
        2,
        "",
        "Boundaries must go to a folder that is there; none is not. Make it first.\n",
    )


def test_nothing_in_a_file_steers_the_terminal(impact_, tmp_path):
    grid(["a"]).to_file(tmp_path / "b.geojson")
    words = ("--out", "made.geojson", "--from", "none", "--attribution", "\x1b[31mred")
    code, out, err = impact_("boundaries", "b.geojson", *words)
    assert code == 0
    assert "\x1b" not in out + err
    assert "�[31mred" in out


# ---- help ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", ["detect", "convert", "boundaries", "fetch"])
def test_every_task_has_a_description_and_an_example(impact_, task):
    code, out, _ = impact_(task, "--help")
    assert code == 0
    assert f"example: impact regions {task}" in " ".join(out.split())


def test_a_task_must_be_named(impact_):
    code, out, err = impact_()
    assert (code, out) == (2, "")
    assert err.endswith("error: the following arguments are required: TASK\n")
