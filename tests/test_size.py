from studies import STUDY, firms, write

from impact import run, size


def test_a_sound_study_is_said_in_a_line(tmp_path):
    assert size.in_a_line(run.prepare(write(tmp_path))) == (
        "small: no problems. 260 rows, 52 firms (22 supported, 30 never), 2011 to 2015, 1 outcome, 1 estimator."
    )


def test_firms_that_are_left_out_are_counted(tmp_path):
    table = firms({0: 30, 2011: 4, 2013: 1200})
    assert size.in_a_line(run.prepare(write(tmp_path, table=table))) == (
        "small: no problems. 6,170 rows, 1,234 firms (1,200 supported, 30 never, 4 left out), 2011 to 2015, 1 outcome, "
        "1 estimator."
    )


def test_the_size_is_said_for_each_level(tmp_path):
    prepared = run.prepare(
        write(tmp_path, STUDY + '[design]\nsubgroups = ["industry"]\n', firms({0: 3000, 2013: 2000, 2014: 5}))
    )
    said = size.in_words(prepared).splitlines()
    assert said[0] == size.in_a_line(prepared)
    assert said[1:3] == [
        "cohort × period: 8 cells, about 0.3 MB of influence for each outcome.",
        "cohort × period × industry: 16 cells, about 0.4 MB of influence for each outcome.",
    ]
    assert said[3].startswith("The table itself takes about ")
    assert len(said) == 4


def test_influence_counts_firms_on_both_sides_for_each_cell(tmp_path):
    design = run.prepare(write(tmp_path)).design
    assert size.influence_bytes(design) == 8 * 4 * ((12 + 30) + (10 + 30))
