"""The page of the lite engine, from the template to the HTML."""

import json
import re

import pytest

from impact.publish import PublishError, kernel, lite, pandoc, qmd
from impact.publish.offline import remote_references

TEMPLATE = """'''{python}
#| label: setup
#| tags: [parameters]
region = "Seoul"
effect = 0.01
'''

'''{python}
#| include: false
from IPython.display import Markdown, display
from matplotlib.figure import Figure
from impact.publish.qmd import escape, figure
print("hidden")
'''

The effect in `{python} region` is `{python} f"{100 * effect:.1f}"`%, `{python} Markdown("**bold**")`, `{python} -effect`.
See @fig-effect, @tbl-regions and @fig-own.

'''{python}
#| label: fig-effect
#| fig-cap: "The *effect*"
#| fig-alt: "A line that \\"rises\\""
f = Figure()
f.subplots().plot([1, 2])
f
'''

'''{python}
#| label: tbl-regions
#| tbl-cap: "Regions"
display(Markdown(f"| region | effect |\\n|:--|--:|\\n| {escape('<script>|*x*')} | 1 |"))
'''

'''{python}
display(Markdown(figure("<svg xmlns='http://www.w3.org/2000/svg'/>", "fig-own", "Own", 'said "so" <b>')))
'''

'''{python}
#| output: asis
print("- as *is*")
'''

'''{python}
#| echo: true
import sys
print("to warn", file=sys.stderr)
print("*verbatim*")
'''

'''{python}
#| output: false
print("not shown")
'''

'''{python}
#| warning: true
print("said", file=sys.stderr)
'''

::: {.callout-note}
Mathematics: $x^2$.
:::
"""


def made(path, parameters=None, language="en"):
    return lite.page(qmd.prepare(qmd.read(path), parameters or {}, language), "p { color: #123456; content: '$' }")


def test_one_page_with_everything(template):
    path = template(TEMPLATE, "title: A *page* & more\nsubtitle: Below\nauthor: [Kim, Lee]\ndate: 2026-03-31")
    html = made(path, {"region": "*Busan* <b>", "effect": 0.05})
    assert html.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in html
    assert "<title>A page &amp; more</title>" in html
    assert '<h1 class="title">A <em>page</em> &amp; more</h1>' in html
    assert '<p class="author">Kim</p>\n<p class="author">Lee</p>\n<p class="date">2026-03-31</p>' in html
    assert "p { color: #123456; content: '$' }" in html
    assert "The effect in *Busan* &lt;b&gt; is 5.0%, <strong>bold</strong>, -0.05." in html
    assert re.search(r'<img src="data:image/svg\+xml;base64,[\w+/=]+" alt="A line that &quot;rises&quot;" />', html)
    assert "</span> The <em>effect</em></figcaption>" in html
    assert '<td style="text-align: left;">&lt;script&gt;|*x*</td>' in html
    assert 'alt="said &quot;so&quot; &lt;b&gt;" />' in html
    assert "<li>as <em>is</em></li>" in html
    assert '<pre tabindex="0"><code>import sys' in html
    assert '<pre tabindex="0"><code>*verbatim*</code></pre>' in html
    assert '<pre tabindex="0"><code>said</code></pre>' in html
    assert "to warn</code>" not in html
    assert "hidden" not in html
    assert "not shown</code>" not in html
    assert "<math " in html
    assert "This page was made with the lite engine of impact." in html
    assert "<script" not in html
    assert remote_references(html) == []


def test_the_same_input_gives_the_same_bytes(template):
    path = template(TEMPLATE)
    assert made(path) == made(path)


def test_a_korean_page_speaks_korean(template):
    html = made(template("::: {.callout-note}\n본문\n:::\n"), language="ko")
    assert '<html lang="ko">' in html
    assert "이 문서는 impact의 간이 엔진으로 만들었습니다." in html
    assert "참고" in html


@pytest.fixture
def shown(monkeypatch, template):
    """Return a function that makes a page of one cell whose outputs are given, without running it."""

    def make(outputs, options="#| label: a", body=None):
        monkeypatch.setattr(kernel, "run", lambda cells, path: [outputs])
        return made(template(body or f"'''{{python}}\n{options}\n1\n'''\n"))

    return make


FIGURE = '#| label: fig-x\n#| fig-cap: "A"\n#| fig-alt: "B"'
SVG = {"output_type": "display_data", "data": {"image/svg+xml": "<svg/>"}}
FRAME = {"output_type": "execute_result", "data": {"text/html": "<table>", "text/plain": "a"}}


@pytest.mark.parametrize(
    ("outputs", "options", "message"),
    [
        (
            [FRAME],
            "#| label: a",
            "In brief.qmd the cell a at line 5 must show Markdown, text, SVG or PNG; saw HTML (is it a frame?). "
            "Use display(Markdown(…)).",
        ),
        (
            [SVG],
            "#| echo: false",
            "In brief.qmd the cell at line 5 must say what its figure is; saw no label fig-…. "
            "Add label, fig-cap and fig-alt.",
        ),
        (
            [SVG, SVG],
            FIGURE,
            "In brief.qmd the cell fig-x at line 5 must show one figure; saw 2 outputs. Show one, and split the others off.",
        ),
        (
            [],
            FIGURE,
            "In brief.qmd the cell fig-x at line 5 must show one figure; saw 0 outputs. Show one, and split the others off.",
        ),
    ],
)
def test_outputs_that_no_page_can_show_are_refused(shown, outputs, options, message):
    with pytest.raises(PublishError) as caught:
        shown(outputs, options)
    assert str(caught.value) == message


def test_a_table_with_nothing_to_show_leaves_no_caption(shown):
    nothing = {"output_type": "execute_result", "data": {"text/markdown": ""}}
    assert "Regions" not in shown([nothing], '#| label: tbl-x\n#| tbl-cap: "Regions"')


def test_a_png_is_carried_as_it_is(shown):
    html = shown([{"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo=\n"}}], FIGURE)
    assert '<img src="data:image/png;base64,iVBORw0KGgo=" alt="B" />' in html


@pytest.mark.parametrize(
    ("outputs", "seen"),
    [
        ([], "nothing"),
        ([{"output_type": "execute_result", "data": {"text/plain": "np.float64(1.5)"}}], "np.float64(1.5)"),
    ],
)
def test_inline_code_must_give_text_a_number_or_markdown(shown, outputs, seen):
    with pytest.raises(PublishError) as caught:
        shown(outputs, body="It is `{python} x`.")
    assert str(caught.value) == (
        "The page of brief.qmd needs inline code to give a text, a number or Markdown(…); "
        f"`{{python}} x` at line 5 gave {seen}. Format it in the cell before."
    )


def test_unresolved_references_are_all_named(shown):
    with pytest.raises(PublishError) as caught:
        shown([], body="See @fig-lost and @tbl-lost.")
    assert [line.partition(";")[2].partition(".")[0] for line in str(caught.value).splitlines()] == [
        " saw @fig-lost",
        " saw @tbl-lost",
    ]
    assert str(caught.value).startswith("brief.qmd: a reference must name the label of")


def test_a_word_that_looks_like_a_picture_set_aside_stays_a_word(shown):
    assert "picture:0" not in shown([SVG], FIGURE)
    html = shown([], body="""He wrote `src="picture:0"` and src=\\"picture:0\\".""")
    assert html.count('src="picture:0"') == 2


def test_a_picture_that_no_cell_drew_is_not_taken_for_one(shown):
    markdown = {"output_type": "display_data", "data": {"text/markdown": "![A](picture:7)"}}
    assert remote_references(shown([markdown])) == ["picture:7"]


def test_pandoc_reads_no_file_that_the_text_names(tmp_path):
    (tmp_path / "secret.csv").write_text("a,b", encoding="utf-8")
    tree = json.loads(pandoc.call(["--from", pandoc.READER, "--to", "json"], f"![x]({tmp_path}/secret.csv)"))
    assert "a,b" not in json.dumps(tree)


def test_what_pandoc_says_against_a_page_is_passed_on():
    with pytest.raises(PublishError) as caught:
        pandoc.call(["--from", "nothing"], "")
    assert str(caught.value).startswith("pandoc must turn the page into what was asked for; it said: ")
