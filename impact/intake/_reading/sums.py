"""Whether totals equal the sum of their parts; where they do not, by how much. Nothing is repaired."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact.errors import counted
from impact.intake._reading.grid import shown

DIGITS = 6  # behind the point; what is written with more is a quotient
RELATIVE = 1e-9  # a sum of numbers with a point is exact to this
ENOUGH = 3  # totals of a column, of which none adds up: it is a rate, not a count


@dataclass(frozen=True, eq=False)
class Compared:
    """Totals beside the sums of their parts: one row for each total, a column for each number."""

    totals: pd.DataFrame
    sums: pd.DataFrame
    parts: pd.Series
    known: pd.DataFrame
    names: pd.Series

    @property
    def differences(self) -> pd.DataFrame:
        """Return by how much totals are above the sum of their parts; blank where one of them is not known."""
        return (self.totals - self.sums).where(self.known)


def compare(
    totals: pd.DataFrame,
    parts: pd.DataFrame,
    unknown: pd.DataFrame,
    keys: Sequence[str],
    numbers: Sequence[str],
    names: Sequence[str],
) -> Compared:
    """Put each total beside the sum of the parts that share its keys.

    names: columns that name a total to a reader.
    unknown: for each part whether its cells are missing or suppressed; such a sum is not known.
    """
    by = [parts[key] for key in keys] or [pd.Series(0, parts.index)]
    sums = parts[list(numbers)].groupby(by, dropna=False).sum(min_count=1)
    lacking = unknown[list(numbers)].groupby(by, dropna=False).any()
    many = parts.groupby(by, dropna=False).size()
    asked = (
        pd.MultiIndex.from_frame(totals[list(keys)])
        if len(keys) > 1
        else pd.Index(totals[keys[0]] if keys else [0] * len(totals))
    )
    held = totals[list(numbers)]
    beside = sums.reindex(asked).set_axis(held.index)
    known = held.notna() & beside.notna() & ~lacking.reindex(asked).set_axis(held.index).fillna(True).astype(bool)
    return Compared(held, beside, many.reindex(asked).set_axis(held.index), known, _named(totals, names))


def _named(totals: pd.DataFrame, names: Sequence[str]) -> pd.Series:
    """Name each total by what stands in its columns of labels."""
    named = pd.Series("", totals.index, dtype="str")
    for name in names:
        named = named + " " + totals[name].astype("str").fillna("")
    return named.str.split().str.join(" ")


def findings(compared: Sequence[Compared]) -> Iterator[str]:
    """Say which totals equal the sum of their parts, and which do not."""
    compared = [one for one in compared if len(one.totals)]
    if not compared:
        return
    rates = _rates(compared)
    equal, wrong, unknown = 0, [], 0
    for one in compared:
        checked = [name for name in one.totals if name not in rates]
        off = _off(one)[checked]
        wrong += list(_worded(one, off))
        equal += int(one.known[checked].to_numpy().sum() - off.to_numpy().sum())
        unknown += int(
            (one.totals[checked].notna() & ~one.known[checked] & one.parts.notna().to_numpy()[:, None]).to_numpy().sum()
        )
    if equal:
        yield f"{counted(equal, 'figure')} of totals equal to the sum of the parts."
    if wrong:
        yield (
            f"{counted(len(wrong), 'figure')} of totals unequal to the sum of the parts: {shown(wrong)}. Nothing was "
            "repaired: ask the source which is right."
        )
    if unknown:
        yield f"{counted(unknown, 'figure')} of totals not compared, because parts are blank, missing or suppressed."
    if rates:
        yield (
            f"No total is the sum of its parts in {counted(len(rates), 'column')}: {shown(rates)}. A rate, a mean or a median "
            "does not add up: never sum it over rows."
        )


def _off(one: Compared) -> pd.DataFrame:
    """Tell which totals differ by more than rounding of the parts explains."""
    allowed = {
        name: 0.5 * 10.0 ** -_digits(one.totals[name]) * (one.parts + 1) * (_digits(one.totals[name]) > 0)
        + RELATIVE * one.totals[name].abs()
        for name in one.totals
    }
    return one.differences.abs() > pd.DataFrame(allowed, index=one.totals.index)


def _digits(values: pd.Series) -> int:
    """Count the digits behind the point."""
    known = values.dropna().to_numpy(dtype=float)
    return next((digits for digits in range(DIGITS) if np.array_equal(np.round(known, digits), known)), DIGITS)


def _rates(compared: Sequence[Compared]) -> list[str]:
    """Name the columns that add up nowhere."""
    known = pd.concat([one.known for one in compared]).sum()
    off = pd.concat([_off(one) for one in compared]).sum()
    return [str(name) for name in known.index if known[name] >= ENOUGH and off[name] == known[name]]


def _worded(one: Compared, off: pd.DataFrame) -> Iterator[str]:
    differences = one.differences
    for row, name in zip(*np.nonzero(off.to_numpy()), strict=True):
        amount = differences[off.columns[name]].iloc[row]
        which = "more" if amount > 0 else "less"
        yield f"row {off.index[row]} ({one.names.iloc[row]}) in '{off.columns[name]}' {abs(amount):,.10g} {which}"
