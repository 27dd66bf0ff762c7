"""Which sentences of a source are messages, and how their templates are written."""

import pytest
from handbook.said import said


def found(tmp_path, source):
    """Return what a package of one module says."""
    package = tmp_path / "impact"
    package.mkdir()
    (package / "module.py").write_text(source, encoding="utf-8")
    return said(package).get("impact.module", [])


SAYS = {
    "raised": ('raise InputError(f"There must be {n} rows" f", not {m}.")', ["There must be … rows, not …."]),
    "raised in a list": ('raise InputError([f"{one} is not known." for one in lost])', ["… is not known."]),
    "either of two": (
        'raise InputError("One is too few." if n else "Two are too many.")',
        ["One is too few.", "Two are too many."],
    ),
    "made and returned": ('return PublishError("Write a title")', ["Write a title"]),
    "without its end": ('raise InputError(f"Give a name. {hint}".rstrip())', ["Give a name. …"]),
    "joined": ('raise InputError(f"None of {n} is. " + " ".join(notes))', ["None of … is. …"]),
    "for an option": (
        'raise argparse.ArgumentTypeError(f"write NAME=VALUE; seen: {n!r}")',
        ["write NAME=VALUE; seen: …"],
    ),
    "of another error": ('raise FileNotFoundError("Nothing is there. Look again.")', ["Nothing is there. Look again."]),
    "warned": ('checks.warn([f"{n} rows are blank."])', ["… rows are blank."]),
    "yielded": ('yield f"{n} rows are blank."', ["… rows are blank."]),
    "yielded from": ('yield from (f"{one} is blank." for one in lost)', ["… is blank."]),
    "appended": ('problems.append(f"{n} is below zero.")', ["… is below zero."]),
    "returned beside another": ('return table, (f"{n} rows are lost.",)', ["… rows are lost."]),
    "under a name": ('said = f"{n} rows are lost."\n    warnings.warn(said, InputWarning)', ["… rows are lost."]),
    "in a list of notes": ('notes = ["Codes are as they were."]\n    return Coded(notes)', ["Codes are as they were."]),
}
SAYS_NOTHING = {
    "a docstring": '"""Refuse what is wrong."""',
    "a word": 'raise KeyError("name")',
    "a piece of a sentence": 'raise ValueError("its text is neither UTF-8 nor CP949")',
    "what a library says": "raise InputError(str(error))",
    "help": 'parser.add_argument("--out", help="Where results go, with their notes.")',
    "what was made": 'print("Made the folder. Put your table into it.")',
    "the hole of another": "raise InputError(problem)",
}


@pytest.mark.parametrize(("line", "expected"), SAYS.values(), ids=SAYS)
def test_a_message_is_found(tmp_path, line, expected):
    assert found(tmp_path, f"def check(n, m):\n    {line}\n") == expected


@pytest.mark.parametrize("line", SAYS_NOTHING.values(), ids=SAYS_NOTHING)
def test_what_is_no_message_is_left_out(tmp_path, line):
    assert found(tmp_path, f"def check(n, m):\n    {line}\n") == []


def test_a_constant_is_a_message_where_it_is_raised(tmp_path):
    source = 'LOST = "There is no table here."\nSOURCE = "Fieller, E. C. (1954)."\ndef check():\n    raise InputError(LOST)\n'
    assert found(tmp_path, source) == ["There is no table here."]


def test_a_function_that_only_fills_holes_says_pieces(tmp_path):
    source = 'def check():\n    yield f"{_what(1)} Mend it."\ndef _what(n):\n    return f"{n} is wrong here."\n'
    assert found(tmp_path, source) == ["… Mend it."]


def test_a_loop_over_pieces_makes_a_sentence_of_each(tmp_path):
    source = (
        "def check(study):\n"
        '    rules = (("a seed must be 0 or more", study.a), ("draws must be 0 or more", study.b))\n'
        '    yield from (f"{must}; seen: {seen}." for must, seen in rules)\n'
    )
    assert found(tmp_path, source) == ["a seed must be 0 or more; seen: ….", "draws must be 0 or more; seen: …."]
