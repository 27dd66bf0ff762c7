"""What the commands `impact regions …` do. Each returns what is to be said; the command line says it."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from impact import marks, progress, read
from impact.errors import InputError, counted, first_five
from impact.regions import crosswalk
from impact.regions.codes import System
from impact.regions.detect import Detected
from impact.regions.detect import detect as detected

if TYPE_CHECKING:
    from impact.regions.boundaries import Boundaries

WRITTEN = (".csv", ".parquet")


@dataclass(frozen=True)
class Said:
    """What a command says: lines for whoever asked, and notes beside them."""

    lines: tuple[str, ...]
    notes: tuple[str, ...] = ()


def detect(asked: Namespace) -> Said:
    """Name the system and the day of codes in a table."""
    frame = _table(asked.table, asked.column, asked.names)
    return Said((str(_found(frame, asked)),))


def convert(asked: Namespace) -> Said:
    """Write a table in the codes of another system; what cannot be converted is listed and written beside it."""
    _fail_if_no_place(asked)
    _fail_if_said_twice(asked)
    frame = _table(asked.table, asked.column, *asked.by, *asked.drop, asked.names)
    source, notes = _source(frame, asked)
    target = System.read(asked.to)
    how = dict.fromkeys(asked.sum, "sum") | {name: ("mean", weight) for name, weight in asked.average}
    left_out = [name for name in (asked.names, *asked.drop, marks.COLUMN) if name in frame and name not in asked.by]
    given = frame.drop(columns=left_out)
    done = crosswalk.convert(given, asked.column, source, target, how, asked.by, _split(asked.split))
    return _written(frame, done, asked, notes)


def boundaries(asked: Namespace) -> Said:
    """Prepare a file of boundaries and write it with its attribution."""
    from impact.regions import boundaries as of

    _fail_if_same(asked.out, asked.table)
    of.checked(asked.out)
    detail = replace(of.LIGHT if asked.light else of.FULL, islets=asked.islets)
    made = of.read(
        asked.table,
        column=asked.column,
        system=None if asked.source == "none" else asked.source,
        to=asked.to,
        crs=asked.crs,
        layer=asked.layer,
        detail=detail,
        attribution=of.Attribution(asked.attribution, asked.attribution) if asked.attribution else None,
    )
    of.write(made, asked.out)
    return Said((_units_said(asked.out, made), "On every map of it:", str(made.attribution)), made.notes)


def fetch(asked: Namespace) -> Said:
    """Download the pinned boundaries into the cache, prepared."""
    from impact.regions import boundaries as of

    with progress.steps(of.steps()) as tell:
        path = of.fetch(tell=tell)
    made = of.read(path)
    return Said((_units_said(path, made), "On every map of it:", str(made.attribution)))


def _units_said(path: Path, made: Boundaries) -> str:
    return f"{path}: {counted(len(made.frame), 'unit')}{f' of {made.system}' if made.system else ''}."


# ---- reading what is asked for ---------------------------------------------------------------------------------------


def _table(path: Path, *columns: str | None) -> pd.DataFrame:
    """Read a table that must have the columns that are named; what is in them is text."""
    named = list(dict.fromkeys(name for name in columns if name))
    frame = read.file(path, named)
    if absent := first_five(name for name in named if name not in frame):
        raise InputError(f"{path.name} must have the columns that are named; absent: {absent}. Check their names.")
    return frame.reset_index(drop=True)


def _found(frame: pd.DataFrame, asked: Namespace) -> Detected:
    found = detected(frame[asked.column], frame[asked.names] if asked.names else None)
    if not found.fits:
        raise InputError(f"{found.sentence} Check that {asked.column} of {asked.table.name} holds codes.")
    return found


def _source(frame: pd.DataFrame, asked: Namespace) -> tuple[System, list[str]]:
    """Return the system that is named, or the one that is detected, and say so; refuse where it cannot be told."""
    if asked.source != "detected":
        return System.read(asked.source), []
    found = _found(frame, asked)
    if len(found.fits) > 1:
        raise InputError(f"{found.sentence} Name system and day, such as --from {found.fits[-1]}.")
    return found.fits[0], [found.sentence]


def _split(given: list[str | tuple[tuple[str, str], float]]) -> crosswalk.Split:
    """Return "population", the stated weights, or nothing."""
    words = [one for one in given if isinstance(one, str)]
    weights = dict(one for one in given if not isinstance(one, str))
    if words and weights:
        raise InputError('A split is by "population" or by weights; seen: both. Choose one.')
    return words[0] if words else weights or None


def _fail_if_no_place(asked: Namespace) -> None:
    if asked.out.suffix.lower() not in WRITTEN:
        raise InputError(
            f"The table is written as {' or '.join(WRITTEN)}; seen: {asked.out.name}. Choose one of these."
        )
    _fail_if_same(asked.out, asked.table)


def _fail_if_same(out: Path, given: Path) -> None:
    if out.resolve() == given.resolve():
        raise InputError(
            f"What is made must not replace what it is made of; seen for both: {out}. Choose another --out."
        )


def _fail_if_said_twice(asked: Namespace) -> None:
    said = [asked.column, *asked.by, *asked.sum, *(name for name, _ in asked.average), *asked.drop]
    if twice := first_five(name for name, count in Counter(said).items() if count > 1):
        raise InputError(f"Of a column must be said once how it is merged; said again: {twice}. Choose one.")


# ---- writing what was made -------------------------------------------------------------------------------------------


def _written(frame: pd.DataFrame, done: crosswalk.Converted, asked: Namespace, notes: list[str]) -> Said:
    """Write the table, and what could not be converted as it was, with the reason."""
    listed = done.unconverted
    if not len(done.table):
        raise InputError(
            f"At least one row must be converted; of {counted(done.rows, 'row')} none is. "
            + " ".join([*notes, *_reasons(listed)])
        )
    beside = asked.out.with_name(f"{asked.out.stem}-unconverted{asked.out.suffix}")
    if len(listed):
        _write(frame.loc[listed.index].assign(why=listed["why"]), beside)
        notes = [*notes, *_reasons(listed), f"Rows that were not converted: {beside}"]
    else:
        beside.unlink(missing_ok=True)  # of an earlier conversion into the same table
    _write(marks.carried(frame, done.table), asked.out)
    converted = done.rows - len(listed)
    line = (
        f"{asked.out}: {counted(done.rows, 'row')} in, {converted:,} converted into {counted(len(done.table), 'row')} in "
        f"{System.read(asked.to)}, {len(listed):,} listed."
    )
    return Said((line,), tuple(notes))


def _reasons(listed: pd.DataFrame) -> Iterator[str]:
    for why, rows in listed.groupby("why", sort=False):
        codes = first_five(rows["code"].dropna().unique())
        yield f"{counted(len(rows), 'row')} not converted ({why}){f': {codes}' if codes else ''}."


def _write(table: pd.DataFrame, path: Path) -> None:
    if path.suffix.lower() == ".parquet":
        table.to_parquet(path, index=False)
    else:
        table.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


TASKS: dict[str, Callable[[Namespace], Said]] = {
    "detect": detect,
    "convert": convert,
    "boundaries": boundaries,
    "fetch": fetch,
}
