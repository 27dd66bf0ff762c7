"""Which system and vintage a set of codes is of: the one in which most of its codes, and the names beside them, are found.

The day of a file does not tell: agencies restate old figures in new codes. Where several vintages hold all codes alike, all are
named; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from impact.errors import InputError, counted, first_five
from impact.regions.codes import (
    FINER,
    IN_BRACKETS,
    OPEN,
    UNKNOWN,
    WHOLE,
    System,
    one_normal,
    place,
    state,
    systems,
    vintages,
)
from impact.regions.names import spellings

ENOUGH = 0.5  # a system that holds fewer of the codes is no explanation of them


@dataclass(frozen=True)
class Detected:
    """What a set of codes is: the share of them found in each system and vintage, and those in which most are found."""

    shares: pd.Series[float]
    fits: tuple[System, ...]
    given: tuple[object, ...]

    @property
    def notes(self) -> list[str]:
        """Say what else is among the codes than units: provinces, parts beside their unit, smaller places, unknown ones."""
        return list(_notes(self.given, self.fits[-1])) if self.fits else []

    def only(self) -> System:
        """Return the system and vintage; raises InputError where the codes do not tell it."""
        if len(self.fits) != 1:
            raise InputError(f"{self.sentence} Name system and day, such as {self.shares.index[-1]}.")
        return self.fits[0]

    @property
    def sentence(self) -> str:
        """Say in a sentence what the codes are."""
        best = f"{np.floor(1000 * self.shares.max()) / 10:g}%"
        if not self.fits:
            return f"The codes are of no system that is known: at most {best} of them are in one."
        spells = [f"{name} {', '.join(_spells(of_name))}" for name, of_name in _by_name(self.fits).items()]
        if len(spells) > 1:
            return f"The codes do not tell their system: {best} of them are in each of {'; '.join(spells)}."
        if len(self.fits) > 1:
            return f"The codes are of {self.fits[0].name}; they do not tell the vintage: {best} of them are in {spells[0]}."
        return f"The codes are of {spells[0]}: {best} of them are found there."

    def __str__(self) -> str:
        return "\n".join([self.sentence, *self.notes])


def detect(codes: Iterable[object], names: Iterable[object] | None = None, folder: Path | None = None) -> Detected:
    """Find the system and vintage of codes; `names` are those of provinces, units or both, in the same order.

    Of several that hold the codes alike, one whose units are all there is taken: a whole table of 2015 is not one of 2013 that
    lacks a county. Codes with their names before them, such as `서울특별시 종로구 (1111000000)`, bring their names.

    >>> print(detect(["11010", "32010", "36640"]))
    The codes are of kostat; they do not tell the vintage: 100% of them are in kostat 2022-01-01 to 2024-12-31.
    >>> detect(["11110", "51820", "45790"]).shares["mois:2023-07-01"].item()
    1.0
    """
    texts = list(codes)
    beside = [] if names is None else list(names)
    if names is not None and len(beside) != len(texts):
        raise InputError(
            f"There must be a name beside each code; seen: {len(texts):,} codes, {len(beside):,} names. Give both."
        )
    named = dict(zip(texts, beside or map(_before_brackets, texts), strict=True))
    found = {code: str(name) for code, name in named.items() if code is not None and code is not pd.NA and code == code}
    if not found:
        raise InputError("To find a system there must be codes; seen: none. Name the column that holds them.")
    every = _every(folder, state(folder))
    shares = every.hold(found).mean(axis=0)
    best = [column for column in np.flatnonzero(shares == shares.max()) if shares[column] >= ENOUGH]
    seen = {one_normal(code) for code in found}
    whole = [column for column in best if every.units[column] <= seen]
    fits = tuple(every.systems[column] for column in whole or best)
    return Detected(pd.Series(shares, index=every.labels), fits, tuple(found))


def _before_brackets(code: object) -> str:
    inside = IN_BRACKETS.match(code) if isinstance(code, str) else None
    return inside[1] if inside else ""


@dataclass(frozen=True)
class _Every:
    """All codes of all systems, and the words that may stand beside each code in each of them."""

    systems: list[System]
    labels: pd.Index[str]
    rows: dict[str, int]
    held: npt.NDArray[np.bool_]
    units: list[frozenset[str]]
    words: list[dict[str, frozenset[str]]]
    known: frozenset[str]

    def hold(self, found: dict[object, str]) -> npt.NDArray[np.bool_]:
        """Say of each code and system whether the code is in it, with no name beside it that is another's."""
        codes = [one_normal(code) for code in found]
        held = self.held[[self.rows.get(code, -1) for code in codes]]
        for row, (code, name) in enumerate(zip(codes, found.values(), strict=True)):
            words = self.known & {name.strip(), *name.split()}
            for column in np.flatnonzero(held[row]) if words else ():
                held[row, column] = words <= self.words[column][code]
        return held


@lru_cache(maxsize=8)
def _every(folder: Path | None, version: tuple[int, int]) -> _Every:
    """Collect the codes of a folder; `version` tells one version of its table from the next."""
    found = systems(folder)
    tables = [system.table() for system in found]
    codes = sorted(set().union(*(table.index for table in tables)))
    lines = [*codes, ""]  # the last is that of codes which are unknown
    held = np.column_stack([np.isin(lines, table.index.to_numpy(dtype=object)) for table in tables])
    words = [_beside(system, table) for system, table in zip(found, tables, strict=True)]
    labels = pd.Index([str(system) for system in found])
    rows = {code: row for row, code in enumerate(codes)}
    known = frozenset().union(*(word for one in words for word in one.values()))
    units = [frozenset(table.index[table["level"] == "unit"]) for table in tables]
    return _Every(found, labels, rows, held, units, words, known)


def _beside(system: System, table: pd.DataFrame) -> dict[str, frozenset[str]]:
    """Return the words that may stand beside each code: its name, that of its province, and that of its unit."""
    of_province = spellings(system)
    return {
        str(code): frozenset(
            text for whole in (str(row["name"]), *of_province[row["province_code"]]) for text in (whole, *whole.split())
        )
        for code, row in table.iterrows()
    }


def _notes(given: Iterable[object], system: System) -> Iterator[str]:
    """Say what else is among the codes than units of the system."""
    rows = place(given, system).rows
    for why, sentence in (
        (WHOLE, "of provinces, not of units"),
        (FINER, "of places smaller than units and their parts"),
    ):
        if odd := list(rows.loc[rows["why"] == why, "code"].unique()):
            yield f"{counted(len(odd), 'code')} {sentence}: {first_five(odd)}. Take these rows out before you sum."
    twice = doubled(rows)
    if len(twice):
        cities = rows.loc[twice, "unit"].unique()
        yield (
            f"{counted(len(cities), 'unit')} beside parts of them: {first_five(cities)}. "
            "Their people are counted twice in a sum of all rows; keep either."
        )
    if unknown := list(rows.loc[rows["why"] == UNKNOWN, "given"]):
        yield f"{counted(len(unknown), 'code')} not in {system}: {first_five(unknown)}. See what they are before you join."


def doubled(rows: pd.DataFrame) -> pd.Index[int]:
    """Return the index of parts whose unit stands among the same rows of a placing."""
    whole = set(rows.loc[rows["level"] == "unit", "code"])
    return rows.index[(rows["level"] == "part") & rows["unit"].isin(whole)]


def _by_name(fits: Iterable[System]) -> dict[str, list[System]]:
    found: dict[str, list[System]] = {}
    for system in fits:
        found.setdefault(system.name, []).append(system)
    return found


def _spells(fits: list[System]) -> list[str]:
    """Say from when to when; vintages that follow one another are one spell."""
    spells: list[list[pd.Timestamp]] = []
    for first, last in vintages(fits[0].name, fits[0].folder):
        if f"{first:%Y-%m-%d}" not in {system.vintage for system in fits}:
            continue
        if spells and spells[-1][1] + pd.Timedelta(days=1) == first:
            spells[-1][1] = last
        else:
            spells.append([first, last])
    return [f"{first:%Y-%m-%d} to " + ("today" if last == OPEN else f"{last:%Y-%m-%d}") for first, last in spells]
