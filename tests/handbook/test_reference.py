"""Every public name is in the reference, with an example (tests/test_examples.py runs them all)."""

import re

import pytest

import impact
from impact import estimators
from impact.__main__ import VERBS
from impact.handbook import reference
from impact.handbook.docstrings import markdown, summary

OWN = reference.names()


def test_every_public_name_is_in_the_reference():
    page = reference.page("en")
    for name in impact.__all__:
        assert f"### `impact.{name}`\n" in page
    for name in estimators.names():
        assert f"### `{name}`\n" in page
    for verb in (
        "by",
        "linear",
        "delta_method",
        "select",
        "cluster",
        "difference",
        "stack",
        "cov",
        "draws",
        "table",
        "pretest",
    ):
        assert f"### `impact.Estimate.{verb}`\n" in page


@pytest.mark.parametrize("name", OWN, ids=lambda name: name.path)
def test_every_public_name_has_an_example(name):
    assert name.has_example


def test_every_room_offers_something_and_all_of_it_has_an_example():
    rooms = reference.rooms()
    assert {room for room, _ in reference.ROOMS} == set(rooms)
    assert all(name.has_example for inside in rooms.values() for name in inside)


def test_every_verb_is_in_the_reference():
    page = reference.command_line()
    for verb in set(VERBS) - {"help", "version"}:
        assert f"### `impact {verb}`\n" in page
    assert "### `impact regions detect`\n" in page
    assert "\x1b" not in page


def test_the_study_file_is_the_one_that_is_written():
    page = reference.study_file()
    assert page.startswith("```toml\n# A study.")
    assert "[[estimate]]" in page


def test_headings_are_in_the_language_asked_for():
    assert "## 추정량" in reference.page("ko")
    assert not re.search(r"^## .*[가-힣]", reference.page("en"), re.MULTILINE)


def test_a_long_signature_is_broken_after_commas():
    lines = reference.page("en").split("### `impact.estimate`")[1].split("```")[1].splitlines()
    assert lines[1] == "estimate("
    assert all(len(line) < 100 for line in lines)
    assert lines[-1] == ")"


DOCSTRING = """Add *two* numbers `a_b`.

    c = a + b

a, b: numbers,
    whole ones.
c: what comes out

Source: Euclid.

>>> 1 + 1
2

>>> 2 + 2
4
"""


def test_a_docstring_becomes_markdown():
    assert markdown(DOCSTRING) == (
        "Add \\*two\\* numbers `a_b`\\.\n\n```\nc = a + b\n```\n\n\n- `a, b`: numbers\\, whole ones\\.\n- `c`: what comes out\n\n"
        "Source\\: Euclid\\.\n\n```python\n>>> 1 + 1\n2\n\n>>> 2 + 2\n4\n```"
    )
    assert summary(DOCSTRING) == "Add \\*two\\* numbers `a_b`\\."


def test_a_lone_backtick_opens_no_code():
    assert markdown("Name `a of") == "Name \\`a of"
