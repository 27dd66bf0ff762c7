import numpy as np
import pandas as pd
import pytest
import shapely
from squares import grid, korea

from impact.errors import InputError
from impact.regions import boundaries, register, tiles
from impact.show.maps import ink, places

CODES = set(register.units()["code"])


@pytest.fixture
def read(tmp_path):
    def of(frame, **options):
        frame.to_parquet(tmp_path / "boundaries.parquet")
        return boundaries.read(tmp_path / "boundaries.parquet", **options)

    return of


@pytest.fixture(scope="module")
def real(light):
    return places.of_boundaries(light, "ko")


@pytest.fixture(scope="module")
def full(shared):
    return places.of_boundaries(
        boundaries.read(shared / "data" / "boundaries" / "kr_sigungu229_2024_full.parquet"), "en"
    )


def frame(ground, name):
    return next(one for one in ground.frames if one.name == name)


# ---- Korea ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_unit_is_a_tile_with_a_name_and_a_province(language):
    ground = places.korean_tiles(language)
    assert set(ground.shapes.index) == CODES
    assert ground.name.str.len().min() > 0
    assert ground.province.nunique() == 17
    assert set(ground.outlines.index) == set(ground.province)


def test_every_unit_is_drawn_on_the_map_or_in_a_frame(real):
    alone = CODES - set(real.main.index)
    assert alone == {"47940"}  # Ulleung
    shown = set()
    for one in real.frames:
        shown |= set(ink.seen(real.shapes, one.view).index)
    assert alone <= shown


def test_remote_islands_are_only_in_their_frames_and_whole_there(full):
    for one in (one for one in full.frames if one.remote):
        box = shapely.box(*one.view)
        assert not shapely.intersects(full.main.to_numpy(), box).any()
        inside = ink.seen(full.shapes, one.view)
        assert shapely.area(inside.to_numpy()).sum() > 0
    assert [one.name for one in full.frames if one.remote] == ["Baengnyeongdo", "Ulleungdo", "Dokdo"]
    left = shapely.area(full.shapes.to_numpy()).sum() - shapely.area(full.main.to_numpy()).sum()
    drawn = sum(shapely.area(ink.seen(full.shapes, one.view).to_numpy()).sum() for one in full.frames if one.remote)
    np.testing.assert_allclose(drawn, left, rtol=1e-9)


def test_an_island_that_the_boundaries_leave_out_has_no_frame_and_no_name(real):
    """The light file beside the checkout has no part below half a square kilometre, so no Dokdo."""
    assert "독도" not in [one.name for one in real.frames]
    assert "울릉도" in [one.name for one in real.frames]


@pytest.mark.parametrize(
    ("name", "province", "districts"),
    [
        ("수도권", "서울", 25),
        ("부산", "부산", 14),
        ("대구", "대구", 7),
        ("광주", "광주", 5),
        ("대전", "대전", 5),
        ("울산", "울산", 4),
    ],
)
def test_districts_of_cities_are_all_in_the_frame_of_their_city(real, name, province, districts):
    inside = ink.seen(real.shapes, frame(real, name).view)
    share = inside.map(shapely.area) / real.shapes[inside.index].map(shapely.area)
    assert (real.province[share.index[share > 0.9]] == province).sum() >= districts


def test_outlines_are_the_provinces(real):
    assert set(real.outlines.index) == set(real.province)
    of = real.province.reindex(real.main.index)
    for name, outline in real.outlines.items():
        np.testing.assert_allclose(outline.area, shapely.area(real.main[of == name].to_numpy()).sum(), rtol=1e-9)


def test_borders_of_provinces_are_no_coast(real):
    lines = ink.borders(real.outlines)
    coast = shapely.boundary(shapely.union_all(real.outlines.to_numpy()))
    assert lines.length > 1_000_000
    assert shapely.intersection(lines, coast).length < 1e-6 * lines.length


def test_names_that_several_regions_have_are_said_with_the_province():
    ground = places.korean_tiles("ko")
    assert (ground.called("26110"), ground.called("11110")) == ("부산 중구", "종로구")
    assert places.korean_tiles("en").called("48820") == "Gyeongnam Goseong-gun"


def test_attribution_comes_with_the_boundaries(light):
    for language in ("en", "ko"):
        assert places.of_boundaries(light, language).attribution == light.attribution.said(language)


# ---- other days and countries --------------------------------------------------------------------------------------


def test_regions_of_another_day_have_the_names_of_that_day(shared):
    from impact.regions.codes import System

    now = System("mois", "2026-07-01")
    file = shared / "data" / "boundaries" / "kr_sigungu230_20260701_light.parquet"
    ground = places.of_boundaries(boundaries.read(file, to=now), "ko")
    assert (ground.name["28125"], ground.province["28125"]) == ("제물포구", "인천")


def test_a_code_of_statistics_korea_is_not_named_as_one_of_the_ministry(read):
    from impact.regions.codes import System

    kostat = System("kostat", "2020-01-01")
    ground = places.of_boundaries(read(korea(), to=kostat), "en")
    assert ground.name["11110"] == "노원구"  # Jongno-gu has this code at the ministry


def test_another_country_has_its_codes_as_names_and_no_frames(read):
    ground = places.of_boundaries(read(grid(["11110", "b"]), column="code", system=None), "en")
    assert ground.name.tolist() == ["11110", "b"]
    assert (len(ground.outlines), ground.frames, ground.system) == (0, (), None)


def test_own_tiles_may_bring_names_and_provinces():
    table = pd.DataFrame(
        {"code": ["b", "a"], "row": [0, 0], "column": [0, 1], "name": ["Bee", "Ay"], "province": ["N", None]}
    )
    ground = places.own_tiles(table)
    assert ground.name.to_dict() == {"b": "Bee", "a": "Ay"}
    assert ground.outlines.index.tolist() == ["N"]
    bare = places.own_tiles(table[["code", "row", "column"]])
    assert bare.name.to_dict() == {"b": "b", "a": "a"}
    assert len(bare.outlines) == 0


def test_two_units_on_one_tile_are_refused():
    with pytest.raises(InputError) as refused:
        places.own_tiles(pd.DataFrame({"code": ["a", "b"], "row": [0, 0], "column": [0, 0]}))
    assert str(refused.value) == "A tile must hold one unit; holding more: row 0 column 0 (a, b). Move all but one."


def test_tiles_lie_as_their_table_says():
    ground = places.korean_tiles("en")
    table = tiles.of().set_index("code")
    for code in ("11110", "47940", "50110"):
        x, y = ground.shapes[code].centroid.coords[0]
        np.testing.assert_allclose((x, -y), table.loc[code, ["column", "row"]].to_numpy(float) + 0.5)
