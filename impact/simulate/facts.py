"""Facts about the programme, each with its source and day, from data/parameters/programme.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

from impact import where


def fact(name: str) -> Any:
    """Return the value of a fact, such as `fact("second_share")`."""
    return _all()[name]["value"]


def number(name: str, part: str | None = None) -> float:
    """Return a fact that is one number, or one part of a fact that has several."""
    return float(fact(name) if part is None else fact(name)[part])


def by_year(name: str) -> dict[int, float]:
    """Return a fact that has a number for each year."""
    return {int(year): float(value) for year, value in fact(name).items()}


def published() -> dict[str, dict[str, Any]]:
    """Return published figures, each with its value in words, unit, day and source."""
    return dict(_all()["published"])


@cache
def _all() -> dict[str, Any]:
    return tomllib.loads(where.data("parameters", "programme.toml").read_text(encoding="utf-8"))
