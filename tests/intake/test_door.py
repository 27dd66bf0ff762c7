import hashlib

import pandas as pd
import pytest
from intake.files import refusal, taken, written

from impact.errors import InputError
from impact.intake import Taken, read_table


def test_a_file_of_another_kind_is_refused(tmp_path):
    assert refusal(tmp_path, "x", "a.xls") == (
        "A table must be a .csv, .txt, .tsv, .xlsx, .xlsm, .parquet, .dta file; seen: a.xls. Save it as one of these."
    )


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError) as error:
        read_table(tmp_path / "a.csv")
    assert str(error.value) == f"A table must be at {tmp_path / 'a.csv'}; there is no such file. Check the path."


def test_the_source_is_known_by_its_bytes(tmp_path):
    path = written(tmp_path, "a,b\nx,1\n")
    source = read_table(str(path)).source
    assert (source.name, source.sha256) == ("a.csv", hashlib.sha256(path.read_bytes()).hexdigest())


def test_notes_are_what_is_printed(tmp_path):
    found = taken(tmp_path, "a,b\nx,1\n")
    assert str(found) == "a.csv: read as utf-8, values apart by a comma."


def test_a_row_that_is_nowhere_is_an_error_of_the_package(tmp_path):
    found = taken(tmp_path, "a,b\nx,1\n")
    with pytest.raises(AssertionError):
        Taken(found.frame.iloc[:0], found.aside, found.cells, (), found.totals, found.columns, found.rows, found.source)


def test_the_same_table_is_read_from_every_kind_of_file(tmp_path):
    frame = pd.DataFrame({"업종": ["제조", "건설"], "n": [1, 2], "m": [1.5, 2.5]})
    frame.to_csv(tmp_path / "a.csv", index=False, encoding="cp949")
    frame.to_csv(tmp_path / "a.tsv", index=False, sep="\t")
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    frame.to_stata(tmp_path / "a.dta", write_index=False, version=118)
    for name in ("a.csv", "a.tsv", "a.xlsx", "a.parquet", "a.dta"):
        found = read_table(tmp_path / name).frame.reset_index(drop=True)
        assert found["업종"].tolist() == ["제조", "건설"]
        assert found["n"].tolist() == [1, 2]
        assert found["m"].tolist() == [1.5, 2.5]


def test_a_name_that_is_half_the_file_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"firm,{'x' * 1001}\na,1\nb,2\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_table(path)
    assert str(caught.value) == (
        "Names of columns must have at most 1,000 letters; the longest of a.csv has 1,001. Look at its first rows: a quotation mark that is "
        "not closed takes in what follows."
    )
