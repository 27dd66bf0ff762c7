"""The handbook in a real browser: nothing serious by axe-core, nothing wider than a phone, every page reached by keyboard."""

import pytest

from impact.handbook import site

PAGES = (
    "index.html", "index.ko.html", "tutorial.en.html", "how-to.ko.html", "explanation.ko.html", "reference.en.html",
    "command-line.en.html", "messages.ko.html", "methods/callaway_santanna.ko.html", "maps.html",
)  # fmt: skip


@pytest.fixture(scope="session")
def handbook(tmp_path_factory):
    return site.build(tmp_path_factory.mktemp("handbook") / "site").parent


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_serious_is_found_on_any_page(handbook, opened, serious, name, width):
    page = opened(handbook / name, ready="main", width=width)
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_way_through_the_handbook_is_reached_by_keyboard(handbook, opened):
    page = opened(handbook / "index.en.html", ready="main", width=1280)
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.getAttribute('href')"))
    assert {"tutorial.en.html", "messages.en.html", "index.ko.html", "methods/twfe.en.html"} <= set(reached)
    assert all((handbook / one).is_file() for one in reached if one and "://" not in one and not one.startswith("#"))
