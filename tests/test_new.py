import pytest
from studies import firms

from impact import new, run
from impact.errors import InputError
from impact.study import Study


def test_a_new_study_is_complete_and_named_after_its_folder(tmp_path):
    place = new.study(tmp_path / "grants-2019")
    assert sorted(one.name for one in place.iterdir()) == ["README.md", "study.toml"]
    assert Study.read(place).study.name == "grants-2019"
    assert "NAME" not in (place / "README.md").read_text(encoding="utf-8")


def test_a_table_with_the_columns_of_the_template_is_sound(tmp_path):
    place = new.study(tmp_path / "deep" / "지원")
    firms().rename(columns={"since": "first_supported"}).to_csv(place / "firms.csv", index=False)
    assert run.prepare(place).notes == []


def test_every_setting_that_is_explained_can_be_used(tmp_path):
    place = new.study(tmp_path / "all")
    file = place / "study.toml"
    lines = [line.removeprefix("# ") for line in file.read_text(encoding="utf-8").splitlines()[3:]]
    kept = [line for line in lines if not line.startswith("supported =")]
    file.write_text("\n".join(kept), encoding="utf-8")
    study = Study.read(place)
    assert (study.panel.blank, study.panel.region, study.design.covariates) == (
        "never",
        "municipality",
        ("log(workers)",),
    )
    assert (study.design.subgroups, study.disclosure.minimum_firms, len(study.study.limits)) == (("industry",), 5, 1)


def test_a_folder_that_is_there_is_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(InputError) as caught:
        new.study(tmp_path / "mine")
    assert str(caught.value) == (
        f"A new study needs a folder of its own; {tmp_path / 'mine'} is already there. Choose another name."
    )
    assert list((tmp_path / "mine").iterdir()) == []


@pytest.mark.parametrize("name", ["a b", "a.b", "con", "{x}", "x" * 81])
def test_a_name_that_cannot_name_results_is_refused(tmp_path, name):
    with pytest.raises(InputError) as caught:
        new.study(tmp_path / name)
    assert str(caught.value) == (
        f"The name of a study must be letters, digits, hyphens and underscores, at most 80 in all; seen: {name!r}. Choose "
        "another name."
    )
    assert not (tmp_path / name).exists()
