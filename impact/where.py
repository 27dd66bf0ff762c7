"""Find packaged data and report templates, whether impact is installed or runs from a checkout."""

import tomllib
from importlib import metadata
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def data(*parts: str) -> Path:
    """Return the path of packaged data, for example ``data("parameters", "disclosure.toml")``."""
    return _find("data", parts)


def reports(*parts: str) -> Path:
    """Return the path of a packaged report template, for example ``reports("evaluation.en.qmd")``."""
    return _find("reports", parts)


def version() -> str:
    """Return the version of impact: of the installation, or of a checkout that is run without one."""
    try:
        return metadata.version("impact-evaluation")
    except metadata.PackageNotFoundError:
        project = tomllib.loads((_PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        return str(project["version"])


def _find(room: str, parts: tuple[str, ...]) -> Path:
    """Look inside the package, where a wheel carries the room, or else beside it, where a checkout has it."""
    installed = _PACKAGE / f"_{room}"
    root = installed if installed.is_dir() else _PACKAGE.parent / room
    path = root.joinpath(*parts)
    if not path.exists():
        raise FileNotFoundError(
            f"impact's {room} must hold {'/'.join(parts) or 'files'}; nothing is at {path}. "
            "Install impact again, or ask for a file that is there."
        )
    return path
