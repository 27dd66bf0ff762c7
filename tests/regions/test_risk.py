"""The extinction index: its classes and their edges, and the counts that are known for Korea."""

import numpy as np
import pandas as pd
import pytest

from impact.regions import register, risk

COUNTS = {  # year: index of the country, then units from "very low" to "high"
    2015: (1.022, 24, 59, 66, 75, 5),
    2020: (0.773, 3, 32, 89, 76, 29),
    2023: (0.628, 0, 15, 88, 73, 53),
    2024: (0.587, 0, 8, 86, 76, 59),
    2025: (0.546, 0, 4, 78, 81, 66),
}
BELOW_HALF = {2015: 80, 2018: 92, 2020: 105, 2021: 111, 2022: 119, 2023: 126, 2024: 135, 2025: 147}


@pytest.fixture(scope="module")
def people():
    table = register.population()
    return table.assign(index=risk.extinction_index(table["women_20_39"], table["age_65_plus"]))


def test_an_edge_belongs_to_the_class_above_it():
    index = [0.0, 0.1999, 0.2, 0.4999, 0.5, 0.9999, 1.0, 1.4999, 1.5, 3.0, np.inf]
    names = ["high"] * 2 + ["entering"] * 2 + ["caution"] * 2 + ["low"] * 2 + ["very low"] * 3
    assert risk.risk_class(index).tolist() == names


def test_a_class_has_a_korean_name_and_keeps_the_labels_of_the_index():
    index = pd.Series([1.5, 0.3, np.nan], index=["a", "b", "c"])
    classes = risk.risk_class(index, "ko")
    assert classes.loc[["a", "b"]].tolist() == ["소멸위험 매우 낮음", "소멸위험 진입"]
    assert pd.isna(classes["c"])
    assert len(risk.CLASSES["ko"]) == len(risk.CLASSES["en"]) == len(risk.EDGES) + 1


def test_classes_are_ordered_by_the_index():
    assert risk.risk_class([0.1, 1.6, 0.7]).sort_values().tolist() == ["high", "caution", "very low"]


def test_an_index_is_of_numbers_or_of_columns():
    assert risk.extinction_index(30.0, 60.0) == 0.5
    assert risk.extinction_index(np.array([3.0, 4.0]), np.array([6.0, 2.0])).tolist() == [0.5, 2.0]


@pytest.mark.parametrize("year", COUNTS)
def test_counts_by_class_and_the_index_of_korea(people, year):
    of_year = people[people["year"] == year]
    counts = risk.risk_class(of_year["index"]).value_counts()
    country = risk.extinction_index(of_year["women_20_39"].sum(), of_year["age_65_plus"].sum())
    assert (round(country, 3), *(counts[name] for name in reversed(risk.CLASSES["en"]))) == COUNTS[year]


def test_units_at_risk_by_year(people):
    below = people["index"].lt(risk.AT_RISK_BELOW).groupby(people["year"]).sum()
    assert below.loc[list(BELOW_HALF)].to_dict() == BELOW_HALF


def test_designated_and_at_risk_are_two_variables(people):
    at_risk = set(people.loc[(people["year"] == 2024) & (people["index"] < risk.AT_RISK_BELOW), "code"])
    designated = set(register.designations().query("list == 'depopulation'")["code"])
    assert designated < at_risk
    assert len(at_risk - designated) == 46


def test_the_index_is_that_of_the_shared_table(people, shared):
    path = shared / "data" / "regions" / "sigungu_population_2015_2025.csv"
    given = pd.read_csv(path, dtype={"code": str}).sort_values(["code", "year"])
    assert np.allclose(people["index"], given["extinction_index"], rtol=0, atol=5.1e-5)
    names = {
        "보통": "low",
        "소멸고위험": "high",
        "소멸위험매우낮음": "very low",
        "소멸위험진입": "entering",
        "주의": "caution",
    }
    assert risk.risk_class(people["index"]).tolist() == given["extinction_class_ko"].map(names).tolist()
