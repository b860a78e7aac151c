"""What a file is, told by its first bytes and not by its name, and its bytes, unpacked if they are gzipped."""

import gzip
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, cast

from sources.record import SourceFileError

Format = Literal["delimited", "workbook", "json", "jsonl", "parquet"]

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
class FileBytes:
    """A file whose content can be read any number of times."""

    path: Path
    gzipped: bool

    def open(self) -> BinaryIO:
        """Open the content for reading, unpacked and seekable."""
        return cast("BinaryIO", gzip.open(self.path, "rb")) if self.gzipped else self.path.open("rb")

    def content(self) -> BinaryIO:
        """Return the content for readers that jump about in it."""
        if not self.gzipped:
            return self.path.open("rb")
        with self.open() as stream:
            return io.BytesIO(stream.read())


def recognise(path: Path) -> tuple[FileBytes, Format]:
    """Tell what a file is.

    Raises:
        SourceFileError: The file is missing, empty, damaged, or no table.
    """
    try:
        with path.open("rb") as stream:
            source = FileBytes(path, gzipped=stream.read(2) == b"\x1f\x8b")
        with source.open() as stream:
            head = stream.read(_HEAD_BYTES)
    except FileNotFoundError as error:
        raise SourceFileError(f"{path}: expected a file, found none. Check the path") from error
    except IsADirectoryError as error:
        raise SourceFileError(f"{path}: expected a file, found a folder. Name the files in it one by one") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise SourceFileError(
            f"{path.name}: expected a sound gzip file, found a damaged one ({error}). Fetch it again"
        ) from error
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise SourceFileError(f"{path.name}: expected column names and rows, found an empty file. Export it again")
    _refuse_other_formats(path, head)
    return source, _format(source, head)


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
        return "jsonl" if per_line or source.path.name.removesuffix(".gz").endswith((".jsonl", ".ndjson")) else "json"
    return "delimited"


def _refuse_other_formats(path: Path, head: bytes) -> None:
    found = next((name for pattern, name in _OTHER_FORMATS if pattern.match(head)), None)
    if found is None and _HTML.match(head.removeprefix(b"\xef\xbb\xbf")):
        found = "a web page (HTML), which some systems save under the name .xls"
    if found is None and _XML.match(head.removeprefix(b"\xef\xbb\xbf")):
        found = "XML, which some systems save under the name .xls"
    if found is not None:
        raise SourceFileError(
            f"{path.name}: expected CSV, TSV, Excel, JSON, JSON Lines or Parquet, found {found}. "
            "Open it and save it as .xlsx or as CSV in UTF-8"
        )


def _check_workbook(source: FileBytes) -> None:
    try:
        with source.content() as stream, zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile as error:
        raise SourceFileError(
            f"{source.path.name}: expected an Excel workbook, found a damaged one ({error}). Fetch or save it again"
        ) from error
    if not any(name.startswith("xl/") or name == "content.xml" for name in names):
        raise SourceFileError(
            f"{source.path.name}: expected a table, found a ZIP archive with {', '.join(names[:3]) or 'nothing in it'}"
            ". Unpack it and import the files in it"
        )
