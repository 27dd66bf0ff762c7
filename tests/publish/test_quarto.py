"""The way to the real Quarto, with a stand-in that notes how it is called and writes a page."""

import json
import sys

import pytest

from impact.publish import PublishError, qmd, quarto
from impact.publish.render import render

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script with a first line #!")

STAND_IN = """#!{python}
import json, os, pathlib, sys
note = {{"arguments": sys.argv[1:], "python": os.environ["QUARTO_PYTHON"], "files": sorted(os.listdir())}}
note["qmd"] = pathlib.Path("page.qmd").read_text(encoding="utf-8")
pathlib.Path({note!r}).write_text(json.dumps(note), encoding="utf-8")
print({log!r}, file=sys.stderr)
{write}
raise SystemExit({status})
"""

TEMPLATE = "'''{python}\n#| label: setup\n#| tags: [parameters]\nx = 1\n'''\n\nIt is `{python} x`.\n"


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Return a function that puts a stand-in for Quarto on PATH and returns the file of its notes."""

    def install(html="<p>made</p>", log="", status=0):
        program, note = tmp_path / "bin" / "quarto", tmp_path / "note.json"
        program.parent.mkdir(exist_ok=True)
        write = f"pathlib.Path('page.html').write_text({html!r}, encoding='utf-8')" if html else ""
        code = STAND_IN.format(python=sys.executable, note=str(note), log=log, status=status, write=write)
        program.write_text(code, encoding="utf-8")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(program.parent))
        return note

    return install


def test_quarto_is_called_with_a_prepared_copy(stand_in, template, tmp_path):
    note, path = stand_in(), template(TEMPLATE, "title: A page\nexecute:\n  echo: true")
    before = sorted(path.parent.iterdir())
    assert render(path, tmp_path / "out" / "page.html", {"x": 2}, "ko") == "quarto"
    assert (tmp_path / "out" / "page.html").read_text(encoding="utf-8") == "<p>made</p>"
    seen = json.loads(note.read_text(encoding="utf-8"))
    folder = str(path.parent.resolve())
    assert seen["arguments"] == ["render", "page.qmd", "--to", "html", "--execute-dir", folder, "--no-execute-daemon"]
    assert seen["python"] == sys.executable
    assert {"page.css", "page.qmd"} <= set(seen["files"])
    assert sorted(path.parent.iterdir()) == before


def test_the_copy_holds_parameters_settings_and_words(stand_in, template, tmp_path):
    note, path = stand_in(), template(TEMPLATE)
    render(path, tmp_path / "page.html", {"x": 2, "title": "Another"}, "ko")
    path.write_text(json.loads(note.read_text(encoding="utf-8"))["qmd"], encoding="utf-8")
    copy = qmd.read(path)
    assert [chunk.source for chunk in copy.chunks] == ["x = 1", "x = 2"]
    assert (copy.front["title"], copy.front["lang"]) == ("Another", "ko")
    assert copy.front["execute"] == {"echo": False, "warning": False}
    html = copy.front["format"]["html"]
    assert (html["embed-resources"], html["html-math-method"], html["css"]) == (True, "mathml", "page.css")
    assert copy.front["language"]["crossref-fig-title"] == "그림"
    assert copy.blocks[-1].text.endswith("\n\n::: {.engine}\n이 문서는 Quarto로 만들었습니다.\n:::\n")


FAILURE = """Executing 'page.quarto_ipynb'
  Cell 1/2: 'fig-effect'...ERROR:

An error occurred while executing the following cell:
------------------
#| label: fig-effect
1 / 0
------------------
ZeroDivisionError                         Traceback (most recent call last)
\x1b[31mZeroDivisionError\x1b[0m: division by zero
"""


@pytest.mark.parametrize(
    ("log", "seen"),
    [
        (FAILURE, "the cell fig-effect gave ZeroDivisionError: division by zero"),
        ("ERROR: nothing to render", "Quarto gave ERROR: nothing to render"),
        ("", "Quarto gave no message"),
    ],
)
def test_a_failing_cell_is_named_with_the_last_line_of_its_error(stand_in, template, tmp_path, log, seen):
    stand_in(html="", log=log, status=1)
    with pytest.raises(PublishError) as caught:
        render(template(TEMPLATE), tmp_path / "page.html", {}, "en")
    assert str(caught.value) == (
        f"The page of brief.qmd needs every cell to run; {seen}. Mend the cell, or the results that it reads."
    )
    assert not (tmp_path / "page.html").exists()


def test_an_unresolved_reference_that_quarto_only_warns_of_is_refused(stand_in, template, tmp_path):
    stand_in(log="\x1b[33mWARNING (crossref/refs.lua:128) Unable to resolve crossref @fig-lost\n\x1b[39m")
    with pytest.raises(PublishError) as caught:
        render(template(TEMPLATE), tmp_path / "page.html", {}, "en")
    assert str(caught.value) == (
        "brief.qmd: a reference must name the label of a figure, a table or a numbered section; "
        "Quarto could not resolve @fig-lost. Correct it."
    )


def test_a_page_of_quarto_that_loads_from_elsewhere_is_refused(stand_in, template, tmp_path):
    stand_in(html='<script src="https://cdn.example/require.js"></script>')
    with pytest.raises(PublishError) as caught:
        render(template(TEMPLATE), tmp_path / "page.html", {}, "en")
    assert str(caught.value) == (
        "The page of brief.qmd must carry all that it shows; it would load https://cdn.example/require.js (1 in all). "
        "Embed it, or show it another way."
    )


def test_quarto_path_names_the_program_or_its_folder(stand_in, tmp_path, monkeypatch):
    stand_in()
    monkeypatch.setenv("PATH", "")
    for named in (tmp_path / "bin", tmp_path / "bin" / "quarto"):
        monkeypatch.setenv("QUARTO_PATH", str(named))
        assert quarto.find() == tmp_path / "bin" / "quarto"


def test_a_wrong_quarto_path_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("QUARTO_PATH", str(tmp_path / "nowhere"))
    with pytest.raises(PublishError) as caught:
        quarto.find()
    assert str(caught.value) == (
        f"QUARTO_PATH must name the program quarto or its folder; saw {tmp_path / 'nowhere'}, where there is none. "
        "Correct it, or unset it to use the lite engine."
    )


def test_quarto_is_found_in_the_package_quarto_cli(stand_in, tmp_path, monkeypatch):
    monkeypatch.undo()
    package = tmp_path / "site" / "quarto_cli"
    (package / "bin").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "bin" / "quarto").touch(mode=0o755)
    monkeypatch.delenv("QUARTO_PATH", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.syspath_prepend(package.parent)
    assert quarto.find() == package / "bin" / "quarto"


def test_the_lite_engine_can_be_asked_for_where_quarto_is_installed(stand_in, template, tmp_path):
    stand_in()
    assert render(template("Words.\n"), tmp_path / "page.html", {}, "en", engine="lite") == "lite"
