"""Why doubly robust standard errors differ from R's where rows, not changes of firms, are compared, and who is right.

DRDID 1.2.3 (drdid_rc) adds the influence of the regression of comparison rows before support with the sign of the one after
support. Shown here: with that sign the plain twin gives all of did's printed numbers; without it, only the effects. That the
other sign is right is shown by derivatives, without any formula, in tests/twins/test_influence.py.
"""

import pytest
from reference import as_did, calls

CASES = calls.cases()
WRONG = CASES.index[CASES["reason"].str.contains("sign error")]
TESTS = ["wald_pretest"]  # a statistic is made of standard errors


@pytest.mark.filterwarnings("ignore::impact.InputWarning")
@pytest.mark.parametrize("case", WRONG)
def test_with_the_sign_error_the_twin_gives_the_printed_numbers(golden, case):
    wrong = as_did.disagreements(golden(CASES.loc[case, "data"]), case)
    assert wrong.empty, wrong.to_string()


@pytest.mark.filterwarnings("ignore::impact.InputWarning")
def test_without_it_standard_errors_differ_and_effects_do_not(golden):
    case = "keep.dr.lpop.never.universal"
    wrong = as_did.disagreements(golden(CASES.loc[case, "data"]), case, sign_error=False)
    effects = wrong[~wrong["estimand"].isin(TESTS)]
    assert calls.agrees(effects["our_value"], effects["value"], as_did.CLOSE, effects["our_scale"]).all()
    apart = (effects["our_std_error"] / effects["std_error"] - 1).abs()
    assert 0.01 < apart.max() < 0.02
