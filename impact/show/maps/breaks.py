"""Edges of classes: around zero for effects, with about as many regions between them for anything else. An edge belongs above."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from impact.errors import InputError

MOST_CLASSES = 5
DIGITS = 2  # that edges have, where that keeps them apart
HELD = 0.9  # of effects, that lie between the outer edges


def given(breaks: Sequence[float], count: int | None = None) -> np.ndarray:
    """Return edges that a user named; `count` is how many there must be."""
    edges = np.asarray(breaks, float)
    if not len(edges) or not np.isfinite(edges).all() or (np.diff(edges) <= 0).any():
        raise InputError(f"Breaks must be numbers that grow; seen: {_listed(breaks)}. Write them so, such as 10 20 50.")
    if count is not None and len(edges) != count:
        raise InputError(
            f"A map of effects has six classes around zero, so {count} breaks; seen: {_listed(breaks)}. Give {count}, such as "
            "-10 -5 0 5 10."
        )
    return edges


def around_zero(values: np.ndarray) -> np.ndarray:
    """Return −2s, −s, 0, s, 2s with the round number s of which two hold nine effects in ten.

    >>> around_zero(np.array([-3.0, 1.0, 8.0])).tolist()
    [-10.0, -5.0, 0.0, 5.0, 10.0]
    """
    known = np.abs(values[np.isfinite(values)])
    size = np.quantile(known, HELD) / 2 if len(known) and known.max() > 0 else 1.0
    power = 10.0 ** np.floor(np.log10(size))
    step = next(one * power for one in (1, 2, 5, 10) if one * power >= size * (1 - 1e-12))
    return step * np.arange(-2.0, 3.0)


def alike(values: np.ndarray) -> np.ndarray:
    """Return up to four edges with about as many values between them, as round as keeps them apart; two values or more differ.

    >>> alike(np.array([1031.0, 2120.0, 3333.0, 4008.0, 5900.0, 8000.0])).tolist()
    [2100.0, 3330.0, 4010.0, 5900.0]
    """
    known = values[np.isfinite(values)]
    different = np.unique(known)
    import mapclassify  # takes seconds, and no other map needs it

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where values are often the same there are fewer classes
        cuts = mapclassify.Quantiles(known, k=min(MOST_CLASSES, len(different) - 1)).bins[:-1]
    inner = np.unique(cuts[cuts > different[0]])
    return _rounded(inner if len(inner) else different[1:2], different[0], different[-1])


def within(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the position of each value's class, −1 for none."""
    return np.where(np.isnan(values), -1, np.searchsorted(edges, values, side="right"))


def _rounded(edges: np.ndarray, least: float, most: float) -> np.ndarray:
    """Round edges to two digits, or finer: to a tenth of what lies between them and the next ones."""
    steps = np.diff(np.r_[least, edges, most])
    apart = np.minimum(steps[:-1], np.where(steps[1:] > 0, steps[1:], steps[:-1]))
    size = np.where(edges == 0, apart, np.abs(edges))
    unit = 10.0 ** np.minimum(np.floor(np.log10(size)) - DIGITS + 1, np.floor(np.log10(apart)) - 1)
    return np.unique(np.round(edges / unit) * unit)


def _listed(breaks: Sequence[float]) -> str:
    return " ".join(f"{one:g}" for one in breaks) or "none"
