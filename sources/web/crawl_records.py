"""What is written down of a crawl: pages to ask for, what one brought or why it did not, and how it ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from sources.record import BadRow
from sources.web.item_rows import KnownItem


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
    visited: Sequence[str] = ()
    """Addresses that need not be asked for again: its own, and those that redirected to it."""


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
