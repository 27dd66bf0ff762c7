"""Amounts, shares and probabilities as people read them."""

from __future__ import annotations

from typing import Any

from impact.publish.study_words import missing
from impact.show import scale


def amount(value: Any) -> str:
    """Write a number with three figures that matter.

    >>> amount(1234.5), amount(5.796), amount(-0.01234)
    ('1,234', '5.80', '−0.0123')
    """
    if missing(value):
        return ""
    places = scale.digits(float(value), float("nan"), float("nan")) + 1 if abs(value) < 100 else 0
    return scale.number(float(value), places)


def percent(share: Any) -> str:
    """Write a share as per cent.

    >>> percent(0.4878), percent(0.0489), percent(0)
    ('49 %', '4.9 %', '0 %')
    """
    if missing(share):
        return ""
    return f"{scale.number(100 * float(share), 0 if abs(share) >= 0.0995 or share == 0 else 1)} %"


def chance(probability: Any) -> str:
    """Write a probability as per cent, never as none or all.

    >>> chance(0.997), chance(0.5), chance(0.001)
    ('> 99 %', '50 %', '< 1 %')
    """
    if missing(probability):
        return ""
    return "< 1 %" if probability < 0.01 else "> 99 %" if probability > 0.99 else f"{100 * probability:.0f} %"
