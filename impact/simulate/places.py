"""The municipalities in which firms lie: how many there are, what they are called, and how risky they were at first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.spatial import cKDTree

from impact.regions import register, risk
from impact.simulate.facts import number

FIRST_VINTAGE = 2015  # the first year of the population table: later indices answer to jobs


@dataclass(frozen=True)
class Places:
    """One entry for each municipality, in the order of codes."""

    code: np.ndarray
    province: np.ndarray
    province_code: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray
    spread_km: np.ndarray
    weight: np.ndarray
    risk_class: np.ndarray
    depopulation: np.ndarray
    interest: np.ndarray


@cache
def places() -> Places:
    """Return the municipalities of the register."""
    units = register.units().sort_values("code", ignore_index=True)
    code = units["code"].to_numpy(object)
    latitude, longitude = units["latitude"].to_numpy(float), units["longitude"].to_numpy(float)
    return Places(
        code=code,
        province=units["province_ko"].to_numpy(object),
        province_code=units["province_code"].to_numpy(object),
        latitude=latitude,
        longitude=longitude,
        spread_km=_spread(latitude, longitude),
        weight=_weight(code),
        risk_class=_risk_class(code),
        depopulation=_listed(code, "depopulation"),
        interest=_listed(code, "interest"),
    )


def on_sphere(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """Return points on the unit sphere, where straight distances order as great circles do."""
    phi, lam = np.radians(latitude), np.radians(longitude)
    return np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])


def chord(km: float) -> float:
    """Return the straight distance on the unit sphere of a great circle of so many km: 2 sin(angle / 2)."""
    return float(2 * np.sin(np.radians(km / number("degree_km")) / 2))


def _spread(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """Return how far firms lie from the point: a share of the distance to the next point, with a limit."""
    distance, _ = cKDTree(on_sphere(latitude, longitude)).query(on_sphere(latitude, longitude), k=2)
    to_next = np.degrees(2 * np.arcsin(distance[:, 1] / 2)) * number("degree_km")
    return np.minimum(number("jitter") * to_next, number("jitter_limit_km"))


def _weight(code: np.ndarray) -> np.ndarray:
    """Return each municipality's share of firms: establishments^a × manufacturing product^(1 − a), scaled to 1."""
    economy = register.economy()
    first = economy[economy["year"] == FIRST_VINTAGE].set_index("code").loc[code]
    a = number("establishments_power")
    product = first["manufacturing_grdp_million_won"].to_numpy(float)
    weight = first["establishments"].to_numpy(float) ** a * np.maximum(product, 1.0) ** (1 - a)
    return weight / weight.sum()


def _risk_class(code: np.ndarray) -> np.ndarray:
    people = register.population()
    first = people[people["year"] == FIRST_VINTAGE].set_index("code").loc[code]
    index = risk.extinction_index(first["women_20_39"], first["age_65_plus"])
    return risk.risk_class(index).to_numpy(object)


def _listed(code: np.ndarray, name: str) -> np.ndarray:
    """Tell which municipalities were ever on a list of designations."""
    table = register.designations()
    return np.isin(code.astype(str), table.loc[table["list"] == name, "code"].to_numpy(str))
