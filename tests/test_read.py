import hashlib
import zipfile

import pandas as pd
import pytest
from studies import STUDY, firms, write

from impact import marks, read
from impact.errors import InputError
from impact.study import Study

TABLE = pd.DataFrame({"firm": ["001", "002"], "지역": ["서울", "부산"], "sales": [1.5, 2.0]})


def refusal(path):
    with pytest.raises(InputError) as caught:
        read.file(path, ["firm"])
    return str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_a_csv_is_read_in_the_encodings_of_korean_systems(tmp_path, encoding):
    TABLE.to_csv(tmp_path / "a.csv", index=False, encoding=encoding)
    frame = read.file(tmp_path / "a.csv", ["firm"])
    assert frame.to_dict("list") == TABLE.to_dict("list")


def test_a_xlsx_and_a_parquet_are_read(tmp_path):
    TABLE.to_excel(tmp_path / "a.xlsx", index=False)
    TABLE.to_parquet(tmp_path / "a.parquet")
    for name in ("a.xlsx", "a.parquet"):
        assert read.file(tmp_path / name, ["firm"]).to_dict("list") == TABLE.to_dict("list")


def test_the_end_of_a_name_may_be_written_in_capitals(tmp_path):
    TABLE.to_csv(tmp_path / "A.CSV", index=False)
    assert len(read.file(tmp_path / "A.CSV", [])) == 2


def test_codes_keep_their_leading_zeros_and_amounts_stay_numbers(tmp_path):
    (tmp_path / "a.csv").write_text("firm,sales\n007,1\n08,2\n", encoding="utf-8")
    frame = read.file(tmp_path / "a.csv", ["firm", "not there"])
    assert frame.to_dict("list") == {"firm": ["007", "08"], "sales": [1, 2]}


def test_a_code_that_excel_took_for_a_number_becomes_text(tmp_path):
    pd.DataFrame({"firm": [7, 8]}).to_excel(tmp_path / "a.xlsx", index=False)
    assert read.file(tmp_path / "a.xlsx", ["firm"])["firm"].tolist() == ["7", "8"]


def test_all_columns_that_sort_firms_are_codes(tmp_path):
    text = STUDY.replace(
        'unit = "firm"', 'unit = "firm"\nregion = "town"\nregion_attributes = ["coast"]\ncluster = "area"'
    )
    design = 'subgroups = ["industry"]\ncomparison_within = ["town", "risk"]\nregion_within = ["province"]\n'
    study = Study.read(write(tmp_path, f"{text}[design]\n{design}"))
    assert read.as_text(study) == ["firm", "town", "coast", "area", "risk", "province", "industry"]


def test_the_source_says_what_was_read(tmp_path):
    folder = write(tmp_path)
    found = read.tables(Study.read(folder), folder)
    frame, source = found.frame, found.source
    assert frame["firm"].tolist() == firms()["firm"].tolist()
    assert source == read.Source("firms.csv", hashlib.sha256((folder / "firms.csv").read_bytes()).hexdigest())


@pytest.mark.parametrize("marked", [(), ("firms",), ("without",), ("firms", "without")])
def test_firms_are_simulated_where_either_table_is_marked(tmp_path, marked):
    text = STUDY.replace('file = "firms.csv"', 'file = "firms.csv"\nwithout_support = "without.csv"')
    folder = write(tmp_path, text)
    for name in ("firms", "without"):
        table = marks.marked(firms()) if name in marked else firms()
        table.to_csv(folder / f"{name}.csv", index=False)
    assert read.tables(Study.read(folder), folder).simulated == bool(marked)


def test_firms_without_a_table_of_what_would_have_been_are_real(tmp_path):
    folder = write(tmp_path)
    assert not read.tables(Study.read(folder), folder).simulated


def test_a_data_set_that_ships_with_a_library_is_loaded_by_its_known_name(tmp_path):
    text = STUDY.replace('file = "firms.csv"', 'source = "linearmodels.datasets.jobtraining"')
    found = read.tables(Study.read(write(tmp_path, text)), tmp_path)
    frame, source = found.frame, found.source
    assert len(frame) == 471
    assert source.name == "linearmodels.datasets.jobtraining"
    assert len(source.sha256) == 64


# ---- simulated firms, and their regions ----------------------------------------------------------------------------


def simulated(tmp_path, source, **dials):
    """Read the tables of a study of simulated firms, or of their regions."""
    lines = "".join(f"{name} = {value}\n" for name, value in dials.items())
    text = STUDY.replace('file = "firms.csv"', f'source = "{source}"') + f"[simulate]\n{lines}"
    folder = write(tmp_path / str(abs(hash((source, lines)))), text)
    return read.tables(Study.read(folder), folder)


@pytest.fixture(scope="module")
def regional(tmp_path_factory):
    return simulated(tmp_path_factory.mktemp("regional"), "impact.simulate.regions", firms=800, seed=3, threshold=0.2)


@pytest.fixture(scope="module")
def of_firms(tmp_path_factory):
    return simulated(tmp_path_factory.mktemp("firms"), "impact.simulate", firms=800, seed=3)


def test_regions_of_simulated_firms_are_their_sums_with_and_without_support(regional, of_firms):
    for table, firms_ in ((regional.frame, of_firms.frame), (regional.without, of_firms.without)):
        assert not table.duplicated(["municipality", "year"]).any()
        sums = table.set_index(["municipality", "year"]).sort_index()
        there = firms_[firms_["active"] == 1].groupby(["municipality", "year"])
        for name in ("workers", "sales"):
            expected = there[name].sum().reindex(sums.index, fill_value=0)
            assert sums[name].fillna(0).to_numpy() == pytest.approx(expected.to_numpy())
        assert sums["n_firms"].tolist() == there.size().reindex(sums.index, fill_value=0).tolist()


def test_both_tables_have_the_same_regions_years_and_dates_of_support(regional):
    keys = ["municipality", "year", "first_supported"]
    pd.testing.assert_frame_equal(regional.frame[keys], regional.without[keys])
    assert set(regional.frame["municipality"].str.len()) == {5}
    after = regional.frame["year"] >= regional.frame["first_supported"].where(
        regional.frame["first_supported"] > 0, 9999
    )
    assert (regional.frame.loc[after, "workers"] != regional.without.loc[after, "workers"]).any()


def test_a_region_is_reached_when_its_share_of_supported_firms_passes_the_threshold(regional, tmp_path):
    frame = regional.frame[regional.frame["first_supported"] > 0]
    reached = frame[frame["year"] >= frame["first_supported"]]
    before = frame[frame["year"] < frame["first_supported"]]
    assert (reached["share_firms"] > 0.2).all()
    assert (before["share_firms"] <= 0.2).all()
    anyone = simulated(tmp_path, "impact.simulate.regions", firms=800, seed=3).frame
    assert (anyone["first_supported"] > 0).sum() > (regional.frame["first_supported"] > 0).sum()


def test_both_tables_of_regions_are_marked(regional):
    assert regional.simulated
    for table in (regional.frame, regional.without):
        assert set(table[marks.COLUMN]) == {marks.SIMULATED}


def test_the_source_of_regions_is_the_checksum_of_their_dials(regional, of_firms, tmp_path):
    def sha(**dials):
        return simulated(
            tmp_path, "impact.simulate.regions", **{"firms": 800, "seed": 3, "threshold": 0.2, **dials}
        ).source

    assert regional.source == sha()
    assert (regional.source.name, of_firms.source.name) == ("impact.simulate.regions", "impact.simulate")
    others = [sha(seed=4), sha(firms=801), sha(threshold=0.1)]
    assert len({regional.source.sha256, *(other.sha256 for other in others)}) == 4
    assert all(len(other.sha256) == 64 for other in others)


def test_no_other_module_is_imported_as_a_source(tmp_path):
    text = STUDY.replace('file = "firms.csv"', 'source = "os.system"')
    with pytest.raises(InputError) as caught:
        read.tables(Study.read(write(tmp_path, text)), tmp_path)
    assert str(caught.value) == (
        "[panel] source must be one of linearmodels.datasets.jobtraining, impact.simulate, impact.simulate.regions; seen: "
        "'os.system'. For your own table use file."
    )


# ---- what is refused -----------------------------------------------------------------------------------------------


def test_a_file_that_is_not_there_is_said_so(tmp_path):
    (tmp_path / "folder.csv").mkdir()
    for name in ("none.csv", "folder.csv"):
        assert refusal(tmp_path / name) == (
            f"The table must be at {tmp_path / name}; there is no such file. Check the path (a study's table lies beside "
            "study.toml)."
        )


def test_a_file_of_another_kind_is_refused(tmp_path):
    assert refusal(tmp_path / "a.dta") == (
        "The table must be a .csv, .parquet, .xlsx file; seen: a.dta. Save it as one of these."
    )


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_csv_is_said_so(tmp_path, content):
    (tmp_path / "a.csv").write_bytes(content)
    assert refusal(tmp_path / "a.csv") == (
        "The table must have rows; a.csv is empty. Check that it was written completely."
    )


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b"\xff\xfe\x00\x81\x20\xff", "its text is neither UTF-8 nor CP949"),
        ("a.csv", "firm,year\n001,2\n".encode("utf-16"), "its text is neither UTF-8 nor CP949"),
        ("a.csv", b"firm,sales\n001,1,200\n002,1,300\n", "its rows have more values than the header has names"),
        (
            "a.csv",
            b"firm,sales\n001,1\n002,1,300\n",
            "Error tokenizing data. C error: Expected 2 fields in line 3, saw 3",
        ),
        ("a.xlsx", b"PK no", "File is not a zip file"),
        ("a.xlsx", b"", "File is not a zip file"),
        ("a.parquet", b"nothing", None),
        ("a.parquet", b"", None),
    ],
)
def test_a_broken_file_is_one_sentence(tmp_path, name, content, reason):
    (tmp_path / name).write_bytes(content)
    said = refusal(tmp_path / name)
    suffix = name[1:]
    if reason:
        assert said == f"{name} must be a readable {suffix} file; it is not: {reason}. Mend it, or save it again."
    assert said.startswith(f"{name} must be a readable {suffix} file; it is not: ")
    assert said.endswith(". Mend it, or save it again.")
    assert "\n" not in said


def test_an_archive_that_is_no_workbook_is_one_sentence(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("a", "b")
    assert refusal(tmp_path / "a.xlsx") == (
        "a.xlsx must be a readable .xlsx file; it is not: \"There is no item named '[Content_Types].xml' in the archive\". "
        "Mend it, or save it again."
    )


def test_an_error_without_words_is_named(tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_text("a\n1\n", encoding="utf-8")

    def fails(path, codes):
        raise RuntimeError

    monkeypatch.setitem(read.READERS, ".csv", fails)
    assert refusal(tmp_path / "a.csv") == (
        "a.csv must be a readable .csv file; it is not: RuntimeError. Mend it, or save it again."
    )
