"""Why a reader and the labels disagree on a failure: each error sorted by what went wrong on the way to it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from models.annotations import Annotation
from models.explanation import Explainer, Explanation

ErrorKind = Literal["scope", "missing cue", "wrong neighbour", "left out", "too broad", "label noise"]
KIND_MEANING: dict[ErrorKind, str] = {
    "scope": "a cue for it stood in the text and was taken as negated, supposed, asked, quoted or another provider's",
    "missing cue": "nothing in the text was read as a sign of it",
    "wrong neighbour": "the same words were read as another sub-type",
    "left out": "a cue for it counted, and the incident gave way to another one",
    "too broad": "a cue fired on words that the labels take for no failure of this kind",
    "label noise": "the two readings behind the label disagreed on it themselves",
}


@dataclass(frozen=True, slots=True)
class FailureError:
    """One sub-type of one review that only the label (missed) or only the reader (invented) sees."""

    review: str
    subtype: str
    missed: bool
    kind: ErrorKind
    quote: str
    instead: str | None = None
    """Of a missed one: the sub-type as which the same words were read."""


def failure_errors(
    explainer: Explainer, annotations: Sequence[Annotation], disputed: Mapping[str, frozenset[str]] | None = None
) -> list[FailureError]:
    """Return every error on sub-types with its kind.

    Args:
        explainer: The reader.
        annotations: The labelled reviews.
        disputed: By review id, the sub-types that only one of two independent readings holds.
    """
    errors = []
    for annotation in annotations:
        explanation = explainer.explain(annotation.review)
        read = {incident.failure_subtype: incident.quote for incident in explanation.reading.incidents}
        noise = (disputed or {}).get(annotation.id, frozenset())
        missed = {failure.type: failure.quote for failure in reversed(annotation.failures) if failure.type not in read}
        for subtype, quote in missed.items():
            kind = "label noise" if subtype in noise else _why_missed(subtype, quote, annotation, explanation)
            instead = next((i for i, q in read.items() if _overlap(quote, q, annotation.text)), None)
            errors.append(FailureError(annotation.id, subtype, missed=True, kind=kind, quote=quote, instead=instead))
        for subtype, quote in read.items():
            if subtype not in annotation.subtypes:
                kind = "label noise" if subtype in noise else _why_invented(quote, annotation)
                errors.append(FailureError(annotation.id, subtype, missed=False, kind=kind, quote=quote))
    return errors


def count_kinds(errors: Sequence[FailureError]) -> dict[tuple[bool, ErrorKind], int]:
    """Count errors by (missed, kind), the most frequent first."""
    return dict(Counter((error.missed, error.kind) for error in errors).most_common())


def count_confusions(errors: Sequence[FailureError]) -> dict[tuple[str, str], int]:
    """Count (labelled, read) where the same words were read as another sub-type, the most frequent first."""
    return dict(Counter((e.subtype, e.instead) for e in errors if e.missed and e.instead is not None).most_common())


def _why_missed(subtype: str, quote: str, annotation: Annotation, explanation: Explanation) -> ErrorKind:
    shown = f"failure={subtype}"
    cues = [cue for clause in explanation.clauses for cue in clause.cues if shown in cue.labels]
    if any(_overlap(quote, i.quote, annotation.text) for i in explanation.reading.incidents):
        return "wrong neighbour"
    if any(cue.suppressed_by for cue in cues):
        return "scope"
    return "left out" if cues else "missing cue"


def _why_invented(quote: str, annotation: Annotation) -> ErrorKind:
    if any(_overlap(failure.quote, quote, annotation.text) for failure in annotation.failures):
        return "wrong neighbour"
    return "too broad"


def _overlap(told: str, read: str, text: str) -> bool:
    start, other = text.find(told), text.find(read)
    return start >= 0 and other >= 0 and start < other + len(read) and other < start + len(told)
