from datetime import date

import numpy as np
import pytest

from impact.publish import PublishError, qmd

PARAMETERS = """'''{python}
#| label: setup
#| tags: [parameters]
language = "en"
effect: float = 1.5
'''

Done: `{python} effect`.
"""


def test_front_matter_chunks_options_and_words_are_told_apart(template):
    path = template(
        """First `{python} a + 1` words.

'''{python}
#| label: fig-x
#| fig-cap: "One: two"
#| output: asis
#| tags: [parameters]
x = 1

# a comment
'''

Last.
""",
        front="title: A page\ndate: 2026-03-31",
    )
    document = qmd.read(path)
    first, chunk, last = document.blocks
    assert document.front == {"title": "A page", "date": date(2026, 3, 31)}
    assert first.pieces() == ["\nFirst ", "a + 1", " words.\n\n"]
    assert chunk == qmd.Chunk(
        "python",
        {"label": "fig-x", "fig-cap": "One: two", "output": "asis", "tags": ["parameters"]},
        "x = 1\n\n# a comment",
        8,
    )
    assert (last.text, last.line) == ("\nLast.\n", 17)


def test_a_cell_without_options_is_named_by_its_line(template):
    assert qmd.read(template("'''{python}\nx = 1\n'''\n")).chunks[0].name == "at line 5"


def test_code_that_is_only_shown_is_no_cell(template):
    body = "````\n'''{python}\nx\n'''\n````\n\n'''python\ny\n'''\n\n~~~{python}\nz\n~~~\n"
    assert qmd.read(template(body)).chunks == ()


def test_inline_code_in_double_backticks_is_only_shown():
    assert qmd.Text("a `` `{python} x` `` b", 1).pieces()[1::2] == ["x"]  # as in Quarto, a space lets it run
    assert qmd.Text("a ``{python} x`` b", 1).pieces()[1::2] == []


def test_files_of_windows_are_read(tmp_path):
    path = tmp_path / "brief.qmd"
    path.write_bytes(
        "\ufeff---\r\ntitle: 보고서\r\n---\r\n\r\n```{python}\r\n#| echo: true\r\nx = 1\r\n```\r\n".encode()
    )
    document = qmd.read(path)
    assert document.front == {"title": "보고서"}
    assert document.chunks == (qmd.Chunk("python", {"echo": True}, "x = 1", 5),)


def test_front_matter_must_be_a_mapping(template):
    with pytest.raises(PublishError) as caught:
        qmd.read(template("", front="just words"))
    assert str(caught.value) == (
        'The front matter of brief.qmd must be lines of "key: value" in YAML; saw just words. Mend them.'
    )


def test_options_must_be_yaml(template):
    with pytest.raises(PublishError) as caught:
        qmd.read(template("'''{python}\n#| fig-cap: 'a\n'''\n"))
    assert str(caught.value).startswith(
        'The options of the cell at line 5 of brief.qmd must be lines of "key: value" in YAML; saw while scanning a quoted'
    )


def test_parameters_override_in_a_cell_of_their_own(template):
    document = qmd.prepare(qmd.read(template(PARAMETERS)), {"effect": np.float64(0.25)}, "ko")
    first, injected = document.chunks
    assert first.source == 'language = "en"\neffect: float = 1.5'
    assert injected.source == "language = 'ko'\neffect = 0.25"
    assert document.front["lang"] == "ko"


def test_a_template_without_the_parameter_language_gets_none(template):
    path = template(PARAMETERS.replace('language = "en"', "other = 1"))
    assert len(qmd.prepare(qmd.read(path), {}, "ko").chunks) == 1


def test_title_and_subtitle_replace_those_of_the_front_matter(template):
    document = qmd.prepare(qmd.read(template(PARAMETERS)), {"title": "An*other*", "subtitle": "2026"}, "en")
    assert (document.front["title"], document.front["subtitle"]) == (r"An\*other\*", "2026")


@pytest.mark.parametrize("value", [True, 3, -0.5, 'it\'s "so"\n', float("inf"), float("-inf")])
def test_a_value_arrives_as_it_was_given(template, value):
    injected = qmd.prepare(qmd.read(template(PARAMETERS)), {"effect": value}, "en").chunks[1]
    seen = {}
    exec(injected.source, seen)
    assert seen["effect"] == value
    assert type(seen["effect"]) is type(value)


def test_an_undeclared_parameter_is_refused(template):
    with pytest.raises(PublishError) as caught:
        qmd.prepare(qmd.read(template(PARAMETERS)), {"efect": 1}, "en")
    assert str(caught.value) == (
        "Every parameter must be declared in the cell of brief.qmd that is tagged parameters; saw efect, which it does "
        "not declare (it declares effect, language). Declare it there with a default, or do not pass it."
    )


def test_a_parameter_of_another_kind_is_refused(template):
    with pytest.raises(PublishError) as caught:
        qmd.prepare(qmd.read(template(PARAMETERS)), {"effect": [1]}, "en")
    assert str(caught.value) == (
        "The parameter effect must be text, a number, true or false; saw list. "
        "Pass the path of a file that the cells read instead."
    )


def test_what_is_written_reads_the_same(template):
    document = qmd.read(template(PARAMETERS + "\n'''{python}\n#| label: a\n#| fig-cap: 'x: y'\nprint('````')\n'''\n"))
    document.path.write_text(qmd.write(document), encoding="utf-8")
    again = qmd.read(document.path)
    assert again.front == document.front
    assert [(c.options, c.source) for c in again.chunks] == [(c.options, c.source) for c in document.chunks]


def test_a_figure_must_have_a_caption_and_an_alternative_text():
    with pytest.raises(PublishError) as caught:
        qmd.figure("<svg/>", "fig-x", "", "words")
    assert str(caught.value) == ("The figure fig-x must have a caption and an alternative text; saw none. Write them.")
