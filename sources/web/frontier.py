"""What a source's crawls have asked for, still have to ask for, and have brought: one SQLite file, committed per page.

A crawl that is killed anywhere goes on from here: a page is done together with all that it brought, or it is not. No
text of a customer stands here but in rows that are masked and wait to be landed.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Literal, Self

from sources.record import BadRow
from sources.web.item_rows import KnownItem

VERSION = 1
_SCHEMA = """
CREATE TABLE crawls (crawl INTEGER PRIMARY KEY, began TEXT NOT NULL, ended TEXT, ending TEXT, words TEXT,
  not_before TEXT, recipe TEXT NOT NULL);
CREATE TABLE pages (crawl INTEGER NOT NULL, address TEXT NOT NULL, place INTEGER NOT NULL, page TEXT NOT NULL,
  carried TEXT NOT NULL, depth INTEGER NOT NULL, state TEXT NOT NULL, asked INTEGER NOT NULL DEFAULT 0, status INTEGER,
  reason TEXT, items INTEGER NOT NULL DEFAULT 0, new INTEGER NOT NULL DEFAULT 0, changed INTEGER NOT NULL DEFAULT 0,
  duplicates INTEGER NOT NULL DEFAULT 0, rejected INTEGER NOT NULL DEFAULT 0, bytes INTEGER, done_at TEXT,
  filled TEXT, PRIMARY KEY (crawl, address)) WITHOUT ROWID;
CREATE INDEX pages_by_state ON pages (crawl, state, place);
CREATE TABLE visited (address TEXT PRIMARY KEY, newest TEXT) WITHOUT ROWID;
CREATE TABLE items (item_id TEXT PRIMARY KEY, digest TEXT NOT NULL, published TEXT, crawl INTEGER NOT NULL,
  counted INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE batches (batch INTEGER PRIMARY KEY, crawl INTEGER NOT NULL, rows BLOB NOT NULL, rejects TEXT NOT NULL,
  duplicates INTEGER NOT NULL, file_id TEXT);
CREATE TABLE requests (day TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
"""


class FrontierError(ValueError):
    """The file of a source's crawls cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page to ask for."""

    address: str
    page: str
    carried: Mapping[str, str] = field(default_factory=dict)
    depth: int = 0


@dataclass(frozen=True, slots=True)
class CrawlRecord:
    """One crawl, as far as it has come."""

    crawl: int
    began: datetime
    ended: datetime | None
    ending: str | None
    words: str | None
    not_before: datetime | None


@dataclass(frozen=True, slots=True)
class PageDone:
    """Everything that one page brought, to be written down at once."""

    address: str
    status: int
    size: int
    follow: Sequence[PageRequest] = ()
    rows: bytes = b""
    rejects: Sequence[BadRow] = ()
    seen: Sequence[KnownItem] = ()
    items: int = 0
    new: int = 0
    changed: int = 0
    duplicates: int = 0
    filled: Mapping[str, int] = field(default_factory=dict)
    """Field → items that had it."""
    newest: date | None = None


@dataclass(frozen=True, slots=True)
class NotDone:
    """Why a page brought nothing: ``failed`` pages are asked for again the next night, ``refused`` ones never."""

    state: Literal["failed", "refused"]
    reason: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What one page brought to land: masked rows as an Arrow stream, masked rejects."""

    batch: int
    crawl: int
    rows: bytes
    rejects: tuple[BadRow, ...]
    duplicates: int
    file_id: str | None
    """The name under which it is being landed."""


class Frontier:
    """The crawls of one source; open it in a ``with`` block."""

    def __init__(self, path: Path) -> None:
        """Open the file, made on the first call, readable by its owner alone.

        Raises:
            FrontierError: It is of a newer Kesheng, or no such file.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self._path = path
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=30.0)
        try:
            self._connection.execute("PRAGMA journal_mode = WAL")
            # A page lost to a power cut is asked for again; a page lost to a killed process is not.
            self._connection.execute("PRAGMA synchronous = NORMAL")
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
            if version == 0:
                with self._together():
                    for statement in _SCHEMA.split(";"):
                        self._connection.execute(statement)
                    self._connection.execute(f"PRAGMA user_version = {VERSION}")
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise FrontierError(
                f"{path}: expected the record of a source's crawls, found what SQLite cannot read ({error}). Move it "
                "away: the next crawl asks for everything again, and lands nothing twice"
            ) from error
        if version > VERSION:
            self._connection.close()
            raise FrontierError(f"{path}: expected version {VERSION}, found {version}: a newer Kesheng wrote it")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def unfinished(self) -> CrawlRecord | None:
        """Return the crawl that did not come to its end, if there is one."""
        return next(self._crawls("WHERE ended IS NULL OR ending != 'done' ORDER BY crawl DESC LIMIT 1"), None)

    def last(self, count: int = 1) -> list[CrawlRecord]:
        """Return the last crawls, newest first."""
        return list(self._crawls(f"ORDER BY crawl DESC LIMIT {int(count)}"))

    def begin(self, began: datetime, recipe: str, starts: Iterable[PageRequest]) -> int:
        """Write down a new crawl and where it begins; pages that failed last time are asked for again.

        Returns:
            Its number.
        """
        with self._together():
            last = self._one("SELECT max(crawl) FROM crawls")
            values = (began.isoformat(), recipe)
            crawl = self._connection.execute("INSERT INTO crawls (began, recipe) VALUES (?, ?)", values).lastrowid
            assert crawl is not None  # noqa: S101 - SQLite gives every inserted row one
            self._add(crawl, starts)
            again = self._connection.execute(
                "SELECT address, page, carried, depth FROM pages WHERE crawl = ? AND state = 'failed'", (last,)
            ).fetchall()
            self._add(crawl, (PageRequest(a, p, json.loads(c), d) for a, p, c, d in again))
            # The pages of crawls long past are told in the ledger of the runs.
            self._connection.execute("DELETE FROM pages WHERE crawl < ?", (crawl - 10,))
        return crawl

    def go_on(self, crawl: int) -> None:
        """Take up a crawl that was ended before it was done."""
        self._connection.execute(
            "UPDATE crawls SET ended = NULL, ending = NULL, words = NULL, not_before = NULL WHERE crawl = ?", (crawl,)
        )

    def end(
        self, crawl: int, ended: datetime, ending: str, words: str | None = None, *, not_before: datetime | None = None
    ) -> None:
        """Write down how a crawl ended: ``done``, or why it stopped before."""
        self._connection.execute(
            "UPDATE crawls SET ended = ?, ending = ?, words = ?, not_before = ? WHERE crawl = ?",
            (ended.isoformat(), ending, words, not_before.isoformat() if not_before else None, crawl),
        )

    def waiting(self, crawl: int) -> list[PageRequest]:
        """Return the pages still to ask for, in the order in which they were found."""
        rows = self._connection.execute(
            "SELECT address, page, carried, depth FROM pages WHERE crawl = ? AND state = 'waiting' ORDER BY place",
            (crawl,),
        )
        return [PageRequest(address, page, json.loads(carried), depth) for address, page, carried, depth in rows]

    def count_request(self, crawl: int, address: str | None, day: date) -> None:
        """Count a request that goes out now, of a page or, without an address, of robots.txt."""
        with self._together():
            self._connection.execute(
                "INSERT INTO requests VALUES (?, 1) ON CONFLICT (day) DO UPDATE SET count = count + 1",
                (day.isoformat(),),
            )
            if address is not None:
                self._connection.execute(
                    "UPDATE pages SET asked = asked + 1 WHERE crawl = ? AND address = ?", (crawl, address)
                )

    def requests_on(self, day: date) -> int:
        """Return how many requests went out on a day."""
        return self._one("SELECT count FROM requests WHERE day = ?", day.isoformat()) or 0

    def done(self, crawl: int, page: PageDone, at: datetime) -> list[PageRequest]:
        """Write down a page with all that it brought; returns the pages that it made known."""
        with self._together():
            self._connection.execute(
                "UPDATE pages SET state = 'done', status = ?, bytes = ?, items = ?, new = ?, changed = ?, "
                "duplicates = ?, rejected = ?, filled = ?, done_at = ?, reason = NULL WHERE crawl = ? AND address = ?",
                (
                    *(page.status, page.size, page.items, page.new, page.changed, page.duplicates, len(page.rejects)),
                    *(json.dumps(page.filled), at.isoformat(), crawl, page.address),
                ),
            )
            newest = page.newest.isoformat() if page.newest else None
            self._connection.execute("INSERT OR REPLACE INTO visited VALUES (?, ?)", (page.address, newest))
            self._connection.executemany(
                "INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?)",
                [(i.item_id, i.digest, _iso(i.published), i.crawl, i.counted) for i in page.seen],
            )
            if page.rows or page.rejects or page.duplicates:
                rejects = json.dumps([[bad.reason, bad.detail, bad.raw] for bad in page.rejects], ensure_ascii=False)
                self._connection.execute(
                    "INSERT INTO batches (crawl, rows, rejects, duplicates) VALUES (?, ?, ?, ?)",
                    (crawl, page.rows, rejects, page.duplicates),
                )
            return self._add(crawl, page.follow)

    def not_done(self, crawl: int, address: str, outcome: NotDone, at: datetime) -> None:
        """Write down that a page failed, or was refused by us."""
        self._connection.execute(
            "UPDATE pages SET state = ?, reason = ?, status = ?, done_at = ? WHERE crawl = ? AND address = ?",
            (outcome.state, outcome.reason, outcome.status, at.isoformat(), crawl, address),
        )

    def known(self, item_ids: Sequence[str]) -> dict[str, KnownItem]:
        """Return what is remembered of some reviews."""
        marks = ", ".join("?" * len(item_ids))
        rows = self._connection.execute(
            f"SELECT item_id, digest, published, crawl, counted FROM items WHERE item_id IN ({marks})", tuple(item_ids)
        )
        return {row[0]: _known(row) for row in rows}

    def seen_in(self, crawl: int) -> list[KnownItem]:
        """Return the reviews that a crawl has seen so far."""
        rows = self._connection.execute(
            "SELECT item_id, digest, published, crawl, counted FROM items WHERE crawl = ?", (crawl,)
        )
        return [_known(row) for row in rows]

    def visited(self, address: str) -> tuple[bool, date | None]:
        """Return whether a page was ever read, and the day of the newest review on it."""
        row = self._connection.execute("SELECT newest FROM visited WHERE address = ?", (address,)).fetchone()
        return row is not None, date.fromisoformat(row[0]) if row and row[0] else None

    def pages(self, crawl: int) -> list[dict[str, object]]:
        """Return every page of a crawl with its outcome, in the order in which they were found."""
        cursor = self._connection.execute("SELECT * FROM pages WHERE crawl = ? ORDER BY place", (crawl,))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def batches(self, file_id: str | None) -> Iterator[Batch]:
        """Yield what waits to be landed under a name, or under none yet, in the order in which it came."""
        rows = self._connection.execute(
            "SELECT batch, crawl, rows, rejects, duplicates FROM batches WHERE file_id IS ? ORDER BY batch", (file_id,)
        ).fetchall()
        for batch, crawl, blob, rejects, duplicates in rows:
            bad = tuple(BadRow(0, reason, detail, raw) for reason, detail, raw in json.loads(rejects))
            yield Batch(batch, crawl, blob, bad, duplicates, file_id)

    def named_batches(self) -> list[str]:
        """Return the names under which batches were to be landed when somebody was interrupted."""
        rows = self._connection.execute("SELECT DISTINCT file_id FROM batches WHERE file_id IS NOT NULL ORDER BY 1")
        return [row[0] for row in rows]

    def name_batches(self, file_id: str, up_to: int) -> None:
        """Write down under which name the batches without one are landed now."""
        self._connection.execute(
            "UPDATE batches SET file_id = ? WHERE file_id IS NULL AND batch <= ?", (file_id, up_to)
        )

    def forget_batches(self, file_id: str) -> None:
        """Drop batches that have landed."""
        self._connection.execute("DELETE FROM batches WHERE file_id = ?", (file_id,))

    def _add(self, crawl: int, requests: Iterable[PageRequest]) -> list[PageRequest]:
        place = (self._one("SELECT max(place) FROM pages WHERE crawl = ?", crawl) or 0) + 1
        added: list[PageRequest] = []
        for request in requests:
            carried = json.dumps(dict(request.carried), ensure_ascii=False)
            cursor = self._connection.execute(
                "INSERT OR IGNORE INTO pages (crawl, address, place, page, carried, depth, state) "
                "VALUES (?, ?, ?, ?, ?, ?, 'waiting')",
                (crawl, request.address, place + len(added), request.page, carried, request.depth),
            )
            if cursor.rowcount:
                added.append(request)
        return added

    def _crawls(self, condition: str) -> Iterator[CrawlRecord]:
        names = "crawl, began, ended, ending, words, not_before"
        for row in self._connection.execute(f"SELECT {names} FROM crawls {condition}").fetchall():
            crawl, began, ended, ending, words, not_before = row
            moments = [datetime.fromisoformat(moment) if moment else None for moment in (ended, not_before)]
            yield CrawlRecord(crawl, datetime.fromisoformat(began), moments[0], ending, words, moments[1])

    def _one(self, query: str, *values: object) -> int | None:
        row = self._connection.execute(query, values).fetchone()
        return None if row is None or row[0] is None else int(row[0])

    @contextmanager
    def _together(self) -> Iterator[None]:
        """All or nothing of what is written within."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _known(row: tuple[str, str, str | None, int, int]) -> KnownItem:
    item_id, digest, published, crawl, counted = row
    return KnownItem(item_id, digest, date.fromisoformat(published) if published else None, crawl, bool(counted))
