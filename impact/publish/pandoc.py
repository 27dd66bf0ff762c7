"""Call pandoc: it reads Markdown into a tree, and writes a tree as HTML, typst or Word."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from impact.publish import MISSING, PublishError, extra
from impact.publish.tree import Element

READER = "markdown" + "".join(
    f"-{extension}"
    for extension in (
        *("raw_html", "raw_tex", "raw_attribute", "native_divs", "native_spans", "markdown_in_html_blocks"),
        *("yaml_metadata_block", "pandoc_title_block"),
    )
)


def read(markdown: str, front: Path) -> Element:
    """Read Markdown into a tree; its title and the like come from a file."""
    tree: Element = json.loads(call(["--from", READER, "--to", "json", "--metadata-file", str(front)], markdown))
    return tree


def write(tree: Element, to: Sequence[str]) -> str:
    """Write a tree as text."""
    return call(["--from", "json", *to], json.dumps(tree))


def write_bytes(tree: Element, to: Sequence[str]) -> bytes:
    """Write a tree as a file that is no text."""
    return _called(["--from", "json", "--output", "-", *to], json.dumps(tree))


def call(arguments: Sequence[str], text: str) -> str:
    """Call pandoc with a text and return the text that it writes."""
    return _called(arguments, text).decode().replace("\r\n", "\n")


def _called(arguments: Sequence[str], text: str) -> bytes:
    """Call pandoc in its sandbox: it reads what it is given, and neither files nor addresses that the text names."""
    done = subprocess.run([_program(), "--sandbox", *arguments], input=text.encode(), capture_output=True, check=False)
    if done.returncode:
        raise PublishError(
            f"pandoc must turn the page into what was asked for; it said: {done.stderr.decode().strip()}. Report this."
        )
    return done.stdout


def _program() -> str:
    """Find pandoc: the locked one in pypandoc_binary first, so that a page is the same on every machine."""
    pypandoc = extra("pypandoc")
    carried = shutil.which("pandoc", path=str(Path(pypandoc.__file__).parent / "files"))
    try:
        return carried or str(pypandoc.get_pandoc_path())
    except OSError as error:
        raise PublishError(MISSING) from error
