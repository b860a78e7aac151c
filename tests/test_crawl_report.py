"""How a crawl went: its counts, its reasons, and what speaks for a changed layout."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sources.web.crawl_report import crawl_report
from sources.web.frontier import Frontier
from sources.web.recipe import Recipe
from tests.crawl_samples import NIGHT, Clock, begun, give, page, recipe, review


@pytest.fixture
def frontier(tmp_path: Path) -> Iterator[Frontier]:
    """Open a frontier."""
    with Frontier(tmp_path / "board.sqlite") as opened:
        yield opened


def night(frontier: Frontier, clock: Clock, *bodies: str, site: Recipe | None = None) -> None:
    """Crawl a list of so many pages."""
    crawl = begun(frontier, clock, site)
    for number, body in enumerate(bodies, start=1):
        following = f'<a class="next" href="/board/?p={number + 1}">下一页</a>' if number < len(bodies) else ""
        give(crawl, "/board/" if number == 1 else f"/board/?p={number}", body.replace("</body>", f"{following}</body>"))
    crawl.end(None)


def reviews(first: int, count: int, **parts: str) -> str:
    """Return a page of so many reviews of November."""
    return page(*(review(n, "2026-11-04", **parts) for n in range(first, first + count)))


def test_a_night_that_never_began_is_told(frontier: Frontier) -> None:
    """Rather than an error."""
    assert crawl_report(frontier, NIGHT).words == "the crawl did not begin"


def test_every_item_is_in_one_count(frontier: Frontier) -> None:
    """`items = new + changed + unchanged + duplicates + rejected`, of this night alone."""
    clock = Clock()
    night(frontier, clock, page(review(1, "2026-11-04"), review(2, "2026-11-04"), review(9, text="")))
    first = crawl_report(frontier, NIGHT)
    assert (first.new, first.changed, first.unchanged, first.duplicates, first.rejected) == (2, 0, 0, 0, 1)
    clock.pass_by(days=1)
    replied = review(2, "2026-11-04", reply="已联系您处理")
    night(frontier, clock, page(review(3, "2026-11-05"), review(3, "2026-11-05"), replied, review(1, "2026-11-04")))
    second = crawl_report(frontier, clock.now)
    assert (second.new, second.changed, second.unchanged, second.duplicates, second.rejected) == (1, 1, 1, 1, 0)
    assert (second.ending, second.pages, second.waiting) == ("done", 1, 0)


def test_reasons_are_counted(frontier: Frontier) -> None:
    """Failed pages and refused ones, each with why."""
    crawl = begun(frontier, Clock())
    give(crawl, "/board/", page(links=["/c/1", "/c/2", "/c/3", "/c/4"]))
    for number, status in ((1, 500), (2, 500), (3, 404)):
        give(crawl, f"/c/{number}", status=status)
    report = crawl_report(frontier, NIGHT)
    assert (report.failed, report.refused, report.waiting) == ({"status 500": 2}, {"status 404": 1}, 1)
    assert report.ending == "interrupted"


def test_a_steady_site_has_no_layout_warning(frontier: Frontier) -> None:
    """Nor a list whose last page is empty."""
    clock = Clock()
    for first in (0, 1):
        night(frontier, clock, *(reviews(first + 10 * n, 10) for n in range(4)), page())
        assert crawl_report(frontier, NIGHT).layout == ()
        clock.pass_by(days=1)


def test_pages_that_lost_their_items_are_told(frontier: Frontier) -> None:
    """In the midst of one crawl, too: the site changed while it was read."""
    pages = recipe().model_dump(mode="json", exclude_unset=True)["pages"]
    pages["list"]["order"] = "any"
    bodies = [*(reviews(10 * n, 10) for n in range(3)), *[page()] * 4]
    night(frontier, Clock(), *bodies, site=recipe(pages=pages))
    (found,) = crawl_report(frontier, NIGHT).layout
    assert found == "4 of 7 pages 'list' have no item; there were up to 10 on one"


def test_a_list_that_has_no_item_any_more_is_told(frontier: Frontier) -> None:
    """Even if it is the only page: a list in the order of time is read no further."""
    clock = Clock()
    night(frontier, clock, reviews(0, 10), reviews(10, 10))
    clock.pass_by(days=1)
    night(frontier, clock, page())
    (found,) = crawl_report(frontier, clock.now).layout
    assert found == "no page 'list' has an item; earlier crawls found 10.0 on each"


def test_fewer_items_on_each_page_are_told(frontier: Frontier) -> None:
    """Compared with the crawls before."""
    clock = Clock()
    night(frontier, clock, *(reviews(10 * n, 10) for n in range(4)))
    clock.pass_by(days=1)
    night(frontier, clock, *(reviews(100 + 4 * n, 4) for n in range(4)))
    assert crawl_report(frontier, NIGHT).layout == ("pages 'list' have 4.0 items each; earlier crawls found 10.0",)


def test_a_field_that_went_empty_is_told(frontier: Frontier) -> None:
    """Reviews still come, without what they had: the author's place on the page has another name."""
    clock = Clock()
    night(frontier, clock, *(reviews(10 * n, 10) for n in range(3)))
    clock.pass_by(days=1)
    night(frontier, clock, *(reviews(100 + 10 * n, 10, author="") for n in range(3)))
    (found,) = crawl_report(frontier, NIGHT).layout
    assert found == "the field 'author' is on 0% of the items of pages 'list'; it was on 100%"


def test_a_required_field_that_went_empty_is_told(frontier: Frontier) -> None:
    """Its items go to the rejects, and the report says that the layout may have changed."""
    clock = Clock()
    night(frontier, clock, *(reviews(10 * n, 10) for n in range(3)))
    clock.pass_by(days=1)
    night(frontier, clock, *(reviews(100 + 10 * n, 10, text="") for n in range(3)))
    report = crawl_report(frontier, clock.now)
    assert report.rejected == 30
    assert "the field 'text' is on 0% of the items of pages 'list'; it was on 100%" in report.layout
