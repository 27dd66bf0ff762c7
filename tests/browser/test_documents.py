"""The documents of a study in a real browser: nothing serious by axe-core, nothing asked for, nothing wider than a phone."""

from pathlib import Path

import pytest
from atlas import regional

from impact.prioritize.run import run as prioritize
from impact.publish import documents

ASKED = """
[priorities]
budget = 300
cost = 10
money = "million won"
in_units = true
most_in_a_region = 2
"""
KINDS = [("report", "en"), ("brief", "en"), ("brief", "ko"), ("priorities", "ko")]


@pytest.fixture(scope="session")
def released(tmp_path_factory):
    """Run a study of simulated firms in every municipality with its priorities, and make every document."""
    at = tmp_path_factory.mktemp("documents")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("impact.publish.quarto.find", lambda: None)
        patch.setattr("impact.regions.boundaries.cached", lambda detail: None)
        place = regional.made(at, toml=regional.STUDY + ASKED)
        prioritize(at / "study", at / "results")
        for kind, language in KINDS:
            documents.make(place / "released", kind, language)
    return place / "released"


def file(released: Path, kind: str, language: str) -> Path:
    return released / (f"{kind}.html" if language == "en" else f"{kind}.{language}.html")


@pytest.mark.parametrize(("kind", "language"), KINDS)
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_serious_is_found_in_any_document(released, opened, serious, kind, language, width):
    page = opened(file(released, kind, language), ready="main", width=width)
    assert serious(page) == []


@pytest.mark.parametrize(("kind", "language"), KINDS)
def test_a_document_is_no_wider_than_a_phone_and_has_its_pictures(released, opened, kind, language):
    page = opened(file(released, kind, language), ready="main", width=360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    loaded = page.evaluate("[...document.images].map(one => one.naturalWidth > 0 && one.alt.length > 20)")
    assert loaded
    assert all(loaded)
    assert page.title() != "broken"
