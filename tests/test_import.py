import subprocess
import sys

import pytest

import impact

HEAVY = "{'numpy', 'scipy', 'pandas', 'matplotlib', 'pydantic', 'openpyxl', 'pyarrow', 'narwhals', 'tqdm'}"
PUBLIC = (
    "Design, Draws, Estimate, Gaussian, Influence, InputError, InputWarning, Panel, Study, "
    "allocate, estimate, grades, rank_sets, shrink, winners"
)


def printed(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_importing_impact_imports_nothing_heavy_and_neither_does_its_help():
    code = (
        "import sys, impact\n"
        f"print(sorted({HEAVY} & set(sys.modules)))\n"
        "from impact.__main__ import main\n"
        "main([])\n"
        f"print(sorted({HEAVY} & set(sys.modules)))"
    )
    first, *_, last = printed(code)
    assert (first, last) == ("[]", "[]")


def test_every_public_name_is_there():
    assert ", ".join(impact.__all__) == PUBLIC
    for name in impact.__all__:
        assert getattr(impact, name).__name__ == name
    assert set(impact.__all__) <= set(dir(impact))


def test_the_version_is_a_version():
    assert impact.__version__[0].isdigit()


def test_a_name_that_is_not_there_is_said_with_those_that_are():
    with pytest.raises(AttributeError) as caught:
        impact.estimat  # noqa: B018
    assert str(caught.value) == f"module 'impact' has no attribute 'estimat'; it has {PUBLIC}"
