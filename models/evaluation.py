"""How well a reader reads: its labels beside given ones, field by field, with intervals."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from lexicons.codebook import codes, group_of
from models.annotations import Annotation, LabelledSentence
from models.reader import RATER_DIMENSIONS, LabelColumns, Reader, ReviewText
from models.scores import (
    CalibrationBin,
    FoundScore,
    Interval,
    calibration_bins,
    calibration_error,
    character_f1,
    found_score,
    kappa,
    micro_score,
    share,
    weighted_kappa,
)

MOST_GRADES = 5
Judge = Callable[[Sequence[str]], list[bool | None]]
"""Says of each text whether it praises (True) or complains (False), or None where it cannot tell."""


@dataclass(frozen=True, slots=True)
class FieldScore:
    """Agreement on one field that is no failure: Cohen's kappa, and in how many reviews both say the same."""

    field: str
    n: int
    """Reviews whose label is anything but the field's usual value."""
    kappa: float
    agreement: float


@dataclass(frozen=True, slots=True)
class SentimentScore:
    """Accuracy of the sign of sentiment on one set; an undecided text counts as wrong."""

    domain: str
    system: str
    n: int
    accuracy: Interval
    undecided: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that was measured against one file of labels."""

    n: int
    subtypes: tuple[FoundScore, ...]
    all_subtypes: FoundScore
    groups: tuple[FoundScore, ...]
    all_groups: FoundScore
    by_domain: tuple[FoundScore, ...]
    """Micro-average of the sub-types in each trade."""
    quotes: int
    quote_f1: float
    """Mean overlap of quotes where the sub-type is right."""
    fields: tuple[FieldScore, ...]
    calibration: float
    """Expected calibration error of the incidents' confidence."""
    incidents: int
    calibration_bins: tuple[CalibrationBin, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundIncident:
    """What a reader found in one review."""

    subtype: str
    quote: str
    field: str
    confidence: float


def evaluate(reader: Reader, annotations: Sequence[Annotation]) -> Evaluation:
    """Read labelled reviews and compare; ratings and labels are not shown to the reader."""
    columns = reader.read([annotation.review for annotation in annotations])
    found = found_incidents(columns, len(annotations))
    told = [annotation.subtypes for annotation in annotations]
    read = [frozenset(incident.subtype for incident in incidents) for incidents in found]
    told_groups, read_groups = ([frozenset(map(group_of, labels)) for labels in side] for side in (told, read))
    domains = sorted({annotation.domain for annotation in annotations})
    overlaps = list(_overlaps(annotations, found))
    confidences = [incident.confidence for incidents in found for incident in incidents]
    right = [i.subtype in labels for incidents, labels in zip(found, told, strict=True) for i in incidents]
    return Evaluation(
        n=len(annotations),
        subtypes=tuple(found_score(code, told, read) for code in codes("failure_subtype")),
        all_subtypes=micro_score("all sub-types", told, read),
        groups=tuple(found_score(code, told_groups, read_groups) for code in codes("failure_group")),
        all_groups=micro_score("all groups", told_groups, read_groups),
        by_domain=tuple(
            micro_score(
                domain,
                [labels for labels, a in zip(told, annotations, strict=True) if a.domain == domain],
                [labels for labels, a in zip(read, annotations, strict=True) if a.domain == domain],
            )
            for domain in domains
        ),
        quotes=len(overlaps),
        quote_f1=sum(overlaps) / len(overlaps) if overlaps else float("nan"),
        fields=tuple(_field_scores(annotations, columns)),
        calibration=calibration_error(confidences, right),
        incidents=len(confidences),
        calibration_bins=tuple(calibration_bins(confidences, right)),
    )


def found_incidents(columns: LabelColumns, reviews: int) -> list[list[FoundIncident]]:
    """Return the incidents of each review of a batch."""
    found: list[list[FoundIncident]] = [[] for _ in range(reviews)]
    names = ("review_row", "failure_subtype", "quote", "field", "confidence")
    for row, subtype, quote, field, confidence in zip(*(columns.incidents[name] for name in names), strict=True):
        found[int(str(row))].append(FoundIncident(str(subtype), str(quote), str(field), float(str(confidence))))
    return found


def subtypes_read(columns: LabelColumns) -> list[frozenset[str]]:
    """Return the failure sub-types that a reader gives each review."""
    return [frozenset(map(str, _list(value))) for value in columns.reviews["failure_subtypes"]]


def evaluate_sentiment(system: str, judge: Judge, sentences: Sequence[LabelledSentence]) -> list[SentimentScore]:
    """Score one system on each domain of a sentiment set, in order of name."""
    judged = judge([sentence.text for sentence in sentences])
    scores = []
    for domain in sorted({sentence.domain for sentence in sentences}):
        pairs = [(s.positive, j) for s, j in zip(sentences, judged, strict=True) if s.domain == domain]
        right = sum(told == said for told, said in pairs)
        undecided = sum(said is None for _, said in pairs) / len(pairs)
        scores.append(SentimentScore(domain, system, len(pairs), share(right, len(pairs)), undecided))
    return scores


def reader_judge(reader: Reader) -> Judge:
    """Return the sign of a reader's sentiment as a judge."""

    def judge(texts: Sequence[str]) -> list[bool | None]:
        scores = reader.read([ReviewText(text) for text in texts]).reviews["sentiment"]
        return [None if score is None else float(str(score)) > 0 for score in scores]

    return judge


def field_pairs(annotations: Sequence[Annotation], columns: LabelColumns) -> dict[str, list[tuple[Hashable, Hashable]]]:
    """Return what labels and a reader say, as field → one pair a review; list fields code by code."""
    return pair_fields([told_fields(a) for a in annotations], read_fields(columns))


def pair_fields(
    told: Sequence[dict[str, Hashable]], read: Sequence[dict[str, Hashable]]
) -> dict[str, list[tuple[Hashable, Hashable]]]:
    """Put two readings of the same reviews side by side."""
    names = told[0] if told else {}
    return {name: [(t[name], r[name]) for t, r in zip(told, read, strict=True)] for name in names}


def told_fields(annotation: Annotation) -> dict[str, Hashable]:
    """Return the fields of one labelled review but its failures."""
    recovery = annotation.recovery
    return {
        "severity": annotation.severity,
        "satisfaction": annotation.satisfaction,
        "expectation": annotation.expectation,
        **{f"rater_{d}": annotation.rater.get(d) for d in RATER_DIMENSIONS},
        **{f"voice: {c}": c in annotation.voice for c in codes("voice")},
        **{f"recovery: {c}": recovery is not None and c in recovery.actions for c in codes("recovery_actions")},
        "recovery_outcome": recovery.outcome if recovery else None,
        **{f"fairness: {c}": c in annotation.fairness for c in codes("fairness")},
        "loyalty": annotation.loyalty,
    }


def read_fields(columns: LabelColumns) -> list[dict[str, Hashable]]:
    """Return the same fields as a reader gives them; satisfaction is rounded to a grade, 3 where there is none."""
    rows = [dict(zip(columns.reviews, values, strict=True)) for values in zip(*columns.reviews.values(), strict=True)]
    return [
        {
            "severity": row["severity"] or 0,
            "satisfaction": _grade(row["satisfaction"]),
            "expectation": row["expectation"] or "none",
            **{f"rater_{d}": row[f"rater_{d}"] for d in RATER_DIMENSIONS},
            **{f"voice: {c}": c in _list(row["voice"]) for c in codes("voice")},
            **{f"recovery: {c}": c in _list(row["recovery_actions"]) for c in codes("recovery_actions")},
            "recovery_outcome": row["recovery_outcome"],
            **{f"fairness: {c}": c in _list(row["fairness"]) for c in codes("fairness")},
            "loyalty": row["loyalty"] or "none",
        }
        for row in rows
    ]


def field_score(field: str, pairs: Sequence[tuple[Hashable, Hashable]]) -> FieldScore:
    """Score one field; grades get kappa with quadratic weights."""
    told, read = [a for a, _ in pairs], [b for _, b in pairs]
    graded = field in ("severity", "satisfaction")
    value = weighted_kappa([int(str(v)) for v in told], [int(str(v)) for v in read]) if graded else kappa(told, read)
    usual = max(set(told), key=told.count)
    return FieldScore(
        field,
        sum(v != usual for v in told),
        value,
        sum(a == b for a, b in pairs) / len(pairs),
    )


def _field_scores(annotations: Sequence[Annotation], columns: LabelColumns) -> list[FieldScore]:
    return [field_score(field, pairs) for field, pairs in field_pairs(annotations, columns).items()]


def _overlaps(annotations: Sequence[Annotation], found: Sequence[Sequence[FoundIncident]]) -> list[float]:
    """For each labelled incident whose sub-type was found, the best overlap of its quote with one of that sub-type."""
    overlaps = []
    for annotation, incidents in zip(annotations, found, strict=True):
        for failure in annotation.failures:
            quotes = [incident.quote for incident in incidents if incident.subtype == failure.type]
            if quotes:
                text = annotation.text if failure.quote in annotation.text else annotation.follow_up_text or ""
                overlaps.append(max(character_f1(failure.quote, quote, text) for quote in quotes))
    return overlaps


def _grade(satisfaction: object) -> int:
    if satisfaction is None:
        return 3
    return min(MOST_GRADES, max(1, round(float(str(satisfaction)))))


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
