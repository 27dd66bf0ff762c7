"""A map in words and as a table: every class with its count, and the names of regions where they are few."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from impact.phrases import phrase
from impact.show.maps.kinds import Layer
from impact.show.maps.places import Places
from impact.show.maps.sheet import Sheet
from impact.show.text import plain

NAMED = 8  # regions of a class up to which their names are said


def alt(sheets: Sequence[Sheet], layer: Layer, places: Places, title: str, language: str) -> str:
    """Return the alternative text of a map: its title, its classes with counts, and how to read it."""
    begin = phrase("map.alt", language, n=f"{len(places.shapes):,}")
    told = [
        f"{_before(sheet.title or plain(layer.heading))} {'; '.join(_classes(sheet, layer, places, language, len(sheets) == 1))}."
        for sheet in sheets
    ]
    heading = _ended(plain(layer.heading)) if sheets[0].title and title != layer.heading else ""
    return " ".join(filter(None, [_ended(title), begin, heading, *told, layer.note]))


def table(sheets: Sequence[Sheet], layer: Layer, places: Places, over: str | None) -> pd.DataFrame:
    """Return the class of every region, sorted by class: the twin of the picture, without any value."""
    columns = {"code": places.shapes.index, "name": places.name.to_numpy(), "province": places.province.to_numpy()}
    every = []
    for sheet in sheets:
        at = sheet.shown.at.to_numpy()
        mine = pd.DataFrame(columns).assign(**({over: sheet.title} if over else {}))
        mine = mine.assign(**{"class": [layer.classes[i].label for i in at]})
        every.append(mine.iloc[np.argsort(at, kind="stable")])
    return pd.concat(every, ignore_index=True)


def _classes(sheet: Sheet, layer: Layer, places: Places, language: str, named: bool) -> list[str]:
    told = []
    for i, one in enumerate(layer.classes):
        codes = sheet.shown.at.index[(sheet.shown.at == i).to_numpy()]
        if len(codes):
            names = ", ".join(plain(places.called(code)) for code in codes)
            told.append(f"{plain(one.label)}: {len(codes):,}{f' ({names})' if named and len(codes) <= NAMED else ''}")
    unsure = len(sheet.shown.unsure)
    return [*told, *([f"{phrase('map.unsure', language)}: {unsure:,}"] if unsure else [])]


def _before(heading: str) -> str:
    return heading if heading.endswith("?") else f"{heading}:"


def _ended(title: str) -> str:
    return title if title.endswith((".", "?", "!")) else f"{title}."
