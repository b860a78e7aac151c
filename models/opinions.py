"""Opinions: every praise or criticism that cues show in a text, with what it is about and how it is to be taken."""

from dataclasses import dataclass

from lexicons.cue_rules import AspectWord, Cue
from models.clauses import split_clauses
from models.cleaning import CleanText, clean
from models.cue_matcher import ClauseTokens, CueMatcher, Token
from models.scope import PLAIN, Verdict, carried, contrast_starts, judge

# A failure whose row has no strength still weighs as criticism. This and the factors below are set by hand.
FAILURE_STRENGTH = 1.8
# 不好 is worse than merely not good; 不脏 is faint praise.
NEGATED_PRAISE = -1.0
NEGATED_CRITICISM = -0.5
BEFORE_CONTRAST = 0.6
AFTER_CONTRAST = 1.5
# 真是"贴心"啊: praise that is meant as its opposite.
IRONIC_PRAISE = -1.0


@dataclass(slots=True, eq=False)
class Opinion:
    """One cue that praises or criticises, in its clause."""

    token: Token
    clause_number: int
    verdict: Verdict
    aspect: Token | None
    """The aspect word of the clause that stands nearest, preferring one before the cue."""
    weight: float
    """Signed strength; 0 where the cue is hypothetical or asked."""
    failures: list[Cue]
    """Failure cues that count; empty where the cue is suppressed."""

    @property
    def polarity(self) -> int:
        """-1, 0 or 1."""
        return (self.weight > 0) - (self.weight < 0)

    @property
    def aspect_word(self) -> AspectWord | None:
        """The aspect word, or None without one."""
        return self.aspect.entry.aspect if self.aspect else None


@dataclass(slots=True, eq=False)
class FieldCue:
    """One cue for a field other than failures and sentiment."""

    token: Token
    cue: Cue
    clause_number: int
    verdict: Verdict


@dataclass(slots=True, eq=False)
class TextEvidence:
    """What the cues show in one text of a review."""

    field: str
    """``text``, ``follow_up_text``, ``title`` or ``reply_text``."""
    industry: str | None
    """The trade of the review, as the source spells it."""
    source: CleanText
    clauses: list[ClauseTokens]
    opinions: list[Opinion]
    field_cues: list[FieldCue]


def read_text(matcher: CueMatcher, text: str, field: str, industry: str | None) -> TextEvidence:
    """Find the evidence in one text.

    Example: ``房间不错，就是隔音差`` gives praise of 房间 and, weighing more, the failure 隔音差.
    """
    source = clean(text)
    clauses = matcher.match(source.text, split_clauses(source.text))
    contrasts = contrast_starts(clauses)
    elsewhere = carried(clauses, source.text)
    opinions: list[Opinion] = []
    field_cues: list[FieldCue] = []
    for number, tokens in enumerate(clauses):
        contrast = contrasts.get(tokens.clause.sentence)
        taken = elsewhere.get(number)
        for token in tokens.opinions:
            verdict = taken or (judge(tokens, token, source.text) if tokens.modifiers else PLAIN)
            opinion = _opinion(tokens, token, number, verdict, industry)
            if contrast is not None:
                opinion.weight *= BEFORE_CONTRAST if token.start < contrast else AFTER_CONTRAST
            opinions.append(opinion)
        if tokens.fields:
            field_cues += _field_cues(tokens, number, taken, source.text, industry)
    return TextEvidence(field, industry, source, clauses, opinions, field_cues)


def _opinion(tokens: ClauseTokens, token: Token, number: int, verdict: Verdict, industry: str | None) -> Opinion:
    aspect = _nearest_aspect(tokens, token) if tokens.aspects else None
    failures = [cue for cue in token.entry.failures if _applies(cue, industry)]
    sentiment = token.entry.sentiment
    weight = _weight(sentiment, failures) * verdict.multiplier
    if verdict.suppressed_by == "negated":
        weight *= NEGATED_PRAISE if weight > 0 else NEGATED_CRITICISM
    elif verdict.suppressed_by == "ironic":
        # Criticism stays what it is.
        weight *= IRONIC_PRAISE if weight > 0 else 1.0
    elif verdict.suppressed_by is not None:
        weight = 0.0
    told = verdict.suppressed_by in (None, "ironic")
    return Opinion(token, number, verdict, aspect, weight, failures if told else [])


def _weight(sentiment: Cue | None, failures: list[Cue]) -> float:
    if sentiment is not None:
        strength = sentiment.strength or 1.0
        return strength if sentiment.value == "positive" else -strength
    return -max((cue.strength or FAILURE_STRENGTH for cue in failures), default=0.0)


def _nearest_aspect(tokens: ClauseTokens, token: Token) -> Token | None:
    before: Token | None = None
    for aspect in tokens.aspects:
        if aspect.start >= token.end:
            return before or aspect
        before = aspect
    return before


def _field_cues(
    tokens: ClauseTokens, number: int, taken: Verdict | None, text: str, industry: str | None
) -> list[FieldCue]:
    found = []
    for token in tokens.fields:
        verdict = taken or (judge(tokens, token, text) if tokens.modifiers else PLAIN)
        found += [
            FieldCue(token, cue, number, verdict)
            for cue in token.entry.fields
            if _applies(cue, industry) and not _within_longer(tokens, token, cue)
        ]
    return found


def _within_longer(tokens: ClauseTokens, token: Token, cue: Cue) -> bool:
    """Whether a longer cue of the same field covers this one: 不推荐 covers 推荐."""
    if len(tokens.fields) == 1:
        return False
    size = token.end - token.start
    return any(
        other.start <= token.start
        and token.end <= other.end
        and other.end - other.start > size
        and any(longer.field == cue.field for longer in other.entry.fields)
        for other in tokens.fields
    )


def _applies(cue: Cue, industry: str | None) -> bool:
    return not cue.industry or industry is None or industry in cue.industry
