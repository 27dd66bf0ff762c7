"""From the codes of one system and vintage to those of another: merges are summed or averaged, splits need stated weights.

Two units of two vintages share the pieces of which both consist. A unit whose pieces all lie in one unit of the other vintage
goes there whole. One whose pieces lie in several is divided; how its people or its sales divide no code can tell: you state it.
Every row is either converted or listed with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact.errors import InputError, counted, first_five
from impact.regions.codes import Placed, System, place, table
from impact.regions.detect import doubled

Split = str | Mapping[tuple[str, str], float] | None
How = Mapping[str, str | tuple[str, str]]


@dataclass(frozen=True)
class Converted:
    """A table in other codes, the rows that could not be converted with the reason of each, and how many went in."""

    table: pd.DataFrame
    unconverted: pd.DataFrame
    rows: int

    def __str__(self) -> str:
        said = [
            f"{counted(self.rows, 'row')} in: {self.rows - len(self.unconverted):,} converted into "
            f"{counted(len(self.table), 'row')}, {len(self.unconverted):,} listed."
        ]
        for why, rows in self.unconverted.groupby("why", sort=False):
            said.append(f"{len(rows):,} not converted ({why}): {first_five(rows['code'].unique())}.")
        return " ".join(said)


def links(source: System, target: System) -> pd.DataFrame:
    """Return a row per pair of units that share a piece, and the people on it where `pieces.csv` knows them.

    >>> links(System("mois", "2024-01-18"), System("mois", "2026-07-01")).query("source == '28110'")
       source target  population
    50  28110  28125     44000.0
    51  28110  28155    115000.0
    """
    if source.folder != target.folder:
        raise InputError(
            f"Codes are converted within one folder of tables; seen: {source.folder} and {target.folder}. Name one."
        )
    people = table("pieces", source.folder).set_index("piece")["population"]
    ours, theirs = _pieces(source), _pieces(target)
    both = ours.merge(theirs, on="piece", how="left", suffixes=("_ours", "_theirs")).dropna(subset="code_theirs")
    both["population"] = both["piece"].map(people)
    both = both.rename(columns={"code_ours": "source", "code_theirs": "target"})
    return both.groupby(["source", "target"])["population"].agg(lambda of: of.sum(skipna=False)).reset_index()


def _pieces(system: System) -> pd.DataFrame:
    units = system.table().query("level == 'unit'")
    pieces = units["pieces"].str.split(";").explode()
    return pieces.rename("piece").rename_axis("code").reset_index()


def recode(codes: Iterable[object], source: System, target: System) -> Placed:
    """Return the code of each firm in another system; where its unit was divided it is listed, for no weight tells where it is.

    >>> old, new = System("mois", "2024-01-18"), System("mois", "2026-07-01")
    >>> print(recode(["46230", "28110"], old, new))
    2 codes given, 1 placed in mois:2026-07-01. 1 not placed (its unit is divided into 28125, 28155): 28110.
    """
    rows = place(codes, source).rows
    targets = links(source, target).groupby("source")["target"].agg(list)
    found = rows["unit"].where(rows["why"] == "").map(targets)
    one = found.map(lambda to: to[0] if isinstance(to, list) and len(to) == 1 else None).astype("str")
    divided = found.map(
        lambda to: f"its unit is divided into {', '.join(to)}" if isinstance(to, list) and len(to) > 1 else ""
    )
    why = rows["why"].where((rows["why"] != "") | one.notna(), divided.replace("", "its area has no code there"))
    new = target.table()
    columns = {name: one.map(new[name]) for name in ("level", "name", "province")}
    return Placed(target, rows.assign(code=one, unit=one, why=why, **columns))


def convert(
    frame: pd.DataFrame,
    column: str,
    source: System,
    target: System,
    how: How,
    by: Sequence[str] = (),
    split: Split = None,
) -> Converted:
    """Convert a table with one row per code (and `by`) into the codes of another system; `how` says how for each other column.

    "sum" adds up what is merged, as of people; ("mean", "population") averages by that column, as of a rate. A sum with a blank
    part is blank. `split` says how divided units divide: "population" by that of their pieces in `pieces.csv`, or weights such as
    {("28110", "28125"): 44_000, ("28110", "28155"): 115_000}. Each part of a divided unit then has the unit's rate.

    A row is listed instead of converted where its code is not one of a unit or a part, where it is a part whose unit is in the
    table too, and where others are missing without which what it makes would be too small.

    >>> now, then = System("mois", "2026-07-01"), System("mois", "2024-01-18")
    >>> given = pd.DataFrame({"code": ["28275", "28290"], "people": [395_000, 226_000]})
    >>> convert(given, "code", now, then, {"people": "sum"}).table
        code  people
    0  28260  621000
    """
    _check(frame, column, how, by)
    frame = frame.reset_index(drop=True)
    placed = place(frame[column], source).rows
    why = placed["why"].copy()
    why[doubled_by(placed, frame, by)] = "its unit is in the table too"
    _once(placed[why == ""], frame, by, column)
    pairs = links(source, target)
    joined = placed.loc[why == "", ["code", "unit"]].rename_axis("row").reset_index()
    flows = joined.merge(pairs, left_on="unit", right_on="source", how="left")
    why[flows.loc[flows["target"].isna(), "row"]] = "its area has no code there"
    flows = flows[flows["target"].notna()].join(frame[list(by)], on="row")
    flows, lacking = _complete(flows, source, pairs, by)
    why[lacking.index] = lacking
    flows["share"] = _shares(flows, pairs, split)
    made = _made(flows, frame, how, by).rename(columns={"target": column})
    listed = frame.assign(why=why, code=placed["code"])[why != ""]
    return Converted(made[[name for name in frame if name in made]], listed, len(frame))


def _check(frame: pd.DataFrame, column: str, how: How, by: Sequence[str]) -> None:
    """Refuse columns that are not there, that nothing is said of, and ways that do not exist."""
    weights = [way[1] for way in how.values() if not isinstance(way, str)]
    problems = []
    if absent := [name for name in dict.fromkeys([column, *how, *by, *weights]) if name not in frame]:
        problems.append(
            f"The table must have the columns that are named; absent: {first_five(absent)}. Check their names."
        )
    if unsaid := [name for name in frame if name not in {column, *how, *by}]:
        problems.append(
            f"Of every column must be said how it is merged; unsaid: {first_five(unsaid)}. Sum or average it, name it in by, "
            "or drop it."
        )
    if odd := [name for name, way in how.items() if way != "sum" and (isinstance(way, str) or way[0] != "mean")]:
        problems.append(
            f'A column is merged by "sum" or ("mean", WEIGHT); seen otherwise: {first_five(odd)}. Choose one.'
        )
    if text := [name for name in {*how, *weights} if name in frame and not pd.api.types.is_numeric_dtype(frame[name])]:
        problems.append(
            f"Columns that are merged must hold numbers; these do not: {first_five(sorted(text))}. Make them numbers."
        )
    if problems:
        raise InputError(problems)


def _once(placed: pd.DataFrame, frame: pd.DataFrame, by: Sequence[str], column: str) -> None:
    keys = placed[["code"]].join(frame[list(by)])
    if twice := first_five(keys.loc[keys.duplicated(), "code"].unique()):
        named = " with ".join([column, *by])
        raise InputError(
            f"The table must have each {named} once; seen again: {twice}. Name more columns in by, or sum the rows."
        )


def doubled_by(placed: pd.DataFrame, frame: pd.DataFrame, by: Sequence[str]) -> pd.Index[int]:
    """Return the rows of parts whose unit stands in the table too, in the same year if the table has years."""
    if not by:
        return doubled(placed)
    found = [doubled(rows) for _, rows in placed.groupby([frame[name] for name in by], dropna=False)]
    return found[0].append(found[1:]) if found else placed.index[:0]


def _complete(
    flows: pd.DataFrame, source: System, pairs: pd.DataFrame, by: Sequence[str]
) -> tuple[pd.DataFrame, pd.Series[str]]:
    """Take out the rows without whose companions a sum would be too small, until all that is made is whole."""
    lacking: dict[int, str] = {}
    units = pairs.groupby("target")["source"].agg(set)
    parts = _sets_of_parts(source)
    several = set(units.index[units.map(len) > 1])
    while True:
        before = len(lacking)
        used = flows[~flows["row"].isin(lacking)]
        suspect = used[used["target"].isin(several) | (used["code"] != used["unit"])]
        for _, rows in suspect.groupby(["target", *by], dropna=False):
            needed = units[rows["target"].iloc[0]]
            missing = needed - set(rows["unit"])
            for unit, inside in rows[rows["code"] != rows["unit"]].groupby("unit"):
                missing |= _absent(set(inside["code"]), parts[str(unit)])
            if missing:
                lacking |= dict.fromkeys(rows["row"], f"nothing whole without {', '.join(sorted(missing))}")
        if len(lacking) == before:
            return used.copy(), pd.Series(lacking, dtype=object)


def _absent(seen: set[str], known: list[set[str]]) -> set[str]:
    """Return which parts are absent from the most like of the sets that once made up a unit."""
    return min((of_a_day - seen for of_a_day in known), key=len)


def _sets_of_parts(source: System) -> dict[str, list[set[str]]]:
    """Return of each unit with parts the sets of them that were in force on some day of the vintage."""
    parts = source.table().query("level == 'part'")
    found: dict[str, list[set[str]]] = {}
    for unit, rows in parts.groupby("within"):
        for day in rows["valid_from"].unique():
            held = (rows["valid_from"] <= day) & (rows["valid_to"].isna() | (rows["valid_to"] >= day))
            found.setdefault(str(unit), []).append({str(code) for code in rows.index[held]})
    return found


def _shares(flows: pd.DataFrame, pairs: pd.DataFrame, split: Split) -> pd.Series[float]:
    """Return the share of each unit that goes to each target: 1, or as the stated weights divide it."""
    divided = pairs[pairs["source"].isin(flows["unit"]) & pairs["source"].duplicated(keep=False)].copy()
    if not len(divided):
        return pd.Series(1.0, index=flows.index)
    if isinstance(split, Mapping):
        keys = divided[["source", "target"]].itertuples(index=False, name=None)
        divided["population"] = [split.get((str(ours), str(theirs)), np.nan) for ours, theirs in keys]
    elif split is None:
        divided["population"] = np.nan
    elif split != "population":
        raise InputError(f'A split is by "population" or by weights for pairs of codes; seen: {split!r}. Choose one.')
    total = divided.groupby("source")["population"].transform(lambda of: of.sum(skipna=False))
    bad = divided[~((divided["population"] >= 0) & (total > 0))]
    if len(bad):
        seen = [
            f"{ours} into {', '.join(to)}"
            for ours, to in divided[divided["source"].isin(bad["source"])].groupby("source")["target"]
        ]
        raise InputError(
            f"A unit that is divided needs a weight, 0 or more, for each of its parts; without: {first_five(seen)}. State "
            'weights in split, or use "population" where pieces.csv knows it.'
        )
    share = (divided["population"] / total).set_axis(pd.MultiIndex.from_frame(divided[["source", "target"]]))
    found = share.reindex(pd.MultiIndex.from_frame(flows[["unit", "target"]])).fillna(1.0)
    return pd.Series(found.to_numpy(), index=flows.index)


def _made(flows: pd.DataFrame, frame: pd.DataFrame, how: How, by: Sequence[str]) -> pd.DataFrame:
    """Sum and average; where one whole row makes one, its values are kept as they are."""
    keys = [flows[key] for key in ("target", *by)]
    alone = flows["row"].groupby(keys, dropna=False).transform("size") == 1
    made = {}
    for name, way in how.items():
        value = flows["row"].map(frame[name])
        if way == "sum":
            made[name] = _summed(value if (flows["share"] == 1).all() else value * flows["share"], keys)
        else:
            weight = flows["row"].map(frame[way[1]]) * flows["share"]
            total = _summed(weight, keys)
            kept = value.where(alone).groupby(keys, dropna=False).first()
            made[name] = kept.fillna(_summed(value * weight, keys) / total.where(total > 0))
    return pd.DataFrame(made).rename_axis(["target", *by]).reset_index()


def _summed(values: pd.Series[float], keys: list[pd.Series[str]]) -> pd.Series[float]:
    """Sum by keys; a sum of which one part is blank is blank."""
    grouped = values.groupby(keys, dropna=False)
    blank = values.isna().groupby(keys, dropna=False).any()
    return grouped.sum().mask(blank) if blank.any() else grouped.sum()
