import io
import zipfile
from datetime import date, datetime, time

import pytest
from intake.files import refusal, workbook

from impact.errors import InputError
from impact.intake import read_table
from impact.intake._reading import sheets, zipped

SHEET = "xl/worksheets/sheet1.xml"
ROWS = [["a", "b"], ["x", 1], ["y", 2]]


def changed(path, change, part=SHEET):
    """Pack a workbook again with one of its parts changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return made.getvalue()


def test_values_are_read_as_they_are(tmp_path):
    values = ["007", 11110.0, 0.1, True, datetime(2024, 3, 5), datetime(2024, 3, 5, 12), date(2024, 3, 5), time(9)]
    found = read_table(workbook(tmp_path, {"s": [[f"c{at}" for at in range(8)], values]}))
    assert found.frame.iloc[0].astype(str).tolist() == [
        "007",
        "11110",
        "0.1",
        "True",
        "2024-03-05",
        "2024-03-05 12:00:00",
        "2024-03-05",
        "09:00:00",
    ]


def test_the_sheet_with_the_most_filled_cells_is_read_and_others_are_named(tmp_path):
    found = read_table(workbook(tmp_path, {"주석": [["note"]], "표": ROWS}))
    assert found.frame["b"].tolist() == [1, 2]
    assert found.notes == (
        "a.xlsx: read the sheet '표' (6 filled cells).",
        "Other sheets were not read: '주석' (1 cell). Name one with sheet=.",
    )


def test_a_sheet_that_is_not_there_is_refused(tmp_path):
    path = workbook(tmp_path, {"주석": [["note"]], "표": ROWS})
    with pytest.raises(InputError) as error:
        read_table(path, sheet="표2")
    assert str(error.value) == (
        "a.xlsx must have the sheet that is asked for; seen: 주석, 표, not 표2. Name one of these, or leave sheet out for the "
        "largest."
    )


def test_formulas_are_never_computed(tmp_path):
    found = read_table(workbook(tmp_path, {"s": [*ROWS, ["z", "=1+1"]]}))
    assert found.frame["b"].isna().tolist() == [False, False, True]
    assert found.notes[1] == (
        "1 formula without a stored value, read as blank: formulas are never computed here. Open the file in Excel and save it, so "
        "that values are stored."
    )


def test_stored_values_of_formulas_are_read(tmp_path):
    path = workbook(tmp_path, {"s": [*ROWS, ["z", "=1+1"]]})
    raw = changed(
        path,
        lambda part: part.replace(b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>").replace(
            b"<f>1+1</f><v/>", b"<f>1+1</f><v>2</v>"
        ),
    )
    path.write_bytes(raw)
    assert read_table(path).frame["b"].tolist() == [1, 2, 2]


def test_an_empty_sheet_is_refused(tmp_path):
    path = workbook(tmp_path, {"s": []})
    with pytest.raises(InputError) as error:
        read_table(path)
    assert str(error.value) == "The sheet of a.xlsx must have cells; it is empty. Name another with sheet=."


def test_a_book_without_sheets_is_refused():
    with pytest.raises(InputError) as error:
        sheets._chosen([], None, "a.xlsx")
    assert str(error.value) == "a.xlsx must have a sheet with cells; it has none. Check that it is the right file."


def test_too_many_cells_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sheets, "MOST_CELLS", 3)
    with pytest.raises(InputError) as error:
        read_table(workbook(tmp_path, {"s": ROWS}))
    assert str(error.value) == (
        "A sheet of a.xlsx must have at most 3 cells; it has more. Save the sheet as csv and read that."
    )


def test_a_cell_far_from_the_table_is_refused(tmp_path):
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    raw = changed(workbook(tmp_path, {"s": ROWS}), lambda part: part.replace(b"</sheetData>", far))
    assert refusal(tmp_path, raw, "b.xlsx") == (
        "A sheet of b.xlsx must be a table; its cells are spread over 1,048,576 rows × 16,384 columns. Delete cells far from the "
        "table, or save the table alone."
    )


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    raw = changed(workbook(tmp_path, {"s": ROWS}), lambda part: part + b" " * (zipped.MOST_UNPACKED + 1))
    assert len(raw) < 1_000_000
    sentence = refusal(tmp_path, raw, "b.xlsx")
    assert sentence.startswith("b.xlsx must have at most 300,000,000 bytes in 10,000 parts when unpacked; seen: 300,0")
    assert sentence.endswith(" bytes in 9 parts. Save the sheet as csv if it is as large as that; else do not open it.")


@pytest.mark.parametrize(
    "declared",
    [
        b'<!DOCTYPE a [<!ENTITY b "c">]>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd">',
        b'<!DOCTYPE a [<!ENTITY % b SYSTEM "http://127.0.0.1/x"> %b;]>',
    ],
)
@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "[Content_Types].xml", "xl/_rels/workbook.xml.rels"])
def test_a_document_type_is_refused_in_every_part(tmp_path, declared, part):
    raw = changed(workbook(tmp_path, {"s": ROWS}), lambda text: declared + text.split(b"?>", 1)[-1], part)
    assert refusal(tmp_path, raw, "b.xlsx") == (
        f"No part of b.xlsx may declare a document type or an entity; {part} does. No office program writes so: do not open the "
        "file, and ask for it anew."
    )


def test_a_document_type_in_sixteen_bits_is_refused(tmp_path):
    text = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a [<!ENTITY b "c">]><a/>'
    raw = changed(workbook(tmp_path, {"s": ROWS}), lambda _: text.encode("utf-16"))
    assert refusal(tmp_path, raw, "b.xlsx").startswith("No part of b.xlsx may declare a document type")


def test_a_document_type_is_refused_under_another_ending(tmp_path):
    path = workbook(tmp_path, {"s": ROWS})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/worksheets/sheet2.bin", '<!DOCTYPE a [<!ENTITY b "c">]><a/>')
    assert refusal(tmp_path, path.read_bytes(), "b.xlsx").startswith(
        "No part of b.xlsx may declare a document type or an entity; xl/worksheets/sheet2.bin does."
    )


def test_a_picture_in_a_book_is_no_harm(tmp_path):
    path = workbook(tmp_path, {"s": ROWS})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/media/image1.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    assert read_table(path).frame["b"].tolist() == [1, 2]


def test_an_old_or_locked_file_is_refused(tmp_path):
    assert refusal(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 100, "b.xlsx") == (
        "b.xlsx must be an Excel file of today (.xlsx); it is an old one (.xls), or has a password. Open it in Excel and save it as "
        ".xlsx without a password."
    )


def test_a_broken_file_is_refused(tmp_path):
    assert refusal(tmp_path, b"not a zip", "b.xlsx") == (
        "b.xlsx must be a readable Excel file; it is not: File is not a zip file. Open it in the program that wrote it and save it "
        "again, or ask for it anew."
    )


def test_a_part_that_is_deeply_nested_is_refused(tmp_path):
    deep = b"<sheetData>" + b"<a>" * 100_000
    raw = changed(workbook(tmp_path, {"s": ROWS}), lambda part: part.replace(b"<sheetData>", deep))
    assert refusal(tmp_path, raw, "b.xlsx").startswith("b.xlsx must be a readable Excel file; it is not: ")


def test_links_to_other_files_are_not_followed(tmp_path):
    path = workbook(tmp_path, {"s": [*ROWS, ["z", "='[http://127.0.0.1/a.xlsx]s'!A1"]]})
    assert read_table(path).frame["b"].isna().sum() == 1
