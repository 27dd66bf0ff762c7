import importlib.util
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SPEC = importlib.util.spec_from_file_location("lock", ROOT / ".ci" / "lock.py")
lock = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(lock)

PROJECT = {"dependencies": ["numpy>=2.0"], "optional-dependencies": {"reports": ["pypandoc_binary>=1.13"]}}
SOUND = """\
# written by make lock
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:aa \\
    --hash=sha256:bb
numpy==2.5.5 ; python_full_version >= '3.12' \\
    --hash=sha256:cc
pypandoc-binary==1.17 \\
    --hash=sha256:dd
"""


def test_a_lock_that_serves_has_no_complaint():
    assert lock.complaints(PROJECT, SOUND) == []


def test_a_requirement_without_a_pin():
    without = SOUND[: SOUND.index("pypandoc")]
    assert lock.complaints(PROJECT, without) == [
        "pyproject.toml asks for pypandoc_binary>=1.13; requirements.lock pins nothing"
    ]


def test_one_of_two_pins_outside_what_is_asked_for():
    assert lock.complaints(PROJECT, SOUND.replace("2.4.6", "1.26.4")) == [
        "pyproject.toml asks for numpy>=2.0; requirements.lock pins 1.26.4, 2.5.5"
    ]


def test_a_range_is_no_pin():
    assert lock.complaints(PROJECT, SOUND.replace("binary==", "binary>=")) == [
        "pyproject.toml asks for pypandoc_binary>=1.13; requirements.lock pins nothing"
    ]


def test_a_pin_without_a_hash():
    assert lock.complaints(PROJECT, SOUND.replace(" \\\n    --hash=sha256:dd", "")) == [
        "requirements.lock gives no sha256 hash for pypandoc-binary==1.17"
    ]


def test_an_address():
    assert lock.complaints(PROJECT, "--extra-index-url file:///somewhere\n" + SOUND)[-1] == (
        "requirements.lock names an address in line 1: --extra-index-url file:///somewhere"
    )


def test_a_complaint_stops_the_check_and_says_what_to_do(tmp_path, capsys):
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["numpy>=2.0"]\n')
    (tmp_path / "requirements.lock").write_text("")
    assert lock.main(tmp_path) == 1
    assert capsys.readouterr().out == (
        "pyproject.toml asks for numpy>=2.0; requirements.lock pins nothing\nrun: make lock\n"
    )


def test_the_lock_of_this_checkout_serves(capsys):
    assert lock.main(ROOT) == 0
    assert capsys.readouterr().out == "requirements.lock serves pyproject.toml\n"
