"""A simulated world as files: firms, truth and estimands, written aside and put in place when all is done."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import fields
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from impact import aside, marks
from impact.errors import InputError
from impact.progress import Tell
from impact.simulate.columns import COLUMNS
from impact.simulate.effects import REGIMES
from impact.simulate.estimands import Sums
from impact.simulate.measured import truth_columns
from impact.simulate.panel import computed, everyone
from impact.simulate.streams import blocks
from impact.simulate.tables import firms_table, rows_of, truth_table
from impact.simulate.world import World

FILES = ("firms.parquet", "truth.parquet", "estimands.csv", "README.md")
TENTHS = 10
STEPS = TENTHS + 2


def write(world: World, folder: Path, tell: Tell = lambda step: None) -> Path:
    """Write a world block by block, so that a million firms need no more memory than their support does; return the folder.

    Amounts have 32 bits in the files (seven digits), years and flags are whole numbers. A folder with an earlier world is
    replaced, any other one is refused. `tell` hears each of `STEPS` steps as it begins.
    """
    _fail_if_no_place(folder)
    with aside.written(folder) as new:
        tell("drawing firms and support")
        estimands = _tables(world, new, tell)
        tell("writing estimands")
        estimands.to_csv(new / "estimands.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
        (new / "README.md").write_text(readme(world), encoding="utf-8", newline="\n")
    return folder


def readme(world: World) -> str:
    """Say what the files hold."""
    dials = "\n".join(f"| {dial.name} | {getattr(world, dial.name)} |" for dial in fields(world))
    columns = "\n".join(f"| {name} | {said} |" for name, said in COLUMNS.items())
    outcomes = ", ".join(truth_columns())
    return f"""# {marks.SIMULATED}

These firms do not exist. Municipalities are real; firms, support and outcomes were drawn by `impact.simulate`.

- `firms.parquet`: one row per firm and year, what an analyst sees.
- `truth.parquet`: for each outcome c, `c_0` without support, `c_first` with first support only, `c_both` as it was. Support of
  all other firms is as it was in every regime. Outcomes go on after exit; `active_0`, `active_first` and `active_both` say who
  lives. Jobs growth is blank after exit. A firm that was never supported has three equal values.
- `estimands.csv`: mean effects on the supported by event time (0 is the year of completion; blank is all from 0 on). "observed
  supported firm-years" are those in business as it was; "always-survivors" those in business in every regime; "observed before
  second support" those before the second award. Survival counts all firm-years after completion, jobs growth the year of exit
  too.

Mind survival: a firm whose project was completed lived until then, so beside all others it looks better than support makes it.
Date support by `award_year` and compare with rejected applicants of the same year (`applied`), who were all in business then.

Outcomes: {outcomes}. `expected_accidents` is the mean of which `accidents` is one draw, with the same luck in every regime; its
difference is the smooth effect on accidents.

## firms.parquet

| column | meaning |
|---|---|
{columns}

## The world

| dial | value |
|---|---|
{dials}

Facts, their sources and days: `data/parameters/programme.toml`. Dials: `impact.simulate.World`.
"""


def _tables(world: World, place: Path, tell: Tell) -> pd.DataFrame:
    """Write firms and truth; return the estimands."""
    sums, count = Sums(), sum(1 for _ in blocks(world.firms))
    with ExitStack() as open_files:
        files: list[parquet.ParquetWriter] = []
        for at, one in enumerate(computed(world, everyone(world))):
            for tenth in range(TENTHS):
                if tenth * count // TENTHS == at:
                    tell(f"firms {at + 1} of {count}")
            sums.add(one)
            rows = rows_of(one, pa.float32())
            tables = (firms_table(one, rows), truth_table(one, rows))
            if not files:
                files = [
                    open_files.enter_context(_file(place / name, table))
                    for name, table in zip(FILES, tables, strict=False)
                ]
            for file, table in zip(files, tables, strict=True):
                file.write_table(table)
    return sums.table()


def _file(path: Path, table: pa.Table) -> parquet.ParquetWriter:
    """Open a file; what repeats is stored once, amounts of every year as they are."""
    yearly = {f"{name}{end}" for name in truth_columns() for end in ("", *(f"_{regime}" for regime in REGIMES))}
    repeated = [name for name in table.column_names if name not in yearly]
    return parquet.ParquetWriter(path, table.schema, compression="zstd", compression_level=1, use_dictionary=repeated)


def _fail_if_no_place(folder: Path) -> None:
    if folder.exists() and not (folder.is_dir() and {one.name for one in folder.iterdir()} <= set(FILES)):
        raise InputError(
            f"A simulated world replaces what is at {folder}, which must be an earlier one or an empty folder; it is something "
            "else. Choose another folder."
        )
