"""Codes of regions as types: a system, the day for which its codes are, and columns that hold them.

Two offices number Korea's regions, each anew now and then: `mois` (Ministry of the Interior and Safety) and `kostat` (Statistics
Korea). 11110 is Jongno-gu to the one and Nowon-gu to the other. So a column of codes means nothing without a `System`, and `join`
refuses two columns of different systems.

`data/regions/codes.csv` holds one row per code and spell: its system, its first and last day (blank: still in force), its level,
its name and its province. A unit consists of pieces, areas that no change has divided; what two units share are pieces, so that
every change, merge and split is in one column. A part lies within a unit, as a district lies within Suwon. A code of pieces that
were ever apart is explained in `pieces.csv`. Another country brings a folder of the same two tables and names it:
`System("name", "2020-01-01", folder)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd

from impact import where
from impact.errors import InputError, counted, first_five
from impact.regions.register import Form, _read

TABLES = {
    "codes": Form(
        key=("system", "code", "valid_from"),
        text=("system", "code", "level", "name", "province_code", "within", "pieces", "also"),
        dates=("valid_from", "valid_to"),
    ),
    "pieces": Form(key=("piece",), text=("piece", "unit", "name"), numbers=("population",), dates=("date",)),
}
OPEN = pd.Timestamp("2261-12-31")  # the last day of what is still in force
IN_BRACKETS = re.compile(r"^(.*)\((\d+)\)\s*$")
UNKNOWN, BLANK, WHOLE, FINER = (
    "not a code of this system on this day",
    "blank",
    "a province, not a unit",
    "finer than a unit and its parts",
)


@dataclass(frozen=True)
class System:
    """A system of codes as it was on a day; days between which no unit changed are one vintage, named by its first.

    >>> System("mois", "2025-07-01")
    System(name='mois', vintage='2024-01-18', folder=None)
    """

    name: str
    vintage: str
    folder: Path | None = None

    def __post_init__(self) -> None:
        day = pd.to_datetime(self.vintage, format="%Y-%m-%d", errors="coerce")
        known = vintages(self.name, self.folder)
        held = [first for first, last in known if first <= day <= last]
        if not held:
            last = "today" if known[-1][1] == OPEN else f"{known[-1][1]:%Y-%m-%d}"
            raise InputError(
                f"The codes of {self.name} are known for days from {known[0][0]:%Y-%m-%d} to {last}; seen: {self.vintage}. "
                "Name a day such as 2024-01-18 between these."
            )
        object.__setattr__(self, "vintage", f"{held[-1]:%Y-%m-%d}")

    def __str__(self) -> str:
        return f"{self.name}:{self.vintage}"

    @classmethod
    def read(cls, text: str, folder: Path | None = None) -> System:
        """Read `mois:2024-01-18`.

        >>> str(System.read("kostat:2020-01-01"))
        'kostat:2018-01-01'
        """
        name, sign, day = text.partition(":")
        if not sign:
            raise InputError(
                f"A system of codes is written NAME:DAY, such as mois:2024-01-18; seen: {text}. Write it so."
            )
        return cls(name, day, folder)

    def table(self) -> pd.DataFrame:
        """Return the codes of this system and vintage; of parts also those that were in force in some of its days."""
        return _of(self, state(self.folder)).copy()


def table(name: str, folder: Path | None = None) -> pd.DataFrame:
    """Return `codes` or `pieces`, of Korea or of a folder.

    >>> table("codes")["system"].unique().tolist()
    ['kostat', 'mois']
    """
    return _read(_path(name, folder), TABLES[name], state(folder, name)).copy()


def state(folder: Path | None = None, name: str = "codes") -> tuple[int, int]:
    """Return what tells one version of a table from the next."""
    seen = _path(name, folder).stat()
    return seen.st_mtime_ns, seen.st_size


def _path(name: str, folder: Path | None) -> Path:
    path = (where.data("regions") if folder is None else Path(folder)) / f"{name}.csv"
    if not path.is_file():
        raise InputError(f"A folder of codes must hold codes.csv and pieces.csv; there is no {path}. Add the table.")
    return path


def systems(folder: Path | None = None) -> list[System]:
    """Return every system and vintage, the oldest first.

    >>> len(systems())
    17
    """
    names = table("codes", folder)["system"].unique()
    return [System(name, f"{first:%Y-%m-%d}", folder) for name in names for first, _ in vintages(name, folder)]


def vintages(name: str, folder: Path | None = None) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """Return the first and the last day of every vintage of a system; it changes when the code or the area of a unit does."""
    return list(_vintages(name, folder, state(folder)))


@lru_cache(maxsize=64)
def _vintages(
    name: str, folder: Path | None, version: tuple[int, int]
) -> tuple[tuple[pd.Timestamp, pd.Timestamp], ...]:
    """Find the vintages of a system; `version` tells one version of its table from the next."""
    every = table("codes", folder)
    if name not in set(every["system"]):
        raise InputError(
            f"A system of codes must be one of {', '.join(every['system'].unique())}; seen: {name}. Name one."
        )
    units = every[(every["system"] == name) & (every["level"] == "unit")]
    last_days = units["valid_to"].fillna(OPEN)
    firsts = sorted({*units["valid_from"]} | {day + pd.Timedelta(days=1) for day in units["valid_to"].dropna()})
    firsts = [day for day in firsts if day <= last_days.max()]
    lasts = [*(day - pd.Timedelta(days=1) for day in firsts[1:]), last_days.max()]
    return tuple(zip(firsts, lasts, strict=True))


@lru_cache(maxsize=64)
def _of(system: System, version: tuple[int, int]) -> pd.DataFrame:
    """Return the rows of a system in force on a day of its vintage: units, parts and provinces, indexed by code."""
    first, last = next(
        spell for spell in vintages(system.name, system.folder) if f"{spell[0]:%Y-%m-%d}" == system.vintage
    )
    every = table("codes", system.folder)
    held = every[
        (every["system"] == system.name) & (every["valid_from"] <= last) & (every["valid_to"].fillna(OPEN) >= first)
    ]
    provinces = held[held["level"] == "province"].drop_duplicates("code").set_index("code")["name"]
    named = held.assign(province=held["province_code"].map(provinces))
    return named.drop_duplicates("code", keep="last").set_index("code")


# ---- reading codes -------------------------------------------------------------------------------------------------


def normal(codes: Iterable[object]) -> pd.Series[str]:
    """Return codes as their shortest text: of provinces two digits, of units five; what is no code stays as it is.

    Numbers, text in brackets and zeros at the end are understood: 11110, 11110.0, "1111000000" and
    "서울특별시 종로구 (1111000000)" are one code. A code of a smaller place, whose other digits are not 0, stays whole.

    >>> normal([11110, "11010000", "서울특별시 종로구 (1111000000)", "1100000000", "1111051500"]).tolist()
    ['11110', '11010', '11110', '11', '1111051500']
    """
    text = pd.Series(codes).astype(object)
    found = {value: one_normal(value) for value in text.dropna().unique()}
    return text.map(found).astype("str")


def one_normal(value: object) -> str:
    """Return a code as its shortest text (see `normal`)."""
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
    inside = IN_BRACKETS.match(text)
    digits = (inside[2] if inside else text).removesuffix(".0")
    if not digits.isdecimal() or len(digits) < 5 or digits[5:].strip("0"):
        return digits
    return digits[:2] if digits[2:].strip("0") == "" else digits[:5]


@dataclass(frozen=True)
class Placed:
    """Where each code was placed: a row per code given, with `code`, `level`, `unit`, `name`, `province`, and `why` not."""

    system: System
    rows: pd.DataFrame

    @property
    def unplaced(self) -> pd.DataFrame:
        """Return the rows that could not be placed, with the reason of each; none is ever dropped."""
        return self.rows[self.rows["why"] != ""]

    def __str__(self) -> str:
        said = [
            f"{counted(len(self.rows), 'code')} given, {len(self.rows) - len(self.unplaced):,} placed in {self.system}."
        ]
        for why, rows in self.unplaced.groupby("why", sort=False):
            said.append(f"{len(rows):,} not placed ({why}): {first_five(rows['given'].unique())}.")
        return " ".join(said)


def place(codes: Iterable[object], system: System) -> Placed:
    """Place codes among those of a system: `unit` is the code of the unit, of a part that of the unit in which it lies.

    >>> print(place([11110, "41111", "11", "99999"], System("mois", "2024-01-18")))
    4 codes given, 2 placed in mois:2024-01-18. 1 not placed (a province, not a unit): 11. 1 not placed (not a code of this \
system on this day): 99999.
    """
    given = pd.Series(codes)
    known = system.table()
    rows = pd.DataFrame({"given": given, "code": normal(given)}, index=given.index)
    for column in ("level", "name", "province", "within"):
        rows[column] = rows["code"].map(known[column])
    inside = rows["level"].isin(["unit", "part"])
    rows["unit"] = rows["code"].where(rows["level"] == "unit", rows.pop("within")).where(inside)
    rows["why"] = UNKNOWN
    rows.loc[rows["code"].str.fullmatch(r"\d{6,}") & rows["code"].str[:5].isin(known.index), "why"] = FINER
    rows.loc[rows["level"] == "province", "why"] = WHOLE
    rows.loc[rows["code"].isna(), "why"] = BLANK
    rows.loc[inside, "why"] = ""
    return Placed(system, rows)


# ---- columns of codes ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Codes:
    """A column of codes of units and the system to which they belong; every code of it is one of that system.

    >>> Codes(pd.Series([11110, 48820]), System("mois", "2024-01-18")).values.tolist()
    ['11110', '48820']
    """

    values: pd.Series[str]
    system: System

    def __post_init__(self) -> None:
        placed = place(self.values, self.system)
        odd = placed.rows.loc[(placed.rows["why"] != "") | (placed.rows["level"] != "unit"), "given"]
        if len(odd):
            raise InputError(
                f"Every code must be that of a unit in {self.system}; {len(odd):,} of {len(placed.rows):,} are not: "
                f"{first_five(odd.unique())}. Find the system with detect, or see with place why each is not."
            )
        object.__setattr__(self, "values", placed.rows["code"])

    def same_as(self, other: Codes) -> None:
        """Raise InputError where another column is of another system or vintage."""
        if self.system != other.system:
            raise InputError(
                f"Tables are joined on codes of one system and vintage; seen: {self.system} and {other.system}. "
                "Convert one of them first (impact.regions.crosswalk.convert)."
            )


def join(left: pd.DataFrame, right: pd.DataFrame, on: tuple[Codes, Codes], by: Iterable[str] = ()) -> pd.DataFrame:
    """Join columns of `right`, which has one row per code (and `by`), to every row of `left`; `on` holds the codes of each.

    >>> now = System("mois", "2024-01-18")
    >>> firms, people = pd.DataFrame({"at": ["11110", "11110"]}), pd.DataFrame({"code": [11110], "total": [137983]})
    >>> join(firms, people.drop(columns="code"), (Codes(firms["at"], now), Codes(people["code"], now)))["total"].tolist()
    [137983, 137983]
    """
    ours, theirs = on
    ours.same_as(theirs)
    if not (ours.values.index.equals(left.index) and theirs.values.index.equals(right.index)):
        raise InputError(
            "Codes must be a column of the table that is joined; seen: another index. Take them from the table."
        )
    key, by = "\0code", list(by)
    if shared := sorted(set(left.columns) & set(right.columns) - set(by)):
        raise InputError(
            f"Columns of two joined tables must have different names; in both: {first_five(shared)}. Rename or drop them."
        )
    added = right.assign(**{key: theirs.values})
    if twice := first_five(theirs.values[added.duplicated([key, *by])].unique()):
        keys = " with ".join(["code", *by])
        raise InputError(
            f"The table that is joined must have each {keys} once; seen again: {twice}. Name more columns in by."
        )
    return (
        left.assign(**{key: ours.values})
        .merge(added, on=[key, *by], how="left")
        .drop(columns=key)
        .set_index(left.index)
    )
