"""Which region each row is of, and which rows are provinces over municipalities, parts of them, or branch offices.

Codes and names are those of the register (`impact.regions`). A table may mix vintages: a row is what its code was in any of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd

from impact.errors import counted, first_five
from impact.intake._reading.grid import shown
from impact.intake._reading.totals import is_total
from impact.regions import codes, register
from impact.regions.detect import detect
from impact.regions.names import known_names, spellings

KNOWN = 0.8  # share of the different labels that must be regions
FEW_MOST = 5_000  # different labels; there are about 3,600 towns and 300 municipalities and provinces
PROVINCE, PART, BRANCH = "province over its parts", "part of a row that is kept", "not a unit"
INSIDE = ("unit", "part", "finer")
BRANCH_OFFICE = "출장소"


@dataclass(frozen=True, eq=False)
class Places:
    """Where rows are: `code`, `level` (unit, part, finer, province; blank where unknown), `unit` and `province` of each row.

    `columns` are the columns that say so, `name` the one with the name of the region, `by_code` the one with its code (blank
    where the table has none), `system` whose codes they are.
    """

    rows: pd.DataFrame
    columns: tuple[str, ...]
    name: str
    system: str
    by_code: str = ""
    notes: tuple[str, ...] = ()


def find(frame: pd.DataFrame, labels: Sequence[str], codes_of: Sequence[str]) -> tuple[Places | None, list[str]]:
    """Find the regions of a table that has a row for each, not of a list of firms; say why where nothing is done about them.

    labels: columns of labels from the left. codes_of: further columns that hold codes.
    """
    named = [name for name in dict.fromkeys([*labels, *codes_of]) if _few(frame[name]) and _even(frame[name])]
    for name in named:
        found, notes = _by_code(frame, name, labels)
        if notes:
            return None, notes
        if found is not None:
            return _of_regions(frame, found)
    found = _by_names(frame, labels)
    return (None, []) if found is None else _of_regions(frame, found)


def _of_regions(frame: pd.DataFrame, found: Places) -> tuple[Places | None, list[str]]:
    """Give regions up where the table is one of firms: their rows are told apart by something else, or not as many of each."""
    if not _even(found.rows["code"]):
        return None, []
    others = {name: frame[name].nunique() for name in frame if frame[name].dtype == "str" and name not in found.columns}
    own = [name for name, many in others.items() if many == len(frame) or many > found.rows["code"].nunique()]
    if not own:
        return found, []
    levels = found.rows["level"]
    return None, list(_told_apart(found.name, str(own[0]))) if levels[levels != ""].nunique() > 1 else []


def _told_apart(name: str, own: str) -> Iterator[str]:
    yield (
        f"'{name}' holds regions of several levels, but rows are told apart by '{own}', as in a list of firms: none was set "
        f"aside. If they are figures of regions, leave '{own}' out, or they are counted twice."
    )


def _few(texts: pd.Series) -> bool:
    """Tell whether a column has no more different labels than there are regions; the first rows mostly tell."""
    return texts.iloc[: 10 * FEW_MOST].nunique() <= FEW_MOST and texts.nunique() <= FEW_MOST


@lru_cache(maxsize=4)
def _register(system: str, version: tuple[int, int]) -> pd.DataFrame:
    """Return the codes of a system in any of its vintages; `version` tells one version of the table from the next."""
    every = codes.table("codes")
    return every[every["system"] == system].drop_duplicates("code", keep="last").set_index("code")


def _placed(code: pd.Series, system: str) -> pd.DataFrame:
    """Return level, unit and province of codes; one of more digits, such as that of a town, lies where its first five say."""
    known = _register(system, codes.state(None))
    digits = code.str[:5]
    rows = pd.DataFrame({"code": code, "level": digits.map(known["level"]).fillna("")})
    within = digits.map(known["within"])
    rows["unit"] = within.where(within.notna(), digits.where(rows["level"] == "unit"))
    rows["province"] = digits.map(known["province_code"])
    rows.loc[(code.str.len() > 5).fillna(False).astype(bool) & (rows["level"] != ""), "level"] = "finer"
    return rows


# ---- by codes ------------------------------------------------------------------------------------------------------


def _by_code(frame: pd.DataFrame, name: str, labels: Sequence[str]) -> tuple[Places | None, list[str]]:
    """Place rows by a column of codes; say so where two offices use the codes for different regions."""
    different = [text for text in frame[name].dropna().unique() if not is_total(text)]
    digits = codes.normal(different)
    if len(different) < 2 or digits.str.fullmatch(r"\d{2}|\d{5}|\d{7,10}").mean() < KNOWN:
        return None, []
    beside = _name_beside(frame, name, labels)
    names = None if beside is None else frame.drop_duplicates(name).set_index(name)[beside].loc[different].fillna("")
    fits = sorted({one.name for one in detect(digits.str[:5], names).fits})
    units = digits.str[:5] if names is None else digits.str[:5][~names.str.contains(BRANCH_OFFICE).to_numpy(dtype=bool)]
    held = [one for one in fits if units.isin(_register(one, codes.state(None)).index).mean() >= KNOWN]
    if len(held) != 1:
        return None, list(_ambiguous(name, held))
    rows = _placed(frame[name].map(dict(zip(different, digits, strict=True))).astype("str"), held[0])
    return Places(rows, _columns_like(frame, name, labels), beside or name, held[0], name), []


def _ambiguous(name: str, systems: Sequence[str]) -> Iterator[str]:
    if systems:
        yield (
            f"'{name}' holds codes that are regions of {' and of '.join(systems)}: no row was set aside by them. Add the names "
            "of regions, or look for provinces and districts yourself before you sum."
        )


def _name_beside(frame: pd.DataFrame, code: str, labels: Sequence[str]) -> str | None:
    """Return the column of labels that names what a code is: each code has one name there."""
    for name in reversed([one for one in labels if one != code]):
        pairs = frame[[code, name]].dropna().drop_duplicates()
        if len(pairs) and not pairs[code].duplicated().any() and _few(pairs[name]) and _are_regions(pairs[name]):
            return name
    return None


def _columns_like(frame: pd.DataFrame, code: str, labels: Sequence[str]) -> tuple[str, ...]:
    """Return a column of codes and the labels that name regions too; any other tells rows apart."""
    return (code, *(one for one in labels if one != code and _few(frame[one]) and _are_regions(frame[one])))


# ---- by names ------------------------------------------------------------------------------------------------------


def _by_names(frame: pd.DataFrame, labels: Sequence[str]) -> Places | None:
    """Place rows by a column of names, or by one of provinces and the one right of it."""
    for at, name in reversed(list(enumerate(labels))):
        if not _few(frame[name]):
            continue
        before = labels[at - 1] if at and _provinces(frame[labels[at - 1]]) else None
        found = _of_names(frame, name, before)
        if found is not None:
            return found
    return None


def _provinces(names: pd.Series) -> bool:
    if not _few(names):
        return False
    different = [text for text in names.dropna().unique() if not is_total(text)]
    return bool(different) and bool(np.mean([text in _province_names() for text in different]) >= KNOWN)


@lru_cache(maxsize=1)
def _province_names() -> frozenset[str]:
    return frozenset(
        name for one in codes.systems() if one.name == "mois" for written in spellings(one).values() for name in written
    )


def _of_names(frame: pd.DataFrame, name: str, before: str | None) -> Places | None:
    if not _are_regions(frame[name]):
        return None
    asked = _asked(frame, name, before)
    different = asked.dropna().unique().tolist()
    if not different:
        return None
    known = {str(one): known_names(one) for one in codes.systems() if one.name == "mois"}
    shares = {label: np.mean([len(names.get(text, ())) == 1 for text in different]) for label, names in known.items()}
    best = max(shares.values())
    if best < KNOWN:
        return None
    fits = [label for label, share in shares.items() if share == best]
    label = _home() if _home() in fits else fits[-1]
    found = {text: held[0] if len(held := known[label].get(text, ())) == 1 else None for text in different}
    notes = (
        f"'{name}': codes of {label} were put beside the names of regions ({counted(len(different), 'name')}, {best:.0%} of "
        f"them known; {_others_said(fits, label)}).",
        *_unknown(found),
    )
    rows = _placed(asked.map(found).astype("str"), "mois")
    return Places(rows, tuple(filter(None, (before, name))), name, "mois", notes=notes)


def _are_regions(names: pd.Series) -> bool:
    """Tell whether different labels are names of regions or begin with a province, before all rows are looked at."""
    different = [text.split() for text in names.dropna().unique() if text.strip() and not is_total(text)]
    known = [words[-1] in _region_names() or words[0] in _province_names() for words in different]
    return bool(known) and float(np.mean(known)) >= KNOWN


@lru_cache(maxsize=1)
def _region_names() -> frozenset[str]:
    """Return every name that a region had, without the province or city before it."""
    every = codes.table("codes")
    english = register.units()["name_en"]
    names = {str(name).split()[-1] for name in [*every["name"], *english]}
    return _province_names() | names | {name[:-1] for name in names if len(name) > 2}


def _home() -> str:
    """Return the vintage of the register, in whose codes the package's own tables are."""
    return str(codes.System("mois", f"{register.units()['valid_from'].max():%Y-%m-%d}"))


def _others_said(fits: list[str], label: str) -> str:
    others = [one for one in fits if one != label]
    return f"as many in {first_five(others)}" if others else "no other vintage has as many"


def _unknown(found: dict[str, str | None]) -> list[str]:
    odd = [text for text, code in found.items() if code is None]
    if not odd:
        return []
    return [
        f"{counted(len(odd), 'name')} of no region that is known, or of several: {shown(odd)}. Their code is blank."
    ]


def _asked(frame: pd.DataFrame, name: str, before: str | None) -> pd.Series:
    """Return names with the province before them: that of the column left, or the last province named above."""
    plain = {text: " ".join(text.split()) for text in frame[name].dropna().unique() if not is_total(text)}
    texts = frame[name].map(plain).astype("str")
    if before is not None:
        return (frame[before] + " " + texts).where(texts.notna(), frame[before])
    province = texts.where(texts.isin(_province_names()))
    above = province.ffill()
    alone = texts.isin([text for text in plain.values() if " " not in text])
    return texts.where(~alone | province.notna() | above.isna(), above + " " + texts)


# ---- which rows are not units --------------------------------------------------------------------------------------


def _even(texts: pd.Series) -> bool:
    """Tell whether there are as many rows of one label as of another."""
    many = texts.value_counts()
    return len(many) > 1 and bool((many == many.mode().iloc[0]).mean() >= KNOWN)


def lone(places: Places) -> Places:
    """Take a province of a single municipality, such as Sejong, for that municipality where it has no other row."""
    register, rows = _register(places.system, codes.state(None)), places.rows
    units = register.index[register["level"] == "unit"].to_series().groupby(register["province_code"])
    only = units.first()[units.size() == 1]
    inside = set(rows.loc[rows["level"].isin(INSIDE), "province"])
    alone = (rows["level"] == "province") & rows["code"].isin(only.index) & ~rows["province"].isin(inside)
    if not alone.any():
        return places
    code = rows["code"].map(only).astype("str")
    taken = rows.assign(
        code=rows["code"].mask(alone, code),
        unit=rows["unit"].mask(alone, code),
        level=rows["level"].mask(alone, "unit"),
    )
    pairs = rows["code"][alone] + " is now " + code[alone]
    notes = (f"A province that is one municipality was taken for it: {first_five(pairs.unique())}.",)
    return replace(places, rows=taken, notes=(*places.notes, *notes))


def why_not(frame: pd.DataFrame, places: Places, numbers: Sequence[str]) -> pd.Series:
    """Say of each row why it is no base municipality; blank where it is one, or where that is not known."""
    rows = places.rows
    why = pd.Series("", index=frame.index)
    inside = set(rows.loc[rows["level"].isin(INSIDE), "province"])
    units = set(rows.loc[rows["level"] == "unit", "code"])
    why[(rows["level"] == "province") & rows["province"].isin(inside)] = PROVINCE
    why[rows["level"].isin(["part", "finer"]) & rows["unit"].isin(units)] = PART
    branch = frame[places.name].str.contains(BRANCH_OFFICE).fillna(False).astype(bool) & (rows["level"] == "")
    empty = (frame[list(numbers)].fillna(0) == 0).all(axis=1) if len(numbers) else True
    why[branch & empty] = BRANCH
    return why


def said(places: Places, kept: pd.Index) -> Iterator[str]:
    """Say how many base municipalities are in the table."""
    rows = places.rows.loc[places.rows.index.intersection(kept)]
    units = rows.loc[rows["level"] == "unit", "code"].nunique()
    others = int((rows["level"] != "unit").sum())
    if units:
        beside = f", and {counted(others, 'row')} of other places" if others else ""
        yield f"'{places.name}': the table has {counted(units, 'code')} of base municipalities ({places.system}){beside}."
