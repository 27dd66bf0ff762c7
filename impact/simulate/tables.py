"""The tables of a block: firms as an analyst sees them, and the truth beside them, one row per firm and year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from impact import marks
from impact.simulate.firms import FLAGS, TRAITS, industries
from impact.simulate.measured import DERIVED, NOT_MEASURED, Measured, truth_columns
from impact.simulate.places import places
from impact.simulate.programme import province_programme, subsidies

COUNTS = ("accidents",)
ALONE = (*DERIVED, "active")


@dataclass(frozen=True)
class Rows:
    """The rows of a block's tables: the position of the firm and of the year of each, and how exact amounts are kept."""

    firm: np.ndarray
    year: np.ndarray
    amounts: pa.DataType

    def whole(self, values: np.ndarray) -> pa.Array:
        """Return whole numbers of firms, such as years."""
        return pa.array(values.astype(np.int32)[self.firm])

    def flag(self, values: np.ndarray) -> pa.Array:
        """Return 1 where it is so and 0 where it is not."""
        return pa.array(values.astype(np.int8)[self.firm])

    def amount(self, values: np.ndarray) -> pa.Array:
        """Return amounts of firms, or of firms and years; what is not a number is blank."""
        rows = values[self.firm] if values.ndim == 1 else values[self.firm, self.year]
        return pa.array(rows, from_pandas=True).cast(self.amounts)

    def text(self, values: np.ndarray, codes: np.ndarray) -> pa.Array:
        """Return text of firms from a list of texts and the position of each firm's in it."""
        return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)[self.firm]), pa.array(list(values))).cast(
            pa.string()
        )


def rows_of(one: Measured, amounts: pa.DataType) -> Rows:
    """Return the rows of a block: a firm has one for every year from the first, or its founding, on."""
    firm, year = np.nonzero(one.block.there)
    return Rows(firm, year, amounts)


def firms_table(one: Measured, rows: Rows) -> pa.Table:
    """Return the table of firms; outcomes are blank after exit."""
    block, support = one.block, one.block.support
    closed = one.exits["both"]
    first, second = subsidies(block.world, block.number, support)
    columns = {
        **_keys(one, rows),
        **_places(one, rows),
        "founded": rows.whole(block.firms.founded),
        "active": _regime(rows, "active", one.values["active"]["both"]),
        **{name: _seen(one, rows, name) for name in truth_columns() if name not in (*ALONE, *NOT_MEASURED)},
        "applied": rows.whole(support.applied),
        "applicant": rows.flag(support.applied > 0),
        "score": rows.amount(support.score),
        "award_year": rows.whole(support.award),
        "first_supported": rows.whole(support.completed),
        "subsidy_first": rows.amount(first),
        "second_award": rows.whole(support.second_award),
        "second_supported": rows.whole(support.second_completed),
        "subsidy_second": rows.amount(second),
        "province_programme": _province_programme(one, rows),
        **{name: rows.flag(block.firms.flags[:, k]) for k, name in enumerate(FLAGS)},
        "mentored": rows.flag(block.firms.mentored & (support.completed > 0)),
        "adopted": rows.whole(adopted(one)),
        "exit_year": rows.whole(np.where(closed <= block.world.last_year, closed, 0)),
        **{name: rows.amount(block.firms.traits[:, k]) for k, name in enumerate(TRAITS)},
        **{name: _seen(one, rows, name) for name in DERIVED},
    }
    return _marked(columns, rows)


def truth_table(one: Measured, rows: Rows) -> pa.Table:
    """Return every outcome in every regime; amounts go on after exit, and `active` says who lives."""
    columns = {
        f"{name}_{regime}": _regime(rows, name, values)
        for name in truth_columns()
        for regime, values in one.values[name].items()
    }
    return _marked({**_keys(one, rows), **columns}, rows)


def adopted(one: Measured) -> np.ndarray:
    """Return the year in which a firm adopted with its own money, 0 where support or exit came first, or it is to come."""
    block = one.block
    year = np.maximum(block.firms.adopts, block.firms.founded)
    first = np.where(block.support.completed > 0, block.support.award, block.world.last_year + 1)
    return np.where((year < first) & (year < one.exits["both"]), year, 0)


def _keys(one: Measured, rows: Rows) -> dict[str, pa.Array]:
    number = pa.array(one.block.firms.number).cast(pa.string())
    return {
        "firm": number.take(pa.array(rows.firm)),
        "year": pa.array(one.block.world.years.astype(np.int32)[rows.year]),
    }


def _places(one: Measured, rows: Rows) -> dict[str, pa.Array]:
    at, firms = places(), one.block.firms
    code, group, _ = industries()
    return {
        "municipality": rows.text(at.code, firms.place),
        "province": rows.text(at.province, firms.place),
        "risk_class": rows.text(at.risk_class, firms.place),
        "depopulation_area": rows.flag(at.depopulation[firms.place]),
        "latitude": pa.array(firms.latitude[rows.firm]),
        "longitude": pa.array(firms.longitude[rows.firm]),
        "industry": rows.text(code, firms.industry),
        "industry_group": rows.text(group, firms.industry),
    }


def _province_programme(one: Measured, rows: Rows) -> pa.Array:
    runs = np.column_stack([province_programme(int(year)) for year in one.block.world.years])
    return pa.array(runs[one.block.firms.place[rows.firm], rows.year].astype(np.int8))


def _seen(one: Measured, rows: Rows, name: str) -> pa.Array:
    """Return an outcome as it was; growth of jobs has its own blanks, all others are blank after exit."""
    values = one.values[name]["both"]
    seen = values if name == "jobs_growth" else np.where(one.active, values, np.nan)
    return _regime(rows, name, seen)


def _regime(rows: Rows, name: str, values: np.ndarray) -> pa.Array:
    kind = pa.int8() if name == "active" else pa.int16() if name in COUNTS else rows.amounts
    return pa.array(values[rows.firm, rows.year], from_pandas=True).cast(kind)


def _marked(columns: dict[str, pa.Array], rows: Rows) -> pa.Table:
    mark = rows.text(np.array([marks.SIMULATED]), np.zeros(int(rows.firm.max()) + 1))
    return pa.table({**columns, marks.COLUMN: mark})
