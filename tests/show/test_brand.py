"""Colours have their names in one file, and every other file has the same colours."""

import re
from itertools import pairwise

import pytest
import yaml

from impact import where
from impact.show import canvas

BRAND = yaml.safe_load(where.reports("_brand.yml").read_text(encoding="utf-8"))
PALETTE = BRAND["color"]["palette"]


def luminance(colour):
    """Return the relative luminance of the W3C's contrast."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    light = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]


def contrast(one, other):
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ["page.css", "page.typ", "page.word.xml", "figures.mplstyle"])
def test_every_colour_of_a_style_is_one_of_the_brand(name):
    text = where.reports(name).read_text(encoding="utf-8")
    marked = r"(?:#|w:val=\"|w:color=\"|w:fill=\"|: |')([0-9a-fA-F]{6})\b"
    found = {colour.lower() for colour in re.findall(marked, text)}
    assert len(found) >= 6
    assert found <= {colour.removeprefix("#") for colour in PALETTE.values()}


def test_names_in_the_page_style_are_those_of_the_brand():
    css = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", where.reports("page.css").read_text(encoding="utf-8")))
    names = {"text": "ink", "note": "accent", "tip": "green", "warning": "amber", "important": "red", "caution": "red"}
    assert css == {name: PALETTE[names.get(name, name)] for name in css}
    typ = where.reports("page.typ").read_text(encoding="utf-8")
    said = dict(re.findall(r'#let ([a-z]+) = rgb\("(#[0-9a-f]{6})"\)', typ))
    assert said == {name: PALETTE[name] for name in ("ink", "quiet", "rule", "faint", "accent", "red")}


def test_figures_have_the_colours_of_the_brand():
    series = [colour for name, colour in PALETTE.items() if name.startswith("series-")]
    assert list(canvas.SERIES) == series == canvas.style()["axes.prop_cycle"].by_key()["color"]
    assert {
        "blue": canvas.BLUE,
        "sand": canvas.SAND,
        "grey": canvas.GREY,
        "paper": canvas.PAPER,
    }.items() <= PALETTE.items()


def test_series_are_told_apart_without_colour_and_seen_on_paper():
    assert [luminance(one) for one in canvas.SERIES] == sorted(map(luminance, canvas.SERIES))
    assert min(contrast(one, other) for one, other in pairwise(canvas.SERIES)) > 1.3
    assert min(contrast(one, canvas.PAPER) for one in canvas.SERIES) > 1.7
    assert contrast(canvas.BLUE, canvas.SAND) > 3


@pytest.mark.parametrize("name", ["ink", "quiet", "accent", "green", "amber", "red"])
def test_words_can_be_read(name):
    assert contrast(PALETTE[name], PALETTE["paper"]) >= 4.5
    assert contrast(PALETTE[name], PALETTE["faint"]) >= 4.5


def test_no_font_comes_from_elsewhere():
    fonts = BRAND["typography"]["fonts"]
    assert {one["source"] for one in fonts} == {"system"}
    used = {BRAND["typography"][kind]["family"] for kind in ("base", "headings", "monospace")}
    assert used <= {one["family"] for one in fonts}


def test_the_parts_of_the_brand_are_names_of_its_palette():
    roles = {name: of for name, of in BRAND["color"].items() if name != "palette"}
    assert set(roles.values()) <= set(PALETTE)
    assert {roles[name] for name in ("foreground", "background", "primary")} == {"ink", "paper", "accent"}
