"""Incidents and mentions from opinions: which code wins, what is one event, and which words show it best."""

import re
from dataclasses import dataclass

from lexicons.codebook import group_of
from lexicons.cue_rules import Cue, CueBook
from models.opinions import Opinion, TextEvidence
from models.reader import Incident, Mention
from models.scope import solving_word
from models.touchpoints import Touchpoints
from models.waiting import DurationReader

MOST_INCIDENTS = 8
# A quote is the whole clause up to this many characters, else the aspect word, the cue and what stands between.
WHOLE_CLAUSE = 18
WIDEST_REACH = 10
COMPOSED_CONFIDENCE = 0.55
SOLVED_RELIEF = 1
# A meal or a room late by two hours is a real loss; what is told in days is shipping, and judged by its words.
LONG_WAIT = 120
A_DAY = 1440

_CUSTOMER = ("customer.drunk", "customer.abuse", "customer.policy", "customer.uncooperative")
_OTHERS = (
    "staff.misconduct",
    "staff.inattentive",
    "staff.unfair",
    "request.preference",
    "request.disruptive_others",
    "delivery.core",
)
# The codebook's "which one?": in one clause the code on the left leaves no room for those on the right.
_DISPLACES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_CUSTOMER, _OTHERS),
    "request.special_needs": ("delivery.unavailable", "delivery.core", "request.preference"),
    "request.customer_error": ("request.preference", "delivery.core", "delivery.unavailable"),
    "request.disruptive_others": ("delivery.core",),
    "request.preference": ("delivery.unavailable",),
}


# A wait, an attitude and a quarrel are told over neighbouring clauses; what is dirty, broken or missing is told one by
# one: 毛巾发黄，地毯有烟味 are two incidents.
_TOLD_ON = frozenset({"delivery.slow", "staff.misconduct", "request.preference", "request.disruptive_others"})


@dataclass(frozen=True, slots=True)
class FindingLists:
    """What findings are completed with: places and departments, how long a wait was, and where a quote begins."""

    touchpoints: Touchpoints
    durations: DurationReader
    openers: re.Pattern[str]

    @classmethod
    def from_book(cls, book: CueBook) -> "FindingLists":
        """Build the lists of a cue book."""
        openers = sorted((re.escape(row.word) for row in book.quote_openers), key=len, reverse=True)
        return cls(
            Touchpoints(book.touchpoints, book.departments),
            DurationReader(book.durations),
            re.compile(f"(?:{'|'.join(openers)})+"),
        )


@dataclass(slots=True, eq=False)
class _Candidate:
    subtype: str
    aspect: str | None
    touchpoint: str | None
    start: int
    end: int
    severity: int
    confidence: float
    first_clause: int
    last_clause: int
    field: str


def find_incidents(texts: list[TextEvidence], lists: FindingLists) -> list[Incident]:
    """Return the incidents of a review, at most eight, the clearest ones, in the order of the texts.

    Two findings of one sub-type and aspect in one clause or in neighbouring clauses are one event.
    """
    found: list[tuple[_Candidate, TextEvidence]] = []
    for evidence in texts:
        found += [(candidate, evidence) for candidate in _merge(_candidates(evidence, lists))]
    if len(found) > MOST_INCIDENTS:
        # Stable, so that of equally clear ones the first are kept.
        clearest = sorted(range(len(found)), key=lambda n: -found[n][0].confidence)[:MOST_INCIDENTS]
        found = [found[n] for n in sorted(clearest)]
    return [_incident(candidate, evidence, lists) for candidate, evidence in found]


def find_mentions(texts: list[TextEvidence], touchpoints: Touchpoints) -> list[Mention]:
    """Return every opinion about an aspect, good or bad; one an aspect and polarity in a clause."""
    mentions = []
    for evidence in texts:
        seen: set[tuple[int, str | None, int]] = set()
        for opinion in evidence.opinions:
            cue = opinion.failures[0] if opinion.failures else None
            aspect = _aspect(opinion, cue)
            key = (opinion.clause_number, aspect, opinion.polarity)
            if aspect is None or not opinion.polarity or key in seen:
                continue
            seen.add(key)
            touchpoint = _touchpoint(opinion, cue, evidence, touchpoints)
            start, end = evidence.source.span(*_reach(opinion))
            quote = evidence.source.original[start:end]
            confidence = opinion.failures[0].confidence if opinion.failures else COMPOSED_CONFIDENCE
            mentions.append(
                Mention(
                    opinion.polarity,
                    quote,
                    evidence.field,
                    start,
                    end,
                    confidence,
                    aspect,
                    touchpoint,
                    touchpoints.department(evidence.industry, touchpoint, aspect),
                )
            )
    return mentions


def _candidates(evidence: TextEvidence, lists: FindingLists) -> list[_Candidate]:
    severities: dict[int, int] = {}
    for found in evidence.field_cues:
        if found.cue.field == "severity" and not found.verdict.suppressed_by:
            severities[found.clause_number] = max(severities.get(found.clause_number, 0), int(found.cue.value))
    candidates = []
    for opinion in evidence.opinions:
        for subtype, cue in _failures(opinion):
            aspect, touchpoint = _aspect(opinion, cue), _touchpoint(opinion, cue, evidence, lists.touchpoints)
            start, end = _quote(evidence, opinion, lists.openers)
            severity = max(cue.severity if cue else 1, severities.get(opinion.clause_number, 0))
            if severity == 2 and solving_word(evidence.clauses, opinion.clause_number, opinion.token):
                severity -= SOLVED_RELIEF
            candidates.append(
                _Candidate(
                    subtype,
                    aspect,
                    touchpoint,
                    start,
                    end,
                    severity,
                    cue.confidence if cue else COMPOSED_CONFIDENCE,
                    opinion.clause_number,
                    opinion.clause_number,
                    evidence.field,
                )
            )
    return candidates


def _failures(opinion: Opinion) -> list[tuple[str, Cue | None]]:
    """The sub-types that an opinion shows: those of its cue, or a criticism beside an aspect word (房间 + 差)."""
    if opinion.failures:
        return [(cue.value, cue) for cue in opinion.failures]
    word, sentiment = opinion.aspect_word, opinion.token.entry.sentiment
    if word is None or word.failure is None or sentiment is None or opinion.weight >= 0 or sentiment.verdict:
        return []
    if opinion.token.entry.failures or not _stands_near(opinion):
        return []
    return [(word.failure, None)]


def _stands_near(opinion: Opinion) -> bool:
    if opinion.aspect is None:
        return False
    start, end = opinion.token.start, opinion.token.end
    return start - opinion.aspect.end <= WIDEST_REACH and opinion.aspect.start - end <= WIDEST_REACH // 3


def _aspect(opinion: Opinion, cue: Cue | None) -> str | None:
    """What the opinion is about."""
    word = opinion.aspect_word
    return (cue.aspect if cue else None) or (word.aspect if word else None)


def _touchpoint(opinion: Opinion, cue: Cue | None, evidence: TextEvidence, touchpoints: Touchpoints) -> str | None:
    """Where it happened: as its clause says, else the clause before (办入住,等了一小时)."""
    word = opinion.aspect_word
    named = [word.touchpoint if word else None, cue.touchpoint if cue else None]
    if word is None and opinion.clause_number:
        before, here = evidence.clauses[opinion.clause_number - 1 : opinion.clause_number + 1]
        if before.aspects and before.clause.sentence == here.clause.sentence:
            last = before.aspects[-1].entry.aspect
            named.append(last.touchpoint if last else None)
    return touchpoints.choose(evidence.industry, _aspect(opinion, cue), named)


def _reach(opinion: Opinion) -> tuple[int, int]:
    """The cue with its aspect word, where that stands near."""
    start, end = opinion.token.start, opinion.token.end
    if opinion.aspect:
        if opinion.aspect.end <= start and start - opinion.aspect.end <= WIDEST_REACH:
            start = opinion.aspect.start
        elif opinion.aspect.start >= end and opinion.aspect.start - end <= WIDEST_REACH // 2:
            end = opinion.aspect.end
    return start, end


def _quote(evidence: TextEvidence, opinion: Opinion, openers: re.Pattern[str]) -> tuple[int, int]:
    """The clause without the words that join it to what stood before, or, where it is long, its telling part."""
    clause = evidence.clauses[opinion.clause_number].clause
    if opinion.token.end > clause.end:
        return opinion.token.start, opinion.token.end
    if clause.end - clause.start <= WHOLE_CLAUSE:
        opener = openers.match(evidence.source.text, clause.start, opinion.token.start)
        return opener.end() if opener else clause.start, clause.end
    return _reach(opinion)


def _merge(candidates: list[_Candidate]) -> list[_Candidate]:
    displaced: set[tuple[int, str]] = set()
    for candidate in candidates:
        displaced.update((candidate.first_clause, other) for other in _DISPLACES.get(candidate.subtype, ()))
    events: list[_Candidate] = []
    latest: dict[tuple[str, str | None], _Candidate] = {}
    for candidate in candidates:
        if (candidate.first_clause, candidate.subtype) in displaced:
            continue
        key = (candidate.subtype, candidate.aspect)
        event = latest.get(key)
        if event is None or candidate.first_clause - event.last_clause > (candidate.subtype in _TOLD_ON):
            latest[key] = candidate
            events.append(candidate)
            continue
        event.last_clause = candidate.first_clause
        event.severity = max(event.severity, candidate.severity)
        event.confidence = max(event.confidence, candidate.confidence)
    return events


def _wait_minutes(candidate: _Candidate, evidence: TextEvidence, durations: DurationReader) -> int | None:
    """The longest time told in the clauses of a delay, else in the clause beside them that tells of waiting."""
    if candidate.subtype != "delivery.slow":
        return None
    clauses = evidence.clauses
    own = range(candidate.first_clause, candidate.last_clause + 1)
    beside = [n for n in (candidate.first_clause - 1, candidate.last_clause + 1) if 0 <= n < len(clauses)]
    sentence = clauses[candidate.first_clause].clause.sentence
    text = evidence.source.text
    for numbers, must_tell in ((own, False), (beside, True)):
        found = []
        for number in numbers:
            clause = clauses[number].clause
            words = text[clause.start : clause.end]
            if must_tell and (clause.sentence != sentence or not durations.tells_of_waiting(words)):
                continue
            found += [duration.minutes for duration in durations.durations(words)]
        if found:
            return round(max(found))
    return None


def _incident(candidate: _Candidate, evidence: TextEvidence, lists: FindingLists) -> Incident:
    start, end = evidence.source.span(candidate.start, candidate.end)
    wait = _wait_minutes(candidate, evidence, lists.durations)
    is_long = wait is not None and LONG_WAIT <= wait < A_DAY
    return Incident(
        failure_group=group_of(candidate.subtype),
        failure_subtype=candidate.subtype,
        quote=evidence.source.original[start:end],
        field=candidate.field,
        start=start,
        end=end,
        confidence=round(candidate.confidence, 4),
        found_by="cue",
        severity=max(candidate.severity, 2) if is_long else candidate.severity,
        aspect=candidate.aspect,
        touchpoint=candidate.touchpoint,
        department=lists.touchpoints.department(evidence.industry, candidate.touchpoint, candidate.aspect),
        wait_minutes=wait,
    )
