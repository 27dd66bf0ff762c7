"""The reference: every public name with its docstring, every verb of the command line, every setting of a study file.

All of it is read from the code itself, so it cannot say something else than the code does.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import impact
from impact import estimators, where
from impact.handbook.docstrings import markdown, summary
from impact.publish.qmd import fenced

# The rooms beside the names of `impact` itself, in the order in which a study meets them: modules, or packages of modules.
ROOMS = (
    ("impact.intake", {"en": "Real files", "ko": "실제 파일 읽기"}),
    ("impact.prices", {"en": "Prices", "ko": "물가"}),
    ("impact.productivity", {"en": "Productivity", "ko": "생산성"}),
    ("impact.decompose", {"en": "What a regression is made of", "ko": "회귀 계수의 분해"}),
    ("impact.inference", {"en": "Several tests at once", "ko": "다중 검정"}),
    ("impact.regions", {"en": "Regions", "ko": "지역"}),
    ("impact.show.maps", {"en": "Maps", "ko": "지도"}),
    ("impact.priorities", {"en": "Priorities", "ko": "우선순위"}),
    ("impact.simulate", {"en": "Simulated firms", "ko": "모의 기업"}),
)
_OWN = {"en": "The names of `impact`", "ko": "`impact`의 공개 이름"}
_ESTIMATORS = {"en": "Estimators", "ko": "추정량"}


@dataclass(frozen=True)
class Name:
    """A public name: where it is found, and what it is."""

    path: str
    what: Any

    @property
    def docstring(self) -> str:
        """Return its docstring without margins."""
        return inspect.getdoc(self.what) or ""

    @property
    def has_example(self) -> bool:
        """Tell whether its docstring shows how it is used."""
        return ">>> " in self.docstring


def names() -> list[Name]:
    """List the public names of `impact` itself, each followed by its verbs and exits where it is an `Estimate`.

    >>> [one.path for one in names()][:3]
    ['impact.Design', 'impact.Draws', 'impact.Estimate']
    """
    own = [Name(f"impact.{name}", getattr(impact, name)) for name in impact.__all__]
    return [part for name in own for part in (name, *_verbs(name))]


def rooms() -> dict[str, list[Name]]:
    """Return what the rooms offer: the public functions and classes whose docstrings show how they are used.

    >>> "impact.regions.crosswalk.convert" in [one.path for one in rooms()["impact.regions"]]
    True
    """
    found = {room: [name for module in _modules(room) for name in _offered(module)] for room, _ in ROOMS}
    return {room: inside for room, inside in found.items() if inside}


def page(language: str) -> str:
    """Return the reference as Markdown; docstrings are in English."""
    titles = dict(ROOMS)
    parts = [f"## {_OWN[language]}", *map(_entry, names())]
    parts += [f"## {_ESTIMATORS[language]}", *(_estimator(name) for name in estimators.names())]
    for room, inside in rooms().items():
        parts += [f"## {titles[room][language]}", *map(_entry, inside)]
    return "\n\n".join(parts)


def command_line() -> str:
    """Return what `--help` says of every verb, as Markdown; help texts are in English."""
    from impact import arguments
    from impact.__main__ import VERBS

    whole = arguments.parser(VERBS)
    return "\n\n".join(_helps(whole))


def study_file() -> str:
    """Return the commented study.toml that `impact new` writes, as Markdown."""
    return fenced(where.reports("new", "study.toml").read_text(encoding="utf-8").rstrip(), "toml")


def _verbs(name: Name) -> Iterator[Name]:
    """Go through the methods of the waist, which are documented one by one."""
    if name.path != "impact.Estimate":
        return
    for method, made in vars(name.what).items():
        function = getattr(made, "__func__", made)
        if inspect.isfunction(function) and not method.startswith("_"):
            yield Name(f"{name.path}.{method}", function)


def _modules(room: str) -> Iterator[Any]:
    """Go through a module, or a package and its public modules."""
    try:
        package = importlib.import_module(room)
    except ModuleNotFoundError:
        return
    yield package
    for found in pkgutil.walk_packages(getattr(package, "__path__", ()), f"{room}."):
        if not any(part.startswith("_") for part in found.name.split(".")):
            yield importlib.import_module(found.name)


def _offered(module: Any) -> Iterator[Name]:
    """Go through what a module itself defines and shows an example of."""
    public = {getattr(impact, name) for name in impact.__all__ if callable(getattr(impact, name))}
    for name, what in vars(module).items():
        defined = inspect.isfunction(what) or inspect.isclass(what)
        if defined and what.__module__ == module.__name__ and not name.startswith("_") and what not in public:
            one = Name(f"{module.__name__}.{name}", what)
            if one.has_example:
                yield one


def _entry(name: Name) -> str:
    return f"### `{name.path}`\n\n{_signature(name)}{markdown(name.docstring)}"


def _signature(name: Name) -> str:
    """Write how it is called; types stand in the docstring, where they are explained."""
    if inspect.isclass(name.what) and issubclass(name.what, BaseException | Warning):
        return ""
    plain = [
        one.replace(annotation=inspect.Parameter.empty) for one in inspect.signature(name.what).parameters.values()
    ]
    called = inspect.Signature([one for one in plain if one.name not in ("self", "cls")])
    return fenced(f"{name.path.rpartition('.')[2]}{_folded(str(called))}", "python") + "\n"


def _folded(called: str) -> str:
    """Break a long signature after a comma."""
    if len(called) <= 90:
        return called
    lines = [""]
    for piece in called[1:-1].split(", "):
        if len(lines[-1]) + len(piece) > 90:
            lines.append("")
        lines[-1] += f"{piece}, "
    inside = "\n    ".join(line.rstrip() for line in lines).rstrip(",")
    return f"(\n    {inside}\n)"


def _estimator(name: str) -> str:
    """Write an estimator: what its module says, its options, and its source."""
    module = estimators.named(name)
    options = Name(f"{name}.Options", module.Options)
    return "\n\n".join(
        [
            f"### `{name}`",
            markdown(inspect.getdoc(module) or ""),
            _signature(options) + markdown(options.docstring),
            summary(module.SOURCE),
        ]
    )


def _helps(whole: argparse.ArgumentParser) -> Iterator[str]:
    """Go through the help of a parser and of those below it."""
    for action in whole._actions:
        if isinstance(action, argparse._SubParsersAction):
            for verb in action.choices.values():
                yield f"### `{verb.prog}`\n\n{fenced(_wide(verb))}"
                yield from _helps(verb)


def _wide(verb: argparse.ArgumentParser) -> str:
    """Return help as it is on a terminal of 100 columns, whatever this one is."""
    formatter: Callable[..., Any] = lambda prog: argparse.HelpFormatter(prog, width=100)  # noqa: E731
    verb.formatter_class = formatter
    verb.color = False  # type: ignore[attr-defined]  # Python 3.14 would colour it
    return verb.format_help().rstrip()
