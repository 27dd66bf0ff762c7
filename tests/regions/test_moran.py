"""Moran's I and local Moran: against a slow loop, known maps, and simulations with a known truth."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from impact import Draws, Estimate, Gaussian, Influence, InputError
from impact.regions import _field
from impact.regions import moran as m
from impact.regions import neighbours as near

SIDE = 6


def checkered(side):
    """Squares of a board, who shares a line with whom, and where they are."""
    at = [(row, column) for row in range(side) for column in range(side)]
    pairs = [(a, b) for a in at for b in at if b in ((a[0] + 1, a[1]), (a[0], a[1] + 1))]
    name = "r{0[0]}{0[1]}".format
    table = pd.DataFrame([(name(a), name(b)) for a, b in pairs], columns=["code", "neighbour"])
    return near.weights([name(one) for one in at], table), np.array(at)


BOARD, AT = checkered(SIDE)
N = len(AT)
APART = np.abs(AT[:, None] - AT).sum(axis=2)
SIZES = np.exp(np.random.default_rng(3).normal(0, 0.7, N))  # small regions have large errors
SHARED = np.exp(-APART / 2) * np.sqrt(np.outer(SIZES, SIZES))  # regions share comparison firms with those nearby
GRADIENT, CHECKS = AT[:, 0] - AT[:, 0].mean(), (-1.0) ** AT.sum(axis=1)


def estimate(value, noise=None, codes=BOARD.codes, kind="sampling"):
    value = np.asarray(value, float)
    e = Estimate.from_covariance(pd.Series(value, pd.Index(codes, name="region")), np.eye(len(value)))
    return replace(e, noise=Gaussian(np.eye(len(value)) if noise is None else noise, kind))


def errors(rng, noise=SHARED):
    return np.linalg.cholesky(noise) @ rng.standard_normal(len(noise))


def refusal(function, *given, **named):
    with pytest.raises(InputError) as caught:
        function(*given, **named)
    return str(caught.value)


# ---- the index ------------------------------------------------------------------------------------------------------


def by_hand(value, w):
    """Moran (1950), term by term."""
    n, centre = len(value), sum(value) / len(value)
    total = across = 0.0
    for i in range(n):
        for j in range(n):
            total += w[i, j]
            across += w[i, j] * (value[i] - centre) * (value[j] - centre)
    return n / total * across / sum((one - centre) ** 2 for one in value)


@pytest.mark.parametrize("standardise", [True, False])
def test_the_index_is_the_formula_term_by_term(standardise):
    rng = np.random.default_rng(0)
    pairs = pd.DataFrame({"code": list("aabcddf"), "neighbour": list("bccdefa")})
    w = near.weights("abcdef", pairs, standardise)
    value = rng.standard_normal(6)
    found = m.moran(estimate(value, codes=list("abcdef")), w, 9, 1)
    assert found["moran"] == pytest.approx(by_hand(value, w.matrix.toarray()))
    assert found["expected"] == -1 / 5
    again = m.over_draws(estimate(value, codes=list("abcdef")), w, 3, 1)
    drawn = value + Gaussian(np.eye(6)).draws(3, np.random.default_rng(1))
    assert again == pytest.approx([by_hand(one, w.matrix.toarray()) for one in drawn])


def test_a_chequerboard_is_minus_one_and_a_gradient_is_near_one():
    assert m.moran(estimate(CHECKS), BOARD, 9, 1)["moran"] == pytest.approx(-1)
    # rows of 6: (n / S₀) = 1; every square's neighbours in its own row count for it, so only the edges fall short of z
    assert m.moran(estimate(GRADIENT), BOARD, 9, 1)["moran"] == pytest.approx(by_hand(GRADIENT, BOARD.matrix.toarray()))
    assert m.moran(estimate(GRADIENT), BOARD, 9, 1)["moran"] > 0.85


def test_without_a_pattern_its_mean_is_expected():
    rng = np.random.default_rng(2)
    found = _field.index(rng.standard_normal((20_000, N)), BOARD)
    assert found.mean() == pytest.approx(-1 / (N - 1), abs=4 * found.std() / np.sqrt(len(found)))


def test_units_of_measurement_and_the_mean_do_not_matter():
    value = GRADIENT + errors(np.random.default_rng(4))
    one = m.moran(estimate(value, SHARED), BOARD, 199, 1, 99)
    other = m.moran(estimate(40 - 3 * value, 9 * SHARED), BOARD, 199, 1, 99)
    fixed = ["moran", "moran_without_noise", "p_common_effect", "p_no_pattern", "p_permutation"]
    assert other[fixed].to_numpy(float) == pytest.approx(one[fixed].to_numpy(float))
    assert other["true_spread"] == pytest.approx(3 * one["true_spread"])


def test_the_order_of_regions_does_not_matter():
    rng = np.random.default_rng(5)
    value, order = GRADIENT + errors(rng), rng.permutation(N)
    e = estimate(value, SHARED)
    one, other = (m.moran(given, BOARD, 199, 1, 99) for given in (e, e.at(order)))
    pd.testing.assert_series_equal(one, other)
    tables = [m.local(given, BOARD, 2000, 1) for given in (e, e.at(order))]
    pd.testing.assert_frame_equal(*tables)
    turned = m.moran(e, BOARD.among(BOARD.codes[order]), 199, 1)
    assert turned[["moran", "moran_without_noise", "true_spread"]].to_numpy(float) == pytest.approx(
        one[["moran", "moran_without_noise", "true_spread"]].to_numpy(float)
    )


def test_noise_is_taken_off_above_and_below_the_line():
    rng = np.random.default_rng(6)
    truth = 2 * GRADIENT
    found = [m.moran(estimate(truth + errors(rng), SHARED), BOARD, 9, 1) for _ in range(100)]
    plain, without = (np.mean([one[name] for one in found]) for name in ("moran", "moran_without_noise"))
    goal = by_hand(truth, BOARD.matrix.toarray())
    assert abs(without - goal) < 0.01 < 0.03 < goal - plain


def test_effects_that_differ_less_than_their_noise_have_no_index_without_noise():
    found = m.moran(estimate(0.01 * GRADIENT, np.eye(N)), BOARD, 99, 1)
    assert np.isnan(found["moran_without_noise"])
    assert found["true_spread"] == 0


def test_the_true_spread_is_found_through_joint_noise():
    rng = np.random.default_rng(7)
    drawn = (estimate(2 * rng.standard_normal(N) + errors(rng), SHARED) for _ in range(300))
    found = [_field.true_variance(_field.of(e, BOARD)) for e in drawn]
    assert np.mean(found) == pytest.approx(4, abs=4 * np.std(found) / np.sqrt(300))
    exact = _field.true_variance(_field.of(estimate(GRADIENT, np.zeros((N, N))), BOARD))
    assert exact == pytest.approx(GRADIENT.var(ddof=1))


# ---- size and power -------------------------------------------------------------------------------------------------


def p_values(spread, repetitions, seed, truth=0.0):
    rng, names = np.random.default_rng(seed), ["p_common_effect", "p_no_pattern", "p_permutation"]
    rows = []
    for at in range(repetitions):
        value = truth + spread * rng.standard_normal(N) + errors(rng)
        rows.append(m.moran(estimate(value, SHARED), BOARD, 199, at, 199)[names].astype(float))
    return pd.DataFrame(rows)


def test_size_where_all_effects_are_the_same():
    """Joint noise alone makes a pattern: rearranging the estimates finds it nearly always, the tests with noise do not."""
    share = (p_values(0, 500, 1) <= 0.05).mean()
    error = np.sqrt(0.05 * 0.95 / 500)
    assert abs(share["p_common_effect"] - 0.05) < 3.5 * error
    assert share["p_no_pattern"] < 0.05 + 3.5 * error
    assert share["p_permutation"] > 0.7


def test_size_where_true_effects_differ_without_a_pattern():
    """Then "all the same" is wrong and is rejected, which is no sign of a pattern; "no pattern" is true and is kept."""
    share = (p_values(1, 500, 2) <= 0.05).mean()
    assert abs(share["p_no_pattern"] - 0.05) < 3.5 * np.sqrt(0.05 * 0.95 / 500)
    assert share["p_common_effect"] > 0.15
    assert share["p_permutation"] > 0.2


def test_power_where_true_effects_have_a_pattern():
    assert (p_values(0, 100, 3, truth=GRADIENT) <= 0.05).mean()["p_no_pattern"] > 0.9
    assert (p_values(0, 100, 3, truth=4 * CHECKS) <= 0.05).mean()["p_no_pattern"] > 0.9


def test_without_noise_rearranging_and_drawing_agree():
    value = np.random.default_rng(8).standard_normal(N)
    found = m.moran(estimate(value, 1e-12 * np.eye(N)), BOARD, 9999, 1, 9999)
    assert found["p_no_pattern"] == pytest.approx(found["p_permutation"], abs=0.03)


def test_no_noise_at_all_has_no_test_of_a_common_effect():
    found = m.moran(estimate(GRADIENT, np.zeros((N, N))), BOARD, 99, 1)
    assert np.isnan(found["p_common_effect"])
    assert found["p_no_pattern"] == 2 / 100
    assert found["lower"] == found["upper"] == pytest.approx(found["moran"])


def test_influence_draws_and_a_covariance_agree():
    rng = np.random.default_rng(9)
    rows = rng.standard_normal((400, N)) @ np.linalg.cholesky(SHARED).T / 20
    value = 0.5 * GRADIENT + errors(rng)
    resamples = pd.RangeIndex(20_000)
    noises = (
        Influence.dense(pd.RangeIndex(400), rows),
        Gaussian(rows.T @ rows),
        Draws(resamples, Gaussian(rows.T @ rows).draws(len(resamples), rng)),
    )
    found = [m.moran(replace(estimate(value), noise=noise), BOARD, 4000, 1) for noise in noises]
    for other in found[1:]:
        assert other[["moran", "moran_without_noise", "mean_of_draws", "lower", "upper"]].to_numpy(
            float
        ) == pytest.approx(
            found[0][["moran", "moran_without_noise", "mean_of_draws", "lower", "upper"]].to_numpy(float), abs=0.04
        )
        assert other["p_no_pattern"] == pytest.approx(found[0]["p_no_pattern"], abs=0.05)


# ---- a posterior ----------------------------------------------------------------------------------------------------


def posterior(rng, prior, noise):
    """Draw true effects from the prior and estimates from the truth; return the truth and its posterior."""
    truth = np.linalg.cholesky(prior) @ rng.standard_normal(len(prior))
    gain = prior @ np.linalg.inv(prior + noise)
    left = prior - gain @ prior
    return truth, estimate(gain @ (truth + errors(rng, noise)), (left + left.T) / 2, kind="posterior")


@pytest.mark.parametrize("prior", [np.eye(N), np.exp(-APART / 3)], ids=["scattered", "smooth"])
def test_the_interval_of_a_posterior_covers_the_index_of_the_true_effects(prior):
    rng, covered = np.random.default_rng(10), []
    for at in range(300):
        truth, e = posterior(rng, prior, SHARED)
        found = m.moran(e, BOARD, 399, at, confidence=0.9)
        covered.append(found["lower"] <= _field.index(truth[None], BOARD)[0] <= found["upper"])
    assert np.mean(covered) == pytest.approx(0.9, abs=3.5 * np.sqrt(0.09 / 300))


def test_a_posterior_has_no_p_value_but_a_chance():
    e = estimate(2 * GRADIENT, SHARED, kind="posterior")
    found = m.moran(e, BOARD, 499, 1, 99)
    assert (
        found[["moran_without_noise", "true_spread", "p_common_effect", "p_no_pattern", "p_permutation"]].isna().all()
    )
    assert found["chance_above_expected"] == 1
    assert np.isnan(m.moran(estimate(GRADIENT), BOARD, 99, 1)["chance_above_expected"])


def test_shrunken_means_have_clusters_that_true_effects_and_draws_do_not_have():
    rng, found = np.random.default_rng(11), []
    for at in range(100):
        truth, e = posterior(rng, np.exp(-APART), 4 * np.eye(N))
        of_means = m.moran(e, BOARD, 99, at)
        found.append([_field.index(truth[None], BOARD)[0], of_means["mean_of_draws"], of_means["moran"]])
    truth, draws, means = np.mean(found, axis=0)
    assert draws == pytest.approx(truth, abs=0.05)
    assert means > truth + 0.1


# ---- local ----------------------------------------------------------------------------------------------------------

WIDE, PLACE = checkered(9)
HOT = ((PLACE > 2) & (PLACE < 6)).all(axis=1)  # nine squares in the middle
CORE = HOT & (np.abs(PLACE - 4).sum(axis=1) < 2)  # five of them, most neighbours of which are hot


def test_local_moran_is_the_formula_and_its_mean_is_the_index():
    value = GRADIENT + errors(np.random.default_rng(12))
    table = m.local(estimate(value, SHARED), BOARD, 2000, 1)
    z, w = value - value.mean(), BOARD.matrix.toarray()
    assert table["local_moran"].to_numpy() == pytest.approx([z[i] * sum(w[i] * z) / np.mean(z**2) for i in range(N)])
    assert table["local_moran"].mean() == pytest.approx(by_hand(value, w))
    assert table["lag"].to_numpy() == pytest.approx(w @ z)
    assert (table["p_value"] <= table["p_benjamini_hochberg"]).all()


def test_a_region_is_tested_given_its_own_value_with_the_joint_noise():
    """The t of one region, from the covariance of its own value and its lag; draws of t have mean 0 and variance 1."""
    field = _field.of(estimate(GRADIENT, SHARED), BOARD)
    unusual = _field.given_own(field, 0.5)
    centring = np.eye(N) - 1 / N
    joint = centring @ (0.5 * np.eye(N) + SHARED) @ centring
    row = BOARD.matrix.toarray()[7]
    slope = (row @ joint)[7] / joint[7, 7]
    sd = np.sqrt(row @ joint @ row - slope**2 * joint[7, 7])
    assert unusual(GRADIENT[None])[0, 7] == pytest.approx((row @ GRADIENT - slope * GRADIENT[7]) / sd)
    t = np.concatenate(
        [unusual(part @ centring) for part in _field.scattered(field, 0.5, 20_000, np.random.default_rng(1))]
    )
    assert np.abs(t.mean(axis=0)).max() < 0.04
    assert np.abs(t.var(axis=0) - 1).max() < 0.06


def test_the_moments_of_a_rearranged_map_are_those_of_all_its_arrangements():
    value = np.array([3.0, -1.0, 0.5, 2.0, -4.5])
    w = near.weights("abcde", pd.DataFrame({"code": list("aabd"), "neighbour": list("bcce")}))
    rng, others = np.random.default_rng(1), value[1:]
    lags = np.array([(w.matrix @ np.r_[value[0], rng.permutation(others)])[0] for _ in range(40_000)])
    t = (w.matrix @ value)[0]
    assert _field.if_rearranged(value[None], w)[0, 0] == pytest.approx((t - lags.mean()) / lags.std(), abs=0.02)


@pytest.mark.parametrize("spread", [0.0, 1.0])
def test_hardly_a_map_without_a_pattern_has_a_class(spread):
    """With no pattern anywhere every discovery is false, so the rate bounds the share of maps with any."""
    rng, repetitions, rate = np.random.default_rng(13), 200, 0.1
    false = []
    for at in range(repetitions):
        e = estimate(spread * rng.standard_normal(N) + errors(rng), SHARED)
        false.append((m.local(e, BOARD, 999, at, rate=rate)["class"] != "not clear").any())
    assert np.mean(false) < rate + 3.5 * np.sqrt(rate * (1 - rate) / repetitions)


def wide(value, variance, kind="sampling"):
    return estimate(value, variance * np.eye(len(HOT)), WIDE.codes, kind)


def test_a_cluster_is_found_and_few_others():
    rng, false, found = np.random.default_rng(14), [], []
    touching = (WIDE.matrix @ HOT) > 0
    for at in range(60):
        e = wide(4 * HOT + 0.3 * rng.standard_normal(81) + 0.5 * rng.standard_normal(81), 0.25)
        table = m.local(e, WIDE, 1999, at, rate=0.1)
        classed = (table["class"] != "not clear").to_numpy()
        found.append((table["class"] == "high-high")[CORE].mean())
        false.append((classed & ~HOT & ~touching).sum() / max(classed.sum(), 1))
    assert np.mean(found) > 0.9
    assert np.mean(false) < 0.1


@pytest.mark.parametrize(
    ("kind", "sign", "of_centre"),
    [
        ("sampling", 1, "high-high"),
        ("sampling", -1, "low-low"),
        ("posterior", 1, "high-high"),
        ("posterior", -1, "low-low"),
    ],
)
def test_every_class_has_its_place(kind, sign, of_centre):
    value = sign * (4.0 * HOT) + 0.2 * np.random.default_rng(15).standard_normal(81)
    table = m.local(wide(value, 0.04, kind), WIDE, 3999, 1, 3999).set_index("code")["class"]
    assert table["r44"] == of_centre
    value[WIDE.codes.get_loc("r44")] *= -0.5
    table = m.local(wide(value, 0.04, kind), WIDE, 3999, 1, 3999).set_index("code")["class"]
    assert table["r44"] == {"high-high": "low-high", "low-low": "high-low"}[of_centre]


def test_hardly_a_scattered_truth_that_is_known_has_a_class():
    rng, repetitions, rate = np.random.default_rng(17), 200, 0.1
    e = (estimate(rng.standard_normal(N), 1e-6 * np.eye(N), kind="posterior") for _ in range(repetitions))
    found = [(m.local(one, BOARD, 19, at, 999, rate)["class"] != "not clear").any() for at, one in enumerate(e)]
    assert np.mean(found) < rate + 3.5 * np.sqrt(rate * (1 - rate) / repetitions)


def test_a_sure_posterior_is_classed_and_an_unsure_one_is_not():
    value = 4 * HOT + 0.3 * np.random.default_rng(16).standard_normal(81)
    sure, unsure = (m.local(wide(value, variance, "posterior"), WIDE, 199, 1, 3999) for variance in (0.01, 9))
    assert (sure.loc[CORE, "class"] == "high-high").all()
    assert (sure.loc[CORE, "share_high_high"] >= 0.95).all()
    assert sure[["p_value", "p_benjamini_hochberg"]].isna().all(axis=None)
    assert set(unsure["class"]) == {"not clear"}
    assert (unsure.loc[CORE, "share_high_high"] < 0.5).all()


def test_what_is_not_clear_is_named_by_what_it_lacks():
    codes = [*BOARD.codes, "island", "alone", "unknown"]
    at, to = BOARD.matrix.nonzero()
    pairs = pd.DataFrame({"code": BOARD.codes[at], "neighbour": BOARD.codes[to]})
    pairs = pd.concat([pairs, pd.DataFrame({"code": ["alone"], "neighbour": ["unknown"]})])
    w = near.weights(codes, pairs)
    value = np.r_[GRADIENT, 1.0, 2.0]
    value[3] = np.nan
    table = m.local(estimate(value, codes=codes[:-1]), w, 2000, 1).set_index("code")
    assert table.index.tolist() == codes
    lacking = {"r03": "no value", "unknown": "no value", "island": "no neighbours", "alone": "no neighbours"}
    assert table.loc[list(lacking), "class"].to_dict() == lacking
    assert table.loc[list(lacking), "local_moran"].isna().all()
    assert table["estimate"].isna().sum() == 2
    assert not table["class"].isin(["no value", "no neighbours"])[[c for c in codes if c not in lacking]].any()
    assert m.moran(estimate(value, codes=codes[:-1]), w, 9, 1)["regions"] == N - 1


def test_columns_keep_their_names_for_both_kinds():
    columns = ["code", "estimate", "lag", "local_moran", "p_value", "p_benjamini_hochberg"]
    columns += ["share_high_high", "share_low_low", "share_high_low", "share_low_high", "class"]
    for kind in ("sampling", "posterior"):
        assert m.local(estimate(GRADIENT, kind=kind), BOARD, 2000, 1, 2000).columns.tolist() == columns


def test_korea_runs_by_the_codes_of_the_register():
    w = near.weights(near.register.units()["code"], near.neighbours())
    latitude = near.register.units().set_index("code")["latitude"]
    e = Estimate.from_covariance(latitude.rename_axis("region"), 0.01 * np.eye(229))
    found = m.moran(e, w, 99, 1)
    assert found["regions"] == 223
    assert found["moran"] > 0.9
    classes = m.local(e, w, 8920, 1).set_index("code")["class"]
    assert (classes == "no neighbours").sum() == 6
    assert classes["50110"] == "low-low"


# ---- what is refused ------------------------------------------------------------------------------------------------


def test_noise_that_is_of_a_null_is_refused():
    said = (
        "Moran's I needs sampling or posterior noise; this estimate has null noise, which says nothing about how far effects are "
        "from the truth. Give it the estimate itself."
    )
    for function in (m.moran, m.local, m.over_draws):
        assert refusal(function, estimate(GRADIENT, kind="null"), BOARD, 2000, 1) == said


def test_effects_that_are_not_of_regions_are_refused():
    both = pd.MultiIndex.from_product([["r00", "r01"], [2020, 2021]], names=["region", "period"])
    assert refusal(m.moran, Estimate.from_covariance(pd.Series(0.0, both), np.eye(4)), BOARD, 9, 1) == (
        "Moran's I needs one effect for each region; this estimate is over region, period. Average it first, for example with "
        'e.by("region").'
    )
    assert refusal(m.moran, estimate([1, 2, 3, 4], codes=["r00", "r01", "x", "y"]), BOARD, 9, 1) == (
        "The weights must know every region; they do not know x, y. Theirs are r00, r01, r02, r03, r04 and more. Make them of "
        "the codes that the regions have."
    )
    assert refusal(m.moran, estimate([1, 2, 3, 4], codes=["r00", "r01", "r02", "r55"]), BOARD, 9, 1) == (
        "Moran's I needs at least 4 regions that have a value and a neighbour with a value; seen: 3. Use larger regions, or "
        "weights with more neighbours."
    )
    assert (
        refusal(m.moran, estimate(np.ones(N)), BOARD, 9, 1) == "Moran's I needs effects that differ; all are the same."
    )


def test_numbers_that_make_no_sense_are_refused():
    e = estimate(GRADIENT)
    assert refusal(m.moran, e, BOARD, 0, 1) == "draws must be 1 or more; seen: 0. 999 is usual."
    assert refusal(m.moran, e, BOARD, 9, 1, confidence=95) == (
        "confidence must lie between 0 and 1; seen: 95. Write 0.95 for 95 %."
    )
    assert refusal(m.local, e, BOARD, 2000, 1, rate=5) == (
        "rate must lie between 0 and 1; seen: 5. Write 0.05 for 5 % false discoveries."
    )


def test_too_few_draws_to_find_a_region_are_refused():
    said = (
        "{} must be at least 2 × regions / rate = 1,440 for 36 regions at a rate of 0.05, or no region alone could be found; "
        "seen: {}."
    )
    assert refusal(m.local, estimate(GRADIENT), BOARD, 999, 1) == said.format("draws", 999)
    assert refusal(m.local, estimate(GRADIENT, kind="posterior"), BOARD, 999, 1) == said.format("permutations", 0)
