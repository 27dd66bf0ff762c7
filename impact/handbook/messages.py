"""What the package says when it refuses or warns: what each sentence means, and how to mend what it is about.

Entries are data: `reports/handbook/messages/<area>.toml`. The sentences of an entry stand there as in the source, with … where
the package puts in a name, a number or a list. A test compares them with the source, so that none is missing or outdated.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from impact import where
from impact.publish.qmd import escape

HOLE = "…"
# Areas in the order in which a user meets them; then the others by name.
FIRST = ("command-line", "study", "intake", "table", "advice", "amounts", "design", "estimates")
MEANS = {"en": "What it means.", "ko": "뜻."}
MEND = {"en": "How to mend it.", "ko": "고치는 법."}


@dataclass(frozen=True)
class Entry:
    """Sentences that mean the same; what they mean and how to mend it, in each language ("en", "ko"), as inline Markdown."""

    sees: tuple[str, ...]
    means: Mapping[str, str]
    mend: Mapping[str, str]

    @property
    def anchor(self) -> str:
        """Return the place of this entry on the page; it is the same in both languages, and stays while its sentence does."""
        return f"message-{hashlib.sha256(self.sees[0].encode()).hexdigest()[:8]}"


@dataclass(frozen=True)
class Area:
    """Entries on one subject, such as the columns of a table; `name` is that of its file."""

    name: str
    title: Mapping[str, str]
    entries: tuple[Entry, ...]


def areas() -> list[Area]:
    """Return every area, in the order in which a user meets them.

    >>> [area.title["en"] for area in areas() if area.name in ("command-line", "study", "table")]
    ['The command line and its folders', 'The study file', 'Your table: file, columns and rows']
    """
    return list(_areas())


def page(language: str) -> str:
    """Return the page on messages as portable qmd, from the first area on; its front matter and first words come before.

    >>> print(page("en").splitlines()[0])
    ## The command line and its folders {#command-line}
    """
    return "\n".join(line for area in areas() for line in _written(area, language))


def find(sentence: str) -> Entry | None:
    r"""Return the entry of a message that somebody saw, with whatever stands before it; nothing where none is of it.

    A sentence fits where its fixed words do; of several that fit, the one with the most fixed words is the closest.

    >>> find("study.toml: [[outcome]] must be given at least once; it is not.").sees[0]
    '[[outcome]] must be given at least once; it is not.'
    >>> find("Good morning.") is None
    True
    """
    seen = " ".join(sentence.split())
    fitting = [(len(fixed), entry) for fixed, pattern, entry in _patterns() if pattern.search(seen)]
    return max(fitting, key=lambda one: one[0])[1] if fitting else None


@cache
def _areas() -> tuple[Area, ...]:
    files = where.reports("handbook", "messages").glob("*.toml")
    return tuple(_read(file) for file in sorted(files, key=lambda file: (_rank(file.stem), file.stem)))


def _rank(name: str) -> int:
    return FIRST.index(name) if name in FIRST else len(FIRST)


def _read(file: Path) -> Area:
    raw: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    entries = tuple(Entry(tuple(one["sees"]), one["means"], one["mend"]) for one in raw["entry"])
    return Area(file.stem, raw["title"], entries)


def _written(area: Area, language: str) -> Iterator[str]:
    yield f"## {escape(area.title[language])} {{#{area.name}}}\n"
    for entry in area.entries:
        yield _quoted(entry)
        yield f"**{MEANS[language]}** {entry.means[language]}\n"
        yield f"**{MEND[language]}** {entry.mend[language]}\n"


def _quoted(entry: Entry) -> str:
    """Write the sentences as a quotation in English; the first carries the place that a link leads to."""
    places = [f"#{entry.anchor} ", *[""] * (len(entry.sees) - 1)]
    lines = (f"> [{escape(one)}]{{{place}lang=en}}" for place, one in zip(places, entry.sees, strict=True))
    return "\n>\n".join(lines) + "\n"


@cache
def _patterns() -> list[tuple[str, re.Pattern[str], Entry]]:
    """Return the fixed words of every sentence, its pattern, and its entry."""
    named = ((one, entry) for area in areas() for entry in area.entries for one in entry.sees)
    return [(one.replace(HOLE, ""), _pattern(one), entry) for one, entry in named]


def _pattern(template: str) -> re.Pattern[str]:
    """Let any text stand in a hole, also none: some are filled only where there is something to say."""
    words = template.strip(f"{HOLE} ")
    return re.compile(".*?".join(map(re.escape, words.split(HOLE))))
