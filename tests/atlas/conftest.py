"""The results of a study of simulated firms in every municipality, run once."""

import shutil

import pytest
from atlas import regional

from impact.show.room import Room


@pytest.fixture(scope="session")
def ran(tmp_path_factory):
    """The folder of results."""
    return regional.made(tmp_path_factory.mktemp("regional"))


@pytest.fixture
def results(ran, tmp_path):
    """A copy of it, which a test may change."""
    return shutil.copytree(ran, tmp_path / "regional")


@pytest.fixture
def room(results):
    """The released tables."""
    return Room.read(results / "released")


@pytest.fixture(autouse=True)
def _nothing_fetched(monkeypatch):
    """No boundaries of this machine take part."""
    monkeypatch.setattr("impact.regions.boundaries.cached", lambda detail: None)
