"""Text cells become numbers where the whole column reads so; else they stay text, and what stood in the way is named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from impact.errors import counted
from impact.intake._reading.distinct import Distinct, distinct
from impact.intake._reading.grid import Texts, shown
from impact.intake._reading.marks import MISSING, SUPPRESSED, UNREADABLE, ZERO
from impact.intake._reading.shapes import CODE_IN_NAME, Shape, shaped
from impact.intake._reading.totals import is_total
from impact.regions import codes

SOME = 1_000
MOSTLY = 0.5  # of the cells that are no marks: from here on a column is named as one that should be numbers
MOST_REGIONS, NEARLY_ALL = 5_000, 0.9
REGION = r"^[1-5]\d(\d{3})?(0{5}|\.0)?$"
FLOATED = r"^\d{5,13}\.0$"
ROUNDED = r"^\d(\.\d+)?[eE]\+\d{2}$"
PERIOD_IN_NAME = re.compile(r"연도|년도|^년|년월|시점|기간|year|period|^date|^yr$", re.IGNORECASE)
FIRST_YEAR, LAST_YEAR = 1980, 2035
EXACT = 1e15  # whole numbers beyond it are not exact as numbers with a point


@dataclass(frozen=True, eq=False)
class Column:
    """A column as it was read: its values, what they are, and its cells that are no plain value (by position)."""

    values: pd.Series
    kind: str
    unit: str = ""
    at: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    seen: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    did: str = ""


def converted(texts: Texts, name: str, marks: Mapping[str, str], as_text: bool, after_numbers: bool) -> Column:
    """Read a column as numbers if all its cells are numbers, marks or blank; else as text.

    as_text: the user says that it is text. after_numbers: a column of numbers stands before it, so that dashes alone are zeros.
    """
    found = distinct(texts, marks)
    plain = found.plain
    if as_text or not len(found.texts) or not (len(plain) or _is_all_zero(found, after_numbers)) or _is_prose(plain):
        return _text(found, "text")
    shape = shaped(plain)
    if shape.all_read and (CODE_IN_NAME.search(name) or _are_regions(plain)):
        return _text(found, "code", tuple(_of_codes(found, name)))
    if shape.leading_zero or shape.too_long:
        return _text(found, "code")
    if not shape.all_read:
        return _unreadable(found, shape, name)
    return _numbers(found, shape, name)


def _is_prose(plain: pa.Array) -> bool:
    """Tell from some of the different texts whether most are no numbers, before all are looked at."""
    some = plain.slice(0, SOME)
    return len(plain) > SOME and shaped(some).read.mean() < MOSTLY


def _is_all_zero(found: Distinct, after_numbers: bool) -> bool:
    """A column of dashes, right of numbers, is one of zeros; one of crosses may be a flag."""
    return after_numbers and ZERO in found.states and set(found.states) <= {ZERO, MISSING}


def _text(found: Distinct, kind: str, notes: tuple[str, ...] = ()) -> Column:
    return Column(_as_series(found), kind, notes=notes)


def _as_series(found: Distinct) -> pd.Series:
    """Return a column of text; pandas keeps what Arrow has."""
    return pd.Series(pd.array(found.column, dtype="str"))


def _are_regions(plain: pa.Array) -> bool:
    """Tell whether numbers are codes of regions: few, mostly of five digits or ten, and nearly all in the register."""
    if not 1 < len(plain) <= MOST_REGIONS or not pc.all(pc.match_substring_regex(plain, REGION)).as_py():
        return False
    digits = codes.normal(plain.to_pylist())
    known = digits.isin(codes.table("codes")["code"]).mean() >= NEARLY_ALL
    return bool(known and (digits.str.len() > 2).mean() >= MOSTLY)


def _of_codes(found: Distinct, name: str) -> Iterator[str]:
    """Say that codes have been through a program that took them for numbers."""
    floated, first = _cells(found, FLOATED)
    if floated:
        yield from _were_numbers(name, floated, first)
    rounded, first = _cells(found, ROUNDED)
    if rounded:
        yield (
            f"'{name}' holds codes of which digits are lost: {rounded} such as {first}. They cannot be restored: export the "
            "column again as text."
        )


def _were_numbers(name: str, cells: str, first: str) -> Iterator[str]:
    yield (
        f"'{name}' holds codes that were numbers once: {cells} such as {first}. Leading zeros may be lost: check how many "
        "digits the codes must have."
    )


def _cells(found: Distinct, pattern: str) -> tuple[str, str]:
    """Say how many cells match a pattern, and show the first; nothing where none does."""
    matching = found.matching(pattern)
    if not matching.any():
        return "", ""
    return counted(len(found.cells(matching)), "cell"), str(found.texts[int(matching.argmax())])


def _unreadable(found: Distinct, shape: Shape, name: str) -> Column:
    """Keep a column as text; where most of it is numbers, name what is none."""
    plain = found.states == ""
    odd = plain.copy()
    odd[plain] = ~shape.read
    rows, cells = found.cells(odd), len(found.cells(plain))
    if len(rows) > (1 - MOSTLY) * cells:
        return _text(found, "text")
    seen = tuple(found.texts.take(pa.array(found.which[rows])).to_pylist())
    if all(map(is_total, seen)):  # the label of a total stands where its parts have numbers
        return _text(found, "text")
    notes = (
        f"'{name}' stays text: {counted(len(rows), 'cell')} of {cells:,} cannot be read as a number: "
        f'{shown(dict.fromkeys(seen))}. Say what they stand for, such as marks={{"{shown(seen[:1])}": "missing"}}, or mend them.',
    )
    return Column(_as_series(found), "text", at=rows, seen=seen, states=(UNREADABLE,) * len(rows), notes=notes)


def _numbers(found: Distinct, shape: Shape, name: str) -> Column:
    """Give every cell its number: 0 for a zero mark, nothing for the other marks."""
    marked = found.states != ""
    numbers = np.full(len(found.texts) + 1, np.nan)
    numbers[:-1][marked] = np.where(found.states[marked] == ZERO, 0.0, np.nan)
    numbers[:-1][~marked] = shape.numbers
    values = numbers[found.which]
    at = found.cells(marked)
    seen = tuple(found.texts.take(pa.array(found.which[at])).to_pylist())
    kind = "period" if shape.period and _is_period(name, shape.numbers, len(values)) else "number"
    return Column(
        pd.Series(whole(values) if shape.whole else values),
        kind,
        shape.unit,
        at,
        seen,
        tuple(found.states[found.which[at]]),
        tuple(_of_numbers(found, name)),
        shape.did,
    )


def whole(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64] | npt.NDArray[np.int64]:
    """Return numbers as whole ones where all are and none is blank."""
    if not len(values) or np.isnan(values).any() or np.abs(values).max() >= EXACT or (values % 1).any():
        return values
    return values.astype(np.int64)


def _is_period(name: str, different: npt.NDArray[np.float64], rows: int) -> bool:
    """Tell whether years are periods rather than amounts: by the name of the column, or because few of them come again."""
    if PERIOD_IN_NAME.search(name):
        return True
    return bool(len(different) * 2 <= rows and (different >= FIRST_YEAR).all() and (different <= LAST_YEAR).all())


def _of_numbers(found: Distinct, name: str) -> Iterator[str]:
    rounded, first = _cells(found, ROUNDED)
    if rounded:
        yield (
            f"'{name}' holds numbers of which digits are lost: {rounded} such as {first}. If they are codes, export the column "
            "again as text."
        )
    plain = found.states == ""
    if plain.any() and found.matching(FLOATED)[plain].all():
        yield (
            f"'{name}' holds whole numbers that end in .0, such as {found.plain[0]}. If they are codes, name the column in text= "
            "and check their digits."
        )


def listed(columns: Mapping[str, Column], numbers: npt.NDArray[np.int64]) -> pd.DataFrame:
    """List the cells of all columns that are no plain value, by the number of their row in the file."""
    parts = [
        pd.DataFrame({"row": numbers[one.at], "column": name, "seen": list(one.seen), "state": list(one.states)})
        for name, one in columns.items()
        if len(one.at)
    ]
    whole = pd.concat(parts, ignore_index=True) if parts else _NONE
    return whole.astype({"row": np.int64, "column": "str", "seen": "str", "state": "str"})


_NONE = pd.DataFrame({"row": [], "column": [], "seen": [], "state": []})


def states(marked: pd.DataFrame, columns: Mapping[str, Column]) -> Iterator[str]:
    """Say how many cells of the table stand for a zero, are missing, suppressed or unreadable."""
    numbers = marked[marked["column"].map({name: one.kind != "text" for name, one in columns.items()}).astype(bool)]
    said = (
        (ZERO, "taken for 0"),
        (MISSING, "missing"),
        (SUPPRESSED, "suppressed, which is not 0"),
        (UNREADABLE, "unreadable"),
    )
    for state, meaning in said:
        seen = numbers.loc[numbers["state"] == state, "seen"]
        if len(seen):
            yield f"{counted(len(seen), 'cell')} {meaning}: {shown(seen.unique())}."


def typed(values: pd.Series, name: str) -> Column:
    """Take a column of numbers as it is; codes become text."""
    known = values.dropna()
    whole_ = len(known) > 0 and bool((known % 1 == 0).all())
    if whole_ and (CODE_IN_NAME.search(name) or _are_regions(_some_texts(known))):
        texts = known.astype("int64").astype("str").reindex(values.index)
        notes = tuple(_were_numbers(name, counted(len(known), "cell"), str(known.iloc[0])))
        return Column(texts.astype("str"), "code", notes=notes)
    years = whole_ and known.between(1900, 2100).all()
    return Column(
        values, "period" if years and _is_period(name, known.unique().astype(float), len(values)) else "number"
    )


def _some_texts(numbers: pd.Series) -> pa.Array:
    """Return different whole numbers as text; of very many, so few that they are no regions."""
    different = numbers.unique()[: MOST_REGIONS + 1]
    return pa.array([str(int(one)) if abs(one) < EXACT else "" for one in different], pa.large_string())
