"""What the package says when it refuses, and when it warns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class InputError(ValueError):
    """A user's mistake: what must hold, what was seen, what to do; several mistakes are reported at once.

    >>> error = InputError(["Periods must be whole numbers.", "Every row must name its firm."])
    >>> len(error.problems), str(error).splitlines()[1]
    (2, 'Every row must name its firm.')
    """

    def __init__(self, problems: str | Sequence[str]):
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))


class InputWarning(UserWarning):
    """Something in the data or the design that the user should know, though the work can go on.

    >>> import warnings
    >>> with warnings.catch_warnings(record=True) as said:
    ...     warnings.simplefilter("always")
    ...     warnings.warn("2 firms are left out.", InputWarning)
    >>> said[0].category.__name__, str(said[0].message)
    ('InputWarning', '2 firms are left out.')
    """


def first_five(seen: Iterable[object]) -> str:
    """Name the first five of what was seen, and say that there are more."""
    found = [str(item) for item in seen]
    return ", ".join(found[:5]) + (" and more" if len(found) > 5 else "")


def counted(count: int, thing: str) -> str:
    """Say "1 row" or "1,200 rows"."""
    return f"{count:,} {thing}" + "s" * (count != 1)
