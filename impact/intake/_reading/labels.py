"""Columns that say what a row is of: blank cells that mean "as above", and names with a code in brackets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from impact.errors import counted
from impact.intake._reading.cells import Column
from impact.intake._reading.grid import Span
from impact.regions.codes import IN_BRACKETS, normal

SOME = 1_000
NEARLY_ALL = 0.8
OFTEN = 1 / 3  # share of blank cells from which on a column may be one whose blanks mean "as above"


@dataclass(frozen=True, eq=False)
class Labelled:
    """A table whose labels are whole: the frame, the columns of labels, and what was done."""

    frame: pd.DataFrame
    labels: tuple[str, ...]
    notes: tuple[str, ...] = ()


def of(frame: pd.DataFrame, columns: Mapping[str, Column]) -> tuple[str, ...]:
    """Name the columns of labels: those of text and codes before the first number, if there is a number."""
    kinds = [columns[str(name)].kind for name in frame]
    first = next((at for at, kind in enumerate(kinds) if kind == "number"), 0)
    return tuple(str(name) for name, kind in zip(frame.columns[:first], kinds, strict=False) if kind != "period")


def filled(
    frame: pd.DataFrame, labels: Sequence[str], spans: Iterable[Span], rows: npt.NDArray[np.int64], fill: bool
) -> Labelled:
    """Fill blank labels: those of merged cells, and those of a layout in which a label stands only where it changes.

    A column is of such a layout if its first cell is filled, at least a third is blank, nearly all its labels have blanks below
    them, while nothing left of them changes, no label comes twice under the same label left of it, what stands right of it is
    whole, and the rows are told apart once it is filled.
    """
    if not fill or not len(frame):
        return Labelled(frame, tuple(labels))
    by_merges, merged = _by_merges(frame, labels, tuple(spans), rows) if spans else (frame, [])
    done, notes = by_merges, list(_merged_said(merged))
    for name in labels:
        above = labels[: list(labels).index(name)]
        if _is_as_above(done, name, above, labels):
            notes.append(
                f"'{name}': {counted(int(done[name].isna().sum()), 'blank cell')} taken for \"as above\". Check the first rows, "
                "or read with fill=False."
            )
            done = done.assign(**{name: done[name].ffill()})
    return Labelled(done, tuple(labels), tuple(notes))


def _by_merges(
    frame: pd.DataFrame, labels: Sequence[str], spans: tuple[Span, ...], rows: npt.NDArray[np.int64]
) -> tuple[pd.DataFrame, list[str]]:
    """Give every row of merged labels the label of the first; numbers are never repeated."""
    places = {int(number) - 1: at for at, number in enumerate(rows)}
    values = {
        name: np.array(frame[name].astype(object).where(frame[name].notna(), None), dtype=object) for name in labels
    }
    merged: list[str] = []
    for one in spans:
        held = [places[row] for row in range(one.top, min(one.bottom, rows[-1]) + 1) if row in places]
        names = [name for at, name in enumerate(frame.columns) if one.left <= at <= one.right and name in values]
        if held and names and places.get(one.top) == held[0]:
            text = values[names[0]][held[0]]
            for name in names:
                values[name][held] = text
            merged += names
    if not merged:
        return frame, []
    return frame.assign(**{name: pd.Series(values[name], frame.index, dtype="str") for name in set(merged)}), merged


def _merged_said(merged: list[str]) -> Iterator[str]:
    for name in dict.fromkeys(merged):
        yield f"'{name}': {counted(merged.count(name), 'merged cell')} filled with the label that stands in it."


def _is_as_above(frame: pd.DataFrame, name: str, above: Sequence[str], labels: Sequence[str]) -> bool:
    """Tell whether blank cells of a column of labels mean the label above."""
    blank = frame[name].isna()
    if not blank.any() or blank.iloc[0] or blank.mean() < OFTEN or not _heads(frame, blank, above):
        return False
    stands = frame.loc[~blank, [*above, name]]
    right = [one for one in labels if one not in (*above, name)]
    if stands.duplicated().any() or (right and frame[right[-1]].isna().any()):
        return False
    keys = frame[list(labels)].ffill()
    first = next((column for column in frame if column not in labels), None)
    beside = keys if first is None or right else keys.assign(**{"\0": frame[first]})
    return not beside.duplicated().any()


def _heads(frame: pd.DataFrame, blank: pd.Series, above: Sequence[str]) -> bool:
    """Tell whether labels head blocks: nearly all have blanks below them, and there nothing left of them changes."""
    followed = blank.shift(-1, fill_value=False)[~blank]
    same = [(frame[one] == frame[one].shift()) | ~blank for one in above]
    return bool(followed.mean() >= NEARLY_ALL) and all(one.all() for one in same)


def split(frame: pd.DataFrame, labels: Sequence[str]) -> Labelled:
    """Split `서울특별시 종로구 (1111000000)` into a name and, in a column beside it, the code in its short form."""
    notes, names = [], list(labels)
    for name in labels:
        if not _is_in_brackets(frame[name]):
            continue
        different = frame[name].dropna().unique()
        inside = [IN_BRACKETS.match(str(text)) for text in different]
        if not len(different) or not all(found and len(found[2]) >= 2 for found in inside):
            continue
        code = f"{name}_code"
        parts = {text: " ".join(found[1].split()) for text, found in zip(different, inside, strict=True) if found}
        codes = dict(zip(different, normal(different), strict=True))
        if code in frame:
            continue
        at = frame.columns.get_loc(name)
        texts = frame[name]
        frame = frame.assign(**{name: texts.map(parts).astype("str")})
        frame.insert(int(str(at)) + 1, code, texts.map(codes).astype("str"))
        names.insert(names.index(name) + 1, code)
        notes.append(f"'{name}' was split into a name and '{code}', the code in brackets without zeros at its end.")
    return Labelled(frame, tuple(names), tuple(notes))


def _is_in_brackets(texts: pd.Series) -> bool:
    """Tell from some of the texts whether a column may hold codes in brackets, before all are looked at."""
    some = texts.iloc[:SOME].dropna()
    return len(some) > 0 and bool(some.str.contains(r"\(\d+\)\s*$").all())
