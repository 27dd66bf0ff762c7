"""Phrases in both languages, with places for numbers; they stand in reports/phrases.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

from impact import where


def phrase(key: str, language: str, **values: Any) -> str:
    """Return a phrase with its values: `phrase("verdict.open", "ko")`. What a value says is not read as a phrase."""
    section, _, name = key.partition(".")
    return str(_all()[section][name][language]).format(**values)


def known(key: str) -> bool:
    """Tell whether there is such a phrase."""
    section, _, name = key.partition(".")
    return name in _all().get(section, {})


@cache
def _all() -> dict[str, Any]:
    return tomllib.loads(where.reports("phrases.toml").read_text(encoding="utf-8"))
