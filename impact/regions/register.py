"""The register of regions: units, population, designations and economy.

The tables that ship are Korea's, in `data/regions`. Another country brings a folder of the same four tables and names it:
`units(folder)`. A table may have more columns than are asked for here, such as names in the country's own language. `code` is
text and means the same unit in every table of a folder. Where each column comes from stands in `data/SOURCES.toml`.

"Designated" is what an authority declared for a time (`designations`); "at risk" is computed from a population (`risk`). They
are two variables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

import pandas as pd

from impact import read, where
from impact.errors import InputError, first_five


@dataclass(frozen=True)
class Form:
    """What a table must have: its key, and its columns by what they hold; * stands for the country's currency."""

    key: tuple[str, ...]
    text: tuple[str, ...]
    numbers: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Name all columns."""
        return (*self.text, *self.numbers, *self.flags, *self.dates)


TABLES = {
    "units": Form(
        key=("code",),
        text=("code", "name_en", "province_code", "province_en", "kind"),
        numbers=("latitude", "longitude"),
        flags=("capital_region",),
        dates=("valid_from", "valid_to"),
    ),
    "population": Form(
        key=("code", "year"),
        text=("code",),
        numbers=("year", "total", "women_20_39", "age_65_plus"),
        flags=("imputed",),
    ),
    "designations": Form(
        key=("code", "list", "valid_from"),
        text=("code", "list", "notice", "source"),
        dates=("valid_from", "valid_to"),
    ),
    "economy": Form(
        key=("code", "year"),
        text=("code",),
        numbers=("year", "establishments", "grdp_million_*", "manufacturing_grdp_million_*"),
    ),
}


def units(folder: Path | None = None) -> pd.DataFrame:
    """Return the base units: code, names, province, kind, whether in the capital region, and a point inside.

    Korea has 229, in the codes of the Ministry of the Interior and Safety of 2024-01-18 to 2026-01-31.

    >>> units().set_index("code").loc["48820", ["name_en", "province_en", "kind"]].tolist()
    ['Goseong-gun', 'Gyeongsangnam-do', 'county']
    """
    return _table("units", folder)


def population(folder: Path | None = None) -> pd.DataFrame:
    """Return the population at the end of each year; `imputed` marks rows whose ages were filled in.

    >>> population().groupby("year")["total"].sum().loc[2024].item()
    51217221
    """
    return _table("population", folder)


def designations(on: date | None = None, folder: Path | None = None) -> pd.DataFrame:
    """Return which unit was on which list from when to when, both days included; with `on`, those in force on that day.

    The codes are those of the register, also for days on which a unit had another one. A blank `valid_to` means still in force.

    >>> designations(on=date(2025, 7, 1))["list"].value_counts().to_dict()
    {'depopulation': 89}
    """
    table = _table("designations", folder)
    if on is None:
        return table
    day = pd.Timestamp(on)
    open_ended = table["valid_to"].isna()
    return table[(table["valid_from"] <= day) & (open_ended | (table["valid_to"] >= day))].reset_index(drop=True)


def economy(folder: Path | None = None) -> pd.DataFrame:
    """Return establishments and gross regional product in million of the currency that the column names.

    Never compare Korea's establishments of 2020 with those of 2015: the census turned to registers, and counts rose by half.
    Blank cells of 2010 are figures that the source does not have.
    """
    return _table("economy", folder)


def _table(name: str, folder: Path | None) -> pd.DataFrame:
    """Return a copy of a table, which is read again only when its file has changed."""
    path = (where.data("regions") if folder is None else Path(folder)) / f"{name}.csv"
    if not path.is_file():
        raise InputError(
            f"A folder of regions must hold {', '.join(f'{table}.csv' for table in TABLES)}; there is no {path}. "
            "Check the path, or add the table."
        )
    seen = path.stat()
    return _read(path, TABLES[name], (seen.st_mtime_ns, seen.st_size)).copy()


@lru_cache(maxsize=32)
def _read(path: Path, form: Form, state: tuple[int, int]) -> pd.DataFrame:
    """Read a table, check it and give its columns their types; `state` tells one version of the file from the next."""
    table = read.file(path, list(form.text))
    absent = [name for name in form.columns if not _matching(table, (name,))]
    if absent:
        raise InputError(
            f"{path.name} must have the columns {', '.join(form.columns)}; absent: {', '.join(absent)}. Add them to {path}."
        )
    problems = [*_of_key(path.name, table, form), *_of_values(path.name, table, form)]
    if problems:
        raise InputError(problems)
    typed = {name: table[name].astype(bool) for name in form.flags} | {name: _days(table[name]) for name in form.dates}
    return table.assign(**typed).sort_values(list(form.key), ignore_index=True)


def _matching(table: pd.DataFrame, names: tuple[str, ...]) -> list[str]:
    return [str(column) for column in table if any(fnmatchcase(str(column), name) for name in names)]


def _of_key(file: str, table: pd.DataFrame, form: Form) -> Iterator[str]:
    """Report keys that are blank or stand twice."""
    keys = table[list(form.key)]
    named = " with ".join(form.key)
    if blank := first_five(keys.index[keys.isna().any(axis=1)] + 2):
        yield f"{file} must have {named} in every row; blank in line {blank}. Fill them in, or drop the rows."
    repeated = dict.fromkeys(keys[keys.duplicated()].itertuples(index=False, name=None))
    if twice := first_five(" with ".join(map(str, key)) for key in repeated):
        yield f"{file} must have each {named} once; seen again: {twice}. Keep one row of each."


def _of_values(file: str, table: pd.DataFrame, form: Form) -> Iterator[str]:
    """Report columns that hold something else than numbers, 0 and 1, or days."""
    for name in _matching(table, form.numbers):
        if odd := first_five(table.loc[_numbers(table[name]).isna() & table[name].notna(), name].unique()):
            yield f"{file} must have numbers in {name}; seen: {odd}. Write plain numbers, without commas and units."
    for name in form.flags:
        if odd := first_five(table.loc[~_numbers(table[name]).isin([0, 1]), name].unique()):
            yield f"{file} must have 0 or 1 in {name}; seen: {odd}. Write 1 for yes and 0 for no."
    for name in form.dates:
        if odd := first_five(table.loc[_days(table[name]).isna() & table[name].notna(), name].unique()):
            yield f"{file} must have days such as 2024-01-18 in {name}; seen: {odd}. Write year, month and day so."


def _numbers(values: pd.Series[str]) -> pd.Series[float]:
    return pd.to_numeric(values, errors="coerce")


def _days(values: pd.Series[str]) -> pd.Series[pd.Timestamp]:
    return pd.to_datetime(values, format="%Y-%m-%d", errors="coerce")
