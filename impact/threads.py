"""One thread for matrix products of many short rows.

Products here are tall: a million firms times a dozen cells. BLAS cuts them for threads that then wait for one another, which
gains little on a quiet machine and, where cores are shared, makes a product of milliseconds take seconds.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from threadpoolctl import ThreadpoolController

P = ParamSpec("P")
R = TypeVar("R")


def one_thread(function: Callable[P, R]) -> Callable[P, R]:
    """Let BLAS use one thread while the function runs; what it used before comes back afterwards, whatever happens."""

    @functools.wraps(function)
    def alone(*given: P.args, **named: P.kwargs) -> R:
        with _controller().limit(limits=1, user_api="blas"):
            return function(*given, **named)

    return alone


@functools.cache
def _controller() -> ThreadpoolController:
    """Look for the libraries once: scipy, whose BLAS is one of them, is loaded with the package's own modules."""
    return ThreadpoolController()
