import pandas as pd
import shapely

from impact.show.maps import naming


def shapes(**of):
    return pd.Series(of, dtype=object)


def test_a_name_stands_on_its_region_or_becomes_a_number():
    found = shapes(wide=shapely.box(0, 0, 100, 100), small=shapely.box(100, 0, 103, 100))
    names = pd.Series({"wide": "Wide", "small": "A small one"})
    named, numbers, key = naming.units(found, names, (-1, -1, 104, 101), 1.0, 5, 1.0)
    assert [(one.text, one.code) for one in named] == [("Wide", "wide")]
    assert [(one.text, one.code) for one in numbers] == [("5", "small")]
    assert key == {5: "A small one"}


def test_a_region_that_a_frame_shows_in_part_gets_no_number():
    found = shapes(a=shapely.box(0, 0, 1000, 3))
    assert naming.units(found, pd.Series({"a": "Long name"}), (0, 0, 10, 10), 1.0, 1, 1.0) == ([], [], {})


def test_numbers_of_tiny_neighbours_do_not_touch():
    found = shapes(**{f"r{i}": shapely.box(2 * i, 0, 2 * i + 2, 2) for i in range(3)})
    names = pd.Series(dict.fromkeys(found.index, "A long name"))
    _, numbers, _ = naming.units(found, names, (-50, -50, 50, 50), 1.0, 1, 1.0)
    boxes = [naming._Room(one.text, naming.NUMBER, 1.0).at(one.x, one.y) for one in numbers]
    assert len(boxes) == 3
    assert not any(boxes[i].buffer(-1e-9).intersects(boxes[j]) for i in range(3) for j in range(i))


def test_small_provinces_are_named_at_sea_and_large_ones_make_room():
    outlines = shapes(
        Large=shapely.Polygon(
            [(0, 0), (300, 0), (300, 10), (300, 300), (0, 300)], [[(150, 150), (170, 150), (170, 170), (150, 170)]]
        ),
        City=shapely.box(150, 150, 170, 170),
        Coast=shapely.box(300, 0, 310, 10),
    )
    found = {one.text: one for one in naming.provinces(outlines, 8.0, 1.0, (-100, -100, 500, 400))}
    assert set(found) == {"Large", "City", "Coast"}
    assert not outlines.map(lambda shape: shape.contains(shapely.Point(found["Coast"].x, found["Coast"].y))).any()
    assert shapely.Point(found["City"].x, found["City"].y).distance(outlines["City"]) < 10
    assert outlines["Large"].contains(shapely.Point(found["Large"].x, found["Large"].y))


def test_names_of_provinces_keep_away_from_what_is_taken():
    outline = shapes(One=shapely.box(0, 0, 100, 100))
    (one,) = naming.provinces(outline, 8.0, 1.0, (0, 0, 100, 100), [shapely.box(0, 30, 100, 100)])
    assert one.y < 30
