"""The SQLite file under a source's frontier: its tables, and how it is opened."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
CREATE TABLE batches (batch INTEGER PRIMARY KEY AUTOINCREMENT, crawl INTEGER NOT NULL, rows BLOB NOT NULL,
  rejects TEXT NOT NULL, duplicates INTEGER NOT NULL, file_id TEXT);
CREATE TABLE requests (day TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
"""


class FrontierError(ValueError):
    """The file of a source's crawls cannot be used; the message says why and what to do."""


def open_frontier(path: Path) -> sqlite3.Connection:
    """Open the file of a source's crawls, made on the first call, readable by its owner alone.

    Raises:
        FrontierError: It is of a newer Kesheng, or no such file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    connection = sqlite3.connect(path, isolation_level=None, timeout=30.0)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        # A page lost to a power cut is asked for again; a page lost to a killed process is not.
        connection.execute("PRAGMA synchronous = NORMAL")
        with together(connection):
            # Within the lock: two processes may make the file at the same time.
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version == 0:
                for statement in _SCHEMA.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {VERSION}")
    except sqlite3.DatabaseError as error:
        connection.close()
        raise FrontierError(
            f"{path}: expected the record of a source's crawls, found what SQLite cannot read ({error}). Move it "
            "away: the next crawl asks for everything again, and lands nothing twice"
        ) from error
    if version > VERSION:
        connection.close()
        raise FrontierError(f"{path}: expected version {VERSION}, found {version}: a newer Kesheng wrote it")
    return connection


@contextmanager
def together(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing of what is written within."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        # Ctrl-C too: half of a page written down would be a page that is never asked for again.
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
