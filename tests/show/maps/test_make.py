import itertools
import re
import warnings

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from PIL import Image
from squares import grid, korea

from impact import marks
from impact.errors import InputError, InputWarning
from impact.regions import boundaries, register, risk
from impact.show import maps
from impact.show.maps import classes, letters

CANARY = "7319"  # digits of what is suppressed (conftest)


@pytest.fixture(scope="module")
def people():
    return register.population().query("year in (2015, 2024)")[["code", "year", "total"]]


@pytest.fixture
def file(tmp_path):
    def of(frame):
        frame.to_parquet(tmp_path / "boundaries.parquet")
        return tmp_path / "boundaries.parquet"

    return of


def with_risk(effects, year=2015):
    people = register.population().query("year == @year")
    classes_of = risk.risk_class(risk.extinction_index(people["women_20_39"], people["age_65_plus"])).astype(str)
    return effects.assign(risk=effects["region"].map(dict(zip(people["code"], classes_of, strict=True))))


def texts(figure):
    """Return what is written on a map, but the mark of simulated firms."""
    return [
        one for axes in figure.axes for one in axes.texts if one.get_gid() != marks.COLUMN and one.get_text().strip()
    ]


def opened(path):
    with Image.open(path) as picture:
        picture.load()
        return picture


def boxes(figure):
    """Return the boxes of what is written, in pixels."""
    canvas = FigureCanvasAgg(figure)
    with letters.typeset():
        canvas.draw()
        return {one: one.get_window_extent(canvas.get_renderer()) for one in texts(figure)}


def colours(figure):
    """Return the colours of the classes that are filled."""
    return {
        to_hex(patch.get_facecolor())
        for axes in figure.axes
        for patch in axes.patches + axes.artists
        if patch.get_facecolor()[3] > 0
    }


# ---- in words ------------------------------------------------------------------------------------------------------


def test_a_map_is_said_in_words(effects):
    assert maps.draw(effects, tiles=True, title="Effect on sales").alt == (
        "Effect on sales. Map of 229 regions. Is the effect above 0? very unlikely (below 5 %): 26; unlikely (5–20 %): 16; open "
        "(20–80 %): 61; likely (80–95 %): 13; very likely (from 95 %): 41; not enough evidence: 23; suppressed: too few firms: "
        "23; cannot be estimated: 23; no data: 3 (Sunchang-gun, Gochang-gun, Buan-gun). How surely the effect is above the "
        "threshold, given its estimate and standard error. Neighbouring classes are no ranking."
    )


def test_a_map_is_said_in_korean(effects):
    assert maps.draw(effects, kind="mean", tiles=True, language="ko", percent=True).alt == (
        "효과. 229개 지역의 지도. 효과: −40 % 이상 −20 % 미만: 15; −20 % 이상 0 % 미만: 49; 0 % 이상 20 % 미만: 55; "
        "20 % 이상 40 % 미만: 29; 40 % 이상: 9; 증거 부족: 23; 비공개: 기업 수가 적음: 23; 추정 불가: 23; "
        "자료 없음: 3 (순창군, 고창군, 부안군); 구간이 0을 포함: 104. "
        "추정된 효과. 구간이 0을 포함하면 가로줄을 더했습니다. 이웃 지역 간 차이는 우연일 수 있습니다."
    )


def test_small_maps_are_said_one_after_the_other(people):
    assert maps.draw(people, over="year", value="total", tiles=True, title="People").alt == (
        "People. Map of 229 regions. total. 2015: below 46,000: 45; 46,000 to 98,000: 47; 98,000 to 210,000: 44; 210,000 to "
        "390,000: 48; 390,000 and more: 45. 2024: below 46,000: 50; 46,000 to 98,000: 41; 98,000 to 210,000: 46; 210,000 to "
        "390,000: 47; 390,000 and more: 45."
    )


def test_a_map_of_simulated_firms_says_so_in_every_way(effects, tmp_path):
    made = maps.draw(marks.marked(effects), tiles=True)
    assert made.alt.startswith(f"{marks.SIMULATED}: Is the effect above 0? Map of 229 regions.")
    written = [one for axes in made.figure.axes for one in axes.texts if one.get_gid() == marks.COLUMN]
    assert {one.get_text() for one in written} == {marks.SIMULATED}
    assert opened(made.save(tmp_path / "map.png")).info["Title"] == marks.SIMULATED
    made.save(tmp_path / "map.svg")
    assert f"<dc:title>{marks.SIMULATED}</dc:title>" in (tmp_path / "map.svg").read_text(encoding="utf-8")


def test_a_map_of_real_firms_has_no_mark(effects, tmp_path):
    made = maps.draw(effects, tiles=True)
    assert marks.ENGLISH not in made.alt
    made.save(tmp_path / "map.svg")
    assert marks.ENGLISH not in (tmp_path / "map.svg").read_text(encoding="utf-8")
    assert "Title" not in opened(made.save(tmp_path / "map.png")).info


def test_the_twin_of_a_map_has_every_region_sorted_by_class(effects):
    table = maps.draw(effects, tiles=True, language="ko").table
    assert list(table) == ["code", "name", "province", "class"]
    assert len(table) == 229
    assert table["class"].drop_duplicates().tolist() == [
        one.label for one in [*classes.probability("ko"), *classes.states("ko")]
    ]


# ---- what is suppressed --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["probability", "mean", "two"])
def test_what_is_suppressed_is_nowhere(effects, tmp_path, kind):
    given = with_risk(effects)
    made = maps.draw(given, kind=kind, value="risk" if kind == "two" else None, tiles=True)
    made.save(tmp_path / "map.svg")
    svg, alt = ((tmp_path / name).read_text(encoding="utf-8") for name in ("map.svg", "map.txt"))
    moved = given.assign(estimate=given["estimate"].mask(given["state"] == "suppressed", 99.0))
    maps.draw(moved, kind=kind, value="risk" if kind == "two" else None, tiles=True).save(tmp_path / "other.svg")
    assert svg == (tmp_path / "other.svg").read_text(encoding="utf-8")
    assert f"0.{CANARY}" not in svg
    assert CANARY not in alt
    assert CANARY not in made.table.to_csv()
    assert "suppressed: too few firms: 23" in alt


# ---- what is written -----------------------------------------------------------------------------------------------


KINDS = [(kind, language) for kind in maps.KINDS for language in ("en", "ko")]


def one_of_each(effects, kind, **options):
    value = {"two": "risk", "classes": "estimate"}.get(kind)
    title = "A title of some length, as people write them on maps of effects by region"
    return maps.draw(
        marks.marked(with_risk(effects)), kind=kind, value=value, title=title, unit="people a year", **options
    )


def assert_readable(figure):
    found = boxes(figure)
    paper = figure.bbox.padded(0.5)
    outside = [one.get_text() for one, box in found.items() if not _inside(box, paper)]
    assert not outside
    touching = [
        (a.get_text(), b.get_text())
        for (a, one), (b, other) in itertools.combinations(found.items(), 2)
        if one.padded(-AIR).overlaps(other.padded(-AIR))
    ]
    assert not touching


AIR = 1.2  # pixels at 100 to the inch that the boxes of letters may share; ink does not fill them


def _inside(box, paper):
    return paper.x0 <= box.x0 and box.x1 <= paper.x1 and paper.y0 <= box.y0 and box.y1 <= paper.y1


@pytest.mark.parametrize("width", [6.4, 7.3])
@pytest.mark.parametrize(("kind", "language"), KINDS)
def test_on_tiles_nothing_touches_and_nothing_is_cut(effects, kind, language, width):
    made = one_of_each(effects, kind, language=language, tiles=True, width=width)
    assert_readable(made.figure)


@pytest.mark.parametrize("width", [6.4, 7.3])
@pytest.mark.parametrize(("kind", "language"), KINDS)
def test_on_shapes_nothing_touches_and_nothing_is_cut(effects, light, kind, language, width):
    made = one_of_each(effects, kind, language=language, boundaries=light, width=width)
    assert_readable(made.figure)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_small_maps_fit_too(people, light, language):
    for ground in ({"tiles": True}, {"boundaries": light}):
        made = maps.draw(people, over="year", value="total", title="People", language=language, **ground)
        assert_readable(made.figure)


def test_every_tile_has_its_name_and_every_province(effects):
    written = {one.get_text().replace("-\n", "") for one in texts(maps.draw(effects, tiles=True).figure)}
    ko = {one.get_text() for one in texts(maps.draw(effects, tiles=True, language="ko").figure)}
    units = register.units()
    assert {name.rsplit("-", 1)[0] for name in units["name_en"]} <= written
    assert {"영등포", "중구", "세종", "부산진", "경남", "서울", "제주"} <= ko
    assert not any("…" in one for one in written | ko)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_province_is_named_on_shapes(effects, light, language):
    from impact.show.maps import places

    written = {one.get_text() for one in texts(maps.draw(effects, boundaries=light, language=language).figure)}
    assert set(places.of_boundaries(light, language).outlines.index) <= written


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_district_of_seoul_is_named_or_numbered(effects, light, language):
    from impact.show.maps.places import core

    figure = maps.draw(effects, boundaries=light, language=language).figure
    written = [one.get_text() for one in texts(figure)]
    whole = " ".join(written)
    for name in register.units().query("province_code == '11'")[f"name_{language}"].map(core):
        assert name in written or re.search(rf"\d {name}[,;.]", whole)


def test_attribution_stands_on_the_map_in_full(effects, shared):
    pinned = boundaries.read(
        shared / "data" / "source" / "vuski_sgg_20220309_vote_simple.geojson", detail=boundaries.LIGHT
    )
    for language in ("en", "ko"):
        written = " ".join(
            one.get_text() for one in texts(maps.draw(effects, boundaries=pinned, language=language).figure)
        )
        assert pinned.attribution.said(language) in written


def test_the_legend_counts_regions_and_names_what_is_suppressed(effects):
    written = [one.get_text() for one in texts(maps.draw(effects, tiles=True).figure)]
    assert written[written.index("suppressed: too few firms") + 1].strip() == "23"
    assert written[written.index("no data") + 1].strip() == "3"


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "$x^2$", r"\frac{1}{2}$", "a\nb\u202ec", "-- -->", "😀"])
def test_names_are_letters_and_nothing_else(tmp_path, name):
    table = pd.DataFrame(
        {"code": ["a", "b"], "row": [0, 1], "column": [0, 0], "name": [name, "B"], "province": [name, name]}
    )
    made = maps.draw(pd.DataFrame({"code": ["a", "b"], name: ["x$y", name]}), tiles=table, title=name)
    svg = made.save(tmp_path / "map.svg").read_text(encoding="utf-8")
    assert "<script" not in svg
    made.save(tmp_path / "map.png")
    assert "\n" not in made.alt


# ---- shapes, tiles, small maps -------------------------------------------------------------------------------------


def test_shapes_and_tiles_have_the_same_colours(effects, file):
    on_tiles, on_shapes = maps.draw(effects, tiles=True), maps.draw(effects, boundaries=file(korea()))
    mine = {one.colour for one in [*classes.probability("en"), *classes.states("en")]}
    assert mine <= colours(on_tiles.figure)
    assert mine <= colours(on_shapes.figure)
    pd.testing.assert_frame_equal(on_tiles.table, on_shapes.table)


def test_small_maps_have_the_same_classes_in_all_years(people):
    made = maps.draw(people, over="year", value="total", tiles=True)
    labels = [one.get_text() for one in texts(made.figure)]
    assert [one for one in labels if one in ("2015", "2024")] == ["2015", "2024"]
    assert labels.count("below 46,000") == 1
    assert made.table.groupby("year")["class"].nunique().tolist() == [5, 5]
    one_year = maps.draw(people.query("year == 2015")[["code", "total"]], breaks=[42000, 100000], tiles=True)
    both = maps.draw(people, over="year", value="total", breaks=[42000, 100000], tiles=True)
    of_2015 = both.table.query("year == '2015'").drop(columns="year").reset_index(drop=True)
    pd.testing.assert_frame_equal(of_2015, one_year.table)


def test_a_region_that_a_year_lacks_has_no_data_in_it(people):
    made = maps.draw(people.iloc[:-1], over="year", value="total", tiles=True)
    lost = people["code"].iloc[-1]
    of = made.table.set_index(["year", "code"])["class"]
    assert (of["2015", lost] == "no data") or (of["2024", lost] == "no data")
    assert "no data: 1" in made.alt


def test_another_country_is_drawn_from_its_own_boundaries(file):
    ground = boundaries.read(file(grid(["01", "02", "03"])), column="code", system=None)
    made = maps.draw(pd.DataFrame({"code": ["01", "02"], "rate": [0.1, 0.2]}), boundaries=ground)
    assert made.alt == "rate. Map of 3 regions. rate: 0.1: 1 (01); 0.2: 1 (02); no data: 1 (03)."
    assert_readable(made.figure)


def test_another_country_is_drawn_on_its_own_tiles():
    table = pd.DataFrame({"code": ["01", "02"], "row": [0, 0], "column": [0, 3], "name": ["North", "South"]})
    made = maps.draw(pd.DataFrame({"code": ["01", "02"], "rate": [0.1, 0.2]}), tiles=table, language="ko")
    assert made.table["name"].tolist() == ["North", "South"]
    assert_readable(made.figure)


def test_boundaries_that_lack_units_are_said(effects, file):
    with pytest.warns(InputWarning) as said:
        made = maps.draw(effects, boundaries=file(korea().iloc[10:]))
    assert [str(one.message) for one in said] == [
        "10 regions without a shape in the boundaries, so not on the map: 11110, 11140, 11170, 11200, 11215 and more. Take a "
        "file that has all of them.",
        "10 rows with codes of no region of the map, so not on it: 11110, 11140, 11170, 11200, 11215 and more.",
    ]
    assert len(made.table) == 219


def test_without_boundaries_a_sentence_says_that_there_are_tiles(effects, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.warns(InputWarning) as said:
        maps.draw(effects)
    assert [str(one.message) for one in said] == [
        "There are no boundaries, so each region is a tile. Name a file with boundaries, or fetch one: impact regions fetch."
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        maps.draw(effects, tiles=True)


# ---- files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [".png", ".svg", ".pdf"])
def test_the_same_table_gives_the_same_bytes(effects, tmp_path, end):
    first, second = (
        maps.draw(effects, tiles=True, title="A").save(tmp_path / f"{i}{end}").read_bytes() for i in range(2)
    )
    assert first == second
    assert len(first) > 10_000


def test_a_png_has_as_many_dots_as_asked_for(effects, tmp_path):
    made = maps.draw(effects, tiles=True)
    assert opened(made.save(tmp_path / "map.png", dpi=94)).width in (600, 601, 602)
    assert (tmp_path / "map.txt").read_text(encoding="utf-8") == f"{made.alt}\n"


def test_colours_of_classes_are_exact_in_a_png(effects, tmp_path):
    picture = opened(maps.draw(effects, tiles=True).save(tmp_path / "map.png")).convert("RGB")
    found = {colour for _, colour in picture.getcolors(picture.width * picture.height)}
    for one in classes.probability("en"):
        assert tuple(int(one.colour[i : i + 2], 16) for i in (1, 3, 5)) in found


# ---- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"kind": "odd"},
            "A map must be of one kind: probability, mean, classes, two; seen: 'odd'. Name one of these.",
        ),
        ({"language": "fr"}, "A map is in English ('en') or Korean ('ko'); seen: 'fr'. Name one of these."),
        (
            {"over": "region"},
            "Small maps are for 1 to 12 values; 'region' has 226. Choose rows first (--where).",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(effects, options, said):
    with pytest.raises(InputError) as refused:
        maps.draw(effects.assign(code=effects["region"]), "code", tiles=True, **options)
    assert str(refused.value) == said


def test_a_file_that_is_no_picture_is_refused(effects, tmp_path):
    with pytest.raises(InputError) as refused:
        maps.draw(effects, tiles=True).save(tmp_path / "map.jpg")
    assert str(refused.value) == "A map is saved as .png, .svg, .pdf; seen: map.jpg. Give it one of these ends."


def test_a_table_is_left_as_it_was(effects):
    before = effects.copy()
    maps.draw(effects, tiles=True)
    pd.testing.assert_frame_equal(effects, before)
    assert np.isfinite(effects["estimate"]).all()
