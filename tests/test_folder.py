import json
import os
import shutil
import sys
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from studies import only_tables, write

from impact import aside, folder, run
from impact.errors import InputError
from impact.publish import PublishError

NO_EXTRA = 'The page needs the extra "reports": pip install "impact-evaluation[reports]".'


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Run a small study once, without figures and page."""
    place = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        only_tables(patch)
        run.run(write(place / "study"), place / "results")
    return place


@pytest.fixture
def results(made, tmp_path, monkeypatch):
    """Copy the study and its results; return the function that runs it again."""
    only_tables(monkeypatch)
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return lambda: run.run(tmp_path / "study", tmp_path / "results")


def contents(place):
    return {one.relative_to(place).as_posix(): one.read_bytes() for one in sorted(place.rglob("*")) if one.is_file()}


def refusal(place):
    with pytest.raises(InputError) as caught:
        folder.checked(place)
    return str(caught.value)


# ---- in place, or not at all ---------------------------------------------------------------------------------------


def test_a_run_replaces_the_results_of_the_run_before(results, tmp_path):
    place = tmp_path / "results" / "small"
    before = contents(place)
    (place / "internal" / "old.csv").write_text("old", encoding="utf-8")
    results()
    assert contents(place) == before | {
        name: content for name, content in contents(place).items() if name.endswith(("xlsx", "manifest.json"))
    }
    assert os.listdir(tmp_path / "results") == ["small"]


@pytest.mark.parametrize(
    ("module", "at", "stop"),
    [
        (folder, "_tables", OSError(28, "No space left on device")),
        (folder, "_figures", ValueError("a bug")),
        (folder, "_manifest", KeyboardInterrupt()),
        (aside, "_swap", KeyboardInterrupt()),
    ],
)
def test_a_run_that_stops_leaves_earlier_results_and_nothing_beside_them(
    results, tmp_path, monkeypatch, module, at, stop
):
    before = contents(tmp_path / "results")

    def stops(*_):
        raise stop

    monkeypatch.setattr(module, at, stops)
    with pytest.raises(type(stop)):
        results()
    assert contents(tmp_path / "results") == before
    assert os.listdir(tmp_path / "results") == ["small"]


def test_a_stop_between_taking_away_and_putting_in_place_brings_the_earlier_results_back(
    results, tmp_path, monkeypatch
):
    before, rename = contents(tmp_path / "results"), Path.rename

    def stops_at_new(self, target):
        if self.name == "new":
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", stops_at_new)
    with pytest.raises(KeyboardInterrupt):
        results()
    assert contents(tmp_path / "results") == before
    assert os.listdir(tmp_path / "results") == ["small"]


def test_a_first_run_that_stops_leaves_nothing(tmp_path, monkeypatch):
    only_tables(monkeypatch)
    monkeypatch.setattr(folder, "_manifest", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        run.run(write(tmp_path / "study"), tmp_path / "results")
    assert os.listdir(tmp_path / "results") == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_results_have_the_mode_that_any_new_folder_has(results, tmp_path):
    (tmp_path / "plain").mkdir()
    assert (tmp_path / "results" / "small").stat().st_mode == (tmp_path / "plain").stat().st_mode


# ---- where results may go ------------------------------------------------------------------------------------------


def test_a_new_an_empty_and_an_earlier_place_are_fine(results, tmp_path):
    (tmp_path / "empty").mkdir()
    for place in (tmp_path / "new" / "small", tmp_path / "empty", tmp_path / "results" / "small"):
        assert folder.checked(place) == place


def test_what_a_file_browser_leaves_is_no_matter(results, tmp_path):
    place = tmp_path / "results" / "small"
    (place / ".DS_Store").write_bytes(b"")
    assert folder.checked(place) == place


@pytest.mark.parametrize("name", ["study", "file", "results/small"])
def test_what_is_not_results_is_never_replaced(results, tmp_path, name):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    (tmp_path / "results" / "small" / "mine.txt").write_text("mine", encoding="utf-8")
    before = contents(tmp_path)
    place = tmp_path / name
    assert refusal(place) == (
        f"Results replace what is at {place}, which must be the results of an earlier run; it is something else. Choose another "
        "folder for them with --out, or another [study] name."
    )
    assert contents(tmp_path) == before


def test_a_study_cannot_be_replaced_by_its_own_results(tmp_path):
    write(tmp_path / "small")
    with pytest.raises(InputError, match="it is something else"):
        run.run(tmp_path / "small", tmp_path)
    assert sorted(os.listdir(tmp_path / "small")) == ["firms.csv", "study.toml"]


def test_a_place_inside_a_file_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    assert refusal(tmp_path / "file" / "small") == (
        f"Results must go to a folder that can be written; {tmp_path / 'file'} is none: File exists. Choose another with --out."
    )


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_estimated(tmp_path, monkeypatch):
    def refuses(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(folder.tempfile, "TemporaryDirectory", refuses)
    monkeypatch.setattr(run, "_tables", lambda *_: pytest.fail("it was estimated"))
    with pytest.raises(InputError) as caught:
        run.run(write(tmp_path / "study"), tmp_path / "results")
    assert str(caught.value) == (
        f"Results must go to a folder that can be written; {tmp_path / 'results'} is none: Permission denied. Choose another "
        "with --out."
    )


# ---- pages and manifests -------------------------------------------------------------------------------------------


def test_tables_do_not_wait_for_a_page(results, tmp_path, monkeypatch):
    def fails(room, kind, language, to):
        raise PublishError(NO_EXTRA)

    monkeypatch.setattr("impact.publish.documents.make", fails)
    assert results().complaint == NO_EXTRA
    for name in folder.ROOMS:
        room = tmp_path / "results" / "small" / name
        assert (room / "effects.csv").is_file()
        assert json.loads((room / "manifest.json").read_text(encoding="utf-8"))["engine"] is None


def test_one_page_that_fails_is_not_forgotten_when_the_other_is_made(results, monkeypatch):
    def fails(room, kind, language, to):
        if room.name == "internal":
            raise PublishError("It fails.")
        return "lite"

    monkeypatch.setattr("impact.publish.documents.make", fails)
    assert results().complaint == "It fails."


def test_pages_are_made_again_and_the_manifest_knows_them(results, tmp_path, monkeypatch):
    place = tmp_path / "results" / "small"
    before = contents(place)

    def makes(room, kind, language, to):
        (room / "report.html").write_text(f"{room.name} {kind} {to}", encoding="utf-8")
        return "quarto"

    monkeypatch.setattr("impact.publish.documents.make", makes)
    assert folder.report(place) == ""
    after = contents(place)
    assert {name for name in after if after[name] != before.get(name)} == {
        f"{room}/{file}" for room in folder.ROOMS for file in ("report.html", "manifest.json")
    }
    for name in folder.ROOMS:
        assert after[f"{name}/report.html"].decode() == f"{name} report html"
        manifest = json.loads(after[f"{name}/manifest.json"])
        assert (manifest["engine"], "report.html" in manifest["outputs"]) == ("quarto", True)


def test_a_report_that_stops_leaves_the_pages_of_before(results, tmp_path, monkeypatch):
    before = contents(tmp_path / "results")

    def stops(room, kind, language, to):
        (room / "report.html").write_text("half", encoding="utf-8")
        raise KeyboardInterrupt

    monkeypatch.setattr("impact.publish.documents.make", stops)
    with pytest.raises(KeyboardInterrupt):
        folder.report(tmp_path / "results" / "small")
    assert contents(tmp_path / "results") == before


def test_no_results_are_said_so(tmp_path):
    with pytest.raises(InputError) as caught:
        folder.report(tmp_path / "small")
    assert str(caught.value) == (
        f"There must be results at {tmp_path / 'small'}; there are none. Run the study first: impact run STUDY"
    )


def test_a_study_outside_of_git_has_no_commit(results, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    manifest = json.loads((results().place / "internal" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["commit"] is None


def test_without_git_there_is_no_commit(results, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert json.loads((results().place / "internal" / "manifest.json").read_text(encoding="utf-8"))["commit"] is None


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_a_study_in_git_has_its_commit():
    assert folder._commit(Path(__file__).parent)


# ---- workbooks -----------------------------------------------------------------------------------------------------


def test_a_workbook_holds_text_as_text_and_blanks_as_blanks(tmp_path):
    formula = "=cmd|' /C calc'!A0"
    table = pd.DataFrame(
        {"name": [formula, "bell\a", None], "n": pd.array([1, None, 3], "Int64"), "x": [0.5, None, 2.0]}
    )
    folder._xlsx(tmp_path / "a.xlsx", {"effects": table})
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["effects"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["name", "n", "x"],
        [formula, 1, 0.5],
        ["bell\ufffd", None, None],
        [None, 3, 2],
    ]
    assert sheet["A2"].data_type == "s"
