"""A small version of the evidence on ranks, winners and grades; and a promise that is broken is noticed."""

import pandas as pd
import pytest
from simulation import priorities_ranks


@pytest.fixture(scope="module")
def table():
    return priorities_ranks.evidence(row for number in range(60) for row in priorities_ranks.repetition(number))


def test_promises_are_kept_within_monte_carlo_error(table):
    found = priorities_ranks.failures(table)
    assert found.empty, found.to_string()
    assert (table["repetitions"] == 60).all()


def test_ordinary_intervals_of_winners_are_seen_to_fail(table):
    naive = (
        (table["method"] == "naive") & (table["what"] == "interval of a winner") & (table["world"] == "nothing differs")
    )
    assert len(priorities_ranks.failures(table[naive].assign(rule="at least"))) == 1


def test_a_share_may_be_above_what_is_promised_at_least_and_nothing_else():
    row = {"promised": 0.9, "mc_error": 0.01}
    table = pd.DataFrame(
        [row | {"share": share, "rule": rule} for rule in ("at least", "exactly", "") for share in (0.8, 1)]
    )
    assert priorities_ranks.failures(table).index.tolist() == [0, 2, 3]


def test_the_page_is_that_of_the_table(table):
    page = priorities_ranks.page(table)
    assert "{" not in page
    assert page.count("\n| ") == len(table) + 1
