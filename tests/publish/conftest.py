"""What the tests of pages share: a template as text becomes a file, with a style beside it."""

from pathlib import Path

import pytest

FENCE = "```"


@pytest.fixture(autouse=True)
def no_quarto(monkeypatch, tmp_path):
    """Keep a Quarto of this machine out of the tests: a page comes from the lite engine unless a test says otherwise."""
    monkeypatch.delenv("QUARTO_PATH", raising=False)
    monkeypatch.setattr("impact.publish.quarto._packaged", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def template(tmp_path):
    """Return a function that writes a template; in it ''' stands for the fence of a cell."""

    def write(body, front="title: A page", name="brief.qmd"):
        path = Path(tmp_path) / "templates" / name
        path.parent.mkdir(exist_ok=True)
        path.with_name("page.css").write_text("p { margin: 0 }", encoding="utf-8")
        path.write_text(f"---\n{front}\n---\n\n{body.replace(chr(39) * 3, FENCE)}", encoding="utf-8")
        return path

    return write
