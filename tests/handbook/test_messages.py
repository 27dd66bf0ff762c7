"""The page on messages and the source say the same: every sentence has its entry, and every entry its sentence."""

import re
import shlex
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from handbook.said import HOLE, said

import impact
from impact.__main__ import VERBS
from impact.arguments import parser
from impact.errors import InputError
from impact.handbook.messages import areas, find, page
from impact.publish import lint, qmd
from impact.regions.verbs import TASKS
from impact.study import Study

SOURCE = said(Path(impact.__file__).parent)
ENTRIES = [(area.name, entry) for area in areas() for entry in area.entries]
AREA_OF = {sentence: area for area, entry in ENTRIES for sentence in entry.sees}
TEXTS = [
    pytest.param(language, text, id=f"{area}-{number}-{what}-{language}")
    for number, (area, entry) in enumerate(ENTRIES)
    for what, texts in (("means", entry.means), ("mend", entry.mend))
    for language, text in texts.items()
]
CODE = re.compile(r"(`+)(.+?)\1")
COMMANDS = sorted({code for one in TEXTS for _, code in CODE.findall(one.values[1]) if code.startswith("impact ")})
HANGUL = re.compile(r"[가-힣]")


def test_every_sentence_of_the_source_has_an_entry():
    missing = [(module, one) for module, sentences in SOURCE.items() for one in sentences if one not in AREA_OF]
    assert not missing, "Write what these mean:\n" + "\n".join(f"{_file_for(module)}: {one}" for module, one in missing)


def test_every_entry_is_of_a_sentence_of_the_source():
    known = {one for sentences in SOURCE.values() for one in sentences}
    outdated = [f"{area}.toml: {sentence}" for sentence, area in AREA_OF.items() if sentence not in known]
    assert not outdated, "The package does not say this any more:\n" + "\n".join(outdated)


def test_no_sentence_has_two_entries():
    times = Counter(sentence for _, entry in ENTRIES for sentence in entry.sees)
    assert [sentence for sentence, count in times.items() if count > 1] == []


def test_every_entry_has_four_texts():
    assert all(set(entry.means) == set(entry.mend) == {"en", "ko"} for _, entry in ENTRIES)
    assert all(set(area.title) == {"en", "ko"} for area in areas())


@pytest.mark.parametrize(("language", "text"), TEXTS)
def test_a_text_is_in_its_language_and_on_one_line(language, text):
    plain = CODE.sub("", text)  # code may quote what stands in Korean files
    assert plain.strip()
    assert "\n" not in text
    assert bool(HANGUL.search(plain)) == (language == "ko")


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_can_be_given(command):
    words = shlex.split(command)[1:]
    if len(words) == 1 or (words[0] == "regions" and len(words) == 2):
        assert words in [*([verb] for verb in VERBS), *(["regions", task] for task in TASKS)]  # it is only named
    else:
        parser(VERBS).parse_args(words)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_page_is_portable(language):
    document = qmd.Document(Path("messages.qmd"), {"title": "Messages"}, (qmd.Text(page(language), 1),))
    assert lint.problems(document) == []


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_page_shows_every_sentence_as_it_stands(language):
    pandoc = pytest.importorskip("impact.publish.pandoc", reason="needs the extra reports")
    pytest.importorskip("pypandoc", reason="needs the extra reports")
    shown = pandoc.call(["--from", pandoc.READER, "--to", "plain", "--wrap=none"], page(language))
    assert [sentence for sentence in AREA_OF if " ".join(sentence.split()) not in shown] == []


def test_anchors_differ_and_are_the_same_in_both_languages():
    english, korean = (re.findall(r"\{#([\w-]+)[ }]", page(language)) for language in ("en", "ko"))
    assert english == korean
    assert len(set(english)) == len(english) == len(areas()) + len(ENTRIES)


@pytest.mark.parametrize(
    ("sentence", "entry"), [pytest.param(one, entry, id=one[:60]) for _, entry in ENTRIES for one in entry.sees]
)
def test_a_sentence_is_found_whatever_stands_in_its_holes(sentence, entry):
    assert find(f"note: {sentence.replace(HOLE, 'x, y (2 rows)')}") is entry


def test_a_sentence_is_found_though_the_terminal_broke_its_lines():
    seen = "study.toml: [[outcome]] must be given at\n  least once; it is not."
    assert find(seen).sees[0] == "[[outcome]] must be given at least once; it is not."


def test_nothing_is_found_for_what_the_package_never_says():
    assert find("Segmentation fault (core dumped)") is None
    assert find("") is None


def test_messages_that_are_raised_are_found():
    firms = pd.DataFrame(
        {"firm": [1, 1, 2, 2], "year": [2019, 2020] * 2, "first": [2020, 2020, 0, 0], "y": [1.0, np.inf, 2, 3]}
    )
    with pytest.raises(InputError) as infinite:
        impact.estimate(firms, "y", "firm", "year", "first")
    with pytest.raises(InputError) as nowhere:
        Study.read(Path("no-such-study"))
    with pytest.raises(InputError) as lost:
        impact.estimate(firms, "sale", "firm", "year", "first")
    found = [find(str(one.value)).sees[0] for one in (infinite, nowhere, lost)]
    assert found == [
        "'…' must be finite; it is infinite in …. This is often a logarithm of zero or a division by zero: correct it, or leave "
        "the value blank where it is unknown.",
        "There must be a study at …; there is none. Make one with: impact new NAME",
        "The table must have a column '…'; it has none of that name. …",
    ]


def _file_for(module):
    """Name the file that holds most sentences of a module, else of those beside it."""
    for near in (module, module.rpartition(".")[0]):
        names = Counter(
            AREA_OF[one] for name, of in SOURCE.items() if name.startswith(near) for one in of if one in AREA_OF
        )
        if names:
            return f"reports/handbook/messages/{names.most_common(1)[0][0]}.toml"
    return "reports/handbook/messages/"
