"""A person's reading in the place of the machine's: labels, and incidents with the words that show them."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

from lexicons.codebook import codes, group_of
from models.annotations import Annotation
from models.reader import RATER_DIMENSIONS, Incident, LabelColumns, ReviewText

_INCIDENT_FIELDS = [f.name for f in fields(Incident)]
_GRADES = 5


def corrected(batch: Sequence[ReviewText], read: LabelColumns, readings: Mapping[int, Annotation]) -> LabelColumns:
    """Return the labels of a batch with people's readings in the place of the machine's.

    What a person does not judge (language, template praise, drivers, mentions) stays; what the machine said of the
    failures is kept as ``machine_failure_subtypes``.

    Args:
        batch: The texts.
        read: What the machine says of them.
        readings: Row of the batch → what a person says.
    """
    if not readings:
        return read
    reviews = {name: list(values) for name, values in read.reviews.items()}
    incidents = _by_row(read)
    for row, annotation in readings.items():
        machine = list(_texts(reviews["failure_subtypes"][row]))
        for name, value in _labels(annotation).items():
            reviews[name][row] = value
        reviews["machine_failure_subtypes"][row] = machine
        incidents[row] = person_incidents(batch[row], annotation, incidents.get(row, []))
    return LabelColumns(reviews, _incident_columns(incidents), read.mentions)


def _labels(annotation: Annotation) -> dict[str, object]:
    recovery = annotation.recovery
    groups = {group_of(code) for code in annotation.subtypes}
    # From 1 to 5 onto 0 to 1, and onto -1 to 1: what a person calls mixed is neither good nor bad.
    positive = (annotation.satisfaction - 1) / (_GRADES - 1)
    return {
        "positive_probability": positive,
        "sentiment": 2 * positive - 1,
        "satisfaction": float(annotation.satisfaction),
        "failure_groups": [code for code in codes("failure_group") if code in groups],
        "failure_subtypes": [code for code in codes("failure_subtype") if code in annotation.subtypes],
        "severity": annotation.severity,
        "expectation": annotation.expectation,
        **{f"rater_{d}": annotation.rater.get(d) for d in RATER_DIMENSIONS},
        "voice": list(annotation.voice),
        "recovery_actions": list(recovery.actions) if recovery else [],
        "recovery_outcome": recovery.outcome if recovery else None,
        "fairness": list(annotation.fairness),
        "loyalty": annotation.loyalty,
        "needs_review": False,
        "read_by": "person",
    }


def person_incidents(review: ReviewText, annotation: Annotation, machine: Sequence[Incident]) -> list[Incident]:
    """Return one incident a labelled failure, in text order.

    Aspect, touchpoint, department and wait are those of the machine's incident whose words overlap most; null where
    none does. The review's severity is that of its incidents, or the machine's where that is less and another has it.
    """
    found = [_person_incident(review, f.type, f.quote, annotation.severity, machine) for f in annotation.failures]
    if found and max(incident.severity for incident in found) < annotation.severity:
        found = [replace(incident, severity=annotation.severity) for incident in found]
    order = {"title": 0, "text": 1, "follow_up_text": 2}
    return sorted(found, key=lambda one: (order[one.field], one.start, one.end))


def _person_incident(
    review: ReviewText, subtype: str, quote: str, severity: int, machine: Sequence[Incident]
) -> Incident:
    field, text = "text", review.text
    if quote not in text:
        field, text = "follow_up_text", review.follow_up_text or ""
    start = text.index(quote)
    end = start + len(quote)
    beside = max(machine, key=lambda one: _shared(one, field, start, end), default=None)
    if beside is None or _shared(beside, field, start, end) <= 0:
        beside = None
    return Incident(
        failure_group=group_of(subtype),
        failure_subtype=subtype,
        quote=quote,
        field=field,
        start=start,
        end=end,
        confidence=1.0,
        found_by="person",
        severity=min(beside.severity, severity) if beside else severity,
        aspect=beside.aspect if beside else None,
        touchpoint=beside.touchpoint if beside else None,
        department=beside.department if beside else None,
        wait_minutes=beside.wait_minutes if beside and subtype == beside.failure_subtype else None,
    )


def _shared(incident: Incident, field: str, start: int, end: int) -> int:
    return min(incident.end, end) - max(incident.start, start) if incident.field == field else 0


def _by_row(read: LabelColumns) -> dict[int, list[Incident]]:
    columns = [read.incidents[name] for name in _INCIDENT_FIELDS]
    found: dict[int, list[Incident]] = {}
    for row, *values in zip(read.incidents["review_row"], *columns, strict=True):
        found.setdefault(int(str(row)), []).append(Incident(*values))
    return found


def _incident_columns(incidents: Mapping[int, Sequence[Incident]]) -> dict[str, list[object]]:
    flat = [(row, incident) for row in sorted(incidents) for incident in incidents[row]]
    columns: dict[str, list[object]] = {"review_row": [row for row, _ in flat]}
    for name in _INCIDENT_FIELDS:
        columns[name] = [getattr(incident, name) for _, incident in flat]
    return columns


def _texts(value: object) -> Sequence[str]:
    return value if isinstance(value, list) else []
