"""Which column holds codes, of which system and vintage they are, and to which unit of the wanted system each shape belongs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import pandas as pd

from impact.errors import InputError, counted, first_five
from impact.regions import register
from impact.regions.codes import BLANK, UNKNOWN, System, normal, place, systems
from impact.regions.crosswalk import convert, recode
from impact.regions.detect import ENOUGH, detect, doubled
from impact.regions.names import known_names

DETECTED = "detected"
TWICE = "a part of a unit that is there too"


@dataclass(frozen=True)
class Wanted:
    """What the user says of the codes: their column, their system ("detected": find it; None: there is none), and that wanted."""

    column: str | None = None
    system: System | str | None = DETECTED
    to: System | None = None
    folder: Path | None = None


@dataclass(frozen=True)
class Coded:
    """The unit of every shape that has one, by the index of the file's rows; the systems from and to; what was found."""

    units: pd.Series[str]
    source: System | None
    target: System | None
    notes: list[str] = field(default_factory=list)

    @property
    def recoded(self) -> bool:
        """Tell whether codes are others now than in the file."""
        return self.source != self.target


def coded(table: pd.DataFrame, wanted: Wanted) -> Coded:
    """Find the unit of every shape; `table` holds the columns of the file without its shapes."""
    if wanted.system is None:
        return _as_they_are(table, wanted)
    values = _column(table, wanted)
    given = normal(values)
    source, said = _source(given, wanted)
    target = wanted.to or _wanted(source)
    placed = place(given, source).rows
    _fail_if_mixed(placed, source)
    why = placed["why"].copy()
    why[doubled(placed)] = TWICE
    units, lacking = _recoded(given[why == ""], source, target)
    why.update(lacking)
    kept = units[why == ""]
    notes = [f"Codes are those in {values.name}{said}", *_left_out(given, why), *_joined(given[why == ""])]
    if not len(kept):
        raise InputError(f"At least one shape must be of a unit of {target}; none is. {' '.join(notes[1:])}")
    return Coded(kept, source, target, notes)


@lru_cache(maxsize=1)
def registered() -> System:
    """Return the system of the codes of the register that ships.

    >>> str(registered())
    'mois:2024-01-18'
    """
    return detect(register.units()["code"]).only()


def _wanted(source: System) -> System:
    """Return what is wanted where nothing is said: the codes of the register, in another country those of the file."""
    return registered() if source.folder is None else source


def _as_they_are(table: pd.DataFrame, wanted: Wanted) -> Coded:
    """Take codes that are of no system that is known here."""
    if wanted.to is not None:
        raise InputError(
            f"Codes of no system cannot become those of {wanted.to}. Name their system, or leave out to (--to)."
        )
    name = wanted.column or ("code" if "code" in table else None)
    if name is None:
        raise InputError(
            f"Where codes are of no system their column must be named; the file has {first_five(table)}. Name it with column "
            "(--column)."
        )
    values = _named(table, name)
    text = values.map(_text, na_action="ignore").astype("str")
    why = pd.Series("", text.index).mask(text.isna() | (text == ""), BLANK)
    notes = [f"Codes are those in {name}, taken as they are.", *_left_out(text, why), *_joined(text[why == ""])]
    if (why != "").all():
        raise InputError(
            f"At least one shape must have a code; {name} is blank in all {len(text):,}. Name another column."
        )
    return Coded(text[why == ""], None, None, notes)


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _named(table: pd.DataFrame, name: str) -> pd.Series:
    if name not in table:
        raise InputError(
            f"The file must have the column that is named; it has no {name}, but {first_five(table)}. Check the name."
        )
    return table[name]


# ---- the column ----------------------------------------------------------------------------------------------------


def _column(table: pd.DataFrame, wanted: Wanted) -> pd.Series:
    """Return the column that is named, or the one that holds most codes of units."""
    names = list(table) if wanted.column is None else [str(_named(table, wanted.column).name)]
    counts = {name: _count(table[name], wanted) for name in names}
    most = max(counts.values(), default=0)
    if most == 0:
        raise _no_codes(table[names], wanted)
    best = [name for name, count in counts.items() if count == most]
    different = [name for name in best if not normal(table[name]).equals(normal(table[best[0]]))]
    if different and "code" not in best:
        raise InputError(
            f"One column must hold the codes; several do alike: {first_five(best)}. Name one with column (--column)."
        )
    return table["code" if "code" in best else best[0]]


def _count(values: pd.Series, wanted: Wanted) -> int:
    """Count the rows that have the code of a unit or a part; none where these are fewer than half."""
    codes = normal(values.dropna().astype(str))
    if not len(codes):
        return 0
    if isinstance(wanted.system, System):
        fits: tuple[System, ...] = (wanted.system,)
    else:
        fits = detect(codes.unique(), folder=wanted.folder).fits
    placed = int((place(codes, fits[-1]).rows["why"] == "").sum()) if fits else 0
    return placed if placed >= ENOUGH * len(values) else 0


def _no_codes(table: pd.DataFrame, wanted: Wanted) -> InputError:
    """Say that there are no codes of units, and what to do with codes of provinces or with names."""
    last = wanted.system if isinstance(wanted.system, System) else systems(wanted.folder)[-1]
    if of_provinces := _mostly(table, _of_provinces(last)):
        return InputError(
            f"Boundaries must have codes of units; {of_provinces} holds codes of provinces ({first_five(table[of_provinces])}). "
            "Take a file of units: impact.regions.boundaries.provinces joins them."
        )
    if names := _mostly(table, known_names(last)):
        return InputError(
            f"Boundaries must have codes of units; {names} holds names ({first_five(table[names])}), and several units have the "
            "same. Add a column of codes: impact.regions.names.from_names finds them with the names of provinces."
        )
    of = f" of {wanted.system}" if isinstance(wanted.system, System) else " that are known"
    return InputError(
        f"Boundaries must have codes of units; these columns hold none{of}: {first_five(table) or 'there is no column'}. Take "
        "another file, or give system=None (--from none) to take the codes of another country as they are."
    )


def _of_provinces(system: System) -> pd.Index:
    return system.table().query("level == 'province'").index


def _mostly(table: pd.DataFrame, known: Collection[str]) -> str:
    """Name the first column most of whose values are known; none: ""."""
    texts = ((str(name), normal(table[name].dropna().astype(str))) for name in table)
    return next((name for name, text in texts if len(text) and text.isin(list(known)).mean() >= ENOUGH), "")


# ---- the system ----------------------------------------------------------------------------------------------------


def _source(codes: pd.Series[str], wanted: Wanted) -> tuple[System, str]:
    """Return the system of codes, and how it is known; of several that hold them alike any, where all lead to the same units."""
    if isinstance(wanted.system, System):
        return wanted.system, f", of {wanted.system}."
    found = detect(codes.dropna().unique(), folder=wanted.folder)
    if len(found.fits) > 1 and wanted.folder is None:
        target = wanted.to or registered()
        ways = {tuple(recode(codes, fit, target).rows["unit"].fillna("")) for fit in found.fits}
        if len(ways) == 1:
            return found.fits[-1], f". {found.sentence} All lead to the same units."
    return found.only(), f". {found.sentence}"


def _fail_if_mixed(placed: pd.DataFrame, source: System) -> None:
    """Refuse codes of several vintages; codes that are in no table are no vintage and are only left out."""
    unknown = placed.loc[placed["why"] == UNKNOWN, "code"].unique()
    known = {str(other): set(unknown) & set(other.table().index) for other in systems(source.folder)}
    label, held = max(known.items(), key=lambda one: len(one[1]), default=("", set()))
    if held:
        raise InputError(
            f"All codes must be of one system and day; {counted(len(held), 'code')} of {placed['code'].nunique():,} are not of "
            f"{source} but of {label}: {first_five(sorted(held))}. Bring all shapes to one day, or take those out."
        )


# ---- the units -----------------------------------------------------------------------------------------------------


def _recoded(codes: pd.Series[str], source: System, target: System) -> tuple[pd.Series[str], pd.Series[str]]:
    """Return the unit of each code in another system, and why where there is none.

    A unit of which some part is not there would have a wrong shape, as one has that was divided: no code tells where.
    """
    rows = recode(codes, source, target).rows
    able = pd.DataFrame({"code": codes[rows["why"] == ""].drop_duplicates(), "shapes": 1})
    listed = convert(able, "code", source, target, {"shapes": "sum"}).unconverted
    reasons = dict(zip(listed["code"], listed["why"], strict=True))
    lacking = codes.map(lambda code: reasons.get(code, ""))
    return rows["unit"], rows["why"].where(rows["why"] != "", lacking)


def _left_out(codes: pd.Series[str], why: pd.Series[str]) -> list[str]:
    return [
        f"{counted(len(rows), 'shape')} left out ({reason}){': ' if rows.notna().any() else ''}"
        f"{first_five(rows.dropna().unique())}."
        for reason, rows in codes[why != ""].groupby(why[why != ""], sort=False)
    ]


def _joined(codes: pd.Series[str]) -> list[str]:
    """Say which codes stand at several shapes: islands of a unit are often drawn so."""
    several = codes[codes.duplicated()].unique()
    if not len(several):
        return []
    return [f"{counted(len(several), 'code')} at several shapes, which were joined: {first_five(several)}."]
