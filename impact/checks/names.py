"""Checks of the names of columns, before any value is read."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from contextlib import suppress
from typing import get_args

from impact.errors import first_five
from impact.roles import Blank, Roles
from impact.table import needed

HANGUL = "가", "힣"
LEVELS = ("cohort", "period", "event_time", "region", "subgroup", "within", "outcome")


def fail_if_name_is_no_text(roles: Roles) -> Iterator[str]:
    """Columns are named by text; a number could be a name or a position."""
    plain = (roles.unit, roles.period, roles.first_supported, roles.supported, roles.weight, *roles.groups)
    named = (*plain, *roles.outcomes, *roles.covariates)
    bad = [name for name in named if name is not None and not isinstance(name, str)]
    if bad:
        yield (
            f"Columns must be named by text; seen: {first_five(map(repr, bad))}. Give the columns names first, for example "
            "with frame.columns = [...]."
        )


def fail_if_blank_means_something_else(roles: Roles) -> Iterator[str]:
    """A blank first supported period is refused or means never."""
    if roles.blank not in get_args(Blank):
        yield f"blank must be {' or '.join(map(repr, get_args(Blank)))}; seen: {roles.blank!r}."


def fail_if_support_is_unnamed(roles: Roles) -> Iterator[str]:
    """Exactly one column must say who is supported, and since when."""
    if bool(roles.first_supported) == bool(roles.supported):
        seen = f"'{roles.first_supported}' and '{roles.supported}'" if roles.supported else "none"
        yield (
            f"One column must say when support began; seen: {seen}. Name either first_supported (a period for each firm) or "
            "supported (1 in periods with support, 0 in others)."
        )


def fail_if_text_is_garbled(names: list[str], roles: Roles) -> Iterator[str]:
    """Names that were read in another encoding than they were written in match nothing."""
    garbled = {name: meant for name in map(str, names) if (meant := _ungarbled(name))}
    if garbled:
        shown = first_five(f"'{name}' (meant: '{meant}')" for name, meant in garbled.items())
        yield (
            f"Names of columns must be readable; seen: {shown}. The file was read in another encoding than it was written in: read it "
            'again with encoding="utf-8-sig" or encoding="cp949".'
        )


def _ungarbled(name: str) -> str:
    """Return what a garbled Korean name was; nothing for a name that can be read."""
    for wrong, right in (("latin-1", "utf-8"), ("cp1252", "utf-8"), ("latin-1", "cp949"), ("cp949", "utf-8")):
        with suppress(UnicodeError):
            meant = name.encode(wrong).decode(right)
            if meant != name and all(HANGUL[0] <= sign <= HANGUL[1] or sign.isascii() for sign in meant):
                return meant
    return ""


def fail_if_column_is_missing(names: list[str], roles: Roles) -> Iterator[str]:
    """A column that is named must be in the table."""
    alike = {str(name).strip().casefold(): name for name in names}
    for lost in (name for name in needed(roles) if name not in names):
        near = difflib.get_close_matches(lost.strip().casefold(), alike, 1)
        hint = f"Did you mean '{alike[near[0]]}'?" if near else f"Its columns are: {first_five(names) or 'none'}."
        yield f"The table must have a column '{lost}'; it has none of that name. {hint}"


def fail_if_attributes_cannot_be_levels(roles: Roles) -> Iterator[str]:
    """What is said of regions needs regions, and names that no level has already."""
    if roles.attributes and not roles.region:
        yield (
            f"Attributes must be of regions; seen: {first_five(map(repr, roles.attributes))}, and no region. Name the column of "
            "regions as region, or take the attribute as a subgroup."
        )
    taken = [name for name in roles.attributes if name in LEVELS]
    if taken:
        yield f"An attribute of regions must have a name of its own; taken: {first_five(map(repr, taken))}. Rename the column."
