"""With the real Quarto, where it is installed: the same numbers as with the lite engine, and no reference unresolved."""

import re
from html.parser import HTMLParser

import pytest
from studies import STUDY, firms, write

from impact import run
from impact.publish import PublishError, documents, quarto
from impact.publish.offline import remote_references
from impact.show.room import Room


def installed():
    try:
        return quarto.find()
    except PublishError:
        return None


pytestmark = pytest.mark.skipif(installed() is None, reason="needs the program quarto, which is not installed here")


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """Run a small study without any page; return its folder of what may leave."""
    at = tmp_path_factory.mktemp("with-quarto")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("impact.publish.quarto.find", lambda: None)
        run.run(write(at / "study", STUDY, firms({0: 60, 2013: 25, 2014: 25})), at / "results")
    return at / "results" / "small" / "released"


class Words(HTMLParser):
    """The words of a page in the order of reading, without what a browser does not show."""

    def __init__(self, html):
        super().__init__()
        self.found, self.hidden = [], 0
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.hidden += tag in ("style", "script", "head", "math", "svg", "footer")

    def handle_endtag(self, tag):
        self.hidden -= tag in ("style", "script", "head", "math", "svg", "footer")

    def handle_data(self, data):
        if not self.hidden:
            self.found.append(data)


def numbers(html):
    return sorted(re.findall(r"\d[\d,.]*\d|\d", " ".join(Words(html).found)))


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("kind", ["report", "brief"])
def test_both_engines_say_the_same_numbers(room, monkeypatch, kind, language):
    file = room / documents.name(Room.read(room, language), kind, "html")
    assert documents.make(room, kind, language) == "quarto"
    with_quarto = file.read_text(encoding="utf-8")
    monkeypatch.setattr("impact.publish.quarto.find", lambda: None)
    assert documents.make(room, kind, language) == "lite"
    assert numbers(with_quarto) == numbers(file.read_text(encoding="utf-8"))
    assert "?@" not in with_quarto
    assert remote_references(with_quarto) == []
