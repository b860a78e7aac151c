"""A person's reading in the place of the machine's."""

from dataclasses import replace

import pytest

from models.annotations import Annotation, LabelledFailure, LabelledRecovery
from models.corrections import corrected, person_incidents
from models.cue_reader import CueReader, load_cue_reader
from models.reader import Incident, LabelColumns, ReviewText

TEXT = "前台态度冷淡，等了半小时才办好入住，房间倒是干净"
OTHER = "早餐很丰富，服务员热情"


@pytest.fixture(scope="module")
def reader() -> CueReader:
    """The cue reader."""
    return load_cue_reader(None)


def _annotation(**given: object) -> Annotation:
    usual: dict[str, object] = {
        "id": "ctrip:1",
        "domain": "hotel",
        "text": TEXT,
        "failures": (LabelledFailure(type="delivery.slow", quote="等了半小时"),),
        "severity": 1,
        "satisfaction": 3,
        "expectation": "none",
        "rater": {"responsiveness": -1},
        "voice": ("provider",),
        "recovery": LabelledRecovery(actions=("fix",), outcome="satisfied"),
        "fairness": (),
        "loyalty": "stay",
    }
    return Annotation.model_validate({**usual, **given})


def _read(reader: CueReader) -> tuple[list[ReviewText], LabelColumns]:
    batch = [ReviewText(OTHER, industry="hotel"), ReviewText(TEXT, industry="hotel"), ReviewText(OTHER)]
    return batch, reader.read(batch)


def test_a_person_replaces_what_the_machine_says_of_one_review(reader: CueReader) -> None:
    """Labels and incidents are the person's; what the machine said of failures is kept; the neighbours stay."""
    batch, read = _read(reader)
    told = corrected(batch, read, {1: _annotation()})
    assert told.reviews["failure_subtypes"][1] == ["delivery.slow"]
    assert told.reviews["failure_groups"][1] == ["delivery"]
    assert told.reviews["machine_failure_subtypes"][1] == read.reviews["failure_subtypes"][1]
    assert "staff.inattentive" in read.reviews["failure_subtypes"][1]  # type: ignore[operator] # a list of codes
    assert [told.reviews[name][1] for name in ("satisfaction", "sentiment", "read_by", "needs_review", "loyalty")] == [
        3.0,
        0.0,
        "person",
        False,
        "stay",
    ]
    rows = told.incidents["review_row"]
    own = [n for n, row in enumerate(rows) if row == 1]
    assert [told.incidents["found_by"][n] for n in own] == ["person"]
    assert [told.incidents["quote"][n] for n in own] == ["等了半小时"]
    for name, values in told.reviews.items():
        assert (values[0], values[2]) == (read.reviews[name][0], read.reviews[name][2]), name
    assert told.mentions == read.mentions


def test_no_reading_changes_nothing(reader: CueReader) -> None:
    """The columns are the very ones."""
    batch, read = _read(reader)
    assert corrected(batch, read, {}) is read


def test_what_surrounds_an_incident_comes_from_the_machine(reader: CueReader) -> None:
    """Aspect, place, department and minutes of the incident that the quote touches; null where it touches none."""
    columns = reader.read([ReviewText(TEXT, industry="hotel")])
    machine = [Incident(*row) for row in zip(*(columns.incidents[f] for f in Incident.__slots__), strict=True)]
    failures = (
        LabelledFailure(type="delivery.slow", quote="等了半小时才办好"),
        LabelledFailure(type="delivery.core", quote="房间倒是干净"),
    )
    slow, core = person_incidents(ReviewText(TEXT), _annotation(failures=failures), machine)
    assert (slow.wait_minutes, slow.field, TEXT[slow.start : slow.end]) == (30, "text", "等了半小时才办好")
    assert (core.aspect, core.touchpoint, core.department, core.wait_minutes) == (None, None, None, None)


def test_a_quote_of_the_follow_up_is_found_there() -> None:
    """Offsets are into the field that holds the words."""
    annotation = _annotation(
        text=OTHER, follow_up_text=TEXT, failures=(LabelledFailure(type="delivery.slow", quote="等了半小时"),)
    )
    (incident,) = person_incidents(ReviewText(OTHER, follow_up_text=TEXT), annotation, [])
    assert (incident.field, TEXT[incident.start : incident.end]) == ("follow_up_text", "等了半小时")


def test_the_severity_of_the_review_is_that_of_its_gravest_incident(reader: CueReader) -> None:
    """The machine's may be less, never more, and at least one has what the person says."""
    columns = reader.read([ReviewText(TEXT, industry="hotel")])
    machine = [
        replace(Incident(*row), severity=1)
        for row in zip(*(columns.incidents[f] for f in Incident.__slots__), strict=True)
    ]
    (incident,) = person_incidents(ReviewText(TEXT), _annotation(severity=3), machine)
    assert incident.severity == 3
