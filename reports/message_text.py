"""The message of a night as a short text in one language: a title, then what is gravest first.

Every line goes out as plain text; whatever a customer or a file could have written in it is inert.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lexicons.codebook import Language, label_name
from reports.inert_text import inert, inert_id
from reports.night_message import NightMessage, RedLine, Rejected, Silence
from reports.sections import spell_line
from reports.wording import wording

MOST_CHARACTERS = 1500
QUOTE_CHARACTERS = 60
LINE_CHARACTERS = 160
RED_LINES_TRIED = 100
"""More never fit; a first night may bring thousands."""
PARTS_SHOWN = 5
"""Lines of each part but the red lines, which may take all the room there is."""
_DAY_CHARACTERS = {"second": 10, "day": 10, "month": 7, "year": 4}


@dataclass(frozen=True, slots=True)
class MessageText:
    """A message ready to be sent."""

    title: str
    body: str

    def __str__(self) -> str:
        return f"{self.title}\n{self.body}"


@dataclass(frozen=True, slots=True)
class _Words:
    title: str
    of_all: str
    quiet: str
    list_mark: str
    bracketed: str
    colon: str
    bar: str
    red_lines: tuple[str, str]
    unread: tuple[str, str]
    spells: tuple[str, str]
    silences: tuple[str, str]
    rejected: tuple[str, str]
    more: str
    no_day: str
    silence: str
    rejected_rows: str
    summary: str


_CHINESE = _Words(
    title="客声夜间通报{of}{night}：{parts}",
    of_all=" ",
    quiet="没有需要处理的事项",
    list_mark="，",
    bracketed="（{}）",
    colon="：",
    bar="｜",
    red_lines=("红线 {number} 条", "【红线事件】新增或有更新的 {number} 条"),
    unread=("未读文件 {number} 个", "【未能读取的文件】{number} 个"),
    spells=("失误高发 {number} 起", "【新出现的失误高发】{number} 起"),
    silences=("新沉寂 {number} 处", "【新沉寂的来源与门店】{number} 处"),
    rejected=("拒收 {number} 条", "【未能入库的记录】{number} 条"),
    more="另有 {number} 条",
    no_day="日期不详",
    silence="{where}：最近一条 {last}，已 {days} 天没有新评论",
    rejected_rows="{source}｜{file}：{reason}，{rows} 条",
    summary="完整情况见运行摘要 summary.md。",
)
_ENGLISH = _Words(
    title="Kesheng{of}, night of {night}: {parts}",
    of_all="",
    quiet="nothing that needs you",
    list_mark=", ",
    bracketed=" ({})",
    colon=": ",
    bar=" | ",
    red_lines=("red lines: {number}", "RED LINES, new or changed: {number}"),
    unread=("unread files: {number}", "FILES NOT READ: {number}"),
    spells=("new bad spells: {number}", "NEW BAD SPELLS: {number}"),
    silences=("gone silent: {number}", "SOURCES AND VENUES GONE SILENT: {number}"),
    rejected=("rows not taken: {number}", "ROWS NOT TAKEN: {number}"),
    more="and {number} more",
    no_day="no date",
    silence="{where}: last review {last}, nothing new for {days} days",
    rejected_rows="{source} | {file}: {reason}, {rows} rows",
    summary="All of it is in the run's summary.md.",
)


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of the message: its headings in title and body, how many it tells, and its lines, each with how many."""

    headings: tuple[str, str]
    number: int
    lines: tuple[tuple[str, int], ...]


def message_text(
    message: NightMessage,
    language: Language,
    *,
    even_if_quiet: bool = False,
    most: int = MOST_CHARACTERS,
    size: Callable[[str], int] = len,
) -> MessageText | None:
    """Return the message as text, e.g. ``客声夜间通报 2026-05-02：红线 1 条``; ``None`` if there is nothing to say.

    Args:
        message: What the night has to tell.
        language: ``zh`` or ``en``.
        even_if_quiet: Say that there is nothing, too.
        most: The longest that title and body may be together.
        size: How that is measured: in characters, or as a channel counts them.
    """
    if not (message.says_something or even_if_quiet):
        return None
    words = _CHINESE if language == "zh" else _ENGLISH
    parts = [part for part in _parts(message, words, language) if part.number]
    told = words.list_mark.join(part.headings[0].format(number=part.number) for part in parts)
    regions = words.list_mark.join(inert(region, 20) for region in message.of)
    of = words.bracketed.format(regions) if message.of else words.of_all
    title = words.title.format(of=of, night=message.night, parts=told or words.quiet)
    # The counts are of everything that came: a region has no share in them.
    counts = "" if message.of else f"{wording(language).conservation.format(**message.counts)}\n"
    ending = f"{counts}{words.summary}"
    shown = [0] * len(parts)

    def body() -> str:
        return "\n\n".join([*(_drawn(part, n, words) for part, n in zip(parts, shown, strict=True)), ending])

    # Every part keeps its heading with the number, however little room there is. Each gets a line in turn of gravity,
    # so that many red lines do not hide the one bad spell; then the gravest take what room is left.
    for lines in (1, RED_LINES_TRIED):
        for place, part in enumerate(parts):
            for number in range(shown[place] + 1, min(lines, len(part.lines)) + 1):
                shown[place] = number
                if size(f"{title}\n{body()}") > most:
                    shown[place] = number - 1
                    break
    return MessageText(title, body())


def _drawn(part: _Part, shown: int, words: _Words) -> str:
    lines = [f"{number}. {line}" for number, (line, _) in enumerate(part.lines[:shown], start=1)]
    more = part.number - sum(told for _, told in part.lines[:shown])
    rest = [words.more.format(number=more)] if lines and more else []
    return "\n".join([part.headings[1].format(number=part.number), *lines, *rest])


def _parts(message: NightMessage, words: _Words, language: Language) -> Iterator[_Part]:
    red_lines = [_red_line(red_line, words, language) for red_line in message.red_lines[:RED_LINES_TRIED]]
    yield _Part(words.red_lines, len(message.red_lines), tuple((line, 1) for line in red_lines))
    unread = [inert(problem, LINE_CHARACTERS) for problem in message.unread[:PARTS_SHOWN]]
    yield _Part(words.unread, len(message.unread), tuple((line, 1) for line in unread))
    spells = [
        _placed(inert(spell_line(spell, language), LINE_CHARACTERS), spell.region, words)
        for spell in message.spells[:PARTS_SHOWN]
    ]
    yield _Part(words.spells, len(message.spells), tuple((line, 1) for line in spells))
    silent = [_silence(silence, words) for silence in message.silences[:PARTS_SHOWN]]
    yield _Part(words.silences, len(message.silences), tuple((line, 1) for line in silent))
    rejected = tuple((_rejected(r, words, language), r.rows) for r in message.rejected[:PARTS_SHOWN])
    yield _Part(words.rejected, sum(r.rows for r in message.rejected), rejected)


def _red_line(red_line: RedLine, words: _Words, language: Language) -> str:
    opening, closing = wording(language).quotation
    where = _placed(inert(red_line.venue or red_line.source, 40), red_line.region, words)
    if red_line.department:
        where += words.bracketed.format(inert(red_line.department, 20))
    subtype = label_name("failure_subtype", red_line.failure_subtype, language)
    quote = f"{opening}{inert(red_line.quote, QUOTE_CHARACTERS)}{closing}"
    length = _DAY_CHARACTERS.get(red_line.precision)
    day = str(red_line.published)[:length] if red_line.published and length else words.no_day
    return f"{where}{words.bar}{subtype}{words.colon}{quote} {day} {inert_id(red_line.review_id)}"


def _placed(told: str, region: str | None, words: _Words) -> str:
    """Return what is told with the region before it, where the venue master knows one."""
    return f"{inert(region, 20)}{words.bar}{told}" if region else told


def _silence(silence: Silence, words: _Words) -> str:
    venue = _placed(inert(silence.venue, 40), silence.region, words)
    return words.silence.format(
        where=f"{inert(silence.source)}{words.bar}{venue}",
        last=silence.last_published,
        days=silence.days,
    )


def _rejected(rejected: Rejected, words: _Words, language: Language) -> str:
    return words.rejected_rows.format(
        source=inert(rejected.source),
        file=inert(rejected.file_name, 60),
        reason=label_name("reject_reason", rejected.reason, language),
        rows=rejected.rows,
    )
