"""Reviews and a small warehouse for tests of the report."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import pyarrow as pa

from reports.periods import read_period
from reports.trends import trends
from warehouse.schema import INCIDENTS, MENTIONS, REVIEWS, TOKENS, TRENDS
from warehouse.store import LocalStore, Partition

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK = read_period("2026-W40")
"""28 September to 4 October 2026."""
HOSTILE = "<script>alert(1)</script></script>{{ 7 * 7 }}[看](javascript:alert(2))\"'><img src=x onerror=alert(3)>"


def review(number: int, day: date, **given: Any) -> dict[str, Any]:
    """Return a judged hotel review; ``given`` says what is different."""
    failures = given.pop("failures", [])
    return {
        "review_id": f"ctrip:{number:05d}",
        "source": "ctrip",
        "kind": "review",
        "industry": "hotel",
        "venue_name": "云栖湖畔酒店",
        "published_at": datetime(day.year, day.month, day.day, 10, tzinfo=SHANGHAI),
        "published_precision": "day",
        "text": "房间干净",
        "rating": 4.0,
        "satisfaction": 2.0 if failures else 4.5,
        "sentiment": -0.8 if failures else 0.8,
        "severity": 1 if failures else 0,
        "failure_subtypes": failures,
        "failure_groups": sorted({code.partition(".")[0] for code in failures}),
        "voice": [],
        "recovery_actions": [],
        "fairness": [],
        "drivers": [],
        "loyalty": "none",
        "template_praise": False,
        "needs_review": False,
        "read_by": "machine",
        "model_version": "kesheng-1",
        "lexicon_version": "a",
        "analysed_at": datetime(2026, 10, 5, tzinfo=SHANGHAI),
        **given,
    }


def incident(of: dict[str, Any], **given: Any) -> dict[str, Any]:
    """Return an incident of a review: a long wait unless ``given`` says else."""
    return {
        **{name: of[name] for name in ("review_id", "source", "kind", "industry", "venue_name", "published_at")},
        "incident_no": 1,
        "failure_group": "delivery",
        "failure_subtype": "delivery.slow",
        "quote": "等了一个小时",
        "field": "text",
        "start": 0,
        "end": 6,
        "severity": 1,
        "confidence": 0.9,
        "found_by": "cue",
        **given,
    }


def warehouse(folder: Path, reviews: list[dict[str, Any]], incidents: list[dict[str, Any]]) -> Path:
    """Write reviews, incidents and their trends, and return the folder."""
    store = LocalStore(folder)
    for schema, rows in ((REVIEWS, reviews), (INCIDENTS, incidents), (MENTIONS, [])):
        months: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            months.setdefault(f"{row['published_at']:%Y-%m}", []).append(row)
        for month, own in months.items():
            store.replace(Partition(schema.name, month), pa.Table.from_pylist(own, schema=schema.arrow))
    store.replace(Partition(TRENDS.name), trends(folder))
    return folder


def waiting_hotel(folder: Path, said: str) -> Path:
    """Write a hotel where waiting has begun seven weeks ago, beside one where nothing happens.

    Args:
        folder: Where to.
        said: The text and quote of one more review, of a red line.
    """
    reviews = []
    for week in range(26):
        monday = WEEK.end - timedelta(weeks=26 - week)
        for n in range(8):
            late = week >= 19 and n < 5
            number = week * 100 + n
            reviews.append(review(number, monday + timedelta(days=n % 7), failures=["delivery.slow"] if late else []))
            reviews.append(review(number + 50, monday + timedelta(days=n % 7), venue_name="拾光精品酒店"))
    incidents = [incident(r) for r in reviews if r["failure_subtypes"]]
    fire = review(
        9000, WEEK.start, failures=["staff.misconduct"], severity=3, loyalty="leave", voice=["public"], text=said
    )
    red = incident(fire, failure_group="staff", failure_subtype="staff.misconduct", quote=said, severity=3)
    return warehouse(folder, [*reviews, fire], [*incidents, red])


def in_one_language(page: str, language: str = "zh") -> str:
    """Return a page as it is read in one language, without the elements that tell the languages apart.

    ``<td><span lang="zh">上升</span><span lang="en">rising</span></td>`` → ``<td>上升</td>``
    """
    other = "en" if language == "zh" else "zh"
    page = re.sub(rf'<(span|text)(?: [^>]*)? lang="{other}">[^<]*</\1>', "", page)
    return re.sub(rf'<span lang="{language}">([^<]*)</span>', r"\1", page)


def stays_below(address: str) -> bool:
    """Return whether an address is within the page or below its folder: no scheme, no host, no root, no way up."""
    parts = urlsplit(address)
    way = unquote(parts.path).split("/")
    return not (parts.scheme or parts.netloc or parts.query or address.startswith(("/", "\\")) or ".." in way)


def store_tokens(folder: Path, reviews: list[dict[str, Any]], rows: list[dict[str, Any]]) -> None:
    """Write the words of reviews under the months of the reviews."""
    month_of = {r["review_id"]: f"{r['published_at']:%Y-%m}" for r in reviews}
    for month in sorted(set(month_of.values())):
        own = [row for row in rows if month_of[row["review_id"]] == month]
        LocalStore(folder).replace(Partition(TOKENS.name, month), pa.Table.from_pylist(own, schema=TOKENS.arrow))


def mention(of: dict[str, Any], aspect: str, **given: Any) -> dict[str, Any]:
    """Return a mention of a review: praise of an aspect unless ``given`` says else."""
    return {
        **{name: of[name] for name in ("review_id", "source", "kind", "industry", "venue_name", "published_at")},
        "mention_no": 1,
        "aspect": aspect,
        "polarity": 1,
        "quote": f"{aspect}很好",
        "field": "text",
        "start": 0,
        "end": 4,
        "confidence": 0.9,
        **given,
    }


def store_mentions(folder: Path, rows: list[dict[str, Any]]) -> None:
    """Write mentions under the months of their reviews."""
    months = {f"{row['published_at']:%Y-%m}" for row in rows}
    for month in sorted(months):
        own = [row for row in rows if f"{row['published_at']:%Y-%m}" == month]
        LocalStore(folder).replace(Partition(MENTIONS.name, month), pa.Table.from_pylist(own, schema=MENTIONS.arrow))
