"""A large made-up warehouse for `make bench`: reviews of many venues in 24 months, their incidents beside them.

``python -m tests.bench_report FOLDER REVIEWS VENUES`` makes it in a process of its own, so that the memory of making it
is not counted with that of reading it.
"""

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lexicons.codebook import codes
from warehouse.schema import INCIDENTS, REVIEWS, TIME, WORDS, TableSchema
from warehouse.store import LocalStore, Partition

MONTHS = 24
SOURCES = ("ctrip", "meituan", "dianping")
_SHARES = (0.02, 0.04, 0.16, 0.002, 0.01, 0.003, 0.003, 0.04, 0.01, 0.015, 0.004, 0.001, 0.001, 0.001, 0.001)
"""Of the sub-types in the codebook's order."""


def make_warehouse(folder: Path, reviews: int, venues: int) -> None:
    """Write the tables."""
    generator, store = np.random.default_rng(1), LocalStore(folder)
    for month in range(MONTHS):
        name = f"{2025 + month // 12}-{month % 12 + 1:02d}"
        own, incidents = _month(generator, name, reviews // MONTHS, venues)
        store.replace(Partition(REVIEWS.name, name), own)
        store.replace(Partition(INCIDENTS.name, name), incidents)


def _month(generator: np.random.Generator, month: str, count: int, venues: int) -> tuple[pa.Table, pa.Table]:
    names = codes("failure_subtype")
    venue = generator.integers(0, venues, count)
    failed = generator.random((count, len(names))) < np.array(_SHARES)
    severity = np.where(failed.any(axis=1), generator.integers(1, 3, count), 0).astype(np.int8)
    satisfaction = np.clip(4.5 - 1.2 * failed.any(axis=1) + generator.normal(0, 0.5, count), 1, 5).astype(np.float32)
    moments = np.datetime64(f"{month}-01T00:00:00", "us") + (generator.random(count) * 28 * 86_400e6).astype(np.int64)
    subtypes = [[names[place] for place in np.flatnonzero(row)] for row in failed]
    groups = [sorted({code.partition(".")[0] for code in own}) for own in subtypes]
    ids = pa.array([f"bench:{month}-{number}" for number in range(count)])
    common = {
        "review_id": ids,
        "source": pa.array(np.array(SOURCES)[venue % len(SOURCES)]),
        "kind": pa.repeat("review", count),
        "industry": pa.repeat("hotel", count),
        "venue_name": pa.array([f"门店{number}" for number in venue]),
        "published_at": pa.array(moments).cast(TIME),
    }
    nothing = pa.array([[]] * count, WORDS)
    own = {
        **common,
        "published_precision": pa.repeat("day", count),
        "text": pa.repeat("房间干净，早餐丰富，前台热情，下次还来", count),
        "rating": pa.array(np.round(satisfaction)),
        "satisfaction": pa.array(satisfaction),
        "sentiment": pa.array((satisfaction - 3) / 2),
        "severity": pa.array(severity),
        "failure_subtypes": pa.array(subtypes, WORDS),
        "failure_groups": pa.array(groups, WORDS),
        **dict.fromkeys(("voice", "recovery_actions", "fairness", "drivers"), nothing),
        "loyalty": pa.repeat("none", count),
        "template_praise": pa.repeat(pa.scalar(False), count),  # noqa: FBT003 - the value itself
        "read_by": pa.repeat("machine", count),
        "model_version": pa.repeat("bench", count),
        "lexicon_version": pa.repeat("bench", count),
        "analysed_at": pa.repeat(pa.scalar(datetime(2027, 1, 1), pa.timestamp("us")), count).cast(TIME),  # noqa: DTZ001
    }
    places, kinds = np.nonzero(failed)
    taken = {name: column.take(pa.array(places)) for name, column in common.items()}
    found = {
        **taken,
        "incident_no": pa.repeat(pa.scalar(1, pa.int16()), len(places)),
        "failure_subtype": pa.array([names[kind] for kind in kinds]),
        "department": pa.repeat("前厅部", len(places)),
        "quote": pa.repeat("等了一个小时", len(places)),
        "confidence": pa.repeat(pa.scalar(0.8, pa.float32()), len(places)),
        "found_by": pa.repeat("cue", len(places)),
        "severity": pa.array(severity[places]),
    }
    return _table(REVIEWS, own, count), _table(INCIDENTS, found, len(places))


def _table(schema: TableSchema, columns: dict[str, Any], rows: int) -> pa.Table:
    return pa.table({c.name: columns.get(c.name, pa.nulls(rows, c.type)) for c in schema.columns})


if __name__ == "__main__":
    make_warehouse(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
