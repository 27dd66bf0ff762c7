"""axe-core looks for what keeps people out; nothing serious may be found in any view."""

import pytest

VIEWS = [
    "",
    "#l=ko&a=51770",
    "#a=51770&b=11110&m=mean",
    "#m=risk&y=2020&p=11",
    "#c=suppressed&v=tiles",
    "#l=ko&m=designation&a=47940",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_nothing_serious_is_found(shapes, opened, serious, view, scheme):
    page = opened(shapes, view, color_scheme=scheme)
    assert serious(page) == []


@pytest.mark.parametrize("width", [360, 1920])
def test_nothing_serious_is_found_on_a_phone_and_on_a_wall(tiles, opened, serious, width):
    page = opened(tiles, "#l=ko&a=51770", width=width)
    assert serious(page) == []


def test_nothing_serious_is_found_in_an_open_search(tiles, opened, serious):
    page = opened(tiles)
    page.fill("#find", "ㅈ")
    assert serious(page) == []


def test_what_keeps_people_out_is_found(tiles, opened, serious):
    page = opened(tiles)
    page.evaluate("document.querySelector('label[for=outcome]').remove()")
    assert [rule for rule, *_ in serious(page)] == ["select-name"]
