"""Make a page of a template: the one door of this folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from impact import where
from impact.publish import PublishError, lint, lite, qmd, quarto
from impact.publish.offline import remote_references
from impact.publish.words import words


def render(
    template: Path, page: Path, parameters: Mapping[str, qmd.Value], language: str, engine: str | None = None
) -> str:
    """Make one self-contained HTML page of a portable ``.qmd`` and return the engine used, "quarto" or "lite".

    Quarto is used where it is installed, the lite engine elsewhere; ``engine`` asks for one of them. The parameters
    replace those that the template's cell tagged ``parameters`` declares; ``title`` and ``subtitle`` replace the front
    matter's. The style is ``page.css`` beside the template, or impact's own. A page that would load anything from
    elsewhere is refused, and a page that cannot be made leaves the file of before untouched.

    Raises PublishError, whose message names the template, the place in it, and what to do.
    """
    template = Path(template)
    words(language)  # refuses a language that pages do not speak, before anything runs
    document = lint.check(qmd.read(template))
    program = quarto.find() if engine != "lite" else None
    used = _engine(engine, program)
    document = qmd.prepare(document, parameters, language)
    style = _style(template)
    html = quarto.page(program, document, style) if program else lite.page(document, style)
    _refuse_remote(template.name, html)
    _write(Path(page), html)
    return used


def _engine(asked: str | None, program: Path | None) -> str:
    used = "quarto" if program else "lite"
    if asked in (None, used):
        return used
    raise PublishError(
        f"The engine must be quarto or lite, and Quarto must be installed to be used; asked for {asked}. "
        "Install Quarto, set QUARTO_PATH, or use the lite engine."
    )


def _style(template: Path) -> str:
    beside = template.with_name("page.css")
    return (beside if beside.is_file() else where.reports("page.css")).read_text(encoding="utf-8")


def _refuse_remote(template: str, html: str) -> None:
    found = remote_references(html)
    if found:
        raise PublishError(
            f"The page of {template} must carry all that it shows; it would load {', '.join(found[:5])}"
            f"{', …' if len(found) > 5 else ''} ({len(found)} in all). Embed it, or show it another way."
        )


def _write(page: Path, html: str) -> None:
    """Write aside, then rename: a reader sees the old page or the new one."""
    page.parent.mkdir(parents=True, exist_ok=True)
    aside = page.with_name(page.name + ".part")
    try:
        aside.write_text(html, encoding="utf-8", newline="\n")
        os.replace(aside, page)
    finally:
        aside.unlink(missing_ok=True)
