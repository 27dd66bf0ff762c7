"""Check, without a network, that requirements.lock serves pyproject.toml on every machine."""

import re
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REMEDY = "run: make lock"


def main(root: Path) -> int:
    """Print what is wrong with the lock of this checkout; one, the exit code, says that something is."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = complaints(project, (root / "requirements.lock").read_text(encoding="utf-8"))
    print("\n".join([*found, REMEDY]) if found else "requirements.lock serves pyproject.toml")
    return int(bool(found))


def complaints(project: dict, lock: str) -> list[str]:
    """Return one sentence for each thing that is wrong with the text of a lock."""
    pins = [Requirement(pin.split(" --hash")[0]) for pin in entries(lock)]
    return [*unserved(requirements(project), pins), *unhashed(lock), *addresses(lock)]


def entries(lock: str) -> list[str]:
    """Return each pin with its hashes as one line, without comments and options."""
    joined = re.sub(r"\s*\\\n\s*", " ", lock)
    return [line for line in joined.splitlines() if line and not line.lstrip().startswith(("#", "-"))]


def requirements(project: dict) -> list[Requirement]:
    """Return what the project and all its extras ask for."""
    extras = project.get("optional-dependencies", {}).values()
    return [Requirement(text) for group in [project["dependencies"], *extras] for text in group]


def unserved(wanted: list[Requirement], pins: list[Requirement]) -> list[str]:
    """Say which requirements have no pin, or a pin outside what they allow."""
    return [
        f"pyproject.toml asks for {need}; requirements.lock pins {', '.join(have) or 'nothing'}"
        for need in wanted
        for have in [versions(need, pins)]
        if not have or not all(need.specifier.contains(version, prereleases=True) for version in have)
    ]


def versions(need: Requirement, pins: list[Requirement]) -> list[str]:
    """Return the versions pinned for a requirement: several where Pythons or systems need different ones."""
    same = [pin for pin in pins if canonicalize_name(pin.name) == canonicalize_name(need.name)]
    return [exact.version for pin in same for exact in pin.specifier if exact.operator == "=="]


def unhashed(lock: str) -> list[str]:
    """Say which pins an installation could not verify."""
    return [
        f"requirements.lock gives no sha256 hash for {entry}"
        for entry in entries(lock)
        if "--hash=sha256:" not in entry
    ]


def addresses(lock: str) -> list[str]:
    """Say which lines name an address, which would bind the lock to one registry or one machine."""
    return [
        f"requirements.lock names an address in line {number}: {line.strip()}"
        for number, line in enumerate(lock.splitlines(), 1)
        if re.search(r"://|^\s*--?(index|extra-index|find-links|i|f)\b| @ ", line)
    ]


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent.parent))
