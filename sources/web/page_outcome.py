"""What is written down of a page once it has been read."""

from collections import Counter
from collections.abc import Sequence

from sources.web.answers import Answer
from sources.web.crawl_records import PageDone, PageRequest
from sources.web.item_rows import PageRows
from sources.web.page import Page
from sources.web.page_reading import PageReading
from sources.web.row_batches import pack_rows

VIA = "_via"
"""Carried by a page that others redirected to: their addresses, parted by blanks."""

AGAIN = "_again"
"""Carried by a page of a list whose earlier ones brought only what the crawl has seen: how many in a row."""


def redirected_from(request: PageRequest) -> list[str]:
    """Return the addresses that redirected to a page, the one that was asked for first at the head."""
    return request.carried.get(VIA, "").split()


def page_done(
    request: PageRequest,
    page: Page,
    answer: Answer,
    *,
    reading: PageReading,
    brought: PageRows,
    links: Sequence[PageRequest],
) -> PageDone:
    """Return what is written down of a page that was read."""
    filled: Counter[str] = Counter(name for item in reading.items for name in item.fields)
    # A page that should have had an item and has none is looked at again: the recipe may have to be mended.
    visited = page.kind.visit == "once" and (page.kind.items is None or bool(reading.items))
    return PageDone(
        address=request.address,
        status=answer.status,
        size=len(answer.body),
        follow=links,
        rows=pack_rows(brought.rows),
        rejects=brought.rejects,
        seen=brought.seen,
        items=len(reading.items),
        new=brought.new,
        changed=len(brought.rows) - brought.new,
        duplicates=brought.duplicates,
        filled=dict(filled),
        newest=max((item.published for item in brought.seen if item.published), default=None),
        visited=(*redirected_from(request), request.address) if visited else (),
    )
