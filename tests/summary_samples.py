"""A warehouse of a few reviews for tests of the summary, put into its tables by hand."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from lexicons.codebook import Language
from reports.sections import Section, sections
from reports.summary import summarise
from reports.trends import trends
from warehouse.schema import INCIDENTS, REVIEWS, RUNS, TRENDS, TableSchema
from warehouse.store import LocalStore, Partition

NEWEST = datetime(2026, 7, 30, 20, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def review(number: int, days_ago: int = 1, *, failed: bool = False, **given: Any) -> dict[str, Any]:
    """Return a row of the table reviews."""
    return {
        "review_id": f"ctrip:{number}",
        "source": "ctrip",
        "kind": "review",
        "venue_name": "云栖湖畔酒店",
        "published_at": NEWEST - timedelta(days=days_ago),
        "published_precision": "second",
        "satisfaction": 2.0 if failed else 4.0,
        "severity": 2 if failed else 0,
        "failure_groups": ["delivery"] if failed else [],
        "failure_subtypes": ["delivery.slow"] if failed else [],
        "run_id": "night-2",
        **given,
    }


def incident(number: int, quote: str, **given: Any) -> dict[str, Any]:
    """Return a row of the table incidents."""
    return {
        "review_id": f"ctrip:{number}",
        "incident_no": 1,
        "failure_subtype": "delivery.slow",
        "touchpoint": "前台",
        "quote": quote,
        "severity": 2,
        "venue_name": "云栖湖畔酒店",
        "published_at": NEWEST,
        **given,
    }


def store_rows(folder: Path, schema: TableSchema, rows: list[dict[str, Any]]) -> None:
    """Put rows into a table, under the month of the newest review."""
    month = "2026-07" if schema.by_month else None
    LocalStore(folder).replace(Partition(schema.name, month), pa.Table.from_pylist(rows, schema=schema.arrow))


def run(run_id: str, **counts: int) -> dict[str, Any]:
    """Return a row of the ledger; counts that are not given are 0."""
    names = ("read", "stored", "updated", "unchanged", "duplicates", "rejected", "withdrawn", "rescored")
    return {"run_id": run_id, "kind": "night", "started_at": NEWEST, **dict.fromkeys(names, 0), **counts}


def fill(folder: Path, reviews: list[dict[str, Any]], incidents: list[dict[str, Any]]) -> None:
    """Fill the tables that a summary reads."""
    store_rows(folder, REVIEWS, reviews)
    store_rows(folder, INCIDENTS, incidents)
    LocalStore(folder).replace(Partition(TRENDS.name), trends(folder))
    store_rows(folder, RUNS, [run("night-1", read=9, stored=9), run("night-2", read=12, stored=10, rejected=2)])


def parts_of(warehouse: Path, language: Language = "zh") -> dict[str, Section]:
    """Return the parts of the summary by their headings."""
    parts = sections(summarise(warehouse, ("night-2",), 14), language, 14)
    return {part.heading: part for part in parts}


def failures_of(warehouse: Path, language: Language) -> Section:
    """Return the part that tells of the failures."""
    return parts_of(warehouse, language)["服务失误" if language == "zh" else "Service failures"]
