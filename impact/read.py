"""Reading the table that a study names; codes stay text, so that no leading zero is lost."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from impact import marks
from impact.errors import InputError
from impact.study import Study


@dataclass(frozen=True)
class Source:
    """Where a table came from, and the sha256 of what was read."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Tables:
    """What a study reads: the table of firms and, where it is known, what would have been without support."""

    frame: pd.DataFrame
    source: Source
    without: pd.DataFrame | None = None

    @property
    def simulated(self) -> bool:
        """Tell whether firms are simulated: either of the tables is marked."""
        return any(marks.is_simulated(table) for table in (self.frame, self.without) if table is not None)


def tables(study: Study, folder: Path) -> Tables:
    """Read the tables of a study; `folder` is where the study lies."""
    if study.panel.source in (SIMULATED, SIMULATED_REGIONS):
        return _simulated(study)
    if study.panel.source is not None:
        return Tables(*_shipped(study.panel.source))
    path = folder / str(study.panel.file)
    without = study.panel.without_support
    known = None if without is None else file(folder / without, as_text(study))
    return Tables(file(path, as_text(study)), Source(path.name, _sha256_of(path)), known)


def as_text(study: Study) -> list[str]:
    """Name the columns that hold codes, not amounts."""
    designs = [study.design, *map(study.comparing, study.estimate)]
    within = [name for one in designs for name in (*one.comparison_within, *one.region_within, *one.subgroups)]
    named = [study.panel.unit, study.panel.region, *study.panel.region_attributes, study.cluster, *within]
    return list(dict.fromkeys(name for name in named if name))


def file(path: Path, codes: list[str]) -> pd.DataFrame:
    """Read a csv, parquet or xlsx file; raises InputError where it is not there or cannot be read."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"The table must be a {', '.join(READERS)} file; seen: {path.name}. Save it as one of these.")
    if not path.is_file():
        raise InputError(
            f"The table must be at {path}; there is no such file. Check the path (a study's table lies beside study.toml)."
        )
    try:
        return reader(path, codes)
    except pd.errors.EmptyDataError:
        raise InputError(
            f"The table must have rows; {path.name} is empty. Check that it was written completely."
        ) from None
    except Exception as error:  # each library has its own errors for a broken file
        raise InputError(
            f"{path.name} must be a readable {path.suffix.lower()} file; it is not: {_reason(error)}. Mend it, or "
            "save it again."
        ) from None


def _reason(error: Exception) -> str:
    """Return the first line of what a library said, without its full stop."""
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def _csv(path: Path, codes: list[str]) -> pd.DataFrame:
    """Read UTF-8, or what Korean systems write (CP949); nothing is replaced, ignored or moved to another column."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return _decoded(path, codes)
    except pd.errors.ParserWarning:
        raise ValueError("its rows have more values than the header has names") from None


def _decoded(path: Path, codes: list[str]) -> pd.DataFrame:
    for encoding in ("utf-8-sig", "cp949"):
        with suppress(UnicodeDecodeError):
            return _separated(
                pd.read_csv(path, dtype=dict.fromkeys(codes, str), index_col=False, encoding=encoding, low_memory=False)
            )
    raise ValueError("its text is neither UTF-8 nor CP949")


def _separated(frame: pd.DataFrame) -> pd.DataFrame:
    """Refuse a table whose one column holds the names of several."""
    names = [sign for sign in SEPARATORS if len(frame.columns) == 1 and sign in str(frame.columns[0])]
    if names:
        raise ValueError(
            f"its columns are separated by {SEPARATORS[names[0]]}, not by commas; read it with impact.intake.read_table, or save "
            "it with commas"
        )
    return frame


SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


def _parquet(path: Path, codes: list[str]) -> pd.DataFrame:
    return pd.read_parquet(path)


def _xlsx(path: Path, codes: list[str]) -> pd.DataFrame:
    return pd.read_excel(path, engine="openpyxl", dtype=dict.fromkeys(codes, str))


READERS: dict[str, Callable[[Path, list[str]], pd.DataFrame]] = {".csv": _csv, ".parquet": _parquet, ".xlsx": _xlsx}


def _shipped(name: str) -> tuple[pd.DataFrame, Source]:
    """Load a data set that ships with a library; only the names listed here are known, nothing else is imported."""
    if name not in SHIPPED:
        raise InputError(
            f"[panel] source must be one of {', '.join([*SHIPPED, SIMULATED, SIMULATED_REGIONS])}; seen: {name!r}. For your own "
            "table use file."
        )
    frame = SHIPPED[name]()
    return frame, Source(name, hashlib.sha256(frame.to_csv(index=False).encode()).hexdigest())


def _simulated(study: Study) -> Tables:
    """Draw the firms of the programme's own panel, or add them up by region.

    The source is the dials, because they and the seed are all there is.
    """
    from impact import simulate

    dials = asdict(study.simulate)
    threshold = dials.pop("threshold")
    world = simulate.World(**dials)
    made = simulate.simulate(world)
    source = Source(str(study.panel.source), hashlib.sha256(repr((world, threshold)).encode()).hexdigest())
    tables = Tables(made.firms, source, simulate.without_support(made))
    return tables if study.panel.source == SIMULATED else _by_region(tables, threshold)


def _by_region(tables: Tables, threshold: float) -> Tables:
    """Add firms up by municipality, as they are and as they would have been without support.

    A firm that only support kept alive is still seen, and would have been closed without: it adds nothing to those totals.
    """
    from impact.regions import to_panel

    sums = ("workers", "sales")

    def added(firms: pd.DataFrame) -> pd.DataFrame:
        named = ("municipality", "year", "firm", "first_supported")
        open_ = firms.assign(**{name: firms[name].where(firms["active"] == 1) for name in sums})
        return to_panel(open_, *named, sums=sums, active="active", threshold=threshold).panel

    return Tables(added(tables.frame), tables.source, None if tables.without is None else added(tables.without))


def _jobtraining() -> pd.DataFrame:
    from linearmodels.datasets import jobtraining

    return jobtraining.load()


SIMULATED, SIMULATED_REGIONS = "impact.simulate", "impact.simulate.regions"
SHIPPED: dict[str, Callable[[], pd.DataFrame]] = {"linearmodels.datasets.jobtraining": _jobtraining}


def _sha256_of(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
