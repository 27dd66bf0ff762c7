"""Grades against every possible grading, an integer programme and what they promise; what is refused."""

import itertools

import numpy as np
import pandas as pd
import pytest
from priorities.invented import posterior, regions, shrunken
from scipy import optimize, sparse, stats

from impact import Draws, Estimate, InputError
from impact.estimates import blank_cells
from impact.priorities.grades import Grades, discordance_rate, grades, probabilities


def random_posterior(seed, n):
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((n, n)) * rng.lognormal(0, 1, n)[:, None]
    return posterior(rng.standard_normal(n), root @ root.T / n)


def gains(e, weight):
    """W_ij = λ P_ij − P_ji, by the normal distribution of each difference."""
    mean, cov = e.value.to_numpy(), e.noise.cov()
    w = np.zeros(cov.shape)
    for i, j in itertools.permutations(range(len(mean)), 2):
        above = stats.norm.cdf((mean[i] - mean[j]) / np.sqrt(cov[i, i] + cov[j, j] - 2 * cov[i, j]))
        w[i, j] = weight * above - (1 - above)
    return w


def gain(w, grade):
    return w[np.asarray(grade)[:, None] < np.asarray(grade)].sum()


def every_cut(e):
    """Every grading in the order of means."""
    n, order = len(e.value), np.argsort(-e.value.to_numpy())
    for cuts in itertools.product([0, 1], repeat=n - 1):
        grade = np.empty(n, int)
        grade[order] = np.cumsum([0, *cuts])
        yield grade


def best_of_all(w):
    """Solve exactly: G_ij = 1 where i is graded above j; never both ways, and who is neither above nor below is alike to all.

    "Alike" must be transitive, as grades are: G_ik ≤ G_ij + G_jk.
    """
    n = len(w)
    at = {pair: number for number, pair in enumerate(itertools.permutations(range(n), 2))}
    rows = [([at[i, j], at[j, i]], [1, 1], 1) for i, j in itertools.combinations(range(n), 2)]
    rows += [([at[i, k], at[i, j], at[j, k]], [1, -1, -1], 0) for i, j, k in itertools.permutations(range(n), 3)]
    matrix = sparse.csr_array(
        (
            np.concatenate([row[1] for row in rows]),
            (np.repeat(np.arange(len(rows)), [len(row[0]) for row in rows]), np.concatenate([row[0] for row in rows])),
        ),
        shape=(len(rows), len(at)),
    )
    solved = optimize.milp(
        -np.array([w[pair] for pair in at]),
        integrality=np.ones(len(at)),
        bounds=optimize.Bounds(0, 1),
        constraints=optimize.LinearConstraint(matrix, ub=[row[2] for row in rows]),
    )
    return -solved.fun


# ---- the best grading ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weight", [0, 0.25, 0.5, 0.8, 1])
@pytest.mark.parametrize("n", [5, 6])
@pytest.mark.parametrize("seed", range(5))
def test_grades_are_the_best_among_all_in_the_order_of_means(seed, n, weight):
    e = random_posterior(seed, n)
    w, found = gains(e, weight), grades(e, weight)
    assert found.gain == pytest.approx(max(gain(w, grade) for grade in every_cut(e)), abs=1e-12)
    assert found.gain == pytest.approx(gain(w, found.table["grade"]), abs=1e-12)


def test_the_integer_programme_is_the_best_of_every_grading():
    for seed in range(4):
        w = gains(random_posterior(seed, 5), 0.5)
        every = max(gain(w, grade) for grade in itertools.product(range(5), repeat=5))
        assert best_of_all(w) == pytest.approx(every, abs=1e-9)


def test_grading_in_the_order_of_means_is_not_always_the_best_of_all():
    """The counter-example: posterior standard deviations from 0.02 to 2.91."""
    e = posterior([-1.06, -0.15, -0.48, -0.65, -0.13], np.diag(np.square([0.63, 0.12, 0.02, 0.88, 2.91])))
    assert grades(e, 0.5).gain == pytest.approx(0.759, abs=5e-4)
    assert best_of_all(gains(e, 0.5)) == pytest.approx(0.831, abs=5e-4)


def test_the_gap_to_the_best_of_all_is_usually_nothing_and_never_negative():
    """Ten regions as invented, shrunken with the prior known, twenty drawings: the gap in all, and where there is one."""
    gap = []
    for seed in range(20):
        e = shrunken(regions(np.random.default_rng(seed), 10))
        found, best = grades(e, 0.5).gain, best_of_all(gains(e, 0.5))
        gap.append((best - found) / max(best, 1e-12))
    assert min(gap) > -1e-9
    assert np.mean(np.array(gap) < 1e-6) >= 0.75


def test_weight_0_gives_one_grade_and_weight_1_a_full_ranking():
    e = random_posterior(1, 7)
    assert grades(e, 0).sizes.tolist() == [7]
    full = grades(e, 1).table
    assert full.sort_values("estimate", ascending=False)["grade"].tolist() == list(range(1, 8))


@pytest.mark.parametrize(("p", "alike"), [(0.79, True), (0.81, False)])
def test_two_regions_are_told_apart_from_1_over_1_plus_weight(p, alike):
    e = posterior([stats.norm.ppf(p) * np.sqrt(2), 0.0], np.eye(2))
    assert (len(grades(e, 0.25).sizes) == 1) == alike


# ---- what it says -------------------------------------------------------------------------------------------------------


def test_discordances_are_those_by_hand():
    e = posterior([0.30, 0.28, 0.05], 0.01 * np.eye(3))
    wrong = [stats.norm.cdf(-0.25 / np.sqrt(0.02)), stats.norm.cdf(-0.23 / np.sqrt(0.02))]
    found = grades(e)
    assert found.table["grade"].tolist() == [1, 1, 2]
    assert found.sizes.to_dict() == {1: 2, 2: 1}
    assert found.discordance == pytest.approx(sum(wrong) / 3, abs=1e-15)
    assert found.discordance_of_separated == pytest.approx(sum(wrong) / 2, abs=1e-15)
    assert found.gain == pytest.approx(sum(0.25 * (1 - p) - p for p in wrong), abs=1e-15)
    np.testing.assert_allclose(found.table["discordance"], [*wrong, sum(wrong) / 2], atol=1e-15)
    np.testing.assert_allclose(found.table["std_error"], 0.1)
    assert (found.largest, found.separates, found.weight) == (pytest.approx(2 / 3), True, 0.25)
    assert discordance_rate(e, found.table["grade"]) == found.discordance_of_separated


def test_one_grade_with_more_than_80_percent_does_not_separate():
    def held(largest):
        return Grades(pd.DataFrame(), pd.Series({1: largest, 2: 100 - largest}), 0.25, 0.0, 0.0, 0.0).separates

    assert (held(80), held(81)) == (True, False)


def test_expected_discordance_is_what_happens():
    """200 drawings of 60 regions: expected less true shares of wrong orders, against the error of their mean."""
    rng, gap = np.random.default_rng(5), []
    for _ in range(200):
        drawn = regions(rng, 60)
        found, truth = grades(shrunken(drawn), 0.5), drawn["truth"].to_numpy()
        grade = found.table["grade"].to_numpy()
        wrong = ((grade[:, None] < grade) & (truth[:, None] < truth)).sum() / (60 * 59 / 2)
        gap.append(found.discordance - wrong)
    assert abs(np.mean(gap)) < 3.5 * np.std(gap) / np.sqrt(len(gap))


STATED = {0.25: (3, 0.023), 0.5: (6, 0.12), 0.8: (14, 0.25)}


@pytest.mark.parametrize("weight", STATED)
def test_grades_of_229_noisy_regions_are_as_few_and_as_wrong_as_was_measured(weight):
    """Means of twelve drawings against one that was measured once: within 3.5 standard deviations between drawings."""
    drawn = [grades(shrunken(regions(np.random.default_rng(seed))), weight) for seed in range(12)]
    number, wrong = [len(found.sizes) for found in drawn], [found.discordance for found in drawn]
    for seen, stated in ((number, STATED[weight][0]), (wrong, STATED[weight][1])):
        assert abs(np.mean(seen) - stated) < 3.5 * np.std(seen, ddof=1)
    assert all(found.separates == (weight > 0.25) for found in drawn)


def test_orders_and_probabilities_follow_the_labels():
    e = random_posterior(2, 6)
    e = Estimate(e.value.set_axis(list("abcdef")), e.noise, e.cells.set_axis(list("abcdef")))
    turned = e.at(np.array([3, 1, 5, 0, 4, 2]))
    pd.testing.assert_frame_equal(grades(turned, 0.5).table.loc[list("abcdef")], grades(e, 0.5).table)
    p = probabilities(turned)
    np.testing.assert_allclose(p + p.T, 1, atol=1e-15)
    assert p.loc["a", "f"] == pytest.approx(probabilities(e).loc["a", "f"], abs=1e-15)


# ---- draws --------------------------------------------------------------------------------------------------------------


def drawn_posterior(mean, errors):
    value = pd.Series(mean)
    return Estimate(
        value, Draws(pd.RangeIndex(len(errors)), np.asarray(errors, float), "posterior"), blank_cells(value)
    )


def test_draws_are_counted_and_ties_count_half():
    e = drawn_posterior([1.0, 0.0], [[0, 0], [-1, 0], [-2, 0], [3, 0]])  # above, equal, below, above
    assert probabilities(e).to_numpy().tolist() == [[0.5, 2.5 / 4], [1.5 / 4, 0.5]]


def test_draws_give_what_their_normal_gives_within_monte_carlo_error():
    e = random_posterior(4, 6)
    errors = np.random.default_rng(1).multivariate_normal(np.zeros(6), e.noise.cov(), 20_000)
    by_draws, exact = probabilities(drawn_posterior(e.value, errors)), probabilities(e)
    assert (by_draws - exact).abs().to_numpy().max() < 4.5 * np.sqrt(0.25 / 20_000)  # thirty numbers at once
    assert grades(drawn_posterior(e.value, errors), 0.5).table["grade"].equals(grades(e, 0.5).table["grade"])


# ---- odd input ----------------------------------------------------------------------------------------------------------


def test_equal_regions_share_a_grade_and_known_ones_are_told_apart():
    assert grades(posterior([1.0, 0.0, 0.0], np.zeros((3, 3)))).table["grade"].tolist() == [1, 2, 2]
    same = grades(posterior([2.0, 2.0, 2.0], np.diag([1.0, 2.0, 3.0])))
    assert same.table["grade"].tolist() == [1, 1, 1]
    assert (same.discordance, same.separates) == (0, False)
    assert np.isnan(same.discordance_of_separated)
    assert same.table["discordance"].isna().all()


def test_one_region_and_none():
    one = grades(posterior([1.0], np.eye(1)))
    assert (one.table["grade"].tolist(), one.separates) == ([1], False)
    assert np.isnan(one.discordance)
    none = grades(posterior([], np.empty((0, 0))))
    assert (len(none.table), none.separates) == (0, False)


def test_perfectly_correlated_regions_are_told_apart_by_their_means():
    assert grades(posterior([0.1, 0.0], np.ones((2, 2)))).table["grade"].tolist() == [1, 2]


def test_a_region_without_a_posterior_has_no_grade():
    found = grades(posterior([1.0, np.nan, 0.0], 0.01 * np.eye(3)))
    assert found.table["grade"].isna().tolist() == [False, True, False]
    assert found.sizes.to_dict() == {1: 1, 2: 1}


E = posterior([1.0, 0.0], np.eye(2))
REFUSED = {
    "Grades need a posterior; this estimate has sampling noise. Shrink it first: impact.shrink(estimate).": lambda: (
        grades(Estimate.from_covariance({"a": 1.0}, np.eye(1)))
    ),
    "Grades need an Estimate with a posterior; seen: Series. Shrink an estimate first: impact.shrink(estimate).": lambda: (
        grades(pd.Series([1.0]))
    ),
    "weight must lie from 0 (one grade) to 1 (a full ranking); seen: 2. 0.25 is usual.": lambda: grades(E, 2),
    "Every label must have a row in `grade`; 1 have none: 1. Add them.": lambda: discordance_rate(E, pd.Series([1])),
    "A covariance must be symmetric and without blanks; this one is not. Check how it was read.": lambda: grades(
        posterior([1.0, 0.0], np.diag([1.0, np.nan]))
    ),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_cannot_be_graded_is_refused_with_its_sentence(message):
    with pytest.raises(InputError) as told:
        REFUSED[message]()
    assert str(told.value) == message
