"""The examples in docstrings run, and give what they say."""

import doctest
import importlib
from pathlib import Path

import pytest

import impact

ROOT = Path(impact.__file__).parent
WITH_EXAMPLES = sorted(path for path in ROOT.rglob("*.py") if ">>> " in path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda path: path.stem)
def test_examples_give_what_they_say(path):
    name = ".".join(["impact", *path.relative_to(ROOT).with_suffix("").parts]).removesuffix(".__init__")
    module = importlib.import_module(name)
    result = doctest.testmod(
        module, extraglobs={"pd": importlib.import_module("pandas"), "np": importlib.import_module("numpy")}
    )
    assert result.attempted
    assert not result.failed


def test_there_are_examples():
    assert {"door", "estimates", "callaway_santanna"} <= {path.stem for path in WITH_EXAMPLES}
