"""How long the page takes; printed, never asserted: `make test-browser` and `make bench` show it."""

import shutil
import statistics
import time

import pytest
from atlas import regional

from impact import atlas

TURNS = 20
PAINTED = """() => new Promise((end) => {
  new PerformanceObserver((seen) => end(seen.getEntriesByName("first-contentful-paint")[0].startTime))
    .observe({ type: "paint", buffered: true });
})"""
CHANGE = """async ([id, values, turns]) => {
  const select = document.getElementById(id);
  const times = [];
  for (let turn = 0; turn < turns; turn += 1) {
    await new Promise(requestAnimationFrame);
    const begun = performance.now();
    select.value = values[turn % values.length];
    select.dispatchEvent(new Event("change"));
    document.body.getBoundingClientRect();
    times.push(performance.now() - begun);
  }
  return times;
}"""


@pytest.mark.parametrize("name", ["tiles", "shapes"])
def test_what_the_page_takes(request, opened, name, capsys):
    path = request.getfixturevalue(name)
    paints = []
    for _ in range(5):
        page = opened(path)
        paints.append(page.evaluate(PAINTED))
    outcomes = page.evaluate(CHANGE, ["outcome", ["1", "0"], TURNS])
    measures = page.evaluate(CHANGE, ["measure", ["mean", "risk", "interval", "probability"], TURNS])
    assert len(outcomes) == len(measures) == TURNS
    paint, outcome, measure = map(statistics.median, (paints, outcomes, measures))
    with capsys.disabled():
        print(
            f"\natlas, {name}: {path.stat().st_size / 1000:,.0f} KB; first paint {paint:.0f} ms (median of 5); another outcome "
            f"{outcome:.0f} ms, another measure {measure:.0f} ms (medians of {TURNS})"
        )


def test_what_making_it_takes(results, shared, tmp_path, capsys):
    place = tmp_path / "results"
    shutil.copytree(results, place)
    begun = time.perf_counter()
    made = atlas.make(place, shared / "data" / "boundaries" / "kr_sigungu229_2024_light.parquet")
    took = time.perf_counter() - begun
    assert made.path.is_file()
    with capsys.disabled():
        print(f"\natlas: made in {took:.2f} s with boundaries, {len(regional.supported_firms())} regions")
