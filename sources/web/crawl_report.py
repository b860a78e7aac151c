"""How a crawl went: what it brought, what it missed, and whether the site seems to have changed its pages."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sources.web.frontier import Frontier

_EARLIER = 5
"""Crawls that a new one is compared with."""
_FEWEST_PAGES = 3
"""With items, before anything is said of a layout."""


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """One source's night.

    Attributes:
        ending: ``done``, or why the crawl stopped before its end.
        words: The same in words, where there is something to say.
        pages: Pages read.
        new: Reviews never seen before.
        changed: Known reviews that say something else now, a reply included.
        unchanged: Known reviews that say what they said.
        duplicates: Reviews that the crawl met again on another page.
        rejected: Items that are no reviews.
        waiting: Pages that the next crawl asks for.
        failed: Pages that did not come, by reason.
        refused: Pages that were not asked for, by reason.
        layout: What speaks for a changed layout, one sentence each.
    """

    ending: str
    words: str | None
    pages: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    duplicates: int = 0
    rejected: int = 0
    waiting: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    layout: tuple[str, ...] = ()


def crawl_report(frontier: Frontier, since: datetime) -> CrawlReport:
    """Return how a source's crawling has gone.

    Args:
        frontier: Of the source.
        since: When it began this time, aware: what an interrupted crawl had brought before is not told again.
    """
    last = next(iter(frontier.last(1)), None)
    if last is None:
        return CrawlReport("interrupted", "the crawl did not begin")
    pages = [page for crawl in (last.crawl - 1, last.crawl) for page in frontier.pages(crawl) if _since(page, since)]
    names = ("items", "new", "changed", "duplicates", "rejected")
    total = {name: sum(_number(page[name]) for page in pages) for name in names}
    return CrawlReport(
        ending=last.ending or "interrupted",
        words=last.words,
        pages=sum(page["state"] == "done" and page["status"] == 200 for page in pages),
        new=total["new"],
        changed=total["changed"],
        unchanged=2 * total["items"] - sum(total.values()),
        duplicates=total["duplicates"],
        rejected=total["rejected"],
        waiting=len(frontier.waiting(last.crawl)),
        failed=_reasons(page for page in pages if page["state"] == "failed"),
        refused=_reasons(page for page in pages if page["state"] == "refused"),
        layout=tuple(_layout_changes(frontier, last.crawl)),
    )


def _since(page: dict[str, object], moment: datetime) -> bool:
    return page["done_at"] is not None and datetime.fromisoformat(str(page["done_at"])) >= moment


def _reasons(pages: Iterable[dict[str, object]]) -> dict[str, int]:
    return dict(Counter(str(page["reason"]) for page in pages).most_common())


def _layout_changes(frontier: Frontier, crawl: int) -> list[str]:
    """Compare a crawl's pages with earlier ones, and with each other: a site may change while it is read."""
    found = []
    now = [page for page in frontier.pages(crawl) if page["state"] == "done" and page["status"] == 200]
    before = [
        page
        for earlier in frontier.last(_EARLIER + 1)
        if earlier.crawl != crawl
        for page in frontier.pages(earlier.crawl)
        if page["state"] == "done" and page["status"] == 200
    ]
    for kind in sorted({str(page["page"]) for page in now}):
        pages = [page for page in now if page["page"] == kind]
        items = [_number(page["items"]) for page in pages]
        earlier = [_number(page["items"]) for page in before if page["page"] == kind]
        # The last page of a list may be empty; pages in a row are not.
        empty = sum(n == 0 for n in items)
        usual = max(items + earlier, default=0)
        if usual and empty >= _FEWEST_PAGES and empty > len(items) // 4 and empty > _usual_empties(earlier, len(items)):
            found.append(f"{empty} of {len(items)} pages '{kind}' have no item; there were up to {usual} on one")
        elif _mean(earlier) >= 2 and not any(items):
            # A list in the order of time ends with its first page that brings nothing: there are no more to count.
            found.append(f"no page '{kind}' has an item; earlier crawls found {_mean(earlier):.1f} on each")
        elif _mean(earlier) >= 2 and len(items) >= _FEWEST_PAGES and _mean(items) < _mean(earlier) / 2:
            found.append(
                f"pages '{kind}' have {_mean(items):.1f} items each; earlier crawls found {_mean(earlier):.1f}"
            )
        found += _emptied_fields(kind, pages, [page for page in before if page["page"] == kind])
    return found


def _usual_empties(earlier: Sequence[int], pages: int) -> float:
    return 2 * pages * sum(n == 0 for n in earlier) / len(earlier) if earlier else 0.0


def _emptied_fields(kind: str, pages: Sequence[dict[str, object]], earlier: Sequence[dict[str, object]]) -> list[str]:
    """Name fields that most items had and now none has; of one crawl, those that its later half has lost."""
    if not earlier:
        half = len(pages) // 2
        earlier, pages = pages[:half], pages[half:]
    then, had = _filled(earlier)
    now, has = _filled(pages)
    if then < 20 or now < 20:
        return []
    return [
        f"the field '{name}' is on {has[name] / now:.0%} of the items of pages '{kind}'; it was on {count / then:.0%}"
        for name, count in sorted(had.items())
        if count / then >= 0.5 and has[name] / now < count / then / 5
    ]


def _filled(pages: Sequence[dict[str, object]]) -> tuple[int, Counter[str]]:
    fields: Counter[str] = Counter()
    for page in pages:
        fields.update(json.loads(str(page["filled"] or "{}")))
    return sum(_number(page["items"]) for page in pages), fields


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _mean(values: Sequence[int]) -> float:
    return sum(values) / len(values) if values else 0.0
