"""Whether a text praises or blames the person it names; only the masking of staff names depends on it."""

import re
from functools import cache
from typing import Literal

from sources.masking_vocabulary import either, opinion_words

Opinion = Literal["praise", "criticism", "none"]

_SENTENCE_ENDS = "。！!？?；;\n"
# Reviews without any full stop exist; further away than this, words are about something else.
_REACH = 120
_CLAUSE = re.compile("[^，,、 …~～]+")


def opinion_about(text: str, start: int, end: int) -> Opinion:
    """Return what a text says about whoever is named at ``text[start:end]``.

    The clause with the name decides, then the clauses after it within the sentence, then those before. Blame wins over
    praise within one clause, so that a doubtful name is masked. Example: ``前台小王态度差，房间不错`` → criticism.
    """
    first, last = max(0, start - _REACH), min(len(text), end + _REACH)
    sentence_start = max(first, *(text.rfind(mark, first, start) + 1 for mark in _SENTENCE_ENDS))
    ends = [position for mark in _SENTENCE_ENDS if (position := text.find(mark, end, last)) >= 0]
    clauses = list(_CLAUSE.finditer(text, sentence_start, min(ends, default=last)))
    own = next((index for index, clause in enumerate(clauses) if clause.end() >= end), 0)
    for clause in [*clauses[own:], *reversed(clauses[:own])]:
        opinion = _clause_opinion(clause.group())
        if opinion != "none":
            return opinion
    return "none"


def _clause_opinion(clause: str) -> Opinion:
    criticism, praise = _opinion_patterns()
    if criticism.search(clause):
        return "criticism"
    return "praise" if praise.search(clause) else "none"


@cache
def _opinion_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = opinion_words()
    praise = either(words["praise"])
    # 不错 is praise although 不 stands in it; 没有差别 and 差不多 are no blame.
    negated = f"{either(words['negation'])}[很太怎么那得有是这样]{{0,3}}.{{0,2}}?{praise}|{either(words['not_praise'])}"
    blame = f"(?<![没不零无])(?<!没有){either(words['criticism'])}(?!不多|点|异|别)"
    return re.compile(f"{blame}|{negated}"), re.compile(praise)
