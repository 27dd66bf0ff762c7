"""The map under the hand and the keyboard, as shapes and as tiles."""

import numpy as np
import pytest
from atlas import regional

from impact.regions import register

CODES = register.units()["code"].tolist()
UNITS = "#map [role=option]"
FOCUSED = "document.activeElement.getAttribute('data-at')"


@pytest.fixture(params=["tiles", "shapes"])
def page(request, opened):
    """The page in Korean, once as tiles and once as shapes."""
    return opened(request.getfixturevalue(request.param), "#l=ko")


def at(code):
    return CODES.index(code)


def chosen(page):
    return page.eval_on_selector_all('.unit[aria-selected="true"]', "all => all.map(one => Number(one.dataset.at))")


def focused(page):
    return int(page.evaluate(FOCUSED))


# ---- keyboard ------------------------------------------------------------------------------------------------------


def test_the_map_is_one_stop_of_the_tab_key(page):
    stops = []
    while page.keyboard.press("Tab") or page.evaluate("document.activeElement !== document.body"):
        stops.append(page.evaluate("document.activeElement.closest('#map') !== null"))
    assert stops.count(True) == 1
    assert len(stops) < 40
    assert page.locator('.unit[tabindex="0"]').count() == 1


def test_every_region_is_walked_through_in_order(page):
    page.locator("#skip-map").focus()
    page.keyboard.press("Enter")
    seen = [focused(page)]
    for _ in CODES[1:]:
        page.keyboard.press("PageDown")
        seen.append(focused(page))
    assert seen == list(range(len(CODES)))
    page.keyboard.press("PageDown")
    assert focused(page) == len(CODES) - 1
    page.keyboard.press("Home")
    assert focused(page) == 0
    page.keyboard.press("End")
    page.keyboard.press("PageUp")
    assert focused(page) == len(CODES) - 2


def test_arrow_keys_walk_to_every_region(page):
    """A walk by arrow keys alone, always to where most is new, sees every region of the map."""
    page.locator(".unit").first.focus()
    seen = page.evaluate(
        """() => {
          const keys = ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"];
          const here = () => Number(document.activeElement.dataset.at);
          const press = (key) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
          const to = new Map();
          const waiting = [here()];
          while (waiting.length) {
            const from = waiting.pop();
            if (to.has(from)) continue;
            to.set(from, keys.map((key) => {
              document.querySelector(`#u${from}`).focus();
              press(key);
              return here();
            }));
            waiting.push(...to.get(from));
          }
          return to.size;
        }"""
    )
    assert seen == len(CODES)


def test_enter_selects_shift_and_enter_adds_and_escape_clears(page):
    page.locator(f"#u{at('26110')}").focus()
    page.keyboard.press("Enter")
    assert chosen(page) == [at("26110")]
    assert page.locator("#cards h3").all_inner_texts() == ["부산광역시 중구"]
    page.keyboard.press("PageDown")
    page.keyboard.press("Shift+Enter")
    assert chosen(page) == [at("26110"), at("26140")]
    assert page.locator("#cards h3").all_inner_texts() == ["부산광역시 중구", "부산광역시 서구"]
    page.keyboard.press("Escape")
    assert chosen(page) == []
    assert page.locator("#said").inner_text() == "선택을 지웠습니다."
    assert focused(page) == at("26140")


def test_where_the_keyboard_is_is_seen(page):
    page.locator("#skip-map").focus()
    page.keyboard.press("Enter")
    assert page.locator("#rings .ring.focus").count() == 2
    drawn = page.locator("#rings .ring.focus").last.get_attribute("d")
    assert drawn == page.locator("#u0").get_attribute("d")
    page.locator("#outcome").focus()
    assert page.locator("#rings .ring.focus").count() == 0


# ---- pointer -------------------------------------------------------------------------------------------------------


def click_on(page, code):
    box = page.evaluate(
        """(at) => {
          const unit = document.querySelector(`#u${at}`);
          const all = unit.getBoundingClientRect();
          for (let x = all.left + 1; x < all.right; x += 1.5) for (let y = all.top + 1; y < all.bottom; y += 1.5)
            if (document.elementFromPoint(x, y) === unit) return [x, y];
          return null;
        }""",
        at(code),
    )
    page.mouse.click(*box)


def test_a_click_selects_and_another_one_takes_it_back(page):
    click_on(page, "51770")
    assert chosen(page) == [at("51770")]
    click_on(page, "51770")
    assert chosen(page) == []


def test_what_lies_under_the_pointer_is_said_beside_it(page):
    page.locator(f"#u{at('51770')}").hover(force=True)
    page.evaluate(
        """(at) => {
          const unit = document.querySelector(`#u${at}`);
          const place = { bubbles: true, clientX: 300, clientY: 300, pointerType: "mouse" };
          unit.dispatchEvent(new PointerEvent("pointermove", place));
        }""",
        at("51770"),
    )
    beside = page.locator("#tip").inner_text().replace("\xa0", " ")
    assert beside == page.locator(f"#u{at('51770')}").get_attribute("aria-label")
    page.mouse.move(2, 2)
    assert page.locator("#tip").is_hidden()


def test_a_touch_beside_a_small_region_means_the_nearest(shapes, opened):
    page = opened(shapes, "", width=360, height=740, has_touch=True)
    page.locator(f"#u{at('47940')}").scroll_into_view_if_needed()
    box = page.locator(f"#u{at('47940')}").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2 + 3, box["y"] - 5)
    assert chosen(page) == [at("47940")]
    assert page.locator("#tip").inner_text().startswith("Ulleung-gun, Gyeongsangbuk-do: ")
    page.mouse.wheel(0, 200)
    page.locator("#tip").wait_for(state="hidden")


# ---- what is drawn -------------------------------------------------------------------------------------------------


def test_a_region_has_the_class_that_its_numbers_say(page):
    counts = regional.supported_firms()
    labels = page.eval_on_selector_all(UNITS, "all => all.map(one => one.getAttribute('aria-label'))")
    few, hidden, none = ("증거 부족", "비공개: 기업 수가 적음", "자료 없음")
    for label, n in zip(labels, counts, strict=True):
        if n >= 5:
            assert "95 % 구간" in label, label
        else:
            assert label.endswith(f": {few if n == 3 else hidden if n == 2 else none}."), label


def test_no_class_is_told_by_its_colour_alone(page):
    fills = page.eval_on_selector_all(UNITS, "all => all.map(one => one.getAttribute('fill'))")
    counts = regional.supported_firms().to_numpy()
    assert all(fill.startswith("url(#m") for fill, n in zip(fills, counts, strict=True) if n < 5)
    used = {fill[5:-1] for fill in fills if fill.startswith("url")}
    assert used <= set(page.eval_on_selector_all("#map pattern", "all => all.map(one => one.id)"))


def test_islands_far_out_are_drawn(shapes, opened):
    page = opened(shapes)
    size = page.eval_on_selector(f"#u{at('47940')}", "one => [one.getBBox().width, one.getBBox().height]")
    assert min(size) > 0
    names = page.locator("#map .frames text").all_text_contents()
    assert names == ["Baengnyeongdo", "Ulleungdo, Dokdo", "Capital area"]
    assert page.locator("#map .zoomed path[data-at]").count() >= 50


@pytest.mark.parametrize(("width", "language"), [(360, "en"), (360, "ko"), (1280, "en"), (1920, "ko")])
@pytest.mark.parametrize("province", ["", "47"])
def test_names_lie_on_no_other_name_and_within_the_map(shapes, opened, width, language, province):
    page = opened(shapes, f"#l={language}&p={province}", width=width)
    clashes = page.evaluate(
        """() => {
          const boxes = [...document.querySelectorAll("#map .names text, #map .frames text")].map((one) =>
            [one.textContent, one.getBoundingClientRect()]);
          const paper = document.getElementById("paper").getBoundingClientRect();
          const seen = boxes.filter(([, box]) => box.right > paper.left && box.left < paper.right);
          const over = ([, a], [, b]) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 3 &&
            Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 5;
          const apart = seen.filter((one, at) => seen.some((other, place) => place > at && over(one, other)));
          const cut = seen.filter(([, box]) => box.left < paper.left - 1 || box.right > paper.right + 1);
          return [...apart, ...cut].map(([text]) => text);
        }"""
    )
    assert clashes == []


def test_the_mark_lies_in_a_corner_of_what_is_seen(page):
    for province in ("", "41"):
        page.select_option("#province", province)
        mark, paper = (page.locator(part).bounding_box() for part in ("#map .paper-mark text", "#paper"))
        assert 0 < mark["x"] - paper["x"] < 10
        assert 0 < paper["y"] + paper["height"] - mark["y"] - mark["height"] < 10


def test_the_larger_capital_area_can_be_clicked(shapes, opened):
    page = opened(shapes)
    page.locator(f'#map .zoomed path[data-at="{at("11110")}"]').dispatch_event("click")
    assert chosen(page) == [at("11110")]


def test_a_province_fills_the_map_and_the_others_step_back(page):
    page.select_option("#province", "11")
    in_seoul = [place for place, code in enumerate(CODES) if code.startswith("11")]
    kinds = page.eval_on_selector_all(
        UNITS, "all => all.map(one => [one.getAttribute('class'), one.getAttribute('aria-hidden')])"
    )
    assert [place for place, (kind, _) in enumerate(kinds) if "dim" not in kind] == in_seoul
    assert [place for place, (_, hidden) in enumerate(kinds) if hidden is None] == in_seoul
    named = page.locator("#map .names text:not(.dim)").all_text_contents()
    assert len(named) >= 0.8 * len(in_seoul)
    page.locator("#skip-map").focus()
    page.keyboard.press("Enter")
    walked = set()
    for key in ["Home", *["PageDown"] * len(in_seoul)]:
        page.keyboard.press(key)
        walked.add(focused(page))
    assert walked == set(in_seoul)


def test_shapes_and_tiles_are_two_views_of_one_state(shapes, opened):
    page = opened(shapes, "#a=47940")
    before = page.locator("#u0").get_attribute("d")
    page.click('[data-view="tiles"]')
    assert page.locator("#u0").get_attribute("d") != before
    assert chosen(page) == [at("47940")]
    assert "v=tiles" in page.url
    page.click('[data-view="map"]')
    assert page.locator("#u0").get_attribute("d") == before


def test_without_boundaries_the_page_says_that_it_has_tiles(tiles, opened):
    page = opened(tiles, "#v=map")
    assert page.locator("#views").is_hidden()
    assert page.locator("#views-note").inner_text() == (
        "There are no boundaries on this page, so each region is one tile of the same size."
    )


def test_tiles_do_not_lie_on_one_another(tiles, opened):
    page = opened(tiles)
    places = page.eval_on_selector_all(UNITS, "all => all.map(one => [one.getBBox().x, one.getBBox().y])")
    assert len(np.unique(np.round(places), axis=0)) == len(CODES)
