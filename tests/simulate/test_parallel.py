"""Given the traits, trends without support are parallel within industry group and class of risk; a violation breaks that.

Changes of the log of an outcome without support, from the year before an award to two years after it, are regressed on whether
the firm had that award, beside firms that were never supported. Firms count that would have been in business in both years
without support: nobody's luck then depends on how long a firm lived.
"""

import numpy as np
import pytest

TRAITS = ["log_size_before", "rnd_before", "growth_before"]
FIRMS = 12_000
SIGMAS = 3.5


def stacked(made, logs, each, outcome):
    """Return changes, support, traits, cohort, cell and firm of every cohort, under one another."""
    y, firms = logs(made, outcome), each(made)
    alive = made.truth.pivot(index="firm", columns="year", values="active_0").fillna(0) == 1
    cell = firms.groupby(["industry_group", "risk_class"]).ngroup().to_numpy()
    parts = []
    for award in range(2016, 2024):
        own = (firms["award_year"] == award).to_numpy()
        use = np.flatnonzero((own | (firms["award_year"] == 0)) & alive[award - 1] & alive[award + 2])
        change = (y[award + 2] - y[award - 1]).to_numpy()[use]
        parts.append((change, own[use], firms[TRAITS].to_numpy()[use], np.full(len(use), award), cell[use], use))
    return [np.concatenate(part) for part in zip(*parts, strict=True)]


def coefficient(change, own, traits, cohort, cell, firm, given=True):
    """Regress changes on support within cohort × cell, given traits by cohort; return it and its error, clustered by firm."""
    group = np.unique(cohort * 100 + cell, return_inverse=True)[1]
    columns = [own.astype(float)]
    if given:
        columns += [traits[:, k] * (cohort == year) for k in range(len(TRAITS)) for year in np.unique(cohort)]
    size = np.bincount(group)
    x, y = (
        v - np.stack([np.bincount(group, c) / size for c in v.T], axis=1)[group]
        for v in (np.stack(columns, axis=1), change[:, None])
    )
    bread = np.linalg.inv(x.T @ x)
    slope = bread @ x.T @ y
    scores = np.zeros((firm.max() + 1, x.shape[1]))
    np.add.at(scores, firm, x * (y - x @ slope))
    return slope[0, 0], np.sqrt((bread @ scores.T @ scores @ bread)[0, 0])


@pytest.mark.parametrize("outcome", ["sales", "workers", "rnd", "defect_rate", "real_value_added_per_worker"])
def test_trends_are_parallel_given_traits(whole, logs, each, outcome):
    difference, error = coefficient(*stacked(whole(FIRMS), logs, each, outcome))
    assert abs(difference) < SIGMAS * error


def test_trends_are_not_parallel_without_the_traits(whole, logs, each):
    difference, error = coefficient(*stacked(whole(FIRMS), logs, each, "sales"), given=False)
    assert difference > SIGMAS * error


@pytest.mark.parametrize("violation", ["growth", "dip"])
def test_a_violation_breaks_parallel_trends(whole, logs, each, violation):
    difference, error = coefficient(*stacked(whole(FIRMS, violation=violation), logs, each, "sales"))
    assert difference > SIGMAS * error


def test_given_traits_trends_are_exactly_parallel_without_noise(alone, logs, each):
    made = alone(firms=4000, selection=1, trends=1, shock=0.1)
    change, own, traits, cohort, cell, firm = stacked(made, logs, each, "sales")
    spared = cohort > 2021  # neither of the two years is that of the shock, which differs by industry
    difference, _ = coefficient(*(part[spared] for part in (change, own, traits, cohort, cell, firm)))
    assert abs(difference) < 1e-9


def test_a_comparison_of_all_firms_is_wrong_by_five_to_ten_points(whole, logs, each):
    change, own, _, cohort, _, _ = stacked(whole(FIRMS), logs, each, "sales")
    years = (
        5 / 3
    )  # the mean firm-year after support is about five years from the year before the award, these changes are of three
    gaps = [
        change[(cohort == year) & own].mean() - change[(cohort == year) & ~own].mean() for year in np.unique(cohort)
    ]
    assert 0.05 < years * np.average(gaps, weights=np.bincount(cohort[own])[2016:]) < 0.1


def test_survival_is_alike_among_applicants_of_a_year_and_among_others_it_is_not(whole, logs, each):
    made = whole(FIRMS)
    firms = each(made)
    alive = made.truth.pivot(index="firm", columns="year", values="active_0").fillna(0)
    parts = {"applicants": [], "everyone": []}
    for award in range(2016, 2023):
        own, applied = firms["award_year"] == award, firms["applied"] == award
        for name, use in (("applicants", applied), ("everyone", own | (firms["award_year"] == 0))):
            at = np.flatnonzero(use)
            values = (alive[award + 3].to_numpy()[at], own.to_numpy()[at], firms[TRAITS].to_numpy()[at])
            parts[name].append((*values, np.full(len(at), award), np.zeros(len(at), int), at))
    (near, error), (far, far_error) = (
        coefficient(*(np.concatenate(part) for part in zip(*of, strict=True))) for of in parts.values()
    )
    assert abs(near) < SIGMAS * error
    assert far > SIGMAS * far_error
