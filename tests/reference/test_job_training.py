"""Job training grants and scrap rates of Michigan firms: a published example that needs no file, linearmodels carries it.

Wooldridge, J. M. (2013). Introductory Econometrics, 5th ed., Example 14.1 and eq. 14.6 (data: Holzer, Block, Cheatham &
Knott 1993): log(scrap) on year effects, a grant, and a grant the year before, with firm effects; 54 firms, 1987–1989.
"""

import numpy as np
import pytest

PRINTED = {"d88": (-0.080, 0.109), "d89": (-0.247, 0.133), "grant": (-0.252, 0.151), "grant_1": (-0.422, 0.210)}


@pytest.fixture(scope="module")
def scrap():
    from linearmodels.datasets import jobtraining

    firms = jobtraining.load()
    return firms.assign(lscrap=np.log(firms["scrap"])).dropna(subset=["lscrap"]).set_index(["fcode", "year"])


@pytest.fixture(scope="module")
def fitted(scrap):
    from linearmodels import PanelOLS

    return PanelOLS.from_formula("lscrap ~ d88 + d89 + grant + grant_1 + EntityEffects", scrap).fit(
        cov_type="unadjusted"
    )


@pytest.mark.parametrize("name", PRINTED)
def test_wooldridge_example_14_1(fitted, name):
    effect, std_error = PRINTED[name]
    assert f"{fitted.params[name]:.3f}" == f"{effect:.3f}"
    assert f"{fitted.std_errors[name]:.3f}" == f"{std_error:.3f}"


def test_of_as_many_firms_as_printed(scrap, fitted):
    assert scrap.index.get_level_values("fcode").nunique() == 54
    assert fitted.nobs == 162


def test_year_dummies_are_year_effects(scrap, fitted):
    from linearmodels import PanelOLS

    two_way = PanelOLS.from_formula("lscrap ~ grant + grant_1 + EntityEffects + TimeEffects", scrap).fit(
        cov_type="unadjusted"
    )
    np.testing.assert_allclose(two_way.params, fitted.params[["grant", "grant_1"]], rtol=1e-10)
