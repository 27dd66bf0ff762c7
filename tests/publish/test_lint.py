"""Every refusal of the linter, with its whole text."""

import pytest

from impact import where
from impact.publish import PublishError, lint, qmd

INSIDE = """Words with <https://example.org>, `<b>`, `{python} x < 1`, 1 < 2, \\<b>, ``{{< meta >}}`` and a\\@b.

## Heading {#sec-x}

See @fig-x and @tbl-x[^1].

[^1]: A note, $a < b$.

::: {.callout-tip title="A title"}
Words.
:::

::: callout-note
Words.
:::

| a | b |
|:--|--:|
| 1 | 2 |

: A table {#tbl-x}

```
<b> # no heading
:::
```

'''{python}
#| label: setup
#| tags: [parameters]
#| include: false
x: float = 1
y = "a"
'''

'''{python}
#| label: fig-x
#| fig-cap: "A caption"
#| fig-alt: "Words"
#| echo: false
#| warning: false
#| output: asis
y
'''
"""


def test_the_portable_subset_is_admitted(template):
    front = "title: A\nsubtitle: B\nauthor: [C, D]\ndate: 2026-03-31\nlang: ko\njupyter: python3\nnumber-sections: true"
    front += "\nformat:\n  html:\n    toc: false\nexecute:\n  echo: true\n  warning: false"
    document = qmd.read(template(INSIDE, front))
    assert lint.problems(document) == []
    assert lint.check(document) is document


@pytest.mark.parametrize(
    ("front", "problem"),
    [
        (
            "lang: ko",
            "line 1: front matter must hold a title; saw none. Add a line such as title: What the programme did.",
        ),
        (
            "title: A\ntoc: true",
            "line 1: front matter must use only title, subtitle, author, date, lang, format, execute, jupyter, "
            "number-sections; saw toc. Remove it, or correct its spelling.",
        ),
        (
            "title: A\ndate: today",
            "line 1: front matter: date must be a written date, for example 2026-03-31 (a page must come out the same "
            "tomorrow); saw 'today'. Change it.",
        ),
        (
            "title: '`{python} x`'",
            "line 1: front matter: title must be text without inline code; saw '`{python} x`'. Change it.",
        ),
        (
            "title: A\nformat: pdf",
            "line 1: front matter: format must be html, or a mapping that holds html; saw 'pdf'. Change it.",
        ),
        (
            "title: A\nexecute:\n  cache: true",
            "line 1: front matter: execute must be a mapping of echo and warning to true or false; "
            "saw {'cache': True}. Change it.",
        ),
        ("title: A\njupyter: ir", "line 1: front matter: jupyter must be python3; saw 'ir'. Change it."),
        (
            "title: A\nauthor: [1]",
            "line 1: front matter: author must be one name or a list of names; saw [1]. Change it.",
        ),
        (
            "title: A\nnumber-sections: 1",
            "line 1: front matter: number-sections must be true or false; saw 1. Change it.",
        ),
    ],
)
def test_front_matter_outside_the_subset_is_refused(template, front, problem):
    assert lint.problems(qmd.read(template("", front))) == [problem]


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("{r}\n1", "a cell must open with ```{python} and nothing more; saw {r}. Write options as #| lines."),
        (
            "{python echo=False}\n1",
            "a cell must open with ```{python} and nothing more; saw {python echo=False}. Write options as #| lines.",
        ),
        (
            "{python}\n#| fig-width: 3\n1",
            "a cell must use only label, fig-cap, fig-alt, tbl-cap, echo, include, warning, output, tags; saw fig-width. "
            "Remove it, or correct its spelling.",
        ),
        ("{python}\n#| echo: fenced\n1", "a cell: echo must be true or false; saw 'fenced'. Change it."),
        ("{python}\n#| output: html\n1", "a cell: output must be true, false or asis; saw 'html'. Change it."),
        ("{python}\n#| tags: [hide]\n1", "a cell: tags must be [parameters]; saw ['hide']. Change it."),
        (
            "{python}\n#| label: 'a b'\n1",
            "a cell: label must be a letter, then letters, digits, - or _; saw 'a b'. Change it.",
        ),
        (
            "{python}\n#| label: fig-x\n#| fig-cap: A\n1",
            "the cell fig-x must have fig-alt; saw none. Add it as a line #| fig-alt.",
        ),
        ("{python}\n#| label: tbl-x\n1", "the cell tbl-x must have tbl-cap; saw none. Add it as a line #| tbl-cap."),
        (
            "{python}\n#| label: x\n#| tbl-cap: A\n1",
            "a cell with tbl-cap must have a label that begins with tbl-; saw x. Label it.",
        ),
        ("{python}\n#| tags: [parameters]\nx =", "the parameters cell must be Python; saw invalid syntax. Correct it."),
        (
            "{python}\n#| tags: [parameters]\nprint(1)",
            "the parameters cell must hold only lines of name = value; saw other code. Move it to the next cell.",
        ),
    ],
)
def test_cells_outside_the_subset_are_refused(template, cell, problem):
    assert lint.problems(qmd.read(template(f"'''{cell}\n'''\n"))) == [f"line 5: {problem}"]


def test_a_label_and_the_parameters_belong_to_one_cell(template):
    cell = "'''{python}\n#| label: a\n#| tags: [parameters]\nx = 1\n'''\n"
    assert lint.problems(qmd.read(template(cell + cell))) == [
        "line 10: a label must be used by one cell; saw a, which the cell at line 5 has. Give each its own.",
        "line 10: a tag must be used by one cell; saw parameters, which the cell at line 5 has. Give each its own.",
    ]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (
            "  '''{python}\n  1\n  '''",
            "a cell must begin at the left edge and be closed by a line of as many backticks; saw '''{python}. "
            "Move it to the left edge, or close it.",
        ),
        (
            "'''{python}\n1",
            "a cell must begin at the left edge and be closed by a line of as many backticks; saw '''{python}. "
            "Move it to the left edge, or close it.",
        ),
        (
            "a {{< meta x >}}",
            "words must hold no shortcode; saw {{< meta x >}}. Write out what it stands for, or compute it in a cell.",
        ),
        ("a <br> b", "words must hold no raw HTML; saw <br>. Write Markdown, or escape the sign as \\<."),
        ("<!-- a -->", "words must hold no raw HTML; saw <!--. Write Markdown, or escape the sign as \\<."),
        ("`<b>`{=html}", "words must hold no raw HTML; saw `{=html}. Write Markdown, or escape the sign as \\<."),
        ("'''{=html}\n<b>\n'''", "words must hold no raw HTML; saw `{=}. Write Markdown, or escape the sign as \\<."),
        ("\\begin{x}", "words must hold no raw LaTeX; saw \\begin{x}. Put mathematics between dollar signs."),
        (
            "![a](b.png)",
            "words must hold no picture by its address; saw ![a](. Show it from a cell with label, fig-cap and fig-alt.",
        ),
        (
            "# First",
            "a heading must be of the second level or below (the title is the first); saw # First. Write ## instead of #.",
        ),
        ("Words\n## Next", "a heading must have an empty line before it; saw ## Next. Add the line."),
        (
            "::: {.panel-tabset}\n:::",
            "a block between ::: lines must be a callout (note, tip, warning, important or caution); "
            "saw ::: {.panel-tabset}. Use ::: {.callout-note}, or plain paragraphs.",
        ),
        (
            '::: {.callout-note collapse="true"}\n:::',
            'a callout must have no setting but title; saw ::: {.callout-note collapse="true"}. '
            'Write ::: {.callout-note title="…"}.',
        ),
        (
            "::: {.callout-note}\n## Title\n:::",
            'a callout must carry its title in its braces; saw ::: {.callout-note}. Write {.callout-note title="…"}.',
        ),
        (
            "See @sec-x.",
            "a reference to a section must have number-sections: true in the front matter; saw @sec-x. Add it.",
        ),
    ],
)
def test_words_outside_the_subset_are_refused(template, words, problem):
    found = lint.problems(qmd.read(template(f"Words.\n\n{words}\n")))
    assert [p for p in found if not p.startswith("line 8: a heading must have")] == [
        f"line {8 if words.startswith('Words') else 7}: {problem.replace(chr(39) * 3, '```')}"
    ] or (words.startswith("Words") and found == [f"line 8: {problem}"])


def test_all_problems_are_reported_at_once_with_the_template(template):
    with pytest.raises(PublishError) as caught:
        lint.check(qmd.read(template("a <br> b\n\n'''{r}\n1\n'''\n")))
    assert str(caught.value) == (
        "brief.qmd, line 7: a cell must open with ```{python} and nothing more; saw {r}. Write options as #| lines.\n"
        "brief.qmd, line 5: words must hold no raw HTML; saw <br>. Write Markdown, or escape the sign as \\<."
    )


@pytest.mark.parametrize("path", sorted(where.reports().glob("*.qmd")), ids=lambda path: path.name)
def test_the_templates_of_the_project_are_portable(path):
    lint.check(qmd.read(path))
