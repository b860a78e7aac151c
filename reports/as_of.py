"""The tables as far as they can be taken back to the end of an earlier day.

The warehouse keeps the last state of a review alone, with the file that it came from, and the ledger says which run
took a file first. A row whose file was in by the end of that day has not changed since, so it is what was known then;
one whose file came later was new or has changed since, and what it said then is not kept: it is left out and counted.
Labels and the venue master are those of now; reviews that have been withdrawn since are not to be had back.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from reports.trends import trends
from warehouse.query import connect
from warehouse.schema import INCIDENTS, MENTIONS, REVIEWS, TRENDS, VENUES
from warehouse.store import LocalStore, Partition

# A run counts from the moment that its row stood in the ledger; the first one that took a file has brought it.
_PUBLISHED_BY_THEN = """
WITH taken AS (
  SELECT file.file_id AS file_id, min(greatest(started_at, finished_at)) AS since
  FROM (SELECT started_at, finished_at, unnest(files) AS file FROM runs) GROUP BY ALL)
SELECT r.review_id, r.duplicate_of, coalesce(coalesce(t.since, r.analysed_at)::DATE <= $day, false) AS known
FROM reviews r LEFT JOIN taken t USING (file_id)
WHERE r.published_at::DATE <= $day ORDER BY r.published_at, r.review_id
"""


@dataclass(frozen=True, slots=True)
class AsOf:
    """An earlier day, and how much of what was known by its end is there."""

    day: date
    kept: int
    """Reviews that stand as they stood then."""
    left_out: int
    """Reviews published by then of which only a later state is kept."""

    @property
    def chinese(self) -> str:
        """What a reader must know, e.g. ``按 2026-05-01 当时已入库的评论重算，标签为现在的版本……``."""
        more = f"另有 {self.left_out:,} 条当天及以前发布的评论，此后才入库或有更新，不计入。" if self.left_out else ""
        return f"按 {self.day} 当时已入库的评论重算，标签为现在的版本，门店信息亦然。{more}"

    @property
    def english(self) -> str:
        """The same in English."""
        more = f" {self.left_out:,} published by then came or changed later and are left out." if self.left_out else ""
        return f"Of the reviews that were stored by {self.day}, with the labels and venues of now.{more}"


def write_tables_as_of(warehouse: Path, day: date, folder: Path) -> AsOf:
    """Write the tables that a report needs as they were by the end of a day.

    Args:
        warehouse: The folder of the tables, which is only read.
        day: In Asia/Shanghai.
        folder: An empty folder; it gets reviews, incidents, mentions, venues, and trends made anew from them.
    """
    with connect(warehouse) as connection:
        published = connection.execute(_PUBLISHED_BY_THEN, {"day": day}).df()
    kept = published[published["known"]]
    originals = _originals(kept)
    source, target = LocalStore(warehouse), LocalStore(folder)
    ids = pa.array(kept["review_id"], pa.string())
    for schema in (REVIEWS, INCIDENTS, MENTIONS):
        for month in source.months(schema.name):
            partition = Partition(schema.name, month)
            rows = source.read(partition)
            rows = rows.filter(pc.is_in(rows.column("review_id"), ids))
            target.replace(partition, _repointed(rows, originals) if schema is REVIEWS else rows)
    target.replace(Partition(VENUES.name), source.read(Partition(VENUES.name)))
    target.replace(Partition(TRENDS.name), trends(folder))
    return AsOf(day, len(kept), len(published) - len(kept))


def _originals(kept: pd.DataFrame) -> dict[str, str | None]:
    """Return near-duplicate → what it repeats, where that is left out: the oldest that is kept takes its place."""
    repeating = kept[kept["duplicate_of"].notna() & ~kept["duplicate_of"].isin(kept["review_id"])]
    first = repeating.groupby("duplicate_of", sort=False)["review_id"].first()
    return {
        str(review_id): None if first[original] == review_id else str(first[original])
        for review_id, original in zip(repeating["review_id"], repeating["duplicate_of"], strict=True)
    }


def _repointed(rows: pa.Table, originals: dict[str, str | None]) -> pa.Table:
    pairs = zip(rows.column("review_id").to_pylist(), rows.column("duplicate_of").to_pylist(), strict=True)
    values = pa.array([originals.get(review_id, original) for review_id, original in pairs], pa.string())
    place = rows.schema.get_field_index("duplicate_of")
    return rows.set_column(place, rows.schema.field(place), values)
