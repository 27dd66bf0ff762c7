"""What the page gets in a short form: classes of maps once in both languages, and positions among them as a sign each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from impact.atlas.words import LANGUAGES, both, text
from impact.show.maps.classes import STATES, Class, states
from impact.show.maps.kinds import Layer

SIGNS = "0123456789abcdefghijklmnopqrstuvwxyz"


def positions(numbers: Iterable[Any]) -> str:
    """Return small whole numbers as a text with a sign each: 0 to 9, then a to z.

    >>> positions([0, 3, 11])
    '03b'
    """
    return "".join(SIGNS[int(number)] for number in numbers)


def own(layers: Mapping[str, Layer]) -> list[dict[str, str]]:
    """Return the classes of a layer without those of what has no value, which are the same on all maps and follow them."""
    return joined({language: layer.classes[: -len(STATES)] for language, layer in layers.items()})


def without_value() -> list[dict[str, str]]:
    """Return the classes of what has no value that may be shown."""
    return joined(both(states))


def joined(classes: Mapping[str, list[Class]]) -> list[dict[str, str]]:
    """Return classes with their labels in each language.

    >>> joined({"en": [Class("open", "open", "#efefef")], "ko": [Class("open", "모름", "#efefef")]})
    [{'key': 'open', 'colour': '#efefef', 'hatch': '', 'en': 'open', 'ko': '모름'}]
    """
    pairs = zip(*(classes[language] for language in LANGUAGES), strict=True)
    return [
        {"key": en.key, "colour": en.colour, "hatch": en.hatch, "en": text(en.label), "ko": text(ko.label)}
        for en, ko in pairs
    ]


def once(found: Mapping[str, Any]) -> dict[str, Any]:
    """Write every list of classes once; outcomes and variables name them by their places.

    >>> once({"outcomes": [{"classes": {"mean": ["a"]}}], "variables": [{"classes": ["a"]}]})["outcomes"]
    [{'classes': {'mean': 0}}]
    """
    lists: list[Any] = []

    def place(classes: Any) -> int:
        if classes not in lists:
            lists.append(classes)
        return lists.index(classes)

    outcomes = [
        {**one, "classes": {name: place(classes) for name, classes in one["classes"].items()}}
        for one in found["outcomes"]
    ]
    variables = [{**one, "classes": place(one["classes"])} for one in found["variables"]]
    return {**found, "outcomes": outcomes, "variables": variables, "classes": lists, "without_value": without_value()}
