import pytest
from studies import STUDY

from impact import rules
from impact.design import Unbalanced
from impact.errors import InputError
from impact.study import Study, Transform, can_name_a_folder
from impact.transforms import TRANSFORMS

TRANSFORM = "'none', 'log', 'log1p', 'asinh' or 'sqrt'"


@pytest.fixture
def read(tmp_path):
    """Return a function that reads a study file of this text."""

    def from_text(text, encoding="utf-8"):
        (tmp_path / "study.toml").write_text(text, encoding=encoding)
        return Study.read(tmp_path)

    return from_text


@pytest.fixture
def problems(read):
    """Return a function that gives the sentences with which a study file is refused."""

    def of_text(text):
        with pytest.raises(InputError) as caught:
            read(text)
        return list(caught.value.problems)

    return of_text


def changed(old, new):
    """Return the study with one piece of text replaced; a piece that is not there is a mistake of the test."""
    assert old in STUDY
    return STUDY.replace(old, new)


# ---- what is read --------------------------------------------------------------------------------------------------


def test_a_study_says_everything_and_the_rest_has_defaults(read):
    study = read(STUDY)
    assert (study.study.name, study.study.language, study.study.limits) == ("small", "en", ())
    assert [one.specification for one in study.outcome] == ["log(sales)"]
    assert [(one.estimator, one.name, one.options) for one in study.estimate] == [
        ("callaway_santanna", "callaway_santanna", {})
    ]
    assert (study.design.comparison, study.design.base, study.design.unbalanced) == ("never", "varying", "pairs")
    assert (study.inference.confidence, study.inference.draws, study.inference.seed) == (0.95, 99, 7)
    assert study.disclosure.minimum_firms is None
    assert study.published == ()


def test_a_plain_outcome_is_its_column(read):
    assert read(changed('transform = "log"', "")).outcome[0].specification == "sales"


def test_a_study_is_found_by_its_folder_and_by_its_file(tmp_path, read):
    assert read(STUDY) == Study.read(tmp_path / "study.toml")


def test_a_mark_at_the_beginning_of_the_file_is_no_matter(read):
    assert read(STUDY, "utf-8-sig") == read(STUDY)


def test_options_stand_beside_the_estimator_that_they_are_of(read):
    text = STUDY + '[[estimate]]\nestimator = "callaway_santanna"\nname = "reg"\nmethod = "reg"\n'
    (one,) = read(text).estimate
    assert (one.estimator, one.name, one.options) == ("callaway_santanna", "reg", {"method": "reg"})


def test_a_region_and_a_subgroup_play_different_parts(read):
    study = read(
        changed('unit = "firm"', 'unit = "firm"\nregion = "town"') + '[design]\nsubgroups = ["town", "size"]\n'
    )
    assert study.levels == ("town", "size")
    whole, town, size = (study.roles(study.design, level) for level in (None, "town", "size"))
    assert (whole.region, whole.subgroup) == (None, None)
    assert (town.region, town.subgroup) == ("town", None)
    assert (size.region, size.subgroup) == (None, "size")


@pytest.mark.parametrize("section", ["panel", "inference"])
def test_the_cluster_may_stand_in_either_section(read, section):
    study = read(changed(f"[{section}]", f'[{section}]\ncluster = "town"'))
    assert study.cluster == "town"
    assert study.roles(study.design).clusters == ("town",)


def test_every_transform_and_every_way_with_unbalanced_panels_can_be_named(read):
    assert set(Transform.__args__) == {"none", *TRANSFORMS}
    for way in Unbalanced.__args__:
        assert read(f'{STUDY}[design]\nunbalanced = "{way}"\n').design.unbalanced == way


def test_nothing_in_a_study_is_executed(read, tmp_path):
    hostile = (
        "{0.__class__}",
        f"__import__('pathlib').Path('{tmp_path}/made').touch()",
        "=cmd|' /C calc'!A0",
        r"$\frac{$",
    )
    written = ", ".join(f'''"""{words.replace(chr(92), 2 * chr(92))}"""''' for words in hostile)
    assert read(changed('name = "small"', f'name = "small"\nlimits = [{written}]')).study.limits == hostile
    assert not (tmp_path / "made").exists()


def test_every_section_has_its_known_keys():
    assert {*rules.SECTIONS, "translation"} == set(Study.__dataclass_fields__)  # whose keys are the study's own words


# ---- what is refused -----------------------------------------------------------------------------------------------


def test_a_study_that_is_not_there_is_said_so(tmp_path):
    for place in (tmp_path / "none", tmp_path / "none" / "study.toml"):
        with pytest.raises(InputError) as caught:
            Study.read(place)
        assert str(caught.value) == f"There must be a study at {place}; there is none. Make one with: impact new NAME"


def test_a_folder_without_a_study_is_said_so(tmp_path):
    with pytest.raises(InputError) as caught:
        Study.read(tmp_path)
    file = tmp_path / "study.toml"
    assert str(caught.value) == f"There must be a study at {file}; there is none. Make one with: impact new NAME"


def test_a_path_that_goes_through_a_file_is_no_study(tmp_path):
    (tmp_path / "firms.csv").write_text("a", encoding="utf-8")
    with pytest.raises(InputError, match="There must be a study at"):
        Study.read(tmp_path / "firms.csv" / "study.toml")


def test_a_file_that_is_no_toml_is_said_so(problems):
    assert problems("[study\n") == [
        "study.toml must be TOML; it is not: Expected ']' at the end of a table declaration (at line 1, column 7). Mend it "
        "there."
    ]


def test_a_file_in_another_encoding_is_said_so(read):
    with pytest.raises(InputError) as caught:
        read(changed("A small study", "작은 연구"), "cp949")
    assert str(caught.value) == "study.toml must be text in UTF-8; its byte 34 is not. Save it as UTF-8."


def test_an_empty_file_is_told_what_it_must_have(problems):
    assert problems("") == [
        "study.toml: [study] must be given; it is not.",
        "study.toml: [panel] must be given; it is not.",
        "study.toml: [[outcome]] must be given; it is not.",
    ]


def test_every_unknown_key_is_refused_at_once_with_the_nearest_known_one(problems):
    text = (
        changed('unit = "firm"', 'unit = "firm"\nzebra = 1')
        .replace("draws =", "draw =")
        .replace("[[outcome]]", "[[outcom]]")
    )
    assert problems(text) == [
        "study.toml: [panel] has no 'zebra'. Known are unit, period, file, source, first_supported, supported, blank, region, "
        "region_attributes, cluster, weight, without_support.",
        "study.toml: [[outcome]] must be given; it is not.",
        "study.toml: [inference] has no 'draw'. Did you mean 'draws'?",
        "study.toml: the file has no 'outcom'. Did you mean 'outcome'?",
    ]


def test_an_unknown_key_is_shown_without_what_would_steer_a_terminal(problems):
    assert problems('"\\u001b[2J" = 1\n' + STUDY) == [
        r"study.toml: the file has no '\x1b[2J'. Known are study, panel, outcome, estimate, design, inference, disclosure, "
        "simulate, published, priorities, translation."
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title = "A small study"', "title = 3", "[study] title must be text, in quotes; seen: 3."),
        ('title = "A small study"', 'title = " "', "[study] title must be text, and not blank; seen: ' '."),
        ('title = "A small study"', "", "[study] title must be given; it is not."),
        ('name = "small"', 'name = "small"\nlanguage = "fr"', "[study] language must be 'en' or 'ko'; seen: 'fr'."),
        ('name = "small"', 'name = "small"\nlimits = "a"', "[study] limits must be a list, in square brackets; seen: 'a'."),
        ('name = "small"', 'name = "small"\nlimits = [1]', "[study] limits 1 must be text, in quotes; seen: 1."),
        ('transform = "log"', "transform = true", f"[[outcome]] 1 transform must be {TRANSFORM}; seen: True."),
        ("draws = 99", "draws = 9.5", "[inference] draws must be a whole number; seen: 9.5."),
        ("draws = 99", 'draws = "99"', "[inference] draws must be a whole number; seen: '99'."),
        ("draws = 99", "confidence = true", "[inference] confidence must be a number; seen: True."),
        ("seed = 7", "[design]\nanticipation = true", "[design] anticipation must be a whole number; seen: True."),
        ("seed = 7", f'[design]\nbase = "{"x" * 99}"', f"[design] base must be 'varying' or 'universal'; seen: 'x{'x' * 77}…."),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_refused(problems, old, new, said):
    assert problems(changed(old, new)) == [f"study.toml: {said}"]


def test_a_section_of_the_wrong_shape_is_refused(problems):
    table = "{ name = 'a', column = 'b' }"
    assert problems(f"study = 3\noutcome = {table}\nestimate = [3]\npublished = 1\n[[panel]]\nunit = 'a'\n") == [
        "study.toml: [study] must be a section of its own, with a line for each setting; seen: 3.",
        "study.toml: [panel] must be a section of its own, with a line for each setting; seen: [{'unit': 'a'}].",
        "study.toml: [[outcome]] must be written in double brackets, once for each; seen: {'name': 'a', 'column': 'b'}.",
        "study.toml: [[estimate]] 1 must be a section of its own, with a line for each setting; seen: 3.",
        "study.toml: [[published]] must be written in double brackets, once for each; seen: 1.",
    ]


@pytest.mark.parametrize("name", ["../x", "a/b", "a\\b", "CON", "lpt1", "..", ".", "a b", "a.b", "x" * 81, "a\\u0000b"])
def test_a_name_that_is_no_folder_of_its_own_is_refused(problems, name):
    escaped = name if "u0000" in name else name.replace("\\", "\\\\")
    seen = repr(name.replace("\\u0000", "\0")) if len(name) < 79 else "'" + "x" * 78 + "…"
    assert problems(changed('"small"', f'"{escaped}"')) == [
        "study.toml: [study] name must be letters, digits, hyphens and underscores, at most 80 in all: its results go to a "
        f"folder of that name; seen: {seen}."
    ]


def test_a_name_of_any_alphabet_can_name_a_folder():
    assert can_name_a_folder("훈련-지원_2019")
    assert not can_name_a_folder("")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('file = "firms.csv"', "", "[panel] must name either a file or a source; it names neither."),
        (
            'file = "firms.csv"',
            'file = "a.csv"\nsource = "b"',
            "[panel] must name either a file or a source; it names both.",
        ),
        (
            'first_supported = "since"',
            "",
            "[panel] must name either first_supported (a column of years) or supported (a column that is 1 in years with "
            "support); it names neither.",
        ),
        (
            'first_supported = "since"',
            'first_supported = "since"\nsupported = "grant"',
            "[panel] must name either first_supported (a column of years) or supported (a column that is 1 in years with "
            "support); it names both.",
        ),
        (
            "[inference]",
            '[[outcome]]\nname = "Sales"\ncolumn = "x"\n[inference]',
            "[[outcome]] names must differ; 'Sales' is used more than once.",
        ),
        ("[panel]", "[design]\nanticipation = -1\n[panel]", "[design] anticipation must be 0 or more; seen: -1."),
        ("seed = 7", "seed = -7", "[inference] seed must be 0 or more; seen: -7."),
        ("draws = 99", "draws = -1", "[inference] draws must be 0 or more, such as 999; seen: -1."),
        ("seed = 7", "confidence = 95", "[inference] confidence must lie between 0 and 1, such as 0.95; seen: 95.0."),
        ("seed = 7", "confidence = nan", "[inference] confidence must lie between 0 and 1, such as 0.95; seen: nan."),
        ("seed = 7", "[disclosure]\nminimum_firms = 0", "[disclosure] minimum_firms must be 1 or more; seen: 0."),
        (
            "seed = 7",
            'cluster = "a"\n[[published]]\noutcome = "Sale"\nwhat = "b"\nestimate = 1\nsource = "c"',
            "[[published]] outcome must be the name of an [[outcome]]: 'Sales'; seen: 'Sale'.",
        ),
        (
            "seed = 7",
            '[[estimate]]\nestimator = "callaway"',
            "[[estimate]] The estimator must be one of NAMES; seen: 'callaway'. Did you mean 'callaway_santanna'?",
        ),
        (
            "seed = 7",
            '[[estimate]]\nestimator = "callaway_santanna"\nmetod = "reg"',
            "[[estimate]] callaway_santanna has the options method; it has no 'metod'.",
        ),
        (
            "seed = 7",
            '[[estimate]]\nestimator = "callaway_santanna"\nmethod = "ols"',
            "[[estimate]] method must be 'dr', 'reg' or 'ipw'; seen: 'ols'.",
        ),
        ("seed = 7", '[[estimate]]\nmethod = "reg"', "[[estimate]] 1 estimator must be given; it is not."),
        (
            "seed = 7",
            '[[estimate]]\nestimator = "two_by_two"\n[[estimate]]\nestimator = "two_by_two"',
            "[[estimate]] names must differ; 'two_by_two' is used more than once. Add a line such as name = \"two_by_two 2\".",
        ),
    ],
)
def test_a_study_that_does_not_fit_together_is_refused(problems, old, new, said):
    from impact import estimators

    assert problems(changed(old, new)) == [f"study.toml: {said.replace('NAMES', ', '.join(estimators.names()))}"]


def test_a_study_needs_an_outcome_and_an_estimator(problems):
    text = "outcome = []\nestimate = []\n" + STUDY[: STUDY.index("[[outcome]]")]
    assert problems(text) == [
        "study.toml: [[outcome]] must be given at least once; it is not.",
        "study.toml: [[estimate]] must be given at least once, or left out altogether; seen: an empty list.",
    ]


def test_two_clusters_are_refused(problems):
    text = changed('unit = "firm"', 'unit = "firm"\ncluster = "town"') + 'cluster = "industry"\n'
    assert problems(text) == [
        "study.toml: [inference] cluster and [panel] cluster must agree; seen: 'industry' and 'town'."
    ]


def test_an_estimate_for_an_outcome_that_is_none_and_an_outcome_without_an_estimate_are_refused(problems):
    text = STUDY + '[[estimate]]\nestimator = "callaway_santanna"\noutcomes = ["Jobs"]\n'
    assert problems(text) == [
        "study.toml: [[estimate]] outcomes must be among 'Sales'; seen: 'Jobs'.",
        "study.toml: Every outcome must have an [[estimate]] that is for it; 'Sales' has none.",
    ]


def test_a_design_of_an_estimate_has_the_keys_of_a_design_and_takes_the_rest_from_it(problems, read):
    text = STUDY + '[design]\nanticipation = 1\n[[estimate]]\nestimator = "callaway_santanna"\n[estimate.design]\n'
    assert problems(text + "anticipations = 0\n") == [
        "study.toml: [[estimate]] 1 design has no 'anticipations'. Did you mean 'anticipation'?"
    ]
    own = read(text + "until = 2014\n").estimate[0].design
    assert (own.anticipation, own.until) == (1, 2014)


def test_dials_of_simulated_firms_go_with_simulated_firms(problems):
    assert problems(STUDY + "[simulate]\nfirms = 0\n") == [
        'study.toml: [simulate] goes with [panel] source = "impact.simulate"; here firms come from elsewhere. Leave it out.',
        "study.toml: [simulate] firms must be 1 or more; seen: 0.",
    ]


def test_dials_go_with_simulated_firms_and_with_their_regions(read):
    for source in ("impact.simulate", "impact.simulate.regions"):
        study = read(changed('file = "firms.csv"', f'source = "{source}"') + "[simulate]\nfirms = 500\nseed = 3\n")
        assert (study.simulate.firms, study.simulate.seed, study.simulate.threshold) == (500, 3, 0.0)
    study = read(changed('file = "firms.csv"', f'source = "{source}"') + "[simulate]\nthreshold = 0.2\n")
    assert study.simulate.threshold == 0.2


def test_a_threshold_is_of_regions(problems):
    text = changed('file = "firms.csv"', 'source = "impact.simulate"')
    assert problems(text + "[simulate]\nthreshold = 0.2\n") == [
        'study.toml: [simulate] threshold goes with source = "impact.simulate.regions"; here are firms, not regions. Leave it '
        "out."
    ]


@pytest.mark.parametrize("threshold", [-0.1, 1.0, 20.0])
def test_a_threshold_is_a_share(problems, threshold):
    text = changed('file = "firms.csv"', 'source = "impact.simulate.regions"')
    assert problems(text + f"[simulate]\nthreshold = {threshold}\n") == [
        f"study.toml: [simulate] threshold must be a share of firms from 0 up to 1; seen: {threshold}."
    ]


# ---- regions -------------------------------------------------------------------------------------------------------

REGION = 'unit = "firm"\nregion = "town"'


def test_attributes_are_of_the_region_alone(read):
    study = read(
        changed('unit = "firm"', f'{REGION}\nregion_attributes = ["coast"]') + '[design]\nsubgroups = ["size"]\n'
    )
    roles = [study.roles(study.design, level) for level in (None, "town", "size")]
    assert [of.attributes for of in roles] == [(), ("coast",), ()]
    assert study.levels == ("town", "size")


def test_an_estimate_takes_the_firms_around_from_the_study_or_says_its_own(read):
    text = changed('unit = "firm"', REGION) + '[design]\nregion_within = ["province"]\n'
    text += '[[estimate]]\nestimator = "callaway_santanna"\n[estimate.design]\nanticipation = 1\n'
    one = read(text).estimate[0]
    assert (one.design.region_within, one.design.comparison_within) == (("province",), ())
    assert read(f"{text}region_within = []\n").estimate[0].design.region_within == ()


def test_what_is_said_of_regions_needs_their_column(problems):
    attributes = changed('unit = "firm"', 'unit = "firm"\nregion_attributes = ["coast"]')
    assert problems(attributes) == [
        "study.toml: [panel] region_attributes goes with [panel] region, the column of regions; there is none. Name it, or leave "
        "this out."
    ]
    said = [
        "study.toml: [design] region_within goes with [panel] region, the column of regions; there is none. Name it, or leave "
        "this out."
    ]
    assert problems(STUDY + '[design]\nregion_within = ["province"]\n') == said
    own = '[[estimate]]\nestimator = "callaway_santanna"\n[estimate.design]\nregion_within = ["province"]\n'
    assert problems(STUDY + own) == said


@pytest.mark.parametrize("named", ["size", "town"])
def test_an_attribute_is_named_once(problems, named):
    text = changed('unit = "firm"', f'{REGION}\nregion_attributes = ["coast", "{named}"]')
    assert problems(text + '[design]\nsubgroups = ["size"]\n') == [
        "study.toml: [panel] region_attributes and [design] subgroups must not name the same column, nor that of regions; seen: "
        f"'{named}'. Name it once."
    ]
