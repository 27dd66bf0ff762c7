from dataclasses import replace

import pytest
from studies import firms

from impact import new, run
from impact.errors import InputError
from impact.study import Simulating, Study


def test_a_new_study_is_complete_and_named_after_its_folder(tmp_path):
    place = new.study(tmp_path / "grants-2019")
    assert sorted(one.name for one in place.iterdir()) == ["README.md", "study.toml"]
    assert Study.read(place).study.name == "grants-2019"
    assert "NAME" not in (place / "README.md").read_text(encoding="utf-8")


def test_a_table_with_the_columns_of_the_template_is_sound(tmp_path):
    place = new.study(tmp_path / "deep" / "지원")
    firms().rename(columns={"since": "first_supported"}).to_csv(place / "firms.csv", index=False)
    assert run.prepare(place).notes == []


def all_set(place, *others):
    """Use every setting of the template but those that exclude them; return the study."""
    file = place / "study.toml"
    lines = [line.removeprefix("# ") for line in file.read_text(encoding="utf-8").splitlines()[3:]]
    parts = [part for part in "\n".join(lines).split("\n\n") if not part.startswith(others)]
    kept = [line for line in "\n\n".join(parts).splitlines() if not line.startswith(("supported =", *others))]
    file.write_text("\n".join(kept), encoding="utf-8")
    return Study.read(place)


def test_every_setting_that_is_explained_can_be_used(tmp_path):
    study = all_set(new.study(tmp_path / "all"), "source =", "[simulate]")
    assert (study.panel.blank, study.panel.region, study.design.covariates) == (
        "never",
        "municipality",
        ("log(workers)",),
    )
    assert (study.design.subgroups, study.disclosure.minimum_firms, len(study.study.limits)) == (("industry",), 5, 1)
    assert (study.panel.region_attributes, study.design.region_within) == (("risk_class",), ("province",))
    assert (study.design.comparison_among, study.design.until) == ("applicant", 2022)
    assert study.panel.without_support == "without.csv"
    assert (study.priorities.outcome, study.priorities.floor_for) == ("Employment", "depopulation_area")
    assert study.translation == {"ko": {"Sales": "매출", "Employment": "고용"}}


def test_an_estimate_of_the_template_may_differ_from_the_study(tmp_path):
    study = all_set(new.study(tmp_path / "all"), "source =", "[simulate]")
    answer, regression = study.estimate
    assert study.comparing(answer) == study.design
    assert study.comparing(regression) == replace(study.design, covariates=())
    assert regression.outcomes == ("Sales",)
    assert [study.answer_on(one.name).name for one in study.outcome] == ["callaway_santanna"] * 2


def test_firms_of_the_template_may_be_simulated(tmp_path):
    study = all_set(new.study(tmp_path / "all"), "file =", "without_support =")
    assert (study.panel.source, study.simulate) == ("impact.simulate", Simulating())


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
