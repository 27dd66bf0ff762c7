import pytest

from impact.errors import InputError
from impact.simulate import World


def said(**dials):
    with pytest.raises(InputError) as caught:
        World(**dials)
    return str(caught.value)


def test_a_world_is_refused_that_has_no_firms_or_more_than_there_are_numbers():
    assert said(firms=99) == "World needs 100 to 4,000,000 firms; seen: 99. Choose another number."
    assert said(firms=4_000_001) == "World needs 100 to 4,000,000 firms; seen: 4000001. Choose another number."


def test_a_seed_is_not_negative():
    assert said(seed=-1) == "World's seed must be 0 or more; seen: -1. Choose another one."


@pytest.mark.parametrize("years", [(2013, 2025), (2016, 2025), (2014, 2016), (2014, 2026)])
def test_the_years_hold_the_programme_and_have_deflators(years):
    assert said(first_year=years[0], last_year=years[1]) == (
        f"World's years must begin in 2014 or 2015 and end between 2017 and 2025; seen: {years[0]} to {years[1]}. Awards begin "
        "in 2016, and deflators end in 2025."
    )


def test_shares_are_shares():
    assert said(exit=0.6) == "World's exit must lie between 0 and 0.5; seen: 0.6. Choose a smaller share."
    assert said(adopters=-0.1) == "World's adopters must lie between 0 and 0.5; seen: -0.1. Choose a smaller share."
    assert said(entry=0.1) == "World's entry must lie between 0 and 0.0455; seen: 0.1. Choose a smaller share."
    assert said(noise=-1) == "World's noise must be 0 or more; seen: -1."


def test_a_violation_has_a_name_and_all_mistakes_are_said_at_once():
    assert said(violation="dips", seed=-1).splitlines() == [
        "World's seed must be 0 or more; seen: -1. Choose another one.",
        "World's violation must be one of none, growth, dip; seen: 'dips'. Choose one of them.",
    ]


def test_the_years_are_those_of_the_panel():
    assert World(first_year=2015, last_year=2017).years.tolist() == [2015, 2016, 2017]
