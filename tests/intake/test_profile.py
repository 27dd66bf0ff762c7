"""What a file holds, in numbers and sentences, and as a page that nothing in the file can break."""

import numpy as np
import pandas as pd
import pytest
from intake.starting import file, firms, number

from impact.__main__ import main
from impact.intake.profile import profile
from impact.intake.profile_page import written
from impact.publish.offline import remote_references

NUMBERS = [number(nine) for nine in ("124810099", "220811234", "120810001", "116870777", "104863210")]


def test_the_digit_that_checks_is_that_of_a_known_number():
    assert NUMBERS[0] == "124-81-00998"


def found(folder, frame):
    return profile(file(folder, frame))


def test_every_column_is_measured(tmp_path):
    frame = pd.DataFrame(
        {"firm": ["A1", "B2", "C3", "D4"], "sales": ["1,000", "-", "X", ""], "share": [0.5, 0.1, np.nan, 0.2]}
    )
    columns = found(tmp_path, frame).columns.set_index("column")
    assert columns.loc["sales", ["known", "blank", "suppressed", "zero"]].tolist() == [2, 1, 1, 1]
    assert columns.loc["share", ["known", "blank", "suppressed", "zero", "lowest", "median", "highest"]].tolist() == [
        3,
        1,
        0,
        0,
        0.1,
        0.2,
        0.5,
    ]
    assert columns.loc["firm", "such_as"] == ["A1", "B2", "C3"]
    assert columns.loc["firm", "different"] == 4


def test_what_is_missing_and_typical_stands_by_period(tmp_path):
    frame = firms().assign(매출액=lambda f: f["매출액"].where((f["기준연도"] != 2019) | (f["기업번호"] > "F004")))
    made = found(tmp_path, frame)
    assert made.rows.to_dict() == {2018: 20, 2019: 20, 2020: 20, 2021: 20}
    assert made.missing.loc["매출액"].to_dict() == {2018: 0.0, 2019: 0.25, 2020: 0.0, 2021: 0.0}
    expected = frame[frame["기준연도"] == 2020]["종업원수"].median()
    assert made.typical.loc["종업원수", 2020] == expected


def test_a_sound_file_is_said_to_be_named_by_its_key_and_nothing_more(tmp_path):
    assert found(tmp_path, firms()).findings == (
        "Each row is named by '기업번호' and '기준연도': no two rows are alike in it.",
    )


def test_a_change_of_unit_comes_first(tmp_path):
    frame = firms().assign(매출액=lambda f: np.arange(80) % 3 + np.where(f["기준연도"] == 2021, 500_000, 500))
    assert found(tmp_path, frame).findings[0] == (
        "A column should be in one unit in all periods; the median of '매출액' changes a hundredfold in 2021 (501 to 5e+05). Look for won, "
        "thousand won and million won in the files of these years."
    )


def test_gaps_of_firms_and_years_are_said(tmp_path):
    frame = firms()
    gaps = found(tmp_path, frame[~((frame["기업번호"] == "F003") & (frame["기준연도"] == 2019))]).findings
    assert gaps[1] == (
        "A unit should be there in every period from its first to its last; 1 unit of 20 has gaps: F003. A file may be incomplete, or a "
        "number may have changed."
    )
    lost = found(tmp_path, frame[frame["기준연도"] != 2020]).findings
    assert lost[1] == "Periods should follow one another; nobody has 2020 between 2018 and 2021. Is a file missing?"


def test_repeated_rows_are_said_with_what_tells_them_apart(tmp_path):
    twice = pd.concat([firms().assign(구분="계"), firms().assign(구분="수출")]).drop(columns="지원연도")
    assert found(tmp_path, twice).findings == (
        "Each row is named by '기업번호' together with '구분': where only one row a period is wanted, choose among or spread '구분'.",
    )
    again = pd.concat([firms(), firms().head(2)])
    assert found(tmp_path, again).findings[0] == (
        "A row should be named by one column and the period; in '기업번호', which is nearest to it, 2 rows repeat: F000. Add repeated rows "
        "up, or find out what tells them apart."
    )


def test_business_numbers_are_known_and_wrong_ones_named(tmp_path):
    many = [number(f"{nine}") for nine in range(100_000_000, 100_000_020)]
    frame = pd.DataFrame({"사업자번호": [*NUMBERS, *many, "124-81-00999"], "year": 2020, "sales": np.arange(26) + 5})
    findings = found(tmp_path, frame).findings
    assert "'사업자번호' holds business numbers: 26 different values, 1 that cannot be right." in findings
    assert "Business numbers in '사업자번호' must pass their check digit; seen: 124-81-00999. Look them up." in findings


def test_codes_of_regions_and_columns_of_no_use_are_said(tmp_path):
    frame = firms().assign(지역코드=np.repeat(["11110", "26110", "51110", "52113"], 20), 비고="같음", 메모=np.nan)
    findings = found(tmp_path, frame).findings
    assert any(one.startswith("'지역코드' holds codes of regions. The codes are of mois") for one in findings)
    assert "1 column without any value: 메모." in findings
    assert "1 column with one value in all rows: 비고." in findings


def test_the_page_carries_everything_and_shows_what_strangers_wrote_as_words(tmp_path):
    evil = "<script>alert(1)</script> | [x](http://a.b) ![p](http://a.b/c.png)"
    made = found(tmp_path, firms().rename(columns={"이익률": evil}).assign(메모=evil))
    page = written(made, tmp_path / "page.html", "ko").read_text(encoding="utf-8")
    assert remote_references(page) == []
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<h2" in page
    assert "먼저 볼 것" in page
    assert 'href="http://a.b"' not in page


@pytest.mark.parametrize(("language", "heading"), [("en", "Look at first"), ("ko", "먼저 볼 것")])
def test_the_verb_says_what_to_look_at_and_writes_the_page_beside_the_file(tmp_path, capsys, language, heading):
    path = file(tmp_path, firms())
    before = path.read_bytes()
    assert main(["profile", str(path), "--language", language]) == 0
    out = capsys.readouterr().out
    assert "Each row is named by '기업번호' and '기준연도'" in out
    assert heading in (tmp_path / "firms.csv.html").read_text(encoding="utf-8")
    assert path.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["firms.csv", "firms.csv.html"]


def test_a_file_that_is_not_there_is_a_sentence(tmp_path, capsys):
    assert main(["profile", str(tmp_path / "none.csv")]) == 2
    assert "there is no such file" in capsys.readouterr().err


def test_only_an_earlier_page_is_replaced(tmp_path, capsys):
    path = file(tmp_path, firms())
    before = path.read_bytes()
    assert main(["profile", str(path)]) == 0
    assert main(["profile", str(path)]) == 0
    capsys.readouterr()
    assert main(["profile", str(path), "--out", str(path)]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"The page would replace {path}, which impact did not make. Name another file with --out, or move that one away."
    )
    assert path.read_bytes() == before
