import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from intake.files import refusal

from impact.intake import read_table
from impact.intake._reading import columnar

FRAME = pd.DataFrame(
    {
        "code": ["01110", "26110", "26140"],
        "year": [2020, 2021, 2021],
        "sales": [1.5, np.nan, 3],
        "text": ["1,234", "-", "X"],
        "day": pd.to_datetime(["2024-01-05"] * 3),
        "open": [True, False, True],
    }
)


def test_types_of_a_parquet_file_are_kept_and_its_text_is_read(tmp_path):
    FRAME.to_parquet(tmp_path / "a.parquet")
    found = read_table(tmp_path / "a.parquet")
    assert found.frame["code"].tolist() == ["01110", "26110", "26140"]
    assert found.frame["sales"].isna().tolist() == [False, True, False]
    assert found.frame["text"].fillna(-1).tolist() == [1234, 0, -1]
    assert found.frame["day"].tolist() == ["2024-01-05 00:00:00"] * 3
    assert found.frame["open"].tolist() == [1, 0, 1]
    assert found.columns["kind"].tolist() == ["code", "period", "number", "number", "text", "number"]
    assert found.rows == 3
    assert found.frame.index.tolist() == [1, 2, 3]


def test_codes_that_are_numbers_in_a_parquet_file_become_text(tmp_path):
    frame = pd.DataFrame({"at": [11110.0, 26110.0, np.nan], "사업자등록번호": [1248100998, 2, 3], "n": [11110, 5, 6]})
    frame.to_parquet(tmp_path / "a.parquet")
    found = read_table(tmp_path / "a.parquet")
    assert found.frame["at"].fillna("?").tolist() == ["11110", "26110", "?"]
    assert found.frame["사업자등록번호"].tolist() == ["1248100998", "2", "3"]
    assert found.frame["n"].tolist() == [11110, 5, 6]
    assert found.columns["kind"].tolist() == ["code", "code", "number"]
    assert found.notes == (
        "'at' holds codes that were numbers once: 2 cells such as 11110.0. Leading zeros may be lost: check how many digits the "
        "codes must have.",
        "'사업자등록번호' holds codes that were numbers once: 3 cells such as 1248100998. Leading zeros may be lost: check how many "
        "digits the codes must have.",
    )


def test_totals_of_a_parquet_file_are_set_aside(tmp_path):
    pd.DataFrame({"업종": ["계", "가", "나"], "n": [3, 1, 2]}).to_parquet(tmp_path / "a.parquet")
    found = read_table(tmp_path / "a.parquet")
    assert found.frame["n"].tolist() == [1, 2]
    assert found.aside.values.tolist() == [[1, "total", "계 | 3"]]


def test_a_text_that_is_repeated_beyond_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(columnar, "MOST_TEXT", 10_000)
    pq.write_table(pa.table({"a": ["x" * 1_000] * 100}), tmp_path / "a.parquet")
    raw = (tmp_path / "a.parquet").read_bytes()
    assert refusal(tmp_path, raw, "b.parquet") == (
        "b.parquet must have at most 10,000 bytes when unpacked; seen: 100,000. Read it in parts, or write only the columns "
        "that are needed."
    )


def test_a_broken_parquet_file_is_refused(tmp_path):
    sentence = refusal(tmp_path, b"PAR1" + b"\0" * 50, "a.parquet")
    assert sentence.startswith("a.parquet must be a readable .parquet file; it is not: ")


def test_a_file_of_stata_is_read(tmp_path):
    FRAME.drop(columns=["open"]).to_stata(tmp_path / "a.dta", write_index=False, version=118)
    found = read_table(tmp_path / "a.dta")
    assert found.frame["code"].tolist() == ["01110", "26110", "26140"]
    assert found.frame["day"].tolist() == ["2024-01-05"] * 3


def test_labels_of_stata_are_said_and_their_numbers_kept(tmp_path):
    frame = pd.DataFrame({"size": [1, 2]})
    frame.to_stata(
        tmp_path / "a.dta", write_index=False, value_labels={"size": {1: "소기업", 2: "중기업"}}, version=118
    )
    found = read_table(tmp_path / "a.dta")
    assert found.frame["size"].tolist() == [1, 2]
    assert found.notes == ("a.dta: numbers that Stata labels stay numbers: size.",)


def test_korean_text_of_an_old_stata_is_read_as_it_was_written(tmp_path):
    garbled = "서울".encode("cp949").decode("latin-1")
    pd.DataFrame({"region": [garbled, "x"], "n": [1, 2]}).to_stata(tmp_path / "a.dta", write_index=False, version=114)
    assert read_table(tmp_path / "a.dta").frame["region"].tolist() == ["서울", "x"]


def test_a_broken_file_of_stata_is_refused(tmp_path):
    sentence = refusal(tmp_path, b"\x72\x02\x01\0" + b"\xff" * 500, "a.dta")
    assert sentence.startswith("a.dta must be a readable .dta file; it is not: ")
