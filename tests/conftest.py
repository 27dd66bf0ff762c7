"""What several rooms of tests share: the folder beside the checkout, the teaching panel of R's did, and random panels."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[1] / "shared"

sys.path.insert(0, str(HERE))  # so that a test can say `from twins import callaway_santanna`


@pytest.fixture(scope="session")
def shared():
    """The folder beside the checkout that holds input data which must not be committed."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the folder {SHARED}, which is not part of the project: its data must not be committed")
    return SHARED


@pytest.fixture(scope="session")
def golden(shared):
    """Read an input file of the reference numbers; each is read once."""
    read = {}

    def of(name):
        if name not in read:
            read[name] = pd.read_csv(shared / "golden" / "data" / name)
        return read[name]

    return of


@pytest.fixture(scope="session")
def mpdta(golden):
    """County teenage employment 2003–2007, the panel that R's did ships (Callaway & Sant'Anna 2021, section 5)."""
    return golden("mpdta.csv")


@pytest.fixture(scope="session")
def staggered():
    """Make a random staggered panel."""
    return random_panel


def random_panel(
    n: int = 90, periods: int = 5, seed: int = 0, missing: float = 0.0, never: bool = True, constant: bool = False
) -> pd.DataFrame:
    """Make a panel of n firms whose take-up and trends depend on covariates, in random order of rows.

    Columns: firm, year, first (0 = never; cohorts from the third year to the last), sales (positive), y, x (does not change),
    z (changes; with `constant` it does not), weight (changes; with `constant` it does not), region, sector, town.
    missing: share of rows whose outcome is blank. never: whether some firms are never supported.
    """
    rng = np.random.default_rng(seed)
    years = np.arange(2011, 2011 + periods)
    moves = 0 if constant else 1
    x = rng.standard_normal(n)
    z = rng.standard_normal((n, 1)) + moves * (0.3 * np.arange(periods) + 0.2 * rng.standard_normal((n, periods)))
    cohorts = np.array([*([0] if never else []), *years[2:]])
    taste = rng.gumbel(size=(n, len(cohorts))) + np.where(cohorts > 0, 0.4 * x[:, None], 1.0 if never else 0)
    first = cohorts[taste.argmax(axis=1)]
    first[: len(cohorts)] = cohorts
    since = years - first[:, None]
    effect = np.where((first[:, None] > 0) & (since >= 0), 0.5 + 0.2 * since, 0)
    trend = np.arange(periods) * (0.1 + 0.1 * x[:, None])
    y = rng.standard_normal((n, 1)) + trend + 0.2 * z + effect + 0.5 * rng.standard_normal((n, periods))
    weight = np.exp(0.3 * rng.standard_normal((n, 1)) + moves * 0.1 * rng.standard_normal((n, periods)))
    y_seen = np.where(rng.random(y.shape) < missing, np.nan, y)
    labels = {name: rng.integers(k, size=n) for name, k in (("region", 3), ("sector", 2), ("town", 12))}
    frame = pd.DataFrame(
        {
            "firm": np.repeat(np.arange(100, 100 + n), periods),
            "year": np.tile(years, n),
            "first": np.repeat(first, periods),
            "y": y_seen.ravel(),
            "sales": np.exp(y_seen).ravel(),
            "x": np.repeat(x, periods),
            "z": z.ravel(),
            "weight": weight.ravel(),
            **{name: np.repeat(values, periods) for name, values in labels.items()},
        }
    )
    return frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)
