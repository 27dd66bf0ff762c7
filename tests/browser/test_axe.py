"""axe-core looks for what keeps people out; nothing serious may be found in any view."""

from importlib import util
from pathlib import Path

import pytest

VIEWS = [
    "",
    "#l=ko&a=51770",
    "#a=51770&b=11110&m=mean",
    "#m=risk&y=2020&p=11",
    "#c=suppressed&v=tiles",
    "#l=ko&m=designation&a=47940",
]
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def axe():
    """The script of axe-core."""
    found = util.find_spec("axe_playwright_python")
    if found is None:
        pytest.skip("needs axe-core, which make test-browser installs")
    return (Path(found.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_nothing_serious_is_found(shapes, opened, axe, view, scheme):
    page = opened(shapes, view, color_scheme=scheme)
    assert serious(page, axe) == []


@pytest.mark.parametrize("width", [360, 1920])
def test_nothing_serious_is_found_on_a_phone_and_on_a_wall(tiles, opened, axe, width):
    page = opened(tiles, "#l=ko&a=51770", width=width)
    assert serious(page, axe) == []


def test_nothing_serious_is_found_in_an_open_search(tiles, opened, axe):
    page = opened(tiles)
    page.fill("#find", "ㅈ")
    assert serious(page, axe) == []


def test_what_keeps_people_out_is_found(tiles, opened, axe):
    page = opened(tiles)
    page.evaluate("document.querySelector('label[for=outcome]').remove()")
    assert [rule for rule, *_ in serious(page, axe)] == ["select-name"]


def serious(page, axe):
    """Return each serious rule that is broken, with the first element that breaks it."""
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    broken = [one for one in found["violations"] if one["impact"] in SERIOUS]
    return [(one["id"], one["nodes"][0]["html"], one["nodes"][0]["failureSummary"]) for one in broken]
