"""What the benchmark does besides measuring: it ends what takes too long, keeps whole sizes, and says plainly what was seen."""

import importlib.util
from pathlib import Path

import pandas as pd
import pytest
from benchmarks import bench, page, panels
from benchmarks.packages import PACKAGES, TASKS

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


@pytest.fixture(scope="module")
def panel(tmp_path_factory):
    path = tmp_path_factory.mktemp("panel") / "drawn_300.parquet"
    panels.drawn(300).to_parquet(path, index=False)
    return path


@pytest.fixture
def lock():
    spec = importlib.util.spec_from_file_location("lock", ROOT / ".ci" / "lock.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(*measured, firms=1_000_000):
    """Make a table of measurements from (package, task, seconds or why there are none)."""
    machine = {"date": "2026-11-22", "cores": 2, "memory_gb": 25, "python": "3.11.7", "numpy": "2.4.6", "load": 0.1}
    numbers = {"runs": 3, "peak_gb": 1.5, "beyond_gb": 0.5, "effect_0": 1.2, "std_error_0": 0.02, "effect_mean": 1.7}
    table = [
        {
            "firms": firms,
            "task": task,
            "package": name,
            "version": "1.0",
            "pandas": "3.1.1",
            "panel": "drawn",
            **machine,
        }
        | ({"status": seen} if isinstance(seen, str) else {"status": "measured", "seconds": seen, **numbers})
        for name, task, seen in measured
    ]
    return pd.DataFrame(table).reindex(columns=bench.COLUMNS)


def line(text, start):
    return next(line for line in text.splitlines() if line.startswith(f"| {start}"))


def test_a_measurement_has_time_memory_and_numbers(panel):
    row = bench.measured("impact", "draws", 300, panel, panel)
    assert row["status"] == "measured"
    assert row["seconds"] > 0
    assert 1 <= row["runs"] <= 5
    assert row["peak_gb"] > row["beyond_gb"] >= 0
    assert abs(row["effect_0"] - 1) < 1
    assert row["std_error_0"] > 0


def test_what_takes_too_long_is_ended(panel):
    assert bench.measured("impact", "analytic", 300, panel, panel, limit=0)["status"] == "over 0 s"


def test_what_takes_too_much_memory_is_ended(panel, monkeypatch):
    monkeypatch.setattr(bench, "_machine_memory", lambda: 4e6)
    assert bench.measured("impact", "analytic", 300, panel, panel)["status"].startswith("out of memory")


def test_a_package_that_is_not_installed_is_said(panel):
    if importlib.util.find_spec("csdid"):
        pytest.skip("csdid is installed")
    row = bench.measured("csdid", "analytic", 300, panel, panel)
    assert row["status"] == "not here"
    assert "csdid" in row["detail"]


def test_a_package_is_not_given_more_firms_than_it_can_bear(panel):
    assert bench.measured("linearmodels", "twfe", 1_000_000, panel, panel) == {"status": "only to 100,000"}


def test_sizes_are_replaced_whole_and_other_sizes_stay(tmp_path):
    old = pd.concat([rows(("impact", "draws", 2.0), ("csdid", "draws", 9.0), firms=size) for size in (10_000, 100_000)])
    table = bench.together(old, rows(("impact", "draws", 1.0), firms=10_000))
    assert list(zip(table["firms"], table["seconds"], strict=True)) == [(10_000, 1.0), (100_000, 2.0), (100_000, 9.0)]
    bench.save(table, tmp_path / "bench.csv")
    pd.testing.assert_frame_equal(bench.read(tmp_path / "bench.csv"), table, check_dtype=False)
    assert [path.name for path in tmp_path.iterdir()] == ["bench.csv"]


def test_the_page_shows_ratios_and_reasons():
    table = rows(("impact", "draws", 2.0), ("diff-diff", "draws", 5.0), ("csdid", "draws", "out of memory (19 GB)"))
    shown = "\n".join(page.speed(table, "draws"))
    assert line(shown, "diff-diff") == "| diff-diff | 5.00 | 2.50 × | 1.50 | 0.50 |"
    assert line(shown, "csdid") == "| csdid | out of memory (19 GB) |  |  |  |"
    assert line(shown, "differences") == "| differences | not measured |  |  |  |"


def test_targets_are_met_missed_or_not_known():
    table = rows(
        ("impact", "analytic", 5.0),
        ("impact", "check", 0.5),
        ("floor.py", "analytic", 4.0),
        ("diff-diff", "analytic", 60.0),
        ("csdid", "analytic", "over 600 s"),
        ("impact", "twfe", 4.0),
        ("impact", "draws", 100.0),
        ("csdid", "draws", "over 600 s"),
    )
    text = "\n".join(page.targets(table))
    assert line(text, "1,000,000 firms, analytic: no slower").endswith(
        "| floor.py takes 0.889 × our time without checking | **no** |"
    )
    assert line(text, "1,000,000 firms, analytic: at least 10 × as fast as diff-diff").endswith(
        "12.0 × our time | yes |"
    )
    assert line(text, "1,000,000 firms, analytic: at least 10 × as fast as csdid").endswith(
        "more than 120 × our time | yes |"
    )
    assert line(text, "1,000,000 firms, draws: at least 10 × as fast as csdid").endswith(
        "6.00 × our time | not known |"
    )
    assert line(text, "1,000,000 firms, two-way").endswith("| 4.00 s | yes |")
    assert line(text, "1,000,000 firms: at most 2 GB").endswith("| 1.50 GB | yes |")
    assert line(text, "100,000 firms: at most 0.6 GB").endswith("| not measured | not known |")


def test_numbers_that_differ_are_seen():
    table = rows(("impact", "analytic", 1.0), ("diff-diff", "analytic", 2.0))
    table.loc[1, "effect_0"] += 3e-4
    assert "| analytic | diff-diff | 1.200300 | 3e-04 | 1.700000 | 0 | 0.020000 | 0 |" in page.agreement(table)


def test_the_page_follows_from_the_table():
    assert page.PAGE.read_text(encoding="utf-8") == page.page(bench.kept())


def test_every_task_has_its_words():
    assert {task for package in PACKAGES.values() for task in package.tasks} == set(TASKS)


def test_the_lock_of_the_peers_serves_and_names_no_address(lock):
    text = (HERE / "peers.lock").read_text(encoding="utf-8")
    asked = [line.split("#")[0].strip() for line in (HERE / "peers.in").read_text(encoding="utf-8").splitlines()]
    assert lock.complaints({"dependencies": [line for line in asked if line]}, text) == []
