"""How the text of a file is written: as UTF-8, as Korean systems write it (CP949), or as UTF-16 with its mark; all strictly."""

from __future__ import annotations

import codecs
import re

from impact.errors import InputError

MARKED = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
TRIED = ("utf-8", "cp949")
BLOCK = 1 << 24
HANGUL = re.compile("[가-힣]")
OTHER = (
    (b"PK\x03\x04", "a zip file, such as an Excel file (.xlsx)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file (.xls), or one with a password"),
    (b"PAR1", "a Parquet file"),
    (b"\x1f\x8b", "a packed file (gzip)"),
    (b"%PDF", "a PDF"),
)


def decoded(raw: bytes, name: str, encoding: str | None = None) -> tuple[bytes | bytearray, str]:
    """Return a file's text as UTF-8 without a mark, and how it was written; nothing is ever replaced or ignored.

    >>> decoded("서울".encode("cp949"), "a.csv")[1]
    'cp949'
    """
    _refuse_other(raw, name)
    given = next((found for mark, found in MARKED if raw.startswith(mark)), None)
    for one in (encoding,) if encoding else (given,) if given else TRIED:
        text = _strictly(raw, one, name)
        if text is not None:
            return _without_nul(text, name), one
        if one == "utf-8":
            _refuse_damaged(raw, name)
    raise InputError(_neither(raw, name, encoding or given))


def _refuse_other(raw: bytes, name: str) -> None:
    """A file that is no text by its first bytes is named for what it is."""
    for mark, kind in OTHER:
        if raw.startswith(mark):
            raise InputError(
                f"{name} must be a file of text; by its first bytes it is {kind}. Give it the ending of what it is, or save it "
                "as csv."
            )
    if re.match(rb"\s*(<!doctype html|<html|<table|<\?xml)", raw[:200], re.IGNORECASE):
        raise InputError(
            f"{name} must be a file of text; it is a web page or XML under another name. Open it in Excel and save it as csv."
        )


def _strictly(raw: bytes, encoding: str, name: str) -> bytes | bytearray | None:
    """Return the text as UTF-8; nothing where it is not written so. UTF-8 is not copied."""
    try:
        decoder = codecs.getincrementaldecoder(encoding)("strict")
    except LookupError:
        raise InputError(
            f"An encoding must be one that Python knows; seen: {encoding}. Name one, such as utf-8, cp949 or utf-16."
        ) from None
    try:
        blocks = (
            decoder.decode(raw[at : at + BLOCK], final=at + BLOCK >= len(raw)) for at in range(0, len(raw), BLOCK)
        )
        if encoding in ("utf-8", "utf-8-sig"):
            for _ in blocks:
                pass
            return raw.removeprefix(codecs.BOM_UTF8)
        text = bytearray()  # grows in place; a list of blocks would stand beside what is made of it
        for block in blocks:
            text += block.encode("utf-8")
        return text
    except UnicodeError:
        return None


def _without_nul(text: bytes | bytearray, name: str) -> bytes | bytearray:
    at = text.find(b"\0")
    if at >= 0:
        raise InputError(
            f"{name} must be text; a NUL byte stands in line {_line(text, at):,}. It may be UTF-16 without its mark "
            '(encoding="utf-16-le"), or no text at all.'
        )
    return text


def _refuse_damaged(raw: bytes, name: str) -> None:
    """Hangul in UTF-8 before the first wrong byte is no accident: such a file is damaged, not CP949."""
    at = _first_wrong(raw, "utf-8")
    if HANGUL.search(raw[max(0, at - BLOCK) : at].decode("utf-8", errors="replace")):
        raise InputError(
            f"{name} must be written in one encoding; it is UTF-8 up to byte 0x{raw[at]:02x} in line {_line(raw, at):,}. Two "
            "files may have been joined, or the file is damaged: write it anew."
        )


def _neither(raw: bytes, name: str, asked: str | None) -> str:
    encoding = asked or "cp949"
    at = _first_wrong(raw, encoding)
    seen = f"byte 0x{raw[at]:02x} in line {_line(raw, at):,}" if at < len(raw) else "its end"
    if asked:
        return f"{name} must be text in {encoding}; {seen} is none. Leave encoding out, or name the one in which it was written."
    return (
        f"{name} must be text in UTF-8 or CP949; {seen} is neither. Name the encoding in which it was written, such as "
        'encoding="utf-16-le", or save it as UTF-8.'
    )


def _first_wrong(raw: bytes, encoding: str) -> int:
    """Return the place of the first byte that is not of an encoding."""
    try:
        raw.decode(encoding)
    except UnicodeDecodeError as error:
        return error.start
    except UnicodeError:
        return 0
    return len(raw)


def _line(raw: bytes | bytearray, at: int) -> int:
    return raw.count(b"\n", 0, at) + 1
