"""How numbers are written: 1,234 · １２３ · (5) · △5 · 12.5% · 1,234원. A column has one way, or it is no column of numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

PLAIN = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$"
GROUPED = r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$"
WHOLE = r"^[+-]?\d+$"
LEADING_ZERO = r"^[+-]?0\d+$"
PERIOD = r"^(19|20)\d{2}((0[1-9]|1[0-2])?)$"
LONGEST = 15  # digits that a number holds exactly; longer ones are codes
MONEY = ("원", "천원", "만원", "백만원", "천만원", "억원", "조원")
SUFFIXES = (*MONEY, "명", "인", "개", "개소", "개사", "건", "세", "년", "월", "%", "％", "kg", "톤")
SUFFIX = rf"\s*({'|'.join(sorted(map(re.escape, SUFFIXES), key=len, reverse=True))})$"
# Columns that hold codes by their name stay text, even where no code begins with a zero.
CODE_IN_NAME = re.compile(
    r"코드|번호|산업분류|사업자|우편|(^|[_\s(])(code|id|brn|crn|ksic|zip)([_\s)]|$)|_cd$", re.IGNORECASE
)


@dataclass(frozen=True, eq=False)
class Shape:
    """How texts read as numbers: which do, what they are, whether all are whole, and how they were written."""

    read: npt.NDArray[np.bool_]
    numbers: npt.NDArray[np.float64]
    whole: bool
    leading_zero: bool
    too_long: bool
    period: bool
    unit: str
    did: str

    @property
    def all_read(self) -> bool:
        """Tell whether every text is a number."""
        return bool(self.read.all())


def shaped(texts: pa.Array) -> Shape:
    """Read different texts as numbers in the one way in which all are written.

    >>> shape = shaped(pa.array(["1,234원", "(5)원", "△6원"]))
    >>> shape.numbers.tolist(), shape.unit
    ([1234.0, -5.0, -6.0], '원')
    """
    plain, unit = texts, ""
    did: list[str] = []
    if not _all(texts, PLAIN):
        plain, unit, did = _unwrapped(texts)
    read = pc.match_substring_regex(plain, PLAIN).to_numpy(zero_copy_only=False)
    numbers = np.full(len(texts), np.nan)
    numbers[read] = pc.cast(plain.filter(pa.array(read)), pa.float64()).to_numpy()
    whole = bool(len(texts)) and _all(plain, WHOLE)
    return Shape(
        read,
        numbers,
        whole or not len(texts),
        leading_zero=_any(texts, LEADING_ZERO),
        too_long=whole and pc.max(pc.utf8_length(plain)).as_py() > LONGEST,
        period=whole and _all(plain, PERIOD),
        unit=unit,
        did=", ".join(did),
    )


def _all(texts: pa.Array, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(texts, pattern)).as_py())


def _any(texts: pa.Array, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(texts, pattern)).as_py())


def _unwrapped(texts: pa.Array) -> tuple[pa.Array, str, list[str]]:
    """Take off what is around numbers, step by step, and say what was; digits are never touched."""
    did: list[str] = []
    plain = _step(texts, pc.utf8_normalize(texts, form="NFKC"), "full-width digits", did)
    plain, unit = _without_unit(plain, did)
    plain = _replaced(plain, r"^[₩￦$]\s*", "", "signs of money", did)
    plain = _replaced(plain, r"^\(([\d.,]+)\)$", r"-\1", "numbers in parentheses as negative", did)
    plain = _replaced(plain, r"^[△▲−–]\s*", "-", "△ as negative", did)
    grouped = pc.match_substring_regex(plain, GROUPED)
    found = pc.if_else(grouped, pc.replace_substring(plain, ",", ""), plain)
    return _step(plain, found, "thousands commas", did), unit, did


def _step(before: pa.Array, after: pa.Array, said: str, did: list[str]) -> pa.Array:
    if not before.equals(after):
        did.append(said)
    return after


def _replaced(texts: pa.Array, pattern: str, by: str, said: str, did: list[str]) -> pa.Array:
    return _step(texts, pc.replace_substring_regex(texts, pattern, by), said, did)


def _without_unit(texts: pa.Array, did: list[str]) -> tuple[pa.Array, str]:
    """Take off a unit that all texts end with (a bare 0 may lack it)."""
    ends = pc.extract_regex(texts, rf"(?P<before>.*?){SUFFIX.replace('(', '(?P<unit>', 1)}")
    units = pc.unique(pc.struct_field(ends, "unit").drop_null()).to_pylist()
    if len(units) != 1:
        return texts, ""
    if pc.sum(pc.is_null(ends)).as_py() > pc.sum(pc.equal(texts, "0")).as_py():
        return texts, ""
    before = pc.utf8_trim_whitespace(pc.struct_field(ends, "before"))
    did.append(f"the unit {units[0]} after numbers")
    return pc.if_else(pc.is_null(ends), texts, before), str(units[0])
