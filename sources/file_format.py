"""What a file is, told by its first bytes and not by its name, and its bytes, unpacked if they are gzipped."""

import gzip
import io
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal, cast

from sources.record import SourceFileError

Format = Literal["delimited", "workbook", "json", "jsonl", "parquet"]

LARGEST_IN_MEMORY = 512 << 20
"""Bytes of one file that is held in memory, unpacked."""
_HEAD_BYTES = 65_536
_OTHER_FORMATS = (
    (re.compile(rb"%PDF"), "a PDF document"),
    (re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8"), "an image"),
    (re.compile(rb"Rar!|7z\xbc\xaf"), "a packed archive"),
    (re.compile(rb"SQLite format 3"), "an SQLite database"),
)
_HTML = re.compile(rb"\s*(?:<!doctype\s+html|<html|<table|<head|<meta|<div)", re.IGNORECASE)
_XML = re.compile(rb"\s*<\?xml|\s*<(?:workbook|ss:workbook)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """A file that was fetched into memory: unmasked as it is, it must not touch the disk.

    Attributes:
        name: As messages and the manifest show it, e.g. ``点评导出-2026-11.csv``.
        data: Its bytes.

    Raises:
        SourceFileError: It has more than ``LARGEST_IN_MEMORY`` bytes.
    """

    name: str
    data: bytes = field(repr=False)

    def __post_init__(self) -> None:
        check_size(self.name, len(self.data))


@dataclass(frozen=True, slots=True)
class FileBytes:
    """A file, on disk or in memory, whose content can be read any number of times."""

    content: Path | FetchedFile
    gzipped: bool

    @property
    def name(self) -> str:
        """The file's name, without folders."""
        return self.content.name

    def open(self) -> BinaryIO:
        """Open the content for reading, unpacked and seekable."""
        if not self.gzipped:
            return opened(self.content)
        # By its path, since a gzip stream leaves a file open that was opened for it.
        packed = self.content if isinstance(self.content, Path) else io.BytesIO(self.content.data)
        return cast("BinaryIO", gzip.open(packed, "rb"))

    def whole(self) -> BinaryIO:
        """Return the content for readers that jump about in it."""
        if not self.gzipped:
            return opened(self.content)
        with self.open() as stream:
            return io.BytesIO(stream.read())


def opened(content: Path | FetchedFile) -> BinaryIO:
    """Open a file's bytes as they are."""
    return content.open("rb") if isinstance(content, Path) else io.BytesIO(content.data)


def check_size(name: str, size: int) -> None:
    """Refuse what is too large to be held in memory.

    Raises:
        SourceFileError: It has more than ``LARGEST_IN_MEMORY`` bytes.
    """
    if size > LARGEST_IN_MEMORY:
        raise SourceFileError(
            f"{name}: expected at most {LARGEST_IN_MEMORY >> 20} MB, found more: what is fetched is held in "
            "memory, unpacked, until it is masked. Export a shorter period, or put the file into a folder and name it "
            "under files"
        )


def recognise(content: Path | FetchedFile) -> tuple[FileBytes, Format]:
    """Tell what a file is.

    Raises:
        SourceFileError: The file is missing, empty, damaged, too large once unpacked, or no table.
    """
    try:
        with opened(content) as stream:
            source = FileBytes(content, gzipped=stream.read(2) == b"\x1f\x8b")
        if source.gzipped and isinstance(content, FetchedFile):
            source = FileBytes(_unpacked(content), gzipped=False)
        with source.open() as stream:
            head = stream.read(_HEAD_BYTES)
    except FileNotFoundError as error:
        raise SourceFileError(f"{content}: expected a file, found none. Check the path") from error
    except IsADirectoryError as error:
        raise SourceFileError(f"{content}: expected a file, found a folder. Name the files in it one by one") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise SourceFileError(
            f"{content.name}: expected a sound gzip file, found a damaged one ({error}). Fetch it again"
        ) from error
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise SourceFileError(f"{content.name}: expected column names and rows, found an empty file. Export it again")
    _refuse_other_formats(content.name, head)
    return source, _format(source, head)


def _unpacked(packed: FetchedFile) -> FetchedFile:
    """Unpack what came from outside once, and no further than memory allows: a few kilobytes may hold gigabytes."""
    with gzip.open(io.BytesIO(packed.data), "rb") as stream:
        return FetchedFile(packed.name, stream.read(LARGEST_IN_MEMORY + 1))


def _format(source: FileBytes, head: bytes) -> Format:
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK\x03\x04"):
        _check_workbook(source)
        return "workbook"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "workbook"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if re.match(rb"\[\s*(?:[{\]\[\"]|$)", text):
        return "json"
    if re.match(rb"\{\s*(?:\"|\}|$)", text):
        # An object a line, or one object over the whole file.
        lines = [line for line in text.splitlines() if line.strip()]
        per_line = len(lines) > 1 and lines[0].rstrip().endswith(b"}") and lines[1].lstrip().startswith(b"{")
        return "jsonl" if per_line or source.name.removesuffix(".gz").endswith((".jsonl", ".ndjson")) else "json"
    return "delimited"


def _refuse_other_formats(name: str, head: bytes) -> None:
    found = next((kind for pattern, kind in _OTHER_FORMATS if pattern.match(head)), None)
    if found is None and _HTML.match(head.removeprefix(b"\xef\xbb\xbf")):
        found = "a web page (HTML), which some systems save under the name .xls"
    if found is None and _XML.match(head.removeprefix(b"\xef\xbb\xbf")):
        found = "XML, which some systems save under the name .xls"
    if found is not None:
        raise SourceFileError(
            f"{name}: expected CSV, TSV, Excel, JSON, JSON Lines or Parquet, found {found}. "
            "Open it and save it as .xlsx or as CSV in UTF-8"
        )


def _check_workbook(source: FileBytes) -> None:
    try:
        with source.whole() as stream, zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
            if isinstance(source.content, FetchedFile):
                check_size(source.name, sum(part.file_size for part in archive.infolist()))
    except zipfile.BadZipFile as error:
        raise SourceFileError(
            f"{source.name}: expected an Excel workbook, found a damaged one ({error}). Fetch or save it again"
        ) from error
    if not any(name.startswith("xl/") or name == "content.xml" for name in names):
        raise SourceFileError(
            f"{source.name}: expected a table, found a ZIP archive with {', '.join(names[:3]) or 'nothing in it'}"
            ". Unpack it and import the files in it"
        )
