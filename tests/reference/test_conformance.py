"""The committed table of conformance is what the code gives, and what does not pass is what is known and explained."""

import numpy as np
import pandas as pd
import pytest
from reference import conformance


@pytest.fixture(scope="module")
def committed():
    return pd.read_csv(conformance.HERE / "conformance.csv", keep_default_na=False, na_values=[""], low_memory=False)


@pytest.mark.filterwarnings("ignore::impact.InputWarning")  # blanks of ehec; a repaired covariance, as fixest says, too
@pytest.mark.parametrize("source", [conformance.fixest, conformance.bacon])
def test_other_packages_agree_and_the_table_says_so(shared, committed, source):
    table = pd.concat(source())
    assert table["passes"].all()
    stored = committed[committed["package"] == table["package"].iloc[0]]
    np.testing.assert_allclose(stored["ours"], table["ours"], rtol=1e-9)


def test_only_what_is_explained_does_not_pass(committed):
    failing = committed[~committed["passes"]]
    assert set(failing["reason"]) == {"effects only"}
    assert set(failing["what"]) <= {"std_error", "value"}
    assert (
        not failing["estimand"]
        .isin(["att_gt", "dynamic", "group", "calendar", "simple"])[failing["what"] == "value"]
        .any()
    )


def test_the_page_counts_the_table(committed):
    page = conformance.PAGE.read_text(encoding="utf-8")
    assert page == conformance.page(committed.assign(reason=committed["reason"].fillna("")))
