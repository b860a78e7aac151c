"""The summary after a run: what came, how satisfied customers are, what failed, where, in whose words.

Near-duplicates are left out of every figure but the counts of what came. Shares and satisfaction are of reviews
alone: complaints and tickets tell of failures by nature, so they are counted and not averaged. "Lately" is the
last 28 days that the warehouse holds, compared with the 28 days before.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from reports.spells import Spell, told_spells
from reports.trends import MIXED_VERSIONS, OTHER_VERSION
from warehouse.query import connect

PERIOD_DAYS = 28
TOP_SUBTYPES = 6
QUOTES_EACH = 2
MONTHS_SHOWN = 12
NIGHTS_SHOWN = 7
SILENT_BASE = 3
"""Reviews that a source × venue must have brought before its silence is worth a word."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of one summary, each a table; the columns are named in the queries below."""

    runs: pd.DataFrame
    """The run ids asked for, with their counts."""
    nights: pd.DataFrame
    """The last runs: run_id, kind, started_at and the conservation counts; the newest first."""
    sources: pd.DataFrame
    """source, reviews, brought (by these runs), first_published, last_published."""
    months: pd.DataFrame
    """month, reviews, satisfaction, low, high, failure_share, note (null: comparable); the newest last."""
    failures: pd.DataFrame
    """failure_subtype, records, recent (of every kind, in all and in both periods); of reviews: share, lately, before,
    judged_lately, judged_before."""
    places: pd.DataFrame
    """failure_subtype, what (venue | touchpoint), name, incidents; the first three each."""
    quotes: pd.DataFrame
    """failure_subtype, quote, venue_name, published_at, severity; the gravest and newest."""
    rejects: pd.DataFrame
    """source, file_name, reason, rows, detail, row: one example each."""
    silent: pd.DataFrame
    """source, venue_name, last_published, days; of reviews, where there were enough to expect more; the newest silence
    first."""
    newest: pd.Timestamp | None
    """The moment of the newest review."""
    spells: tuple[Spell, ...] = ()
    """Stretches of weeks in which a venue failed far more often than else, the surest first."""


def summarise(warehouse: Path, run_ids: tuple[str, ...], silent_after_days: int) -> Summary:
    """Make the summary of what the warehouse holds and what some runs brought.

    Args:
        warehouse: The folder of the tables.
        run_ids: The runs whose arrivals and rejects are told.
        silent_after_days: From when on a source × venue without new reviews is called silent, counted back from the
            newest review.
    """
    with telling(warehouse, run_ids) as connection:
        newest = connection.execute("SELECT moment::TIMESTAMP FROM newest").fetchone()
        return Summary(
            runs=told_runs(connection),
            nights=_frame(connection, _NIGHTS),
            sources=_frame(connection, _SOURCES),
            months=_frame(connection, _MONTHS).iloc[::-1].reset_index(drop=True),
            failures=_frame(connection, _FAILURES),
            places=_frame(connection, _PLACES),
            quotes=_frame(connection, _QUOTES),
            rejects=rejects(connection),
            silent=silences(connection, silent_after_days),
            newest=pd.Timestamp(newest[0]) if newest and newest[0] else None,
            spells=tuple(told_spells(connection)),
        )


@contextmanager
def telling(warehouse: Path, run_ids: tuple[str, ...]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse with what is told of it: the table ``told_runs``, the views ``newest`` and ``judged``."""
    with connect(warehouse) as connection:
        connection.execute("CREATE TEMP TABLE told_runs AS SELECT unnest(?::VARCHAR[]) AS run_id", [list(run_ids)])
        connection.execute(_NEWEST)
        connection.execute(_JUDGED)
        yield connection


def told_runs(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return the runs that are told, with their counts: ``Summary.runs``."""
    return _frame(
        connection,
        "SELECT * EXCLUDE (files, partitions) FROM runs SEMI JOIN told_runs USING (run_id) ORDER BY started_at",
    )


def rejects(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return what the told runs could not take: ``Summary.rejects``."""
    return _frame(connection, _REJECTS)


def silences(connection: duckdb.DuckDBPyConnection, silent_after_days: int) -> pd.DataFrame:
    """Return the sources × venues that are silent: ``Summary.silent``."""
    return _frame(connection, _SILENT, {"days": silent_after_days})


# A review dated after the last run is a wrong date: it must not make every period seem past.
_NEWEST = """
CREATE TEMP VIEW newest AS
SELECT max(published_at) AS moment FROM reviews
WHERE published_at <= (SELECT max(started_at) + INTERVAL 1 DAY FROM runs)
"""
_JUDGED = f"""
CREATE TEMP VIEW judged AS
SELECT reviews.*, published_at > moment - INTERVAL {PERIOD_DAYS} DAY AND published_at <= moment AS lately,
       published_at > moment - INTERVAL {2 * PERIOD_DAYS} DAY AND published_at <= moment AS recent
FROM reviews, newest WHERE duplicate_of IS NULL AND severity IS NOT NULL
"""
_SOURCES = """
SELECT source, count(*) AS reviews, count(t.run_id) AS brought,
       min(published_at)::DATE AS first_published, max(published_at)::DATE AS last_published
FROM reviews LEFT JOIN told_runs t USING (run_id) GROUP BY source ORDER BY reviews DESC, source
"""
_MONTHS = f"""
SELECT strftime(period_start, '%Y-%m') AS month,
       coalesce(any_value(n) FILTER (metric = 'reviews'), 0) AS reviews,
       any_value(value) FILTER (metric = 'satisfaction') AS satisfaction,
       any_value(low) FILTER (metric = 'satisfaction') AS low,
       any_value(high) FILTER (metric = 'satisfaction') AS high,
       any_value(value) FILTER (metric = 'failure_share') AS failure_share,
       any_value(note) FILTER (metric = 'reviews' AND note IN ('{MIXED_VERSIONS}', '{OTHER_VERSION}')) AS note
FROM trends WHERE grain = 'month' AND scope = 'all' GROUP BY period_start
ORDER BY period_start DESC LIMIT {MONTHS_SHOWN}
"""
_NIGHTS = f"""
SELECT run_id, kind, started_at, read, stored, updated, unchanged, duplicates, rejected FROM runs
ORDER BY started_at DESC, run_id DESC LIMIT {NIGHTS_SHOWN}
"""
_FAILURES = """
WITH sizes AS (
  SELECT count(*) AS judged, count(*) FILTER (lately) AS judged_lately,
         count(*) FILTER (recent AND NOT lately) AS judged_before FROM judged WHERE kind = 'review'),
found AS (
  SELECT unnest(failure_subtypes) AS failure_subtype, kind = 'review' AS counts, lately, recent FROM judged)
SELECT failure_subtype, count(*) AS records, count(*) FILTER (recent) AS recent,
       count(*) FILTER (counts) / nullif(any_value(judged), 0) AS share,
       count(*) FILTER (counts AND lately) / nullif(any_value(judged_lately), 0) AS lately,
       count(*) FILTER (counts AND recent AND NOT lately) / nullif(any_value(judged_before), 0) AS before,
       any_value(judged_lately) AS judged_lately, any_value(judged_before) AS judged_before
FROM found, sizes GROUP BY failure_subtype ORDER BY records DESC, failure_subtype
"""
_TOP = f"""
top AS (
  SELECT failure_subtype, row_number() OVER (ORDER BY count(*) DESC, failure_subtype) AS rank
  FROM incidents SEMI JOIN judged USING (review_id) GROUP BY 1 ORDER BY rank LIMIT {TOP_SUBTYPES})
"""
_PLACES = f"""
WITH {_TOP},
told AS (
  SELECT * FROM incidents JOIN top USING (failure_subtype) SEMI JOIN judged USING (review_id)),
places AS (
  SELECT rank, failure_subtype, 'venue' AS what, venue_name AS name, count(*) AS incidents FROM told
  WHERE venue_name IS NOT NULL GROUP BY ALL
  UNION ALL
  SELECT rank, failure_subtype, 'touchpoint', touchpoint, count(*) FROM told
  WHERE touchpoint IS NOT NULL GROUP BY ALL)
SELECT * EXCLUDE (rank) FROM places
QUALIFY row_number() OVER (PARTITION BY failure_subtype, what ORDER BY incidents DESC, name) <= 3
ORDER BY rank, what DESC, incidents DESC, name
"""
_QUOTES = f"""
WITH {_TOP}
SELECT failure_subtype, quote, venue_name, published_at::DATE AS published_at, severity
FROM incidents JOIN top USING (failure_subtype) SEMI JOIN judged USING (review_id)
QUALIFY row_number() OVER (
  PARTITION BY failure_subtype ORDER BY severity DESC, published_at DESC NULLS LAST, review_id, incident_no
) <= {QUOTES_EACH}
ORDER BY rank, severity DESC, published_at DESC NULLS LAST, review_id, incident_no
"""
_REJECTS = """
SELECT source, file_name, reason, count(*) AS rows, min_by(detail, row_number) AS detail,
       min_by("row", row_number) AS row
FROM rejects SEMI JOIN told_runs USING (run_id) GROUP BY ALL ORDER BY rows DESC, source, file_name, reason
"""
_SILENT = f"""
SELECT source, venue_name, max(published_at)::DATE AS last_published,
       date_diff('day', max(published_at), (SELECT moment FROM newest)) AS days
FROM reviews WHERE venue_name IS NOT NULL AND kind = 'review'
GROUP BY ALL HAVING days > $days AND count(*) >= {SILENT_BASE} ORDER BY days, source, venue_name
"""


def _frame(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, object] | None = None
) -> pd.DataFrame:
    # By way of Arrow: DuckDB's own .df() uses what pandas 3.1 deprecates.
    frame: pd.DataFrame = connection.execute(query, parameters).to_arrow_table().to_pandas()
    return frame
