"""Which encoding a text file is in, decided from all its bytes, and the lines that do not fit it.

UTF-8, UTF-16 and GB18030 are told apart by what decodes; nothing beyond is guessed, since a wrong guess gives readable
nonsense that nobody notices until the report.
"""

import codecs
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

from sources.record import SourceFileError

# A cut-off export or one broken cell may be left out; more is a sign of the wrong encoding.
_DAMAGED_SHARE = 0.01
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UNDECODED = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class TextEncoding:
    """An encoding's Python name, and how many lines do not fit it (0 in a sound file)."""

    name: str
    damaged_lines: int = 0

    @property
    def errors(self) -> str:
        """Return the error handler: undecodable bytes become lone surrogates, which sound text never holds."""
        return "surrogateescape" if self.damaged_lines else "strict"


@dataclass(slots=True)
class _LineCount:
    lines: int = 0
    beyond_ascii: int = 0
    damaged: int = 0

    def fits(self) -> bool:
        """Few enough lines are damaged, and they are not most of what tells encodings apart."""
        allowed = max(1, int(self.lines * _DAMAGED_SHARE))
        return self.damaged == 0 or (self.damaged <= allowed and 2 * self.damaged < self.beyond_ascii)


def detect_encoding(stream: BinaryIO, file_name: str, wanted: str | None = None) -> TextEncoding:
    """Decide the encoding of a text file by reading it once.

    Args:
        stream: The file's bytes, seekable, at their beginning.
        file_name: The file's name, for messages.
        wanted: An encoding's name that a person chose; it is only checked.

    Raises:
        SourceFileError: The name is unknown, the file holds NUL bytes, or more than 1 % of its lines fit no encoding.
    """
    head = stream.read(65_536)
    stream.seek(0)
    if wanted is not None:
        return _chosen(stream, file_name, _known_codec(wanted))
    for mark, name in _MARKS:
        if head.startswith(mark):
            return _chosen(stream, file_name, name)
    if b"\0" in head:
        return _chosen(stream, file_name, _sixteen_bits(head, file_name))
    counts = _count_lines(stream, file_name, ("utf-8", "gb18030"))
    for name, count in counts.items():
        if count.fits():
            return TextEncoding(name, count.damaged)
    count = counts["gb18030"]
    raise SourceFileError(
        f"{file_name}: expected UTF-8, UTF-16 or GB18030, found {counts['utf-8'].damaged} lines that are no UTF-8 and "
        f"{count.damaged} that are no GB18030 among {count.lines}. Name the encoding, e.g. --encoding big5, or save "
        "the file again as UTF-8"
    )


def without_undecoded(text: str) -> str:
    """Return the text with each undecodable byte shown as ``\ufffd``, safe to write."""
    return _UNDECODED.sub("\ufffd", text)


def holds_undecoded(cells: Iterable[object]) -> bool:
    """Tell whether any cell holds bytes that could not be decoded."""
    return any(isinstance(cell, str) and _UNDECODED.search(cell) is not None for cell in cells)


def _known_codec(name: str) -> str:
    try:
        # Python also calls base64 and rot13 encodings; those are none of text, and this says so.
        io.TextIOWrapper(io.BytesIO(), encoding=name)
        return codecs.lookup(name).name
    except (LookupError, ValueError) as error:
        raise SourceFileError(
            f"--encoding {name}: expected an encoding that Python knows, such as utf-8, gb18030, utf-16 or big5"
        ) from error


def _chosen(stream: BinaryIO, file_name: str, name: str) -> TextEncoding:
    if name.startswith(("utf-16", "utf-32")):
        _check_wide(stream, file_name, name)
        return TextEncoding(name)
    count = _count_lines(stream, file_name, (name,))[name]
    # The mark at the file's head, or the person, has spoken: few sound lines beyond ASCII are no sign against it.
    if count.damaged > max(1, int(count.lines * _DAMAGED_SHARE)):
        raise SourceFileError(
            f"{file_name}: expected {name}, found {count.damaged} of {count.lines} lines that do not fit it. "
            "Choose another with --encoding, or save the file again as UTF-8"
        )
    return TextEncoding(name, count.damaged)


def _check_wide(stream: BinaryIO, file_name: str, name: str) -> None:
    decoder = codecs.getincrementaldecoder(name)()
    try:
        while chunk := stream.read(1 << 20):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise SourceFileError(
            f"{file_name}: expected {name}, found bytes that do not fit it ({error.reason}): the file may be cut off. "
            "Export it again, as UTF-8 if you can choose"
        ) from error
    finally:
        stream.seek(0)


def _sixteen_bits(head: bytes, file_name: str) -> str:
    even, odd = head[0::2].count(0), head[1::2].count(0)
    name = "utf-16-le" if odd > even else "utf-16-be"
    text = head[: len(head) // 2 * 2].decode(name, "replace")
    usual = sum(
        "\u3000" <= char <= "\u9fff" or "\uff00" <= char <= "\uffef" or " " <= char <= "\u024f" or char in "\t\r\n"
        for char in text
    )
    if min(even, odd) * 10 > max(even, odd) or usual < 0.9 * len(text):
        raise SourceFileError(
            f"{file_name}: expected text, found NUL bytes: the file is binary or broken. "
            "Export it again as CSV in UTF-8 or as .xlsx"
        )
    return name


def _count_lines(stream: BinaryIO, file_name: str, names: tuple[str, ...]) -> dict[str, _LineCount]:
    counts = {name: _LineCount() for name in names}
    for line in stream:
        if b"\0" in line:
            raise SourceFileError(
                f"{file_name}: expected text, found NUL bytes: the file is binary or broken. "
                "Export it again as CSV in UTF-8 or as .xlsx"
            )
        beyond_ascii = not line.isascii()
        for name, count in counts.items():
            count.lines += 1
            if beyond_ascii:
                count.beyond_ascii += 1
                count.damaged += not _decodes(line, name)
    stream.seek(0)
    return counts


def _decodes(line: bytes, name: str) -> bool:
    try:
        line.decode(name)
    except UnicodeDecodeError:
        return False
    return True
