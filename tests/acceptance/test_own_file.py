"""The five commands that the handbook shows, on the real file that it speaks of."""

import re
import shlex

import pandas as pd
import pytest

from impact import where
from impact.__main__ import main
from impact.regions import register

PAGE = where.reports("handbook", "own-file.en.qmd").read_text(encoding="utf-8")
COMMANDS = re.search(r"```\n(impact profile .*?)```", PAGE, re.DOTALL)[1].strip().splitlines()


@pytest.fixture(scope="module")
def said(shared, tmp_path_factory):
    """Run the commands in a folder that holds the file and the list; return what each of them said."""
    folder = tmp_path_factory.mktemp("own-file")
    real = shared / "data" / "fixtures" / "jumin_202212_202412.csv"
    (folder / real.name).write_bytes(real.read_bytes())
    units = register.units().query("province_code in ['51', '52']")
    listed = pd.DataFrame({"code": units["code"], "year": units["province_code"].map({"51": 2023, "52": 2024})})
    listed.to_csv(folder / "special.csv", index=False)
    return folder


def test_there_are_five_commands_and_they_run(said, monkeypatch, capfd):
    assert len(COMMANDS) == 5
    monkeypatch.chdir(said)
    told = []
    for command in COMMANDS:
        assert main(shlex.split(command)[1:]) == 0
        told.append("".join(capfd.readouterr()))
    profile, new, check, run, brief = told
    for number in (
        "204 columns",
        "19 rows set aside",
        "14 rows set aside",
        "37 rows set aside",
        "5,865 figures",
        "47 rows",
    ):
        assert number in profile, number
    assert "32 of 32 supported units in special.csv are in the table." in new
    assert "687 rows, 229 firms (32 supported, 197 never), 2022 to 2024" in check
    assert "report.html" in run
    assert "brief.html" in brief
    results = said / "results" / "special-provinces"
    effects = pd.read_parquet(results / "released" / "effects.parquet")
    assert effects.loc[effects["aggregation"] == "overall", "n_supported"].max() == 32
    assert (said / "jumin_202212_202412.csv.html").is_file()


def test_both_languages_show_the_same_commands():
    korean = where.reports("handbook", "own-file.ko.qmd").read_text(encoding="utf-8")
    assert "\n".join(COMMANDS) in korean
