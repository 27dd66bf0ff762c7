"""Text of strangers shows as itself: in a paragraph, in a table cell, in an attribute; for both readers."""

from html.parser import HTMLParser

import pytest
from attacks import ATTACKS, expected
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.publish import pandoc
from impact.publish.qmd import escape, figure

READERS = {"lite": pandoc.READER, "quarto": "markdown+autolink_bare_uris+emoji"}


class Shown(HTMLParser):
    """Collect the tags, the attributes and the texts of each table cell and paragraph."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.texts = set(), [], [""]
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        if tag in {"p", "td", "th"}:
            self.texts.append("")

    def handle_data(self, data):
        self.texts[-1] += data


def seen(text):
    return " ".join(text.split())


def check(texts, reader):
    paragraphs = [f"{escape(text)}\n\nbefore {escape(text)} after" for text in texts]
    rows = [f"| {escape(text)} | x{escape(text)} |" for text in texts]
    markdown = "\n\n".join([*paragraphs, "\n".join(["| a | b |", "|---|---|", *rows])])
    shown = Shown(
        pandoc.call(["--from", READERS[reader], "--to", "html5", "--wrap=none", "--columns=100000"], markdown)
    )
    wanted = [part for text in texts for part in (expected(text), f"before {expected(text)} after")]
    wanted += ["a", "b", *(part for text in texts for part in (expected(text), f"x{expected(text)}"))]
    assert [seen(text) for text in shown.texts[1:]] == wanted
    assert shown.tags <= {"p", "table", "thead", "tbody", "tr", "th", "td", "colgroup", "col"}
    assert [name for name, _ in shown.attributes if name != "style"] == []


@pytest.mark.parametrize("reader", READERS)
def test_attacks_show_as_themselves(reader):
    check(ATTACKS, reader)


# Some content, or pandoc makes no paragraph of it.
TEXTS = st.text(st.characters(), min_size=1).filter(lambda text: text.split())
MARKUP = st.text(st.sampled_from("ab1 \n\t|`*_<>{}[]()@#$!:;.~^+-=\\'\"&/%한"), min_size=1).filter(
    lambda text: text.split()
)


@settings(max_examples=25, deadline=None)
@given(texts=st.lists(TEXTS | MARKUP, min_size=5, max_size=25), reader=st.sampled_from(sorted(READERS)))
def test_any_text_shows_as_itself(texts, reader):
    check(texts, reader)


@settings(max_examples=25, deadline=None)
@given(texts=st.lists(TEXTS | MARKUP, min_size=1, max_size=10))
def test_any_text_can_be_the_alternative_text_of_a_figure(texts):
    markdown = "".join(figure("<svg/>", f"fig-{number}", "Caption", text) for number, text in enumerate(texts))
    shown = Shown(pandoc.call(["--from", pandoc.READER, "--to", "html5", "--wrap=none"], markdown))
    alternatives = [value for name, value in shown.attributes if name == "data-fig-alt"]
    assert [seen(text) for text in alternatives] == [seen(expected(text)) for text in texts]
    assert {name for name, _ in shown.attributes} == {"id", "src", "data-fig-alt"}
    assert shown.tags == {"div", "p", "img"}


def test_text_of_nothing_but_white_space_is_nothing():
    assert escape(" \n\t ") == ""
