import os
import subprocess
import sys

import pandas as pd
import pytest
from studies import STUDY, firms, only_tables, write

import impact
from impact import folder, progress, run
from impact.__main__ import main
from impact.publish import PublishError

SOUND = "small: no problems. 260 rows, 52 firms (22 supported, 30 never), 2011 to 2015, 1 outcome, 1 estimator.\n"
CHECK = "Check the path, its permissions and the space on the disk."
CODES = (
    "exit codes: 0 done; 2 something in the command, the study or the data must be mended (said in a sentence each); 3 tables "
    "and figures are written, but the page could not be made; 130 interrupted, earlier results left as they were"
)


@pytest.fixture
def impact_(capsys, tmp_path, monkeypatch):
    """Return a function that gives a command in an empty folder: its exit code, and what it says on both streams."""
    monkeypatch.chdir(tmp_path)

    def command(*words):
        try:
            code = main([str(word) for word in words])
        except SystemExit as left:  # how argparse leaves
            code = left.code
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


@pytest.fixture
def small(tmp_path):
    return write(tmp_path / "small")


def python(*words, at, **variables):
    command = [sys.executable, *map(str, words)]
    return subprocess.run(command, cwd=at, env={**os.environ, **variables}, capture_output=True, text=True, check=False)


# ---- simulate ------------------------------------------------------------------------------------------------------


def test_simulated_firms_are_written_and_that_they_are_simulated_is_said(impact_, tmp_path):
    assert impact_("simulate", "world", "--firms", "200", "--seed", "3") == (
        0,
        "Made world: firms.parquet, truth.parquet, estimands.csv. These firms are simulated, and every table says so.\n",
        "",
    )
    assert set(pd.read_parquet(tmp_path / "world" / "firms.parquet")["simulated"]) == {"SIMULATED / 모의자료"}


def test_too_few_simulated_firms_are_refused_in_a_sentence(impact_):
    assert impact_("simulate", "world", "--firms", "5") == (
        2,
        "",
        "World needs 100 to 4,000,000 firms; seen: 5. Choose another number.\n",
    )


def test_an_estimate_from_simulated_firms_is_marked(impact_, tmp_path):
    impact_("simulate", "world", "--firms", "400")
    roles = ["--unit", "firm", "--period", "year", "--first-supported", "first_supported", "--outcome", "log(sales)"]
    code, out, _ = impact_("estimate", "world/firms.parquet", *roles, "--draws", "0", "--out", "effects.csv")
    assert code == 0
    assert all("SIMULATED" in line for line in out.splitlines()[1:])
    assert "SIMULATED" in (tmp_path / "effects.csv").read_text(encoding="utf-8-sig").splitlines()[1]


# ---- check ---------------------------------------------------------------------------------------------------------


def test_a_sound_study_is_said_in_a_line(impact_, small):
    assert impact_("check", "small") == (0, SOUND, "")
    assert impact_("check", "small/study.toml") == (0, SOUND, "")


def test_the_size_is_said_when_asked_for(impact_, small):
    code, out, err = impact_("check", "small", "--size")
    assert (code, out.splitlines()[0] + "\n", err) == (0, SOUND, "")
    assert len(out.splitlines()) == 3


def test_checking_estimates_nothing_and_writes_nothing(impact_, small, monkeypatch, tmp_path):
    monkeypatch.setattr(run, "_tables", lambda *_: pytest.fail("it was estimated"))
    assert impact_("check", "small")[0] == 0
    assert os.listdir(tmp_path) == ["small"]


def test_what_one_should_know_is_a_note_on_the_other_stream(impact_, tmp_path):
    table = firms()
    table.loc[0, "sales"] = None
    write(tmp_path / "small", table=table)
    said = "note: 'sales' is blank in 1 of 260 rows; a row without it takes no part in comparisons that need it.\n"
    assert impact_("check", "small") == (0, SOUND, said)


def test_every_problem_of_a_study_is_said_at_once(impact_, tmp_path):
    write(tmp_path / "small", STUDY.replace("draws", "draw").replace('title = "A small study"', ""))
    assert impact_("check", "small") == (
        2,
        "",
        "study.toml: [study] title must be given; it is not.\n"
        "study.toml: [inference] has no 'draw'. Did you mean 'draws'?\n",
    )


def test_every_problem_of_a_table_is_said_at_once(impact_, tmp_path):
    write(tmp_path / "small", STUDY.replace('"since"', '"sinse"'), firms().drop(columns="sales"))
    assert impact_("check", "small") == (
        2,
        "",
        "The table must have a column 'sinse'; it has none of that name. Did you mean 'since'?\n"
        "The table must have a column 'sales'; it has none of that name. Its columns are: firm, year, since, workers, town and "
        "more.\n",
    )


@pytest.mark.parametrize("verb", ["check", "run", "report"])
def test_a_study_that_is_not_there_is_one_sentence(impact_, verb):
    assert impact_(verb, "none") == (
        2,
        "",
        "There must be a study at none; there is none. Make one with: impact new NAME\n",
    )


def test_a_table_that_is_not_there_is_one_sentence(impact_, small):
    (small / "firms.csv").unlink()
    said = f"The table must be at {os.path.join('small', 'firms.csv')}; there is no such file. Check the path (a study's table "
    assert impact_("check", "small") == (2, "", f"{said}lies beside study.toml).\n")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows says it otherwise")
def test_a_folder_in_the_place_of_the_file_is_one_sentence(impact_, tmp_path):
    (tmp_path / "small" / "study.toml").mkdir(parents=True)
    assert impact_("check", "small") == (
        2,
        "",
        f"small/study.toml cannot be read or written: Is a directory. {CHECK}\n",
    )


def test_a_file_without_permission_is_one_sentence(impact_, small, monkeypatch):
    def refuses(*_):
        raise PermissionError(13, "Permission denied", "small/firms.csv")

    monkeypatch.setattr("impact.read._sha256_of", refuses)
    said = f"small/firms.csv cannot be read or written: Permission denied. {CHECK}\n"
    assert impact_("check", "small") == (2, "", said)


def test_an_error_of_the_system_without_a_file_is_one_sentence(impact_, small, monkeypatch):
    def fails(*_):
        raise OSError("the device is gone")

    monkeypatch.setattr("impact.read._sha256_of", fails)
    assert impact_("check", "small") == (2, "", f"A file cannot be read or written: the device is gone. {CHECK}\n")


def test_nothing_in_a_file_steers_the_terminal(impact_, tmp_path):
    write(tmp_path / "small", table=firms().rename(columns={"sales": "\x1b[31msales"}))
    code, _, err = impact_("check", "small")
    assert code == 2
    assert "\x1b" not in err
    assert "Did you mean '\ufffd[31msales'?" in err


# ---- run and report ------------------------------------------------------------------------------------------------


def test_a_run_says_where_the_pages_lie(impact_, small, monkeypatch, tmp_path):
    only_tables(monkeypatch)
    released, internal = (os.path.join("out", "small", name, "report.html") for name in ("released", "internal"))
    assert impact_("run", "small", "--out", "out") == (
        0,
        f"What may leave: {released}\nEverything:     {internal}\n",
        "",
    )
    assert (tmp_path / "out" / "small" / "released" / "effects.csv").is_file()


def test_results_go_to_results_unless_said_otherwise(impact_, small, monkeypatch, tmp_path):
    only_tables(monkeypatch)
    assert impact_("run", "small")[0] == 0
    assert os.listdir(tmp_path / "results") == ["small"]
    assert impact_("report", "small")[0] == 0


def test_a_page_that_cannot_be_made_is_said_and_has_a_code_of_its_own(impact_, small, monkeypatch):
    only_tables(monkeypatch)

    def fails(room, kind, language, to):
        raise PublishError('The page needs the extra "reports".')

    monkeypatch.setattr("impact.publish.documents.make", fails)
    for verb in ("run", "report"):
        assert impact_(verb, "small") == (
            3,
            "",
            f'The page needs the extra "reports".\nTables and figures: {os.path.join("results", "small")}\n',
        )


def test_no_results_to_report_on_are_said_so(impact_, small):
    said = f"There must be results at {os.path.join('results', 'small')}; there are none. Run the study first: impact run STUDY\n"
    assert impact_("report", "small") == (2, "", said)


def test_a_file_as_the_place_for_results_is_one_sentence(impact_, small, tmp_path):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    said = "Results must go to a folder that can be written; file is none: File exists. Choose another with --out.\n"
    assert impact_("run", "small", "--out", "file") == (2, "", said)


def test_a_full_disk_is_one_sentence(impact_, small, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device", "effects.csv")

    monkeypatch.setattr(folder, "_tables", full)
    assert impact_("run", "small") == (
        2,
        "",
        f"effects.csv cannot be read or written: No space left on device. {CHECK}\n",
    )


def test_an_interruption_has_its_code_and_leaves_nothing(impact_, small, monkeypatch, tmp_path):
    def stops(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(folder, "_manifest", stops)
    only_tables(monkeypatch)
    assert impact_("run", "small") == (130, "", "Interrupted. Nothing was replaced.\n")
    assert os.listdir(tmp_path / "results") == []


def test_a_bug_is_not_hidden(impact_, small, monkeypatch):
    monkeypatch.setattr("impact.read._sha256_of", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        impact_("check", "small")


# ---- estimate ------------------------------------------------------------------------------------------------------

COLUMNS = ("--unit", "firm", "--period", "year", "--first-supported", "since", "--outcome", "log(sales)")


def test_an_estimate_prints_the_table_that_the_package_makes(impact_, small):
    code, out, err = impact_("estimate", "small/firms.csv", *COLUMNS, "--by", "overall")
    e = impact.estimate(firms(), "log(sales)", "firm", "year", first_supported="since").by("overall")
    table = e.table(0.95, 999, 1)
    assert (code, out, err) == (0, table.round(4).to_string(index=False, na_rep="") + "\n", "")


def test_an_estimate_is_by_event_time_unless_said_otherwise(impact_, small):
    header, *rows = impact_("estimate", "small/firms.csv", *COLUMNS)[1].splitlines()
    assert header.split()[0] == "event_time"
    assert [int(row.split()[0]) for row in rows] == [-2, -1, 0, 1, 2]


@pytest.mark.parametrize(
    ("words", "first", "count"),
    [
        (("two_by_two",), "cohort", 2),
        (("twfe", "--option", "reference=-2"), "event_time", 6),
        (("twfe", "--option", "effects=static"), "estimate", 1),
    ],
)
def test_other_estimators_are_shown_by_what_they_know(impact_, small, words, first, count):
    code, out, _ = impact_("estimate", "small/firms.csv", *COLUMNS, "--estimator", *words)
    header, *rows = out.splitlines()
    assert (code, header.split()[0], len(rows)) == (0, first, count)


def test_an_estimate_takes_columns_choices_and_levels(impact_, small, tmp_path):
    words = ("--covariates", "log(workers)", "--method", "reg", "--comparison", "not_yet", "--subgroup", "industry")
    code, out, _ = impact_(
        "estimate", "small/firms.csv", *COLUMNS, *words, "--by", "subgroup", "event_time", "--out", tmp_path / "a.csv"
    )
    table = pd.read_csv(tmp_path / "a.csv", encoding="utf-8-sig", dtype={"subgroup": str})
    assert code == 0
    assert table.columns[:2].tolist() == ["subgroup", "event_time"]
    assert set(table["subgroup"]) == {"01", "02"}  # codes keep their zeros
    assert len(out.splitlines()) == 1 + len(table)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--by", "town"), "A level must be one of: cohort, period, event_time; seen: town.\n"),
        (("--option", "metod=reg"), "callaway_santanna has the options method; it has no 'metod'.\n"),
        (("--method", "ols"), "method must be 'dr', 'reg' or 'ipw'; seen: 'ols'.\n"),
        (("--confidence", "95"), "confidence must lie between 0 and 1; seen: 95.0. Write 0.95 for 95 %.\n"),
        (("--base", "long"), "base must be 'varying' or 'universal'; seen: 'long'.\n"),
    ],
)
def test_a_mistake_in_an_estimate_is_one_sentence(impact_, small, words, said):
    assert impact_("estimate", "small/firms.csv", *COLUMNS, *words) == (2, "", said)


def test_a_table_that_cannot_be_written_is_one_sentence(impact_, small):
    code, _, err = impact_("estimate", "small/firms.csv", *COLUMNS, "--out", "none/a.csv")
    assert code == 2
    assert err.endswith("Check the path, its permissions and the space on the disk.\n")
    assert len(err.splitlines()) == 1


# ---- new, help, version --------------------------------------------------------------------------------------------


def test_a_new_study_is_made_and_what_comes_next_is_said(impact_, tmp_path):
    assert impact_("new", "grants") == (
        0,
        "Made grants. Put your table into it, mend study.toml, then: impact check grants\n",
        "",
    )
    firms().rename(columns={"since": "first_supported"}).to_csv(tmp_path / "grants" / "firms.csv", index=False)
    assert impact_("check", "grants")[:2] == (
        0,
        SOUND.replace("small", "grants").replace("1 outcome, 1 estimator", "2 outcomes, 2 estimators"),
    )
    assert impact_("new", "grants")[0] == 2


def test_a_new_study_that_cannot_be_made_is_one_sentence(impact_, tmp_path):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    code, out, err = impact_("new", "file/grants")
    assert (code, out, len(err.splitlines())) == (2, "", 1)


def test_without_a_verb_the_help_is_shown(impact_):
    code, out, err = impact_()
    assert (code, err) == (0, "")
    assert impact_("--help") == (0, out, "")
    assert CODES in " ".join(out.split())


def test_the_version_is_that_of_the_package(impact_):
    assert impact_("--version") == (0, f"{impact.__version__}\n", "")


@pytest.mark.parametrize("verb", ["check", "run", "report", "estimate", "new", "regions"])
def test_every_verb_has_a_description_an_example_and_says_what_each_argument_is(impact_, verb):
    code, out, _ = impact_(verb, "--help")
    said = " ".join(out.split())
    assert code == 0
    assert f"example: impact {verb} " in said
    assert len(said.split("example:")[0]) > 200
    without_help = [line for line in out.splitlines() if line.startswith("  -") and not line.split("  ", 2)[2:]]
    below = [out.splitlines()[out.splitlines().index(line) + 1] for line in without_help]
    assert all(line.startswith(" " * 20) for line in below)


def test_a_mistake_in_the_command_has_the_code_of_a_mistake(impact_):
    code, out, err = impact_("run")
    assert (code, out) == (2, "")
    assert err.endswith("error: the following arguments are required: STUDY\n")
    assert impact_("fly")[0] == 2
    assert impact_("estimate", "a.csv", *COLUMNS, "--option", "method")[2].endswith(
        "error: argument --option: an option is written NAME=VALUE; seen: 'method'\n"
    )


# ---- as a program --------------------------------------------------------------------------------------------------


def test_the_package_runs_as_a_module_in_a_terminal_that_knows_no_korean(tmp_path):
    write(tmp_path / "small", STUDY + '[design]\nsubgroups = ["town"]\n', firms())
    done = python("-m", "impact", "check", "small", "--size", at=tmp_path, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "cohort ? period ? town: 24 cells" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pipe as Unix has it")
def test_a_reader_who_leaves_early_is_no_mistake(small, tmp_path):
    columns = " ".join(COLUMNS).replace("log(sales)", "sales")
    script = f"{sys.executable} -m impact estimate small/firms.csv {columns} --by cohort period; echo $? >&2"
    done = subprocess.run(["sh", "-c", f"({script}) | true"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stderr == "0\n"


def test_no_bar_is_drawn_where_nobody_watches(small, tmp_path):
    code = (
        "import impact.progress, impact.run, impact.show.figures as f, impact.publish.documents as p, time;"
        "from pathlib import Path;"
        "f.draw_all = lambda room: time.sleep(0.6); p.make = lambda room, kind, language, to: 'lite';"
        "impact.run.run(Path('small'), Path('out'))"
    )
    done = python("-c", code, at=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_bar_says_what_a_step_does_right_now(monkeypatch, capsys):
    now = 0.0
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr("tqdm.std.time", lambda: now)
    progress.detail("nobody watches")
    with progress.steps(1) as tell:
        tell("making the page")
        for now, step in ((0.5, "cell 1 of 3"), (1.5, "brief.ko.qmd, cell 2 of 3")):  # noqa: B007
            progress.detail(step)
    drawn = capsys.readouterr().err
    assert "brief.ko.qmd, cell 2 of 3" in drawn
    assert "cell 1" not in drawn
    assert "nobody" not in drawn


def test_a_bar_is_drawn_after_a_second_and_taken_away(monkeypatch, capsys):
    now = 0.0
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr("tqdm.std.time", lambda: now)
    with progress.steps(3) as tell:
        for now, step in ((0.5, "reading"), (1.5, "estimating Sales"), (1.6, "drawing figures")):  # noqa: B007
            tell(step)
    drawn = capsys.readouterr().err
    assert "reading" not in drawn
    assert drawn.index("estimating Sales") < drawn.index("drawing figures")
    assert drawn.endswith("\r")
