"""The PDF of a page, read back."""

import io
import types

import pypdf
import pytest
from attacks import ATTACKS, expected
from paper import ATTACK, BODY, MARK, MARKED, joined, made, style

from impact.publish import PublishError, lite, qmd, tree, typst
from impact.publish.render import render

STYLE = style("page.typ")


@pytest.fixture
def read(template):
    """Return a function that makes the PDF of a page and reads it."""

    def of(body=BODY, language="ko"):
        return pypdf.PdfReader(io.BytesIO(typst.page(made(template, body, language), STYLE)))

    return of


def text(pdf):
    return joined("".join(page.extract_text() for page in pdf.pages))


def tags(node, kind):
    """Go through the elements of one kind in the tree of tags."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        return [found for one in node for found in tags(one, kind)]
    if not isinstance(node, dict):
        return []
    return [*([node] if node.get("/S") == kind else []), *tags(node.get("/K", []), kind)]


def test_a_pdf_says_what_the_page_says(template, tmp_path):
    path = template(BODY, "title: A page\nsubtitle: Below\nauthor: [Kim, Lee]\ndate: 2026-03-31")
    assert render(path, tmp_path / "brief.pdf", {"title": ATTACK}, "ko", to="pdf") == "lite"
    said = text(pypdf.PdfReader(tmp_path / "brief.pdf"))
    assert said.startswith(joined(f"{ATTACK} Below Kim Lee 2026-03-31 지역별 효과"))
    assert joined("지역의 효과는 1.50입니다. See 그림 1, 그림 2 and 표 1; code --x and") in said
    assert joined("그림 1: 그림의 설명") in said
    assert joined("표 1: Regions") in said
    assert all(joined(f"{ATTACK} {number} −{number}") in said for number in range(60))
    assert joined("참고 알림입니다.") in said
    assert joined("Care • Take care.") in said
    assert "*verbatim*#code" in said
    assert "이문서는impact의간이엔진으로만들었습니다." in said


def test_tables_go_on_over_sheets_with_their_head_and_every_sheet_has_its_number(read):
    pdf = read()
    assert len(pdf.pages) == 3
    said = [joined(page.extract_text()) for page in pdf.pages]
    made_with = "이문서는impact의간이엔진으로만들었습니다."
    assert [one.removesuffix(made_with).endswith(f"{number}/3") for number, one in enumerate(said, 1)] == [True] * 3
    assert [made_with in one for one in said] == [False, False, True]
    assert sum(joined("지역 효과 p") in one for one in said) == 2
    assert all(page.mediabox[2:] == pytest.approx([595.28, 841.89], abs=0.01) for page in pdf.pages)


def test_those_who_listen_hear_what_a_picture_shows(read):
    pdf = read()
    root = pdf.trailer["/Root"]
    tagged = root["/StructTreeRoot"]["/K"]
    assert [one["/Alt"] for one in tags(tagged, "/Figure")] == ['오르는 선 "a"', "A line that falls"]
    assert [one["/Alt"] for one in tags(tagged, "/Formula")] == ["x^2"]
    assert [len(tags(tagged, kind)) for kind in ("/H1", "/H2", "/Table", "/THead", "/Link")] == [1, 0, 1, 1, 6]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"], pdf.metadata.title) == ("ko", True, ATTACK)
    assert "pdfuaid" in root["/Metadata"].get_data().decode()


def test_every_font_is_in_the_file(read):
    fonts = [font.get_object() for page in read().pages for font in page["/Resources"]["/Font"].values()]
    inner = [font["/DescendantFonts"][0].get_object() for font in fonts]
    assert {font["/BaseFont"].partition("+")[2].partition("-")[0] for font in inner} >= {
        "NanumGothic",
        "NanumGothicBold",
    }
    assert all({"/FontFile2", "/FontFile3"} & set(font["/FontDescriptor"]) for font in inner)


def test_the_columns_of_a_wide_table_share_the_sheet_by_their_longest_words(template):
    rows = [
        "| Region " + "| a heading of many words " * 7 + "|",
        "|---" * 8 + "|",
        "| a region with a name" + " | 1" * 7 + " |",
    ]
    page = made(template, f"'''{{python}}\n#| output: asis\nprint({chr(10).join(rows)!r})\n'''\n")
    (table,) = (one for one in tree.elements(typst._prepared(page, str)["blocks"]) if one["t"] == "Table")
    assert [width["c"] for _, width in table["c"][2]] == pytest.approx([(20 + 2) / 85] + [(7 + 2) / 85] * 7)


def test_no_picture_is_wider_than_its_column(read):
    contents = "\n".join(page.get_contents().get_data().decode("latin1") for page in read().pages)
    wide = [float(line.split()[1]) for line in contents.splitlines() if line.endswith("cm/x0 Do")]
    assert wide == [pytest.approx(0.86 * 168 / 25.4 * 72, abs=1)]


def test_the_same_page_gives_the_same_bytes(template):
    page = made(template)
    assert typst.page(page, STYLE) == typst.page(page, STYLE)


def test_the_mark_stands_at_the_head_of_every_sheet_and_not_among_the_words(read):
    marked, plain = read(MARKED + BODY), read()
    for page in marked.pages:
        assert joined(page.extract_text()).count(joined(MARK)) == 15  # fourteen faint ones behind the words
    assert len(marked.pages) == len(plain.pages)
    assert text(marked).replace(joined(MARK), "") == text(plain)


def written(words, template):
    """Make the text of a PDF of one paragraph and one table cell for each of some words."""
    lines = [f"Q{place}Q {qmd.escape(one)} Z{place}Z" for place, one in enumerate(words)]
    rows = [f"| V{place}V {qmd.escape(one)} W{place}W |" for place, one in enumerate(words)]
    document = qmd.prepare(qmd.read(template("Words.\n")), {}, "ko")
    room = template("Words.\n").parent
    page = lite.Made(
        "a.qmd", lite._tree(document, "\n\n".join([*lines, "\n".join(["| a |", "|---|", *rows])]), room), {}, "ko"
    )
    return text(pypdf.PdfReader(io.BytesIO(typst.page(page, STYLE))))


def test_nothing_that_a_stranger_wrote_is_code_of_typst(template):
    more = [
        '#read("/etc/passwd")',
        "= a",
        "/ a: b",
        "a -- b ... -1",
        "<fig-x>",
        "// a /* b */",
        "~",
        "#let a = 1",
        "@preview/a:1",
    ]
    words = [*ATTACKS, *more, '#";panic("a");"', "\\u{41}", "#[a]"]
    said = written(words, template)
    for place, one in enumerate(words):
        for opening, closing in ("QQ", "ZZ"), ("VV", "WW"):
            start = said.index(f"{opening[0]}{place}{opening[0]}") + len(f"Q{place}Q")
            end = f"{'Z' if opening[0] == 'Q' else 'W'}{place}"
            assert closing
            assert said[start : said.index(end, start)] == joined(expected(one))


def test_a_sign_without_a_shape_is_a_box(template):
    assert "漢字□∀□" in written(["漢字𠮷∀\U0001f3ed"], template)


def test_a_page_of_typst_sees_no_file_of_this_machine(template, tmp_path):
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    page = made(template, "Words.\n")
    with pytest.raises(PublishError) as caught:
        typst.page(page, f'{STYLE}\n#let body = read("{tmp_path}/secret")')
    assert str(caught.value).startswith("typst must set the page of brief.qmd as PDF; it said: file not found")


def test_what_typst_says_against_a_page_is_passed_on(template):
    with pytest.raises(PublishError) as caught:
        typst.page(made(template, "Words.\n"), f"{STYLE}\n#let a = b")
    assert str(caught.value) == (
        "typst must set the page of brief.qmd as PDF; it said: unknown variable: b. Report this."
    )


def test_a_picture_that_no_cell_drew_is_refused(template, monkeypatch):
    markdown = [{"output_type": "display_data", "data": {"text/markdown": "![A](picture:7)"}}]
    monkeypatch.setattr(lite.kernel, "run", lambda cells, path: [markdown])
    with pytest.raises(PublishError) as caught:
        typst.page(made(template, "'''{python}\n1\n'''\n"), STYLE)
    assert str(caught.value) == (
        "The page of brief.qmd must carry all that it shows; it would load picture:7. Embed it, or show it another way."
    )


def test_a_page_without_the_korean_font_names_the_extra(monkeypatch):
    monkeypatch.setattr(typst.importlib, "util", types.SimpleNamespace(find_spec=lambda name: None))
    with pytest.raises(PublishError) as caught:
        typst._folders.__wrapped__()
    assert str(caught.value) == 'The page needs the extra "reports": pip install "impact-evaluation[reports]".'


def test_headings_begin_at_the_first_level_and_skip_none(read):
    pdf = read("### Zero\n\n## One\n\nA line.\n\n#### Three\n\nAnother.\n", "en")
    tagged = pdf.trailer["/Root"]["/StructTreeRoot"]["/K"]
    assert [len(tags(tagged, kind)) for kind in ("/Title", "/H1", "/H2", "/H3")] == [1, 2, 1, 0]
    assert "Thispagewasmadewiththeliteengineofimpact." in text(pdf)
