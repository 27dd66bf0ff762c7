"""A small study: a table of firms and a study file, written into a folder."""

from pathlib import Path

import numpy as np
import pandas as pd

STUDY = """
[study]
name = "small"
title = "A small study"
question = "Did support raise sales?"

[panel]
file = "firms.csv"
unit = "firm"
period = "year"
first_supported = "since"

[[outcome]]
name = "Sales"
column = "sales"
transform = "log"
unit = "million won"
better = "higher"

[inference]
draws = 99
seed = 7
"""

REGIONAL = (
    STUDY.replace('unit = "firm"', 'unit = "firm"\nregion = "town"\nregion_attributes = ["coast"]')
    .replace('file = "firms.csv"', 'file = "firms.csv"\nwithout_support = "without.csv"')
    .replace("[inference]", '[[outcome]]\nname = "Workers"\ncolumn = "workers"\n\n[inference]')
) + (
    '[design]\nsubgroups = ["size"]\nregion_within = ["industry"]\n'
    '[[estimate]]\nestimator = "callaway_santanna"\n[[estimate]]\nestimator = "two_by_two"\n'
    '[[estimate]]\nname = "until 2014"\nestimator = "callaway_santanna"\n[estimate.design]\nuntil = 2014\n'
)


def firms(cohorts: dict[int, int] | None = None, years: range = range(2011, 2016), seed: int = 0) -> pd.DataFrame:
    """Make a table with so many firms in each cohort (0 = never supported); firms of a cohort have numbers in a row."""
    rng = np.random.default_rng(seed)
    first = np.repeat(*zip(*(cohorts or {0: 30, 2013: 12, 2014: 10}).items(), strict=True))
    year = np.array(years)
    supported = (first[:, None] > 0) & (year >= first[:, None])
    level = 3 + 0.5 * rng.standard_normal((len(first), 1)) + 0.1 * (year - year[0])
    moved = 0.3 * supported + 0.2 * rng.standard_normal((len(first), len(year)))
    sales = np.exp(level + moved)
    return pd.DataFrame(
        {
            "firm": np.repeat([f"{number:04d}" for number in range(1, len(first) + 1)], len(year)),
            "year": np.tile(year, len(first)),
            "since": np.repeat(first, len(year)),
            "sales": sales.ravel(),
            "workers": (5 + sales * rng.uniform(0.5, 1.5, sales.shape)).ravel(),
            "town": np.repeat(np.array(["가", "나", "다"])[rng.integers(3, size=len(first))], len(year)),
            "industry": np.repeat(np.array(["01", "02"])[rng.integers(2, size=len(first))], len(year)),
        }
    )


def regional_firms():
    """Make firms of twelve towns, in one of which two firms are supported, and what they would have been without support.

    Sales gain 0.3 log points, on the coast 0.5; every supported firm gains two workers.
    """
    table = firms({0: 120, 2013: 60, 2014: 38})
    number = table["firm"].astype(int)
    town = np.where(number > 216, 0, 1 + number % 11)
    supported = (table["since"] > 0) & (table["year"] >= table["since"])
    labels = {"town": [f"t{of:02d}" for of in town], "coast": np.where(town % 2, "yes", "no")}
    without = table.assign(
        **labels,
        size=np.where(number % 3, "small", "large"),
        sales=table["sales"] * np.exp(-0.3 * supported),  # which `firms` has given them
        workers=20 + np.random.default_rng(1).standard_normal(len(table)),
    )
    gain = np.exp((0.3 + 0.2 * (town % 2)) * supported)
    return without.assign(sales=without["sales"] * gain, workers=without["workers"] + 2 * supported), without


def write(folder: Path, toml: str = STUDY, table: pd.DataFrame | None = None) -> Path:
    """Write a study into a folder, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    (firms() if table is None else table).to_csv(folder / "firms.csv", index=False)
    return folder


def only_tables(patch):
    """Leave figures and the page out where only tables matter."""
    patch.setattr("impact.publish.documents.make", lambda room, kind, language, to: "lite")
    patch.setattr("impact.show.figures.draw_all", lambda room: None)
