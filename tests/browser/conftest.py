"""A real browser, the pages that it opens, and what it may not do: ask for anything outside, or complain."""

import os
import shutil
from importlib import util
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from atlas import regional

from impact import atlas

SERIOUS = ("serious", "critical")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SHAPES = Path("data") / "boundaries" / "kr_sigungu229_2024_light.parquet"


@pytest.fixture(scope="session")
def chromium():
    """Chromium, driven by playwright."""
    if util.find_spec("playwright") is None:
        pytest.skip("needs playwright, which make test-browser installs")
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(f"needs a browser; none of {', '.join(BROWSERS)} is installed")
    from playwright.sync_api import sync_playwright

    alone = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=alone)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def results(tmp_path_factory):
    """The results of a study of simulated firms in every municipality."""
    return regional.made(tmp_path_factory.mktemp("regional"))


@pytest.fixture(scope="session")
def tiles(results, tmp_path_factory):
    """The page without boundaries."""
    return _made(results, tmp_path_factory.mktemp("tiles"), None)


@pytest.fixture(scope="session")
def shapes(results, shared, tmp_path_factory):
    """The page with boundaries."""
    return _made(results, tmp_path_factory.mktemp("shapes"), shared / SHAPES)


@pytest.fixture
def shrunken(results, tmp_path):
    """The page of effects that lean on other regions by three quarters."""
    place = shutil.copytree(results, tmp_path / "shrunken")
    file = place / "released" / "effects.parquet"
    pd.read_parquet(file).assign(own_weight=0.25).to_parquet(file)
    return _made(place, tmp_path / "page", None)


def _made(results, place, boundaries):
    shutil.copytree(results, place / "results")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("impact.regions.boundaries.cached", lambda detail: None)
        return atlas.make(place / "results", boundaries).path


@pytest.fixture
def opened(chromium, tmp_path):
    """Open a page in a window of its own; at the end nothing may have been asked for, and nothing complained of."""
    windows = []

    def of(path, address="", ready="#rows tbody tr, #nothing:not([hidden])", **window):
        size = {"width": window.pop("width", 1280), "height": window.pop("height", 900)}
        context = chromium.new_context(viewport=size, accept_downloads=True, **window)
        page = context.new_page()
        seen = SimpleNamespace(page=page, context=context, said=[], asked=[])
        page.on("console", lambda message: seen.said.append(message.text))
        page.on("pageerror", lambda error: seen.said.append(str(error)))
        page.on("request", lambda request: seen.asked.append(request.url))
        windows.append(seen)
        page.goto(f"{path.as_uri()}{address}")
        page.wait_for_selector(ready, state="attached")
        return page

    yield of
    for seen in windows:
        own = seen.page.url.partition("#")[0]
        outside = [url for url in seen.asked if url.partition("#")[0] != own and not url.startswith(("data:", "blob:"))]
        seen.context.close()
        assert seen.said == []
        assert outside == []


@pytest.fixture(scope="session")
def serious():
    """Return a function that lists each serious rule of axe-core that a page breaks, with the first element that does."""
    found = util.find_spec("axe_playwright_python")
    if found is None:
        pytest.skip("needs axe-core, which make test-browser installs")
    script = (Path(found.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")

    def of(page):
        page.evaluate(script)
        told = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        broken = [one for one in told["violations"] if one["impact"] in SERIOUS]
        return [(one["id"], one["nodes"][0]["html"], one["nodes"][0]["failureSummary"]) for one in broken]

    return of
