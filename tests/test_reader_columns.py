"""What a reader says of a batch, as columns."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from models.reader import RATER_DIMENSIONS, Incident, LabelColumns, Mention, Reading, ReviewLabels
from warehouse.schema import INCIDENT_FINDING_COLUMNS, LABEL_COLUMNS, MENTION_FINDING_COLUMNS, Column, arrow_schema


def _incident(quote: str, subtype: str = "delivery.core") -> Incident:
    return Incident(
        failure_group=subtype.partition(".")[0],
        failure_subtype=subtype,
        quote=quote,
        field="text",
        start=0,
        end=len(quote),
        confidence=0.9,
        found_by="cue",
        severity=1,
        aspect="卫生",
    )


def _mention(quote: str) -> Mention:
    return Mention(polarity=-1, quote=quote, field="text", start=0, end=len(quote), confidence=0.5)


_READINGS = st.lists(
    st.builds(
        Reading,
        labels=st.builds(ReviewLabels, severity=st.integers(0, 3), voice=st.lists(st.just("public"), max_size=1)),
        incidents=st.lists(st.builds(_incident, st.text("房间很脏", min_size=1, max_size=4)), max_size=3),
        mentions=st.lists(st.builds(_mention, st.text("早餐难吃", min_size=1, max_size=4)), max_size=3),
    ),
    max_size=6,
)


@settings(deadline=None)
@given(_READINGS)
def test_columns_hold_every_reading_in_order(readings: list[Reading]) -> None:
    """One value a review in batch order; every finding with its review's row, findings of one review together."""
    columns = LabelColumns.from_readings(readings)
    assert all(len(values) == len(readings) for values in columns.reviews.values())
    assert [ReviewLabels(**dict(zip(columns.reviews, row, strict=True))) for row in _rows(columns.reviews)] == [
        r.labels for r in readings
    ]
    incidents = [(row, i) for row, r in enumerate(readings) for i in r.incidents]
    assert [(row[0], Incident(*row[1:])) for row in _rows(columns.incidents)] == incidents
    mentions = [(row, m) for row, r in enumerate(readings) for m in r.mentions]
    assert [(row[0], Mention(*row[1:])) for row in _rows(columns.mentions)] == mentions


def _rows(columns: dict[str, list[object]]) -> list[tuple[Any, ...]]:
    return list(zip(*columns.values(), strict=True))


def test_an_empty_batch_has_all_columns() -> None:
    """Nothing read still gives every column, empty."""
    columns = LabelColumns.from_readings([])
    assert set(columns.reviews) == {f.name for f in fields(ReviewLabels)}
    assert next(iter(columns.incidents)) == next(iter(columns.mentions)) == "review_row"
    assert not any(v for table in (columns.reviews, columns.incidents, columns.mentions) for v in table.values())


def test_the_readers_fields_are_the_warehouse_columns() -> None:
    """What a reader says and what the tables hold cannot drift apart."""
    assert {f.name for f in fields(ReviewLabels)} == {c.name for c in LABEL_COLUMNS}
    assert {f.name for f in fields(Incident)} == {c.name for c in INCIDENT_FINDING_COLUMNS}
    assert {f.name for f in fields(Mention)} == {c.name for c in MENTION_FINDING_COLUMNS}
    assert {f"rater_{d}" for d in RATER_DIMENSIONS} == {c.name for c in LABEL_COLUMNS if c.name.startswith("rater_")}


def test_columns_fit_the_arrow_types() -> None:
    """A reading that says everything becomes Arrow arrays of the tables' types."""
    labels = ReviewLabels(
        language="zh",
        positive_probability=0.1,
        sentiment=-0.8,
        satisfaction=1.5,
        failure_groups=["delivery"],
        failure_subtypes=["delivery.core"],
        severity=2,
        expectation="below",
        rater_tangibles=-1,
        recovery_outcome="dissatisfied",
        loyalty="leave",
    )
    columns = LabelColumns.from_readings([Reading(labels, [_incident("房间很脏")], [_mention("早餐难吃")])])
    reviews = pa.table(columns.reviews, schema=arrow_schema(_ordered(LABEL_COLUMNS, columns.reviews)))
    assert reviews.column("failure_subtypes").to_pylist() == [["delivery.core"]]
    for found, described in (
        (columns.incidents, INCIDENT_FINDING_COLUMNS),
        (columns.mentions, MENTION_FINDING_COLUMNS),
    ):
        without_row = {name: values for name, values in found.items() if name != "review_row"}
        assert pa.table(without_row, schema=arrow_schema(_ordered(described, without_row))).num_rows == 1


def _ordered(columns: tuple[Column, ...], names: Iterable[str]) -> tuple[Column, ...]:
    by_name = {c.name: c for c in columns}
    return tuple(by_name[name] for name in names)
