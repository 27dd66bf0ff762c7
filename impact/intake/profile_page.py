"""A profile as one page that needs no internet."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from impact import where
from impact.errors import InputError
from impact.intake.profile import Profile
from impact.phrases import phrase
from impact.publish import lite, qmd

MADE = b'<meta name="generator" content="impact'  # in the head of every page that was made here
ASIDE = 100  # rows set aside that are shown; `Taken.aside` has all
WIDE = 40  # columns that are shown by period
PARTS = ("unit", "period", "first_supported", "supported", "region")


def written(of: Profile, path: Path, language: str = "en") -> Path:
    """Write a profile as a page; an earlier page is replaced when it is done, and nothing else ever is."""
    _refuse_other(path)
    title = qmd.escape(phrase("profile.title", language, name=of.taken.source.name))
    words = qmd.Text(markdown(of, language), 1)
    document = qmd.Document(Path("profile.qmd"), {"title": title, "lang": language}, (words,))
    html = lite.page(document, where.reports("page.css").read_text(encoding="utf-8"))
    aside = path.with_name(f".{path.name}.part")
    aside.write_text(html, encoding="utf-8", newline="\n")
    os.replace(aside, path)
    return path


def _refuse_other(path: Path) -> None:
    """Let only a page of ours be replaced."""
    if path.exists() and not (path.is_file() and MADE in path.read_bytes()[:2000]):
        raise InputError(
            f"The page would replace {path}, which impact did not make. Name another file with --out, or move that one away."
        )


def markdown(of: Profile, language: str) -> str:
    """Return a profile as Markdown; whatever stands in the file shows as itself and does nothing."""

    def say(key: str, **values: Any) -> str:
        return phrase(f"profile.{key}", language, **values)

    parts = [
        f"*{say('internal')}*",
        _size(of, say),
        f"## {say('look')}",
        _list(of.findings),
        f"## {say('read')}",
        _list([*of.taken.notes, *of.tidy.notes]),
        f"## {say('parts')}",
        say("parts_reading"),
        _parts(of, say),
        f"## {say('columns')}",
        say("columns_reading"),
        _columns(of.columns, say),
        *_years(of, say),
        *_aside(of, say),
    ]
    return "\n\n".join(filter(None, parts))


def _size(of: Profile, say: Any) -> str:
    taken = of.taken
    return qmd.escape(
        say(
            "size", rows=f"{taken.rows:,}", kept=f"{len(taken.frame):,}", aside=f"{len(taken.aside):,}",
            columns=f"{len(taken.frame.columns):,}", megabytes=f"{of.size / 1e6:,.1f}", sha256=taken.source.sha256,
        )
    )  # fmt: skip


def _list(sentences: Iterable[str]) -> str:
    return "\n".join(f"- {qmd.escape(one)}" for one in sentences)


def _parts(of: Profile, say: Any) -> str:
    """Write what each column probably is."""
    found = [(part, getattr(of.parts, part), of.parts.reasons.get(part, "")) for part in PARTS]
    rows = [(f"`{part}`", qmd.escape(str(name)), qmd.escape(why)) for part, name, why in found if name is not None]
    rows += [("`[[outcome]]`", qmd.escape(name), "") for name in of.parts.outcomes]
    return _table([say("part"), say("column"), say("because")], rows, 3) if rows else ""


def _columns(columns: pd.DataFrame, say: Any) -> str:
    heads = (
        "column",
        "kind",
        "known",
        "blank",
        "suppressed",
        "zero",
        "different",
        "lowest",
        "median",
        "highest",
        "such_as",
    )
    rows = [
        (
            qmd.escape(str(row["column"])),
            qmd.escape(f"{row['kind']} {row['unit']}".strip()),
            *(f"{row[name]:,}" for name in heads[2:7]),
            *(_number(row[name]) for name in heads[7:10]),
            qmd.escape(", ".join(one[:40] for one in row["such_as"])),
        )
        for row in columns.to_dict("records")
    ]
    return _table([say(name) for name in heads], rows, 2)


def _years(of: Profile, say: Any) -> Iterable[str]:
    """Write rows, missing values and medians by period; nothing where no column counts years."""
    if of.rows is None or of.missing is None or of.typical is None:
        return
    periods = [str(one) for one in of.rows.index]
    yield f"## {say('years')}"
    yield _table(["", *periods], [(say("rows"), *(f"{count:,}" for count in of.rows))], 1)
    if len(of.missing):
        shares = [
            (qmd.escape(str(name)), *(f"{100 * one:.0f} %" for one in row))
            for name, row in of.missing.head(WIDE).iterrows()
        ]
        yield f"### {say('missing')}"
        yield _table([say("column"), *periods], shares, 1)
    if len(of.typical):
        medians = [(qmd.escape(str(name)), *map(_number, row)) for name, row in of.typical.head(WIDE).iterrows()]
        yield f"### {say('typical')}"
        yield _table([say("column"), *periods], medians, 1)
    hidden = max(len(of.missing), len(of.typical)) - WIDE
    if hidden > 0:
        yield say("more", count=f"{hidden:,}")


def _aside(of: Profile, say: Any) -> Iterable[str]:
    aside = of.taken.aside
    if not len(aside):
        return
    shown = aside.head(ASIDE)
    rows = [
        (f"{row:,}", qmd.escape(why), qmd.escape(seen[:120]))
        for row, why, seen in shown[["row", "why", "seen"]].itertuples(index=False)
    ]
    yield f"## {say('aside')}"
    yield _table([say("row"), say("why"), say("seen")], rows, 3)
    if len(aside) > ASIDE:
        yield say("more", count=f"{len(aside) - ASIDE:,}")


def _number(value: Any) -> str:
    return "" if pd.isna(value) else qmd.escape(f"{value:,.6g}")


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], left: int) -> str:
    """Write a pipe table whose first columns are words, the others numbers."""
    rule = [":---" if at < left or (at == len(heads) - 1 and left > 1) else "---:" for at in range(len(heads))]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([f"| {' | '.join(heads)} |", f"| {' | '.join(rule)} |", *lines])
