"""From a table as it was read to one row a unit and period: years out of names of columns, codes of regions of one day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from impact.errors import counted, first_five
from impact.intake.identifiers import business_numbers
from impact.intake.taken import Taken
from impact.intake.wide import YEAR, to_long
from impact.regions import register
from impact.regions.codes import System, normal
from impact.regions.crosswalk import recode
from impact.regions.detect import detect

MANY = 3_000  # more different codes than there are municipalities, districts and towns of a country's files: firms, not regions
PLACED = 0.9  # share of codes that must be of one system for a column to be one of regions
SAMPLE = 1_000  # different values that are looked at for what they are
YEARS = range(1900, 2101)
YEAR_NAMES = ("year", "연도", "년도", "기준년", "회계년")
OTHER_YEARS = ("지원", "선정", "완료", "도입", "설립", "support", "treat", "first", "award", "found")


@dataclass(frozen=True, eq=False)
class Tidy:
    """A table with its years in rows, what each column is, the columns of regions, and what was done, in sentences."""

    frame: pd.DataFrame
    kinds: Mapping[str, str]
    regions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def tidied(taken: Taken) -> Tidy:
    """Return the table with one row a unit and period, as far as its own names and codes tell how.

    Business numbers are written with ten digits. Columns with a year in their name become rows; a period such as 202212 gets the
    column `year`; codes of regions that are of other days become those of the register, where each has one successor.

    >>> from impact.read import Source
    >>> frame = pd.DataFrame({"code": ["a"], "2023년_계": [10], "2024년_계": [12]})
    >>> columns = pd.DataFrame({"column": frame.columns, "kind": ["code", "number", "number"], "unit": ""})
    >>> nothing = pd.DataFrame({"row": []})
    >>> tidied(Taken(frame, nothing, nothing, (), nothing, columns, 1, Source("a.csv", ""))).frame["계"].tolist()
    [10, 12]
    """
    kinds = dict(zip(taken.columns["column"], taken.columns["kind"], strict=True))
    found = _with_years(_long(_with_numbers(Tidy(taken.frame.reset_index(drop=True), kinds))))
    return _of_one_day(replace(found, regions=tuple(_regions(found))))


def period_of(tidy: Tidy) -> str | None:
    """Return the column that counts years: by its name, else the one with the fewest of them."""
    found = [
        name for name in names_of(tidy.frame) if _counts_years(tidy.frame[name]) and not _says_something_else(name)
    ]
    among = [name for name in found if any(word in name.casefold() for word in YEAR_NAMES)] or found
    return min(among, key=lambda name: tidy.frame[name].nunique()) if among else None


def _says_something_else(name: str) -> bool:
    """Tell whether years are those of support or of foundation, by their name."""
    return any(word in name.casefold() for word in OTHER_YEARS)


def _counts_years(values: pd.Series) -> bool:
    if values.dtype.kind not in "iu" or not len(values):
        return False
    return bool(values.min() >= YEARS[0] and values.max() <= YEARS[-1] and values.nunique() > 1)


def _long(tidy: Tidy) -> Tidy:
    """Turn years in names of columns into rows, where at least two columns differ in nothing else."""
    years = {name: list(YEAR.finditer(str(name))) for name in names_of(tidy.frame)}
    wide = [name for name, found in years.items() if len(found) == 1]
    if (
        len(wide) < 2
        or len({years[name][0]["year"] for name in wide}) < 2
        or any(_counts_years(tidy.frame[name]) for name in names_of(tidy.frame))
    ):
        return tidy
    ids = [name for name in names_of(tidy.frame) if name not in wide]
    frame = to_long(tidy.frame, ids)
    kinds = {
        name: tidy.kinds.get(name, "period" if name in ("year", "month") else "number") for name in names_of(frame)
    }
    note = (
        f"{counted(len(wide), 'column')} with a year in the name became rows: {first_five(sorted(set(frame['year'])))}."
    )
    return Tidy(frame, kinds, tidy.regions, (*tidy.notes, note))


def are_business_numbers(values: pd.Series) -> bool:
    """Tell whether values are of ten digits, hyphens and lost zeros aside, that mostly pass the check digit.

    Other numbers pass it in a tenth of cases.

    >>> are_business_numbers(pd.Series(["124-81-00998", "124-81-00998"])), are_business_numbers(pd.Series([1, 2]))
    (True, False)
    """
    if values.dtype.kind == "f" or not len(values):
        return False
    known = values.dropna().head(SAMPLE).astype(str)
    long = known.str.replace("-", "", regex=False).str.fullmatch(r"\d{8,10}")
    return bool(len(known) > 1 and long.mean() >= PLACED and business_numbers(known).sound.mean() >= PLACED)


def _with_numbers(tidy: Tidy) -> Tidy:
    """Write business numbers in one way, with the zeros that a spreadsheet took from their front."""
    notes = list(tidy.notes)
    for name in names_of(tidy.frame):
        which, distinct = pd.factorize(tidy.frame[name])
        if not are_business_numbers(pd.Series(distinct)):
            continue
        checked = business_numbers(pd.Series(distinct))
        written = pd.Series(pd.array([*checked.values, None], dtype="str")[which], tidy.frame.index)
        tidy = replace(tidy, frame=tidy.frame.assign(**{name: written}), kinds={**tidy.kinds, name: "code"})
        if len(checked.restored):
            restored = counted(len(checked.restored), "number")
            notes.append(f"'{name}' holds business numbers; zeros were put back at the front of {restored}.")
    return replace(tidy, notes=tuple(notes))


def _with_years(tidy: Tidy) -> Tidy:
    """Take the year of a period such as 202212; where every year has one month, that is all there is to it."""
    months = [
        name
        for name, kind in tidy.kinds.items()
        if kind == "period" and name in tidy.frame and _is_month(tidy.frame[name])
    ]
    if "year" in tidy.frame or len(months) != 1:
        return tidy
    month = tidy.frame[months[0]].astype(int)
    note = f"'year' is the year of '{months[0]}', which holds months such as {month.iloc[0]}."
    return replace(
        tidy,
        frame=tidy.frame.assign(year=month // 100),
        kinds={**tidy.kinds, "year": "period"},
        notes=(*tidy.notes, note),
    )


def _is_month(values: pd.Series) -> bool:
    number = pd.to_numeric(values, errors="coerce")
    return bool(
        len(number) and number.notna().all() and ((number // 100).isin(YEARS) & (number % 100).between(1, 12)).all()
    )


def _regions(tidy: Tidy) -> Iterator[str]:
    """Name the columns of codes of regions; of each period they are of one day, of all periods maybe not."""
    when = period_of(tidy)
    period = tidy.frame[when] if when else pd.Series(0, tidy.frame.index)
    for name in names_of(tidy.frame):
        values = tidy.frame[name].dropna()
        if (
            tidy.kinds.get(name) not in ("code", "text", "number")
            or not 2 <= values.nunique() <= MANY
            or values.dtype.kind == "f"
        ):
            continue
        if all(_are_codes(rows) for _, rows in values.astype(str).groupby(period)):
            yield name


def _are_codes(values: pd.Series) -> bool:
    """Tell whether texts are codes of regions of one day."""
    codes = pd.Series(values.unique())
    digits = codes.str.fullmatch(r"\d{5}|\d{10}")
    return bool(digits.mean() >= PLACED and detect(codes[digits]).shares.max() >= PLACED)


def _of_one_day(tidy: Tidy) -> Tidy:
    """Turn codes of regions into those of the register, period by period, where they are of several days."""
    period = period_of(tidy)
    for name in tidy.regions:
        fits = {when: detect(rows[name].unique()).fits for when, rows in tidy.frame.groupby(period or (lambda _: 0))}
        target = System(register_system(), register_day())
        if all(target in of for of in fits.values()) or not all(fits.values()):
            continue
        tidy = _recoded(tidy, name, period, {when: of[-1] for when, of in fits.items()}, target)
    return tidy


def _recoded(tidy: Tidy, name: str, period: str | None, systems: Mapping[object, System], target: System) -> Tidy:
    whens = tidy.frame[period] if period else pd.Series(0, tidy.frame.index)
    new = pd.Series(pd.NA, tidy.frame.index, dtype="object")
    for when, system in systems.items():
        rows = tidy.frame.index[whens == when]
        new[rows] = recode(tidy.frame.loc[rows, name], system, target).rows["code"].to_numpy()
    new = new.where(new.astype("string").str.len() > 0)
    lost = tidy.frame.loc[new.isna(), name].unique()
    changed = int((new.notna() & (new != normal(tidy.frame[name]))).sum())
    old = ", ".join(sorted({str(one) for one in systems.values()}))
    notes = [f"'{name}' held codes of {old}; {counted(changed, 'row')} now have the code of {target}."]
    if len(lost):
        notes.append(f"Codes in '{name}' without one successor were left as they are: {first_five(lost)}.")
    frame = tidy.frame.assign(**{name: new.where(new.notna(), tidy.frame[name]).astype(str)})
    return replace(tidy, frame=frame, notes=(*tidy.notes, *notes))


def names_of(frame: pd.DataFrame) -> list[str]:
    """Return the names of columns."""
    return [str(name) for name in frame.columns]


def register_system() -> str:
    """Return the system of the codes of the register."""
    return "mois"


def register_day() -> str:
    """Return the first day on which all codes of the register hold."""
    return str(np.max(register.units()["valid_from"]))[:10]
