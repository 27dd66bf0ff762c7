"""Pages for readers: one ``.qmd`` becomes one self-contained file: HTML, through Quarto or the lite engine, PDF or Word.

``impact.publish.render.render`` is the door. The packages that it needs are an extra, so nothing of them is imported
before a page is made.
"""

from __future__ import annotations

import importlib
from typing import Any

MISSING = 'The page needs the extra "reports": pip install "impact-evaluation[reports]".'


class PublishError(RuntimeError):
    """A page cannot be made: what must hold, what was seen, what to do."""


def extra(module: str) -> Any:
    """Import a module of the extra "reports", or say in one sentence how to get it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise PublishError(MISSING) from error
