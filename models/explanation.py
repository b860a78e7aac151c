"""Why a review got its labels: clauses, the cues in them, and what turned or voided a cue."""

from dataclasses import dataclass
from typing import Protocol

from models.cleaning import CleanText
from models.opinions import FieldCue, Opinion, TextEvidence
from models.reader import Reading, ReviewText


@dataclass(frozen=True, slots=True)
class ExplainedCue:
    """A cue in a clause; offsets are code points into the field as stored."""

    quote: str
    start: int
    end: int
    cue: str
    """The literal or expression of the list."""
    labels: tuple[str, ...]
    """What it shows, e.g. ``failure=delivery.slow``."""
    suppressed_by: str | None
    """``negated``, ``hypothetical``, ``question``, or None where it counts."""
    because: str | None
    """The word that suppresses it, e.g. 没有."""
    weight: float
    """Its part in the sentiment, below 0 for criticism."""


@dataclass(frozen=True, slots=True)
class ExplainedClause:
    """A clause and its cues; ``getattr(review, field)[start:end] == quote``."""

    field: str
    quote: str
    start: int
    end: int
    cues: tuple[ExplainedCue, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The clauses of all texts of a review in the order they were read, and what came out."""

    clauses: tuple[ExplainedClause, ...]
    reading: Reading


class Explainer(Protocol):
    """A reader that can say why, for one review at a time."""

    def explain(self, review: ReviewText) -> Explanation:
        """Return the labels of one review, the same that ``read`` gives, and what led to them."""


def explain_texts(texts: list[TextEvidence]) -> tuple[ExplainedClause, ...]:
    """Return every clause with its cues in the order of the text."""
    return tuple(clause for evidence in texts for clause in _clauses(evidence))


def _clauses(evidence: TextEvidence) -> list[ExplainedClause]:
    cues: dict[int, list[ExplainedCue]] = {}
    for opinion in evidence.opinions:
        cues.setdefault(opinion.clause_number, []).append(_opinion_cue(evidence.source, opinion))
    for found in evidence.field_cues:
        cues.setdefault(found.clause_number, []).append(_field_cue(evidence.source, found))
    clauses = []
    for number, tokens in enumerate(evidence.clauses):
        start, end = evidence.source.span(tokens.clause.start, tokens.clause.end)
        ordered = tuple(sorted(cues.get(number, []), key=lambda cue: (cue.start, cue.end)))
        clauses.append(ExplainedClause(evidence.field, evidence.source.original[start:end], start, end, ordered))
    return clauses


def _opinion_cue(source: CleanText, opinion: Opinion) -> ExplainedCue:
    entry = opinion.token.entry
    shown = [*entry.failures, *([entry.sentiment] if entry.sentiment else [])]
    start, end = source.span(opinion.token.start, opinion.token.end)
    return ExplainedCue(
        quote=source.original[start:end],
        start=start,
        end=end,
        cue=entry.words,
        labels=tuple(f"{cue.field}={cue.value}" for cue in shown),
        suppressed_by=opinion.verdict.suppressed_by,
        because=opinion.verdict.because,
        weight=round(opinion.weight, 4),
    )


def _field_cue(source: CleanText, found: FieldCue) -> ExplainedCue:
    start, end = source.span(found.token.start, found.token.end)
    return ExplainedCue(
        quote=source.original[start:end],
        start=start,
        end=end,
        cue=found.token.entry.words,
        labels=(f"{found.cue.field}={found.cue.value}",),
        suppressed_by=found.verdict.suppressed_by,
        because=found.verdict.because,
        weight=0.0,
    )
