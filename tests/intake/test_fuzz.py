"""Damaged files become a table or a sentence; `python tests/intake/fuzz.py` reads ten thousand."""

from collections import Counter

import pytest

pytest.importorskip("resource", reason="bounds of memory are set in a way that Windows does not have")

from intake import fuzz

FILES = 300


def test_damaged_files_become_a_table_or_a_sentence():
    results = fuzz.run(0, FILES)
    failures = [f"{number}: {why}" for number, found, why, _ in results if found == "failure"]
    assert not failures, "\n".join(failures)
    counts = Counter(found for _, found, *_ in results)
    assert counts["table"] > FILES / 10
    assert counts["sentence"] > FILES / 10
    assert sum(counts.values()) == FILES


def test_a_file_is_made_from_its_number_alone():
    fuzz.seeds.cache_clear()
    first = [fuzz.made(number)[0] for number in range(40)]
    assert [fuzz.made(number)[0] for number in range(40)] == first
    text = [number for number in range(40) if first[number].endswith("csv")]
    assert all(fuzz.made(number)[1] == fuzz.made(number)[1] for number in text)
