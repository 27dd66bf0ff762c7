"""Files whose columns have types of their own: Parquet and Stata."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from impact.errors import InputError, first_five
from impact.intake._reading.grid import Grid, Texts, calling, texts, within_bounds

MOST_TEXT = 1 << 30  # bytes of text; a short file may repeat one long text in every row
RELEASE = b"<stata_dta><header><release>"
OLD_STATA = 117  # the last version whose text has no known encoding; later ones are UTF-8


def parquet(path: Path) -> Grid:
    """Read a Parquet file, whose size unpacked is known before it is read."""
    with calling(path.name, ".parquet"):
        file = pyarrow.parquet.ParquetFile(path)
        rows, columns = file.metadata.num_rows, file.metadata.num_columns
        unpacked = sum(file.metadata.row_group(at).total_byte_size for at in range(file.metadata.num_row_groups))
        names = [field.name for field in file.schema_arrow if _is_text(field.type)]
    within_bounds(path.name, rows, columns)
    _refuse_large(unpacked, path.name)
    with calling(path.name, ".parquet"):
        table = pyarrow.parquet.read_table(path, read_dictionary=names, use_threads=False)
    texts_of = [column for column in table.columns if pa.types.is_dictionary(column.type)]
    with calling(path.name, ".parquet"):
        unpacked = sum(_length(column) for column in texts_of)
    _refuse_large(unpacked, path.name)
    with calling(path.name, ".parquet"):
        frame = {str(name): _plain(column) for name, column in zip(table.column_names, table.columns, strict=True)}
    return _grid(list(table.column_names), list(frame.values()), table.num_rows, ())


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _refuse_large(unpacked: int, name: str) -> None:
    if unpacked > MOST_TEXT:
        raise InputError(
            f"{name} must have at most {MOST_TEXT:,} bytes when unpacked; seen: {unpacked:,}. Read it in parts, or write only "
            "the columns that are needed."
        )


def _length(column: Texts) -> int:
    """Return how many bytes the text of a column takes when every row holds its own."""
    return sum(
        int(pc.sum(pc.binary_length(chunk.dictionary).take(chunk.indices)).as_py() or 0) for chunk in column.chunks
    )


def _plain(column: Texts) -> Texts | pd.Series:
    """Return text as text and numbers as numbers; all else, such as days, as the text that it is written as."""
    kind = column.type
    if pa.types.is_dictionary(kind) and _is_text(kind.value_type):
        return column.cast(pa.large_string())
    if _is_text(kind):
        return column
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return column.to_pandas().rename(None)
    if pa.types.is_boolean(kind):
        return column.cast(pa.int8()).to_pandas().rename(None)
    series = column.to_pandas()
    return _as_text(series)


def _as_text(series: pd.Series) -> Texts:
    """Write other values as text."""
    written = series.astype(object).where(series.notna(), None).map(lambda value: None if value is None else str(value))
    return pa.chunked_array([pa.array(list(written), pa.large_string())])


def stata(path: Path) -> Grid:
    """Read a file of Stata; columns with labels keep their numbers, and old text is read as Korean systems wrote it."""
    with calling(path.name, ".dta"), pd.io.stata.StataReader(path, convert_categoricals=False) as reader:
        labels = reader.value_labels()
        frame = _read(reader)
    within_bounds(path.name, *frame.shape)
    mend = _mended if _version(path) <= OLD_STATA else None
    names = [_name(str(name), mend) for name in frame]
    columns = [_of_stata(frame.iloc[:, at], mend) for at in range(frame.shape[1])]
    notes = [f"{path.name}: numbers that Stata labels stay numbers: {first_five(labels)}."] if labels else []
    return _grid(names, columns, len(frame), tuple(notes))


def _read(reader: Any) -> pd.DataFrame:
    """Read all rows; the types of pandas lack this method."""
    return reader.read()


def _version(path: Path) -> int:
    """Return the version of Stata's format: a number in text since 117, one byte before."""
    with path.open("rb") as opened:
        start = opened.read(len(RELEASE) + 3)
    return int(start[len(RELEASE) :]) if start.startswith(RELEASE) else start[0]


def _mended(text: str) -> str:
    """Read text anew that was taken for Latin letters; what is neither UTF-8 nor CP949 stays as it is."""
    for encoding in ("utf-8", "cp949"):
        try:
            return text.encode("latin-1").decode(encoding)
        except UnicodeError:
            continue
    return text


def _name(name: str, mend: Callable[[str], str] | None) -> str:
    return name if mend is None else mend(name)


def _of_stata(series: pd.Series, mend: Callable[[str], str] | None) -> Texts | pd.Series:
    if pd.api.types.is_numeric_dtype(series):
        return series.reset_index(drop=True)
    if pd.api.types.is_datetime64_any_dtype(series):
        return _as_text(series.dt.strftime("%Y-%m-%d"))
    texts_ = series.astype(object).where(series.notna(), None)
    found = {text: text if text is None or mend is None else mend(str(text)) for text in texts_.unique()}
    return _as_text(texts_.map(found))


def _grid(names: list[str], columns: list[Texts | pd.Series], rows: int, notes: tuple[str, ...]) -> Grid:
    """Put text and typed columns side by side; the first row is number 1, because there is no row of names."""
    typed = {at: column for at, column in enumerate(columns) if isinstance(column, pd.Series)}
    blank = pa.chunked_array([pa.nulls(rows, pa.large_string())])
    plain = [blank if isinstance(column, pd.Series) else texts(column) for column in columns]
    return Grid(tuple(plain), np.arange(1, rows + 1), notes, names=tuple(names), typed=typed)
