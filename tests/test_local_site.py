"""The local site behaves as its docstring promises, so that a collector's test may trust it."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.local_site import LocalSite, Robots
from tests.local_site_pages import Oddities


@pytest.fixture
def site() -> Iterator[LocalSite]:
    """Run a site without faults."""
    with LocalSite() as running:
        yield running


def get(site: LocalSite, target: str, encoding: str = "utf-8") -> str:
    """Return a page's text."""
    with urlopen(Request(site.url + target, headers={"User-Agent": "probe/1"}), timeout=20) as answer:
        return str(answer.read().decode(encoding))


def walk(site: LocalSite, target: str, encoding: str = "utf-8") -> list[str]:
    """Return a list's pages, following 下一页."""
    pages = []
    while target:
        pages.append(get(site, target, encoding))
        following = re.search(r'<a class="next" href="([^"]+)">下一页', pages[-1])
        target = following[1] if following else ""
    return pages


def plain(markup: str) -> str:
    """Return the text of a piece of markup whose only tag is <br>."""
    return unescape(markup.replace("<br>", "\n"))


def items(page: str, opening: str) -> list[str]:
    """Return the pieces of a page that begin with an opening tag."""
    return page.split(opening)[1:]


def first(pattern: str, text: str) -> str | None:
    """Return the group of a pattern's first match."""
    found = re.search(pattern, text, re.DOTALL)
    return plain(found[1]) if found else None


def test_hotel_pages_bring_exactly_what_is_expected(site: LocalSite) -> None:
    """A walk over all hotels finds each review with each field, in order, from GBK pages."""
    found = []
    for target in re.findall(r'class="venue-name" href="([^"]+)"', get(site, "/hotel/", "gbk")):
        for page in walk(site, target, "gbk"):
            found += [
                (
                    first(r'data-id="(\d+)"', item),
                    first(r'user-name">(.*?)</span>', item),
                    first(r"s-star(\d)", item),
                    first(r'review-date">(.*?)</span>', item),
                    first(r'room-type">(.*?)</span>', item),
                    first(r'review-text"><p>(.*?)</p>', item),
                    first(r'reply-text">(.*?)</p>', item),
                    first(r'reply-date">(.*?)</span>', item),
                )
                for item in items(page, '<div class="review-item clearfix" ')
            ]
    assert len(found) == 360
    assert found == [
        (r.id, r.author, f"{r.rating:.0f}", r.date_text, r.product, r.text, r.reply, r.replied and f"{r.replied}")
        for r in site.expected("hotel")
    ]


def test_board_pages_bring_exactly_what_is_expected(site: LocalSite) -> None:
    """Lists lead to a page for each complaint."""
    targets = [link for page in walk(site, "/board/") for link in re.findall(r'"(/board/complaint/[^"]+)"', page)]
    pages = [get(site, target) for target in targets]
    found = [
        (
            first(r'data-no="(\d+)"', page),
            first(r"<h1>(.*?)</h1>", page),
            first(r'u-com"[^>]*>(.*?)</a>', page),
            first(r'u-name">(.*?)</span>', page),
            first(r"width:(\d+)%", page),
            first(r'step-time">(.*?)</div>', page),
            first(r'step-bd">(.*?)</div>', page),
            first(r'商家回复.*?step-bd">(.*?)</div>', page),
            first(r'u-status">(.*?)</b>', page),
        )
        for page in pages
    ]
    assert len(found) == 120
    assert found == [
        (r.id, r.title, r.venue, r.author, f"{r.rating * 20:.0f}", r.date_text, r.text, r.reply, r.status)
        for r in site.expected("board")
    ]


def test_robots_txt_says_what_it_is_told(site: LocalSite) -> None:
    """Rules for all, a delay, a group of our own, and a failing file."""
    assert "Disallow: /private/\nDisallow: /board/secret*\n" in get(site, "/robots.txt")
    site.robots = Robots(crawl_delay=2.5, agent="KeshengBot", rules=("Disallow: /food/",))
    assert get(site, "/robots.txt").endswith("Crawl-delay: 2.5\n\nUser-agent: KeshengBot\nDisallow: /food/\n")
    site.robots = Robots(status=500)
    with pytest.raises(HTTPError, match="500"):
        get(site, "/robots.txt")


def test_a_layout_changes_halfway() -> None:
    """From the page on that is named, no class name of the old layout is left in the list."""
    with LocalSite(oddities=Oddities(layout_from=3)) as site:
        pages = walk(site, "/hotel/101/reviews", "gbk")
    assert ["review-text" in page for page in pages] == [True, True, False, False]
    assert [page.count("cmt-card") for page in pages] == [0, 0, 15, 15]
