"""Run the cells of a page in one kernel: a child process of this very Python that talks over the loopback only."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from impact import progress
from impact.publish import PublishError, extra

SECONDS_PER_CELL = 1800  # a page reads results and draws them; a cell that takes half an hour hangs

# A matplotlib figure shows itself as SVG without pyplot being imported for pages that draw nothing. Quarto does the same
# by importing pyplot each time.
_SETUP = """
from IPython.core.pylabtools import print_figure as _print_figure
get_ipython().display_formatter.formatters["image/svg+xml"].for_type_by_name(
    "matplotlib.figure", "Figure", lambda figure: _print_figure(figure, "svg"))
get_ipython().display_formatter.formatters["image/svg+xml"].enabled = True
"""

_KERNEL = (
    *("-m", "ipykernel_launcher", "-f", "{connection_file}"),
    "--IPKernelApp.log_level=ERROR",  # what it prints is read for the reason of a failure
    "--HistoryManager.enabled=False",
    "--InlineBackend.figure_formats=svg",
)

# SVG identifiers are hashes of a fixed salt instead of random ones; the size is Quarto's.
_MATPLOTLIBRC = "svg.hashsalt: impact\nfigure.figsize: 7, 5\n"

# nbclient and jupyter_client report to a log what PublishError says already.
_SILENT = logging.Logger("impact.publish", logging.CRITICAL + 1)

Outputs = list[dict[str, Any]]
T = TypeVar("T")


@dataclass(frozen=True)
class Cell:
    """Code to run, and what a message calls it."""

    name: str
    source: str


def run(cells: Sequence[Cell], template: Path) -> list[Outputs]:
    """Run cells one after the other in the template's folder; return what each of them showed."""
    if not cells:
        return []
    for module in ("nbclient", "nbformat", "ipykernel"):
        extra(module)
    with tempfile.TemporaryDirectory(prefix="impact-", ignore_cleanup_errors=True) as room:
        return _wait(lambda: _session(cells, template, Path(room)))


def environment(room: Path) -> dict[str, str]:
    """Return the variables under which cells give the same page each time and leave nothing behind but in the room."""
    (room / "matplotlibrc").write_text(_MATPLOTLIBRC, encoding="utf-8")
    return {
        **os.environ,
        "PYTHONHASHSEED": "0",  # sets are shown in one order
        "PYTHONUTF8": "1",  # Korean text on Windows
        "SOURCE_DATE_EPOCH": "0",  # no date of today in a figure
        "MATPLOTLIBRC": str(room / "matplotlibrc"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "IPYTHONDIR": str(room / "ipython"),  # no start-up files of the user, no history
        "PYTHONPATH": os.pathsep.join(filter(None, [_checkout(), os.environ.get("PYTHONPATH", "")])),
    }


def _checkout() -> str:
    """Name the folder of a checkout that is not installed, so that its cells import the same ``impact``."""
    folder = Path(__file__).resolve().parents[2]
    return str(folder) if (folder / "pyproject.toml").is_file() else ""


def _wait(start: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end, in a thread if this one already runs a loop, as a notebook does."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _run(start)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(_run, start).result()


def _run(start: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Use a selector loop everywhere: zmq warns about the default one of Windows."""
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(start())


async def _session(cells: Sequence[Cell], template: Path, room: Path) -> list[Outputs]:
    """Start a kernel, run the cells, and stop it whatever happens."""
    manager = _manager(room)
    client = _client(manager, template)
    try:
        await _start(client, template, room)
        await _execute(client, Cell("setup", _SETUP), template, room)
        return [await _execute(client, cell, template, room) for cell in _told(cells, template)]
    finally:
        if client.kc is not None:
            client.kc.stop_channels()
        if manager.has_kernel:
            await manager.shutdown_kernel(now=True)


def _told(cells: Sequence[Cell], template: Path) -> Iterator[Cell]:
    """Go through the cells, and say of each that it runs now."""
    for number, cell in enumerate(cells, 1):
        progress.detail(f"{template.name}, cell {number} of {len(cells)}")
        yield cell


def _manager(room: Path) -> Any:
    """Make a manager whose kernel is this Python, whether or not one is registered on this machine."""
    spec = extra("jupyter_client.kernelspec")

    class Here(spec.KernelSpecManager):  # type: ignore[name-defined]
        def get_kernel_spec(self, kernel_name: str) -> Any:
            return spec.KernelSpec(argv=[sys.executable, *_KERNEL], display_name="impact", language="python")

    return extra("jupyter_client.manager").AsyncKernelManager(
        kernel_spec_manager=Here(), connection_file=str(room / "kernel.json"), log=_SILENT
    )


def _client(manager: Any, template: Path) -> Any:
    return extra("nbclient").NotebookClient(
        extra("nbformat").v4.new_notebook(),
        km=manager,
        timeout=SECONDS_PER_CELL,
        resources={"metadata": {"path": str(template.resolve().parent)}},
        log=_SILENT,
    )


async def _start(client: Any, template: Path, room: Path) -> None:
    """Start the kernel; what it prints goes to a file, so that the terminal stays quiet."""
    try:
        with (room / "log").open("w", encoding="utf-8") as log:
            await client.async_start_new_kernel(env=environment(room), stdout=log, stderr=log)
        await client.async_start_new_kernel_client()
    except RuntimeError as error:
        raise PublishError(
            f"The page of {template.name} must have a Python kernel; it did not start: {_last(room) or error}. "
            f"See what this says: {sys.executable} -m ipykernel_launcher"
        ) from error


async def _execute(client: Any, cell: Cell, template: Path, room: Path) -> Outputs:
    """Run one cell and return what it showed."""
    exceptions = extra("nbclient.exceptions")
    node = extra("nbformat").v4.new_code_cell(cell.source)
    client.nb.cells.append(node)
    try:
        await client.async_execute_cell(node, len(client.nb.cells) - 1)
    except exceptions.CellExecutionError as error:
        seen = f"{error.ename}: {_last_line(str(error.evalue)) or 'no message'}".rstrip(".")
    except exceptions.CellTimeoutError:
        seen = f"no end after {SECONDS_PER_CELL} seconds"
    except exceptions.DeadKernelError:
        _pass_on_an_interrupt()
        seen = f"the end of its Python ({_last(room) or 'which left no message'})"
    else:
        return list(node.outputs)
    raise PublishError(
        f"The page of {template.name} needs every cell to run; the cell {cell.name} gave {seen}. "
        "Mend the cell, or the results that it reads."
    )


def _pass_on_an_interrupt() -> None:
    """Tell Ctrl-C from a kernel that died: nbclient says "dead" for both."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _last(room: Path) -> str:
    """Return the last line that the kernel printed."""
    return _last_line((room / "log").read_text(encoding="utf-8", errors="replace"))


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.split("\n")) if line.strip()), "")
