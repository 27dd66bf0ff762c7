import subprocess
import sys

import pytest

from impact import where
from impact.publish import PublishError, lite
from impact.publish.render import render

CELL = "'''{python}\n#| label: numbers\n#| tags: [parameters]\nx = 1\n'''\n\nIt is `{python} x`.\n"


def test_a_page_is_made_and_its_engine_named(template, tmp_path):
    path = template(CELL)
    before = sorted(path.parent.iterdir())
    page = tmp_path / "released" / "brief.html"
    assert render(path, page, {"x": 3}, "en") == "lite"
    html = page.read_bytes().decode()
    assert "<p>It is 3.</p>" in html
    assert "p { margin: 0 }" in html
    assert "\r" not in html
    assert list(page.parent.iterdir()) == [page]
    assert sorted(path.parent.iterdir()) == before


def test_the_style_of_impact_serves_a_template_without_one(template, tmp_path, monkeypatch):
    monkeypatch.setattr(lite, "page", lambda document, style: style)
    path = template("Words.\n")
    path.with_name("page.css").unlink()
    render(path, tmp_path / "page.html", {}, "en")
    assert (tmp_path / "page.html").read_text("utf-8") == where.reports("page.css").read_text("utf-8")


def test_a_page_that_fails_leaves_the_one_before(template, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("before", encoding="utf-8")
    with pytest.raises(PublishError) as caught:
        render(
            template("'''{python}\n#| label: fig-effect\n#| fig-cap: A\n#| fig-alt: B\n1 / 0\n'''\n"), page, {}, "en"
        )
    assert str(caught.value) == (
        "The page of brief.qmd needs every cell to run; the cell fig-effect at line 5 gave ZeroDivisionError: division by zero. "
        "Mend the cell, or the results that it reads."
    )
    assert page.read_text(encoding="utf-8") == "before"
    assert not page.with_name("page.html.part").exists()


def test_a_page_that_cannot_be_written_leaves_nothing(template, tmp_path, monkeypatch):
    monkeypatch.setattr(lite, "page", lambda document, style: "<p>")
    (tmp_path / "page.html").mkdir()
    with pytest.raises(OSError, match=r"page\.html"):
        render(template("Words.\n"), tmp_path / "page.html", {}, "en")
    assert not (tmp_path / "page.html.part").exists()


def test_a_page_that_loads_from_elsewhere_is_refused(template, tmp_path, monkeypatch):
    monkeypatch.setattr(lite, "page", lambda document, style: '<img src="https://a/b">' * 7)
    with pytest.raises(PublishError) as caught:
        render(template("Words.\n"), tmp_path / "page.html", {}, "en")
    assert str(caught.value) == (
        "The page of brief.qmd must carry all that it shows; it would load https://a/b, https://a/b, https://a/b, "
        "https://a/b, https://a/b, … (7 in all). Embed it, or show it another way."
    )
    assert not (tmp_path / "page.html").exists()


@pytest.mark.parametrize("module", ["yaml", "nbclient", "nbformat", "ipykernel", "pypandoc", "typst"])
def test_a_missing_extra_is_named(template, tmp_path, monkeypatch, module):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(PublishError) as caught:
        render(template(CELL), tmp_path / "page", {}, "en", to="pdf" if module == "typst" else "html")
    assert str(caught.value) == 'The page needs the extra "reports": pip install "impact-evaluation[reports]".'


def test_an_engine_that_is_not_there_is_refused(template, tmp_path):
    with pytest.raises(PublishError) as caught:
        render(template("Words.\n"), tmp_path / "page.html", {}, "en", engine="quarto")
    assert str(caught.value) == (
        "The engine must be quarto or lite, and Quarto must be installed to be used; asked for quarto. "
        "Install Quarto, set QUARTO_PATH, or use the lite engine."
    )


@pytest.mark.parametrize("to", ["pdf", "docx"])
def test_pdf_and_word_are_made_by_the_lite_engine(template, tmp_path, to):
    with pytest.raises(PublishError) as caught:
        render(template("Words.\n"), tmp_path / f"page.{to}", {}, "en", engine="quarto", to=to)
    assert str(caught.value) == (
        f"A {to} must be made by the lite engine; asked for quarto. Use the lite engine, or ask for html."
    )


def test_a_page_of_another_kind_is_refused(template, tmp_path, monkeypatch):
    monkeypatch.setattr(lite.kernel, "run", lambda *arguments: pytest.fail("a cell ran"))
    with pytest.raises(PublishError) as caught:
        render(template("Words.\n"), tmp_path / "page.odt", {}, "en", to="odt")
    assert str(caught.value) == (
        "A page must be made to one of html, pdf, docx; asked for odt. Choose html to read it on a screen, pdf to print "
        "or send it, docx to edit it."
    )


def test_a_language_without_words_is_refused_before_a_cell_runs(template, tmp_path, monkeypatch):
    monkeypatch.setattr(lite.kernel, "run", lambda *arguments: pytest.fail("a cell ran"))
    with pytest.raises(PublishError, match="language must be one of en, ko"):
        render(template("Words.\n"), tmp_path / "page.html", {}, "fr")


def test_importing_the_folder_imports_nothing_of_the_extra():
    code = (
        "import sys, impact.publish.render\n"
        "extra = {'nbclient', 'nbformat', 'ipykernel', 'pypandoc', 'typst', 'yaml', 'jupyter_client', 'matplotlib'}\n"
        "print(sorted(extra & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
