"""Reviews of several sources, industries, regions and venues, and what filters must count of them, by pandas."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from tests.report_samples import HOSTILE, WEEK, incident, review, warehouse
from warehouse.schema import VENUES
from warehouse.store import LocalStore, Partition

REGIONS = {"H1": "华东", "H2": "华北"}
NAMES = {"H1": "云栖湖畔酒店", "H2": "拾光精品酒店", "H3": "拾光精品酒店"}
"""All names are of more than one venue, as there are reviews of 云栖湖畔酒店 without an id; the third has no region."""
FAILURES: list[list[str]] = [[], ["delivery.slow"], [], ["delivery.slow", "delivery.core", "staff.unfair"], [], []]


def filtered_hotels(folder: Path) -> pd.DataFrame:
    """Write a warehouse and return the reviews, complaints among them, that filters are to count.

    The rows have week (0 to 25), source, industry, region, venue (as a page shows it, None where there is none),
    counts, satisfaction, sentiment, failure_subtypes and red (incidents of severity 3).
    """
    rows: list[dict[str, Any]] = []
    for week in range(26):
        monday = WEEK.before_start + timedelta(weeks=week)
        for n in range(6 + week % 3):
            given: dict[str, Any] = {"failures": FAILURES[(week + n) % 6], "venue_id": f"H{1 + n % 3}"}
            given |= {"venue_name": NAMES[given["venue_id"]], "source": ("ctrip", "meituan")[n % 2]}
            if n == 5:
                given |= {"venue_id": None, "venue_name": HOSTILE, "source": HOSTILE, "industry": "restaurant"}
            if n == 6:
                given |= {"venue_id": None, "venue_name": None, "satisfaction": None, "rating": None}
            rows.append(review(week * 10 + n, monday + timedelta(days=n % 7), **given))
    # What is not counted: template praise, a near-duplicate, what cannot be judged, and days outside the 26 weeks.
    rows += [
        review(9001, WEEK.start, template_praise=True),
        review(9002, WEEK.start, duplicate_of="ctrip:00250"),
        review(9003, WEEK.start, severity=None, satisfaction=None, failure_subtypes=None, failure_groups=None),
        review(9004, WEEK.before_start - timedelta(days=1)),
        review(9005, WEEK.end),
    ]
    wronged = [
        review(9100, WEEK.start, failures=["staff.misconduct"], severity=3, text=HOSTILE, loyalty="leave"),
        review(9101, WEEK.window_start, kind="complaint", failures=["staff.misconduct"], severity=3, source="热线"),
    ]
    said = {"failure_group": "staff", "failure_subtype": "staff.misconduct", "quote": HOSTILE, "severity": 3}
    reds = [incident(wronged[0], **said), incident(wronged[1], **said), incident(wronged[1], incident_no=2, **said)]
    told = [incident(row) for row in rows if row["failure_subtypes"]]
    store = LocalStore(warehouse(folder, [*rows, *wronged], [*told, *reds]))
    master = [{"venue_id": key, "venue_name": name, "region": REGIONS.get(key)} for key, name in NAMES.items()]
    store.replace(Partition(VENUES.name), pa.Table.from_pylist(master, schema=VENUES.arrow))
    return _as_counted([*rows, *wronged], [found["review_id"] for found in reds])


def _as_counted(rows: list[dict[str, Any]], red: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows).set_index("review_id", drop=False)
    days = frame["published_at"].dt.date
    frame = frame[frame["duplicate_of"].isna() & (days >= WEEK.before_start) & (days < WEEK.end)]
    keys = frame["venue_id"]
    names = {key: f"{name}（{key}）" for key, name in NAMES.items()}
    judged = (frame["kind"] == "review") & frame["severity"].notna() & ~frame["template_praise"]
    return pd.DataFrame(frame).assign(
        week=[(moment.date() - WEEK.before_start).days // 7 for moment in frame["published_at"]],
        region=keys.map(REGIONS),
        venue=keys.map(names).fillna(frame["venue_name"]),
        counts=judged,
        red=[red.count(review_id) for review_id in frame["review_id"]],
    )


def counted(rows: pd.DataFrame) -> dict[str, int]:
    """Return every measure of some rows by name, as pandas counts it."""
    judged = rows[rows["counts"]]
    codes = judged["failure_subtypes"].explode().dropna()
    groups = codes.str.split(".").str[0].groupby(level=0).unique().explode()
    return {
        "reviews": len(judged),
        "unscored": int(judged["satisfaction"].isna().sum()),
        "satisfaction": round(1000 * float(judged["satisfaction"].sum())),
        "negative": int((judged["sentiment"] < 0).sum()),
        "failed": int((judged["failure_subtypes"].map(len) > 0).sum()),
        "red": int(rows["red"].sum()),
        **{str(code): int(n) for code, n in codes.value_counts().items()},
        **{str(code): int(n) for code, n in groups.value_counts().items()},
    }
