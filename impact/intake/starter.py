"""A study from a file: the table made tidy, a proposal of what its columns are, and a commented study.toml that runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from impact import new
from impact.errors import InputError, counted, first_five
from impact.intake.door import read_table
from impact.intake.proposal import Proposal, proposed
from impact.intake.tidy import Tidy, period_of, tidied

TABLE = "table.parquet"
HANGUL = re.compile("[가-힣]")


@dataclass(frozen=True)
class Started:
    """The folder of a new study, and what was done to get there."""

    place: Path
    notes: tuple[str, ...]


def start(place: Path, file: Path, supported: Path | None = None) -> Started:
    """Make a study of a file as an agency hands it out; `supported` is a list of who was supported, and since when.

    The folder gets the table, tidied (`table.parquet`), and a study.toml in which every proposal is explained. The file itself
    is left alone. Raises InputError where no column can be the unit, the period, the support or an outcome; nothing is written then.
    """
    taken = read_table(file)
    tidy = tidied(taken)
    if supported is not None:
        tidy = _with_support(tidy, supported)
    parts = proposed(tidy)
    _refuse_incomplete(parts, tidy, file)
    table = tidy.frame.to_parquet(index=False)  # before there is a folder, so that none is left half made
    made = new.study(place)
    settings = (made / "study.toml").read_text(encoding="utf-8")
    text = _written(settings, parts, tidy, f"{file.name}, sha256 {taken.source.sha256}")
    (made / TABLE).write_bytes(table)
    (made / "study.toml").write_text(text, encoding="utf-8", newline="\n")
    return Started(made, (*taken.notes, *tidy.notes))


def _with_support(tidy: Tidy, path: Path) -> Tidy:
    """Add the first supported period from a list of units and years."""
    listed = tidied(read_table(path, regions="all")).frame
    unit, column = _shared(tidy, listed, path)
    years = _years(listed, unit, path)
    first = years.groupby(listed[unit].astype(str)).min()
    keys = tidy.frame[column].astype(str)
    joined = keys.map(first).fillna(0).astype(int)
    lost = first.index[~first.index.isin(keys)]
    notes = (*tidy.notes, *_on_joining(len(first), lost, path.name))
    frame = tidy.frame.assign(first_supported=joined)
    return replace(tidy, frame=frame, kinds={**tidy.kinds, "first_supported": "number"}, notes=notes)


def _on_joining(total: int, lost: pd.Index, name: str) -> Iterator[str]:
    """Say how many supported units the table has, and which it lacks."""
    yield f"{total - len(lost):,} of {counted(total, 'supported unit')} in {name} are in the table."
    if len(lost):
        yield (
            f"Supported units should all be in the table; {counted(len(lost), 'unit')} of {name} are not: {first_five(lost)}. Units that are "
            "not joined bias the estimate: look for what they have in common."
        )


def _shared(tidy: Tidy, listed: pd.DataFrame, path: Path) -> tuple[str, str]:
    """Find the column of the list whose values name units of the table, and the column of the table that they are in."""
    units = [name for name in tidy.frame if tidy.frame[name].dtype.kind not in "fb" and name != period_of(tidy)]
    known = {name: set(tidy.frame[name].astype(str)) for name in units}
    shares = {
        (mine, theirs): listed[mine].astype(str).isin(known[theirs]).mean() for mine in listed for theirs in units
    }
    best = max(shares, key=lambda pair: shares[pair], default=None)
    if best is None or shares[best] < 0.5:
        raise InputError(
            f"{path.name} must name supported units as the table does; no column of it holds as many as half of its values in a column of the "
            "table. Write the same numbers or codes in both, as text."
        )
    return str(best[0]), str(best[1])


def _years(listed: pd.DataFrame, unit: str, path: Path) -> pd.Series:
    """Find the year in which support began: of years or dates, those of the first column that holds nothing else."""
    for name in listed.columns.drop(unit):
        values = listed[name]
        year = (
            values
            if values.dtype.kind in "iu"
            else pd.to_numeric(values.astype(str).str.extract(r"^((?:19|20)\d\d)")[0])
        )
        year = (
            year.where(year < 10_000, year // np.where(year > 9_999_999, 10_000, 100))
            if values.dtype.kind in "iu"
            else year
        )
        if year.notna().all() and year.between(1900, 2100).all():
            return year.astype(int)
    raise InputError(
        f"{path.name} must say since when units were supported; no column of it holds a year or a date in every row. Add one, such as 2021 "
        "or 2021-07-31."
    )


def _refuse_incomplete(parts: Proposal, tidy: Tidy, file: Path) -> None:
    """Refuse what would make no study that runs."""
    columns = first_five(tidy.frame.columns)
    problems = []
    if parts.period is None:
        problems.append(
            f"A study needs periods; no column of {file.name} counts years, and no names of columns differ in a year. Its columns are: "
            f"{columns}. Add a column of years."
        )
    elif parts.unit is None:
        problems.append(
            f"A study needs a column that names each firm or region once a period; {file.name} has none: rows repeat in every column that "
            f"could. Its columns are: {columns}. Add up repeated rows, or add the column."
        )
    elif not (parts.first_supported or parts.supported):
        problems.append(
            f"A study needs to know who was supported, and since when; no column of {file.name} says so. Name a list of them with --supported "
            "LIST."
        )
    if parts.period and not parts.outcomes:
        problems.append(
            f"A study needs an outcome; {file.name} has no column of numbers beside its codes and years. Add one."
        )
    if problems:
        raise InputError(problems)


def _written(settings: str, parts: Proposal, tidy: Tidy, source: str) -> str:
    """Put the proposal into the commented study file that `impact new` writes."""
    period = str(parts.period)
    text = settings.replace('file = "firms.csv" ', f"file = {_quoted(TABLE)} ", 1)
    text = _line(text, "file", TABLE, f"made of {source}")
    text = _line(text, "unit", parts.unit, parts.reasons.get("unit", ""))
    text = _line(text, "period", period, parts.reasons.get("period", ""))
    if parts.first_supported:
        text = _line(text, "first_supported", parts.first_supported, parts.reasons["first_supported"])
    else:
        text = re.sub(r"^first_supported = .*\n", "", text, count=1, flags=re.MULTILINE)
        text = re.sub(
            r"^# supported = .*$",
            _setting("supported", parts.supported, parts.reasons["supported"]),
            text,
            count=1,
            flags=re.M,
        )
    if parts.region and parts.region != parts.unit:
        text = re.sub(
            r"^# region = .*$",
            lambda _: f"# {_setting('region', parts.region, parts.reasons['region'])}",
            text,
            count=1,
            flags=re.M,
        )
    text = _outcomes(text, parts, tidy.frame)
    if HANGUL.search(" ".join(map(str, tidy.frame.columns))):
        text = _line(text, "language", "ko", '"en" or "ko"')
        text = _line(text, "title", "이 연구의 제목", "")
        text = _line(text, "question", "지원은 결과를 바꾸었는가?", "")
    return text if _never(tidy.frame, parts) else _line(text, "comparison", "not_yet", "nobody is never supported")


def _never(frame: pd.DataFrame, parts: Proposal) -> bool:
    """Tell whether any unit is never supported."""
    if parts.supported:
        return bool((frame.groupby(parts.unit)[parts.supported].max() == 0).any())
    first = frame.drop_duplicates(parts.unit)[parts.first_supported].fillna(0)
    return bool(((first == 0) | (first > frame[parts.period].max())).any())


def _outcomes(text: str, parts: Proposal, frame: pd.DataFrame) -> str:
    """Write the outcomes in the place of those of the template."""
    blocks = re.search(r"^\[\[outcome\]\].*?(?=^\[design\])", text, re.MULTILINE | re.DOTALL)
    assert blocks is not None
    written = [_outcome(name, frame[name], first=not at) for at, name in enumerate(parts.outcomes)]
    others = f"# could be outcomes as well: {first_five(parts.others)}\n" if parts.others else ""
    return text[: blocks.start()] + "\n".join(written) + _comment(others) + "\n" + text[blocks.end() :]


def _outcome(name: str, values: pd.Series, first: bool) -> str:
    """Write one outcome: in logarithms where all its values are above zero and lie far apart."""
    known = values.dropna()
    log = bool(len(known) and (known > 0).all() and known.quantile(0.9) > 2 * known.quantile(0.1))
    why = (
        "per cent changes: all values are above zero"
        if log
        else '"log" for per cent changes, where all values are above zero'
    )
    lines = [
        "[[outcome]]"
        + (
            "                          # one such block for each outcome; the first is the study's answer"
            if first
            else ""
        ),
        f"name = {_quoted(name)}",
        f"column = {_quoted(name)}",
        f'transform = "{"log" if log else "none"}"'.ljust(37) + f"# {why}",
        'unit = ""'.ljust(37) + "# write it: workers, million won",
        'better = "higher"'.ljust(37) + '# or "lower"',
    ]
    return "\n".join(lines) + "\n"


def _line(text: str, key: str, value: object, why: str) -> str:
    """Change one setting, and say why."""
    return re.sub(rf"^{key} = .*$", lambda _: _setting(key, value, why), text, count=1, flags=re.MULTILINE)


def _setting(key: str, value: object, why: str) -> str:
    return f"{key} = {_quoted(str(value))}".ljust(37) + (_comment(f"# {why}") if why else "")


def _comment(words: str) -> str:
    """Keep what strangers wrote within its comment: no sign of it ends the line."""
    lines = words.splitlines()
    return "".join(sign if sign.isprintable() else " " for sign in " ".join(lines)) + (
        "\n" if words.endswith("\n") else ""
    )


def _quoted(text: str) -> str:
    """Write any text as a string of TOML."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
