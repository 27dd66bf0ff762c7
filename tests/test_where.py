from importlib import metadata

import pytest

from impact import where


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    monkeypatch.setattr(where, "_PACKAGE", tmp_path / "impact")
    for room in ("data", "reports", "impact"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "here.txt").touch()
    return tmp_path


@pytest.mark.parametrize(("find", "room"), [(where.data, "data"), (where.reports, "reports")])
def test_a_checkout_has_its_files_beside_the_package(checkout, find, room):
    assert find("here.txt") == checkout / room / "here.txt"
    assert find() == checkout / room


@pytest.mark.parametrize(("find", "room"), [(where.data, "data"), (where.reports, "reports")])
def test_an_installed_package_has_them_inside(checkout, find, room):
    (checkout / "impact" / f"_{room}" / "deep").mkdir(parents=True)
    assert find("deep") == checkout / "impact" / f"_{room}" / "deep"


def test_a_file_that_is_missing(checkout):
    with pytest.raises(FileNotFoundError) as refused:
        where.data("prices", "none.toml")
    assert str(refused.value) == (
        f"impact's data must hold prices/none.toml; nothing is at {checkout / 'data' / 'prices' / 'none.toml'}. "
        "Install impact again, or ask for a file that is there."
    )


def test_this_checkout_has_both_rooms():
    assert where.data("parameters", "disclosure.toml").is_file()
    assert where.reports("evaluation.en.qmd").is_file()


def test_the_version_is_that_of_the_installation():
    assert where.version() == metadata.version("impact-evaluation")


def test_a_checkout_that_is_not_installed_has_the_version_of_its_project_file(checkout, monkeypatch):
    def absent(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(where.metadata, "version", absent)
    (checkout / "pyproject.toml").write_text('[project]\nversion = "0.2.0"\n')
    assert where.version() == "0.2.0"
