"""Base rows apart from rows that add them up: totals by their label, provinces, districts beside their city."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from impact.errors import counted
from impact.intake._reading import cells as cells_
from impact.intake._reading import places, sums, totals
from impact.intake._reading.cells import Column
from impact.intake._reading.grid import shown
from impact.intake._reading.marks import ZERO
from impact.intake._reading.places import PART, PROVINCE, Places

PROVINCE_DIGITS = 2


@dataclass(frozen=True, eq=False)
class Parted:
    """The base rows of a table, why each other row was set aside, the rows themselves, and what was found."""

    frame: pd.DataFrame
    aside: pd.Series
    rest: pd.DataFrame
    notes: tuple[str, ...]


def parted(
    frame: pd.DataFrame, labels: Sequence[str], columns: Mapping[str, Column], cells: pd.DataFrame, regions: str
) -> Parted:
    """Set totals aside, and with regions="units" what is no base municipality; check that totals equal their parts."""
    kinds = {str(name): columns[str(name)].kind if name in columns else "code" for name in frame}
    codes, periods, numbers = (
        [name for name, one in kinds.items() if one == kind] for kind in ("code", "period", "number")
    )
    said = totals.said(frame, labels)
    groups = totals.groups(frame, said, labels, periods, codes)
    why = pd.Series("", index=frame.index, dtype="str")
    why.loc[totals.rows_of(groups)] = totals.TOTAL
    notes = list(_kept_totals(said[why == ""]))
    found, doubts = places.find(frame[why == ""], labels, codes) if regions == "units" else (None, [])
    if found is not None:
        found = places.lone(found)
        not_units = places.why_not(frame.loc[found.rows.index], found, numbers)
        why.loc[not_units.index] = not_units
    frame = _with_codes(frame, found)
    kept = frame[why == ""]
    notes += [*doubts, *(found.notes if found else ()), *_aside_said(why, frame, labels)]
    notes += places.said(found, kept.index) if found else ()
    notes += sums.findings(
        list(_compared(frame, why, groups, found, [*labels, *periods], numbers, _unknown(frame, cells)))
    )
    return Parted(_whole(kept) if len(kept) < len(frame) else kept, why[why != ""], frame[why != ""], tuple(notes))


def _whole(frame: pd.DataFrame) -> pd.DataFrame:
    """Make counts whole numbers where what was no whole number was set aside."""
    floats = [name for name in frame if frame[name].dtype == "float64"]
    return frame.assign(**{str(name): cells_.whole(frame[name].to_numpy()) for name in floats})


def _kept_totals(said: pd.DataFrame) -> Iterator[str]:
    """Name labels of totals whose parts are not in the table."""
    for name in said.columns[said.any()]:
        yield f"'{name}' says in some rows that they are totals; they were kept, because none of their parts is in the table."


def _with_codes(frame: pd.DataFrame, found: Places | None) -> pd.DataFrame:
    """Put the code of each region beside its name where the file has none; else mend that of a lone province."""
    if found is None:
        return frame
    code = found.rows["code"].reindex(frame.index)
    if found.by_code:
        given = frame[found.by_code]
        changed = (given.str.len() == PROVINCE_DIGITS).fillna(False).astype(bool) & (code.str.len() > PROVINCE_DIGITS)
        return frame.assign(**{found.by_code: given.mask(changed.fillna(False).astype(bool), code)})
    name = f"{found.name}_code"
    while name in frame:
        name += "_"
    added = frame.copy(deep=False)
    added.insert(int(str(frame.columns.get_loc(found.name))) + 1, name, code.astype("str"))
    return added


def _unknown(frame: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Tell of every cell whether its number is withheld or not known."""
    unknown = pd.DataFrame(False, index=frame.index, columns=frame.columns)
    for name, found in cells[cells["state"] != ZERO].groupby("column", sort=False):
        unknown.loc[found["row"].to_numpy(), name] = True
    return unknown


def _compared(
    frame: pd.DataFrame,
    why: pd.Series,
    groups: Sequence[totals.Group],
    found: Places | None,
    keys: Sequence[str],
    numbers: Sequence[str],
    unknown: pd.DataFrame,
) -> Iterator[sums.Compared]:
    """Put every total beside its parts: by its label, by province, and each city beside its districts."""
    if not numbers:
        return
    base = frame[why == ""]
    names = [one for one in keys if frame[one].dtype == "str"]
    for group in groups:
        yield sums.compare(frame.loc[group.rows], base, unknown.loc[base.index], group.keys, numbers, names)
    if found is None:
        return
    placed = frame.join(found.rows[["level", "unit", "province"]].add_prefix("\0"))
    items = [key for key in keys if key not in found.columns]
    inside = placed.loc[(why == "") & placed["\0level"].isin(places.INSIDE)]
    over, parts = placed[why == PROVINCE], placed[why == PART]
    districts = set(parts.loc[parts["\0level"] == "part", "\0unit"])
    parts = parts[(parts["\0level"] == "part") | ~parts["\0unit"].isin(districts)]
    yield sums.compare(over, inside, unknown.loc[inside.index], ["\0province", *items], numbers, [found.name])
    cities = placed[(why == "") & (placed["\0level"] == "unit") & placed["\0unit"].isin(parts["\0unit"])]
    yield sums.compare(cities, parts, unknown.loc[parts.index], ["\0unit", *items], numbers, [found.name])


def _aside_said(why: pd.Series, frame: pd.DataFrame, labels: Sequence[str]) -> Iterator[str]:
    for reason in dict.fromkeys(why[why != ""]):
        rows = why.index[why == reason]
        seen = frame.loc[rows[:6], list(labels)].astype(object).agg(_shown, axis=1)
        yield f"{counted(len(rows), 'row')} set aside ({reason}): {shown(dict.fromkeys(seen))}."


def _shown(row: pd.Series) -> str:
    return " ".join(str(text) for text in row if isinstance(text, str))
