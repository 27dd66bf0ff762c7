import pytest

from impact import where
from impact.publish.offline import remote_references

ELSEWHERE = [
    ('<img src="http://a/b.png">', ["http://a/b.png"]),
    ('<img src="b.png">', ["b.png"]),
    ('<img srcset="data:image/png;base64,AA 1x, //a/b 2x">', ["//a/b"]),
    ('<link rel="stylesheet" href="x.css">', ["x.css"]),
    ('<link href="data:text/css,@import%20url(http://a)">', ["http://a"]),
    ('<link href="data:text/css;base64,YntiYWNrZ3JvdW5kOnVybChodHRwOi8vYSl9">', ["http://a"]),
    ('<script src="//cdn/x.js"></script>', ["//cdn/x.js"]),
    ('<iframe src="https://a"></iframe>', ["https://a"]),
    ('<iframe srcdoc="&lt;img src=http://a&gt;"></iframe>', ["http://a"]),
    ('<object data="a.svg"></object>', ["a.svg"]),
    ('<video poster="p.png"><source src="v.mp4"></video>', ["p.png", "v.mp4"]),
    ('<svg><use xlink:href="http://a#b"/><image href="c.png"/></svg>', ["http://a#b", "c.png"]),
    ('<svg><rect fill="url(http://a#b)"/></svg>', ["http://a#b"]),
    ('<style>@import "http://a"; b { background: url( "http://c" ) }</style>', ["http://a", "http://c"]),
    ("<style>@font-face { src: url(font.woff2) }</style>", ["font.woff2"]),
    ('<style>b { background: image-set("https://a" 1x) }</style>', ["https://a"]),
    ("<style>b { background: \\75rl(http://a) }</style>", ["http://a"]),
    ("<p style=\"background: url('x.png')\">", ["x.png"]),
    ('<base href="https://a/">', ["https://a/"]),
    ('<meta http-equiv="Refresh" content="0;url=http://a">', ["0;url=http://a"]),
    ('<a href="#" ping="http://a">', ["http://a"]),
    ("<IMG SRC=HTTP://A>", ["HTTP://A"]),
    ('<img src="&#104;ttp://a">', ["http://a"]),
]


@pytest.mark.parametrize(("html", "found"), ELSEWHERE)
def test_what_a_page_loads_from_elsewhere_is_found(html, found):
    assert remote_references(html) == found


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://a">a link that a reader follows</a>',
        '<img src="data:image/png;base64,AA">',
        '<svg><use href="#a"/><rect fill="url(#b)"/></svg>',
        "<style>b { background: url(data:image/png;base64,AA) } /* url(http://a) */</style>",
        '<p title="url(http://a)">url(http://a) and &lt;img src="http://a"&gt;</p>',
        '<svg xmlns="http://www.w3.org/2000/svg"></svg>',
        '<iframe src="about:blank"></iframe>',
        '<img src="">',
    ],
)
def test_what_a_page_carries_or_only_names_is_not(html):
    assert remote_references(html) == []


def test_the_style_of_pages_loads_nothing_and_names_korean_fonts():
    style = where.reports("page.css").read_text(encoding="utf-8")
    assert remote_references(f"<style>{style}</style>") == []
    for font in ("Noto Sans KR", "Apple SD Gothic Neo", "Malgun Gothic", "NanumGothic"):
        assert f'"{font}"' in style
