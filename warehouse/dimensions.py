"""The dimension tables: what analysts join facts with, made anew by every run.

What a failure means, which trade has which touchpoint, what a day is in the calendar, and which venues there are.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

from lexicons.codebook import codebook, definitions, group_of
from lexicons.cue_rules import TradeTouchpoint
from warehouse.schema import DIM_DATE, DIM_FAILURE, DIM_TOUCHPOINT, DIM_VENUE, REVIEWS

_WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class NamedVenue:
    """A venue as reviews name it: 云栖湖畔酒店 with no id, in 12 reviews of hotels."""

    venue_id: str | None
    venue_name: str | None
    industry: str | None
    reviews: int

    @property
    def key(self) -> str:
        """What facts are grouped by, as in ``trends``."""
        return self.venue_id or self.venue_name or ""


def dimensions(warehouse: Path, venues: pa.Table, touchpoints: Iterable[TradeTouchpoint]) -> dict[str, pa.Table]:
    """Return the dimension tables by name, made from what is stored and from the lists.

    Args:
        warehouse: The folder of the tables; the reviews must be published already.
        venues: The venue master, as rows of the table ``venues``.
        touchpoints: The touchpoints of the trades, the user's own among them.
    """
    first, last, named = _seen_in_reviews(warehouse)
    return {
        DIM_FAILURE.name: failure_dimension(),
        DIM_TOUCHPOINT.name: touchpoint_dimension(touchpoints),
        DIM_DATE.name: date_dimension(first, last),
        DIM_VENUE.name: venue_dimension(venues, named),
    }


def failure_dimension() -> pa.Table:
    """Return one row a failure sub-type, e.g. ``delivery.slow`` 服务延误, with its group and what counts as it."""
    meanings = {row.code: row.definition for row in definitions() if row.field == "failure_subtype"}
    groups = codebook()["failure_group"]
    rows = [
        {
            "failure_subtype": code,
            "failure_group": group_of(code),
            "subtype_chinese": label.chinese,
            "subtype_english": label.english,
            "group_chinese": groups[group_of(code)].chinese,
            "group_english": groups[group_of(code)].english,
            "definition": meanings.get(code),
        }
        for code, label in codebook()["failure_subtype"].items()
    ]
    return pa.Table.from_pylist(rows, schema=DIM_FAILURE.arrow)


def touchpoint_dimension(touchpoints: Iterable[TradeTouchpoint]) -> pa.Table:
    """Return one row a spelling of a trade and touchpoint: hotel and 酒店 both have 前台, for which 前厅部 answers."""
    departments = {(industry, row.touchpoint): row.department for row in touchpoints for industry in row.industries}
    rows = [
        {"industry": industry, "touchpoint": touchpoint, "department": department}
        for (industry, touchpoint), department in departments.items()
    ]
    return pa.Table.from_pylist(rows, schema=DIM_TOUCHPOINT.arrow)


def date_dimension(first: date | None, last: date | None) -> pa.Table:
    """Return one row a day from ``first`` to ``last``, both included; none where there is no dated review."""
    if first is None or last is None:
        return DIM_DATE.arrow.empty_table()
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return pa.Table.from_pylist([_day(day) for day in days], schema=DIM_DATE.arrow)


def venue_dimension(master: pa.Table, named: Iterable[NamedVenue]) -> pa.Table:
    """Return one row a venue: those of the master first, then those that only reviews name.

    Args:
        master: Rows of the table ``venues``.
        named: The venues of the stored reviews; of several names or trades under one key that of most reviews stands.
    """
    by_key: dict[str, dict[str, str | None]] = {}
    for row in master.to_pylist():
        kept = {name: row[name] for name in ("venue_id", "venue_name", "region", "brand", "industry")}
        by_key[row["venue_id"]] = {"venue_key": row["venue_id"], **kept}
    for venue in sorted(named, key=lambda v: (-v.reviews, v.venue_name or "", v.industry or "")):
        known = by_key.setdefault(
            venue.key, {"venue_key": venue.key, "venue_id": venue.venue_id, "venue_name": venue.venue_name}
        )
        known["industry"] = known.get("industry") or venue.industry
    return pa.Table.from_pylist(list(by_key.values()), schema=DIM_VENUE.arrow)


def _day(day: date) -> dict[str, object]:
    iso = day.isocalendar()
    return {
        "date": day,
        "iso_year": iso.year,
        "iso_week": f"{iso.year:04d}-W{iso.week:02d}",
        "week_start": day - timedelta(days=iso.weekday - 1),
        "month": f"{day:%Y-%m}",
        "quarter": f"{day:%Y}-Q{(day.month + 2) // 3}",
        "weekday": iso.weekday,
        "weekday_chinese": f"周{_WEEKDAYS[iso.weekday - 1]}",
        "is_weekend": iso.weekday > 5,
    }


def _seen_in_reviews(warehouse: Path) -> tuple[date | None, date | None, list[NamedVenue]]:
    files = sorted(str(path) for path in (warehouse / REVIEWS.name).glob("month=*/part.parquet"))
    if not files:
        return None, None, []
    rows = "read_parquet($files, hive_partitioning = false, union_by_name = true)"
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'Asia/Shanghai'")
        days = connection.execute(
            f"SELECT min(published_at)::DATE, max(published_at)::DATE FROM {rows}", {"files": files}
        ).fetchone()
        venues = connection.execute(
            f"""
            SELECT venue_id, venue_name, industry, count(*) FROM {rows}
            WHERE coalesce(venue_id, venue_name) IS NOT NULL GROUP BY ALL
            """,
            {"files": files},
        ).fetchall()
    first, last = days or (None, None)
    return first, last, [NamedVenue(*venue) for venue in venues]
