"""Rank sets against a plain twin, another package and what they promise; what is refused."""

import itertools

import numpy as np
import pandas as pd
import pytest
from priorities.invented import posterior, regions
from reference.calls import HERE as REFERENCE
from scipy import stats

from impact import Estimate, Gaussian, InputError
from impact.estimates import blank_cells
from impact.priorities import _given
from impact.priorities.ranks import among_best, rank_sets

LIMIT = 3.5  # Monte Carlo errors beyond which a deviation counts


def random_case(seed, n=6, spread=2.0):
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((n, n))
    return spread * rng.standard_normal(n), root @ root.T / n


def sets(table):
    return list(zip(table["rank_best"], table["rank_worst"], strict=True))


# ---- what they are ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("distance", [1.90, 2.02])
def test_two_labels_are_ordered_where_an_ordinary_test_tells_them_apart(distance):
    """One pair: c is 1.960, known from 50,000 draws to 0.009 (√(pq/K) / density of |z|): between 1.90 and 2.02."""
    told = rank_sets([distance, 0.0], np.diag([0.36, 0.64]), draws=50_000)
    assert sets(told) == ([(1, 1), (2, 2)] if distance > stats.norm.ppf(0.975) else [(1, 2), (1, 2)])


def plain(value, cov, kind, confidence, draws, seed, stepdown):
    """The definition, one hypothesis "j is not above k" at a time, on the same errors."""
    n = len(value)
    errors = _given.errors(cov, draws, np.random.default_rng(seed))
    s = {(j, k): np.sqrt(cov[j, j] + cov[k, k] - 2 * cov[j, k]) for j, k in itertools.permutations(range(n), 2)}
    proven = set()

    def step_down(family):
        left = set(family)
        while left:
            largest = [max((e[j] - e[k]) / s[j, k] for j, k in left) for e in errors]
            critical = sorted(largest)[int(np.ceil(confidence * draws)) - 1]
            rejected = {(j, k) for j, k in left if (value[j] - value[k]) / s[j, k] > critical}
            left -= rejected
            if not rejected or not stepdown:
                break
        return set(family) - left

    if kind == "simultaneous":
        proven = step_down(s)
        families = dict.fromkeys(range(n), proven)
    else:
        families = {j: step_down([pair for pair in s if j in pair]) for j in range(n)}
    return [(1 + sum(b == j for _, b in families[j]), n - sum(a == j for a, _ in families[j])) for j in range(n)]


@pytest.mark.parametrize("stepdown", [True, False])
@pytest.mark.parametrize("kind", ["marginal", "simultaneous"])
@pytest.mark.parametrize("seed", range(5))
def test_sets_are_those_of_a_plain_twin(seed, kind, stepdown):
    value, cov = random_case(seed)
    found = rank_sets(value, cov, kind, 0.9, draws=200, seed=seed, stepdown=stepdown)
    assert sets(found) == plain(value, cov, kind, 0.9, 200, seed, stepdown)


def test_stepping_down_shortens_and_simultaneous_sets_hold_marginal_ones():
    shorter = 0
    for seed in range(20):
        value, cov = random_case(seed, n=10)
        found = {
            (kind, step): rank_sets(value, cov, kind, draws=500, stepdown=step)
            for kind in ("marginal", "simultaneous")
            for step in (True, False)
        }
        for wide, narrow in [
            (found["marginal", False], found["marginal", True]),
            (found["simultaneous", False], found["simultaneous", True]),
            (found["simultaneous", True], found["marginal", True]),
        ]:
            assert (wide["rank_best"] <= narrow["rank_best"]).all()
            assert (wide["rank_worst"] >= narrow["rank_worst"]).all()
        shorter += not found["marginal", True].equals(found["marginal", False])
    assert shorter > 3


def test_labels_travel_and_nothing_depends_on_units_or_on_the_level():
    value, cov = random_case(3)
    labels = pd.Index(list("fedcba"), name="region")
    series, frame = pd.Series(value, labels), pd.DataFrame(cov, labels, labels)
    first = rank_sets(series, frame)
    assert first.index.equals(labels)
    assert rank_sets(series, frame.loc[labels[::-1], labels[::-1]]).equals(first)
    assert rank_sets(dict(series), frame).set_axis(labels).equals(first)
    assert rank_sets(1000 * value + 7, 1e6 * cov).set_axis(labels).equals(first)
    assert rank_sets(Estimate.from_covariance(series, cov)).equals(first)
    assert rank_sets(series, cov, seed=np.random.default_rng(1)).equals(first)


# ---- another package ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reference():
    return pd.read_csv(REFERENCE / "csranks.csv")


@pytest.fixture(scope="module")
def pisa(golden):
    return golden("pisa2018.csv").dropna(subset=["math_score", "math_se"]).set_index("jurisdiction")


CALLS = {
    "marginal": ("marginal", 0.95, True),
    "simultaneous": ("simultaneous", 0.95, True),
    "simultaneous_nostep": ("simultaneous", 0.95, False),
    "simultaneous90": ("simultaneous", 0.90, True),
}


@pytest.mark.parametrize("name", CALLS)
def test_sets_agree_with_csranks_by_one_place(name, pisa, reference):
    """One place: both draw critical values, and a country whose statistic stands beside one may be counted or not."""
    kind, confidence, stepdown = CALLS[name]
    found = rank_sets(
        pisa["math_score"], np.diag(pisa["math_se"] ** 2), kind, confidence, draws=20_000, stepdown=stepdown
    )
    for column, estimand in (("rank_best", f"rank_low_{name}"), ("rank_worst", f"rank_high_{name}")):
        theirs = reference[reference["estimand"] == estimand].set_index("label")["value"].reindex(found.index)
        assert theirs.notna().all()
        assert (found[column] - theirs).abs().max() <= 1
        assert (found[column] != theirs).sum() <= 2


@pytest.mark.parametrize("best", [3, 5, 10])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_who_may_be_among_the_best_agrees_with_csranks(best, confidence, pisa, reference):
    found = among_best(pisa["math_score"], np.diag(pisa["math_se"] ** 2), best, confidence, draws=20_000)
    of = reference[reference["estimand"] == f"tau_best_member_{best}_{confidence:g}"].set_index("label")["value"]
    assert len(of) == len(found)
    assert (
        found["possible"] != of.reindex(found.index).astype(bool)
    ).sum() <= 1  # one may stand beside the critical value
    assert (found["possible"] | ~found["certain"]).all()


# ---- what they promise --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def covered():
    """Tell for 600 repetitions of eight related regions, two of them truly equal, which sets hold the truth."""
    truth = np.array([2.0, 1.5, 1.5, 0.7, 0.3, 0.0, -1.0, -3.0])
    true = 1 + (truth > truth[:, None]).sum(axis=1)
    error = np.array([0.3, 0.5, 0.2, 0.8, 0.4, 0.3, 0.6, 0.3])
    cov = np.outer(error, error) * (0.4 + 0.6 * np.eye(8))
    rng, rows = np.random.default_rng(20240308), []
    for value in rng.multivariate_normal(truth, cov, 600):
        row = {}
        for kind in ("marginal", "simultaneous"):
            found = rank_sets(value, cov, kind, 0.9, best=3, draws=500, seed=rng)
            inside = (found["rank_best"] <= true) & (true <= found["rank_worst"])
            row |= {kind: inside.all() if kind == "simultaneous" else inside.to_numpy()}
        row["best"] = found["possible"][true <= 3].all() and not found["certain"][true > 3].any()
        rows.append(row)
    return rows


def promised(share, repetitions, draws=500):
    """0.9, less 3.5 errors: of counting repetitions, and of critical values that are drawn anew in each."""
    return share >= 0.9 - LIMIT * np.sqrt(0.9 * 0.1 * (1 / repetitions + 1 / (repetitions * draws)))


def test_each_marginal_set_holds_its_rank_as_often_as_it_says(covered):
    assert promised(np.mean([row["marginal"] for row in covered], axis=0).min(), len(covered))


def test_all_simultaneous_sets_hold_their_ranks_at_once_as_often_as_they_say(covered):
    assert promised(np.mean([row["simultaneous"] for row in covered]), len(covered))


def test_the_best_are_possible_and_only_they_are_certain_as_often_as_is_said(covered):
    assert promised(np.mean([row["best"] for row in covered]), len(covered))


def test_where_all_are_equal_something_false_is_proven_exactly_as_often_as_allowed():
    """Single step, all differences zero: the probability is 1 − confidence itself, so it can be too low as well as too high."""
    rng, repetitions = np.random.default_rng(11), 800
    cov = np.diag([0.3, 0.5, 0.2, 0.8, 0.4]) ** 2
    wrong = [
        (rank_sets(value, cov, "simultaneous", 0.9, draws=999, seed=rng, stepdown=False)["rank_best"] > 1).any()
        for value in rng.multivariate_normal(np.zeros(5), cov, repetitions)
    ]
    assert abs(np.mean(wrong) - 0.1) < LIMIT * np.sqrt(0.1 * 0.9 / repetitions)


@pytest.mark.parametrize(("reliability", "stated", "sd"), [(0.20, 227, 0.3), (0.52, 221, 1.4), (0.81, 191, 5.0)])
def test_ranks_of_229_noisy_regions_say_next_to_nothing(reliability, stated, sd):
    """sd: of the mean width (places from best to worst) between drawings of regions; half a place is rounding of `stated`."""
    drawn = regions(np.random.default_rng(8), reliability=reliability)
    found = rank_sets(drawn["value"], np.diag(drawn["std_error"] ** 2), draws=500)
    assert abs((found["rank_worst"] - found["rank_best"]).mean() - stated) <= LIMIT * sd + 0.5


# ---- odd input ----------------------------------------------------------------------------------------------------------


def test_equal_values_may_have_any_place():
    assert sets(rank_sets([1.0, 1.0, 1.0], 0.01 * np.eye(3))) == [(1, 3)] * 3


def test_known_values_are_ordered_and_equal_ones_share_a_place():
    assert sets(rank_sets([3.0, 1.0, 1.0, 0.1 + 0.2, 0.3], np.zeros((5, 5)))) == [
        (1, 1),
        (2, 3),
        (2, 3),
        (4, 5),
        (4, 5),
    ]


@pytest.mark.parametrize("kind", ["marginal", "simultaneous"])
def test_differences_without_variance_are_known_however_noisy_the_level(kind):
    cov = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert sets(rank_sets([0.2, 0.1, 0.15], cov, kind)) == [(1, 2), (2, 3), (1, 3)]


def test_one_label_is_first_and_none_gives_an_empty_table():
    assert sets(rank_sets([3.0], [[1.0]], best=1)) == [(1, 1)]
    assert rank_sets({}, np.empty((0, 0))).empty


def test_a_label_without_a_value_may_have_any_place_and_be_above_others():
    found = rank_sets({"a": 9.0, "b": np.nan, "c": 0.0}, np.diag([0.01, np.nan, 0.01]))
    assert sets(found) == [(1, 2), (1, 3), (2, 3)]
    assert rank_sets({"a": np.nan, "b": np.nan}, np.full((2, 2), np.nan)).to_numpy().tolist() == [[1, 2], [1, 2]]


def test_a_covariance_that_was_rounded_is_used_without_its_negative_part():
    cov = np.array([[1.0, 0.9999, 0.9999], [0.9999, 1.0, 0.9990], [0.9999, 0.9990, 1.0]])
    assert np.linalg.eigvalsh(cov).min() < 0
    assert sets(rank_sets([5.0, 0.0, -5.0], cov)) == [(1, 1), (2, 2), (3, 3)]


def test_a_huge_standard_error_does_not_drown_the_small_ones():
    """On the scale of covariances the rounding of 10¹² is as large as the variances of the others."""
    error = np.array([0.01, 0.02, 0.015, 1e6])
    cov = np.outer(error, error) * (0.4 + 0.6 * np.eye(4))
    drawn = _given.errors(cov, 20_000, np.random.default_rng(0))
    np.testing.assert_allclose(drawn.std(axis=0), error, rtol=LIMIT / np.sqrt(2 * 20_000))
    assert sets(rank_sets([0.3, 0.0, -0.3, 5.0], cov)) == [(1, 2), (2, 3), (3, 4), (1, 4)]


def with_kind(kind):
    value = pd.Series({"a": 1.0, "b": 0.0})
    return Estimate(value, Gaussian(np.eye(2), kind), blank_cells(value))


EYE = np.eye(2)
REFUSED = {
    "Rank sets need sampling noise; this estimate has posterior noise. Rank what it was made of, or grade it: "
    "impact.grades(estimate).": lambda: rank_sets(posterior([1.0, 0.0], EYE)),
    "Rank sets need sampling noise; this estimate has null noise. Rank what it was made of, or grade it: "
    "impact.grades(estimate).": lambda: among_best(with_kind("null")),
    "An estimate brings its own covariance; leave `cov` out, or give values and `cov`.": lambda: rank_sets(
        with_kind("sampling"), EYE
    ),
    "Rank sets need the covariance of the values; none was given. Give it as `cov`, or an Estimate.": lambda: rank_sets(
        [1.0, 0.0]
    ),
    "kind must be one of marginal, simultaneous; seen: 'both'. Choose one of these.": lambda: rank_sets(
        [1.0, 0.0], EYE, "both"
    ),
    "confidence must lie between 0 and 1; seen: 95. Write 0.95 for 95 %.": lambda: rank_sets(
        [1.0, 0.0], EYE, confidence=95
    ),
    "draws must be 100 or more, for a quantile in the tail; seen: 10. 2,000 is usual.": lambda: rank_sets(
        [1.0, 0.0], EYE, draws=10
    ),
    "best must be a whole number from 1 to 2, the number of labels; seen: 3. Choose another.": lambda: among_best(
        [1.0, 0.0], EYE, 3
    ),
    "best must be a whole number from 1 to 2, the number of labels; seen: 1.5. Choose another.": lambda: rank_sets(
        [1.0, 0.0], EYE, best=1.5
    ),
    "Values must be finite; of 2 labels these are not: b. Leave them blank where nothing is known.": lambda: rank_sets(
        {"a": 1.0, "b": np.inf}, EYE
    ),
    "Values must have one dimension, one number for each label; seen: 2. Choose one column.": lambda: rank_sets(
        EYE, EYE
    ),
    "The covariance must be 2 × 2, as there are values; it is 1 × 1.": lambda: rank_sets([1.0, np.nan], np.eye(1)),
    "A covariance must be symmetric and without blanks; this one is not. Check how it was read.": lambda: rank_sets(
        [1.0, 0.0], np.diag([1.0, np.nan])
    ),
    "A covariance must be positive semi-definite (no sum of effects has a variance below zero); its lowest eigenvalue is -1. "
    "Check its signs, and that variances stand on the diagonal.": lambda: rank_sets(
        [1.0, 0.0], np.array([[1.0, 2.0], [2.0, 1.0]])
    ),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_cannot_be_ranked_is_refused_with_its_sentence(message):
    with pytest.raises(InputError) as told:
        REFUSED[message]()
    assert str(told.value) == message
