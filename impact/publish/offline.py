"""Find what a page would load from elsewhere; a page that is to be published loads nothing."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import unquote_to_bytes

# Attributes whose value a browser fetches by itself. The href of a and area is followed only by a reader's click.
_FETCHED = {
    "src",
    "srcset",
    "imagesrcset",
    "href",
    "xlink:href",
    "data",
    "poster",
    "background",
    "manifest",
    "ping",
    "code",
    "archive",
}
_FOLLOWED = {"a", "area"}

# Attributes that hold CSS: style itself, and SVG's own.
_STYLED = {
    "style",
    "fill",
    "stroke",
    "filter",
    "mask",
    "clip-path",
    "cursor",
    "marker-start",
    "marker-mid",
    "marker-end",
}

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?")
_URL = re.compile(
    r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^)]*?))\s*\)"""  # url(…)
    r"""|@import\s+(?:"([^"]*)"|'([^']*)')"""  # @import "…"
    r"""|["']((?:https?:)?//[^"']*)["']""",  # the bare text in image-set("…" 1x)
    re.IGNORECASE,
)


def remote_references(html: str) -> list[str]:
    """List what a page loads that it does not carry: addresses of pictures, styles, scripts, frames and fonts.

    Links that a reader follows are no such thing. What a script fetches by itself cannot be seen here.
    """
    page = _Page()
    page.feed(html)
    page.close()
    return page.found


class _Page(HTMLParser):
    """Collect addresses while the parser goes through the page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        self.found += [address for name, value in attrs for address in _addresses(tag, name, value or "")]
        if tag == "meta" and ("http-equiv", "refresh") in [(name, (value or "").lower()) for name, value in attrs]:
            self.found.append(dict(attrs).get("content") or "refresh")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.found += _in_css(data)


def _addresses(tag: str, name: str, value: str) -> Iterator[str]:
    """Yield what one attribute makes a browser fetch."""
    if name == "srcdoc":
        yield from remote_references(value)
    elif name in _STYLED:
        yield from _in_css(value)
    elif name == "ping" or (name in _FETCHED and tag not in _FOLLOWED):
        for address in _candidates(name, value):
            yield from _outside(address)


def _candidates(name: str, value: str) -> list[str]:
    """Split a srcset at its commas, though not at the comma inside an address that carries its data."""
    if not name.endswith("srcset"):
        return [value]
    return [part.split()[0] for part in re.split(r",\s+", value.strip()) if part.split()]


def _outside(address: str) -> list[str]:
    """Return the address if the page does not carry what it names; look into styles that it carries."""
    bare = address.strip()
    if bare.lower().startswith("data:text/css"):
        return _in_css(_decoded(bare))
    carried = not bare or bare.startswith("#") or bare.lower().startswith(("data:", "about:blank"))
    return [] if carried else [bare]


def _decoded(address: str) -> str:
    head, _, data = address.partition(",")
    content = unquote_to_bytes(data)
    return (base64.b64decode(content + b"==") if head.endswith(";base64") else content).decode("utf-8", "replace")


def _in_css(css: str) -> list[str]:
    """List the addresses in a style sheet, its comments left out and its escapes read."""
    plain = _ESCAPE.sub(lambda sign: chr(min(int(sign[1], 16), 0x10FFFF)), _COMMENT.sub("", css))
    found = [next(filter(None, match.groups()), "") for match in _URL.finditer(plain)]
    return [outside for address in found for outside in _outside(address)]
