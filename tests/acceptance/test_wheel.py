"""What someone has who installs the wheel in an empty place, far from this checkout and without a network."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*words, at):
    """Run a program where neither the folder nor the environment leads back to the checkout."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_"))}
    done = subprocess.run([*map(str, words)], cwd=at, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("empty")


@pytest.fixture(scope="module")
def wheel(place):
    pip = [sys.executable, "-m", "pip", "wheel", "--no-index", "--no-deps", "--no-build-isolation"]
    run(*pip, "--wheel-dir", place, ROOT, at=place)
    (built,) = place.glob("impact_evaluation-*.whl")
    return built


@pytest.fixture(scope="module")
def python(place, wheel):
    """Return a Python that has the wheel, and the locked packages but not the checkout.

    Paths that stand in a .pth file are searched, but their own .pth files are not read, so the editable install of
    the checkout, which is one, stays out.
    """
    home = place / "venv"
    venv.create(home, with_pip=False, symlinks=os.name != "nt")
    scripts = sysconfig.get_path("scripts", "venv", {"base": str(home)})
    own = sysconfig.get_path("purelib", "venv", {"base": str(home)})
    (Path(own) / "locked.pth").write_text(sysconfig.get_path("purelib"))
    python = Path(scripts) / Path(sys.executable).name
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-index", "--no-deps", wheel, at=place)
    return python


def test_the_wheel_carries_data_and_reports_but_no_study_and_no_test(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    metadata = wheel.name.removesuffix("-py3-none-any.whl") + ".dist-info"
    assert "impact/_data/parameters/disclosure.toml" in names
    assert {f"impact/_data/regions/{name}.csv" for name in ("units", "population", "designations", "economy")} <= set(
        names
    )
    assert {f"impact/_data/parameters/{name}.toml" for name in ("deflators", "programme")} <= set(names)
    assert {"impact/_reports/evaluation.en.qmd", "impact/_reports/figures.mplstyle"} <= set(names)
    assert {name.split("/")[0] for name in names} == {"impact", metadata}
    assert {"analyses", "tests", "__pycache__"}.isdisjoint(part for name in names for part in name.split("/"))


def test_the_package_that_is_imported_is_the_one_of_the_wheel(place, python):
    where = run(python, "-c", "import impact; print(impact.__file__)", at=place).strip()
    assert Path(where).resolve().is_relative_to(place.resolve())
    assert str(ROOT) not in run(python, "-c", "import sys; print(*sys.path, sep='\\n')", at=place).splitlines()


def test_a_study_runs_there(place, python):
    shutil.copytree(ROOT / "analyses" / "training-grants", place / "training-grants")
    run(python, "-m", "impact", "run", "training-grants", "--out", "results", at=place)
    released = place / "results" / "training-grants" / "released"
    assert (released / "report.html").is_file()
    assert (released / "effects.csv").is_file()
