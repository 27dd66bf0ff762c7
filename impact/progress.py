"""One quiet bar for what takes longer than a second; nothing where nobody watches a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

Tell = Callable[[str], None]


@contextmanager
def steps(total: int) -> Iterator[Tell]:
    """Show how far a run of so many steps is; tell it each step as it begins."""
    with tqdm(total=total, delay=1, disable=None, leave=False, bar_format="{desc} {bar} {n}/{total}") as bar:

        def tell(step: str) -> None:
            bar.set_description_str(step, refresh=False)
            bar.update()

        yield tell
