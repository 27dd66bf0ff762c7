"""One quiet bar for what takes longer than a second; nothing where nobody watches a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

LONGEST = 40  # letters of a step: the name of an outcome may be of any length
FORMAT = "{desc} {bar} {n}/{total}"
Tell = Callable[[str], None]


@contextmanager
def steps(total: int) -> Iterator[Tell]:
    """Show how far a run of so many steps is; tell it each step as it begins."""
    with tqdm(total=total, delay=1, miniters=1, mininterval=0, disable=None, leave=False, bar_format=FORMAT) as bar:

        def tell(step: str) -> None:
            shown = "".join(sign if sign.isprintable() else " " for sign in step[:LONGEST])
            bar.set_description_str(shown, refresh=False)
            bar.update()

        yield tell
