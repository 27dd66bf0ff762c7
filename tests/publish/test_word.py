"""The Word file of a page, read back."""

import io
import zipfile
from xml.etree import ElementTree as ET

import pytest
from attacks import ATTACKS, expected
from paper import ATTACK, BODY, MARK, MARKED, joined, made, style

from impact.publish import docx, lite, qmd, word
from impact.publish.render import render

STYLE = style("page.word.xml")
W, R = f"{{{docx._SPACES['w']}}}", f"{{{docx._SPACES['r']}}}"


class Read:
    """A Word file, unpacked."""

    def __init__(self, content):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            self.dates = {one.date_time for one in packed.infolist()}
            self.parts = {name: packed.read(name) for name in packed.namelist()}
        self.document = self.part("word/document.xml")

    def part(self, name):
        return ET.fromstring(self.parts[name])

    def all(self, name):
        return list(self.document.iter(W + name))

    def paragraphs(self):
        """Return the style and the words of each paragraph."""
        return [(_style(one), _words(one)) for one in self.all("p")]


def _style(paragraph):
    found = paragraph.find(f"{W}pPr/{W}pStyle")
    return "" if found is None else found.get(W + "val")


def _words(element):
    return "".join(one.text or "" for one in element.iter() if one.tag.endswith("}t"))


@pytest.fixture
def read(template):
    """Return a function that makes the Word file of a page and reads it."""
    return lambda body=BODY, language="ko": Read(word.page(made(template, body, language), STYLE))


def test_a_word_file_says_what_the_page_says(template, tmp_path):
    path = template(BODY, "title: A page\nsubtitle: Below\nauthor: [Kim, Lee]\ndate: 2026-03-31")
    assert render(path, tmp_path / "brief.docx", {"title": ATTACK}, "ko", to="docx") == "lite"
    said = Read((tmp_path / "brief.docx").read_bytes()).paragraphs()
    assert said[:6] == [
        ("Title", ATTACK),
        ("Subtitle", "Below"),
        ("Author", "Kim"),
        ("Author", "Lee"),
        ("Date", "2026-03-31"),
        ("Heading1", "지역별 효과"),
    ]
    space = "\N{NO-BREAK SPACE}"
    assert said[6][1] == (f"지역의 효과는 1.50입니다. See 그림{space}1, 그림{space}2 and 표{space}1; code --x and x2.")
    assert ("ImageCaption", f"그림{space}1: 그림의 설명") in said
    assert ("TableCaption", f"표{space}1: Regions") in said
    assert [words for style, words in said if style == "TableText"] == [
        *("지역", "효과", "p"),
        *(cell for number in range(60) for cell in (ATTACK, str(number), f"−{number}")),
    ]
    assert [one for one in said if one[0].startswith("Callout")] == [
        ("CalloutTitle", "참고"),
        ("Callout", "알림입니다."),
        ("CalloutTitle", "Care"),
    ]
    assert ("SourceCode", "*verbatim* #code") in said
    assert said[-1] == ("MadeWith", "이 문서는 impact의 간이 엔진으로 만들었습니다.")


def test_a_table_has_borders_a_head_on_every_sheet_and_rows_that_do_not_break(read):
    page = read()
    (table,) = page.all("tbl")
    rows = list(table.iter(W + "tr"))
    assert [row.find(f"{W}trPr/{W}tblHeader") is not None for row in rows] == [True] + [False] * 60
    assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows)
    widths = [int(one.get(W + "w")) for one in table.iter(W + "gridCol")]
    assert widths == [36 * 105 + 200, 4 * 105 + 200, 3 * 105 + 200]
    assert all([int(c.find(f"{W}tcPr/{W}tcW").get(W + "w")) for c in row.iter(W + "tc")] == widths for row in rows)
    own = next(one for one in page.part("word/styles.xml") if one.get(W + "styleId") == "Table")
    assert {one.tag for one in own.find(f"{W}tblPr/{W}tblBorders")} == {W + "top", W + "bottom", W + "insideH"}


def test_a_table_with_many_columns_has_small_letters_and_fits_the_sheet(read):
    head = "|".join("a long heading" for _ in range(12))
    body = f"'''{{python}}\n#| output: asis\nprint('|{head}|\\n|{'---|' * 12}\\n|{'words that go on and on|' * 12}')\n'''\n"
    (table,) = read(body).all("tbl")
    assert {_style(one) for one in table.iter(W + "p")} == {"SmallTableText"}
    assert docx.FULL - 12 <= sum(int(one.get(W + "w")) for one in table.iter(W + "gridCol")) <= docx.FULL


def test_pictures_are_png_with_words_and_no_wider_than_the_sheet(read):
    page = read()
    described = [one for one in page.document.iter() if one.tag.endswith("}docPr")]
    assert [one.get("descr") for one in described] == ['오르는 선 "a"', "A line that falls"]
    sizes = [int(one.get("cx")) / 914400 for one in page.document.iter() if one.tag.endswith("}extent")]
    assert sizes == pytest.approx([3, word.WIDE], abs=0.05)  # a cell shows a figure without the empty edge around it
    media = [content for name, content in page.parts.items() if name.startswith("word/media/")]
    assert [content[:4] for content in media] == [b"\x89PNG"] * 2
    assert b"data:image" not in page.parts["word/document.xml"]


def test_fonts_and_languages_are_right_for_korean(read):
    for language, latin, tag in (("ko", "Malgun Gothic", "ko-KR"), ("en", "Calibri", "en-US")):
        page = read("Words.\n", language)
        styles = page.part("word/styles.xml")
        fonts = styles.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr/{W}rFonts")
        assert fonts.attrib == {
            W + "ascii": latin,
            W + "hAnsi": latin,
            W + "cs": latin,
            W + "eastAsia": "맑은 고딕",
        }
        assert not any("Theme" in name for one in styles.iter(W + "rFonts") for name in one.attrib)
        assert {(one.get(W + "val"), one.get(W + "eastAsia")) for one in styles.iter(W + "lang")} == {
            ("en-US", "ko-KR")
        }
        assert f"<dc:language>{tag}</dc:language>".encode() in page.parts["docProps/core.xml"]


def test_the_sheet_is_a4_with_numbers_and_the_mark_at_its_head(read):
    page, plain = read(MARKED + BODY), read()
    (sheet,) = page.all("sectPr")
    assert [one.tag.partition("}")[2] for one in sheet] == [
        *("headerReference", "footerReference", "footnotePr", "pgSz", "pgMar"),
    ]
    assert (sheet.find(W + "pgSz").get(W + "w"), sheet.find(W + "pgSz").get(W + "h")) == ("11906", "16838")
    relations = {one.get("Id"): one.get("Target") for one in page.part("word/_rels/document.xml.rels")}
    head, foot = (page.part(f"word/{relations[one.get(R + 'id')]}") for one in sheet[:2])
    assert _words(head) == MARK
    assert [one.get(W + "instr") for one in foot.iter(W + "fldSimple")] == [" PAGE ", " NUMPAGES "]
    kinds = {one.get("PartName") for one in page.part("[Content_Types].xml")}
    assert {"/word/header.xml", "/word/footer.xml"} <= kinds
    assert page.paragraphs() == plain.paragraphs()
    assert _words(plain.part("word/header.xml")) == ""


def test_nothing_is_linked_from_elsewhere_but_what_a_reader_follows(read):
    page = read()
    outside = [
        (one.get("Type").rpartition("/")[2], one.get("Target"))
        for name in page.parts
        if name.endswith(".rels")
        for one in page.part(name)
        if one.get("TargetMode") == "External"
    ]
    assert set(outside) == {("hyperlink", "https://example.org/a?b=c&d=e")}


def test_references_lead_to_what_they_name(read):
    page = read()
    anchors = {one.get(W + "anchor") for one in page.all("hyperlink")} - {None}
    assert anchors == {"fig-line", "fig-own", "tbl-regions"}
    assert anchors <= {one.get(W + "name") for one in page.all("bookmarkStart")}


def test_nothing_that_a_stranger_wrote_is_more_than_words(template):
    path = template("Words.\n")
    markdown = "\n\n".join(f"Q {qmd.escape(one)}" for one in ATTACKS)
    tree = lite._tree(qmd.prepare(qmd.read(path), {}, "ko"), markdown, path.parent)
    page = Read(word.page(lite.Made("a.qmd", tree, {}, "ko"), STYLE))
    said = [words for _, words in page.paragraphs()][1:-1]
    assert list(map(joined, said)) == [joined(f"Q{expected(one)}") for one in ATTACKS]


def test_the_same_page_gives_the_same_bytes_without_a_date_of_today(template):
    page = made(template)
    content = word.page(page, STYLE)
    assert word.page(page, STYLE) == content
    read = Read(content)
    assert read.dates == {(1980, 1, 1, 0, 0, 0)}
    assert b"dcterms:" not in read.parts["docProps/core.xml"].partition(b"<dc:title>")[2]
