"""How an effect is shown: effects on a logarithm as per cent, others in the outcome's own unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

MOST_DIGITS = 9


def is_percent(outcome: Mapping[str, Any]) -> bool:
    """Tell whether effects on this outcome are shown as per cent changes."""
    return bool(outcome["transform"] == "log")


def shown(values: npt.ArrayLike, outcome: Mapping[str, Any]) -> np.ndarray:
    """Return effects as they are shown: for a logarithm 100 (exp(θ) − 1), the change in per cent."""
    array = np.asarray(values, float)
    return 100 * np.expm1(array) if is_percent(outcome) else array


def turned(values: npt.ArrayLike, outcome: Mapping[str, Any]) -> np.ndarray:
    """Return effects of priorities as they are shown: where less is better a positive one is a reduction, by a tenth 10 %."""
    sign = -1 if outcome["better"] == "lower" else 1
    return sign * shown(sign * np.asarray(values, float), outcome)


def planned(totals: npt.ArrayLike, firms: npt.ArrayLike, outcome: Mapping[str, Any], in_units: bool) -> np.ndarray:
    """Return what plans bring: totals in units, or the mean change of one of their firms where effects are per cent."""
    whole = np.asarray(totals, float)
    if in_units or not is_percent(outcome):
        return whole
    return turned(whole / np.maximum(np.asarray(firms, float), 1), outcome)


def digits(value: float, lower: float, upper: float) -> int:
    """Return how many decimals to show: half the interval, or without one the value itself, has about two that matter."""
    half = (upper - lower) / 2
    size = half if np.isfinite(half) and half > 0 else abs(value)
    return int(np.clip(1 - np.floor(np.log10(size)), 0, MOST_DIGITS)) if size > 0 else 0


def number(value: float, places: int) -> str:
    """Write a number with a true minus sign and thousands separators; a blank where there is none."""
    if not np.isfinite(value):
        return ""
    return f"{round(value, places) + 0.0:,.{places}f}".replace("-", "−")
