"""A small version of the evidence: sound worlds are found sound, and an unsound one is noticed."""

import pandas as pd
import pytest
from simulation import evidence
from simulation.worlds import WORLDS

BY_NAME = {world.name: world for world in WORLDS}


@pytest.mark.parametrize("name", ["trends parallel given x, dr", "small firms leave, pairs"])
def test_sound_worlds_deviate_by_no_more_than_monte_carlo_error(name):
    found = evidence.failures(evidence.evidence(BY_NAME[name], 150))
    assert found.empty, found.to_string()


def test_leaving_out_the_trait_that_drives_trends_is_noticed():
    world = BY_NAME["trends parallel given x, without x"]
    table = evidence.evidence(world, 60)
    effects = table[table["what"] != "band over all event times"]
    assert (effects["bias"] > evidence.LIMIT * effects["bias_mc_error"]).all()


def test_a_deviation_in_a_sound_world_is_a_failure_and_in_another_is_not():
    row = {
        "bias": 1.0,
        "bias_mc_error": 0.1,
        "se_ratio": 1.0,
        "se_ratio_mc_error": 0.1,
        "coverage": 0.95,
        "coverage_mc_error": 0.01,
    }
    sound, unsound = (next(w.name for w in WORLDS if w.biased == biased) for biased in (False, True))
    table = pd.DataFrame([{**row, "world": sound}, {**row, "world": unsound}, {**row, "world": sound, "bias": 0.0}])
    assert evidence.failures(table).index.tolist() == [0]
