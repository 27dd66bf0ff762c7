import os

import pytest

from impact import aside


def test_a_folder_is_put_in_place_when_all_is_done(tmp_path):
    place = tmp_path / "deep" / "results"
    with aside.written(place) as new:
        (new / "a.txt").write_text("new", encoding="utf-8")
        assert not place.exists()
    assert (place / "a.txt").read_text(encoding="utf-8") == "new"
    assert os.listdir(place.parent) == ["results"]


def test_what_was_there_is_replaced_as_a_whole(tmp_path):
    place = tmp_path / "results"
    place.mkdir()
    (place / "old.txt").write_text("old", encoding="utf-8")
    with aside.written(place) as new:
        (new / "a.txt").write_text("new", encoding="utf-8")
        assert os.listdir(place) == ["old.txt"]
    assert os.listdir(place) == ["a.txt"]
    assert os.listdir(tmp_path) == ["results"]


def half_written(place, stop):
    with aside.written(place) as new:
        (new / "a.txt").write_text("half", encoding="utf-8")
        raise stop


@pytest.mark.parametrize("stop", [ValueError("a bug"), KeyboardInterrupt()])
def test_what_stops_leaves_the_place_as_it_was(tmp_path, stop):
    place = tmp_path / "results"
    place.mkdir()
    (place / "old.txt").write_text("old", encoding="utf-8")
    for at in (place, tmp_path / "none"):
        with pytest.raises(type(stop)):
            half_written(at, stop)
    assert os.listdir(place) == ["old.txt"]
    assert os.listdir(tmp_path) == ["results"]
