"""Items of a page as rows to land: read to review records, given their ids, masked; the known ones told apart."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time

from sources.column_names import Field
from sources.dates import SHANGHAI, DateColumn, read_date
from sources.identity import IdentityKey, ReviewIds, author_key, is_anonymous
from sources.import_options import ImportOptions
from sources.landed_rows import landed_row, masked_bad_row, masked_record
from sources.ratings import RatingColumn
from sources.record import BadRow, ReviewRecord
from sources.row_reader import DATE_FIELDS, RowPlan, RowReader
from sources.tables import Cell, Unreadable
from sources.web.page import Page
from sources.web.page_reading import FoundItem

_COMPARED = ("text", "title", "rating", "follow_up_text", "reply_text")
"""What makes a known review a changed one. Its date does not: ``2周前`` drifts from night to night."""


@dataclass(frozen=True, slots=True)
class KnownItem:
    """What is remembered of a review that a site has shown: no word of it, only a keyed digest.

    Attributes:
        item_id: The review's id.
        digest: Of what it said.
        published: Its day, where it tells one.
        crawl: The crawl that saw it last.
        counted: Whether its id numbers equal reviews of nameless guests.
    """

    item_id: str
    digest: str
    published: date | None
    crawl: int
    counted: bool = False


@dataclass(slots=True)
class PageRows:
    """What a page brought: ``items = landed + unchanged + duplicates + rejected``.

    Attributes:
        rows: Masked rows to land: of reviews that are new or have changed.
        rejects: Masked items that are no reviews, with the reason.
        seen: What is to be remembered of each review.
        new: How many of the rows are of reviews never seen before.
        unchanged: How many are known and say what they said, or were rejected before.
        duplicates: How many this crawl had brought already, word for word.
        authors: Names of authors, to be hidden where a page is kept; never written.
    """

    rows: list[dict[str, object]] = field(default_factory=list)
    rejects: list[BadRow] = field(default_factory=list)
    seen: list[KnownItem] = field(default_factory=list)
    new: int = 0
    unchanged: int = 0
    duplicates: int = 0
    authors: set[str] = field(default_factory=set)
    masked: Counter[str] = field(default_factory=Counter)


class ItemRows:
    """Makes rows of the items of one crawl."""

    def __init__(self, options: ImportOptions, key: IdentityKey, crawl: int) -> None:
        self._options = options
        self._key = key
        self._crawl = crawl
        self._ids = ReviewIds(key, options.source)
        self._authors: set[str] = set()

    def take_up(self, seen: Sequence[KnownItem]) -> None:
        """Remember what this crawl had seen before it was interrupted."""
        for item in seen:
            if item.counted:
                self._ids.remember(item.item_id)

    def ids_of(self, page: Page, items: Sequence[FoundItem]) -> Iterator[tuple[ReviewRecord | BadRow, str | None]]:
        """Yield each item read to a record with its id, None for an exact repeat, or to a bad row with one as well."""
        reader = _reader(page)
        for number, item in enumerate(items, start=1):
            record = reader.read(number, item)
            if author := item.fields.get("author"):
                # Those of rejected items and of duplicates too.
                self._authors.add(author)
            if isinstance(record, BadRow):
                # By its own id where it has one: dates such as 3天前 change what it says.
                shown = item.fields.get("own_id") or record.raw
                yield record, f"~rejected:{self._key.digest('rejected', self._options.source, shown)}"
                continue
            record.venue = record.venue or self._options.venue
            told = replace(record, published_precision="none") if _drifts(item) else record
            item_id = self._ids.assign(told, author_key(self._key, self._options.source, record.author))
            # Only now: a review that moved on to the next page is the same one.
            record.url = record.url or page.address
            yield record, item_id

    def rows(
        self, read: Sequence[tuple[ReviewRecord | BadRow, str | None]], known: Mapping[str, KnownItem]
    ) -> PageRows:
        """Return what a page brings to land.

        Args:
            read: The items with their ids, as ``ids_of`` gives them; masked in place.
            known: What is remembered of those ids.
        """
        result = PageRows(authors=self._authors)
        self._authors = set()
        for record, item_id in read:
            before = known.get(item_id) if item_id else None
            if item_id is None or (before is not None and before.crawl == self._crawl and isinstance(record, BadRow)):
                result.duplicates += 1
            elif isinstance(record, BadRow):
                self._reject(result, record, item_id, before)
            else:
                self._add(result, record, item_id, before)
        return result

    def _reject(self, result: PageRows, record: BadRow, item_id: str, known: KnownItem | None) -> None:
        """Reject an item once: guests who gave stars and no words stand in their list for years."""
        result.seen.append(KnownItem(item_id, "", None, self._crawl))
        if known is None:
            result.rejects.append(masked_bad_row(record, self._options.masking))
        else:
            result.unchanged += 1

    def _add(self, result: PageRows, record: ReviewRecord, item_id: str, known: KnownItem | None) -> None:
        digest = self._key.digest("crawled", *(_compared(record, name) for name in _COMPARED))
        published = record.published_at.date() if record.published_at else None
        if known is not None and known.published and record.published_precision == "day":
            # 2周前 drifts; what was told first was told most exactly.
            published = known.published
            record.published_at = datetime.combine(published, time(), SHANGHAI)
        counted = record.own_id is None and is_anonymous(record.author)
        result.seen.append(KnownItem(item_id, digest, published, self._crawl, counted))
        if known is not None and known.digest == digest:
            result.duplicates += known.crawl == self._crawl
            result.unchanged += known.crawl != self._crawl
            return
        author = author_key(self._key, self._options.source, record.author)
        result.new += known is None
        row = masked_record(record, self._options.masking, result.masked)
        result.rows.append(landed_row(row, self._options, "", item_id, author))


def _drifts(item: FoundItem) -> bool:
    """Return whether an item's date counts back from today: ``2周前``, another day each night, is no part of an id."""
    told = item.fields.get("published_at")
    return told is not None and read_date(told)[0] is None


def _compared(record: ReviewRecord, name: str) -> str | None:
    value = getattr(record, name)
    return None if value is None else str(value)


class _ItemTable:
    """The items of one kind of page as a table: its fields and the recipe's own names are the columns."""

    name = ""
    header_row = 0

    def __init__(self, fields: Sequence[str], extra: Sequence[str]) -> None:
        self.columns = (*fields, *extra)

    def rows(self) -> Iterator[list[Cell] | Unreadable]:
        """Give no rows: items come one by one."""
        return iter(())

    def raw(self, cells: Sequence[Cell]) -> str:
        """Write an item for the report of a bad one."""
        return json.dumps(
            {name: cell for name, cell in zip(self.columns, cells, strict=True) if cell}, ensure_ascii=False
        )


@dataclass(frozen=True, slots=True)
class _ItemReader:
    page: Page
    fields: tuple[Field, ...]
    extra: tuple[str, ...]
    table: _ItemTable
    rows: RowReader

    def read(self, number: int, item: FoundItem) -> ReviewRecord | BadRow:
        cells: list[Cell] = [item.fields.get(name) for name in self.fields]
        cells += [item.extra.get(name) for name in self.extra]
        if item.missing:
            detail = f"{self.page.address}: expected {', '.join(item.missing)} in item {number}, found none"
            raw = self.table.raw(cells)
            return self.rows.unreadable(number, Unreadable("missing_field", detail, raw, cells=tuple(cells)))
        record = self.rows.read(number, cells)
        if isinstance(record, BadRow):
            return BadRow(number, record.reason, f"{self.page.address}: {record.detail}", record.raw)
        return record


_SCHEMA_ORG_FIELDS: tuple[Field, ...] = (
    *("text", "title", "own_id", "author", "published_at"),
    *("rating", "venue", "url", "reply_text", "replied_at"),
)


def _reader(page: Page) -> _ItemReader:
    kind = page.kind
    marked_up = _SCHEMA_ORG_FIELDS if kind.items and kind.items.schema_org else ()
    fields = tuple(dict.fromkeys((*marked_up, *kind.fields)))
    extra = tuple(kind.extra)
    table = _ItemTable(fields, extra)
    rating = kind.fields.get("rating")
    plan = RowPlan(
        mapping={name: name for name in fields},
        dates={name: DateColumn(reference=page.fetched_at.astimezone(SHANGHAI)) for name in DATE_FIELDS},
        rating=RatingColumn((rating.scale if rating else None) or "5"),
    )
    return _ItemReader(page, fields, extra, table, RowReader(table, plan))
