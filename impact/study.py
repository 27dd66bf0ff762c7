"""study.toml becomes a Study: complete and readable before any data are opened. Nothing in it is executed."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import field, fields
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from impact import estimators
from impact.design import Base, Comparison, Unbalanced
from impact.errors import InputError
from impact.roles import Blank, Roles
from impact.transforms import TRANSFORMS

_STRICT = ConfigDict(extra="forbid", str_strip_whitespace=True)
Transform = Literal["none", "log", "log1p", "asinh", "sqrt"]


@dataclass(frozen=True, config=_STRICT)
class About:
    """[study]: what is asked, in plain words. `limits` are sentences about what the data cannot say."""

    name: str
    title: str
    question: str
    language: Literal["en", "ko"] = "en"
    limits: tuple[str, ...] = ()


@dataclass(frozen=True, config=_STRICT)
class Table:
    """[panel]: where the table is, and which column plays which part.

    file: csv, parquet or xlsx, beside the study; or source: the name of a data set that ships with a library.
    first_supported: a column with the first supported period; or supported: a column that is 1 in periods with support.
    """

    unit: str
    period: str
    file: str | None = None
    source: str | None = None
    first_supported: str | None = None
    supported: str | None = None
    blank: Blank = "refuse"
    region: str | None = None
    cluster: str | None = None
    weight: str | None = None


@dataclass(frozen=True, config=_STRICT)
class Outcome:
    """[[outcome]]: a name for people, a column, a transform, its unit, and which direction is better."""

    name: str
    column: str
    transform: Transform = "none"
    unit: str = ""
    better: Literal["higher", "lower", ""] = ""

    @property
    def specification(self) -> str:
        """Return the column with its transform, such as log(sales)."""
        return self.column if self.transform == "none" else f"{self.transform}({self.column})"


@dataclass(frozen=True, config=_STRICT)
class Comparing:
    """[design]: who is compared with whom."""

    comparison: Comparison = "never"
    base: Base = "varying"
    anticipation: int = 0
    covariates: tuple[str, ...] = ()
    unbalanced: Unbalanced = "pairs"
    comparison_within: tuple[str, ...] = ()
    subgroups: tuple[str, ...] = ()


@dataclass(frozen=True, config=_STRICT)
class Estimating:
    """[[estimate]]: an estimator and its own options. The first one is the study's answer; others stand beside it."""

    estimator: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, config=_STRICT)
class Inference:
    """[inference]: how sure."""

    confidence: float = 0.95
    draws: int = 999
    seed: int = 1
    cluster: str | None = None


@dataclass(frozen=True, config=_STRICT)
class Disclosure:
    """[disclosure]: the smallest number of firms behind a released figure; the default stands in data/parameters."""

    minimum_firms: int | None = None


@dataclass(frozen=True, config=_STRICT)
class Published:
    """[[published]]: what others printed about the same data, to stand beside our estimates."""

    outcome: str
    what: str
    estimate: float
    source: str
    std_error: float | None = None
    why_different: str = ""


@dataclass(frozen=True, config=_STRICT)
class Study:
    """A study, as its file says it."""

    study: About
    panel: Table
    outcome: tuple[Outcome, ...]
    estimate: tuple[Estimating, ...]
    design: Comparing = field(default_factory=Comparing)
    inference: Inference = field(default_factory=Inference)
    disclosure: Disclosure = field(default_factory=Disclosure)
    published: tuple[Published, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Study:
        """Read a study from its folder or its file; every problem in it is reported at once."""
        file = path / "study.toml" if path.is_dir() else path
        raw = _toml(file)
        problems = _unknown(raw, cls, "") or _invalid(raw)
        if problems:
            raise InputError([f"{file.name}: {problem}" for problem in problems])
        return TypeAdapter(cls).validate_python(_with_options(raw))

    def roles(self, subgroup: str | None = None) -> Roles:
        """Return which column plays which part; the region is a level of effects only where it is asked for."""
        table, design = self.panel, self.design
        return Roles(
            unit=table.unit,
            period=table.period,
            first_supported=table.first_supported,
            supported=table.supported,
            outcomes=tuple(outcome.specification for outcome in self.outcome),
            covariates=design.covariates,
            weight=table.weight,
            cluster=self.inference.cluster or table.cluster,
            subgroup=subgroup,
            within=design.comparison_within,
            blank=table.blank,
        )

    @property
    def levels(self) -> tuple[str, ...]:
        """Name the columns by which supported firms are told apart: the region and the subgroups."""
        named = (self.panel.region, *self.design.subgroups)
        return tuple(dict.fromkeys(name for name in named if name))


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(f"There must be a study at {file}; there is none. Make one with: impact new NAME") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{file.name} must be TOML in UTF-8; it is not: {error}.") from None


def _unknown(raw: dict[str, Any], kind: type, where: str) -> list[str]:
    """Report every key that is not known, with the nearest known one."""
    if kind is Estimating:
        return []
    known = {f.name: f for f in fields(kind)}
    problems = []
    for key, value in raw.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"Did you mean '{near[0]}'?" if near else f"Known are {', '.join(known)}."
            problems.append(f"{where or 'the file'} has no '{key}'. {hint}")
        elif key in SECTIONS and kind is Study:
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict):
                    problems += _unknown(one, SECTIONS[key], _bracketed(key, value))
    return problems


def _invalid(raw: dict[str, Any]) -> list[str]:
    try:
        study = TypeAdapter(Study).validate_python(_with_options(raw))
    except ValidationError as error:
        return [_sentence(one) for one in error.errors()]
    return [sentence for rule in RULES for sentence in rule(study)]


def _with_options(raw: dict[str, Any]) -> dict[str, Any]:
    """Gather what an [[estimate]] says beside its estimator as that estimator's options."""
    chosen = raw.get("estimate", [{"estimator": "callaway_santanna"}])
    if not isinstance(chosen, list):
        return raw
    gathered = [
        {"estimator": one.get("estimator"), "options": {k: v for k, v in one.items() if k != "estimator"}}
        for one in chosen
        if isinstance(one, dict)
    ]
    return {**raw, "estimate": gathered}


def _sentence(error: Any) -> str:
    section, *rest = (str(part) for part in error["loc"])
    key = next((part for part in reversed(rest) if not part.isdigit()), "")
    where = f"[{section}]" + (f" {key}" if key else "")
    if error["type"] == "missing":
        return f"{where} must be given; it is not."
    return f"{where}: {error['msg'][0].lower()}{error['msg'][1:]}; seen: {str(error['input'])[:80]!r}."


def _bracketed(key: str, value: Any) -> str:
    return f"[[{key}]]" if isinstance(value, list) else f"[{key}]"


# ---- what a study must hold beyond the types of its values -------------------------------------------------------------


def _one_table(study: Study) -> list[str]:
    given = [study.panel.file, study.panel.source]
    return (
        []
        if sum(one is not None for one in given) == 1
        else ["[panel] must name either a file or a source, and not both."]
    )


def _one_support(study: Study) -> list[str]:
    given = [study.panel.first_supported, study.panel.supported]
    if sum(one is not None for one in given) == 1:
        return []
    return ["[panel] must name either first_supported (a year) or supported (1 in years with support), and not both."]


def _outcomes(study: Study) -> list[str]:
    names = [outcome.name for outcome in study.outcome]
    repeated = sorted({name for name in names if names.count(name) > 1})
    problems = [f"[[outcome]] names must differ; '{name}' is used twice." for name in repeated]
    return problems if names else ["[[outcome]] must be given at least once; it is not."]


def _cluster(study: Study) -> list[str]:
    given = {study.inference.cluster, study.panel.cluster} - {None}
    return [] if len(given) < 2 else [f"[inference] cluster and [panel] cluster must agree; seen: {sorted(given)}."]  # type: ignore[type-var]


def _ranges(study: Study) -> list[str]:
    inference, least = study.inference, study.disclosure.minimum_firms
    checked = {
        "[inference] confidence must lie between 0 and 1, for example 0.95": 0 < inference.confidence < 1,
        "[inference] draws must be 0 or more, for example 999": inference.draws >= 0,
        "[inference] seed must be 0 or more": inference.seed >= 0,
        "[disclosure] minimum_firms must be 1 or more": least is None or least >= 1,
        "[study] name must be a plain folder name": Path(study.study.name).name
        == study.study.name
        not in ("", ".", ".."),
    }
    return [f"{sentence}." for sentence, holds in checked.items() if not holds]


def _estimators(study: Study) -> list[str]:
    problems = []
    for one in study.estimate:
        try:
            estimators.options(estimators.named(one.estimator), one.options)
        except InputError as error:
            problems += [f"[[estimate]] {problem}" for problem in error.problems]
    return problems


SECTIONS: dict[str, type] = {
    "study": About,
    "panel": Table,
    "outcome": Outcome,
    "design": Comparing,
    "estimate": Estimating,
    "inference": Inference,
    "disclosure": Disclosure,
    "published": Published,
}
RULES = (_one_table, _one_support, _outcomes, _cluster, _ranges, _estimators)
assert set(TRANSFORMS) | {"none"} == set(Transform.__args__)  # type: ignore[attr-defined]
