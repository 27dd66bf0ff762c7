"""study.toml becomes a Study: complete and readable before any data are opened. Nothing in it is executed."""

from __future__ import annotations

import re
import tomllib
from dataclasses import field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, StrictFloat, StrictInt, StringConstraints
from pydantic.dataclasses import dataclass

from impact.design import Base, Comparison, Unbalanced
from impact.errors import InputError
from impact.roles import Blank, Roles, as_tuple

_STRICT = ConfigDict(extra="forbid", str_strip_whitespace=True)
Text = Annotated[str, StringConstraints(min_length=1)]
Transform = Literal["none", "log", "log1p", "asinh", "sqrt"]
FOLDER = "letters, digits, hyphens and underscores, at most 80 in all"
_KEPT_BY_WINDOWS = re.compile(r"con|prn|aux|nul|(com|lpt)\d", re.IGNORECASE)


@dataclass(frozen=True, config=_STRICT)
class About:
    """[study]: what is asked, in plain words. `limits` are sentences about what the data cannot say."""

    name: Text
    title: Text
    question: Text
    language: Literal["en", "ko"] = "en"
    limits: tuple[Text, ...] = ()


@dataclass(frozen=True, config=_STRICT)
class Table:
    """[panel]: where the table is, and which column plays which part.

    file: csv, parquet or xlsx, beside the study; or source: the name of a data set that ships with a library, or
        "impact.simulate".
    region_attributes: columns that say something of the region; effects are averaged by each of them, too.
    without_support: where it is known (in a simulation), a file with the same columns as they would have been without support.
    first_supported: a column with the first supported period; or supported: a column that is 1 in periods with support.
    """

    unit: Text
    period: Text
    file: Text | None = None
    source: Text | None = None
    first_supported: Text | None = None
    supported: Text | None = None
    blank: Blank = "refuse"
    region: Text | None = None
    region_attributes: tuple[Text, ...] = ()
    cluster: Text | None = None
    weight: Text | None = None
    without_support: Text | None = None


@dataclass(frozen=True, config=_STRICT)
class Simulating:
    """[simulate]: the dials of simulated firms, for source = "impact.simulate" (see `impact.simulate.World`).

    threshold: for source = "impact.simulate.regions", the share of its firms above which a municipality counts as reached.
    """

    firms: StrictInt = 20_000
    seed: StrictInt = 2015
    violation: Literal["none", "growth", "dip"] = "none"
    threshold: StrictFloat = 0.0


@dataclass(frozen=True, config=_STRICT)
class Outcome:
    """[[outcome]]: a name for people, a column, a transform, its unit, and which direction is better."""

    name: Text
    column: Text
    transform: Transform = "none"
    unit: str = ""
    better: Literal["higher", "lower", ""] = ""

    @property
    def specification(self) -> str:
        """Return the column with its transform, such as log(sales)."""
        return self.column if self.transform == "none" else f"{self.transform}({self.column})"


@dataclass(frozen=True, config=_STRICT)
class Comparing:
    """[design]: who is compared with whom.

    first_supported: dates support by another column than [panel] does. until: the last period used. comparison_among: a column
    that is 1 for the unsupported firms that may serve as comparison. region_within: comparison_within of a second set of
    effects by region, beside the firms around each: the page then says how much of what differs is a matter of place.
    """

    comparison: Comparison = "never"
    base: Base = "varying"
    anticipation: StrictInt = 0
    covariates: tuple[Text, ...] = ()
    unbalanced: Unbalanced = "pairs"
    comparison_within: tuple[Text, ...] = ()
    comparison_among: Text | None = None
    first_supported: Text | None = None
    until: StrictInt | None = None
    subgroups: tuple[Text, ...] = ()
    region_within: tuple[Text, ...] = ()


@dataclass(frozen=True, config=_STRICT)
class Estimating:
    """[[estimate]]: an estimator and its own options. The first one is the study's answer; others stand beside it.

    name: what tables call it; the estimator's own name unless the same one is used twice.
    outcomes: the names of the outcomes that it is for; all unless some are named. The first [[estimate]] that is for an outcome
        gives the study's answer on it.
    design: another design than the study's; [estimate.design] says only what differs.
    """

    estimator: Text
    name: Text
    options: dict[str, Any] = field(default_factory=dict)
    outcomes: tuple[Text, ...] = ()
    design: Comparing | None = None

    def is_for(self, outcome: str) -> bool:
        """Tell whether this estimate is of an outcome."""
        return not self.outcomes or outcome in self.outcomes


@dataclass(frozen=True, config=_STRICT)
class Inference:
    """[inference]: how sure."""

    confidence: StrictFloat = 0.95
    draws: StrictInt = 999
    seed: StrictInt = 1
    cluster: Text | None = None


@dataclass(frozen=True, config=_STRICT)
class Disclosure:
    """[disclosure]: the smallest number of firms behind a released figure; the default stands in data/parameters."""

    minimum_firms: StrictInt | None = None


@dataclass(frozen=True, config=_STRICT)
class Published:
    """[[published]]: what others printed about the same data, to stand beside our estimates."""

    outcome: Text
    what: Text
    estimate: StrictFloat
    source: Text
    std_error: StrictFloat | None = None
    why_different: str = ""


@dataclass(frozen=True, config=_STRICT)
class Prioritizing:
    """[priorities]: who is supported next, with what money; read by `impact prioritize`.

    outcome: which one regions are compared by (the first). prior: what small regions are drawn towards: "precision" and columns
        that say something of the region. threshold: an effect worth having.
    budget, cost: of the next support, and of one firm, in the same `money`. Without them there are grades and no plan.
    in_units: counts effects on a logarithm in the outcome's own unit, at the mean of the firms that could be next.
    take_up, diminishing: shares that are assumed (data/parameters/costs.toml). most_in_a_region: firms.
    floor_for: a column of regions that is 1 or true in those that `floor`, a share of the budget, is for.
    value_per_unit, years: what one unit of the outcome is worth a year, and for how long. ladder: sizes of official grades.
    """

    outcome: Text | None = None
    prior: tuple[Text, ...] = ("precision",)
    threshold: StrictFloat = 0.0
    budget: StrictFloat | None = None
    cost: StrictFloat | None = None
    money: str = ""
    in_units: bool = False
    take_up: StrictFloat | None = None
    diminishing: StrictFloat | None = None
    most_in_a_region: StrictInt | None = None
    floor_for: Text | None = None
    floor: StrictFloat = 0.0
    value_per_unit: StrictFloat | None = None
    years: StrictInt = 1
    ladder: tuple[StrictInt, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the columns that say something of a region."""
        named = (*(name for name in self.prior if name != "precision"), self.floor_for)
        return tuple(dict.fromkeys(name for name in named if name))


@dataclass(frozen=True, config=_STRICT)
class Study:
    """A study, as its file says it.

    translation: [translation.ko] says what the study's own words (titles, names, units, limits) are in another language:
    "Jobs" = "고용". Documents in that language use them wherever a word stands in a text or a table.

    >>> import tempfile
    >>> from impact import new
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     study = Study.read(new.study(Path(folder) / "my-study"))
    >>> study.study.name, [outcome.name for outcome in study.outcome], study.design.comparison
    ('my-study', ['Sales', 'Employment'], 'never')
    """

    study: About
    panel: Table
    outcome: tuple[Outcome, ...]
    estimate: tuple[Estimating, ...]
    design: Comparing = field(default_factory=Comparing)
    inference: Inference = field(default_factory=Inference)
    disclosure: Disclosure = field(default_factory=Disclosure)
    simulate: Simulating = field(default_factory=Simulating)
    published: tuple[Published, ...] = ()
    priorities: Prioritizing = field(default_factory=Prioritizing)
    translation: dict[Literal["en", "ko"], dict[str, Text]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Study:
        """Read a study from its folder or its file; every problem in it is reported at once."""
        from impact import rules

        file = path / "study.toml" if path.is_dir() else path
        study, problems = rules.checked(_with_options(_toml(file)))
        if study is None:
            raise InputError([f"{file.name}: {problem}" for problem in problems])
        return study

    def comparing(self, one: Estimating) -> Comparing:
        """Return who is compared with whom in one estimate: what it says itself, or what the study says."""
        return one.design or self.design

    def answer_on(self, outcome: str) -> Estimating:
        """Return the estimate that gives the answer on an outcome: the first that is for it."""
        return next(one for one in self.estimate if one.is_for(outcome))

    def roles(self, design: Comparing, level: str | None = None) -> Roles:
        """Return which column plays which part; a level (the region or a subgroup) tells supported firms apart."""
        table = self.panel
        return Roles(
            unit=table.unit,
            period=table.period,
            first_supported=design.first_supported or table.first_supported,
            supported=None if design.first_supported else table.supported,
            outcomes=tuple(outcome.specification for outcome in self.outcome),
            covariates=design.covariates,
            weight=table.weight,
            clusters=as_tuple(self.cluster),
            region=level if level == table.region else None,
            subgroup=level if level != table.region else None,
            within=design.comparison_within,
            blank=table.blank,
            among=design.comparison_among,
            attributes=table.region_attributes if level is not None and level == table.region else (),
        )

    @property
    def compared_by(self) -> Outcome:
        """Return the outcome that says who is supported next: the one named, or the first."""
        return next((one for one in self.outcome if one.name == self.priorities.outcome), self.outcome[0])

    @property
    def cluster(self) -> str | None:
        """Name the column within which errors may depend."""
        return self.inference.cluster or self.panel.cluster

    @property
    def levels(self) -> tuple[str, ...]:
        """Name the columns by which supported firms are told apart: the region and the subgroups."""
        named = (self.panel.region, *self.design.subgroups)
        return tuple(dict.fromkeys(name for name in named if name))


def can_name_a_folder(name: str) -> bool:
    """Tell whether a study of this name can have a folder on every system, and nowhere but inside the results."""
    return re.fullmatch(r"[\w-]{1,80}", name) is not None and not _KEPT_BY_WINDOWS.fullmatch(name)


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"There must be a study at {file}; there is none. Make one with: impact new NAME") from None
    except UnicodeDecodeError as error:
        raise InputError(
            f"{file.name} must be text in UTF-8; its byte {error.start + 1} is not. Save it as UTF-8."
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{file.name} must be TOML; it is not: {error}. Mend it there.") from None


def _with_options(raw: dict[str, Any]) -> dict[str, Any]:
    """Gather what an [[estimate]] says beside its estimator and name as that estimator's options."""
    chosen = raw.get("estimate", [{"estimator": "callaway_santanna"}])
    if not isinstance(chosen, list):
        return raw
    design = raw.get("design", {})
    return {**raw, "estimate": [_gathered(one, design) if isinstance(one, dict) else one for one in chosen]}


def _gathered(one: dict[str, Any], design: Any) -> dict[str, Any]:
    own: dict[str, Any] = {key: one[key] for key in ("estimator", "name", "outcomes", "design") if key in one}
    options = {key: value for key, value in one.items() if key not in own}
    if isinstance(own.get("design"), dict) and isinstance(design, dict):
        own["design"] = {**design, **own["design"]}
    return {"name": str(one.get("estimator") or "unnamed"), **own, "options": options}
