"""A made-up site for tests of what a crawl decides: answers are given by hand, and the clock is one's own."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from sources.identity import IdentityKey
from sources.import_options import ImportOptions
from sources.web.answers import Answer
from sources.web.crawl import Crawl
from sources.web.crawl_records import PageRequest
from sources.web.frontier import Frontier
from sources.web.recipe import Recipe

SITE = "https://reviews.example.com"
KEY = IdentityKey(b"k" * 32)
SHANGHAI = ZoneInfo("Asia/Shanghai")
NIGHT = datetime(2026, 11, 5, 2, 0, tzinfo=SHANGHAI)
RECIPE = """
recipe: 1
title: 云诉投诉广场
hosts: [reviews.example.com]
start: [{page: list, address: https://reviews.example.com/board/}]
pages:
  list:
    order: newest_first
    reread_days: 3
    items: {css: li.review}
    required: [own_id, text]
    fields:
      own_id: {css: "::attr(data-id)"}
      author: {css: b}
      text: {css: p}
      published_at: {css: time}
      reply_text: {css: i}
    links: [{page: one, css: a.one}]
    next: {link: {css: "a.next::attr(href)"}}
  one:
    visit: once
    reread_days: 3
    items: {css: div.review}
    required: [own_id, text]
    fields: {own_id: {css: "::attr(data-id)"}, text: {css: p}, published_at: {css: time}}
"""


class Clock:
    """The time as a test sets it."""

    def __init__(self, now: datetime = NIGHT) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return what time it is."""
        return self.now

    def pass_by(self, **parts: float) -> None:
        """Let some time pass, e.g. ``days=1``."""
        self.now += timedelta(**parts)


def recipe(**parts: object) -> Recipe:
    """Return the recipe with some of its parts replaced, e.g. ``limits={"pages": 2}``."""
    return Recipe.model_validate({**yaml.safe_load(RECIPE), **parts})


def begun(frontier: Frontier, clock: Clock, site: Recipe | None = None, folder: Path = Path()) -> Crawl:
    """Return a crawl that has begun or been taken up."""
    crawl = Crawl(site or recipe(), folder, frontier, ImportOptions("board"), KEY, clock=clock)
    crawl.begin()
    return crawl


def review(
    number: int,
    day: str = "2026-11-01",
    text: str = "前台办理入住排了一个小时的队",
    reply: str = "",
    author: str = "青柠",
) -> str:
    """Return a review of a list."""
    return f'<li class="review" data-id="{number}"><b>{author}</b><p>{text}</p><time>{day}</time><i>{reply}</i></li>'


def one(number: int, day: str = "2026-11-01", text: str = "会员费退不了，客服一直说在处理") -> str:
    """Return the page of one complaint."""
    return f'<div class="review" data-id="{number}"><p>{text}</p><time>{day}</time></div>'


def page(*parts: str, links: Sequence[str] = (), following: str | None = None) -> str:
    """Return a page with some reviews, links to pages of one complaint, and perhaps a next page."""
    linked = "".join(f'<a class="one" href="{link}">投诉</a>' for link in links)
    more = f'<a class="next" href="{following}">下一页</a>' if following else ""
    return f"<html><meta charset=utf-8><body>{''.join(parts)}{linked}{more}</body></html>"


def give(crawl: Crawl, path: str, body: str | bytes = "", status: int = 200, **headers: str) -> list[str]:
    """Let the site answer a page that waits; returns the paths of the pages that this made known.

    Args:
        crawl: The crawl.
        path: Of the page.
        body: What comes.
        status: Of HTTP.
        headers: With ``_`` for ``-``.
    """
    request = waiting(crawl)[path]
    crawl.before_request(request.address)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    content = body.encode() if isinstance(body, str) else body
    follow = crawl.answered(request, Answer(status, names, content, crawl.clock()))
    return [found.address.removeprefix(SITE) for found in follow]


def waiting(crawl: Crawl) -> dict[str, PageRequest]:
    """Return the pages that wait, by path, in their order."""
    return {request.address.removeprefix(SITE): request for request in crawl.waiting()}


def ledger(crawl: Crawl) -> dict[str, tuple[object, object]]:
    """Return the state and reason of each page of a crawl by its path."""
    pages = crawl.frontier.pages(crawl.number)
    return {str(page["address"]).removeprefix(SITE): (page["state"], page["reason"]) for page in pages}
