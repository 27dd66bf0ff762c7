"""The door of maps: a tidy table in, a map with its alternative text out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from impact import checks, marks
from impact.errors import InputError, counted, first_five
from impact.phrases import phrase
from impact.regions import boundaries as of_boundaries
from impact.regions.boundaries import Boundaries
from impact.show import canvas, png
from impact.show.maps import coding, kinds, letters, places, said, sheet
from impact.show.maps.ink import Shown
from impact.show.maps.kinds import Asked, Layer
from impact.show.maps.page import WIDTH, Words
from impact.show.maps.places import Places
from impact.show.maps.sheet import Sheet
from impact.show.text import plain

LANGUAGES = ("en", "ko")
ENDS = (".png", ".svg", ".pdf")
MOST = 12  # small maps on a page
DPI, COLOURS = 200, 96  # of a png: dots to the inch, and colours


@dataclass(frozen=True)
class Map:
    """A map: its figure, the same in words, and the class of every region (`code`, `name`, `province`, `class`)."""

    figure: Figure
    alt: str
    table: pd.DataFrame
    simulated: bool = False

    def save(self, path: Path | str, dpi: int = DPI) -> Path:
        """Save as png, svg or pdf, as the name says; the alternative text goes with it, in a .txt beside the picture.

        dpi: dots of a png to the inch; a map of the usual width has 600 at 94.
        """
        to = Path(path)
        fail_if_no_picture(to)
        with letters.typeset():
            if to.suffix.lower() == ".png":
                png.save(self.figure, to, dpi, self.simulated, COLOURS)
            else:
                self.figure.savefig(to, metadata=_about(to.suffix.lower(), self.simulated))
        to.with_suffix(".txt").write_text(f"{self.alt}\n", encoding="utf-8", newline="\n")
        return to


def draw(
    table: pd.DataFrame,
    column: str | None = None,
    kind: str | None = None,
    value: str | None = None,
    threshold: float = 0.0,
    breaks: Sequence[float] | None = None,
    over: str | None = None,
    boundaries: Boundaries | Path | str | None = None,
    tiles: pd.DataFrame | bool = False,
    language: str = "en",
    title: str = "",
    percent: bool = False,
    unit: str = "",
    width: float = WIDTH,
) -> Map:
    """Draw a map of a tidy table with one row a region, or one a region and year (or outcome) with `over`.

    column: of the codes; without, `region`, `code`, or the one in which most codes of the map are. Codes of another day or
        system are brought to those of the map, one to one; those that cannot be placed are said, not dropped silently.
    kind: "probability" (how surely the effect is above the threshold, in five named classes), "mean" (the effect in classes
        around zero, with level lines where its interval holds zero), "classes" (any variable, with the same breaks on all maps),
        "two" (a class of extinction risk and the effect). Without: what the columns are for.
    value: the variable of "classes" and "two". threshold: in the measure of the estimate. breaks: edges of classes, as they are
        shown; each belongs to the class above it.
    boundaries: what `impact.regions.boundaries.read` returned, or the path of a file; without, what was fetched; with neither,
        tiles. tiles: True draws tiles anyway; a table with code, row and column (and name, province) those of another country.
    percent: effects are logarithms, shown as per cent. unit: of the values. width: inches; 7.3 fill a page of A4.

    Returns a `Map` with `figure`, `alt`, `table` and `save`. Suppressed, not enough evidence, impossible and no data are classes
    of their own, and what is suppressed is nowhere in it. Raises InputError; warns of codes without a place.

    >>> from impact.regions import register
    >>> people = register.population().query("year == 2024")[["code", "total"]]
    >>> print(draw(people, tiles=True).alt[:51])
    total. Map of 229 regions. total: below 42,000: 46;
    """
    _fail_if_unknown(kind, language)
    asked = Asked(language, value, threshold, breaks, percent, unit)
    ground = _ground(boundaries, tiles, language)
    coded, notes = coding.placed(table, column, ground, over)
    checks.warn(notes)
    layer = kinds.KINDS[kind or kinds.chosen(coded, asked)](coded, asked)
    sheets = _sheets(coded, layer, ground, over)
    words = Words(plain(title) or layer.heading, layer.note, source=ground.attribution)
    simulated = marks.is_simulated(table)
    with letters.typeset():
        figure = _figure(sheets, layer, ground, words, width, language)
        if simulated:
            _mark(figure)
    alt = f"{marks.SIMULATED}: " * simulated + said.alt(sheets, layer, ground, words.title, language)
    return Map(figure, alt, said.table(sheets, layer, ground, over), simulated)


def fail_if_no_picture(path: Path) -> None:
    """Refuse the name of a file that is no picture."""
    if path.suffix.lower() not in ENDS:
        raise InputError(f"A map is saved as {', '.join(ENDS)}; seen: {path.name}. Give it one of these ends.")


def _fail_if_unknown(kind: str | None, language: str) -> None:
    if kind is not None and kind not in kinds.KINDS:
        raise InputError(f"A map must be of one kind: {', '.join(kinds.KINDS)}; seen: {kind!r}. Name one of these.")
    if language not in LANGUAGES:
        raise InputError(f"A map is in English ('en') or Korean ('ko'); seen: {language!r}. Name one of these.")


def _ground(given: Boundaries | Path | str | None, tiles: pd.DataFrame | bool, language: str) -> Places:
    """Return where regions are drawn: tiles that are asked for, boundaries that are named or fetched, or Korea's tiles."""
    if isinstance(tiles, pd.DataFrame):
        return places.own_tiles(tiles)
    file = of_boundaries.cached("light") if given is None and not tiles else given
    if tiles or file is None:
        checks.warn([] if tiles else [phrase("map.no_boundaries", "en")])
        return places.korean_tiles(language)
    read = file if isinstance(file, Boundaries) else _read(Path(file).resolve(), _state(Path(file)))
    if read.missing:
        lost = f"{counted(len(read.missing), 'region')} without a shape in the boundaries, so not on the map"
        checks.warn([f"{lost}: {first_five(read.missing)}. Take a file that has all of them."])
    return places.of_boundaries(read, language)


@lru_cache(maxsize=4)
def _read(path: Path, state: tuple[int, int] | None) -> Boundaries:
    """Read boundaries, which several maps in a row share; `state` tells one version of the file from the next."""
    return of_boundaries.read(path)


def _state(path: Path) -> tuple[int, int] | None:
    if not path.is_file():
        return None
    seen = path.stat()
    return seen.st_mtime_ns, seen.st_size


def _sheets(coded: pd.DataFrame, layer: Layer, ground: Places, over: str | None) -> list[Sheet]:
    """Return what each map shows; regions without a row have no data."""
    unsure = layer.unsure if len(layer.unsure) else np.zeros(len(coded), bool)
    if over is None:
        return [_sheet("", coded["code"], layer, layer.position, unsure, ground)]
    values = sorted(coded[over].dropna().unique())
    if not 0 < len(values) <= MOST:
        raise InputError(
            f"Small maps are for 1 to {MOST} values; '{over}' has {len(values):,}. Choose rows first (--where)."
        )
    every = []
    for value in values:
        mine = (coded[over] == value).to_numpy()
        every.append(_sheet(plain(str(value)), coded["code"][mine], layer, layer.position[mine], unsure[mine], ground))
    return every


def _sheet(
    title: str, codes: pd.Series, layer: Layer, position: np.ndarray, unsure: np.ndarray, ground: Places
) -> Sheet:
    at = pd.Series(position, codes.to_numpy()).reindex(ground.shapes.index, fill_value=len(layer.classes) - 1)
    return Sheet(title, Shown(layer.classes, at, pd.Index(codes[unsure])))


def _figure(sheets: list[Sheet], layer: Layer, ground: Places, words: Words, width: float, language: str) -> Figure:
    if sheets[0].title or len(sheets) > 1:
        return sheet.several(sheets, layer, ground, words, width, language)
    return sheet.single(sheets[0], layer, ground, words, width, language)


def _mark(figure: Figure) -> None:
    """Write all over a map that its firms are simulated."""
    canvas.mark(figure, figure.add_axes((0, 0, 1, 1), facecolor="none", frame_on=False, xticks=[], yticks=[], zorder=9))


def _about(end: str, simulated: bool) -> dict[str, Any]:
    """Return what is written into a file about itself: no time and no version, so that the same table gives the same bytes."""
    none: dict[str, Any] = {".svg": {"Date": None, "Creator": None}, ".pdf": {"CreationDate": None}}[end]
    return none | ({"Title": marks.SIMULATED} if simulated else {})
