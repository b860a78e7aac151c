"""The index: which reviews are stored, under which month, with which content; rebuildable from the tables.

It says what is new, changed, unchanged or moved to another month without scanning history. A SQLite file, so that a
night costs what the night brought. It belongs to one state of the tables, named by the run that wrote them last.
"""

import hashlib
import sqlite3
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.near_duplicates import band_keys
from warehouse.schema import LANDED_COLUMNS
from warehouse.store import UNKNOWN_MONTH, LocalStore, Partition

FORMAT = "1"
_DAY_LENGTHS = {"second": 8, "day": 8, "month": 6, "year": 4}
_NOT_CONTENT = {"review_id", "id_version", "source", "venue_id", "venue_name", "industry", "file_id", "row_number"}
CONTENT_COLUMNS = [c.name for c in LANDED_COLUMNS if c.name not in _NOT_CONTENT]
_TABLES = """
CREATE TABLE IF NOT EXISTS reviews (
  review_id TEXT PRIMARY KEY, month TEXT NOT NULL, digest BLOB NOT NULL, file_id TEXT NOT NULL,
  day TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS reviews_by_file ON reviews (file_id);
CREATE TABLE IF NOT EXISTS originals (
  review_id TEXT PRIMARY KEY, signature BLOB NOT NULL, bands BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bands (band INTEGER, review_id TEXT, PRIMARY KEY (band, review_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """What the index knows of a stored review."""

    review_id: str
    month: str
    digest: bytes
    file_id: str
    day: str
    """The day, month or year it is dated by as far as known: ``20250405``, ``202504``, ``2025`` or ``none``."""


@dataclass(frozen=True, slots=True)
class Original:
    """A stored review that others may be near-duplicates of."""

    review_id: str
    signature: bytes
    bands: list[int]


class WarehouseIndex:
    """The index of one warehouse; open it under the store's lock and close it after."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.executescript(_TABLES)

    def __enter__(self) -> "WarehouseIndex":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    @property
    def last_run(self) -> str | None:
        """The run whose tables the index describes, ``None`` where it describes none."""
        found = dict(self._connection.execute("SELECT name, value FROM state"))
        return found.get("last_run") if found.get("format") == FORMAT else None

    def find(self, review_ids: Iterable[str]) -> dict[str, IndexEntry]:
        """Return the entries of those ids that are stored."""
        query = "SELECT month, digest, file_id, day FROM reviews WHERE review_id = ?"
        execute = self._connection.execute
        return {
            review_id: IndexEntry(review_id, *row)
            for review_id in review_ids
            if (row := execute(query, (review_id,)).fetchone())
        }

    def find_beginning(self, prefix: str) -> list[IndexEntry]:
        """Return the entries whose id begins with ``prefix``, in order of id."""
        columns = "review_id, month, digest, file_id, day"
        query = f"SELECT {columns} FROM reviews WHERE review_id >= ? AND review_id < ? ORDER BY review_id"
        return [IndexEntry(*row) for row in self._connection.execute(query, (prefix, prefix + "\uffff"))]

    def of_file(self, file_id: str) -> list[IndexEntry]:
        """Return the entries of the reviews that came last from a file."""
        query = "SELECT review_id, month, digest, file_id, day FROM reviews WHERE file_id = ? ORDER BY review_id"
        return [IndexEntry(*row) for row in self._connection.execute(query, (file_id,))]

    def candidates(self, bands: Iterable[int]) -> list[tuple[str, bytes]]:
        """Return id and signature of the originals that share a bucket, in order of id."""
        wanted = list(bands)
        places = ", ".join("?" * len(wanted))
        query = f"SELECT review_id, signature FROM bands JOIN originals USING (review_id) WHERE band IN ({places})"
        return sorted(set(self._connection.execute(query, wanted)))

    def originals(self, review_ids: Iterable[str]) -> set[str]:
        """Return those of the ids that others may be near-duplicates of."""
        execute = self._connection.execute
        query = "SELECT 1 FROM originals WHERE review_id = ?"
        return {review_id for review_id in review_ids if execute(query, (review_id,)).fetchone()}

    def apply(
        self, run_id: str, *, removed: Sequence[str], stored: Iterable[IndexEntry], originals: Iterable[Original]
    ) -> None:
        """Take over what a run published, in one transaction; the same call again changes nothing."""
        with self._transaction():
            self._remove(removed)
            self._add(stored, originals)
            self._describe(run_id)

    def rebuild(self, store: LocalStore, run_id: str) -> int:
        """Make the index anew from the tables; returns the number of reviews."""
        count = 0
        columns = ["review_id", "venue_name", "file_id", "duplicate_of", "source", *CONTENT_COLUMNS]
        # One transaction: killed half-way, a part of the index would pass for the whole of it.
        with self._transaction():
            for name in ("reviews", "originals", "bands", "state"):
                self._connection.execute(f"DELETE FROM {name}")
            for month in store.months("reviews"):
                table = store.read(Partition("reviews", month), columns)
                count += table.num_rows
                self._add(index_entries(table, month), _originals(table))
            self._describe(run_id)
        return count

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            # Ctrl-C too: a half-written index must not be taken over by the next statement.
            self._connection.execute("ROLLBACK")
            raise

    def _describe(self, run_id: str) -> None:
        """Say which state of the tables the index describes."""
        query = "INSERT OR REPLACE INTO state VALUES ('last_run', ?), ('format', ?)"
        self._connection.execute(query, (run_id, FORMAT))

    def _remove(self, review_ids: Sequence[str]) -> None:
        self._connection.executemany("DELETE FROM reviews WHERE review_id = ?", ((r,) for r in review_ids))
        query = "DELETE FROM originals WHERE review_id = ? RETURNING bands"
        for review_id in review_ids:
            for (packed,) in self._connection.execute(query, (review_id,)).fetchall():
                rows = ((band, review_id) for band in struct.unpack(f"{len(packed) // 8}q", packed))
                self._connection.executemany("DELETE FROM bands WHERE band = ? AND review_id = ?", rows)

    def _add(self, stored: Iterable[IndexEntry], originals: Iterable[Original]) -> None:
        self._connection.executemany(
            "INSERT OR REPLACE INTO reviews VALUES (?, ?, ?, ?, ?)",
            ((e.review_id, e.month, e.digest, e.file_id, e.day) for e in stored),
        )
        for original in originals:
            packed = struct.pack(f"{len(original.bands)}q", *original.bands)
            row = (original.review_id, original.signature, packed)
            self._connection.execute("INSERT OR REPLACE INTO originals VALUES (?, ?, ?)", row)
            self._connection.executemany(
                "INSERT OR REPLACE INTO bands VALUES (?, ?)", ((band, original.review_id) for band in original.bands)
            )


def is_sound(path: Path) -> bool:
    """Return whether an index file can be opened, or does not exist; pages that hold reviews are not looked into."""
    if not path.exists():
        return True
    connection = sqlite3.connect(path)
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        connection.execute("SELECT max(review_id) FROM reviews").fetchone()
    except sqlite3.OperationalError as error:
        return "no such table" in str(error)
    except sqlite3.DatabaseError:
        return False
    finally:
        connection.close()
    return True


def remove_index(path: Path) -> None:
    """Remove an index with its journal; the next to open it makes it anew from the tables."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)


def content_digests(table: pa.Table) -> list[bytes]:
    """Return for each row a digest of what the source said, equal exactly if nothing changed since."""
    columns = []
    for name in CONTENT_COLUMNS:
        column = table.column(name)
        # Times as microseconds: a tenth of the cost of building datetime objects.
        columns.append((column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column).to_pylist())
    rows = zip(*columns, strict=True)
    return [hashlib.blake2b(repr(row).encode("utf-8", "surrogatepass"), digest_size=8).digest() for row in rows]


def duplicate_scopes(table: pa.Table) -> list[str]:
    """Return for each review what its near-duplicates must share: the venue, or the source where no venue is known."""
    venues, sources = table.column("venue_name").to_pylist(), table.column("source").to_pylist()
    return [venue or f"source:{source}" for venue, source in zip(venues, sources, strict=True)]


def index_entries(table: pa.Table, month: str) -> list[IndexEntry]:
    """Return what the index keeps of some reviews of one month."""
    ids, files = table.column("review_id").to_pylist(), table.column("file_id").to_pylist()
    rows = zip(ids, content_digests(table), files, days(table), strict=True)
    return [IndexEntry(review_id, month, digest, file_id, day) for review_id, digest, file_id, day in rows]


def days(table: pa.Table) -> list[str]:
    """Return for each review the day, month or year that it is dated by, in the writing of ``IndexEntry.day``."""
    moments = pc.strftime(table.column("published_at"), format="%Y%m%d").to_pylist()
    precisions = table.column("published_precision").to_pylist()
    return [
        moment[: _DAY_LENGTHS[precision]] if moment and precision in _DAY_LENGTHS else "none"
        for moment, precision in zip(moments, precisions, strict=True)
    ]


def months(table: pa.Table) -> list[str]:
    """Return for each review the partition that it belongs to: ``2025-04``, or ``unknown`` if dated less precisely."""
    return [f"{day[:4]}-{day[4:6]}" if len(day) >= 6 else UNKNOWN_MONTH for day in days(table)]


def _originals(table: pa.Table) -> Iterator[Original]:
    bands, signatures = band_keys(duplicate_scopes(table), table.column("text").to_pylist())
    rows = zip(
        table.column("review_id").to_pylist(), table.column("duplicate_of").to_pylist(), bands, signatures, strict=True
    )
    for review_id, duplicate_of, keys, signature in rows:
        if signature and duplicate_of is None:
            yield Original(review_id, signature, keys)
