"""Identifiers of firms and industries: what can be restored is restored, what cannot is listed, and nothing is dropped.

A business number (사업자등록번호, ten digits) is of a place of business: one firm may have several, and gets a new one when it
registers anew. A corporate number (법인등록번호, thirteen digits) is of a legal person. Numbers that passed through a spreadsheet
lose zeros at their front, which can be restored, or digits at their end (1.24E+09), which cannot.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from impact.errors import counted
from impact.intake._reading.grid import shown

BUSINESS_WEIGHTS = (
    1,
    3,
    7,
    1,
    3,
    7,
    1,
    3,
    5,
)  # of the first nine digits; the ninth also adds the tens of five times itself
CORPORATE_WEIGHTS = (1, 2) * 6
MOST_LOST = 4  # digits by which a number may be too short; a shorter one is something else
ROUNDED = r"^\d(?:\.\d+)?[eE]\+?\d+$"
BLANK, LOST, NO_DIGITS, LENGTH, CHECK = "blank", "digits lost", "not a number", "wrong number of digits", "check digit"
LETTER, SECTION = "no code of an industry", "letter and digits disagree"
# Divisions of each section in the tenth and eleventh revision of KSIC.
SECTIONS = {
    "A": (1, 3), "B": (5, 8), "C": (10, 34), "D": (35, 35), "E": (36, 39), "F": (41, 42), "G": (45, 47), "H": (49, 52),
    "I": (55, 56), "J": (58, 63), "K": (64, 66), "L": (68, 68), "M": (70, 73), "N": (74, 76), "O": (84, 84), "P": (85, 85),
    "Q": (86, 87), "R": (90, 91), "S": (94, 96), "T": (97, 98), "U": (99, 99),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Checked:
    """A column of identifiers as text.

    `values`: one for each row, in the one way in which they are written; what cannot be one stays as it was seen, blank stays
    blank. `failures`: `row` (the index), `seen` and `why` of those that are none or fail the check digit. `restored`: `row`,
    `seen` and `now` of those whose zeros at the front were put back. `notes`: what to check, in sentences.
    """

    values: pd.Series
    failures: pd.DataFrame
    restored: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def sound(self) -> pd.Series:
        """Tell of each row whether its identifier is one: neither blank nor among the failures."""
        return self.values.notna() & ~self.values.index.isin(self.failures["row"])


def business_numbers(numbers: Iterable[object]) -> Checked:
    """Check business registration numbers: ten digits, the last of which checks the others.

    With s = Σ wᵢdᵢ + ⌊5d₉/10⌋ over the first nine digits, w = 1, 3, 7, 1, 3, 7, 1, 3, 5, the last is (10 − s mod 10) mod 10.

    >>> checked = business_numbers(["124-81-00998", 1248100998.0, "1.24E+09", "124-81-00997"])
    >>> checked.values.tolist()[:2], checked.failures["why"].tolist()
    (['1248100998', '1248100998'], ['digits lost', 'check digit'])
    """

    def check(digits: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return np.asarray((digits[:, :9] @ np.array(BUSINESS_WEIGHTS) + digits[:, 8] * 5 // 10) % 10)

    return _checked(numbers, "business number", 10, check, MUST)


def corporate_numbers(numbers: Iterable[object]) -> Checked:
    """Check corporate registration numbers: thirteen digits; numbers of a later rule may fail the check digit, so it only warns.

    With s = Σ wᵢdᵢ over the first twelve digits, w = 1, 2, 1, 2, …, the last is (10 − s mod 10) mod 10.

    >>> corporate_numbers(["130111-0006246"]).sound.tolist()
    [True]
    """

    def check(digits: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return np.asarray((digits[:, :12] @ np.array(CORPORATE_WEIGHTS)) % 10)

    return _checked(numbers, "corporate number", 13, check, MAY)


MUST, MAY = True, False


def _checked(
    numbers: Iterable[object],
    thing: str,
    length: int,
    check: Callable[[npt.NDArray[np.int64]], npt.NDArray[np.int64]],
    must: bool,
) -> Checked:
    """Check different numbers once, and give each row what its number is."""
    given, which, seen = _different(numbers)
    digits = pc.replace_substring_regex(seen, r"^'|\.0$|[-\s]", "")
    why = _reasons(seen, digits, length)
    sound = why == ""
    now = pc.if_else(pa.array(sound), pc.utf8_lpad(digits, width=length, padding="0"), seen)
    failing = np.zeros(len(seen), dtype=bool)
    failing[sound] = _fails(now.filter(pa.array(sound)), length, check)
    restored = sound & (pc.utf8_length(digits).to_numpy(zero_copy_only=False) < length)
    why[failing & must] = CHECK
    warned = _warned(which, seen, failing & (not must), thing)
    return _result(_Read(given, which, seen, now, why, restored), warned, thing)


def _different(numbers: Iterable[object]) -> tuple[pd.Series, npt.NDArray[np.int64], pa.Array]:
    """Return the column, which of the different texts each row has (-1 where blank), and these texts."""
    given = numbers if isinstance(numbers, pd.Series) else pd.Series(list(numbers), dtype=object)
    which, different = pd.factorize(given, use_na_sentinel=True)
    texts = different if given.dtype == "str" else [_plain(one) for one in different]
    return given, which, pc.utf8_trim_whitespace(pa.array(texts, pa.large_string()))


def _plain(value: object) -> str:
    """Write a value as text; a whole number without its point."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _reasons(seen: pa.Array, digits: pa.Array, length: int) -> npt.NDArray[np.object_]:
    """Say of each text why it is no number of that many digits; blank where it is one."""
    many = pc.utf8_length(digits).to_numpy(zero_copy_only=False)
    why = np.where((many > length - MOST_LOST) & (many <= length) & _is(digits, "[1-9]"), "", LENGTH).astype(object)
    why[~_is(digits, r"^[0-9]+$")] = NO_DIGITS
    why[_is(seen, ROUNDED)] = LOST
    why[many == 0] = BLANK
    return why


def _is(texts: pa.Array, pattern: str) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False), dtype=bool)


def _fails(
    numbers: pa.Array, length: int, check: Callable[[npt.NDArray[np.int64]], npt.NDArray[np.int64]]
) -> npt.NDArray[np.bool_]:
    """Tell which numbers have another last digit than the others call for."""
    texts = np.array(numbers.to_pylist(), dtype=f"S{length}")
    digits = (texts.view(np.uint8) - ord("0")).reshape(-1, length).astype(np.int64)
    return np.asarray((10 - check(digits)) % 10 != digits[:, -1])


def _warned(which: npt.NDArray[np.int64], seen: pa.Array, failing: npt.NDArray[np.bool_], thing: str) -> list[str]:
    rows = int(np.append(failing, False)[which].sum())
    if not rows:
        return []
    named = shown(seen.filter(pa.array(failing)).slice(0, 6).to_pylist())
    return [
        f"{counted(rows, thing)} with an unusual check digit: {named}. Numbers given out since 2025 may have one: check those of "
        "older firms."
    ]


@dataclass(frozen=True, eq=False)
class _Read:
    """A column, its different texts as seen and as they are now, why each is no identifier, and which were restored."""

    given: pd.Series
    which: npt.NDArray[np.int64]
    seen: pa.Array
    now: pa.Array
    why: npt.NDArray[np.object_]
    restored: npt.NDArray[np.bool_]

    def rows(self, of: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """Return the rows whose text is one of these."""
        return np.flatnonzero(np.append(of, False)[self.which])

    def at(self, texts: pa.Array, rows: npt.NDArray[np.int64]) -> list[str]:
        """Return the text of each of the rows."""
        return list(texts.take(pa.array(self.which[rows])).to_pylist())


def _result(read: _Read, warned: list[str], thing: str) -> Checked:
    """Give each row its identifier, and list the rows that fail or were restored."""
    places = pa.array(read.which, mask=read.which < 0)
    now = pc.if_else(pa.array(read.why == BLANK), pa.scalar(None, pa.large_string()), read.now)
    values = pd.Series(pd.array(pa.chunked_array([now.take(places)]), dtype="str"), index=read.given.index)
    labels = read.given.index.to_numpy()
    failing, back = read.rows((read.why != "") & (read.why != BLANK)), read.rows(read.restored)
    why = read.why[read.which[failing]]
    failures = pd.DataFrame({"row": labels[failing], "seen": read.at(read.seen, failing), "why": why})
    restored = pd.DataFrame({"row": labels[back], "seen": read.at(read.seen, back), "now": read.at(read.now, back)})
    return Checked(values, failures, restored, (*_notes(failures, restored, thing), *warned))


def _notes(failures: pd.DataFrame, restored: pd.DataFrame, thing: str) -> list[str]:
    notes = []
    if len(restored):
        notes.append(
            f"{counted(len(restored), thing)} with zeros put back at the front: {shown(restored['seen'].unique())}."
        )
    for why, rows in failures.groupby("why", sort=False):
        notes.append(
            f"{counted(len(rows), thing)} not sound ({why}): {shown(rows['seen'].unique())}. Look them up at the source; "
            "none was dropped."
        )
    return notes


def industry_codes(codes: Iterable[object]) -> Checked:
    """Check codes of industries (KSIC): a letter, or a letter and up to five digits, or two to five digits alone; kept as text.

    A single digit is a division below 10 that lost its zero: 1 is 01. Four digits may be a class, or a code of five that lost its
    zero: such codes are left as they are. Codes whose first two digits are no division, or not one of their letter, are listed.

    >>> checked = industry_codes(["C26110", "1", 26110.0, "c26", "Z1"])
    >>> checked.values.tolist(), checked.failures["seen"].tolist()
    (['C26110', '01', '26110', 'C26', 'Z1'], ['Z1'])
    """
    given, which, seen = _different(codes)
    pairs = [_industry(text) for text in seen.to_pylist()]
    why = np.array([reason for _, reason in pairs], dtype=object)
    now = pa.array([code for code, _ in pairs], pa.large_string())
    restored = np.array(
        [
            why_ == "" and sum(map(str.isdigit, code)) > _digits(text)
            for text, (code, why_) in zip(seen.to_pylist(), pairs, strict=True)
        ],
        dtype=bool,
    )
    return _result(_Read(given, which, seen, now, why, restored), [], "code of an industry")


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text.removesuffix(".0")))


def _industry(text: str) -> tuple[str, str]:
    """Return a code in its one form, and why it is none."""
    if not text:
        return text, BLANK
    if re.match(ROUNDED, text):
        return text, LOST
    found = re.fullmatch(r"([A-Za-z]?)(\d{0,5})", re.sub(r"[.\s-]", "", text.removesuffix(".0")))
    if found is None or not found[0] or found[1].upper() not in ("", *SECTIONS):
        return text, LETTER
    letter, digits = found[1].upper(), found[2].zfill(2) if found[2] else ""
    return (letter + digits, "") if _in_section(letter, digits) else (text, SECTION)


def _in_section(letter: str, digits: str) -> bool:
    if not digits:
        return True
    inside = [first <= int(digits[:2]) <= last for name, (first, last) in SECTIONS.items() if letter in ("", name)]
    return any(inside)
