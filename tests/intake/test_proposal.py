"""Which column is proposed for which part, and that nothing is proposed where nothing fits."""

import numpy as np
import pandas as pd
import pytest
from intake.starting import firms, tidy

from impact.intake.proposal import proposed


def test_every_part_is_found_by_what_columns_hold_and_are_called(tmp_path):
    parts = proposed(tidy(tmp_path, firms()))
    assert (parts.unit, parts.period, parts.first_supported, parts.supported) == (
        "기업번호",
        "기준연도",
        "지원연도",
        None,
    )
    assert (parts.outcomes, parts.others, parts.region) == (("매출액", "종업원수", "이익률")[:2], ("이익률",), None)
    assert parts.reasons == {
        "unit": "20 different values, each once a period",
        "period": "2018 to 2021",
        "first_supported": "6 of 20 have a year, which never changes",
    }


def test_a_mark_of_support_is_found_where_it_never_ends(tmp_path):
    on = firms(supported=False).assign(
        지원여부=lambda f: ((f["기업번호"] < "F006") & (f["기준연도"] >= 2020)).astype(int)
    )
    assert proposed(tidy(tmp_path, on)).supported == "지원여부"
    ends = on.assign(지원여부=lambda f: (f["지원여부"].eq(1) & f["기준연도"].eq(2020)).astype(int))
    assert proposed(tidy(tmp_path, ends)).supported is None


def test_nothing_is_the_unit_where_rows_repeat(tmp_path):
    assert proposed(tidy(tmp_path, pd.concat([firms(), firms()]))).unit is None


def test_a_year_that_changes_within_a_firm_is_no_first_year(tmp_path):
    frame = firms().assign(지원연도=lambda f: np.where(f["지원연도"] > 0, f["기준연도"], 0))
    assert proposed(tidy(tmp_path, frame)).first_supported is None


def test_codes_of_municipalities_are_the_region(tmp_path):
    frame = firms().assign(시군구코드=lambda f: np.repeat(["11110", "26110", "51110", "48890"], 20))
    parts = proposed(tidy(tmp_path, frame))
    assert parts.region == "시군구코드"
    assert "시군구코드" not in (*parts.outcomes, *parts.others)


@pytest.mark.parametrize("name", ["sales", "Revenue", "연간매출"])
def test_sales_are_the_first_outcome_whatever_they_are_called(tmp_path, name):
    frame = firms().rename(columns={"매출액": name})[["기업번호", "기준연도", "지원연도", "이익률", "종업원수", name]]
    assert proposed(tidy(tmp_path, frame)).outcomes == (name, "종업원수")
