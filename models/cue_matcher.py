"""Finds cues, aspect and scope words in a text: all literals in one automaton, expressions only at their anchors."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter
from typing import Any, TypeAlias

import ahocorasick

from lexicons.cue_rules import AspectWord, Cue, CueBook, ScopeCue
from models.clauses import Clause

# In characters, over aspect words, where two entries overlap.
OPINION_ADVANTAGE = 3
SCOPE_ADVANTAGE = 2
# How far behind its clause a wide expression may go on.
WIDEST_GAP = 30


@dataclass(slots=True, eq=False)
class Entry:
    """Everything that one literal of the lists stands for."""

    words: str
    failures: list[Cue] = field(default_factory=list)
    sentiment: Cue | None = None
    fields: list[Cue] = field(default_factory=list)
    aspect: AspectWord | None = None
    scope: ScopeCue | None = None
    patterns: list["PatternEntry"] = field(default_factory=list)

    @property
    def is_opinion(self) -> bool:
        """Whether the literal judges something."""
        return bool(self.failures) or self.sentiment is not None

    @property
    def takes_place(self) -> bool:
        """Whether it competes for characters: the longest literal at a place wins, so that 不错 hides 不 and 错."""
        return self.is_opinion or self.aspect is not None or self.scope is not None


@dataclass(frozen=True, slots=True, eq=False)
class PatternEntry:
    """An expression, and the entry that it stands for."""

    search: Callable[[str, int, int], re.Match[str] | None]
    """That of the compiled expression, bound."""
    entry: Entry
    is_wide: bool
    """Whether it may go on over the following clauses of its sentence."""


@dataclass(slots=True, eq=False)
class Token:
    """An entry found at ``text[start:end]``."""

    start: int
    end: int
    entry: Entry


@dataclass(slots=True, eq=False)
class ClauseTokens:
    """What was found in one clause, each list in the order of the text."""

    clause: Clause
    opinions: Sequence[Token]
    aspects: Sequence[Token]
    modifiers: Sequence[Token]
    fields: Sequence[Token]


# Minus the rank, start, end, order of arrival (so that entries are never compared), and the entry: sorts highest first.
_Found: TypeAlias = tuple[int, int, int, int, Entry]


_NONE: tuple[Token, ...] = ()


class CueMatcher:
    """All literals of a cue book in one automaton; built once, then only read."""

    def __init__(self, book: CueBook) -> None:
        entries: dict[str, Entry] = {}
        for cue in book.cues:
            if cue.cue is not None:
                _add_cue(entries.setdefault(cue.cue, Entry(cue.cue)), cue)
            else:
                _add_pattern(entries, cue)
        for aspect in book.aspects:
            entries.setdefault(aspect.word, Entry(aspect.word)).aspect = aspect
        for scope in book.scopes:
            entries.setdefault(scope.cue, Entry(scope.cue)).scope = scope
        # pyahocorasick publishes no types.
        self._automaton: Any = ahocorasick.Automaton()
        for words, entry in entries.items():
            self._automaton.add_word(words, _payload(words, entry))
        self._automaton.make_automaton()
        for words, entry in entries.items():
            if entry.sentiment is not None and entry.sentiment.value == "negative" and not entry.failures:
                entry.failures = self._failures_within(words)

    def match(self, text: str, clauses: list[Clause]) -> list[ClauseTokens]:
        """Find everything in the clauses of a cleaned text; a literal that crosses a clause's end is none.

        Returns:
            One item a clause, in order. Among opinions, aspect words and scope words of a clause none overlap; words
            for other fields may lie over them.
        """
        found: list[list[_Found]] = [[] for _ in clauses]
        other: list[list[Token]] = [[] for _ in clauses]
        # An expression finds the same place from each of its anchors in a clause.
        tried: set[PatternEntry] = set()
        number, last = -1, len(clauses) - 1
        clause_start = clause_end = 0
        here: list[_Found] = []
        for position, (length, minus_rank, entry, takes_place, more) in self._automaton.iter(text):
            while position >= clause_end and number < last:
                number += 1
                clause_start, clause_end, _ = clauses[number]
                here = found[number]
                tried.clear()
            start = position + 1 - length
            if start < clause_start or position >= clause_end:
                continue
            if takes_place:
                here.append((minus_rank, start, position + 1, len(here), entry))
            if more is None:
                continue
            has_fields, patterns = more
            if has_fields:
                other[number].append(Token(start, position + 1, entry))
            for pattern in patterns:
                if pattern not in tried:
                    tried.add(pattern)
                    end = _sentence_end(clauses, number) if pattern.is_wide else clause_end
                    if match := pattern.search(text, clause_start, end):
                        _keep(match, pattern.entry, here, other[number])
        return [
            _place(clause, here, fields) if here else ClauseTokens(clause, _NONE, _NONE, _NONE, fields)
            for clause, here, fields in zip(clauses, found, other, strict=True)
        ]

    def _failures_within(self, words: str) -> list[Cue]:
        """Failures of the longest cue inside a word of criticism, which would otherwise hide it: 忽悠 in 忽悠人."""
        inside = [entry for _, (_, _, entry, _, _) in self._automaton.iter(words) if entry.failures]
        return list(max(inside, key=lambda entry: len(entry.words)).failures) if inside else []


# Length, minus the rank, entry, whether it takes a place, and what more it does: whether it tells of other fields, and
# the expressions that it is an anchor of; None where it does neither. Worked out once, as most of the time goes here.
_Payload: TypeAlias = tuple[int, int, Entry, bool, tuple[bool, tuple[PatternEntry, ...]] | None]


def _payload(words: str, entry: Entry) -> _Payload:
    more = (bool(entry.fields), tuple(entry.patterns)) if entry.fields or entry.patterns else None
    return len(words), -_rank(entry, len(words)), entry, entry.takes_place, more


def _rank(entry: Entry, length: int) -> int:
    """The length and an advantage: 服务不好 goes before 前台服务 in 前台服务不好, 没有隔音 before 完全没有.

    A pseudo word has that of the opinions that it shields: 优惠券 goes before 优惠.
    """
    if length == 1:
        return length
    shields = entry.scope is not None and entry.scope.kind == "pseudo"
    return length + (OPINION_ADVANTAGE if entry.is_opinion or shields else SCOPE_ADVANTAGE if entry.scope else 0)


def _add_cue(entry: Entry, cue: Cue) -> None:
    if cue.field == "failure":
        entry.failures.append(cue)
    elif cue.field == "sentiment":
        entry.sentiment = cue
    else:
        entry.fields.append(cue)


def _add_pattern(entries: dict[str, Entry], cue: Cue) -> None:
    pattern = PatternEntry(re.compile(cue.words).search, Entry(cue.words), cue.reach == "sentence")
    _add_cue(pattern.entry, cue)
    for anchor in cue.anchors:
        entries.setdefault(anchor, Entry(anchor)).patterns.append(pattern)


def _sentence_end(clauses: list[Clause], number: int) -> int:
    """Return where the last clause ends that belongs to the sentence of a clause and begins within reach of it."""
    first, end = clauses[number], clauses[number].end
    for clause in islice(clauses, number + 1, None):
        if clause.sentence != first.sentence or clause.start - first.end > WIDEST_GAP:
            break
        end = clause.end
    return end


def _keep(match: re.Match[str], entry: Entry, found: list[_Found], other: list[Token]) -> None:
    """Keep what an expression found for its entry, unless it found nothing."""
    start, end = match.span()
    if start == end:
        return
    if entry.takes_place:
        found.append((-_rank(entry, end - start), start, end, len(found), entry))
    else:
        other.append(Token(start, end, entry))


def _place(clause: Clause, found: list[_Found], other: list[Token]) -> ClauseTokens:
    """Give each character to the entry of the highest rank that covers it, the first one where two are equal."""
    opinions: list[Token] = []
    aspects: list[Token] = []
    modifiers: list[Token] = []
    for start, end, entry in _without_overlap(clause, found):
        token = Token(start, end, entry)
        if entry.failures or entry.sentiment is not None:
            opinions.append(token)
        elif entry.aspect is not None:
            aspects.append(token)
        if entry.scope is not None and entry.scope.kind != "pseudo":
            modifiers.append(token)
    return ClauseTokens(clause, opinions, aspects, modifiers, other)


def _without_overlap(clause: Clause, found: list[_Found]) -> list[tuple[int, int, Entry]]:
    if len(found) == 1:
        return [(found[0][1], found[0][2], found[0][4])]
    found.sort()
    taken = 0
    kept: list[tuple[int, int, Entry]] = []
    for _, start, end, _, entry in found:
        span = ((1 << (end - start)) - 1) << (start - clause.start)
        if not taken & span:
            taken |= span
            kept.append((start, end, entry))
    kept.sort(key=itemgetter(0))
    return kept
