import asyncio
import os
import sys
from pathlib import Path

import pytest

from impact.publish import PublishError, kernel
from impact.publish.kernel import Cell


@pytest.fixture
def brief(tmp_path):
    return tmp_path / "brief.qmd"


def text(outputs):
    return "".join(output.get("text") or output["data"]["text/plain"] for output in outputs)


def test_cells_share_one_kernel_which_is_this_python_and_quiet(brief, capfd):
    code = "import sys, os; print(sys.executable); print(os.getcwd()); x = {'b', 'a', 'c'}"
    first, second = kernel.run([Cell("a", code), Cell("b", "sorted(x)")], brief)
    assert text(first).splitlines() == [sys.executable, str(brief.parent.resolve())]
    assert text(second) == "['a', 'b', 'c']"
    assert capfd.readouterr() == ("", "")
    assert list(brief.parent.iterdir()) == []


def test_no_kernel_needs_to_be_registered(brief, monkeypatch, tmp_path_factory):
    empty = str(tmp_path_factory.mktemp("empty"))
    for name in ("JUPYTER_PATH", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR", "HOME"):
        monkeypatch.setenv(name, empty)
    assert text(kernel.run([Cell("a", "6 * 7")], brief)[0]) == "42"


def test_cells_run_also_where_a_loop_runs_already_as_in_a_notebook(brief):
    async def notebook():
        return kernel.run([Cell("a", "1 + 1")], brief)

    assert text(asyncio.run(notebook())[0]) == "2"


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("raise ValueError('first\\nsecond.')", "ValueError: second"),
        ("raise ValueError", "ValueError: no message"),
        ("import os; os._exit(1)", "the end of its Python (which left no message)"),
    ],
)
def test_a_failing_cell_is_named_with_the_last_line_of_its_error(brief, code, seen):
    with pytest.raises(PublishError) as caught:
        kernel.run([Cell("fig-effect", code)], brief)
    assert str(caught.value) == (
        f"The page of brief.qmd needs every cell to run; the cell fig-effect gave {seen}. "
        "Mend the cell, or the results that it reads."
    )


def test_a_cell_that_hangs_is_stopped(brief, monkeypatch):
    monkeypatch.setattr(kernel, "SECONDS_PER_CELL", 1)
    with pytest.raises(PublishError) as caught:
        kernel.run([Cell("wait", "import time; time.sleep(60)")], brief)
    assert str(caught.value) == (
        "The page of brief.qmd needs every cell to run; the cell wait gave no end after 1 seconds. "
        "Mend the cell, or the results that it reads."
    )


def test_a_kernel_that_cannot_start_says_why(brief, monkeypatch):
    monkeypatch.setattr(kernel, "_KERNEL", ("-c", "raise SystemExit('no memory')"))
    with pytest.raises(PublishError) as caught:
        kernel.run([Cell("a", "1")], brief)
    assert str(caught.value) == (
        "The page of brief.qmd must have a Python kernel; it did not start: no memory. "
        f"See what this says: {sys.executable} -m ipykernel_launcher"
    )


def test_a_figure_is_shown_as_svg_with_and_without_pyplot(brief):
    free = "from matplotlib.figure import Figure\nf = Figure(); f.subplots().plot([1, 2])\nf"
    pyplot = "import matplotlib.pyplot as plt; plt.plot([1, 2]); None"
    for outputs in kernel.run([Cell("a", free), Cell("b", pyplot)], brief):
        assert "image/svg+xml" in outputs[0]["data"]


def test_the_environment_is_the_same_each_time(tmp_path):
    seen = kernel.environment(tmp_path)
    assert (seen["PYTHONHASHSEED"], seen["SOURCE_DATE_EPOCH"]) == ("0", "0")
    assert Path(seen["MATPLOTLIBRC"]).read_text(encoding="utf-8").startswith("svg.hashsalt: ")
    assert seen["PYTHONPATH"].split(os.pathsep)[0] == str(Path(kernel.__file__).parents[2])
