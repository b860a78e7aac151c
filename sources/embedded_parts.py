"""Merchant replies and second thoughts that stand inside the guest's text, cut off from it.

Old travel sites and many exports write all of it into one cell: ``房间不错。补充点评2008年7月1日：早饭很差。`` and then
``宾馆反馈2008年7月5日：感谢您的点评。``. What belongs to whom decides what is counted, so a cut needs more than a
word: a guest who writes ``商家回复很快`` or ``打电话问，酒店回复：没有房间了`` is left whole.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Literal

from lexicons.rows import LEXICON_ROOT, Row, read_rows
from sources.dates import read_date

_DATE = r"\d{4}\s*[年\-/.]\s*\d{1,2}\s*[月\-/.]\s*\d{1,2}\s*日?(?:\s*\d{1,2}[::：]\d{2}(?:[::：]\d{2})?)?"
_LAPSE = (
    r"(?:(?:确认)?收货|购买|入住|使用|用户|买家)?后?(?:\d{1,3}|[一二两三四五六七八九十半]{1,3})"
    r"(?:天|日|个?月|周|小时|年)(?:之?后)?的?|当天|次日|(?:收货|使用|入住|购买)后"
)
_SENTENCE_END = frozenset("。！？!?.．~～…;；)）】]”\"’'」=*★☆、 \u3000\t\xa0")


class ReplyMarker(Row):
    """A word that begins a part, or that a reply opens with.

    Attributes:
        part: Which part the word begins; ``opener`` for the polite words a reply begins with.
        rule: How much else is needed, as the head of the list says.
    """

    part: Literal["reply", "follow_up", "opener"]
    rule: Literal["label", "speech", "opener"]
    word: str
    example: str


@dataclass(frozen=True, slots=True)
class Parts:
    """A review's text, parted; several replies or second thoughts are joined by a line break.

    Attributes:
        guest: What the guest wrote first, stripped; the whole text where nothing else stands in it.
        follow_up: The guest's second thoughts.
        reply: The merchant's reply.
        replied_at: The date of the first reply that carries one; aware, Asia/Shanghai.
        followed_up_at: The same for second thoughts.
    """

    guest: str
    follow_up: str | None = None
    reply: str | None = None
    replied_at: datetime | None = None
    followed_up_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Cut:
    part: Literal["reply", "follow_up"]
    start: int
    end: int
    date: str | None


def split_parts(text: str) -> Parts:
    """Part a review, e.g. ``很好。酒店回复：感谢您的入住！`` → guest ``很好。``, reply ``感谢您的入住！``."""
    text = text.strip()
    if not any(core in text for core in _cores()):
        return Parts(text)
    cuts = list(_cuts(text))
    if not cuts:
        return Parts(text)
    pieces: dict[str, list[str]] = {"reply": [], "follow_up": []}
    dates: dict[str, datetime | None] = {"reply": None, "follow_up": None}
    ends = [cut.start for cut in cuts[1:]] + [len(text)]
    for cut, end in zip(cuts, ends, strict=True):
        if piece := text[cut.end : end].strip():
            pieces[cut.part].append(piece)
        dates[cut.part] = dates[cut.part] or read_date(cut.date or "")[0]
    return Parts(
        guest=text[: cuts[0].start].strip(),
        follow_up="\n".join(pieces["follow_up"]) or None,
        reply="\n".join(pieces["reply"]) or None,
        replied_at=dates["reply"],
        followed_up_at=dates["follow_up"],
    )


@cache
def reply_markers() -> dict[str, ReplyMarker]:
    """Return the markers by word in lower case, openers left out."""
    return {row.word.lower(): row for row in _rows() if row.part != "opener"}


@cache
def _rows() -> tuple[ReplyMarker, ...]:
    return read_rows(LEXICON_ROOT / "vocabulary" / "reply_markers.tsv", ReplyMarker)


@cache
def _cores() -> tuple[str, ...]:
    """Return the few endings that every marker has: most reviews hold none of them and are done at once."""
    endings = {word[-2:] if not word.isascii() else word.split()[-1] for word in reply_markers()}
    return tuple(sorted(endings | {ending.capitalize() for ending in endings}))


@cache
def _marker_pattern() -> re.Pattern[str]:
    words = "|".join(re.escape(word) for word in sorted(reply_markers(), key=len, reverse=True))
    return re.compile(
        rf"(?P<open>[\[【(（〔]\s*)?(?P<lapse>{_LAPSE})?(?P<word>{words})(?P<close>\s*[\]】)）〕])?"
        rf"[ \u3000\t]*(?:(?P<bracketed>[(（\[【]\s*{_DATE}\s*[)）\]】])|(?P<date>{_DATE}))?"
        r"[ \u3000\t]*(?P<colon>[:：﹕])?[ \u3000\t]*(?P<line_end>\r?\n|$)?",
        re.IGNORECASE,
    )


@cache
def _opener_pattern() -> re.Pattern[str]:
    words = "|".join(re.escape(row.word) for row in _rows() if row.part == "opener")
    # The guest's name or a greeting may stand first: `张先生，您好`.
    return re.compile(rf"[^。！？!?\n]{{0,12}}?(?:{words})", re.IGNORECASE)


def _cuts(text: str) -> Iterator[_Cut]:
    for found in _marker_pattern().finditer(text):
        marker = reply_markers()[found["word"].lower()]
        if marker.part != "opener" and _is_cut(text, found, marker):
            yield _Cut(marker.part, found.start(), found.end(), found["bracketed"] or found["date"])


def _is_cut(text: str, found: re.Match[str], marker: ReplyMarker) -> bool:
    before = text[: found.start()].rstrip(" \u3000\t")
    at_line_start = not before or before.endswith("\n")
    if found["bracketed"] or (found["date"] and (found["colon"] or found["line_end"])):
        return True
    polite = _opener_pattern().match(text, found.end()) is not None
    in_brackets = bool(found["open"] and found["close"])
    if in_brackets and (polite or marker.rule == "label"):
        return True
    after_sentence = at_line_start or text[found.start() - 1] in _SENTENCE_END
    if not after_sentence:
        return False
    if marker.rule == "opener":
        return bool(found["colon"]) and polite
    alone_on_line = bool(found["line_end"]) and at_line_start and found.end() < len(text)
    if in_brackets or alone_on_line:
        return True
    return bool(found["colon"]) and (marker.rule == "label" or at_line_start or polite)
