"""Does support for firms work, where, for whom, and who should be supported next?

    study.toml ─► Study ─┐
    table ───────────────┴─► Panel ─► Design ─► estimator ─► Estimate ─► table ─► figure, page

`impact.estimate` goes from a table to an `Estimate`; `impact.run` goes from a study to its pages. The names below are loaded
when they are first used, so that `import impact` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from impact.design import Design
    from impact.door import estimate
    from impact.errors import InputError, InputWarning
    from impact.estimates import Estimate
    from impact.noise import Draws, Gaussian, Influence
    from impact.panel import Panel
    from impact.priorities.allocate import allocate
    from impact.priorities.grades import grades
    from impact.priorities.ranks import rank_sets
    from impact.priorities.shrink import shrink
    from impact.priorities.winners import winners
    from impact.study import Study

_HOMES = {
    "estimate": "impact.door",
    "Estimate": "impact.estimates",
    "Study": "impact.study",
    "Panel": "impact.panel",
    "Design": "impact.design",
    "Influence": "impact.noise",
    "Draws": "impact.noise",
    "Gaussian": "impact.noise",
    "InputError": "impact.errors",
    "InputWarning": "impact.errors",
    "shrink": "impact.priorities.shrink",
    "grades": "impact.priorities.grades",
    "rank_sets": "impact.priorities.ranks",
    "winners": "impact.priorities.winners",
    "allocate": "impact.priorities.allocate",
}
__all__ = [
    "Design",
    "Draws",
    "Estimate",
    "Gaussian",
    "Influence",
    "InputError",
    "InputWarning",
    "Panel",
    "Study",
    "allocate",
    "estimate",
    "grades",
    "rank_sets",
    "shrink",
    "winners",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used."""
    if name == "__version__":
        return import_module("impact.where").version()
    if name not in _HOMES:
        raise AttributeError(f"module 'impact' has no attribute '{name}'; it has {', '.join(__all__)}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
