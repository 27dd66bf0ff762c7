import pandas as pd
import pyarrow.parquet as parquet
import pytest

from impact.errors import InputError
from impact.simulate import STEPS, World, simulate, streams, write
from impact.simulate.columns import COLUMNS

WORLD = World(firms=300)


def test_the_files_hold_what_the_tables_hold(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "BLOCK", 128)
    told = []
    place = write(WORLD, tmp_path / "a" / "world", told.append)
    made = simulate(WORLD)
    assert place == tmp_path / "a" / "world"
    assert len(told) == STEPS
    assert sorted(one.name for one in place.iterdir()) == [
        "README.md",
        "estimands.csv",
        "firms.parquet",
        "truth.parquet",
    ]
    for name in ("firms", "truth"):
        read, expected = pd.read_parquet(place / f"{name}.parquet"), getattr(made, name)
        pd.testing.assert_frame_equal(read, expected, check_dtype=False, rtol=1e-6, atol=1e-6)
    estimands = pd.read_csv(place / "estimands.csv")
    assert estimands["n"].tolist() == made.estimands["n"].tolist()
    assert estimands["value"].to_numpy() == pytest.approx(made.estimands["value"].to_numpy(), nan_ok=True)
    assert [one.name for one in place.parent.iterdir()] == ["world"]


def test_whole_numbers_are_whole_in_the_file_and_codes_are_text(tmp_path):
    schema = parquet.read_schema(write(WORLD, tmp_path / "world") / "firms.parquet")
    kinds = {name: str(schema.field(name).type) for name in schema.names}
    assert {kinds[name] for name in ("firm", "municipality", "industry", "simulated")} == {"string"}
    assert {kinds[name] for name in ("year", "first_supported", "exit_year")} == {"int32"}
    assert kinds["accidents"] == "int16"
    assert kinds["sales"] == "float"


def test_the_readme_says_what_it_is(tmp_path):
    text = (write(WORLD, tmp_path / "world") / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# SIMULATED / 모의자료\n\nThese firms do not exist.")
    assert all(f"| {name} | {said} |" in text for name, said in COLUMNS.items())
    assert "| firms | 300 |" in text


def test_an_earlier_world_is_replaced(tmp_path):
    write(WORLD, tmp_path / "world")
    write(World(firms=200), tmp_path / "world")
    assert pd.read_parquet(tmp_path / "world" / "firms.parquet")["firm"].nunique() == 200
    assert [one.name for one in tmp_path.iterdir()] == ["world"]


def test_a_folder_with_something_else_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.docx").write_text("years of work", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        write(WORLD, tmp_path)
    assert str(caught.value) == (
        f"A simulated world replaces what is at {tmp_path}, which must be an earlier one or an empty folder; it is something "
        "else. Choose another folder."
    )
    assert [one.name for one in tmp_path.iterdir()] == ["thesis.docx"]


def test_what_fails_leaves_the_place_as_it_was(tmp_path):
    write(WORLD, tmp_path / "world")

    def stop(step):
        if step.startswith("writing"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(World(firms=200), tmp_path / "world", stop)
    assert pd.read_parquet(tmp_path / "world" / "firms.parquet")["firm"].nunique() == 300
    assert [one.name for one in tmp_path.iterdir()] == ["world"]
