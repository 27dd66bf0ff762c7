import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from impact.atlas import frames, shapes
from impact.regions import boundaries, register
from impact.regions.boundaries import Attribution, Boundaries

UNITS = register.units()
WORDS = Attribution("출처: 어느 기관", "Source: some office")


def rings(path):
    """Return the rings of a path as points."""
    found = []
    for x, y, steps in re.findall(r"M(-?\d+) (-?\d+)l([^Mz]*)z", path):
        numbers = [int(one) for one in re.findall(r"-?\d+", steps)]
        points = np.cumsum([[int(x), int(y)], *np.reshape(numbers, (-1, 2)).tolist()], axis=0)
        found.append(points.tolist())
    return found


def polygons(path):
    return shapely.union_all([shapely.make_valid(shapely.Polygon(ring)) for ring in rings(path) if len(ring) > 2])


@pytest.fixture(scope="module")
def real(shared):
    """Korea's boundaries, drawn."""
    given = boundaries.read(shared / "data" / "boundaries" / "kr_sigungu229_2024_light.parquet")
    return shapes.drawn(given, UNITS)


@pytest.fixture(scope="module")
def source(shared):
    """The pinned source, which has Dokdo, drawn."""
    path = shared / "data" / "source" / "vuski_sgg_20220309_vote_simple.geojson"
    return shapes.drawn(boundaries.read(path, detail=boundaries.LIGHT), UNITS)


def squares(codes, side=0.1):
    """Return boundaries of squares beside one another, in codes of no system."""
    left = 127 + side * np.arange(len(codes))
    boxes = shapely.box(left, 36, left + side, 36 + side)
    return Boundaries(gpd.GeoDataFrame({"code": codes}, geometry=boxes, crs="EPSG:4326"), None, WORDS)


def units(codes, provinces):
    return pd.DataFrame({"code": codes, "province_code": provinces})


# ---- small shapes, by hand -----------------------------------------------------------------------------------------


def test_squares_become_paths_in_steps_that_fit_together():
    found = shapes.drawn(squares(["a", "b"]), units(["a", "b"], ["1", "2"]))
    one, other = ({tuple(point) for point in rings(path)[0]} for path in found["paths"])
    assert len(one) == len(other) == 4
    assert len(one & other) == 2
    assert found["frames"] == []
    assert found["attribution"] == {"ko": "출처: 어느 기관", "en": "Source: some office"}
    width, height = found["size"]
    margin = shapes.MARGIN / shapes.GRID
    xs, ys = zip(*(one | other), strict=True)
    assert (min(xs), min(ys)) == pytest.approx((margin, margin), abs=1)
    assert (max(xs), max(ys)) == pytest.approx((width - margin, height - margin), abs=1)


def test_the_border_of_provinces_is_drawn_once_and_none_within_a_province():
    between = shapes.drawn(squares(["a", "b", "c"]), units(["a", "b", "c"], ["1", "1", "2"]))
    assert between["borders"].count("M") == 1
    assert len(re.findall(r"-?\d+", between["borders"])) == 4
    assert shapes.drawn(squares(["a", "b"]), units(["a", "b"], ["1", "1"]))["borders"] == ""


def test_a_unit_without_a_shape_has_none():
    found = shapes.drawn(squares(["a"]), units(["a", "lost"], ["1", "2"]))
    assert (found["paths"][1], found["points"][1], found["radii"][1], found["labels"][1]) == (None, None, None, None)


def test_numbers_stand_beside_one_another_as_close_as_they_can():
    assert shapes._numbers(np.array([1, -2, 3, 0, -4])) == "1-2 3 0-4"


def test_a_shape_smaller_than_the_grid_stays():
    found = shapes.drawn(squares(["a", "b"], side=1e-5), units(["a", "b"], ["1", "1"]))
    assert all(polygons(path).area > 0 for path in found["paths"])


# ---- Korea ---------------------------------------------------------------------------------------------------------


def test_every_region_is_drawn_in_whole_numbers_and_few_letters(real):
    assert all(real["paths"])
    assert re.fullmatch(r"[Mlz \d-]*", "".join(real["paths"]) + real["borders"])
    assert len("".join(real["paths"]) + real["borders"]) < 200_000


def test_regions_fit_together(real):
    """No two overlap by more than the grid is coarse, and neighbours share the points of their border."""
    drawn = np.array([polygons(path) for path in real["paths"]])
    left, right = shapely.STRtree(drawn).query(drawn, predicate="intersects")
    left, right = left[left < right], right[left < right]
    overlap = shapely.area(shapely.intersection(drawn[left], drawn[right])).sum()
    assert overlap < 1e-5 * shapely.area(drawn).sum()


def test_the_areas_are_those_of_the_boundaries(real, shared):
    given = boundaries.read(shared / "data" / "boundaries" / "kr_sigungu229_2024_light.parquet").metric
    wanted = given.set_index("code").geometry.area.loc[UNITS["code"]].to_numpy()
    found = np.array([polygons(path).area for path in real["paths"]]) * shapes.GRID**2
    near = ~UNITS["code"].isin(["47940", "28720"]).to_numpy()  # those with parts that are drawn elsewhere
    assert np.abs(found / wanted - 1)[near].max() < 0.02


def test_a_name_stands_inside_its_region(real):
    inside = [
        shapely.contains_xy(polygons(path), *point) for path, point in zip(real["paths"], real["points"], strict=True)
    ]
    assert np.mean(inside) > 0.99


def test_remote_islands_are_in_frames_that_lie_on_nothing(source):
    boxes = {frame["ko"]: shapely.box(x, y, x + w, y + h) for frame in source["frames"] for x, y, w, h in [frame["to"]]}
    assert list(boxes) == ["백령도", "울릉도·독도", "수도권"]
    drawn = np.array([polygons(path) for path in source["paths"]])
    place = {code: at for at, code in enumerate(UNITS["code"])}
    ulleung = drawn[place["47940"]]
    assert boxes["울릉도·독도"].contains(ulleung)
    assert not boxes["백령도"].disjoint(drawn[place["28720"]])
    others = [shape for at, shape in enumerate(drawn) if at not in (place["47940"], place["28720"])]
    for name, frame in boxes.items():
        assert frame.disjoint(shapely.union_all(others)), name
        assert all(frame.disjoint(other) for key, other in boxes.items() if key != name)


def test_dokdo_is_large_enough_to_be_seen(source):
    place = UNITS["code"].tolist().index("47940")
    parts = shapely.get_parts(polygons(source["paths"][place]))
    east = max(parts, key=lambda part: part.centroid.x)
    size = max(east.bounds[2] - east.bounds[0], east.bounds[3] - east.bounds[1])
    assert size * shapes.GRID > 0.8 * frames.SMALL


def test_the_capital_area_is_drawn_larger_with_all_that_is_in_it(real):
    frame = next(frame for frame in real["frames"] if frame["of"])
    assert frame["to"][2] / frame["of"][2] >= 2
    seen = UNITS.loc[frame["units"], "province_en"].value_counts()
    assert seen["Seoul"] == 25
    assert set(seen.index) == {"Seoul", "Incheon", "Gyeonggi-do"}


def test_borders_of_provinces_are_borders_of_regions(real):
    points = {tuple(point) for path in real["paths"] for ring in rings(path) for point in ring}
    begins = [(int(x), int(y)) for x, y in re.findall(r"M(-?\d+) (-?\d+)", real["borders"])]
    assert len(begins) > 20
    assert set(begins) <= points


def test_full_detail_is_made_lighter(shared):
    full = boundaries.read(shared / "data" / "boundaries" / "kr_sigungu229_2024_full.parquet")
    assert shapely.get_num_coordinates(full.frame.geometry.to_numpy()).sum() > shapes.MOST_POINTS
    lighter = np.array(list(shapes._simplified(full).values()))
    assert shapely.get_num_coordinates(lighter).sum() <= shapes.MOST_POINTS
    assert shapely.coverage_is_valid(lighter)
