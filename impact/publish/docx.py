"""Mend a Word file that pandoc wrote: style and fonts, the sheet with its head and foot, tables; the same bytes each time."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from html import escape
from xml.etree import ElementTree as ET

from impact.publish.columns import wanted

_SPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "pic": "http://schemas.openxmlformats.org/drawingml/2006/picture",
}
_W, _PIC = f"{{{_SPACES['w']}}}", f"{{{_SPACES['pic']}}}"
_KIND = "application/vnd.openxmlformats-officedocument.wordprocessingml"

KOREAN = "맑은 고딕"  # the name under which Word in Korean and 한글 know Malgun Gothic
LATIN = {"ko-KR": "Malgun Gothic", "en-US": "Calibri"}
MANY = 6  # columns beyond which a table has smaller letters
FULL = 9524  # twentieths of a point between the margins of A4 (168 mm)
LETTER = {"TableText": 105, "SmallTableText": 85}  # of them that a letter takes; a Korean one counts twice

_SHEET = (
    '<w:sectPr xmlns:w="{w}" xmlns:r="{r}"><w:headerReference w:type="default" r:id="rIdHead"/>'
    '<w:footerReference w:type="default" r:id="rIdFoot"/><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="1361" w:right="1191" w:bottom="1247" w:left="1191" w:header="624" w:footer="567" w:gutter="0"/></w:sectPr>'
)
_HEAD = '<w:hdr xmlns:w="{w}"><w:p><w:pPr><w:pStyle w:val="Header"/></w:pPr><w:r><w:t>{mark}</w:t></w:r></w:p></w:hdr>'
_FOOT = (
    '<w:ftr xmlns:w="{w}"><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr><w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r>'
    '</w:fldSimple><w:r><w:t xml:space="preserve"> / </w:t></w:r><w:fldSimple w:instr=" NUMPAGES "><w:r><w:t>1</w:t></w:r>'
    "</w:fldSimple></w:p></w:ftr>"
)
_PARTS = {"header": "rIdHead", "footer": "rIdFoot"}


def mended(content: bytes, style: str, mark: str, language: str) -> bytes:
    """Return a Word file with our style, on A4 with numbered sheets, and with the mark at the head of each if there is one."""
    for prefix, address in _SPACES.items():
        ET.register_namespace(prefix, address)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    parts["word/styles.xml"] = _styles(parts["word/styles.xml"], style, LATIN[language])
    parts["word/document.xml"] = _document(parts["word/document.xml"])
    parts["word/header.xml"] = _HEAD.format(mark=escape(mark), **_SPACES).encode()
    parts["word/footer.xml"] = _FOOT.format(**_SPACES).encode()
    for name, close, line in _listed():
        parts[name] = parts[name].replace(close, line.encode() + close)
    # Word writes when a file was made; a page says so itself if it wants to.
    parts["docProps/core.xml"] = re.sub(
        rb"<dcterms:(created|modified).*?</dcterms:\1>", b"", parts["docProps/core.xml"]
    )
    return _packed(parts)


def _listed() -> Iterator[tuple[str, bytes, str]]:
    """Name head and foot where Word looks for its parts: the list of kinds, and the list of what the document uses."""
    for part, identifier in _PARTS.items():
        kind = f'<Override PartName="/word/{part}.xml" ContentType="{_KIND}.{part}+xml"/>'
        yield "[Content_Types].xml", b"</Types>", kind
        used = f'<Relationship Id="{identifier}" Type="{_SPACES["r"]}/{part}" Target="{part}.xml"/>'
        yield "word/_rels/document.xml.rels", b"</Relationships>", used


def _packed(parts: dict[str, bytes]) -> bytes:
    """Pack parts under the first day that a zip file can name, so that the same page gives the same bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


# ---- style -----------------------------------------------------------------------------------------------------------


def _styles(theirs: bytes, ours: str, latin: str) -> bytes:
    """Put our styles in the place of those of the same name, and fonts by name in the place of a theme's."""
    root = ET.fromstring(theirs)
    new = list(ET.fromstring(ours))
    names = {style.get(f"{_W}styleId") for style in new}
    for style in [one for one in root if one.get(f"{_W}styleId") in names]:
        root.remove(style)
    root.extend(new)
    for fonts in root.iter(f"{_W}rFonts"):
        if any("Theme" in name or "cstheme" in name for name in fonts.attrib):
            fonts.attrib.clear()
            fonts.attrib.update({f"{_W}ascii": latin, f"{_W}hAnsi": latin, f"{_W}cs": latin, f"{_W}eastAsia": KOREAN})
    for language in root.iter(f"{_W}lang"):  # Latin letters, and Korean ones, on a page of either language
        language.attrib.update({f"{_W}val": "en-US", f"{_W}eastAsia": "ko-KR"})
    return _bytes(root)


def _bytes(root: ET.Element) -> bytes:
    return bytes(ET.tostring(root, encoding="UTF-8", xml_declaration=True))


# ---- the document ----------------------------------------------------------------------------------------------------


def _document(content: bytes) -> bytes:
    root = ET.fromstring(content)
    for table in root.iter(f"{_W}tbl"):
        _table(table)
    for picture in root.iter(f"{_PIC}cNvPr"):
        picture.attrib.pop("descr", None)  # pandoc writes the whole data address there; the words stand one level above
    sheet = next(root.iter(f"{_W}sectPr"))
    refer, size = 2, ET.fromstring(_SHEET.format(**_SPACES))
    sheet[:] = [*size[:refer], *sheet, *size[refer:]]
    return _bytes(root)


def _table(table: ET.Element) -> None:
    """Give a table letters of a size and columns of a width that suit what it holds; no row breaks over two sheets."""
    rows = [row.findall(f"{_W}tc") for row in table.iter(f"{_W}tr")]
    style = "SmallTableText" if max(map(len, rows)) > MANY else "TableText"
    for one in table.iter(f"{_W}pStyle"):
        one.set(f"{_W}val", style)
    widths = _widths(rows, LETTER[style])
    _set(table.find(f"{_W}tblPr"), "tblW", sum(widths))
    for column, width in zip(table.iter(f"{_W}gridCol"), widths, strict=False):
        column.set(f"{_W}w", str(width))
    for row in rows:
        for cell, width in zip(row, widths, strict=False):
            _set(cell.find(f"{_W}tcPr"), "tcW", width)
    for line in table.iter(f"{_W}tr"):
        _unbroken(line)


def _set(properties: ET.Element | None, name: str, width: int) -> None:
    if properties is not None:
        found = properties.find(f"{_W}{name}")
        one = ET.Element(f"{_W}{name}") if found is None else found
        if found is None:
            properties.insert(0, one)
        one.attrib.update({f"{_W}w": str(width), f"{_W}type": "dxa"})


def _unbroken(line: ET.Element) -> None:
    properties = line.find(f"{_W}trPr")
    if properties is None:
        properties = ET.Element(f"{_W}trPr")
        line.insert(0, properties)
    properties.insert(0, ET.Element(f"{_W}cantSplit"))


def _widths(rows: list[list[ET.Element]], letter: int) -> list[int]:
    """Return the width of each column, by the longest words in it; together they are no wider than the sheet."""
    head, *body = ([_text(cell) for cell in row] for row in rows)
    widths = [letter * letters + 200 for letters in wanted([head], body)]
    share = min(1, FULL / sum(widths))
    return [int(share * width) for width in widths]


def _text(cell: ET.Element) -> str:
    return "".join(part.text or "" for part in cell.iter(f"{_W}t"))
