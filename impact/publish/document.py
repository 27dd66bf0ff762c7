"""What documents on top of a study's page share: the page, its room, and phrases of a section of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from impact.publish.study_page import Page
from impact.show.room import Room


@dataclass(frozen=True)
class Document:
    """A document of a study; `phrases` is its section of reports/phrases.toml."""

    page: Page
    phrases: ClassVar[str]

    @classmethod
    def read(cls, folder: str, language: str = "") -> Self:
        """Read a folder of results; without a language it speaks the study's."""
        return cls(Page.read(folder, language))

    @property
    def room(self) -> Room:
        """Return the folder of results."""
        return self.page.room

    def say(self, key: str, **values: Any) -> str:
        """Return a phrase with its values."""
        return self.page.words.say(f"{self.phrases}.{key}", **values)


def joined(*parts: str) -> str:
    """Put what there is one under another; nothing leaves no gap."""
    return "\n\n".join(filter(None, parts))
