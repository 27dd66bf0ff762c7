"""One function per way that data can be wrong: "fail if …" and "warn if …"; all are reported at once.

Each check yields sentences in three parts: what must hold, what was seen (the first five, and a count), what to do.
To add one, write the function in the file of its stage (`names`, `columns`, `rows`) and name it in the list at its end.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterable

from impact.checks import columns as _columns
from impact.checks import names as _names
from impact.checks import rows as _rows
from impact.errors import InputError, InputWarning
from impact.roles import Roles
from impact.table import Columns, Rows

cohorts = _rows.cohorts


def refuse(problems: list[str]) -> None:
    """Raise all problems at once, if there are any."""
    if problems:
        raise InputError(problems)


def warn(sentences: Iterable[str]) -> None:
    """Say what the user should know, though the work goes on; the warning points at the user's line."""
    level, frame = 1, inspect.currentframe()
    while frame and frame.f_globals.get("__name__", "").partition(".")[0] == "impact":
        level, frame = level + 1, frame.f_back
    for sentence in sentences:
        warnings.warn(sentence, InputWarning, stacklevel=level)


def of_names(names: list[str], roles: Roles) -> list[str]:
    """Report roles without a column, and columns that are not there."""
    return list(_names.fail_if_name_is_no_text(roles)) or [
        *_names.fail_if_blank_means_something_else(roles),
        *_names.fail_if_support_is_unnamed(roles),
        *_names.fail_if_attributes_cannot_be_levels(roles),
        *_names.fail_if_text_is_garbled(names, roles),
        *_names.fail_if_column_is_missing(names, roles),
    ]


def of_columns(columns: Columns, roles: Roles) -> list[str]:
    """Report what is wrong with single columns."""
    if not len(columns[roles.period]):
        return ["The table must have rows; it is empty. Check that the file was written and read completely."]
    return [sentence for check in _columns.ON_COLUMNS for sentence in check(columns, roles)]


def of_rows(rows: Rows, roles: Roles) -> list[str]:
    """Report what is wrong between rows."""
    return [sentence for check in _rows.ON_ROWS for sentence in check(rows, roles)]


def notes_on_columns(columns: Columns, roles: Roles) -> list[str]:
    """Say what the user should know of single columns."""
    return [sentence for check in _columns.NOTES for sentence in check(columns, roles)]


def keys_are_sound(columns: Columns, roles: Roles) -> bool:
    """Tell whether rows can be put in order: then what is wrong between rows can be reported too."""
    return len(columns[roles.period]) > 0 and not any(list(check(columns, roles)) for check in _columns.KEYED)
