"""Whether an Excel file may be opened: it is a zip of XML that a stranger wrote."""

from __future__ import annotations

import zipfile
from contextlib import suppress
from typing import BinaryIO
from xml.parsers import expat

from impact.errors import InputError
from impact.intake._reading.grid import calling

MOST_UNPACKED = 300_000_000  # bytes of all members together; a sheet of a million rows and ten columns has about that
MOST_MEMBERS = 10_000
XML = (".xml", ".rels")  # parts of another ending may be pictures, which no parser can read
OLD = b"\xd0\xcf\x11\xe0"
BLOCK = 1 << 16


class _Root(Exception):
    """The first element was reached: a DTD stands before it, or nowhere."""


def checked(file: BinaryIO, name: str) -> zipfile.ZipFile:
    """Open an Excel file whose size unpacked is bounded, and none of whose parts declares a DTD or an entity."""
    if file.read(len(OLD)) == OLD:
        raise InputError(
            f"{name} must be an Excel file of today (.xlsx); it is an old one (.xls), or has a password. Open it in Excel "
            "and save it as .xlsx without a password."
        )
    with calling(name, "Excel"):
        archive = zipfile.ZipFile(file)
    _refuse_bombs(archive, name)
    for member in archive.infolist():
        _refuse_dtd(archive, member, name)
    return archive


def _refuse_bombs(archive: zipfile.ZipFile, name: str) -> None:
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    if unpacked > MOST_UNPACKED or len(members) > MOST_MEMBERS:
        raise InputError(
            f"{name} must have at most {MOST_UNPACKED:,} bytes in {MOST_MEMBERS:,} parts when unpacked; seen: {unpacked:,} bytes "
            f"in {len(members):,} parts. Save the sheet as csv if it is as large as that; else do not open it."
        )


def _refuse_dtd(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> None:
    """Look at what stands before the first element of a part, with the parser that reads it later; its ending may lie."""

    def declared(*_: object) -> None:
        raise InputError(
            f"No part of {name} may declare a document type or an entity; {member.filename} does. No office program writes so: "
            "do not open the file, and ask for it anew."
        )

    def reached(*_: object) -> None:
        raise _Root

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = declared
    parser.EntityDeclHandler = declared
    parser.StartElementHandler = reached
    with calling(name, "Excel"), suppress(*(() if member.filename.lower().endswith(XML) else (expat.ExpatError,))):
        _fed(parser, archive, member)


def _fed(parser: expat.XMLParserType, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Feed a part to a parser until its first element."""
    with archive.open(member) as part, suppress(_Root):
        while block := part.read(BLOCK):
            parser.Parse(block, False)
