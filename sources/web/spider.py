"""The crawl's hands: Scrapy asks for pages, waits between them, tries again, and limits what comes back.

Whatever an answer means is decided in ``sources.web.crawl``. Of Scrapy's own habits those that would act without the
crawl's knowledge are off: redirects, cookies, its cache, its own reading of robots.txt, its telnet console.
"""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from scrapy import Request, Spider, signals
from scrapy.exceptions import CloseSpider, DownloadCancelledError
from scrapy.http import Response

from sources.web.addresses import host_of, refusal_of_address
from sources.web.answers import Answer, SiteStoppedError
from sources.web.crawl import Crawl
from sources.web.pace import Pace
from sources.web.robots import RobotRules, robot_rules
from sources.web.spider_requests import HeldBackError, why_no_answer

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from twisted.python.failure import Failure

    from sources.web.crawl_records import PageRequest

_ROBOTS_REDIRECTS = 5
"""RFC 9309, 2.3.1.2."""
_LONGEST_CRAWL_DELAY = 3_600.0
"""Seconds: who asks for more does not want to be read."""


class RecipeSpider(Spider):
    """Asks for the pages of one crawl."""

    name = "recipe"

    def __init__(self, crawl: Crawl, headers: dict[str, str], parent: int | None, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(**kwargs)
        self.crawl = crawl
        self.stop: SiteStoppedError | None = None
        self._headers = headers
        self._parent = parent
        self._learning = asyncio.Lock()
        self.pace: Pace

    @classmethod
    def from_crawler(cls, crawler: "Crawler", *args: Any, **kwargs: Any) -> "RecipeSpider":  # noqa: ANN401
        """Make the spider, told when Scrapy has run out of requests."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.pace = Pace(crawler, spider.crawl.recipe.manners)
        crawler.signals.connect(spider.closed_by_scrapy, signal=signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """Yield what waits, after each host's robots.txt is known."""
        waiting = self.crawl.waiting()
        for request in {host_of(request.address): request for request in reversed(waiting)}.values():
            if refusal_of_address(request.address, self.crawl.recipe) is None:
                await self._learn_rules(request.address)
            if self.stop is not None:
                return
        for request in self.crawl.admit(waiting):
            yield self._request(request)

    async def parse(self, response: Response, **_: Any) -> AsyncIterator[Request]:  # noqa: ANN401 - Scrapy's
        """Take in an answer, and yield what is to be asked for because of it."""
        page: PageRequest = response.meta["page"]
        headers = {name.decode().lower(): values[0].decode("latin-1") for name, values in response.headers.items()}
        answer = Answer(response.status, headers, response.body, self.crawl.clock())
        try:
            follow = self._taken_in(page, answer)
        except SiteStoppedError as stop:
            self.stopped_by(stop)
            raise CloseSpider(stop.ending) from stop
        strangers = [page for page in follow if host_of(page.address) not in self.crawl.robots]
        for page in strangers:
            await self._learn_rules(page.address)
        for page in self.crawl.admit(follow) if strangers else follow:
            yield self._request(page)

    def _taken_in(self, page: "PageRequest", answer: Answer) -> "list[PageRequest]":
        try:
            return self.crawl.answered(page, answer)
        except (SiteStoppedError, sqlite3.Error):
            raise
        except Exception as error:
            # Whatever is wrong with one page must end no crawl; its words may quote the page.
            self.logger.exception("%s cannot be read", page.address)
            self.crawl.failed(page, f"cannot be read: {type(error).__name__}", answer.status)
            return []

    def not_answered(self, failure: "Failure") -> None:
        """Write down that a page could not be had."""
        if isinstance(failure.value, HeldBackError):
            return
        request: Request = failure.request  # type: ignore[attr-defined] # Scrapy adds it
        words = why_no_answer(urlsplit(request.url).hostname or "", failure.value)
        if isinstance(failure.value, DownloadCancelledError):
            words = f"more than {self.crawl.recipe.limits.body_bytes} bytes"
        try:
            self.crawl.failed(request.meta["page"], f"no answer: {words}")
        except SiteStoppedError as stop:
            self.stopped_by(stop)

    def before_request(self, request: Request) -> SiteStoppedError | None:
        """Count a request that goes out now; returns why it may not."""
        if self.stop is None and self._parent is not None and os.getppid() != self._parent:
            self.stopped_by(SiteStoppedError("interrupted", "the process that waits for the crawl has ended"))
        if self.stop is None:
            page: PageRequest | None = request.meta.get("page")
            try:
                self.crawl.before_request(page.address if page else None)
            except SiteStoppedError as stop:
                self.stopped_by(stop)
        return self.stop

    def stopped_by(self, stop: SiteStoppedError) -> None:
        """Remember why nothing more is asked for; the first reason counts."""
        if self.stop is None:
            self.stop = stop
            self.logger.warning(stop.words)

    def closed_by_scrapy(self, reason: str) -> None:
        """Write down how the crawl ended."""
        interrupted = SiteStoppedError("interrupted", f"the crawl was ended: {reason}; it goes on the next time")
        self.crawl.end(self.stop or (None if reason == "finished" else interrupted))

    def _request(self, page: "PageRequest") -> Request:
        return Request(
            page.address,
            headers=self._headers,
            errback=self.not_answered,
            # The frontier knows what was asked for; statuses are the crawl's to judge.
            dont_filter=True,
            meta={"page": page, "handle_httpstatus_all": True},
        )

    async def _learn_rules(self, address: str) -> None:
        """Fetch the robots.txt of an address' host, and slow down to what it asks for."""
        crawl, host = self.crawl, host_of(address)
        async with self._learning:
            if host in crawl.robots or self.stop is not None:
                return
            if crawl.recipe.owned is not None:
                self.logger.warning("%s: robots.txt is not asked for: %s", host, crawl.recipe.owned.reason)
                rules = RobotRules(None, reachable=True, words="robots.txt: not asked for")
            else:
                rules = await self._fetch_rules(urljoin(address, "/robots.txt"))
                self.logger.info("%s: %s", host, rules.words)
            crawl.robots[host] = rules
            if not rules.reachable:
                self.stopped_by(SiteStoppedError("robots", f"{host}: {rules.words}"))
            elif not rules.crawl_delay <= _LONGEST_CRAWL_DELAY:
                words = f"{host}: robots.txt asks for {rules.crawl_delay:g} s between two requests; it is not asked"
                self.stopped_by(SiteStoppedError("robots", words))
            else:
                self.pace.slow_down(urlsplit(address).hostname or "", rules.crawl_delay)

    async def _fetch_rules(self, address: str) -> RobotRules:
        engine = self.crawler.engine
        for _ in range(_ROBOTS_REDIRECTS + 1):
            if engine is None or refusal_of_address(address, self.crawl.recipe):
                break
            request = Request(address, dont_filter=True, meta={"handle_httpstatus_all": True})
            try:
                response = await engine.download_async(request)
            except Exception as error:  # noqa: BLE001 - whatever kept the host from answering, nothing may be asked for
                words = why_no_answer(urlsplit(address).hostname or "", error)
                return RobotRules(None, reachable=False, words=f"robots.txt: {words}; nothing may be asked for")
            location = response.headers.get("Location")
            if not 300 <= response.status < 400 or not location:
                return robot_rules(response.status, response.body)
            address = urljoin(address, location.decode("latin-1"))
        return robot_rules(302, b"")
