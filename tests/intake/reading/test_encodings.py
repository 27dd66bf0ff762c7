import codecs
import unicodedata

import pytest
from intake.files import refusal, taken, written

from impact.errors import InputError
from impact.intake import read_table

TABLE = "시군구,사업체\n종로구,10\n중구,20\n똠방각하,5\n"


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("cp949", "cp949"), ("utf-16", "utf-16")],
)
def test_the_encoding_is_found_and_said(tmp_path, encoding, said):
    found = taken(tmp_path, TABLE, encoding=encoding)
    assert found.frame["시군구"].tolist() == ["종로구", "중구", "똠방각하"]
    assert found.notes[0] == f"a.csv: read as {said}, values apart by a comma."


def test_sixteen_bits_with_the_high_byte_first_are_found(tmp_path):
    found = taken(tmp_path, codecs.BOM_UTF16_BE + TABLE.encode("utf-16-be"))
    assert found.frame["사업체"].tolist() == [10, 20, 5]


def test_text_without_its_mark_can_be_named(tmp_path):
    path = written(tmp_path, TABLE, encoding="utf-16-le")
    assert read_table(path, encoding="utf-16-le").frame["사업체"].tolist() == [10, 20, 5]


def test_letters_of_a_mac_are_put_together_in_names(tmp_path):
    found = taken(tmp_path, unicodedata.normalize("NFD", "시군구,사업체\nx,1\n"))
    assert found.frame.columns.tolist() == ["시군구", "사업체"]


def test_two_encodings_in_one_file_are_refused(tmp_path):
    assert refusal(tmp_path, TABLE.encode() + "부산,3\n".encode("cp949")) == (
        "a.csv must be written in one encoding; it is UTF-8 up to byte 0xba in line 5. Two files may have been joined, or the file "
        "is damaged: write it anew."
    )


def test_text_in_no_known_encoding_is_refused(tmp_path):
    assert refusal(tmp_path, b"a,b\nx,\xff\xff\n") == (
        "a.csv must be text in UTF-8 or CP949; byte 0xff in line 2 is neither. Name the encoding in which it was written, such as "
        'encoding="utf-16-le", or save it as UTF-8.'
    )


def test_text_in_another_encoding_than_the_one_named_is_refused(tmp_path):
    path = written(tmp_path, TABLE, encoding="cp949")
    with pytest.raises(InputError) as error:
        read_table(path, encoding="utf-8")
    assert str(error.value) == (
        "a.csv must be text in utf-8; byte 0xbd in line 1 is none. Leave encoding out, or name the one in which it was written."
    )
    with pytest.raises(InputError) as error:
        read_table(path, encoding="klingon")
    assert str(error.value) == (
        "An encoding must be one that Python knows; seen: klingon. Name one, such as utf-8, cp949 or utf-16."
    )


def test_a_nul_byte_is_refused(tmp_path):
    assert refusal(tmp_path, "a,b\nx,1\n".encode("utf-16-le")) == (
        'a.csv must be text; a NUL byte stands in line 1. It may be UTF-16 without its mark (encoding="utf-16-le"), or no text at '
        "all."
    )


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"PK\x03\x04", "a zip file, such as an Excel file (.xlsx)"),
        (b"\xd0\xcf\x11\xe0", "an old Excel file (.xls), or one with a password"),
        (b"PAR1", "a Parquet file"),
        (b"\x1f\x8b", "a packed file (gzip)"),
        (b"%PDF", "a PDF"),
    ],
)
def test_a_file_under_another_name_is_called_what_it_is(tmp_path, start, kind):
    assert refusal(tmp_path, start + b"rest") == (
        f"a.csv must be a file of text; by its first bytes it is {kind}. Give it the ending of what it is, or save it as csv."
    )


def test_a_web_page_under_another_name_is_refused(tmp_path):
    assert refusal(tmp_path, "\n<html><table><tr><td>1</td></tr></table></html>") == (
        "a.csv must be a file of text; it is a web page or XML under another name. Open it in Excel and save it as csv."
    )
