"""What the package says when it refuses or warns: every sentence of its source as a template, each hole written "…".

A sentence is found by where it stands, not by what it says: in the call of an error or of a warning, in what a function
yields, returns or appends to a list, or under a name that is used in one of these places. What is put into the hole of another
sentence is a piece of that one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HOLE = "…"
RAISED = {"InputError", "PublishError", "ArgumentTypeError"}  # said to a user, whatever the sentence ends with
LISTED = {"append", "extend", "warn", "_say"}
LISTS = {"notes", "problems"}  # names of lists of sentences
PLAIN = {"rstrip", "strip", "tuple", "list", "sorted"}  # calls that hand a sentence on as it is
CARRY = (
    ast.Tuple,
    ast.List,
    ast.IfExp,
    ast.BoolOp,
    ast.Starred,
    ast.BinOp,
    ast.ListComp,
    ast.GeneratorExp,
    ast.Attribute,
)
SENTENCE = re.compile(rf"^[^.].*[.?]( {HOLE})*$")
PART = 3  # words of a piece that a loop puts into a sentence; what is shorter is a name

# Sentences that neither refuse nor warn, and pieces of others that the rules cannot tell from whole ones.
NO_MESSAGES = {
    "impact.priorities._conflict": {"_nearest_said"},  # a piece of the refusal above it
    "impact.priorities.carried": {"_said"},  # what a plan assumes
    "impact.productivity": {"outliers_in_words"},  # what was marked
    "impact.regions.verbs": {"_units_said", "_written"},  # what was made
    "impact.simulate.write": {"readme"},
    "impact.size": {"in_a_line", "in_words"},
}


def said(root: Path) -> dict[str, list[str]]:
    """Return the templates of every module of the package at `root`, in the order of the source."""
    files = {_module(file, root): file for file in sorted(root.rglob("*.py"))}
    modules = [_Module(name, ast.parse(file.read_text(encoding="utf-8"))) for name, file in files.items()]
    raised = {name for module in modules for name in module.raised}
    found = {module.name: list(dict.fromkeys(module.templates(raised))) for module in modules}
    return {name: templates for name, templates in found.items() if templates}


def template(node: ast.AST) -> str | None:
    """Return the template of an expression that is text; nothing where it is none."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else HOLE for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = template(node.left), template(node.right)
        return None if left is None and right is None else (left or HOLE) + (right or HOLE)
    return None


def words(text: str) -> int:
    """Count the fixed words of a template."""
    return len(re.findall(r"\w+", text))


def _module(file: Path, root: Path) -> str:
    parts = file.relative_to(root.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@dataclass
class _Module:
    """The source of one module, in which every node knows what it stands in."""

    name: str
    tree: ast.Module
    above: dict[ast.AST, ast.AST] = field(init=False)

    def __post_init__(self) -> None:
        self.above = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    @property
    def raised(self) -> Iterator[str]:
        """Name what is raised or warned by its name, as in `PublishError(MISSING)`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name) and self._place(node) == "raised":
                yield node.id

    def templates(self, raised: set[str]) -> Iterator[str]:
        """Yield what this module says; `raised` are the names of constants that any module raises or warns."""
        for node in _in_order(self.tree):
            text = template(node)
            if text is None or template(self.above[node]) is not None or not self._is_message(node, text, raised):
                continue
            every = self._filled(node) if isinstance(node, ast.JoinedStr) else (text,)
            yield from (one for one in every if words(one) > 1)

    def _is_message(self, node: ast.AST, text: str, raised: set[str]) -> bool:
        place = self._place(node)
        if place == "named":
            place = self._place_of_name(node, raised)
        if place == "listed":
            return bool(SENTENCE.search(text)) and not self._is_no_message(node)
        return place == "raised"

    def _place(self, node: ast.AST) -> str:
        """Tell where an expression stands: "raised", "listed" (also yielded, returned, warned), "named" or nowhere."""
        while True:
            below, node = node, self.above[node]
            if isinstance(node, ast.Call) and _called(node) not in PLAIN:
                return _place_in(_called(node)) if below in node.args else ""
            if isinstance(node, ast.Yield | ast.YieldFrom | ast.Return | ast.AugAssign):
                return "listed"
            if isinstance(node, ast.Assign | ast.AnnAssign):
                return "named"
            if not isinstance(node, (*CARRY, ast.Call)) or (isinstance(node, ast.IfExp) and below is node.test):
                return ""

    def _place_of_name(self, node: ast.AST, raised: set[str]) -> str:
        """Tell where stands what is named: a constant of the module, or a name of the function."""
        names, function = _names(self._statement(node)), self._function(node)
        if function is None:
            return "raised" if names & raised else ""
        uses = [one for one in ast.walk(function) if isinstance(one, ast.Name) and one.id in names]
        places = {self._place(one) for one in uses if isinstance(one.ctx, ast.Load)}
        return "raised" if "raised" in places else "listed" if "listed" in places or names & LISTS else ""

    def _is_no_message(self, node: ast.AST) -> bool:
        function = self._function(node)
        return function is not None and (
            function.name in {*NO_MESSAGES.get(self.name, ()), "__str__", "__repr__"} or self._is_piece(function.name)
        )

    def _is_piece(self, function: str) -> bool:
        """Tell whether what a function returns is only ever put into holes."""
        calls = [one for one in ast.walk(self.tree) if isinstance(one, ast.Call) and _called(one) == function]
        return bool(calls) and all(isinstance(self.above[one], ast.FormattedValue) for one in calls)

    def _filled(self, node: ast.JoinedStr) -> Iterator[str]:
        """Yield a template with every piece that a loop over pieces, written there, puts into a hole."""
        for part in node.values:
            name = getattr(getattr(part, "value", None), "id", "")
            if pieces := self._pieces(node, name):
                whole = str(template(node))
                hole = [one for one in node.values if not isinstance(one, ast.Constant)].index(part)
                begin, end = _around(whole, hole)
                yield from (begin + piece + end for piece in pieces)
                return
        yield str(template(node))

    def _pieces(self, node: ast.AST, name: str) -> list[str]:
        """Return the pieces that a loop gives a name, where they are words in a tuple of tuples."""
        while name and not isinstance(node, ast.Module):
            node = self.above[node]
            loops = (
                node.generators if isinstance(node, ast.GeneratorExp) else [node] if isinstance(node, ast.For) else []
            )
            for loop in loops:
                names = [getattr(one, "id", "") for one in getattr(loop.target, "elts", ())]
                if name in names:
                    found = [template(row.elts[names.index(name)]) for row in self._rows(loop.iter)]
                    return [one for one in found if one and words(one) >= PART]
        return []

    def _rows(self, node: ast.expr) -> list[ast.Tuple]:
        """Return the tuples of a tuple that stands there, or under a name of the function."""
        if isinstance(node, ast.Name):
            function = self._function(node) or self.tree
            named = [one.value for one in ast.walk(function) if isinstance(one, ast.Assign) and node.id in _names(one)]
            node = named[0] if len(named) == 1 else node
        return [row for row in getattr(node, "elts", ()) if isinstance(row, ast.Tuple)]

    def _statement(self, node: ast.AST) -> ast.AST:
        while not isinstance(node, ast.stmt):
            node = self.above[node]
        return node

    def _function(self, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        while not isinstance(node, ast.Module):
            node = self.above[node]
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                return node
        return None


def _in_order(tree: ast.AST) -> list[ast.AST]:
    return sorted(
        (node for node in ast.walk(tree) if isinstance(node, ast.expr)), key=lambda node: (node.lineno, node.col_offset)
    )


def _called(call: ast.Call) -> str:
    return str(getattr(call.func, "id", getattr(call.func, "attr", "")))


def _place_in(called: str) -> str:
    """Tell what the call of an error, of a warning or of a list does with what it is given."""
    return "raised" if called in RAISED else "listed" if called in LISTED or called.endswith("Error") else ""


def _names(statement: ast.AST) -> set[str]:
    """Name what a statement gives a value."""
    targets = getattr(statement, "targets", [getattr(statement, "target", None)])
    return {one.id for one in targets if isinstance(one, ast.Name)}


def _around(text: str, hole: int) -> tuple[str, str]:
    """Return what stands before and after a hole."""
    pieces = text.split(HOLE)
    return HOLE.join(pieces[: hole + 1]), HOLE.join(pieces[hole + 1 :])
