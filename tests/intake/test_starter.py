"""A study from a file: what is written runs, explains itself, and executes nothing that a stranger wrote."""

import re

import numpy as np
import pandas as pd
import pytest
from intake.starting import file, firms, number

from impact import InputError, Study
from impact.__main__ import main
from impact.intake import starter


def refused(*arguments):
    with pytest.raises(InputError) as caught:
        starter.start(*arguments)
    return caught.value.problems


def test_the_study_that_is_written_runs(tmp_path, capsys):
    path = file(tmp_path, firms(), encoding="cp949")
    place = tmp_path / "my-study"
    assert main(["new", str(place), "--from", str(path)]) == 0
    assert main(["check", str(place)]) == 0
    said = capsys.readouterr().out
    assert (
        "my-study: no problems. 80 rows, 20 firms (6 supported, 14 never), 2018 to 2021, 2 outcomes, 2 estimators."
        in said
    )
    study = Study.read(place)
    assert (study.panel.unit, study.panel.period, study.panel.first_supported) == ("기업번호", "기준연도", "지원연도")
    assert [(one.column, one.transform) for one in study.outcome] == [("매출액", "log"), ("종업원수", "log")]
    assert study.study.language == "ko"
    assert path.read_bytes() == firms().to_csv(index=False).encode("cp949")


def test_every_proposal_has_its_reason_beside_it(tmp_path):
    place = starter.start(tmp_path / "s", file(tmp_path, firms())).place
    text = (place / "study.toml").read_text(encoding="utf-8")
    assert re.search(r'^unit = "기업번호" +# 20 different values, each once a period$', text, re.MULTILINE)
    assert re.search(r'^first_supported = "지원연도" +# 6 of 20 have a year, which never changes$', text, re.MULTILINE)
    assert re.search(r"^file = \"table.parquet\" +# made of firms.csv, sha256 [0-9a-f]{64}$", text, re.MULTILINE)
    assert "# could be outcomes as well: 이익률" in text


def test_a_list_of_who_was_supported_is_joined_and_who_is_lost_is_named(tmp_path):
    path = file(tmp_path, firms(supported=False))
    listed = file(
        tmp_path,
        pd.DataFrame(
            {
                "번호": ["F000", "F001", "F001", "X99"],
                "완료일": ["2020-03-01", "2021-01-05", "2020-12-31", "2020-01-01"],
            }
        ),
        "list.csv",
    )
    started = starter.start(tmp_path / "s", path, listed)
    assert started.notes[-2:] == (
        "2 of 3 supported units in list.csv are in the table.",
        "Supported units should all be in the table; 1 unit of list.csv are not: X99. Units that are not joined bias the estimate: look for "
        "what they have in common.",
    )
    table = pd.read_parquet(started.place / "table.parquet")
    assert table.groupby("기업번호")["first_supported"].first()[["F000", "F001", "F002"]].tolist() == [2020, 2020, 0]
    assert len(table) == 80


@pytest.mark.parametrize(
    ("written", "year"), [(2020, 2020), (202007, 2020), (20200731, 2020), ("2020.7.", 2020), ("2020/12", 2020)]
)
def test_years_of_a_list_are_taken_from_dates_of_any_kind(tmp_path, written, year):
    listed = file(tmp_path, pd.DataFrame({"firm": ["F000", "F001"], "when": [written, written]}), "list.csv")
    place = starter.start(tmp_path / "s", file(tmp_path, firms(supported=False)), listed).place
    assert pd.read_parquet(place / "table.parquet")["first_supported"].max() == year


def test_a_mark_of_support_is_written_in_its_own_setting(tmp_path):
    frame = firms(supported=False).assign(
        지원여부=lambda f: ((f["기업번호"] < "F006") & (f["기준연도"] >= 2020)).astype(int)
    )
    study = Study.read(starter.start(tmp_path / "s", file(tmp_path, frame)).place)
    assert (study.panel.supported, study.panel.first_supported) == ("지원여부", None)


def test_where_nobody_is_never_supported_later_firms_are_compared_with(tmp_path):
    frame = firms().assign(지원연도=lambda f: np.where(f["기업번호"] < "F010", 2020, 2021))
    assert Study.read(starter.start(tmp_path / "s", file(tmp_path, frame)).place).design.comparison == "not_yet"


def test_what_strangers_wrote_stays_a_name(tmp_path):
    evil = 'sales"\nname = "x" # \\u0022 ]]'
    frame = firms().rename(columns={"매출액": evil.replace("\n", " ")})
    study = Study.read(starter.start(tmp_path / "s", file(tmp_path, frame)).place)
    assert study.outcome[0].column == evil.replace("\n", " ")
    assert len(study.outcome) == 2


def test_what_makes_no_study_is_refused_and_nothing_is_written(tmp_path):
    columns = "Its columns are: "
    no_period = file(tmp_path, firms().drop(columns=["기준연도", "지원연도"]).drop_duplicates("기업번호"), "a.csv")
    assert refused(tmp_path / "s", no_period) == (
        "A study needs periods; no column of a.csv counts years, and no names of columns differ in a year. "
        f"{columns}기업번호, 매출액, 종업원수, 이익률. Add a column of years.",
    )
    assert refused(tmp_path / "s", file(tmp_path, pd.concat([firms(), firms()]), "b.csv")) == (
        "A study needs a column that names each firm or region once a period; b.csv has none: rows repeat in every column that could. "
        f"{columns}기업번호, 기준연도, 지원연도, 매출액, 종업원수 and more. Add up repeated rows, or add the column.",
    )
    assert refused(tmp_path / "s", file(tmp_path, firms(supported=False), "c.csv")) == (
        "A study needs to know who was supported, and since when; no column of c.csv says so. Name a list of them with --supported LIST.",
    )
    assert refused(tmp_path / "s", file(tmp_path, firms()[["기업번호", "기준연도", "지원연도"]], "d.csv")) == (
        "A study needs an outcome; d.csv has no column of numbers beside its codes and years. Add one.",
    )
    assert not (tmp_path / "s").exists()


def test_a_list_that_does_not_fit_is_refused(tmp_path):
    path = file(tmp_path, firms(supported=False))
    other = file(tmp_path, pd.DataFrame({"name": ["Alpha", "Beta"], "year": [2020, 2021]}), "other.csv")
    assert refused(tmp_path / "s", path, other) == (
        "other.csv must name supported units as the table does; no column of it holds as many as half of its values in a column of the "
        "table. Write the same numbers or codes in both, as text.",
    )
    undated = file(tmp_path, pd.DataFrame({"firm": ["F000", "F001"], "when": ["2020", "soon"]}), "undated.csv")
    assert refused(tmp_path / "s", path, undated) == (
        "undated.csv must say since when units were supported; no column of it holds a year or a date in every row. Add one, such as 2021 or "
        "2021-07-31.",
    )


def test_a_list_without_a_table_is_refused(tmp_path, capsys):
    assert main(["new", str(tmp_path / "s"), "--supported", "list.csv"]) == 2
    assert capsys.readouterr().err == (
        "--supported lists who was supported in the table of --from FILE; seen: no --from. Name the table as well.\n"
    )
    assert not (tmp_path / "s").exists()


def test_numbers_are_joined_however_they_are_written(tmp_path):
    numbers = [number(f"{nine:09d}") for nine in range(1_234_000, 1_234_020)]
    plain = [int(one.replace("-", "")) for one in numbers]
    path = file(tmp_path, firms(supported=False).assign(기업번호=np.repeat(plain, 4)))
    listed = file(tmp_path, pd.DataFrame({"사업자": numbers[:6], "완료": "2020-05-01"}), "list.csv")
    started = starter.start(tmp_path / "s", path, listed)
    assert "6 of 6 supported units in list.csv are in the table." in started.notes
    assert Study.read(started.place).panel.unit == "기업번호"


def test_amounts_name_no_rows_even_where_no_two_are_alike(tmp_path):
    frame = pd.concat([firms(), firms()]).assign(매출액=range(160))
    assert "none: rows repeat" in refused(tmp_path / "s", file(tmp_path, frame))[0]
