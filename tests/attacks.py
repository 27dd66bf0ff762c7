"""Texts of strangers that look like mark-up, and what a reader should see of any text."""

import unicodedata

ATTACKS = [
    "a|b",
    "`code`",
    "``",
    "*a* **b** _c_ ~~d~~ ^e^ ~f~",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "`<b>`{=html}",
    "```{=html}\n<b>\n```",
    "@fig-x [@fig-x] [-@fig-x]",
    "one\n\ntwo\r\n\r\nthree",
    "$x$ and $$y$$ \\(z\\)",
    "![](http://evil.example/p.png)",
    "[link](javascript:alert(1))",
    "http://evil.example www.evil.example <http://evil.example>",
    "{{< include /etc/passwd >}}",
    "`{python} 1 + 1`",
    "::: {.callout-note}",
    ":::",
    "# heading",
    "- item",
    "1. item",
    "(@) item",
    "> quote",
    "| line",
    "    code",
    "Table: x",
    ": x {#tbl-x}",
    "---",
    "---\ntitle: x\n---",
    "[^1] and ^[note]",
    "[^1]: note",
    "\\",
    "a\\",
    "\\begin{x}",
    "&lt; &amp; &#x3c; &",
    '"quotes" it\'s -- --- ...',
    ":smile:",
    "[a]{.b onclick=x}",
    "{#id}",
    "a\x00b\x1b\ud800",
    "=====",
    "주식회사 한빛|*",
    "Mr. Kim",
    "a  b　c d",
]


def expected(text):
    """What a reader should see: the text, one space for white space, U+FFFD for what no page can hold."""
    return "".join("�" if unicodedata.category(sign) in ("Cc", "Cs") else sign for sign in " ".join(text.split()))
