"""The handbook builds: every page, its links, its examples; what is wrong with a page is said in a sentence."""

import re
from html.parser import HTMLParser

import pytest

from impact import estimators, where
from impact.handbook import site
from impact.publish import PublishError
from impact.publish.offline import remote_references

QUARTO = """
website:
  title: Little
  sidebar:
    - id: en
      contents: [index.en.qmd, {section: More & more, contents: [more.md]}]
    - id: ko
      contents: [index.ko.qmd]
"""
PAGES = {
    "_quarto.yml": QUARTO,
    "index.qmd": '---\ntitle: "Little"\n---\n\n[English](index.en.qmd)\n',
    "index.en.qmd": '---\ntitle: "Begin <here>"\n---\n\nSee [more](more.md#a-part).\n',
    "index.ko.qmd": '---\ntitle: "시작"\n---\n\n말.\n',
    "more.md": "# More\n\n## A part\n\nSee [begin](index.en.qmd), [a file](https://example.org/x.md).\n",
}


@pytest.fixture
def little(tmp_path):
    folder = tmp_path / "sources"
    folder.mkdir()

    def made(**changed):
        for name, text in (PAGES | {key.replace("__", "."): text for key, text in changed.items()}).items():
            (folder / name).write_text(text, encoding="utf-8")
        return folder

    return made


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.links, self.ids, self.here = [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.ids |= {found["id"]} if "id" in found else set()
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
            self.here += [found["href"]] if found.get("aria-current") else []


def broken(folder):
    """Name the links of a site that lead nowhere: to a page that is not there, or to no place on it."""
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in folder.rglob("*.html")}
    for path, page in pages.items():
        for link in page.links:
            address, _, anchor = link.partition("#")
            if "://" not in link and not link.startswith("mailto:"):
                wanted = (path.parent / address).resolve() if address else path
                if wanted not in pages or (anchor and anchor not in pages[wanted].ids):
                    yield f"{path.name}: {link}"


def test_every_page_leads_to_every_other_and_loads_nothing(little, tmp_path):
    first = site.build(tmp_path / "out", little())
    assert first == tmp_path / "out" / "index.html"
    assert list(broken(tmp_path / "out")) == []
    page = Page((tmp_path / "out" / "index.en.html").read_text(encoding="utf-8"))
    assert page.here == ["index.en.html"]
    assert {"index.ko.html", "more.html", "more.html#a-part"} <= set(page.links)
    assert "https://example.org/x.md" in Page((tmp_path / "out" / "more.html").read_text(encoding="utf-8")).links


def test_titles_are_words_and_not_markup(little, tmp_path):
    site.build(tmp_path / "out", little())
    text = (tmp_path / "out" / "index.en.html").read_text(encoding="utf-8")
    assert "Begin &lt;here&gt;</a>" in text
    assert "<p>More &amp; more</p>" in text


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"more__md": "No title\n"},
            "more.md must begin with its title; it does not. Write # and the title as its first line.",
        ),
        (
            {"more__md": "# More\n\n[lost](lost.qmd)\n"},
            "more.md: a link must lead to a page of the handbook; there is no lost.qmd. Correct it.",
        ),
        (
            {"more__md": "# More\n\n![A picture](lost.png)\n"},
            "A page must name pictures that lie beside it; there is no lost.png. Correct its name.",
        ),
        (
            {"_quarto__yml": QUARTO.replace("more.md", "less.md")},
            "_quarto.yml must name pages that are there; there is no less.md. Write it, or take its name away.",
        ),
    ],
)
def test_what_is_wrong_with_a_page_is_said_and_nothing_is_written(little, tmp_path, changed, message):
    with pytest.raises(PublishError) as caught:
        site.build(tmp_path / "out", little(**changed))
    assert str(caught.value) == message
    assert not (tmp_path / "out").exists()


def test_only_an_earlier_handbook_is_replaced(little, tmp_path):
    place = tmp_path / "out"
    site.build(place, little())
    site.build(place, little())
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(PublishError) as caught:
        site.build(other, little())
    assert str(caught.value) == (
        f"The handbook replaces what is at {other}, which must be an earlier one; it is something else. Choose another "
        "folder with --out."
    )
    assert (other / "thesis.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", ["_quarto.yml", "index.html", "impact-handbook.txt"])
def test_a_users_own_site_is_no_earlier_handbook(little, tmp_path, name):
    place = tmp_path / "site"
    place.mkdir()
    (place / name).write_text("mine", encoding="utf-8")
    (place / "notes.md").write_text("mine", encoding="utf-8")
    with pytest.raises(PublishError):
        site.build(place, little())
    assert {one.name for one in place.iterdir()} == {name, "notes.md"}
    with pytest.raises(PublishError):
        site.build(little())


@pytest.fixture(scope="module")
def handbook(tmp_path_factory):
    """The handbook itself, with every example run."""
    return site.build(tmp_path_factory.mktemp("handbook") / "site").parent


def test_the_handbook_builds_and_no_link_is_broken(handbook):
    named = site.Site.read(where.reports("handbook")).pages
    assert len(list(handbook.rglob("*.html"))) == len(named)
    assert list(broken(handbook)) == []


def test_no_page_of_the_handbook_loads_anything_or_weighs_more_than_three_megabytes(handbook):
    for path in handbook.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert remote_references(text) == []
        assert len(text.encode()) < 3_000_000


def test_every_page_of_ours_is_there_in_both_languages_and_on_the_way(handbook):
    read = site.Site.read(where.reports("handbook"))
    sources = {
        path.relative_to(where.reports("handbook")).as_posix() for path in where.reports("handbook").rglob("*.[qm]*d")
    }
    assert sources == set(read.pages)
    for file in read.pages:
        if ".en." in file:
            assert file.replace(".en.", ".ko.") in read.pages


def test_every_estimator_has_its_page_in_both_languages():
    named = site.Site.read(where.reports("handbook")).pages
    wanted = {f"methods/{name}.{language}.qmd" for name in estimators.names() for language in ("en", "ko")}
    assert wanted <= set(named)


def test_headings_of_korean_pages_are_korean_where_they_are_no_names(handbook):
    for path in handbook.rglob("*.ko.html"):
        text = re.sub(r"<(nav|pre|code|style|head)\b.*?</\1>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        headings = re.findall(r"<h([12])[^>]*>(.*?)</h\1>", text, flags=re.DOTALL)
        if not any(name in str(path) for name in ("reference.ko", "command-line.ko")):  # these quote
            assert [one for _, one in headings if not re.search(r"[가-힣]|^Callaway–Sant[’']Anna$", one)] == [], (
                path.name
            )
