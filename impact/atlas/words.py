"""The words of the atlas, in both languages at once: the page switches between them without asking anyone."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import TypeVar

from impact import where
from impact.show.text import short

LANGUAGES = ("en", "ko")
ALSO = (
    "answer.percent",
    "answer.unit",
    "answer.percent_alone",
    "answer.unit_alone",
    "answer.suppressed",
    "answer.not_identified",
    "direction.up",
    "direction.down",
    "simulated.firms",
    "state.suppressed",
    "state.not_identified",
    "state.not_enough_evidence",
    "map.no_data",
    "map.probability_note",
    "map.mean_note",
    "verdict.better",
    "verdict.worse",
    "verdict.clear",
    "verdict.open",
    "verdict.alone",
    "answer.firms",
    "who.never",
    "who.not_yet",
)  # said as on the page of the study
HERE = (
    "list_depopulation", "list_interest", "interval_above", "interval_below", "interval_open", "no_script",
)  # said here, not on the page  # fmt: skip
LONGEST = 240  # columns of a text that a study brings; a Korean letter takes two
Said = TypeVar("Said")


def every() -> dict[str, dict[str, str]]:
    """Return the phrases of the page by language; their places for values stay, for the page fills them in."""
    sections = tomllib.loads(where.reports("phrases.toml").read_text(encoding="utf-8"))
    borrowed = {key: sections[key.partition(".")[0]][key.partition(".")[2]] for key in ALSO}
    named = {key: said for key, said in sections["atlas"].items() if key not in HERE} | borrowed
    return {language: {key: said[language] for key, said in named.items()} for language in LANGUAGES}


def both(said: Callable[[str], Said]) -> dict[str, Said]:
    """Return what is said in each language.

    >>> both(str.upper)
    {'en': 'EN', 'ko': 'KO'}
    """
    return {language: said(language) for language in LANGUAGES}


def text(value: object, longest: int = LONGEST) -> str:
    """Return what a study, a table or a file says as one bounded line of text."""
    return short(str(value), longest)
