"""Small files for the tests of reading, and the sentence with which a file is refused."""

import pytest

from impact.errors import InputError
from impact.intake import read_table


def written(folder, content, name="a.csv", encoding="utf-8"):
    """Write a file of text (or bytes) and return its path."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def taken(folder, content, name="a.csv", encoding="utf-8", **options):
    """Write a file and read it."""
    return read_table(written(folder, content, name, encoding), **options)


def refusal(folder, content, name="a.csv", encoding="utf-8", **options):
    """Return the sentence with which a file is refused."""
    path = written(folder, content, name, encoding)
    with pytest.raises(InputError) as error:
        read_table(path, **options)
    return str(error.value)


def workbook(folder, sheets, merged=(), name="a.xlsx"):
    """Write an Excel file: rows by the name of their sheet, and merged cells of the first."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    for span in merged:
        book.worksheets[0].merge_cells(span)
    book.save(folder / name)
    return folder / name
