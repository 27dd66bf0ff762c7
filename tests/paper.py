"""A small page with one of everything, which the tests of PDF and Word write."""

from impact import where
from impact.publish import lite, qmd

MARK = "SIMULATED / 모의자료"
ATTACK = '#read("/etc/passwd") $x$ *a* @fig-x <script> -1 -- #[b] \\ =c'
BODY = r"""
'''{python}
#| include: false
from IPython.display import Markdown, display
from matplotlib.figure import Figure
from impact.publish.qmd import escape, figure
attack = '#read("/etc/passwd") $x$ *a* @fig-x <script> -1 -- #[b] \\ =c'
'''

## 지역별 효과

지역의 효과는 `{python} f"{1.5:.2f}"`입니다. See @fig-line, @fig-own and @tbl-regions; `code --x` and $x^2$.

'''{python}
#| label: fig-line
#| fig-cap: "그림의 *설명*"
#| fig-alt: "오르는 선 \"a\""
f = Figure(figsize=(3, 2))
f.subplots().plot([1, 2])
f
'''

'''{python}
import io
f = Figure(figsize=(30, 2), dpi=40)
f.subplots().plot([2, 1])
f.savefig(png := io.BytesIO(), format="png")
display(Markdown(figure(png.getvalue(), "fig-own", "Wide", "A line that falls")))
'''

'''{python}
#| label: tbl-regions
#| tbl-cap: "Regions"
rows = [f"| {escape(attack)} | {number} | −{number} |" for number in range(60)]
display(Markdown("\n".join(["| 지역 | 효과 | p |", "|:--|--:|--:|", *rows])))
'''

::: {.callout-note}
알림입니다.
:::

::: {.callout-important title="Care"}
- Take care.
:::

A footnote^[Below.] and a [link](https://example.org/a?b=c&d=e).

'''
*verbatim* #code
'''
"""
MARKED = f"""
'''{{python}}
#| output: asis
print("::: {{.simulated-head}}\\n{MARK}\\n:::\\n\\n::: {{.simulated-paper style=\\"a: b\\"}}\\n:::")
'''
"""


def made(template, body=BODY, language="ko", front="author: Kim"):
    path = template(body, f"title: A page\nsubtitle: Below\n{front}")
    return lite.made(qmd.prepare(qmd.read(path), {"title": ATTACK}, language))


def style(name):
    return where.reports(name).read_text(encoding="utf-8")


def joined(text):
    """Drop white space, which a line that is full breaks at another place in every kind of file."""
    return "".join(text.split())
