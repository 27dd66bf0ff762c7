"""What sets the design of one estimate apart from the study's, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from impact.phrases import known
from impact.publish.study_words import text

if TYPE_CHECKING:
    from impact.publish.study_page import Page

GROUPS = ("subgroups", "region_within")  # these tell groups apart, and change no effect on all of them


def listed(page: Page) -> str:
    """Return a list with one line for each estimate that has a design of its own; nothing where none has."""
    own = [one for one in page.room.about["estimate"] if one["design"] and _changes(page, one["design"])]
    lines = [
        page.words.say("differs.line", name=page.words.estimator(one["name"]), changes=_said(page, one)) for one in own
    ]
    return "\n".join(f"- {line}" for line in lines)


def _said(page: Page, one: dict[str, Any]) -> str:
    return "; ".join(_change(page, key, value) for key, value in _changes(page, one["design"]).items())


def _changes(page: Page, design: dict[str, Any]) -> dict[str, Any]:
    base = page.room.about["design"]
    return {key: value for key, value in design.items() if value != base[key] and key not in GROUPS}


def _change(page: Page, key: str, value: Any) -> str:
    """Say one change; what is taken away (no covariates) has words of its own."""
    kind = f"differs.{key}" if value not in ([], None) else f"differs.no_{key}"
    if not known(kind):
        return f"{key} = {text(value)}"
    shown = ", ".join(map(text, value)) if isinstance(value, list) else text(value)
    return page.words.say(kind, value=page.words.say(f"who.{value}") if key == "comparison" else shown)
