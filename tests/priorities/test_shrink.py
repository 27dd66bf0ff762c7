"""Shrunken effects: a plain twin, known limits, benchmarking, behaviour on invented regions, refusals."""

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

import impact
from impact.estimates import Estimate, blank_cells
from impact.noise import Gaussian
from impact.priorities import shrink as module
from impact.priorities.shrink import NO_EVIDENCE, robust_half, shrink, told


def regions(n, rng, signal=0.05, correlation=0.4, low=0.03, high=0.15):
    """Draw true effects, estimates and their covariance; errors within a province move together."""
    error, province = rng.uniform(low, high, n), np.arange(n) % 17
    related = np.where(province[:, None] == province[None], correlation, 0.0)
    np.fill_diagonal(related, 1)
    cov, truth = related * np.outer(error, error), 0.1 + signal * rng.normal(size=n)
    value = truth + np.linalg.cholesky(cov) @ rng.normal(size=n)
    return truth, made(value, cov)


def made(value, cov, firms=None):
    index = pd.Index([f"r{i}" for i in range(len(value))], name="region")
    e = Estimate.from_covariance(pd.Series(value, index), cov)
    return e if firms is None else Estimate(e.value, e.noise, e.cells.assign(n_supported=pd.array(firms, "Int64")))


def test_means_and_errors_are_those_of_a_plain_twin():
    """The twin: maximise the restricted likelihood of contrasts K'θ̂ directly, then condition a joint normal by hand."""
    rng = np.random.default_rng(1)
    _, e = regions(40, rng)
    x = np.column_stack([np.ones(40), np.log(np.sqrt(np.diag(e.cov())))])
    x[:, 1] -= x[:, 1].mean()
    v, y = e.cov().to_numpy(), e.value.to_numpy()
    contrasts = np.linalg.svd(x.T)[2][2:].T  # orthogonal to x
    grid = np.exp(np.linspace(np.log(1e-6), np.log(0.1), 4001))
    loss = [
        -stats.multivariate_normal(np.zeros(38), contrasts.T @ (v + t * np.eye(40)) @ contrasts).logpdf(contrasts.T @ y)
        for t in grid
    ]
    tau2 = grid[int(np.argmin(loss))]
    sigma = v + tau2 * np.eye(40)
    beta = np.linalg.solve(x.T @ np.linalg.solve(sigma, x), x.T @ np.linalg.solve(sigma, y))
    mean = x @ beta + tau2 * np.linalg.solve(sigma, y - x @ beta)
    found = shrink(e, benchmark=False)
    np.testing.assert_allclose(found.value, mean, atol=2e-4)  # the grid's step
    assert module._fitted(y, v, x, ("precision",)).tau2 == pytest.approx(tau2, rel=0.003)  # the grid's step
    g1 = tau2 * np.eye(40) - tau2**2 * np.linalg.inv(sigma)
    assert (np.sqrt(np.diag(found.cov())) > np.sqrt(np.diag(g1)) * 0.999).all()


def test_the_covariance_has_the_noise_of_the_prior_of_its_variance_and_of_benchmarking():
    """The twin: every term from its definition, the slope in τ² by numerical derivative, two regions without evidence."""
    rng = np.random.default_rng(5)
    _, e = regions(20, rng, signal=0.2)
    about = pd.DataFrame({"hill": rng.normal(size=22)}, [*e.value.index, "none", "nothing"])
    own, x = np.arange(22) < 20, np.column_stack([np.ones(22), about["hill"] - about["hill"][:20].mean()])
    v, y, xo = e.cov().to_numpy(), e.value.to_numpy(), x[:20]
    tau2 = module._fitted(y, v, xo, ("hill",)).tau2
    assert tau2 > 1e-4

    def parts(t):
        sigma = v + t * np.eye(20)
        inverse = np.linalg.inv(sigma)
        spread = np.linalg.inv(xo.T @ inverse @ xo)
        beta = spread @ xo.T @ inverse @ y
        mean = x @ beta
        mean[own] += t * inverse @ (y - xo @ beta)
        return sigma, inverse, spread, mean

    sigma, inverse, spread, mean = parts(tau2)
    p = inverse - inverse @ xo @ spread @ xo.T @ inverse
    of_tau2 = 2 / np.trace(p @ p)
    g1 = tau2 * np.eye(22)
    g1[:20, :20] -= tau2**2 * inverse
    b = x.copy()
    b[:20] -= tau2 * inverse @ xo
    shrinking = np.zeros((22, 22))
    shrinking[:20, :20] = inverse @ v @ inverse @ sigma @ inverse @ v @ inverse * of_tau2
    slope = (parts(tau2 + 1e-7)[3] - parts(tau2 - 1e-7)[3]) / 2e-7
    cov = g1 + b @ spread @ b.T + shrinking + of_tau2 * np.outer(slope, slope)
    found = shrink(e, ("hill",), about, benchmark=False)
    np.testing.assert_allclose(found.cov(), cov, rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(found.value, mean, rtol=1e-9)
    w = np.full(20, 1 / 20)
    pull = np.r_[v @ w / (w @ v @ w), 0, 0]
    left = v @ p @ v  # the covariance of what the estimates are beyond their predictions
    np.testing.assert_allclose(
        shrink(e, ("hill",), about).cov(), cov + np.outer(pull, pull) * (w @ left @ w), rtol=1e-5, atol=1e-9
    )


def test_without_signal_everything_is_the_mean_and_with_much_of_it_everything_stays():
    value, cov = np.array([0.1, 0.2, 0.3, 0.1, 0.2, 0.3]), np.eye(6)
    flat = shrink(made(value, cov), prior=())
    np.testing.assert_allclose(flat.value, value.mean(), atol=1e-9)
    np.testing.assert_allclose(flat.cells["own_weight"], 0, atol=1e-9)
    sharp = shrink(made(10 * value, 1e-8 * cov), prior=())
    np.testing.assert_allclose(sharp.value, 10 * value, rtol=1e-6)
    np.testing.assert_allclose(sharp.cells["own_weight"], 1, atol=1e-5)


@pytest.mark.parametrize("seed", [2, 3])
def test_shrunken_effects_add_up_to_the_estimates(seed):
    rng = np.random.default_rng(seed)
    _, e = regions(60, rng)
    firms = rng.integers(5, 90, 60)
    e = made(e.value.to_numpy(), e.cov().to_numpy(), firms)
    found = shrink(e)
    assert abs(np.average(found.value, weights=firms) - np.average(e.value, weights=firms)) < 1e-10
    assert abs(np.average(shrink(e, benchmark=False).value, weights=firms) - np.average(e.value, weights=firms)) > 1e-6


def test_the_whole_covariance_does_better_than_its_diagonal_and_both_than_raw():
    rng = np.random.default_rng(20211019)
    errors = {"raw": [], "diagonal": [], "full": []}
    for _ in range(15):
        truth, e = regions(229, rng)
        alone = made(e.value.to_numpy(), np.diag(np.diag(e.cov())))
        errors["raw"].append(((e.value - truth) ** 2).mean())
        errors["diagonal"].append(((shrink(alone, prior=()).value.to_numpy() - truth) ** 2).mean())
        errors["full"].append(((shrink(e, prior=()).value.to_numpy() - truth) ** 2).mean())
    raw, diagonal, full = (np.sqrt(np.mean(errors[name])) for name in ("raw", "diagonal", "full"))
    assert full < diagonal < 0.6 * raw
    assert full == pytest.approx(0.0405, abs=0.006)  # the figure to reproduce, on errors drawn in another way


def test_where_small_regions_differ_the_prior_mean_follows_precision():
    rng = np.random.default_rng(7)
    gains = []
    for _ in range(6):
        truth, e = regions(229, rng, signal=0.01, correlation=0.0)
        error = np.sqrt(np.diag(e.cov()))
        shifted = made(e.value.to_numpy() + 0.1 * np.log(error / 0.1), e.cov().to_numpy())
        true = truth + 0.1 * np.log(error / 0.1)
        by = [np.mean((shrink(shifted, prior=prior).value.to_numpy() - true) ** 2) for prior in ((), ("precision",))]
        gains.append(by[1] / by[0])
    assert np.mean(gains) < 0.5


def test_intervals_cover_on_average_over_regions():
    rng = np.random.default_rng(20151)
    covered, robust = [], []
    for _ in range(25):
        truth, e = regions(229, rng)
        found = shrink(e, prior=())
        for kept, table in ((covered, told(found, confidence=0.9)), (robust, told(found, confidence=0.9, robust=True))):
            kept.append(((table["lower"] <= truth) & (truth <= table["upper"])).mean())
    error = np.std(covered) / 5
    assert abs(np.mean(covered) - 0.89) < 0.01 + 3.5 * error
    assert np.mean(robust) > 0.895


def test_a_region_without_evidence_has_the_prior_and_says_so():
    rng = np.random.default_rng(4)
    _, e = regions(30, rng)
    cells = e.cells.assign(state=["not enough evidence", *["shown"] * 29])
    e = Estimate(e.value, e.noise, cells)
    about = pd.DataFrame({"designated": [1, 0] * 16}, index=[*e.value.index, "new1", "new2"])
    found = shrink(e, prior=["designated"], about=about)
    none = found.cells["state"] == NO_EVIDENCE
    assert none.index[none].tolist() == ["r0", "new1", "new2"]
    assert found.value["new1"] == pytest.approx(found.value["r0"])  # both designated: the same prior mean
    assert found.cells.loc[["r0", "new1", "new2"], "own_weight"].tolist() == [0, 0, 0]
    table = told(found).set_index("region")
    assert table.loc["new1", "sd"] > table.loc[table["own_weight"] > 0.3, "sd"].mean()
    assert table["pr_positive"].between(0, 1).all()


def test_groups_and_numbers_move_the_prior_mean():
    rng = np.random.default_rng(5)
    group = np.repeat(["a", "b"], 60)
    truth = np.where(group == "b", 0.3, 0.0)
    value = truth + 0.1 * rng.normal(size=120)
    e = made(value, 0.01 * np.eye(120))
    found = shrink(e, prior=["group"], about=pd.DataFrame({"group": group}, e.value.index))
    means = found.value.groupby(group).mean()
    np.testing.assert_allclose(means, [value[:60].mean(), value[60:].mean()], atol=0.01)
    assert found.value[group == "b"].std() < 0.5 * value[60:].std()


def test_what_is_shrunken_is_a_posterior_and_refuses_what_needs_sampling_noise():
    _, e = regions(30, np.random.default_rng(6))
    found = shrink(e)
    assert found.table()["p_value"].isna().all()
    with pytest.raises(impact.InputError, match="has posterior noise"):
        shrink(found)
    with pytest.raises(impact.InputError, match="posterior"):
        found.equality()
    with pytest.raises(impact.InputError) as caught:
        told(e)
    assert str(caught.value) == (
        "This table is of shrunken effects; these have sampling noise. Shrink them first: impact.shrink(e)."
    )


def test_the_robust_critical_value_is_that_of_the_worst_distribution():
    assert module._critical(0.0, 0.05) == pytest.approx(1.959964, abs=1e-5)
    for m in (0.3, 1.0, 5.0):
        chi = module._critical(m, 0.05)

        def missed(b, chi=chi):
            return stats.norm.cdf(-chi - b) + stats.norm.cdf(-chi + b)

        worst = max((1 - m / b**2) * missed(0) + m / b**2 * missed(b) for b in np.linspace(np.sqrt(m), 40, 4000))
        assert worst == pytest.approx(0.05, abs=2e-4)
        normal = integrate.quad(lambda b, m=m: missed(b) * stats.norm.pdf(b, 0, np.sqrt(m)), -40, 40)[0]
        assert normal <= 0.05 + 1e-9
    assert np.isnan(robust_half(np.array([0.1]), np.array([0.0]))).all()


def refused(*given, **more):
    with pytest.raises(impact.InputError) as caught:
        shrink(*given, **more)
    return str(caught.value)


def test_refusals():
    _, e = regions(12, np.random.default_rng(8))
    index = pd.MultiIndex.from_product([["y"], e.value.index], names=["outcome", "region"])
    stacked = Estimate(e.value.set_axis(index), e.noise, e.cells.set_axis(index))
    assert refused(stacked) == (
        "Shrinking takes effects over region alone; these are over outcome, region. Choose one outcome and average by region, "
        'such as e.select(outcome="sales").by("region").'
    )
    assert refused(e, prior=["risk"]) == (
        "The prior must be of columns that are known of regions; unknown: risk. Known are precision. Give a table with one row a "
        "region: about=…"
    )
    about = pd.DataFrame({"risk": [1.0, np.nan, *[0.0] * 10]}, e.value.index)
    assert refused(e, prior=["risk"], about=about) == (
        "The prior must be known of every region; blank for 1 region: r1."
    )
    assert refused(e, prior=["risk"], about=about.iloc[2:].fillna(0)) == (
        "Every region must have one row in the table of what is known of regions; without: r0, r1; repeated: none. Add or "
        "drop rows."
    )
    assert refused(made([0.1, 0.2], np.eye(2))) == (
        "Shrinking needs three regions with evidence of their own or more; there are 2."
    )
    assert refused(made([0.1, 0.2, 0.3, 0.4], np.diag([1.0, 0.0, 1.0, 1.0]))) == (
        "Every region must have a standard error above zero; without one: 1 region, r1. A zero error "
        "would make its estimate the truth."
    )
    many = pd.DataFrame({"town": [f"t{i}" for i in range(12)]}, e.value.index)
    assert refused(e, prior=["town"], about=many) == (
        "The prior has 12 columns with its constant (town), for 12 regions with evidence of their own; it needs 3 regions a "
        "column, and none that the others imply. Leave some out."
    )
    posterior = Estimate(e.value, Gaussian(e.noise.cov(), "posterior"), blank_cells(e.value))
    assert refused(posterior) == (
        "Shrinking needs sampling noise; this estimate has posterior noise. Shrink what it was made of."
    )
