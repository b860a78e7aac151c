"""What a source's crawls have asked for, still have to ask for, and have brought: one SQLite file, committed per page.

A crawl that is killed anywhere goes on from here: a page is done together with all that it brought, or it is not. No
text of a customer stands here but in rows that are masked and wait to be landed.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Self

from sources.record import BadRow
from sources.web.crawl_records import Batch, CrawlRecord, NotDone, PageDone, PageRequest
from sources.web.frontier_file import open_frontier, together
from sources.web.item_rows import KnownItem


class Frontier:
    """The crawls of one source; open it in a ``with`` block."""

    def __init__(self, path: Path) -> None:
        """Open the file, made on the first call, readable by its owner alone.

        Raises:
            FrontierError: It is of a newer Kesheng, or no such file.
        """
        self._connection = open_frontier(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def unfinished(self) -> CrawlRecord | None:
        """Return the last crawl if it did not come to its end; earlier ones have handed over what they had left."""
        last = next(iter(self.last()), None)
        return None if last is None or last.ending == "done" else last

    def last(self, count: int = 1) -> list[CrawlRecord]:
        """Return the last crawls, newest first."""
        return list(self._crawls(f"ORDER BY crawl DESC LIMIT {int(count)}"))

    def begin(self, began: datetime, recipe: str, starts: Iterable[PageRequest], kinds: Collection[str]) -> int:
        """Write down a new crawl and where it begins; what the last one failed to get or left is asked for again.

        Args:
            began: When, aware.
            recipe: A digest of the recipe.
            starts: Where it begins.
            kinds: The kinds of page that the recipe knows; pages of others are left, and the last crawl says so.

        Returns:
            Its number.
        """
        with together(self._connection):
            last = self._one("SELECT max(crawl) FROM crawls")
            values = (began.isoformat(), recipe)
            crawl = self._connection.execute("INSERT INTO crawls (began, recipe) VALUES (?, ?)", values).lastrowid
            assert crawl is not None  # noqa: S101 - SQLite gives every inserted row one
            self._add(crawl, starts)
            left = self._requests("crawl = ? AND state IN ('failed', 'waiting')", last)
            self._add(crawl, (request for request in left if request.page in kinds))
            self._connection.execute(
                "UPDATE pages SET state = 'refused', done_at = ?, reason = CASE "
                "WHEN page IN (SELECT value FROM json_each(?)) THEN 'left to the next crawl' "
                "ELSE 'the recipe has no such page any more' END WHERE crawl = ? AND state = 'waiting'",
                (began.isoformat(), json.dumps(list(kinds)), last),
            )
            # What became of each page is kept for the last ten crawls.
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
        return self._requests("crawl = ? AND state = 'waiting'", crawl)

    def count_request(self, crawl: int, address: str | None, day: date) -> None:
        """Count a request that goes out now, of a page or, without an address, of robots.txt."""
        with together(self._connection):
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
        with together(self._connection):
            self._connection.execute(
                "UPDATE pages SET state = 'done', status = ?, bytes = ?, items = ?, new = ?, changed = ?, "
                "duplicates = ?, rejected = ?, filled = ?, done_at = ?, reason = NULL WHERE crawl = ? AND address = ?",
                (
                    *(page.status, page.size, page.items, page.new, page.changed, page.duplicates, len(page.rejects)),
                    *(json.dumps(page.filled), at.isoformat(), crawl, page.address),
                ),
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO visited VALUES (?, ?)",
                [(address, _iso(page.newest)) for address in page.visited],
            )
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

    def set_aside(self, crawl: int, address: str, outcome: NotDone, at: datetime) -> None:
        """Let a page at which the site stopped a crawl wait behind all others; the second time it has failed.

        So that one page which is closed to us keeps no crawl from ever coming to its end.
        """
        with together(self._connection):
            self._connection.execute(
                "UPDATE pages SET state = CASE WHEN reason IS NULL THEN 'waiting' ELSE 'failed' END, "
                "place = (SELECT max(place) + 1 FROM pages WHERE crawl = ?1), reason = ?2, status = ?3, done_at = ?4 "
                "WHERE crawl = ?1 AND address = ?5",
                (crawl, outcome.reason, outcome.status, at.isoformat(), address),
            )

    def give_up(self, crawl: int, asked: int, at: datetime) -> int:
        """Take pages for failed that were asked for so often and never came to an outcome; returns how many.

        Such as one that ends the process each time it is read.
        """
        return self._connection.execute(
            "UPDATE pages SET state = 'failed', done_at = ?, "
            "reason = coalesce(reason, 'asked for ' || asked || ' times without an outcome') "
            "WHERE crawl = ? AND state = 'waiting' AND asked >= ?",
            (at.isoformat(), crawl, asked),
        ).rowcount

    def undo_redirect(self, crawl: int, addresses: Sequence[str], target: str) -> None:
        """Let the page that was asked for first wait again: what it redirected to, at last ``target``, was none.

        Args:
            crawl: The crawl.
            addresses: The page that was asked for first, then those that redirected further.
            target: What came in the end, such as a login form.
        """
        with together(self._connection):
            self._connection.execute(
                "UPDATE pages SET state = 'waiting', status = NULL, reason = NULL WHERE crawl = ? AND address = ?",
                (crawl, addresses[0]),
            )
            self._connection.executemany(
                "DELETE FROM pages WHERE crawl = ? AND address = ?",
                [(crawl, address) for address in (*addresses[1:], target) if address != addresses[0]],
            )

    def known(self, item_ids: Sequence[str]) -> dict[str, KnownItem]:
        """Return what is remembered of some reviews."""
        # As one parameter: SQLite takes no more than some thousands.
        rows = self._connection.execute(
            "SELECT item_id, digest, published, crawl, counted FROM items "
            "WHERE item_id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(item_ids)),),
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

    def batches(self, file_id: str | None, most: int = -1) -> Iterator[Batch]:
        """Yield what waits to be landed under a name, or under none yet, in the order in which it came.

        Args:
            file_id: The name.
            most: At most so many; all if negative.
        """
        rows = self._connection.execute(
            "SELECT batch, crawl, rows, rejects, duplicates FROM batches WHERE file_id IS ? ORDER BY batch LIMIT ?",
            (file_id, most),
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

    def pages_read(self, crawl: int, since: datetime) -> int:
        """Return how many pages of a crawl have been read since a moment."""
        moments = self._connection.execute(
            "SELECT done_at FROM pages WHERE crawl = ? AND state = 'done' AND status = 200", (crawl,)
        )
        return sum(datetime.fromisoformat(moment) >= since for (moment,) in moments)

    def _requests(self, condition: str, crawl: int | None) -> list[PageRequest]:
        rows = self._connection.execute(
            f"SELECT address, page, carried, depth FROM pages WHERE {condition} ORDER BY place", (crawl,)
        ).fetchall()
        return [PageRequest(address, page, json.loads(carried), depth) for address, page, carried, depth in rows]

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


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _known(row: tuple[str, str, str | None, int, int]) -> KnownItem:
    item_id, digest, published, crawl, counted = row
    return KnownItem(item_id, digest, date.fromisoformat(published) if published else None, crawl, bool(counted))
