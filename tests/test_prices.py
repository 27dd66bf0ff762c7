import datetime
import tomllib

import numpy as np
import pandas as pd
import pytest

from impact import InputError, where
from impact import prices as p

PARAMETERS = tomllib.loads(where.data("parameters", "deflators.toml").read_text(encoding="utf-8"))
NAN = float("nan")


# ---- deflators -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", p.names())
def test_a_deflator_is_100_in_its_base_year_and_has_no_gap(name):
    prices, base = p.deflators(name), PARAMETERS["series"][name]["base"]
    assert prices[base] == 100
    assert prices.index.tolist() == list(range(prices.index.min(), prices.index.max() + 1))
    assert (prices > 0).all()
    assert prices.name == name


@pytest.mark.parametrize("name", p.names())
def test_every_year_of_a_deflator_has_a_source_with_an_address_and_a_date(name):
    told = p.deflator_sources(name)
    assert told["year"].tolist() == p.deflators(name).index.tolist()
    assert told["status"].isin(["confirmed", "unverified"]).all()
    assert (told[["source", "address"]].map(len) > 10).all(axis=None)
    assert all(isinstance(date, datetime.date) for date in told["date"])
    assert (told.loc[told["status"] == "unverified", "how"].map(len) > 10).all()


def test_a_year_is_confirmed_by_two_sources_unless_it_is_the_base():
    for series in PARAMETERS["series"].values():
        for row in series["values"]:
            assert row["status"] == "unverified" or len(row["source"]) > 1 or row["year"] == series["base"]


def test_prices_for_wages_and_for_value_added_cover_2014_to_2025():
    for name in ("cpi", "ppi"):
        assert p.deflators(name).index.tolist() == list(range(2014, 2026))


def test_what_was_calculated_follows_from_what_it_says():
    ppi = p.deflators("ppi")
    assert ppi[2015] == pytest.approx(100 / 1.0303, abs=0.005)
    assert [100 * (ppi[b] / ppi[a] - 1) for a, b in ((2014, 2015), (2016, 2017), (2017, 2018), (2018, 2019))] == (
        pytest.approx([-4.0, 3.5, 2.0, 0.0], abs=0.02)
    )
    assert p.deflators("ppi_manufactured")[[2021, 2022]].tolist() == [110.4, 123.3]


def test_an_unknown_deflator_is_refused():
    with pytest.raises(InputError) as refused:
        p.real([1], [2020], "gdp")
    assert str(refused.value) == (
        f"A deflator must be one of {', '.join(p.names())}; seen: 'gdp'. Choose one, or give an index by year of your own."
    )


# ---- real amounts --------------------------------------------------------------------------------------------------


def test_real_is_nominal_over_the_index_and_blanks_stay_blank():
    assert p.real([200.0, 100.0, NAN], [2022, 2020, 2021], {2020: 100, 2021: 110, 2022: 125}).tolist() == (
        pytest.approx([160, 100, NAN], nan_ok=True)
    )


def test_an_own_index_may_be_a_series_and_its_base_is_its_own():
    assert p.real([90.0], [2013], pd.Series({2013: 90.0, 2015: 100.0})).tolist() == [100.0]


def test_industries_may_have_their_own_prices():
    out = p.real([1.0, 1.0, 1.0], [2021] * 3, ["ppi_food", "cpi", "ppi_food"])
    expected = [100 / p.deflators(name)[2021] for name in ("ppi_food", "cpi", "ppi_food")]
    assert out.tolist() == pytest.approx(expected)
    pd_names = pd.Series(["ppi_food", "cpi", "ppi_food"])
    np.testing.assert_array_equal(p.real([1.0, 1.0, 1.0], [2021] * 3, pd_names), out)


def test_a_row_without_a_deflator_is_refused():
    with pytest.raises(InputError) as refused:
        p.real([1.0, 1.0], [2021, 2021], ["cpi", None])
    assert str(refused.value) == (
        "Every row must have a deflator; seen: 1 row without one. Give rows of other industries a general one, such as 'ppi'."
    )


def test_years_without_an_index_are_refused_in_a_sentence():
    years = [2020, 2007, 2008, 2009, 2010, 2011, 2012, 2012]
    with pytest.raises(InputError) as refused:
        p.real(np.ones(8), years, "cpi")
    assert str(refused.value) == (
        "Every amount must be of a year that its deflator has; deflator 'cpi' has 2014 to 2025; seen: 7 rows of 2007, 2008, "
        "2009, 2010, 2011 and more. Leave those years out, or give an index by year of your own: KOSIS and ECOS publish them."
    )


def test_the_years_that_an_own_index_has_are_said():
    with pytest.raises(InputError, match="has 2014 to 2015, 2017; seen: 1 row of 2016"):
        p.real([1.0], [2016], {2014: 90, 2015: 95, 2016: 0, 2017: 97})


def test_a_blank_of_a_year_without_an_index_is_no_mistake():
    assert np.isnan(p.real([NAN], [1990], "cpi")).all()


def test_tables_without_rows_pass():
    assert len(p.real([], [])) == 0
