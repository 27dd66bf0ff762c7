"""Are two groups different? Are all groups the same? Questions about cells of one estimate, with their joint noise."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from impact.errors import InputError, first_five
from impact.inference import joint

if TYPE_CHECKING:
    from impact.estimates import Estimate


def difference(e: Estimate, a: Hashable, b: Hashable) -> Estimate:
    """Return the effect on a minus the effect on b, for every combination of the other levels."""
    level = _level_of(e, a, b)
    frame = e.value.index.to_frame(index=False)
    others = [name for name in frame.columns if name != level]
    keys = frame[others].apply(tuple, axis=1) if others else pd.Series([()] * len(frame))
    left, right = (
        dict(zip(keys[at], at, strict=True)) for at in (np.flatnonzero(frame[level] == value) for value in (a, b))
    )
    both = [key for key in left if key in right]
    weights = np.zeros((len(frame), len(both)))
    for column, key in enumerate(both):
        weights[left[key], column], weights[right[key], column] = 1, -1
    index = _index(both, others) if others else pd.Index([f"{a} − {b}"])
    return e.linear(pd.DataFrame(weights, e.value.index, index))


def equality(e: Estimate) -> pd.Series:
    """Test jointly that all cells are equal: a Wald statistic on their differences from the first, its df and p-value."""
    if e.noise.kind != "sampling":
        raise InputError(
            f"A test needs sampling noise; this estimate has {e.noise.kind} noise. Test what it was made of."
        )
    known = np.flatnonzero(e.value.notna() & (e.noise.variance() > 0))
    chosen = e.at(known)
    contrasts = np.vstack([-np.ones(max(len(known) - 1, 0)), np.eye(max(len(known) - 1, 0))])
    value = contrasts.T @ chosen.value.to_numpy()
    return joint.wald(value, chosen.noise.combine(contrasts).cov())


def _level_of(e: Estimate, a: Hashable, b: Hashable) -> str:
    """Find the one level that has both values."""
    frame = e.value.index.to_frame(index=False)
    having = [name for name in frame if {a, b} <= set(frame[name])]
    if a == b or len(having) != 1:
        seen = first_five(f"{name}: {first_five(frame[name].unique())}" for name in frame)
        raise InputError(
            f"A difference needs two values of one level; {a!r} and {b!r} are in {len(having)} levels. Seen are {seen}."
        )
    return str(having[0])


def _index(keys: list[tuple], names: list[str]) -> pd.Index:
    return (
        pd.MultiIndex.from_tuples(keys, names=names)
        if len(names) > 1
        else pd.Index([k[0] for k in keys], name=names[0])
    )
