"""What a duty manager must know of a night: red lines, files not read, bad spells, silences, rejects.

Only what this night brought is told, so that nothing stands in the message night after night: the summary holds the
rest. Runs that only read stored reviews again, or took in people's corrections, bring no news. Where the venue master
knows the region of a venue, it is told, and a message can be cut down to what concerns some regions.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from reports.sections import LONG_SILENT_DAYS
from reports.spells import Spell, new_spells
from reports.summary import rejects, silences, telling, told_runs

RED_LINE = 3
"""The severity of what must not wait for the morning's summary."""
COUNTS = ("read", "stored", "updated", "unchanged", "duplicates", "rejected")


@dataclass(frozen=True, slots=True)
class RedLine:
    """One incident of severity 3 in a review that the night brought or changed."""

    review_id: str
    source: str
    venue: str | None
    failure_subtype: str
    quote: str
    department: str | None = None
    published: date | None = None
    precision: str = "none"
    """How exactly ``published`` is known: second, day, month, year or none."""
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """A source × venue that brought nothing new for longer than the settings allow, since this night."""

    source: str
    venue: str
    last_published: date
    days: int
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Rows of one file that could not be taken for one reason."""

    source: str
    file_name: str
    reason: str
    rows: int


@dataclass(frozen=True, slots=True)
class NightMessage:
    """What one night has to tell; each part the gravest or newest first."""

    night: date
    counts: dict[str, int]
    """The conservation counts of the night's runs together."""
    red_lines: tuple[RedLine, ...] = ()
    unread: tuple[str, ...] = ()
    """Files that could not be read, each with the reason."""
    spells: tuple[Spell, ...] = ()
    silences: tuple[Silence, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    known_regions: frozenset[str] = frozenset()
    """Those of the venue master."""
    of: tuple[str, ...] = ()
    """The regions that the message was cut down to; none: it tells of everything."""

    @property
    def says_something(self) -> bool:
        """Whether there is anything that a duty manager must know."""
        return self.matters > 0

    @property
    def matters(self) -> int:
        """How much there is to know."""
        parts = (self.red_lines, self.unread, self.spells, self.silences, self.rejected)
        return sum(len(part) for part in parts)

    def of_regions(self, regions: tuple[str, ...]) -> "NightMessage":
        """Return what concerns the venues of some regions; files and rows that were not taken belong to none."""
        return replace(
            self,
            red_lines=tuple(r for r in self.red_lines if r.region in regions),
            unread=(),
            spells=tuple(s for s in self.spells if s.region in regions),
            silences=tuple(s for s in self.silences if s.region in regions),
            rejected=(),
            of=regions,
        )


def night_message(
    warehouse: Path, run_ids: tuple[str, ...], silent_after_days: int, unread: tuple[str, ...] = ()
) -> NightMessage:
    """Return what a night has to tell.

    Args:
        warehouse: The folder of the tables.
        run_ids: The runs of the night.
        silent_after_days: From when on a source × venue without new reviews is called silent.
        unread: The files that could not be read, each with the reason, as the night tells them.

    Raises:
        ValueError: None of the runs is in the ledger.
    """
    with telling(warehouse, run_ids) as connection:
        runs = told_runs(connection)
        if runs.empty:
            named = ", ".join(run_ids) or "(no run id)"
            raise ValueError(f"expected runs of the ledger in {warehouse}; found none of {named}")
        connection.execute("DELETE FROM told_runs WHERE run_id NOT IN (SELECT run_id FROM runs WHERE kind = 'night')")
        brought = connection.execute("SELECT count(*) FROM reviews SEMI JOIN told_runs USING (run_id)").fetchone()
        has_reviews = bool(brought and brought[0])
        regions = dict(connection.execute(_REGIONS).fetchall())
        # Without reviews the newest one is that of the night before: no spell or silence can have begun.
        return NightMessage(
            night=runs["started_at"].max().date(),
            counts={name: int(runs[name].sum()) for name in COUNTS},
            red_lines=tuple(_red_lines(connection)) if has_reviews else (),
            unread=unread,
            spells=tuple(replace(s, region=regions.get(s.venue)) for s in new_spells(connection))
            if has_reviews
            else (),
            silences=tuple(
                replace(s, region=regions.get(s.venue)) for s in _new_silences(connection, silent_after_days)
            )
            if has_reviews
            else (),
            rejected=tuple(
                Rejected(r["source"], r["file_name"], r["reason"], int(r["rows"]))
                for r in _records(rejects(connection))
            ),
            known_regions=frozenset(region for (region,) in connection.execute(_KNOWN_REGIONS).fetchall()),
        )


# A near-duplicate of a review that tells the same red line is no second one.
_RED_LINES = f"""
SELECT i.review_id, i.source, i.venue_name, i.failure_subtype, i.quote, i.department,
       i.published_at::DATE AS published, r.published_precision AS precision, v.region
FROM incidents i JOIN reviews r USING (review_id) SEMI JOIN told_runs t ON r.run_id = t.run_id
LEFT JOIN venues v ON v.venue_id = r.venue_id
WHERE i.severity >= {RED_LINE} AND NOT EXISTS (
  SELECT 1 FROM incidents o WHERE o.review_id = r.duplicate_of AND o.severity >= {RED_LINE}
  AND o.failure_subtype = i.failure_subtype)
ORDER BY i.published_at DESC NULLS LAST, i.confidence DESC, i.review_id, i.incident_no
"""
_KNOWN_REGIONS = "SELECT DISTINCT region FROM venues WHERE region IS NOT NULL"
# Two venues of one name in different regions: of which one a silence is cannot be told.
_REGIONS = """
SELECT venue_name, any_value(region) FROM venues
GROUP BY venue_name HAVING count(DISTINCT region) = 1 AND count(region) = count(*)
"""
_NEWEST_BEFORE = """
SELECT max(published_at)::DATE FROM reviews ANTI JOIN told_runs USING (run_id), newest WHERE published_at <= moment
"""


def _red_lines(connection: duckdb.DuckDBPyConnection) -> Iterator[RedLine]:
    for review_id, source, venue, subtype, quote, department, published, precision, region in connection.execute(
        _RED_LINES
    ).fetchall():
        yield RedLine(review_id, source, venue, subtype, quote, department, published, precision or "none", region)


def _new_silences(connection: duckdb.DuckDBPyConnection, silent_after_days: int) -> Iterator[Silence]:
    """Yield the silences that were none yet by the newest review of the night before; on a first night all recent."""
    found = connection.execute(_NEWEST_BEFORE).fetchone()
    newest_before = found[0] if found else None
    for r in _records(silences(connection, silent_after_days)):
        last = pd.Timestamp(r["last_published"]).date()
        is_new = newest_before is None or (newest_before - last).days <= silent_after_days
        if is_new and r["days"] <= LONG_SILENT_DAYS:
            yield Silence(r["source"], r["venue_name"], last, int(r["days"]))


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
