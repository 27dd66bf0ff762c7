"""Portable qmd: read it, give it parameters, write it again; and make any text safe inside it.

A template is front matter, then words and cells in turn. This reader knows just the part of Quarto's format that
``impact.publish.lint`` admits; it executes nothing.
"""

from __future__ import annotations

import ast
import base64
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from impact.publish import PublishError, extra

Value = str | int | float | bool

DEFAULTS = {"echo": False, "warning": False, "include": True, "output": True}

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.MULTILINE | re.DOTALL)
_FENCE = re.compile(r"^(?P<fence>`{3,}|~{3,})(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=fence)[`~]*[ \t]*$\n?", re.M | re.S)
_ENGINE = re.compile(r"\{([A-Za-z][^}]*)\}")
_OPTION = re.compile(r"#\s*\| ?(.*)")
_INLINE = re.compile(r"(?<!`)`\{python\}[ \t]+([^`\n]+)`")


@dataclass(frozen=True)
class Text:
    """Words of the author, and the line of the file where they begin."""

    text: str
    line: int

    def pieces(self) -> list[str]:
        """Return words and inline expressions in turn: the expressions are at the odd places."""
        return _INLINE.split(self.text)

    def inline(self) -> Iterator[tuple[str, str]]:
        """Go through the inline expressions, each with what a message calls it."""
        for found in _INLINE.finditer(self.text):
            line = self.line + self.text.count("\n", 0, found.start())
            yield found[1], f"`{{python}} {found[1]}` at line {line}"


@dataclass(frozen=True)
class Chunk:
    """A cell: what stands in its braces, its ``#|`` options, its code, and the line where it begins."""

    engine: str
    options: Mapping[str, Any]
    source: str
    line: int

    @property
    def label(self) -> str:
        """The cell's own label, or nothing."""
        return str(self.options.get("label", ""))

    @property
    def name(self) -> str:
        """What a message calls the cell."""
        return f"{self.label} at line {self.line}".lstrip()

    @property
    def is_parameters(self) -> bool:
        """Whether the cell declares the parameters of the page."""
        return "parameters" in (self.options.get("tags") or ())


@dataclass(frozen=True)
class Document:
    """A template that was read: its path, its front matter, and its words and cells in order."""

    path: Path
    front: Mapping[str, Any]
    blocks: tuple[Text | Chunk, ...]

    @property
    def chunks(self) -> tuple[Chunk, ...]:
        """The cells in order."""
        return tuple(block for block in self.blocks if isinstance(block, Chunk))

    def option(self, chunk: Chunk, name: str) -> Any:
        """Return an option of a cell: its own, or the front matter's under ``execute``, or the default."""
        page = self.front.get("execute") or {}
        return chunk.options.get(name, page.get(name, DEFAULTS[name]))


def read(template: Path) -> Document:
    """Read a template into its front matter, its words and its cells."""
    text = template.read_text(encoding="utf-8-sig")
    front = _FRONT.match(text)
    body = front.end() if front else 0
    settings = _yaml(front[1] if front else "", f"The front matter of {template.name}")
    blocks = tuple(_blocks(text, body, template.name))
    return Document(template, settings, blocks)


def _blocks(text: str, start: int, template: str) -> Iterator[Text | Chunk]:
    """Cut the body at its cells; a fence that is no cell stays with the words around it."""
    for fence in _FENCE.finditer(text, start):
        engine = _ENGINE.fullmatch(fence["info"].strip())
        if engine and fence["fence"].startswith("`"):
            yield from _text(text, start, fence.start())
            yield _chunk(engine[1].strip(), fence["body"], _line(text, fence.start()), template)
            start = fence.end()
    yield from _text(text, start, len(text))


def _text(text: str, start: int, end: int) -> Iterator[Text]:
    if text[start:end].strip():
        yield Text(text[start:end], _line(text, start))


def _chunk(engine: str, body: str, line: int, template: str) -> Chunk:
    """Take the ``#|`` lines at the top of a cell as its options, the rest as its code."""
    lines = body.splitlines()
    options = []
    for found in map(_OPTION.match, lines):
        if found is None:
            break
        options.append(found[1])
    settings = _yaml("\n".join(options), f"The options of the cell at line {line} of {template}")
    return Chunk(engine, settings, "\n".join(lines[len(options) :]).strip("\n"), line)


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _yaml(text: str, what: str) -> dict[str, Any]:
    """Read a mapping, and name the place where it is none."""
    yaml = extra("yaml")
    try:
        seen = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        seen = " ".join(str(error).split())
    if isinstance(seen, dict):
        return seen
    raise PublishError(f'{what} must be lines of "key: value" in YAML; saw {seen}. Mend them.')


def prepare(document: Document, parameters: Mapping[str, Value], language: str) -> Document:
    """Return the template as one page: with its parameters and its language.

    As papermill does, a cell after the parameters cell overrides its values. The parameters ``title`` and ``subtitle``
    also replace those of the front matter, as plain text; ``language`` reaches a cell that declares it.
    """
    heading = {name: escape(str(parameters[name])) for name in ("title", "subtitle") if name in parameters}
    return replace(
        document,
        front={**document.front, **heading, "lang": language},
        blocks=tuple(_overridden(document, parameters, language)),
    )


def _overridden(document: Document, parameters: Mapping[str, Value], language: str) -> Iterator[Text | Chunk]:
    declared = _declared(document)
    unknown = sorted(set(parameters) - declared - {"title", "subtitle"})
    if unknown:
        raise PublishError(
            f"Every parameter must be declared in the cell of {document.path.name} that is tagged parameters; "
            f"saw {', '.join(unknown)}, which it does not declare (it declares {', '.join(sorted(declared)) or 'none'}). "
            "Declare it there with a default, or do not pass it."
        )
    given = {"language": language, **parameters}
    code = "\n".join(f"{name} = {_literal(name, value)}" for name, value in given.items() if name in declared)
    for block in document.blocks:
        yield block
        if code and isinstance(block, Chunk) and block.is_parameters:
            yield Chunk("python", {"label": "injected-parameters", "include": False}, code, block.line)


def _declared(document: Document) -> set[str]:
    """Name what the parameters cell assigns."""
    trees = [ast.parse(chunk.source) for chunk in document.chunks if chunk.is_parameters]
    targets = [target for tree in trees for node in tree.body for target in _targets(node)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _targets(node: ast.stmt) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []


def _literal(name: str, value: Value) -> str:
    """Write a value as Python code; a subclass, as numpy's float64 is, becomes the plain kind."""
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{float(value)}")'
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return repr(kind(value))
    raise PublishError(
        f"The parameter {name} must be text, a number, true or false; saw {type(value).__name__}. "
        "Pass the path of a file that the cells read instead."
    )


def write(document: Document) -> str:
    """Write a document as the text of a ``.qmd``."""
    return f"---\n{_dumped(document.front)}---\n\n" + "\n".join(map(_written, document.blocks))


def _written(block: Text | Chunk) -> str:
    if isinstance(block, Text):
        return block.text
    options = [f"#| {line}" for line in _dumped(block.options).splitlines()] if block.options else []
    return fenced("\n".join([*options, block.source]), f"{{{block.engine}}}")


def _dumped(settings: Mapping[str, Any]) -> str:
    return str(extra("yaml").safe_dump(dict(settings), allow_unicode=True, sort_keys=False, width=math.inf))


def fenced(code: str, info: str = "") -> str:
    """Put code into a fence that nothing inside it can close."""
    ticks = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, ticks + 1)
    return f"{fence}{info}\n{code}\n{fence}\n"


def escape(text: str) -> str:
    r"""Make any text safe inside pandoc's Markdown, table cells included: it shows as itself and does nothing.

    Every ASCII sign gets a backslash, white space becomes one space, and what no page can hold (control characters,
    half surrogates) becomes U+FFFD. A list of the dangerous signs was refused: it is never complete.

    >>> escape("a|b *c*")
    'a\\|b \\*c\\*'
    """
    clean = "".join("�" if unicodedata.category(sign) in {"Cc", "Cs"} else sign for sign in " ".join(text.split()))
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", clean)


def figure(image: bytes | str, label: str, caption: str, alt: str) -> str:
    """Write a figure, an SVG or a PNG, as Markdown with a label, a caption in Markdown and a plain alternative text.

    A cell displays it with ``Markdown(...)`` where caption or alternative text are known only to the code.
    """
    if not (caption.strip() and alt.strip()):
        raise PublishError(f"The figure {label} must have a caption and an alternative text; saw none. Write them.")
    content = image.encode() if isinstance(image, str) else image
    kind = "png" if content.startswith(b"\x89PNG") else "svg+xml"
    address = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
    return f'\n\n::: {{#{label}}}\n![]({address}){{fig-alt="{_attribute(alt)}"}}\n\n{caption}\n:::\n\n'


def _attribute(text: str) -> str:
    """Write any text as the value of an attribute, each sign that is no letter or digit as a character reference."""
    clean = "".join("�" if unicodedata.category(sign) in {"Cc", "Cs"} else sign for sign in " ".join(text.split()))
    return re.sub(r"[!-/:-@\[-`{-~]", lambda sign: f"&#{ord(sign[0])};", clean)
