"""Which column plays which part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Blank = Literal["refuse", "never"]


@dataclass(frozen=True)
class Roles:
    """Names of columns by the part that they play.

    first_supported: the first supported period of the firm; 0 or inf is never. Or `supported`: 1 in the periods with support,
        0 otherwise, from which the first supported period follows.
    blank: what a blank first_supported means: "refuse" (it may be an unlinked firm) or "never".
    outcomes, covariates: columns, or a transform of one, such as log(sales).
    unit: None for repeated cross-sections, where every row is a firm of its own.
    attributes: columns that say something of the region, the same for all its firms: its class of risk, its province.
    among: a column that is 1 for the unsupported firms that may serve as comparison, and 0 for those that may not.
    """

    unit: str | None
    period: str
    first_supported: str | None = None
    supported: str | None = None
    outcomes: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    weight: str | None = None
    clusters: tuple[str, ...] = ()
    region: str | None = None
    subgroup: str | None = None
    within: tuple[str, ...] = ()
    blank: Blank = "refuse"
    among: str | None = None
    attributes: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[str, ...]:
        """Name the columns that sort firms into groups; each firm must have one value of each."""
        named = (*self.clusters, self.region, self.subgroup, *self.within, self.among, *self.attributes)
        return tuple(dict.fromkeys(name for name in named if name is not None))

    @property
    def support(self) -> str:
        """Name the column that says when support began."""
        return self.first_supported or self.supported or ""


def as_tuple(names: str | Sequence[str] | None) -> tuple[str, ...]:
    """Take one name, several or none."""
    if names is None:
        return ()
    return (names,) if isinstance(names, str) else tuple(names)
