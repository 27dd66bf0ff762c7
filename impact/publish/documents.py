"""What can be made of a folder of results: the report, the brief and the priorities, as a page, a PDF or a Word file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from impact import marks, where
from impact.errors import InputError
from impact.phrases import phrase
from impact.show.room import Room
from impact.show.text import plain


@dataclass(frozen=True)
class Kind:
    """A kind of document: its template, the phrase of its title, and the table that it needs."""

    template: str
    title: str
    needs: str = "effects"


KINDS = {
    "report": Kind("evaluation", ""),
    "brief": Kind("brief", "brief.title"),
    "priorities": Kind("priorities", "priorities.title", "priorities"),
}


def make(room: Path, kind: str, language: str = "", to: str = "html") -> str:
    """Make one document of a folder of results, in its folder; return the engine used.

    A language other than the study's has figures of its own, and the file has it in its name: `brief.ko.pdf`.
    """
    from impact.publish.render import render

    read = Room.read(room, language)
    what = KINDS[kind]
    if what.needs not in read.tables:
        raise InputError(
            f"The document on {kind} needs its tables; {room} has none. Make them first: impact prioritize STUDY"
        )
    _drawn(read)
    parameters = {"folder": str(room.resolve()), "language": read.language, "title": _title(read, what)}
    template = where.reports(f"{what.template}.{read.language}.qmd")
    return render(template, room / name(read, kind, to), parameters, read.language, to=to)


def name(room: Room, kind: str, to: str) -> str:
    """Return the name of a document's file."""
    own = room.language == room.about["study"]["language"]
    return f"{kind}.{to}" if own else f"{kind}.{room.language}.{to}"


def _title(room: Room, kind: Kind) -> str:
    title = plain(room.about["study"]["title"])
    title = phrase(kind.title, room.language, title=title) if kind.title else title
    return f"{marks.SIMULATED}: {title}" if room.simulated else title


def _drawn(read: Room) -> None:
    """Draw the figures that are not there in this language: those of the study, and those of its priorities."""
    from impact.show import figures, priorities

    figures.draw_all(read.place, read.language, missing=True)
    if "priorities" in read.tables:
        priorities.draw_all(read.place, read.language, missing=True)
