"""Thousands of damaged files are read: each must become a table or a sentence, never a traceback, a warning or 2 GB of memory.

    python tests/intake/fuzz.py [--files 10000] [--first 0]

File `n` is made from the number n alone, so that a failure can be made again: --first n --files 1.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
import zlib
from collections import Counter
from functools import lru_cache
from pathlib import Path

import numpy as np

MEMORY, SECONDS = 2 << 30, 120
LARGE = 50_000_000  # bytes; a bomb is not unpacked to damage it once more
TABLE, SENTENCE = "table", "sentence"


# ---- seeds: what agencies hand out, small --------------------------------------------------------------------------


def _statistics(separator=",", rows=24):
    """A table of regions with a total, a mark of each kind, commas and codes in brackets."""
    units = [
        "서울특별시 (1100000000)",
        "서울특별시 종로구 (1111000000)",
        "서울특별시 중구 (1114000000)",
        "부산광역시 (2600000000)",
    ]
    marks = ["-", "…", "X", "1,234", "56", ""]
    lines = [separator.join(["행정구역", "2023년_계", "2024년_계"])]
    lines += [f'{units[at % 4]}{separator}"{marks[at % 6]}"{separator}"{at},000"' for at in range(rows)]
    return "\n".join(lines) + "\n"


def _layered():
    """A table with a title, a unit, two rows of header, labels as above, subtotals and a footnote."""
    head = ["시군구별 사업체 현황,,,,", ",,,,(단위: 개)", "시도,시군구,2023,,2024", ",,사업체,종사자,사업체"]
    body = [
        "전국,소계,60,600,66",
        "강원,소계,30,300,33",
        ",춘천시,10,100,11",
        ",원주시,20,200,22",
        "전북,소계,30,300,33",
        ",군산시,30,300,33",
    ]
    return "\n".join([*head, *body, "", "주: 2024년은 잠정치임", "자료: 시험용"]) + "\n"


def _firms(rows=40):
    """A list of firms with identifiers, a text with separators and lines in it, and a code of industry."""
    lines = ["사업자등록번호,기업명,소재지,매출액,업종"]
    lines += [
        f'124-81-{at:05},"(주)가나{at}, 제{at}공장","경기도\n수원시",{at * 1000}원,C{10 + at % 25}'
        for at in range(rows)
    ]
    return "\n".join(lines) + "\n"


def _xlsx(sheets):
    import openpyxl

    book = openpyxl.Workbook()
    for at, (rows, merged) in enumerate(sheets):
        sheet = book.active if at == 0 else book.create_sheet(f"시트{at}")
        for row in rows:
            sheet.append(row)
        for span in merged:
            sheet.merge_cells(span)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _merged_sheet():
    head = [["지역", None, "2023", None], [None, None, "계", "여"]]
    body = [
        ["전국", "소계", 60, 30],
        ["강원", "소계", 30, 15],
        [None, "춘천시", 10, 5],
        [None, "원주시", 20, 10],
        ["전북", "군산시", 30, 15],
    ]
    return [([*head, *body], ["A1:B2", "C1:D1", "A4:A6"]), ([["주석"], ["없음"]], [])]


def _formulas():
    rows = [
        ["기업", "매출", "비중"],
        *([f"firm{at}", at * 10, f"=B{at + 2}/100"] for at in range(9)),
        ["합계", "=SUM(B2:B10)", "=1+1"],
    ]
    return [(rows, [])]


def _frame():
    import pandas as pd

    at = np.arange(50)
    texts = {"code": [f"{one:05}" for one in at], "region": ["서울", "부산"] * 25}
    return pd.DataFrame(
        {**texts, "year": 2000 + at % 20, "sales": at * 1.5, "workers": np.where(at % 7 == 0, np.nan, at)}
    )


def _parquet():
    made = io.BytesIO()
    _frame().to_parquet(made)
    return made.getvalue()


def _stata(version):
    made = io.BytesIO()
    _frame().assign(region="KR").to_stata(made, write_index=False, version=version)
    return made.getvalue()


@lru_cache(maxsize=1)
def seeds():
    """Make the files that are damaged, by name."""
    return {
        "plain.csv": b"firm,year,sales\n" + b"".join(f"f{at % 9},{2015 + at // 9},{at}\n".encode() for at in range(60)),
        "statistics.csv": _statistics().encode("cp949"),
        "bom.csv": _statistics().encode("utf-8-sig"),
        "sixteen.txt": _statistics("\t").encode("utf-16"),
        "layered.csv": _layered().encode("cp949"),
        "semicolon.csv": _statistics(";").encode(),
        "firms.csv": _firms().encode(),
        "firms.tsv": _firms().replace(",", "\t").encode("cp949"),
        "merged.xlsx": _xlsx(_merged_sheet()),
        "formulas.xlsx": _xlsx(_formulas()),
        "plain.parquet": _parquet(),
        "old.dta": _stata(114),
        "new.dta": _stata(118),
    }


# ---- damages -------------------------------------------------------------------------------------------------------


def _nothing(raw, rng):
    return raw


def _flipped(raw, rng):
    changed = bytearray(raw)
    for at in rng.integers(0, len(raw), size=int(rng.integers(1, 20))):
        changed[at] = rng.integers(256)
    return bytes(changed)


def _truncated(raw, rng):
    return raw[: int(rng.integers(0, len(raw)))]


def _cut(raw, rng):
    begin, end = sorted(rng.integers(0, len(raw), size=2))
    return raw[:begin] + raw[end:]


def _doubled(raw, rng):
    begin, end = sorted(rng.integers(0, len(raw), size=2))
    return raw[:end] + raw[begin:]


def _nul(raw, rng):
    at = int(rng.integers(0, len(raw)))
    return raw[:at] + b"\0" * int(rng.integers(1, 9)) + raw[at:]


def _headers_again(raw, rng):
    lines = raw.split(b"\n")
    for at in sorted(rng.integers(0, len(lines), size=3), reverse=True):
        lines.insert(int(at), lines[0])
    return b"\n".join(lines)


def _mixed(raw, rng):
    """Join a text in UTF-8 to one in CP949."""
    return raw + "서울특별시,1,2\n부산광역시,3,4\n".encode(("utf-8", "cp949", "utf-16-le")[int(rng.integers(3))])


def _quotes(raw, rng):
    changed = bytearray(raw)
    for at in sorted(rng.integers(0, len(raw), size=int(rng.integers(1, 5))), reverse=True):
        changed.insert(int(at), ord('"'))
    return bytes(changed)


def _long_line(raw, rng):
    at = int(rng.integers(0, len(raw)))
    return raw[:at] + b"x" * int(rng.integers(1 << 16, 1 << 22)) + raw[at:]


def _wide(raw, rng):
    """Add columns, up to more than a sheet has."""
    columns = int(rng.choice([300, 2_000, 10_000, 20_000], p=[0.7, 0.2, 0.07, 0.03]))
    return b"\n".join(line + b",1" * columns for line in raw.split(b"\n")[:12])


def _formula_cells(raw, rng):
    return raw.replace(b",", b',=HYPERLINK("http://a.b"),', int(rng.integers(1, 5)))


def _separators(raw, rng):
    return raw.replace(b",", b",;|\t"[(at := int(rng.integers(4))) : at + 1], int(rng.integers(1, 200)))


def _lines(raw, rng):
    return raw.replace(b"\n", (b"\r", b"\r\n", b"\n\n", b"")[int(rng.integers(4))])


ANYTHING = (_nothing, _flipped, _truncated, _cut, _doubled, _nul)
TEXT = (*ANYTHING, _headers_again, _mixed, _quotes, _long_line, _wide, _formula_cells, _separators, _lines)


def _part_damaged(raw, rng):
    """Damage a part of a zip and pack it again, so that the damage reaches who reads the XML."""
    return _packed(raw, rng, TEXT[int(rng.integers(1, len(TEXT)))])


def _packed(raw, rng, change, only=None):
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        if sum(part.file_size for part in old.infolist()) > LARGE:
            return raw
        names = old.namelist()
        chosen = only or names[int(rng.integers(len(names)))]
        for name in names:
            part = old.read(name)
            new.writestr(name, change(part, rng) if name == chosen else part)
    return made.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def _nested(raw, rng):
    depth = int(rng.integers(10, 200_000))
    return _packed(
        raw, rng, lambda part, _: part.replace(b"<sheetData>", b"<sheetData>" + b"<a>" * depth + b"</a>" * depth), SHEET
    )


def _bomb(raw, rng):
    """Fill a sheet with blanks that take no room as long as they are packed."""
    blocks = int(rng.choice([1, 16, 512]))
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            before, begin, after = old.read(name).partition(b"<sheetData>")
            with new.open(name, "w") as part:
                part.write(before + begin)
                for _ in range(blocks if name == SHEET else 0):
                    part.write(b" " * (1 << 20))
                part.write(after)
    return made.getvalue()


def _entities(raw, rng):
    kinds = ('<!DOCTYPE a [<!ENTITY b "c">]>', '<!DOCTYPE a SYSTEM "file:///etc/passwd">', "<!DOCTYPE a>")
    kind = kinds[int(rng.integers(3))].encode()
    names = (SHEET, "xl/workbook.xml", "[Content_Types].xml", "xl/styles.xml")
    return _packed(raw, rng, lambda part, _: kind + part.split(b"?>", 1)[-1], names[int(rng.integers(4))])


def _far_cells(raw, rng):
    cells = b"".join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (at, at) for at in (50, 90_000, 1_048_576))
    return _packed(raw, rng, lambda part, _: part.replace(b"</sheetData>", cells + b"</sheetData>"), SHEET)


def _spans(raw, rng):
    spans = b"".join(b'<mergeCell ref="A%d:XFD1048576"/>' % (at + 1) for at in range(int(rng.integers(1, 300))))
    return _packed(
        raw,
        rng,
        lambda part, _: part.replace(b"</sheetData>", b"</sheetData><mergeCells>" + spans + b"</mergeCells>"),
        SHEET,
    )


ZIPPED = (*ANYTHING, *(_part_damaged,) * 6, _nested, _bomb, _entities, _far_cells, _spans)


def made(number):
    """Make the file of a number: its name and its bytes."""
    rng = np.random.default_rng([20_261_123, number])
    names = list(seeds())
    name = names[int(rng.integers(len(names)))]
    raw = seeds()[name]
    ways = ZIPPED if name.endswith(".xlsx") else TEXT if name.endswith(("csv", "txt", "tsv")) else ANYTHING
    for _ in range(int(rng.integers(1, 3))):
        raw = _damaged(raw, ways[int(rng.integers(len(ways)))], rng)
    if rng.random() < 0.03:
        name = names[int(rng.integers(len(names)))]
    return name, raw


def _damaged(raw, way, rng):
    """Damage a file; what is broken already stays as it is."""
    try:
        return way(raw, rng)
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, NotImplementedError, RuntimeError):
        return raw


# ---- reading -------------------------------------------------------------------------------------------------------


def read(number, folder):
    """Read the file of a number; whatever is neither a table nor a sentence is raised."""
    from impact.errors import InputError
    from impact.intake import read_table
    from impact.intake.profile import measured

    name, raw = made(number)
    path = Path(folder) / name
    path.write_bytes(raw)
    try:
        taken = read_table(path)
    except InputError as error:
        sentence = str(error)
        assert sentence.endswith("."), sentence
        assert "\n" not in sentence, sentence
        return SENTENCE
    assert taken.rows == len(taken.frame) + len(taken.aside)
    assert taken.frame.columns.is_unique
    assert taken.frame.index.is_unique
    assert taken.cells["row"].isin(taken.frame.index).all()
    measured(taken, len(raw))  # what is read can be profiled as well
    return TABLE


def _work(first, last):
    """Read files one after another under limits, and say of each how it went; the parent listens."""
    import impact.intake  # noqa: F401  what is loaded does not count as memory of a file

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, _too_slow)
    warnings.simplefilter("error")
    with tempfile.TemporaryDirectory() as folder:
        for number in range(first, last):
            signal.alarm(SECONDS)
            began = time.perf_counter()
            try:
                found, why = read(number, folder), ""
            except BaseException:
                found, why = "failure", traceback.format_exc(limit=-9)
            signal.alarm(0)
            said = [number, found, why, round(time.perf_counter() - began, 2)]
            print(json.dumps(said), flush=True)


def _too_slow(*_):
    raise TimeoutError(f"longer than {SECONDS} seconds")


def run(first, files):
    """Read files in children; a child that dies is a failure of the file that it was reading."""
    results, number, last = [], first, first + files
    while number < last:
        child = subprocess.run(
            [sys.executable, __file__, "--work", str(number), str(last)], capture_output=True, text=True, check=False
        )
        said = [json.loads(line) for line in child.stdout.splitlines()]
        results += said
        number = said[-1][0] + 1 if said else number
        if number < last:
            results.append(
                [
                    number,
                    "failure",
                    f"the process died ({child.returncode})\n{child.stderr[-2000:]}",
                    0.0,
                ]
            )
            number += 1
    return results


def main(arguments=None):
    """Read the files that are asked for, count tables and sentences, and name every failure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--work", type=int, nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.work:
        _work(*asked.work)
        return 0
    results = run(asked.first, asked.files)
    for number, found, why, _ in results:
        if found == "failure":
            print(f"--- {number} ({made(number)[0]})\n{why}")
    print(dict(Counter(found for _, found, *_ in results)), f"slowest {max(results, key=lambda one: one[3])[::3]}")
    return int(any(found == "failure" for _, found, *_ in results))


if __name__ == "__main__":
    sys.exit(main())
