"""Cleaning for analysis, with a map from every cleaned character back to its place in the stored text.

The stored text is what a quote must be found in, so nothing here changes it: a reader works on ``CleanText.text`` and
reports offsets through ``CleanText.span``. Whatever changes the length of the text (mark-up, addresses, zero-width
characters, repeated punctuation, characters that NFKC spells out) is replaced piece by piece and remembered as a
segment; whatever does not (width, case, Traditional to Simplified) is translated in place afterwards.
"""

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

import opencc

_MARKUP = r"</?[A-Za-z][A-Za-z0-9]{0,15}(?:\s[^<>]{0,500})?/?>"
_ENTITY = r"&(?:amp;)*(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,31});"
# A mark at the end belongs to the sentence around the address.
_ADDRESS = r"(?:[Hh][Tt][Tt][Pp][Ss]?://|[Ww]{3}\.)[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+(?<![.,:;!?'()\[\]])"
# Controls but for white space, and what Unicode calls default-ignorable: zero-width and bidirectional marks, Hangul
# fillers, variation selectors, byte-order mark, tags.
_INVISIBLE = (
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
_COMBINING = r"[\u0300-\u036f\u3099\u309a]"
_SPACE = r"[^\S\n]*\n\s*|[^\S\n]{2,}"
_DOTS = r"[.。．…]{2,}|…"
# A run of one mark in any width becomes one mark; digits may hold commas and colons, but not two in a row.
_MARK_RUNS = (
    r"[!！]{2,}",
    r"[?？]{2,}",
    r"[,，]{2,}",
    r"[;；]{2,}",
    r"[:：]{2,}",
    r"[~～]{2,}",
    r"[、､]{2,}",
    r"[—－\-]{2,}",
)


@dataclass(frozen=True, slots=True)
class _Pass:
    """One pass of cleaning: segments in order, by where each begins in the text made and in the text given."""

    made_starts: tuple[int, ...]
    given_starts: tuple[int, ...]
    replaced: tuple[bool, ...]
    """Whether the segment was replaced whole, not copied character by character."""
    given_length: int

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where the characters ``start:end`` of the text made stand in the text given."""
        first = bisect_right(self.made_starts, start) - 1
        last = bisect_right(self.made_starts, end - 1) - 1
        begin = self.given_starts[first] + (0 if self.replaced[first] else start - self.made_starts[first])
        if self.replaced[last]:
            stop = self.given_starts[last + 1] if last + 1 < len(self.given_starts) else self.given_length
        else:
            stop = self.given_starts[last] + end - self.made_starts[last]
        return begin, stop


@dataclass(frozen=True, slots=True)
class CleanText:
    """A text made ready for analysis, and where each of its characters came from.

    Invariant: for every ``0 <= start < end <= len(text)``, ``span(start, end)`` is a non-empty slice of ``original``.
    """

    original: str
    text: str
    passes: tuple[_Pass, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where the cleaned characters ``text[start:end]`` stand in ``original``.

        Raises:
            ValueError: ``start`` and ``end`` do not enclose at least one cleaned character.
        """
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"expected 0 <= start < end <= {len(self.text)}; got {start} and {end}")
        for one in reversed(self.passes):
            start, end = one.span(start, end)
        return start, end


# A reader and a segmenter clean the same text one after the other, a batch at a time.
@lru_cache(maxsize=8192)
def clean(text: str) -> CleanText:
    r"""Make a text ready for analysis: NFKC, lower case, Simplified characters, no mark-up, no repeated punctuation.

    Example: ``clean("服務態度太差！！！<br>WiFi連不上").text`` → ``"服务态度太差!\nwifi连不上"``. Full-width
    punctuation becomes ASCII; ``。`` and ``、`` stay. White space that carries no line break becomes one space.
    Cleaning a cleaned text changes nothing.
    """
    passes: list[_Pass] = []
    cleaned = text
    more = True
    # What one pass makes may be cleaned further: ``＜br＞`` becomes ``<br>``, the marks of ``!<b>!`` become neighbours.
    while more:
        given = cleaned
        cleaned, one = _clean_once(given)
        if cleaned != given:
            passes.append(one)
        more = cleaned != given and (_length_changes(cleaned).search(cleaned) is not None or has_traditional(cleaned))
    return CleanText(text, cleaned, tuple(passes))


def _clean_once(text: str) -> tuple[str, _Pass]:
    pieces: list[str] = []
    made_starts: list[int] = []
    given_starts: list[int] = []
    replaced: list[bool] = []
    length = position = 0

    def add(piece: str, given_start: int, *, whole: bool) -> None:
        nonlocal length
        made_starts.append(length)
        given_starts.append(given_start)
        replaced.append(whole)
        pieces.append(piece)
        length += len(piece)

    for match in _length_changes(text).finditer(text):
        if match.start() > position:
            add(text[position : match.start()], position, whole=False)
        # An empty replacement still marks where the given text goes on, so that no span swallows what was removed.
        add(_replacement(match), match.start(), whole=True)
        position = match.end()
    if position < len(text) or not made_starts:
        add(text[position:], position, whole=False)
    made = to_simplified("".join(pieces).translate(_single_character_changes()))
    return made, _Pass(*_without_empty(made_starts, given_starts, replaced, length), len(text))


def to_simplified(text: str) -> str:
    """Return the text in Simplified characters, never changing its length (OpenCC ``t2s``)."""
    if not has_traditional(text):
        return text
    convert = _converter()
    converted = convert(text)
    return converted if len(converted) == len(text) else "".join(map(_convert_one, text))


def has_traditional(text: str) -> bool:
    """Return whether a text holds a character that Simplified writing does not use, e.g. 這 or 務."""
    return _traditional().search(text) is not None


def _without_empty(
    made_starts: list[int], given_starts: list[int], replaced: list[bool], length: int
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[bool, ...]]:
    """Drop segments that hold no character; a replaced one before a gap must still end where the gap begins."""
    ends = [*made_starts[1:], length]
    keep = [index for index, end in enumerate(ends) if end > made_starts[index] or index == 0]
    starts, givens, flags = [], [], []
    for index in keep:
        starts.append(made_starts[index])
        givens.append(given_starts[index])
        flags.append(replaced[index])
        gap_follows = index + 1 < len(ends) and ends[index + 1] == made_starts[index + 1]
        if flags[-1] and gap_follows and ends[index] > made_starts[index]:
            # A sentinel of no length: it ends the replaced piece at the gap's first character.
            starts.append(ends[index])
            givens.append(given_starts[index + 1])
            flags.append(False)
    return tuple(starts), tuple(givens), tuple(flags)


def _without_markup(tag: str) -> str:
    return "\n" if re.match(r"</?(?:br|p|div|li|tr)\b", tag, re.IGNORECASE) else ""


def _normal(found: str) -> str:
    return unicodedata.normalize("NFKC", found).lower()


def _unescape(entity: str) -> str:
    text = entity
    while (shorter := html.unescape(text)) != text:
        text = shorter
    return "".join(ch for ch in text if not re.match(_INVISIBLE, ch)) if len(text) < len(entity) else text


_REPLACEMENTS: dict[str, Callable[[str], str]] = {
    "markup": _without_markup,
    "entity": _unescape,
    "address": lambda _: " ",
    "invisible": lambda _: "",
    "space": lambda found: "\n" if "\n" in found else " ",
    "dots": lambda _: "…",
    "marks": lambda found: _normal(found[0]),
    "letters": _normal,
}


def _replacement(match: re.Match[str]) -> str:
    return _REPLACEMENTS[str(match.lastgroup)](match.group())


def _length_changes(text: str) -> re.Pattern[str]:
    """Return what finds the pieces to replace; composing marks, which few texts hold, only where there are any."""
    return _length_change_pattern(composing=re.search(_COMBINING, text) is not None)


@cache
def _length_change_pattern(*, composing: bool) -> re.Pattern[str]:
    expanding = "".join(map(re.escape, _expanding_characters()))
    patterns = {
        "markup": _MARKUP,
        "entity": _ENTITY,
        "address": _ADDRESS,
        "invisible": _INVISIBLE,
        "space": _SPACE,
        "dots": _DOTS,
        "marks": "|".join(_MARK_RUNS),
        "letters": f"[{expanding}]",
    }
    # Most characters begin nothing: one look at a set saves trying every alternative there.
    beginning = rf"(?=[<&hHwW\s.。．…!！?？,，;；:：~～、､—－\-{expanding}]|{_INVISIBLE})"
    if composing:
        patterns["letters"] += rf"|[^\W\d_]{_COMBINING}+"
        beginning = ""
    return re.compile(f"{beginning}(?:{'|'.join(f'(?P<{name}>{pattern})' for name, pattern in patterns.items())})")


@cache
def _expanding_characters() -> tuple[str, ...]:
    """Characters of the basic plane that NFKC and lower-casing spell with another number of characters, e.g. ㎡."""
    return tuple(ch for ch in _basic_plane() if len(unicodedata.normalize("NFKC", ch).lower()) != 1)


@cache
def _single_character_changes() -> dict[int, str]:
    changes = {}
    for ch in _basic_plane():
        normal = unicodedata.normalize("NFKC", ch).lower()
        if ch.isspace() and ch != "\n":
            changes[ord(ch)] = " "
        elif normal != ch and len(normal) == 1:
            changes[ord(ch)] = normal
    return changes


def _basic_plane() -> list[str]:
    return [chr(code) for code in range(0x10000) if not 0xD800 <= code <= 0xDFFF]


@cache
def _converter() -> Callable[[str], str]:
    convert: Callable[[str], str] = opencc.OpenCC("t2s").convert
    return convert


@cache
def _convert_one(character: str) -> str:
    converted = _converter()(character)
    return converted if len(converted) == 1 else character


@cache
def _traditional() -> re.Pattern[str]:
    """An expression, since it looks through a text eight times as fast as a set does."""
    characters = "".join(chr(code) for code in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000)))
    converted = "".join(map(_convert_one, characters))
    # These two are Simplified in their own right, too (乾隆, 瞭望): alone they do not make a text Traditional.
    traditional = (a for a, b in zip(characters, converted, strict=True) if a != b and a not in "乾瞭")
    return re.compile(f"[{''.join(traditional)}]")
