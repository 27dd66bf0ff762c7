"""References, numbers and boxes, seen in the HTML that pandoc writes of the resolved tree."""

import json

import pytest

from impact.publish import crossref, lite, pandoc
from impact.publish.words import words

PAGE = """
## One

See @fig-b, @tbl-a and [-@fig-a; @tbl-b]. 그래서 [@fig-a]은.

::: {#fig-a}
![](picture:0){fig-alt="Words"}

A *caption*
:::

![Second](picture:1){#fig-b}

| a | b |
|---|--:|
| 1 | 2 |

: First {#tbl-a}

## Apart {.unnumbered}

### Under {#sec-under}

## Two {#sec-two}

::: {#tbl-b}
| a |
|---|
| 1 |

Note: a note.

Last
:::

::: callout-tip
Words, see @sec-two.
:::
"""


def resolved(markdown, language="en", numbered=True):
    tree = json.loads(pandoc.call(["--from", pandoc.READER, "--to", "json"], markdown))
    tree, problems = crossref.resolve(tree, words(language), numbered)
    return lite.written(tree), problems


def test_references_are_links_with_numbers_in_the_order_of_reading():
    html, problems = resolved(PAGE)
    assert problems == []
    links = {
        "fig-b": "Figure\N{NO-BREAK SPACE}2",
        "tbl-a": "Table\N{NO-BREAK SPACE}1",
        "tbl-b": "Table\N{NO-BREAK SPACE}2",
        "sec-two": "Section\N{NO-BREAK SPACE}2",
    }
    for label, shown in links.items():
        assert f'<a href="#{label}" class="reference">{shown}</a>' in html
    assert '<a href="#fig-a" class="reference">1</a>, <a href="#tbl-b"' in html


def test_captions_carry_the_numbers():
    html, _ = resolved(PAGE)
    assert '<figure id="fig-a">\n<img src="picture:0" alt="Words" />\n<figcaption><span class="label">Figure' in html
    assert '<span class="label">Figure\N{NO-BREAK SPACE}1:</span> A <em>caption</em></figcaption>' in html
    assert '<span class="label">Table\N{NO-BREAK SPACE}2:</span> Last' in html


def test_korean_pages_use_korean_words():
    html, _ = resolved(PAGE, "ko")
    assert '<a href="#fig-a" class="reference">그림\N{NO-BREAK SPACE}1</a>은.' in html
    assert '<span class="label">표\N{NO-BREAK SPACE}1:</span> First' in html
    assert '<div class="callout-header">\n도움말\n</div>' in html


def test_sections_are_numbered_unless_they_say_not():
    html, _ = resolved(PAGE)
    assert '<h2 id="one"><span class="header-section-number">1</span> One</h2>' in html
    assert '<h2 class="unnumbered" id="apart">Apart</h2>' in html
    assert '<h3 id="sec-under"><span class="header-section-number">1.1</span> Under</h3>' in html
    assert '<h2 id="sec-two"><span class="header-section-number">2</span> Two</h2>' in html


def test_tables_stand_in_a_box_under_their_caption():
    html, _ = resolved(PAGE)
    start = html.index('<figure id="tbl-b" class="table">')
    table = html[start : html.index("</figure>", start)]
    box = '<div class="table-box" role="group" tabindex="0" aria-label="Table'
    assert table.index("<figcaption>") < table.index(box) < table.index("<p>Note: a note.</p>")


def test_a_callout_may_have_a_title_of_its_own():
    html, _ = resolved('::: {.callout-warning title="Take <care>"}\nWords.\n:::\n')
    assert html.startswith(
        '<div class="callout callout-warning" role="note">\n<div class="callout-header">\nTake &lt;care'
    )


@pytest.mark.parametrize(
    ("markdown", "problem"),
    [
        (
            "See @fig-x은.",
            "a reference must name the label of a figure, a table or a numbered section; saw @fig-x은. Correct it, put "
            "brackets around a reference that a letter follows, as in [@fig-x]은, or write \\@ for a plain sign.",
        ),
        (
            "![A](picture:0){#fig-x}\n\n![B](picture:1){#fig-x}",
            "a label must be used once; saw fig-x 2 times. Give each its own.",
        ),
        (
            "![A](http://example.org/a.png)",
            "a figure must come from a cell, as SVG or PNG; saw the address http://example.org/a.png. Draw it there.",
        ),
        ("![](picture:0)", "a figure must have an alternative text; saw none. Add fig-alt."),
        (
            "[a](javascript:alert(1))",
            "a link must lead to http, https, mailto or a place on the page; saw javascript:alert(1). Change it.",
        ),
    ],
)
def test_what_forbids_a_page_is_said(markdown, problem):
    assert resolved(markdown)[1] == [problem]


def test_a_section_is_no_target_where_sections_have_no_numbers():
    assert len(resolved("## A {#sec-a}\n\nSee @sec-a.", numbered=False)[1]) == 1
