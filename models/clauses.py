"""Chinese sentence and clause splitting, with offsets into the cleaned text."""

import re
from collections.abc import Iterable
from typing import NamedTuple

# Sentence ends. A full stop counts only where no digit or Latin letter follows at once (4.5分, kesheng.toml).
_SENTENCE_END = r"[。!?;…\n]+|\.(?![0-9a-z])"
# Clause ends: commas not inside a number, colons not inside a time, dashes, tildes, brackets, and the space that
# writers put between two Chinese characters instead of a comma (升级了房间 延迟退房 很赞).
_CLAUSE_END = r"(?<![0-9]),|,(?![0-9])|(?<![0-9]):|:(?![0-9])|—+|~|[()\[\]【】{}]|(?<=[一-鿿]) (?=[一-鿿])"
_BOUNDARY = re.compile(rf"(?P<sentence>{_SENTENCE_END})|(?P<clause>{_CLAUSE_END})")
# Nobody writes clauses so long; without a limit a text without any mark costs time by the square of its length.
LONGEST_CLAUSE = 300
# A mask token such as [手机号] is one word, never a boundary.
_MASK_TOKEN = re.compile(r"\[(?:qq)?[一-鿿]{1,6}\]")


class Clause(NamedTuple):
    """A stretch of text between two marks: ``text[start:end]``, and the number of the sentence that it stands in."""

    start: int
    end: int
    sentence: int


def split_clauses(text: str) -> list[Clause]:
    """Split a cleaned text into clauses, leaving out marks and surrounding white space.

    Example: ``split_clauses("房间不错,就是隔音差。下次不来了")`` gives 房间不错 and 就是隔音差 in sentence 0 and
    下次不来了 in sentence 1. Clauses do not overlap, are in order, and hold every letter, digit and Chinese
    character of the text. None is longer than ``LONGEST_CLAUSE``: what goes on without a mark is cut there.
    """
    clauses: list[Clause] = []
    sentence = begin = 0
    for match in _boundaries(text):
        start, end = match.span()
        if start > begin:
            if start - begin <= LONGEST_CLAUSE and not (text[begin].isspace() or text[start - 1].isspace()):
                # Nearly every clause; worth its own line, as most texts have a dozen.
                clauses.append(Clause(begin, start, sentence))
            else:
                _add(clauses, text, begin, start, sentence)
        begin = end
        if match.lastgroup == "sentence" and clauses and clauses[-1].sentence == sentence:
            sentence += 1
    _add(clauses, text, begin, len(text), sentence)
    return clauses


def _boundaries(text: str) -> Iterable[re.Match[str]]:
    """Return the marks that end clauses, but for those of mask tokens."""
    if "[" not in text:
        return _BOUNDARY.finditer(text)
    brackets = {place for match in _MASK_TOKEN.finditer(text) for place in (match.start(), match.end() - 1)}
    return (mark for mark in _BOUNDARY.finditer(text) if mark.start() not in brackets)


def _add(clauses: list[Clause], text: str, begin: int, end: int, sentence: int) -> None:
    while begin < end and text[begin].isspace():
        begin += 1
    while end > begin and text[end - 1].isspace():
        end -= 1
    if begin < end <= begin + LONGEST_CLAUSE:
        clauses.append(Clause(begin, end, sentence))
    elif begin < end:
        clauses += [
            Clause(start, min(start + LONGEST_CLAUSE, end), sentence) for start in range(begin, end, LONGEST_CLAUSE)
        ]
