"""One quiet bar for what takes longer than a second; nothing where nobody watches a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from tqdm import tqdm

DELAY = 1  # seconds before a bar is drawn
LONGEST = 40  # letters of a step: the name of an outcome may be of any length
FORMAT = "{desc} {bar} {n}/{total}"
Tell = Callable[[str], None]
_shown: ContextVar[tqdm | None] = ContextVar("the bar that is shown", default=None)


@contextmanager
def steps(total: int) -> Iterator[Tell]:
    """Show how far a run of so many steps is; tell it each step as it begins."""
    with tqdm(total=total, delay=DELAY, miniters=1, mininterval=0, disable=None, leave=False, bar_format=FORMAT) as bar:

        def tell(step: str) -> None:
            bar.set_description_str(_short(step), refresh=False)
            bar.update()

        before = _shown.set(bar)
        try:
            yield tell
        finally:
            _shown.reset(before)


def detail(step: str) -> None:
    """Say what a step does right now, on the bar that is shown; nothing where there is none."""
    bar = _shown.get()
    if bar is not None:
        bar.set_description_str(_short(step), refresh=bar.format_dict["elapsed"] > DELAY)


def _short(step: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in step[:LONGEST])
