"""A study of simulated firms in every municipality: some with enough supported firms, some with few, too few, or none."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from studies import only_tables

from impact import marks, run
from impact.atlas import effects
from impact.regions import register

STUDY = """
[study]
name = "regional"
title = "Support of firms by region <script>document.title = 'broken'</script>"
question = "Did support raise sales & jobs?"
limits = ["The firms are <b>made up</b>."]

[panel]
file = "firms.csv"
unit = "firm"
period = "year"
first_supported = "since"
region = "town"

[[outcome]]
name = "Sales"
column = "sales"
transform = "log"
unit = "million won"
better = "higher"

[[outcome]]
name = "Accidents <img src=x onerror=alert(1)>"
column = "accidents"
unit = "accidents a year"
better = "lower"

[design]
region_within = ["industry"]

[[estimate]]
estimator = "callaway_santanna"

[inference]
draws = 99
seed = 7
"""
FEW, SUPPRESSED, NONE = (
    3,
    2,
    0,
)  # supported firms of regions without enough evidence, of suppressed ones, and of those without
YEARS = np.arange(2018, 2022)


def supported_firms() -> pd.Series:
    """Say how many supported firms each region has: every tenth too few to show, every tenth few, every twentieth none."""
    codes = register.units()["code"]
    place = np.arange(len(codes)) % 20
    counts = np.select([place == 3, place == 13, place == 7, place == 17, place == 19], [2, 2, 3, 3, 0], 6 + place % 5)
    return pd.Series(counts, codes)


def firms() -> pd.DataFrame:
    """Make a table of supported firms in every region and of comparison firms in every one, in two industries."""
    rng = np.random.default_rng(11)
    counts = supported_firms()
    supported = np.repeat(counts.index, counts)
    town = np.concatenate([supported, np.repeat(counts.index, 4)])
    first = np.where(np.arange(len(town)) < len(supported), 2020, 0)
    after = (first[:, None] > 0) & (first[:, None] <= YEARS)
    effect = pd.Series(rng.normal(0.1, 0.2, len(counts)), counts.index).loc[town].to_numpy()[:, None]
    sales = 4 + 0.4 * rng.standard_normal((len(town), 1)) + effect * after + 0.15 * rng.standard_normal(after.shape)
    accidents = rng.poisson(np.where(after, 0.8, 1.2))
    return pd.DataFrame(
        {
            "firm": np.repeat(np.arange(len(town)), len(YEARS)),
            "year": np.tile(YEARS, len(town)),
            "since": np.repeat(first, len(YEARS)),
            "sales": np.exp(sales).ravel(),
            "accidents": accidents.ravel(),
            "town": np.repeat(town, len(YEARS)),
            "industry": np.repeat(rng.integers(2, size=len(town)), len(YEARS)),
        }
    )


def numbers(one: dict, name: str) -> np.ndarray:
    """Return a column of numbers of an estimate of the page, as the page reads it."""
    places = np.array([effects.SIGNS.index(sign) for sign in one["places"]]) - effects.ABOVE
    return np.array(one[name]) / 10.0**places


def made(place: Path, simulated: bool = True, toml: str = STUDY, table: pd.DataFrame | None = None) -> Path:
    """Run the study once, without figures and page, and return the folder of its results."""
    folder = place / "study"
    folder.mkdir(parents=True)
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    rows = firms() if table is None else table
    (marks.marked(rows) if simulated else rows).to_csv(folder / "firms.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        only_tables(patch)
        run.run(folder, place / "results")
    return place / "results" / "regional"
