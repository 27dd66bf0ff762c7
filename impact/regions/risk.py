"""The extinction index of a region and its class.

The index is computed from a population table and never stored. It is a convention of research, not of law: a region "at risk"
need not be designated, and the rank of a designated one may be anything. Keep the two as two variables.

Source: 이상호 (Lee Sang-ho), 한국고용정보원 (Korea Employment Information Service, KEIS), in its quarterly 지역산업과 고용:
spring 2022 (https://www.moel.go.kr/news/enews/report/enewsView.do?news_seq=13488) and summer 2024, all five classes as
reported in the press. The quarterly itself was not at hand.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

EDGES = (0.2, 0.5, 1.0, 1.5)  # each belongs to the class above it
CLASSES = {
    "en": ("high", "entering", "caution", "low", "very low"),
    "ko": ("소멸 고위험", "소멸위험 진입", "주의", "보통", "소멸위험 매우 낮음"),
}
AT_RISK_BELOW = 0.5  # "entering" and "high" together

Counts = TypeVar("Counts", float, "np.ndarray[tuple[int, ...], np.dtype[np.float64]]", "pd.Series[float]")


def extinction_index(women_20_39: Counts, age_65_plus: Counts) -> Counts:
    """Return women aged 20 to 39 per person aged 65 or more (이상호, KEIS).

    The index of an area that is made of several regions is that of their summed counts, not the mean of their indices.

    >>> round(extinction_index(22361, 24752), 3)
    0.903
    """
    return women_20_39 / age_65_plus


def risk_class(index: npt.ArrayLike, language: str = "en") -> pd.Series[str]:
    """Return the class of each index, an ordered category from "high" risk to "very low" (이상호, KEIS).

    Very low from 1.5, low from 1.0, caution from 0.5, entering from 0.2, and high below; an index that is not there has none.
    `language` is "en" or "ko".

    >>> risk_class([0.19, 0.2, 1.5]).tolist()
    ['high', 'entering', 'very low']
    """
    values = pd.Series(index, dtype=float)
    place = np.where(values.notna(), np.searchsorted(EDGES, values, side="right"), -1)
    return pd.Series(pd.Categorical.from_codes(place, pd.Index(CLASSES[language]), ordered=True), index=values.index)
