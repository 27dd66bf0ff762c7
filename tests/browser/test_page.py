"""The page around the map: finding, choosing, cards, table, file, address, languages, widths, paper."""

import csv
import re

import numpy as np
import pandas as pd
import pytest
from atlas import regional

from impact.regions import register

UNITS = register.units()
CODES = UNITS["code"].tolist()
MARK = "SIMULATED / 모의자료"
BAD_NAME = "Accidents <img src=x onerror=alert(1)>"


def rows(page):
    return page.eval_on_selector_all("#rows tbody button", "all => all.map(one => Number(one.dataset.at))")


def said(page):
    return page.locator("#said").inner_text()


def effects(results, outcome="Sales", aggregation="region"):
    """The released effects of an outcome by code."""
    table = pd.read_csv(results / "released" / "effects.csv", encoding="utf-8-sig", dtype={"region": str})
    return table[(table["outcome"] == outcome) & (table["aggregation"] == aggregation)].set_index("region")


# ---- finding a region ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["종로", "ㅈㄹㄱ", "jongno", "서울 종로", "11110"])
def test_a_region_is_found_by_name_initials_english_and_code(tiles, opened, typed):
    page = opened(tiles, "#l=ko")
    page.fill("#find", typed)
    assert page.locator("#found li").first.inner_text() == "서울특별시 종로구"
    page.keyboard.press("Enter")
    assert page.locator("#cards h3").inner_text() == "서울특별시 종로구"
    assert page.locator("#find").input_value() == ""
    assert page.locator("#found").is_hidden()
    assert said(page).startswith(f"서울특별시 종로구을(를) 골랐습니다. {MARK}: ")


def test_the_list_of_found_regions_is_walked_through(tiles, opened):
    page = opened(tiles)
    page.fill("#find", "jung-gu")
    assert page.locator("#find").get_attribute("aria-expanded") == "true"
    names = page.locator("#found li").all_inner_texts()
    assert names[:3] == ["Jung-gu, Seoul", "Jung-gu, Busan", "Jung-gu, Daegu"]
    page.keyboard.press("ArrowDown")
    assert page.locator("#find").get_attribute("aria-activedescendant") == "found-1"
    assert page.locator('#found [aria-selected="true"]').inner_text() == names[1]
    page.keyboard.press("Enter")
    assert page.locator("#cards h3").inner_text() == "Jung-gu, Busan"


def test_a_name_that_no_region_has_is_said_so_and_escape_empties_the_field(tiles, opened):
    page = opened(tiles, "#a=11110")
    page.fill("#find", "nowhere")
    assert page.locator("#found").inner_text() == said(page) == "No region is called so."
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    assert page.locator("#find").input_value() == ""
    assert page.locator("#cards h3").inner_text() == "Jongno-gu, Seoul"


def test_a_found_region_outside_the_filter_opens_the_filter(tiles, opened):
    page = opened(tiles, "#p=11")
    page.fill("#find", "haeundae")
    page.locator("#found li").first.click()
    assert page.locator("#province").input_value() == ""
    assert len(rows(page)) == len(CODES)


# ---- choosing ------------------------------------------------------------------------------------------------------


def test_another_outcome_comparison_and_measure_change_map_table_and_heading(tiles, opened):
    page = opened(tiles)
    assert page.locator("#heading").inner_text() == "Sales: Is there an effect above zero? (probability)"
    before = page.locator("#u0").get_attribute("aria-label")
    page.select_option("#outcome", label=BAD_NAME)
    assert page.locator("#heading").inner_text() == f"{BAD_NAME}: Is there an effect above zero? (probability)"
    page.select_option("#measure", "interval")
    page.select_option("#estimate", label="the firms around it")
    assert page.locator("#u0").get_attribute("aria-label") != before
    assert page.locator("#estimate-note").inner_text().startswith("Compared with the firms around it: ")
    assert "firms of the same industry" in page.locator("#estimate-note").inner_text()
    assert {"o", "m", "e"} <= set(re.findall(r"[#&](\w)=", page.url))


def test_what_is_shown_is_what_the_table_of_the_study_says(results, tiles, opened):
    page = opened(tiles, "#m=interval")
    table = effects(results).reindex(CODES)
    shown = table["state"] == "shown"
    wanted = {
        "whole interval below zero": int((shown & (table["upper"] < 0)).sum()),
        "whole interval above zero": int((shown & (table["lower"] > 0)).sum()),
        "not enough evidence": int((table["state"] == "not enough evidence").sum()),
        "suppressed: too few firms": int((table["state"] == "suppressed").sum()),
        "no data": int(table["state"].isna().sum()),
    }
    items = page.locator("#legend button").all_inner_texts()
    counts = {name: int(count) for name, count in (item.split("\n") for item in items)}
    assert {name: counts[name] for name in wanted} == wanted
    assert sum(counts.values()) == len(CODES)


def test_a_year_belongs_to_what_has_years(tiles, opened):
    page = opened(tiles)
    assert page.locator("#year-box").is_hidden()
    page.select_option("#measure", "risk")
    assert page.locator("#heading").inner_text() == "Extinction risk, 2025"
    high = page.locator('#legend [data-class="risk_0"] b').inner_text()
    page.locator("#year").focus()
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    assert page.locator("#heading").inner_text() == "Extinction risk, 2015"
    assert (high, page.locator('#legend [data-class="risk_0"] b').inner_text()) == ("66", "5")
    assert page.locator("#summary").inner_text().endswith("very low: 24.")
    assert MARK not in page.locator("#summary").inner_text()  # the population is real
    assert MARK in page.locator("#mark").inner_text()


def test_a_class_that_is_chosen_leaves_only_its_regions(results, tiles, opened):
    page = opened(tiles)
    page.click('[data-class="suppressed"]')
    hidden = effects(results).query("state == 'suppressed'").index
    assert [CODES[at] for at in rows(page)] == sorted(hidden, key=CODES.index)
    assert page.locator("#map [role=option]:not([aria-hidden])").count() == len(hidden)
    assert page.locator("#count").inner_text() == f"{len(hidden)} of 229 regions"
    page.select_option("#province", "36")
    assert page.locator("#nothing").inner_text() == "No region has all that was chosen."
    page.click("#all")
    assert len(rows(page)) == len(CODES)


# ---- cards ---------------------------------------------------------------------------------------------------------


def test_a_card_says_the_effect_with_its_interval_and_what_is_known(results, tiles, opened):
    row = effects(results).loc["51770"]
    page = opened(tiles, "#a=51770")
    card = page.locator("#cards").inner_text()
    assert row["state"] == "shown"
    assert f"{MARK}: For supported firms, “Sales” was on average " in card
    assert (
        f"It compares {row['n_supported']:.0f} supported firms with {row['n_comparison']:,.0f} that were never supported."
        in card
    )
    assert "depopulation area from 2021-10-19 to 2026-10-18 (Notice 2021-66)" in card
    assert re.search(
        r"Of 171 other regions with evidence of their own, its effect is surely larger than in \d+ and surely", card
    )
    assert page.locator("#cards .strip").get_attribute("aria-label").startswith("Jeongseon-gun, Gangwon State: effect ")
    assert "2015: " in page.locator("#cards .trend").get_attribute("aria-label")
    assert "own evidence" not in " ".join(page.locator("#cards .facts th").all_inner_texts())


def test_without_enough_evidence_a_card_says_that_and_gives_no_number(results, tiles, opened):
    table = effects(results)
    code = table.index[table["state"] == "not enough evidence"][0]
    page = opened(tiles, f"#a={code}")
    facts = page.locator("#cards .facts").inner_text()
    assert (
        "There is not enough evidence of its own: too few supported firms (3) stand behind it."
        in page.locator("#cards").inner_text()
    )
    assert "not enough evidence" in facts
    assert "interval" not in facts
    assert page.locator("#cards .strip").count() == 0


def test_how_much_is_its_own_evidence_is_said_where_the_table_says_it(shrunken, opened):
    page = opened(shrunken, "#a=51770")
    rows_ = dict(row.split("\t") for row in page.locator("#cards .facts tr").all_inner_texts())
    assert rows_["Weight of its own evidence"] == "25\xa0% its own, the rest learnt from other regions"
    notes = page.locator("#notes").inner_text()
    assert "leans on other regions by the rest" in notes
    assert "nothing is borrowed" not in notes


def test_two_regions_stand_side_by_side_with_the_probability_of_one_above_the_other(results, tiles, opened):
    from scipy import stats

    table = effects(results)
    first, second = table.index[table["state"] == "shown"][[3, 8]]
    page = opened(tiles, f"#a={first}")
    page.click("#compare")
    assert "Now choose the second region" in said(page)
    page.locator(f'#rows button[data-at="{CODES.index(second)}"]').click()
    a, b = table.loc[first], table.loc[second]
    p = stats.norm.cdf((a["estimate"] - b["estimate"]) / (a["std_error"] ** 2 + b["std_error"] ** 2) ** 0.5)
    told = "under 1 %" if p < 0.01 else "over 99 %" if p > 0.99 else f"{100 * p:.0f} %"
    answer = page.locator("#cards .answer").inner_text().replace("\xa0", " ")
    assert answer.endswith(f" with probability {told}.")
    assert page.locator("#cards .facts thead th").count() == 2
    assert page.locator("#cards .strip .dot").count() == 2
    assert "independent" in page.locator("#cards").inner_text()
    page.locator("#cards .buttons button").first.click()
    assert page.locator("#cards h3").count() == 1
    assert page.evaluate("document.activeElement.id") == "compare"


def test_a_region_without_a_value_cannot_be_compared(results, tiles, opened):
    table = effects(results)
    hidden = table.index[table["state"] == "suppressed"][0]
    page = opened(tiles, f"#a=11110&b={hidden}")
    assert "has no effect that may be shown" in page.locator("#cards .answer").inner_text()


# ---- the table -----------------------------------------------------------------------------------------------------


def test_a_heading_sorts_and_blanks_stay_last(results, tiles, opened):
    page = opened(tiles)
    table = effects(results).reindex(CODES)
    estimate = table["estimate"].where(table["state"] == "shown")
    for direction, turn in (("descending", -1), ("ascending", 1)):
        page.click('[data-sort="effect"]')
        assert page.locator(f"#rows th[aria-sort='{direction}']").inner_text().startswith("Effect")
        values = estimate.loc[[CODES[at] for at in rows(page)]].to_numpy()
        known = int(estimate.notna().sum())
        assert (turn * np.diff(values[:known]) > -0.001).all()  # the page knows three digits of an error
        assert np.isnan(values[known:]).all()
    assert len(rows(page)) == len(CODES)


def test_rows_are_walked_through_and_selected_as_on_the_map(tiles, opened):
    page = opened(tiles)
    page.locator("#skip-table").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert (
        page.locator('#rows [aria-pressed="true"]').all_inner_texts()
        == page.locator("#rows tbody button").all_inner_texts()[-2:-1]
    )
    assert page.locator('#map [aria-selected="true"]').get_attribute("data-at") == str(len(CODES) - 2)
    assert page.locator('#rows tbody button[tabindex="0"]').count() == 1


def downloaded(page, tmp_path):
    with page.expect_download() as waiting:
        page.click("#download")
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    content = path.read_bytes()
    return path, content, list(csv.DictReader(content.decode("utf-8-sig").splitlines()))


def test_the_rows_that_are_seen_are_downloaded_with_the_mark_in_each(results, tiles, opened, tmp_path):
    page = opened(tiles, "#p=26&s=supported&d=1")
    path, content, lines = downloaded(page, tmp_path)
    assert (path.name, content[:3]) == ("regional-Sales.csv", b"\xef\xbb\xbf")
    assert [line["region"] for line in lines] == [CODES[at] for at in rows(page)]
    assert {line["simulated"] for line in lines} == {MARK}
    table = effects(results).reindex(CODES)
    table["state"] = table["state"].fillna("no data")
    for line in lines:
        row = table.loc[line["region"]]
        assert line["state"] == row["state"]
        if row["state"] == "shown":
            assert float(line["estimate"]) == pytest.approx(row["estimate"], abs=0.005 * row["std_error"])
            assert int(line["n_supported"]) == row["n_supported"]
        else:
            assert (line["estimate"], line["effect"], line["probability_above_zero"]) == ("", "", "")
    assert said(page) == f"{len(lines)} rows downloaded."


# ---- the address, back and forward ---------------------------------------------------------------------------------


def test_the_address_opens_the_same_view_again(tiles, opened):
    page = opened(tiles)
    page.select_option("#measure", "change")
    page.select_option("#province", "46")
    page.locator("#rows tbody button").nth(4).click()
    other = opened(tiles, f"#{page.url.partition('#')[2]}")
    for part in ("#heading", "#summary", "#cards", "#rows"):
        assert other.locator(part).inner_text() == page.locator(part).inner_text()


def test_back_and_forward_go_through_what_was_chosen(tiles, opened):
    page = opened(tiles)
    page.select_option("#outcome", "1")
    page.locator("#rows tbody button").first.click()
    page.go_back()
    assert page.locator("#cards h3.first").count() == 0
    assert page.locator("#outcome").input_value() == "1"
    page.go_back()
    assert page.locator("#outcome").input_value() == "0"
    page.go_forward()
    page.go_forward()
    assert page.locator("#cards h3").inner_text() == "Jongno-gu, Seoul"


def test_an_address_of_nonsense_opens_the_first_view(tiles, opened):
    page = opened(tiles, "#a=<script>&m=__proto__&o=constructor&v=map&c=%3Cimg%3E&%%")
    assert page.locator("#heading").inner_text() == "Sales: Is there an effect above zero? (probability)"


# ---- languages -----------------------------------------------------------------------------------------------------


def test_the_language_is_switched_everywhere(tiles, opened):
    page = opened(tiles, "#a=11110")
    page.click("#language")
    assert page.locator("html").get_attribute("lang") == "ko"
    assert page.locator("#cards h3").inner_text() == "서울특별시 종로구"
    assert page.locator("#heading").inner_text() == "Sales: 효과가 0보다 큰가? (확률)"
    assert page.locator("#u0").get_attribute("aria-label").startswith("서울특별시 종로구: ")
    words = page.evaluate("[...document.querySelectorAll('[data-word]')].map(one => one.textContent)")
    assert all(re.search("[가-힣]", word) for word in words)
    page.click("#language")
    words = page.evaluate("[...document.querySelectorAll('[data-word]')].map(one => one.textContent)")
    assert not any(re.search("[가-힣]", word) for word in words)
    assert page.locator("#language").get_attribute("lang") == "ko"


def test_no_word_is_missing_in_any_view(tiles, opened):
    page = opened(tiles)
    for language in ("en", "ko"):
        for measure in ("probability", "mean", "interval", "risk", "change", "designation"):
            page.goto(f"{tiles.as_uri()}#l={language}&m={measure}&a=11110&b=26110")
            page.locator(f"html[lang={language}]").wait_for(state="attached")
            text = page.locator("body").inner_text()
            assert not re.search(r"undefined|NaN|null|\{\w+\}|\[object", text)


# ---- what a stranger wrote -----------------------------------------------------------------------------------------


def test_what_a_study_brings_is_text(tiles, opened):
    page = opened(tiles, f"#o={BAD_NAME}&a=11110")
    assert (
        page.locator("#title").inner_text() == "Support of firms by region <script>document.title = 'broken'</script>"
    )
    assert page.locator("#limits li").all_inner_texts() == ["The firms are <b>made up</b>."]
    assert page.title().startswith(f"{MARK}: Jongno-gu, Seoul – Support of firms by region <script>")
    assert page.locator("img, #limits b").count() == 0
    assert page.locator("script").count() == 2


def test_the_policy_of_the_page_forbids_what_it_does_not_hold(chromium, tiles):
    context = chromium.new_context()
    page, said_ = context.new_page(), []
    page.on("console", lambda message: said_.append(message.text))
    page.goto(tiles.as_uri())
    done = page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.broken = true";
          document.body.append(script);
          const picture = new Image();
          picture.src = "https://elsewhere.example/x.png";
          return new Promise((end) => { picture.onerror = () => end(window.broken === undefined); });
        }"""
    )
    context.close()
    assert done
    assert sum("Content Security Policy" in line for line in said_) == 2


# ---- widths, light and paper ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("width", [320, 360, 600, 900, 1100, 1280, 1920, 2560])
def test_nothing_is_wider_than_the_window(shapes, opened, width, language):
    page = opened(shapes, f"#l={language}&a=51770&b=11110&m=mean", width=width, height=900)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    clipped = page.evaluate(
        """() => [...document.querySelectorAll("h1, h2, h3, p, .facts td, .facts th, .buttons button, label")]
          .filter((one) => one.offsetParent && !one.closest(".unseen, .rows") && !one.matches(".unseen"))
          .filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== "inline")
          .map((one) => one.textContent.slice(0, 40))"""
    )
    assert clipped == []


def test_a_phone_answers_below_the_search_and_leads_to_the_card(shapes, opened):
    page = opened(shapes, width=360, height=740)
    assert page.locator("#mine").inner_text().startswith(f"All supported firms\n{MARK}: For supported firms, “Sales” ")
    page.fill("#find", "jeongseon")
    page.keyboard.press("Enter")
    answer = page.locator("#mine")
    assert answer.inner_text().startswith(f"Jeongseon-gun, Gangwon State\n{MARK}: For supported firms, “Sales” was on")
    box = answer.bounding_box()
    assert box["y"] + box["height"] < 740
    answer.get_by_role("button").click()
    assert page.evaluate("document.activeElement.id") == "cards"
    assert 0 <= page.locator("#cards h3").bounding_box()["y"] < 370


def test_a_wide_window_shows_search_map_and_card_at_once(shapes, opened):
    page = opened(shapes, "#a=51770", width=1920, height=1080)
    assert page.locator("#mine").is_hidden()
    for seen in ("#find", "#paper", "#legend", "#cards .answer", "#cards .strip"):
        box = page.locator(seen).bounding_box()
        assert box["y"] + box["height"] <= 1080, seen


@pytest.mark.parametrize("width", [360, 1280])
def test_what_the_mark_means_is_said_once(tiles, opened, width):
    page = opened(tiles, width=width)
    said_ = page.get_by_text("These firms are simulated: a program made them up.").all()
    assert sum(one.is_visible() for one in said_) == 1


@pytest.mark.parametrize("width", [360, 1280])
def test_what_can_be_pressed_is_large_enough_for_a_finger(tiles, opened, width):
    page = opened(tiles, "#l=ko&a=11110", width=width)
    small = page.evaluate(
        """() => [...document.querySelectorAll("button:not(.skip), select, input")]
          .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 32).map((one) => one.outerHTML)"""
    )
    assert small == []


def test_in_the_dark_the_page_is_dark_and_its_classes_are_the_same(shapes, opened):
    light, dark = (opened(shapes, "", color_scheme=scheme) for scheme in ("light", "dark"))
    grounds = [page.evaluate("getComputedStyle(document.body).backgroundColor") for page in (light, dark)]
    assert grounds == ["rgb(255, 255, 255)", "rgb(20, 24, 28)"]
    fills = [
        page.eval_on_selector_all("#map [role=option]", "all => all.map(one => one.getAttribute('fill'))")
        for page in (light, dark)
    ]
    assert fills[0] == fills[1]


def test_paper_has_the_mark_the_map_the_card_and_every_row_and_nothing_to_press(shapes, opened):
    page = opened(shapes, "#a=11110")
    page.emulate_media(media="print")
    for seen in ("#mark", "#map", "#legend", "#cards", "#credit", "#heading"):
        assert page.locator(seen).is_visible(), seen
    for gone in ("#find", "#measure", "#download", "#views", "#language", ".buttons"):
        assert page.locator(gone).first.is_hidden(), gone
    assert page.evaluate("getComputedStyle(document.querySelector('#rows')).maxHeight") == "none"
    assert page.evaluate(
        "document.querySelector('#rows').scrollHeight <= document.querySelector('#rows').clientHeight + 1"
    )
    assert page.locator("#rows th[aria-sort]").first.bounding_box()["height"] > 0  # its button gives way to its words
    assert len(page.pdf(format="A4")) > 20_000


def test_a_page_of_real_firms_has_no_mark(opened, tmp_path, monkeypatch):
    from impact import atlas

    monkeypatch.setattr("impact.regions.boundaries.cached", lambda detail: None)
    page = opened(atlas.make(regional.made(tmp_path, simulated=False)).path, "#a=11110")
    assert "SIMULATED" not in page.locator("body").inner_text()
    assert not page.title().startswith("SIMULATED")
    assert "simulated" not in downloaded(page, tmp_path)[2][0]
