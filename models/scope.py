"""Scope: how the words around a cue change it.

A cue may be negated, supposed, asked, quoted, told of another provider, or meant ironically; words of degree weigh it,
and words of contrast let what follows outweigh it.

After medSpaCy's ConText: a modifier reaches forward or backward a number of characters within its clause; a word of
contrast ends its reach; the longest word at a place wins, so that 不得不 hides 不.
"""

from dataclasses import dataclass
from itertools import islice
from typing import Literal

from lexicons.cue_rules import FARTHEST_SCOPE, ScopeCue
from models.cue_matcher import ClauseTokens, Token

SuppressedBy = Literal["negated", "hypothetical", "question", "quoted", "another_provider", "ironic"]

# Words of these kinds reach on into the following clauses of their sentence.
_CARRYING: dict[str, SuppressedBy] = {"quotation": "quoted", "another_provider": "another_provider"}

# Between two cues these leave a negation standing: 没有蟑螂和老鼠 denies both.
_JOINING = frozenset({"", "和", "与", "或", "及", "、", "又", "也", "的", "跟"})

_NEGATIVE_STARTS = frozenset("不没无未也")


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one cue is to be taken."""

    suppressed_by: SuppressedBy | None = None
    because: str | None = None
    """The word that suppresses it."""
    multiplier: float = 1.0
    """From words of degree; 1 without any."""


PLAIN = Verdict()


def judge(tokens: ClauseTokens, target: Token, text: str) -> Verdict:
    """Say how the words around a cue in its clause change it.

    Example: in ``房间一点也不脏`` the cue 脏 is negated by 一点也不; in ``如果太吵就换房`` 太吵 is hypothetical.
    """
    if not tokens.modifiers:
        return PLAIN
    degree = 1.0
    reaching: dict[str, list[str]] = {}
    for modifier in tokens.modifiers:
        scope = modifier.entry.scope
        if scope is None or not _reaches(tokens, modifier, scope, target, text):
            continue
        if scope.kind == "degree":
            degree *= scope.multiplier
        elif scope.kind != "negation" or not _spent(tokens, modifier, target, text):
            reaching.setdefault(scope.kind, []).append(scope.cue)
    if not reaching:
        return Verdict(None, None, degree)
    suppressed_by, because = _suppression(reaching)
    return Verdict(suppressed_by, because, degree)


def carried(clauses: list[ClauseTokens], text: str) -> dict[int, Verdict]:
    """Return, for each clause that an earlier one of its sentence takes the teller from, how its cues are to be taken.

    Example: in ``网上有人说隔音差，早餐也不行，我们住着挺好`` the second clause is quoted too; 我们 ends it.
    """
    verdicts: dict[int, Verdict] = {}
    source: Token | None = None
    sentence = -1
    for number, tokens in enumerate(clauses):
        if tokens.clause.sentence != sentence:
            source, sentence = None, tokens.clause.sentence
        if source is not None and source.entry.scope is not None:
            scope = source.entry.scope
            begins_anew = any(
                m.entry.scope is not None and _contrasts(tokens, m, m.entry.scope) for m in tokens.modifiers
            )
            within = tokens.clause.start - source.end <= scope.max_scope
            if not within or begins_anew or _terminated(scope, text, source.end, tokens.clause.end):
                source = None
            else:
                verdicts[number] = Verdict(_CARRYING[scope.kind], scope.cue)
        for modifier in tokens.modifiers:
            if modifier.entry.scope is not None and modifier.entry.scope.kind in _CARRYING:
                source = modifier
    return verdicts


def contrast_starts(clauses: list[ClauseTokens]) -> dict[int, int]:
    """Return, for each sentence with a word of contrast, where the last one stands in the text.

    What follows it weighs more than what stood before: ``房间不错，就是隔音差``.
    """
    starts: dict[int, int] = {}
    for tokens in clauses:
        for modifier in tokens.modifiers:
            scope = modifier.entry.scope
            if scope is not None and _contrasts(tokens, modifier, scope):
                starts[tokens.clause.sentence] = modifier.start
    return starts


def solving_word(clauses: list[ClauseTokens], number: int, target: Token) -> str | None:
    """Return the words by which a failure was put right afterwards, e.g. 已经解决, or None.

    They may stand in a later clause, and before the failure only in the clause itself.

    Args:
        clauses: All clauses of the text.
        number: In which of them the failure stands.
        target: The failure.
    """
    for tokens in islice(clauses, number, None):
        if tokens.clause.start - target.end > FARTHEST_SCOPE:
            return None
        for modifier in tokens.modifiers:
            scope = modifier.entry.scope
            if scope is None or scope.kind != "solved":
                continue
            after = modifier.start - target.end
            before = target.start - modifier.end
            if 0 <= after <= scope.max_scope or (tokens is clauses[number] and 0 <= before <= scope.max_scope):
                return scope.cue
    return None


def _suppression(reaching: dict[str, list[str]]) -> tuple[SuppressedBy | None, str | None]:
    negations = reaching.get("negation", [])
    if "hypothetical" in reaching:
        return "hypothetical", reaching["hypothetical"][0]
    for kind, suppressed_by in _CARRYING.items():
        if kind in reaching:
            return suppressed_by, reaching[kind][0]
    if "question" in reaching:
        # 这不是欺诈吗 asserts: a negated question is rhetorical.
        return (None, None) if negations else ("question", reaching["question"][0])
    if len(negations) % 2:
        return "negated", negations[-1]
    return ("ironic", reaching["irony"][0]) if "irony" in reaching else (None, None)


def _terminated(scope: ScopeCue, text: str, start: int, end: int) -> bool:
    return any(text.find(word, start, end) >= 0 for word in scope.terminated_by)


def _reaches(tokens: ClauseTokens, modifier: Token, scope: ScopeCue, target: Token, text: str) -> bool:
    if modifier.end <= target.start:
        if scope.direction not in ("FORWARD", "BIDIRECTIONAL") or target.start - modifier.end > scope.max_scope:
            return False
        if scope.terminated_by and _terminated(scope, text, modifier.end, target.start):
            return False
        return not _cut_off(tokens, modifier.end, target.start)
    if modifier.start >= target.end:
        if scope.direction not in ("BACKWARD", "BIDIRECTIONAL") or modifier.start - target.end > scope.max_scope:
            return False
        return not _cut_off(tokens, target.end, modifier.start)
    return False


def _cut_off(tokens: ClauseTokens, start: int, end: int) -> bool:
    for modifier in tokens.modifiers:
        scope = modifier.entry.scope
        if start <= modifier.start < end and scope is not None and _contrasts(tokens, modifier, scope):
            return True
    return False


def _contrasts(tokens: ClauseTokens, modifier: Token, scope: ScopeCue) -> bool:
    return scope.kind == "contrast" and modifier.start - tokens.clause.start <= scope.max_scope


def _spent(tokens: ClauseTokens, modifier: Token, target: Token, text: str) -> bool:
    """Whether a negation was used up by an opinion between it and the target: 不吵床硬 denies 吵 only."""
    position = modifier.end
    if text[target.start] in _NEGATIVE_STARTS and target.start > position:
        # 没有辣酱也不告诉 denies the sauce, not the silence; 没有不耐烦 denies what follows at once.
        return True
    between = [token for token in tokens.opinions if modifier.end <= token.start and token.end <= target.start]
    if not between:
        return False
    for token in [*between, target]:
        if token is not between[0] and text[position : token.start] not in _JOINING:
            return True
        position = token.end
    return False
