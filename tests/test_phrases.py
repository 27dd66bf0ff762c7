import re
import tomllib
from typing import get_args

import pytest

from impact import estimators, where
from impact.design import Comparison, Unbalanced
from impact.phrases import known, phrase

ALL = tomllib.loads(where.reports("phrases.toml").read_text(encoding="utf-8"))
KEYS = [f"{section}.{name}" for section, phrases in ALL.items() for name in phrases]


@pytest.mark.parametrize("key", KEYS)
def test_every_phrase_says_the_same_places_in_both_languages(key):
    section, name = key.split(".")
    said = ALL[section][name]
    assert set(said) == {"en", "ko"}
    english, korean = (sorted(re.findall(r"{\w*}", said[language])) for language in ("en", "ko"))
    assert english == korean
    assert re.search("[가-힣]", said["ko"]) or not re.search(
        "[a-z]", re.sub(r"{\w*}|Callaway–Sant'Anna", "", said["en"])
    )


def test_a_phrase_takes_values_and_does_not_read_them():
    hostile = "{0.__class__} {name} {{x}}"
    assert phrase("answer.not_identified", "en", name=hostile) == (
        f"The effect on “{hostile}” cannot be estimated from these data."
    )
    assert phrase("direction.up", "ko") == "높았습니다"


def test_a_phrase_is_known_or_not():
    assert known("estimator.two_by_two")
    assert not known("estimator.mine")
    assert not known("estimator.v1.2")
    assert not known("nothing.here")


def test_every_choice_of_a_design_has_its_words():
    assert all(known(f"who.{name}") for name in get_args(Comparison))
    assert all(known(f"design.{name}") for name in get_args(Unbalanced))


def test_every_estimator_that_has_words_is_there():
    assert set(ALL["estimator"]) <= set(estimators.names())


def test_templates_of_both_languages_ask_for_the_same_in_the_same_order():
    english, korean = (
        where.reports(f"evaluation.{language}.qmd").read_text(encoding="utf-8") for language in ("en", "ko")
    )
    for part in (r"(?:page|report)\.\w+", r"label: \S+", r"^#+ ", r"`[\w./]+`"):
        found = [re.findall(part, text, re.MULTILINE) for text in (english, korean)]
        assert found[0] == found[1], part
