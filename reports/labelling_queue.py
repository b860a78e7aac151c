"""Which reviews people should read: the uncertain and the rare, a random sample of a week, or what they disagree on."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from reports.label_sheet import failure_name
from warehouse.labels import Label
from warehouse.query import connect

AUDIT_SIZE = 50
_WEEK = re.compile(r"\d{4}-W\d{2}")
Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class LabelTask:
    """One review to read."""

    review: Row
    """A row of ``reviews``."""
    incidents: tuple[Row, ...]
    """The machine's, in order."""
    why: str
    readings: tuple[Label, ...] = ()
    """What people have said of it, where they disagree."""


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which reviews come into question; None for all."""

    source: str | None = None
    venue: str | None = None
    """Id or name."""
    since: date | None = None

    @property
    def condition(self) -> str:
        """The condition in SQL, over ``reviews`` as r."""
        return (
            "duplicate_of IS NULL AND severity IS NOT NULL AND ($source IS NULL OR r.source = $source) "
            "AND ($venue IS NULL OR venue_id = $venue OR venue_name = $venue) "
            "AND ($since IS NULL OR published_at >= $since::DATE)"
        )

    @property
    def values(self) -> dict[str, object]:
        """The values of the condition."""
        return {"source": self.source, "venue": self.venue, "since": self.since}


def uncertain_and_rare(warehouse: Path, count: int, chosen: QueueFilter) -> list[LabelTask]:
    """Return reviews that teach most: half of them the least certain, half with the rarest failures, in turns.

    What a person has read, near-duplicates and what the machine does not judge (other languages) are left out.
    """
    query = f"""
        WITH found AS (SELECT i.review_id, i.failure_subtype, i.confidence, count(*) OVER of_subtype AS cases
                       FROM incidents i WINDOW of_subtype AS (PARTITION BY i.failure_subtype)),
        summed AS (SELECT review_id, min(cases) AS cases, arg_min(failure_subtype, cases) AS rarest,
                          min(abs(confidence - 0.5)) AS certainty FROM found GROUP BY 1),
        waiting AS (SELECT r.review_id, published_at, cases, rarest, needs_review,
                           coalesce(certainty, abs(positive_probability - 0.5)) AS certainty
                    FROM reviews r LEFT JOIN summed s ON s.review_id = r.review_id
                    WHERE {chosen.condition} AND read_by IS DISTINCT FROM 'person'),
        placed AS (SELECT *, row_number() OVER (ORDER BY needs_review DESC, certainty, review_id) AS by_doubt,
                          row_number() OVER (ORDER BY cases NULLS LAST, certainty, review_id) AS by_rarity FROM waiting)
        SELECT review_id, rarest, by_doubt <= by_rarity AS doubted FROM placed
        ORDER BY least(2 * by_doubt - 1, 2 * by_rarity), review_id LIMIT $count
        """
    with connect(warehouse) as connection:
        rows = connection.execute(query, {**chosen.values, "count": count}).fetchall()
    reasons = {i: "系统拿不准" if doubted else f"少见类型：{failure_name(rarest)}" for i, rarest, doubted in rows}
    return _tasks(warehouse, reasons)


def audit_sample(warehouse: Path, week: str, count: int = AUDIT_SIZE) -> list[LabelTask]:
    """Return a random sample of the reviews published in a week: the same one however often it is asked for.

    Drawn by the digest of id and week, so that nobody chooses, from all reviews that the shares of ``trends`` count.

    Args:
        warehouse: The folder of the tables.
        week: ISO 8601, e.g. ``2026-W40``.
        count: How many; all where there are fewer.
    """
    monday = monday_of(week)
    query = """
        SELECT review_id FROM reviews
        WHERE kind = 'review' AND duplicate_of IS NULL AND severity IS NOT NULL AND template_praise IS NOT TRUE
          AND published_precision IN ('second', 'day') AND published_at >= $monday::DATE AND published_at < $end::DATE
        ORDER BY md5(review_id || $week), review_id LIMIT $count
        """
    values = {"monday": monday, "end": monday + timedelta(days=7), "week": week, "count": count}
    with connect(warehouse) as connection:
        rows = connection.execute(query, values).fetchall()
    return _tasks(warehouse, {review_id: "随机抽查" for (review_id,) in rows})


def disputes(warehouse: Path, disputed: Mapping[str, Sequence[Label]]) -> list[LabelTask]:
    """Return the reviews on which readers disagree, each with what they said."""
    tasks = _tasks(warehouse, dict.fromkeys(sorted(disputed), "标注不一致"))
    return [
        LabelTask(task.review, task.incidents, task.why, tuple(disputed[str(task.review["review_id"])]))
        for task in tasks
    ]


def monday_of(week: str) -> date:
    """Return the first day of a week.

    Raises:
        ValueError: It is none, e.g. ``2026-W54``.
    """
    try:
        if _WEEK.fullmatch(week):
            return date.fromisoformat(f"{week}-1")
    except ValueError:
        pass
    raise ValueError(f"expected a week such as 2026-W40; found '{week}'")


def stored_reviews(warehouse: Path, review_ids: Sequence[str]) -> dict[str, Row]:
    """Return review → its row of ``reviews``, of those that are stored."""
    with connect(warehouse) as connection:
        rows = connection.execute(
            "SELECT * FROM reviews WHERE list_contains($ids, review_id)", {"ids": list(review_ids)}
        ).to_arrow_table()
    return {str(row["review_id"]): row for row in rows.to_pylist()}


def _tasks(warehouse: Path, reasons: Mapping[str, str]) -> list[LabelTask]:
    reviews = stored_reviews(warehouse, list(reasons))
    with connect(warehouse) as connection:
        found = connection.execute(
            "SELECT review_id, failure_subtype, quote, confidence FROM incidents WHERE list_contains($ids, review_id) "
            "ORDER BY review_id, incident_no",
            {"ids": list(reasons)},
        ).to_arrow_table()
    incidents: dict[str, list[Row]] = {}
    for row in found.to_pylist():
        incidents.setdefault(row["review_id"], []).append(row)
    return [LabelTask(reviews[i], tuple(incidents.get(i, ())), why) for i, why in reasons.items()]
