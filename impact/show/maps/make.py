"""The door of maps: a tidy table in, a map with its alternative text out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

from impact import checks, marks
from impact.errors import InputError, counted, first_five
from impact.publish.phrases import phrase
from impact.regions import boundaries as of_boundaries
from impact.regions.boundaries import Boundaries
from impact.show import canvas, fonts
from impact.show.maps import coding, kinds, places, sheet
from impact.show.maps.kinds import Asked, Layer
from impact.show.maps.places import Places
from impact.show.maps.sheet import Sheet
from impact.show.text import plain

WIDTH = 6.4  # inches; 7.3 fill a page of A4
NAMED = 8  # regions of a class that the alternative text names
MOST = 12  # small maps on a sheet


@dataclass(frozen=True)
class Map:
    """A map: its figure, the same in words, and the class of every region."""

    figure: Figure
    alt: str
    table: pd.DataFrame
    simulated: bool = False

    def save(self, path: Path | str) -> Path:
        """Save as png, svg or pdf, as the name says; the alternative text goes with it, beside the picture."""
        to = Path(path)
        if to.suffix.lower() not in (".png", ".svg", ".pdf"):
            raise InputError(f"A map is saved as .png, .svg or .pdf; seen: {to.name}. Give it one of these ends.")
        with mpl.rc_context(
            {**canvas.STYLE, "font.family": fonts.families(), "pdf.fonttype": 42, "hatch.linewidth": 0.5}
        ):
            self.figure.savefig(to, dpi=200, metadata=_about(to.suffix.lower(), self.simulated))
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

    column: of the codes; without, `region`, `code`, or the one in which most codes of units are. Codes of another day or system
        are brought to the register's, one to one; those that cannot be placed are said, not dropped.
    kind: "probability" (how surely the effect is above the threshold, in five named classes), "mean" (the effect in classes around
        zero, hatched where its interval holds zero), "classes" (any variable, with the same breaks on all maps), "two" (a class of
        extinction risk and the effect). Without: what the columns are for. value: the variable of "classes" and "two".
    boundaries: what `impact.regions.boundaries.read` returned, or the path of a file; without, what was fetched; with neither,
        tiles. tiles: True draws tiles anyway; a table with code, row and column draws those of another country.
    percent: effects are logarithms, shown as per cent. unit: of the values. width: inches.

    Returns a `Map` with `figure`, `alt` and `save`. Suppressed, not enough evidence, impossible and no data are classes of
    their own. Raises InputError; warns of codes without a place.

    >>> from impact.regions import register
    >>> people = register.population().query("year == 2024")[["code", "total"]]
    >>> print(draw(people, tiles=True).alt[:47])
    A map of 229 regions by total. below 100,000: 8
    """
    if kind is not None and kind not in kinds.KINDS:
        raise InputError(f"A map is of one kind: {', '.join(kinds.KINDS)}; seen: {kind!r}.")
    if language not in ("en", "ko"):
        raise InputError(f"A map is in English ('en') or Korean ('ko'); seen: {language!r}.")
    asked = Asked(language, value, threshold, breaks, percent, unit)
    ground = _ground(boundaries, tiles, language)
    coded, notes = coding.placed(
        table, column, ground.shapes.index.union(ground.remote), over, named=isinstance(tiles, pd.DataFrame)
    )
    checks.warn(notes)
    simulated = marks.is_simulated(table)
    layer = kinds.KINDS[kind or kinds.chosen(coded, asked)](coded, asked)
    with mpl.rc_context({**canvas.STYLE, "font.family": fonts.families(), "hatch.linewidth": 0.5}):
        figure = _drawn(coded, layer, ground, over, title, width, language)
        if simulated:
            canvas.mark(figure, figure.add_axes((0, 0, 1, 1), facecolor="none", frame_on=False, xticks=[], yticks=[]))
    classes = pd.Series([layer.classes[i].label for i in layer.position], coded.index)
    return Map(
        figure, _said(coded, layer, ground, title, over, simulated, language), coded.assign(shown=classes), simulated
    )


def _ground(boundaries: Any, tiles: pd.DataFrame | bool, language: str) -> Places:
    if isinstance(tiles, pd.DataFrame):
        from impact.regions.tiles import checked

        own = checked(tiles)
        name = own["name"] if "name" in own else own["code"]
        province = own["province"] if "province" in own else pd.Series("", own.index)
        return places.of_tiles(
            own, pd.Series(name.to_numpy(), own["code"]), pd.Series(province.to_numpy(), own["code"])
        )
    file = of_boundaries.cached("light") if boundaries is None and not tiles else boundaries
    if tiles or file is None:
        if not tiles:
            checks.warn([phrase("map.no_boundaries", "en")])
        return places.korean_tiles(language)
    read = file if isinstance(file, Boundaries) else of_boundaries.read(Path(file))
    if read.missing:
        checks.warn(
            [
                f"{counted(len(read.missing), 'region')} of the map have no shape in the boundaries: {first_five(read.missing)}."
            ]
        )
    return places.of_boundaries(read, language)


def _drawn(
    coded: pd.DataFrame, layer: Layer, ground: Places, over: str | None, title: str, width: float, language: str
) -> Figure:
    if over is None:
        return sheet.single(Sheet(layer, coded["code"], title), ground, width, language)
    values = sorted(coded[over].dropna().unique())
    if not 0 < len(values) <= MOST:
        raise InputError(
            f"Small maps are for up to {MOST} values; '{over}' has {len(values)}. Choose some of its rows first."
        )
    parts = []
    for value in values:
        mine = (coded[over] == value).to_numpy()
        unsure = layer.unsure[mine] if len(layer.unsure) else layer.unsure
        parts.append(
            Sheet(replace(layer, position=layer.position[mine], unsure=unsure), coded.loc[mine, "code"], str(value))
        )
    figure = sheet.several(parts, ground, width, language)
    figure.text(
        0.015,
        1 - 0.08 / figure.get_figheight(),
        fonts.writable(plain(title)),
        fontsize=11.5,
        va="top",
        parse_math=False,
    )
    return figure


def _said(
    coded: pd.DataFrame, layer: Layer, ground: Places, title: str, over: str | None, simulated: bool, language: str
) -> str:
    """Say the map in words: every class with its count, and the names of regions where they are few."""
    names = ground.name.reindex(coded["code"]).fillna(coded["code"].set_axis(coded["code"])).to_numpy()
    begin = phrase("map.alt", language, n=f"{coded['code'].nunique():,}", heading=plain(layer.heading))
    told = []
    for i, one in enumerate(layer.classes):
        mine = names[layer.position == i]
        if len(mine):
            listed = f" ({', '.join(map(plain, map(str, mine)))})" if len(mine) <= NAMED and over is None else ""
            told.append(f"{plain(one.label)}: {len(mine):,}{listed}")
    words = [f"{plain(title)}." if title else "", begin, f"{'; '.join(told)}.", layer.note]
    return f"{marks.SIMULATED}: " * simulated + " ".join(filter(None, words))


def _about(end: str, simulated: bool) -> dict[str, Any]:
    none: dict[str, Any] = {".png": {"Software": None}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}[end]
    return none | ({"Title": marks.SIMULATED} if simulated else {})
