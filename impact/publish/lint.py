"""Refuse what is outside portable qmd, the part of Quarto's format that both engines render alike.

Inside are: front matter (title, subtitle, author, date, lang, format html, execute with echo and warning, jupyter,
number-sections); ``{python}`` cells with the options label, fig-cap, fig-alt, tbl-cap, echo, output, include, warning and
tags: [parameters]; inline ```{python} expression```; headings from the second level down; pipe tables with
``: caption {#tbl-x}``; lists, links, footnotes, code and mathematics; callouts; and the references ``@fig-x``, ``@tbl-x``
and, with number-sections, ``@sec-x``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

from impact.publish import PublishError
from impact.publish.qmd import Chunk, Document, Text

CALLOUTS = ("note", "tip", "warning", "important", "caution")

_LABEL = re.compile(r"[A-Za-z][\w-]*")
_MEMBERS = {"fig": ("fig-cap", "fig-alt"), "tbl": ("tbl-cap",)}
_CODE = re.compile(r"^(`{3,}|~{3,})(?s:.*?)^\1[`~]*[ \t]*$|(`+)[^`\n].*?(?<!`)\2(?!`)", re.MULTILINE)


def check(document: Document) -> Document:
    """Return the document, or raise one error that names every line outside portable qmd."""
    found = [f"{document.path.name}, {problem}" for problem in problems(document)]
    if found:
        raise PublishError("\n".join(found))
    return document


def problems(document: Document) -> list[str]:
    """List what is outside portable qmd, each with its line, what must hold and what to do."""
    return [*_front(document.front), *_chunks(document), *_texts(document)]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and "`{python}" not in value


def _is_switch(value: Any) -> bool:
    return isinstance(value, bool)


def _is_author(value: Any) -> bool:
    return _is_text(value) or (isinstance(value, list) and all(map(_is_text, value)))


def _is_date(value: Any) -> bool:
    return isinstance(value, date) or (_is_text(value) and any(sign.isdigit() for sign in value))


def _is_format(value: Any) -> bool:
    return value == "html" or (isinstance(value, dict) and "html" in value)


def _is_execute(value: Any) -> bool:
    return isinstance(value, dict) and set(value) <= {"echo", "warning"} and all(map(_is_switch, value.values()))


_TEXT = "text without inline code"
_SWITCH = "true or false"

# Each key with the test that its value must pass, and how a message says the test.
Rules = dict[str, tuple[Callable[[Any], bool], str]]

FRONT: Rules = {
    "title": (_is_text, _TEXT),
    "subtitle": (_is_text, _TEXT),
    "author": (_is_author, "one name or a list of names"),
    "date": (_is_date, "a written date, for example 2026-03-31 (a page must come out the same tomorrow)"),
    "lang": (_is_text, "the code of a language, for example ko"),
    "format": (_is_format, "html, or a mapping that holds html"),
    "execute": (_is_execute, "a mapping of echo and warning to true or false"),
    "jupyter": (lambda value: value == "python3", "python3"),
    "number-sections": (_is_switch, _SWITCH),
}

OPTIONS: Rules = {
    "label": (
        lambda value: isinstance(value, str) and bool(_LABEL.fullmatch(value)),
        "a letter, then letters, digits, - or _",
    ),
    "fig-cap": (_is_text, _TEXT),
    "fig-alt": (_is_text, _TEXT),
    "tbl-cap": (_is_text, _TEXT),
    "echo": (_is_switch, _SWITCH),
    "include": (_is_switch, _SWITCH),
    "warning": (_is_switch, _SWITCH),
    "output": (lambda value: value in (True, False, "asis"), "true, false or asis"),
    "tags": (lambda value: value == ["parameters"], "[parameters]"),
}


def _keys(settings: Iterable[tuple[str, Any]], rules: Rules, what: str) -> Iterator[str]:
    for key, value in settings:
        if key not in rules:
            yield f"{what} must use only {', '.join(rules)}; saw {key}. Remove it, or correct its spelling."
        elif not rules[key][0](value):
            yield f"{what}: {key} must be {rules[key][1]}; saw {value!r}. Change it."


def _front(front: Any) -> Iterator[str]:
    yield from _keys(front.items(), FRONT, "line 1: front matter")
    if "title" not in front:
        yield "line 1: front matter must hold a title; saw none. Add a line such as title: What the programme did."


def _chunks(document: Document) -> Iterator[str]:
    for chunk in document.chunks:
        yield from (f"line {chunk.line}: {problem}" for problem in _chunk(chunk))
    yield from _twice([chunk for chunk in document.chunks if chunk.label], "label", lambda chunk: chunk.label)
    yield from _twice([chunk for chunk in document.chunks if chunk.is_parameters], "tag", lambda chunk: "parameters")


def _chunk(chunk: Chunk) -> Iterator[str]:
    if chunk.engine != "python":
        yield f"a cell must open with ```{{python}} and nothing more; saw {{{chunk.engine}}}. Write options as #| lines."
    yield from _keys(chunk.options.items(), OPTIONS, "a cell")
    kind = chunk.label.partition("-")[0]
    for family, members in _MEMBERS.items():
        for member in members:
            if family == kind and member not in chunk.options:
                yield f"the cell {chunk.label} must have {member}; saw none. Add it as a line #| {member}."
            if family != kind and member in chunk.options:
                yield f"a cell with {member} must have a label that begins with {family}-; saw {chunk.label or 'none'}. Label it."
    if chunk.is_parameters:
        yield from _parameters(chunk.source)


def _parameters(source: str) -> Iterator[str]:
    """Ask of the parameters cell that it can be read without running it."""
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        yield f"the parameters cell must be Python; saw {error.msg}. Correct it."
        return
    if not all(isinstance(node, ast.Assign | ast.AnnAssign) for node in body):
        yield "the parameters cell must hold only lines of name = value; saw other code. Move it to the next cell."


def _twice(chunks: list[Chunk], what: str, key: Callable[[Chunk], str]) -> Iterator[str]:
    first: dict[str, int] = {}
    for chunk in chunks:
        if first.setdefault(key(chunk), chunk.line) != chunk.line:
            yield (
                f"line {chunk.line}: a {what} must be used by one cell; saw {key(chunk)}, which the cell at line "
                f"{first[key(chunk)]} has. Give each its own."
            )


# What must not stand in the words of a template: the pattern, and the sentence that refuses it.
_REFUSED = [
    (
        r"^[ \t]*(?:`{3,}|~{3,})[ \t]*\{[A-Za-z][^}\n]*\}",
        "a cell must begin at the left edge and be closed by a line of as many backticks",
        "Move it to the left edge, or close it",
    ),
    (r"\{\{<.*", "words must hold no shortcode", "Write out what it stands for, or compute it in a cell"),
    (
        r"(?<!\\)</?(?!https?:|mailto:|\S+@)[A-Za-z][^>\n]*>|<!--|`\{=\w*\}",
        "words must hold no raw HTML",
        "Write Markdown, or escape the sign as \\<",
    ),
    (r"\\(?:begin|end)\{\w+\}", "words must hold no raw LaTeX", "Put mathematics between dollar signs"),
    (
        r"!\[[^\]\n]*\]\(",
        "words must hold no picture by its address",
        "Show it from a cell with label, fig-cap and fig-alt",
    ),
    (r"^#[ \t]+.*", "a heading must be of the second level or below (the title is the first)", "Write ## instead of #"),
    (r"(?<=[^\n]\n)#{2,6}[ \t]+.*", "a heading must have an empty line before it", "Add the line"),
    (
        r"^:{3,}[ \t]*(?!(?:\{\.)?callout-(?:note|tip|warning|important|caution)\b)[^\s:].*",
        "a block between ::: lines must be a callout (note, tip, warning, important or caution)",
        "Use ::: {.callout-note}, or plain paragraphs",
    ),
    (
        r'^:{3,}[ \t]*\{\.callout-\w+\b(?!(?:[ \t]+title="[^"\n]*")?[ \t]*\}).*',
        "a callout must have no setting but title",
        'Write ::: {.callout-note title="…"}',
    ),
    (
        r"^:{3,}[ \t]*(?:\{\.)?callout.*\n\s*#+ .*",
        "a callout must carry its title in its braces",
        'Write {.callout-note title="…"}',
    ),
]
_SECTION = (r"@sec-[\w-]+", "a reference to a section must have number-sections: true in the front matter", "Add it")


def _texts(document: Document) -> Iterator[str]:
    numbered = bool(document.front.get("number-sections"))
    rules = _REFUSED if numbered else [*_REFUSED, _SECTION]
    for block in document.blocks:
        if isinstance(block, Text):
            yield from _text(block, rules)


def _text(block: Text, rules: list[tuple[str, str, str]]) -> Iterator[str]:
    """Look for what is refused, outside of code."""
    words = _CODE.sub(_blank, block.text)
    for pattern, must, do in rules:
        for match in re.finditer(pattern, words, re.MULTILINE):
            line = block.line + words.count("\n", 0, match.start())
            yield f"line {line}: {must}; saw {match[0].strip().splitlines()[0]}. {do}."


def _blank(code: re.Match[str]) -> str:
    """Keep the lines of code and drop their content, but for the mark of raw output."""
    raw = "{=}" if re.match(r"[`~]{3,}[ \t]*\{=", code[0]) else ""
    return "`" + raw + "\n" * code[0].count("\n")
