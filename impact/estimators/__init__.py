"""One file per estimator, with three public names: `Options`, `estimate(design, outcome, options)` and `SOURCE`.

The folder is the registry: a file that does not begin with `_` is an estimator, known by its name.
"""

from __future__ import annotations

import difflib
import importlib
from dataclasses import fields
from pathlib import Path
from types import ModuleType
from typing import Any

from impact.errors import InputError


def names() -> list[str]:
    """Name the estimators."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))


def named(name: str) -> ModuleType:
    """Return the estimator of this name."""
    if name not in names():
        near = difflib.get_close_matches(str(name), names(), 1)
        hint = f"Did you mean '{near[0]}'?" if near else ""
        raise InputError(f"The estimator must be one of {', '.join(names())}; seen: {name!r}. {hint}".rstrip())
    return importlib.import_module(f"{__name__}.{name}")


def options(estimator: ModuleType, given: dict[str, Any]) -> Any:
    """Return an estimator's options with the given ones set; an option that it does not have is refused."""
    known = [field.name for field in fields(estimator.Options)]
    for name in given:
        if name not in known:
            has = ", ".join(known) or "none"
            raise InputError(f"{estimator.__name__.rsplit('.', 1)[1]} has the options {has}; it has no '{name}'.")
    return estimator.Options(**given)
