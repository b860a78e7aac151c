"""What the trained encoder says of a review: its outputs, named and ordered after the codebook."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from lexicons.codebook import codes
from models.annotations import Annotation
from models.reader import RATER_DIMENSIONS, Incident, ReviewLabels

RATER_VALUES = ("none", "-1", "0", "1")
GRADES = ("1", "2", "3", "4", "5")
SEVERITIES = ("0", "1", "2", "3")
NOT_TOLD = "not_told"
"""Of the outcome of a recovery: the text tells of none."""


@dataclass(frozen=True, slots=True)
class Head:
    """One group of outputs: ``one_of`` its labels holds, or ``any_of`` them."""

    name: str
    labels: tuple[str, ...]
    kind: Literal["one_of", "any_of"]


@cache
def review_heads() -> tuple[Head, ...]:
    """Return the outputs that are given once a review, in the order of the network's output vector."""
    return (
        Head("failure_subtypes", codes("failure_subtype"), "any_of"),
        Head("sentiment", ("positive",), "any_of"),
        Head("satisfaction", GRADES, "one_of"),
        Head("severity", SEVERITIES, "one_of"),
        Head("expectation", codes("expectation"), "one_of"),
        *(Head(f"rater_{dimension}", RATER_VALUES, "one_of") for dimension in RATER_DIMENSIONS),
        Head("voice", codes("voice"), "any_of"),
        Head("recovery_actions", codes("recovery_actions"), "any_of"),
        Head("recovery_outcome", (NOT_TOLD, *codes("recovery_outcome")), "one_of"),
        Head("fairness", codes("fairness"), "any_of"),
        Head("loyalty", codes("loyalty"), "one_of"),
    )


@cache
def head_slices() -> dict[str, slice]:
    """Return where each head stands in the output vector."""
    slices, begin = {}, 0
    for head in review_heads():
        slices[head.name] = slice(begin, begin + len(head.labels))
        begin += len(head.labels)
    return slices


def output_width() -> int:
    """Return the length of the output vector."""
    return sum(len(head.labels) for head in review_heads())


def told_labels(annotation: Annotation) -> dict[str, tuple[str, ...]]:
    """Return what a labelled review says of every head; of ``sentiment`` nothing where it is neither good nor bad."""
    recovery = annotation.recovery
    mood = {} if annotation.satisfaction == 3 else {"sentiment": ("positive",) if annotation.satisfaction > 3 else ()}
    return {
        **mood,
        "failure_subtypes": tuple(sorted(annotation.subtypes)),
        "satisfaction": (str(annotation.satisfaction),),
        "severity": (str(annotation.severity),),
        "expectation": (annotation.expectation,),
        **{f"rater_{d}": (str(annotation.rater.get(d, "none")),) for d in RATER_DIMENSIONS},
        "voice": annotation.voice,
        "recovery_actions": recovery.actions if recovery else (),
        "recovery_outcome": (recovery.outcome if recovery else NOT_TOLD,),
        "fairness": annotation.fairness,
        "loyalty": (annotation.loyalty,),
    }


def target_vector(told: Mapping[str, Sequence[str]]) -> list[float]:
    """Return the output vector that says what was told; 0 elsewhere."""
    return [float(label in told.get(head.name, ())) for head in review_heads() for label in head.labels]


def target_mask(told: Mapping[str, Sequence[str]]) -> list[float]:
    """Return 1 where a head was told, 0 where nobody judged it."""
    return [float(head.name in told) for head in review_heads() for _ in head.labels]


def cue_vector(labels: ReviewLabels, incidents: Sequence[Incident]) -> list[float]:
    """Return what cues say of a review as an output vector: a confidence or 1 for each label told, 0 elsewhere."""
    confidence: dict[str, float] = {}
    for incident in incidents:
        subtype = incident.failure_subtype
        confidence[subtype] = max(confidence.get(subtype, 0.0), incident.confidence)
    grade = 3 if labels.satisfaction is None else min(5, max(1, round(labels.satisfaction)))
    told: dict[str, dict[str, float]] = {
        "failure_subtypes": confidence,
        "sentiment": {"positive": labels.positive_probability or 0.0},
        "satisfaction": {str(grade): 1.0},
        "severity": {str(labels.severity or 0): 1.0},
        "expectation": {labels.expectation or "none": 1.0},
        **{f"rater_{d}": {_rater_value(getattr(labels, f"rater_{d}")): 1.0} for d in RATER_DIMENSIONS},
        "voice": dict.fromkeys(labels.voice, 1.0),
        "recovery_actions": dict.fromkeys(labels.recovery_actions, 1.0),
        "recovery_outcome": {labels.recovery_outcome or NOT_TOLD: 1.0},
        "fairness": dict.fromkeys(labels.fairness, 1.0),
        "loyalty": {labels.loyalty or "none": 1.0},
    }
    return [told[head.name].get(label, 0.0) for head in review_heads() for label in head.labels]


def _rater_value(value: int | None) -> str:
    return "none" if value is None else str(value)
