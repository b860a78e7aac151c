"""Where names of persons stand in a text: guests by telling words and titles, staff by their posts.

One automaton finds every telling word; at each word found a pattern looks for a name beside it. Names are found by
rules over word lists, not by a model: a name without any telling word beside it is not found.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import ahocorasick

from sources.masking_opinions import opinion_about
from sources.masking_vocabulary import (
    HAN,
    characters,
    either,
    kept_words,
    latin_words,
    surnames,
    telling_words,
    title_ends,
    trigger_words,
)

PERSON = "[姓名]"
STAFF = "[员工姓名]"

_NO_NAME = "(?!无|暂无|没有|同上|不详|未知|本人|匿名|保密|前台|客服|如上|以上|未填|空|自己|先生|女士|小姐|测试|默认)"
_LONGEST_TITLED_LATIN = 14
_TITLES = frozenset(("title", "staff_title", "short_title"))


@dataclass(frozen=True, slots=True)
class NameSpan:
    """A name found; ``token`` None means that it was recognised and is to stay, so that no later rule takes it."""

    start: int
    end: int
    token: str | None


@dataclass(frozen=True, slots=True)
class Hit:
    """A telling word of a kind at ``text[start:end]``."""

    kind: str
    start: int
    end: int


def name_spans(text: str, hits: list[Hit], *, staff_names_in_criticism: bool) -> list[NameSpan]:
    """Return the names beside the telling words of a folded text, in the order in which the rules win over each other.

    Example: in ``前台小王态度差`` the name is ``小王``, a member of staff; in ``感谢前台小王`` it is kept.
    """
    found = [*_staff(text, hits, masked=staff_names_in_criticism), *_told(text, hits), *_titled(text, hits)]
    if not found:
        return found
    kept = bytearray(len(text))
    for match in kept_words().finditer(text):
        kept[match.start() : match.end()] = b"\x01" * len(match.group())
    return [name for name in found if not any(kept[name.start : name.end])]


def telling_hits(text: str) -> list[Hit]:
    """Return the telling words beside which a name may stand; the text need not be folded, since all are Chinese."""
    return [
        Hit(kind, last + 1 - length, last + 1)
        for last, (length, kinds) in _automaton().iter(text)
        for kind in kinds
        if kind not in _TITLES or _may_end_name(text, last - length)
    ]


def _may_end_name(text: str, last: int) -> bool:
    """Return quickly whether a name before a title can end at ``last``; most titles have none before them."""
    if last < 0:
        return False
    near = text[max(0, last - 3) : last + 1]
    return (
        not surnames().characters.isdisjoint(near) or text[last] == " " or text[last] < "\x7f" or text[last] > "\uff00"
    )


def _staff(text: str, hits: list[Hit], *, masked: bool) -> Iterator[NameSpan]:
    """Yield names behind a post (前台小王), staff numbers (工号3035) and called ones (叫王五的服务员)."""
    for hit in hits:
        pattern = _staff_patterns().get(hit.kind)
        match = pattern.match(text, hit.end) if pattern else None
        if match is None:
            continue
        start, end = match.span("name")
        # A guest may be called by a name as well: 有个叫张三的客人.
        if hit.kind == "called" and not _has_post_nearby(text, start, end):
            yield NameSpan(start, end, PERSON)
        else:
            yield NameSpan(start, end, STAFF if masked and opinion_about(text, start, end) != "praise" else None)


def _told(text: str, hits: list[Hit]) -> Iterator[NameSpan]:
    """Yield names behind a label (收件人：张三), a guest word (客户张三) or the writer's own word (我叫张三)."""
    for hit in hits:
        pattern = _person_patterns().get(hit.kind)
        match = pattern.match(text, hit.end) if pattern else None
        if match is None or (hit.kind == "surname_word" and text[hit.start - 1 : hit.start] in tuple("百贵同尊大改老")):
            continue
        stays = hit.kind == "surname_word" and _is_praised_staff(text, *match.span("name"))
        yield NameSpan(*match.span("name"), None if stays else PERSON)


def _titled(text: str, hits: list[Hit]) -> Iterator[NameSpan]:
    """Yield names before a title: 李女士, 王志先生, Betty小姐, 王姐."""
    for hit in hits:
        if hit.kind not in _TITLES:
            continue
        span = _name_before_title(text, hit)
        if span is not None:
            yield NameSpan(*span, None if _is_praised_staff(text, *span) else PERSON)


def _name_before_title(text: str, hit: Hit) -> tuple[int, int] | None:
    patterns = _title_patterns()
    if hit.kind == "short_title":
        return _span_of_name(patterns.short.match(text, hit.start - 1))
    if text[hit.start - 1].isascii():
        begin = max(0, hit.start - _LONGEST_TITLED_LATIN)
        return _span_of_name(patterns.latin.search(text, begin, hit.end + 2))
    for begin in range(max(0, hit.start - 4), hit.start):
        match = patterns.chinese.match(text, begin)
        if match is not None and match.end("name") in (hit.start, hit.start - 1):
            return match.span("name")
    return None


def _span_of_name(match: re.Match[str] | None) -> tuple[int, int] | None:
    """Return where the group ``name`` of a match stands, or None without a match."""
    return match.span("name") if match else None


def _has_post_nearby(text: str, start: int, end: int) -> bool:
    return any(post in text[max(0, start - 12) : end + 12] for post in telling_words()["post"])


def _is_praised_staff(text: str, start: int, end: int) -> bool:
    """Return whether a titled name is one whom a guest praises: the team wants to read it, and nobody is blamed."""
    patterns, before = _title_patterns(), text[max(0, start - 16) : start]
    if patterns.guest_before.search(before):
        return False
    shows_staff = patterns.staff_before.search(before) or patterns.staff_after.match(text, end)
    return shows_staff is not None and opinion_about(text, start, end) == "praise"


@dataclass(frozen=True, slots=True)
class _TitlePatterns:
    chinese: re.Pattern[str]
    latin: re.Pattern[str]
    short: re.Pattern[str]
    guest_before: re.Pattern[str]
    staff_before: re.Pattern[str]
    staff_after: re.Pattern[str]


@cache
def _title_patterns() -> _TitlePatterns:
    words = telling_words()
    title, family = title_ends(), surnames().everyday
    return _TitlePatterns(
        chinese=re.compile(f"(?P<name>{_before_title()})"),
        latin=re.compile(f"(?P<name>{_latin_name()})(?= ?{title})"),
        short=re.compile(f"(?P<name>{family})(?={_short_title()})"),
        guest_before=re.compile(f"{either(words['guest'])}[:： ]?$"),
        staff_before=re.compile(f"{either([*words['post'], *words['thanks']])}[^，,。！!？?；;]{{0,12}}$"),
        staff_after=re.compile(
            f"{title}?姐?(?:的|们|服务|态度|人|真|很|非常|超|特别|帮|给我|为我|[ ，,]?(?:OK|ok))"
            f"|{either(words['staff_title'])}"
        ),
    )


@cache
def _staff_patterns() -> dict[str, re.Pattern[str]]:
    words = telling_words()
    link = f"(?:{either(words['after_post'])}|[:( ])?"
    person = f"(?={_ends()})(?=的?.{{0,4}}?{either([*words['post'], *words['person_word']])})"
    return {
        "staff_number_label": re.compile(r"(?:是|为|号)?[ :]{0,2}(?P<name>[A-Za-z]{0,3}[0-9]{2,8})(?![0-9])"),
        "post": re.compile(f"{link}(?P<name>{_before_title()}|{_full_name()}{_ends()}|{_nickname()}|{_latin_name()})"),
        "called": re.compile(f"(?P<name>{_full_name()}|{_nickname()}|{_latin_name()}){person}"),
    }


@cache
def _person_patterns() -> dict[str, re.Pattern[str]]:
    full, ends, bare = _full_name(), _ends(), surnames().bare
    dotted = f"[{HAN}]{{1,6}}(?:·[{HAN}]{{1,8}})+"
    labelled = (
        f"{dotted}|{bare}(?={title_ends()})|[{HAN}]{{2,4}}(?=$|[^{HAN}]|电话|手机)|{full}{ends}"
        f"|小{bare}|{_latin_name()}"
    )
    strict_end = f"(?=$|[^{HAN}·]|电话|手机|身份证|微信|于|系|反映|反馈|投诉|来电)"
    return {
        "name_label": re.compile(
            f"(?:[ ]{{0,2}}(?:[:=]|是|为|叫)[ ]{{0,2}}{_NO_NAME}|[ ]?(?={full}{ends}))(?P<name>{labelled})"
        ),
        "self_label": re.compile(f"(?P<name>{dotted}|{full}{ends})"),
        "writer_label": re.compile(f"[ ]?(?P<name>{full}){strict_end}"),
        "guest": re.compile(f"(?:[:]|名叫|叫|是| )?(?P<name>{full}){ends}"),
        "surname_word": re.compile(f"(?P<name>{bare})(?=$|[^{HAN}]|的|那)"),
    }


def _latin_name() -> str:
    return f"(?<![A-Za-z])(?!{either(latin_words())}(?![A-Za-z]))[A-Z][a-z]{{1,11}}(?![A-Za-z0-9])"


def _given() -> str:
    return f"(?:(?![{characters()['never_in_given_name']}])[{HAN}])"


def _full_name() -> str:
    # 客人潘先生 has a surname and a title, no given name 先生.
    return f"(?:{surnames().before_given}(?!{title_ends()}){_given()}{{1,2}})"


def _ends() -> str:
    return f"(?=$|[^{HAN}]|[{characters()['may_follow_name']}]|{title_ends()})"


def _before_title() -> str:
    family, title = surnames(), f"(?=姓?{title_ends()})"
    # The character before a title is the surname itself where it is an everyday one: 全程 + 王经理.
    return f"(?:{family.before_given}{_given()}?(?!{family.everyday}){_given()}{title}|{family.before_title}{title})"


def _nickname() -> str:
    family, named = surnames(), f"[{characters()['given_name']}]"
    return (
        f"(?:小(?:{family.bare}|{named}){_ends()}|老{family.everyday}{_ends()}|阿(?![姨婆公里拉哥弟妹]){_given()}{_ends()}|(?P<twice>{named})(?P=twice)"
        f"|{family.bare}(?:某{{1,3}}|[*×xX]{{1,3}}(?![A-Za-z]))|{family.everyday}(?={_short_title()}))"
    )


def _short_title() -> str:
    end = f"(?=$|[^{HAN}])"
    chief = f"总(?=$|[^{HAN}]|[的说好您也亲和])"
    return f"(?:姐(?![姐妹夫])|哥(?![哥们弟大伦特斯窟拉])|姨|叔(?!叔)|婶|嫂|{chief}|工{end})"


@cache
def _automaton() -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    kinds_of: dict[str, list[str]] = {}
    for kind, words in trigger_words().items():
        for word in words:
            kinds_of.setdefault(word, []).append(kind)
    for word, kinds in kinds_of.items():
        automaton.add_word(word, (len(word), tuple(kinds)))
    automaton.make_automaton()
    return automaton
