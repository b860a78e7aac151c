"""The crawl's hands: Scrapy asks for pages, waits between them, tries again, and limits what comes back.

Whatever an answer means is decided in ``sources.web.crawl``. Of Scrapy's own habits those that would act without the
crawl's knowledge are off: redirects, cookies, its cache, its own reading of robots.txt, its telnet console.
"""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from scrapy import Request, Spider, signals
from scrapy.exceptions import CloseSpider, IgnoreRequest
from scrapy.http import Response
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.error import DNSLookupError

from sources.web.addresses import is_private, refusal_of_address
from sources.web.crawl import Answer, Crawl, SiteStoppedError, host_of
from sources.web.robots import RobotRules, robot_rules

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure

    from sources.web.frontier import PageRequest

_ROBOTS_REDIRECTS = 5
"""RFC 9309, 2.3.1.2."""


class PublicResolver(CachingThreadedResolver):
    """Refuses names that lead into a private network, at the moment a connection is made to them."""

    def getHostByName(self, name: str, timeout: Any = ()) -> "Deferred[str]":  # noqa: N802, ANN401 - Twisted's
        """Return the number of a host, if it is a public one."""
        return super().getHostByName(name, timeout).addCallback(_public, name)


def _public(number: str, name: str) -> str:
    if is_private(number):
        raise DNSLookupError(f"'{name}' leads to {number} in a private network, which the recipe does not declare")
    return number


class RequestGate:
    """Counts every request that goes out, tries again included, and holds back what may not."""

    def __init__(self, crawler: "Crawler") -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> "RequestGate":
        """Make one for a crawl."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Let a request pass, or end the crawl."""
        spider = self._crawler.spider
        if not isinstance(spider, RecipeSpider):
            raise TypeError(f"expected the spider of a recipe, found {spider!r}")
        if spider.stop is None:
            page: PageRequest | None = request.meta.get("page")
            try:
                spider.crawl.before_request(page.address if page else None)
            except SiteStoppedError as stop:
                spider.stopped_by(stop)
        if spider.stop is not None:
            # What is held back keeps waiting in the frontier.
            raise IgnoreRequest(spider.stop.words)


class RecipeSpider(Spider):
    """Asks for the pages of one crawl."""

    name = "recipe"

    def __init__(self, crawl: Crawl, headers: dict[str, str], **kwargs: Any) -> None:  # noqa: ANN401 - Scrapy's
        super().__init__(**kwargs)
        self.crawl = crawl
        self.stop: SiteStoppedError | None = None
        self._headers = headers

    @classmethod
    def from_crawler(cls, crawler: "Crawler", *args: Any, **kwargs: Any) -> "RecipeSpider":  # noqa: ANN401
        """Make the spider, told when Scrapy has run out of requests."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.closed_by_scrapy, signal=signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """Yield what waits, after each host's robots.txt is known."""
        waiting = self.crawl.waiting()
        for host in dict.fromkeys(host_of(request.address) for request in waiting):
            await self._learn_rules(next(r.address for r in waiting if host_of(r.address) == host))
            if self.stop is not None:
                return
        for request in self.crawl.admit(waiting):
            yield self._request(request)

    async def parse(self, response: Response, **_: Any) -> AsyncIterator[Request]:  # noqa: ANN401 - Scrapy's
        """Take in an answer, and yield what is to be asked for because of it."""
        headers = {name.decode().lower(): values[0].decode("latin-1") for name, values in response.headers.items()}
        answer = Answer(response.status, headers, response.body, self.crawl.clock())
        try:
            follow = self.crawl.answered(response.meta["page"], answer)
        except SiteStoppedError as stop:
            self.stopped_by(stop)
            raise CloseSpider(stop.ending) from stop
        strangers = [page for page in follow if host_of(page.address) not in self.crawl.robots]
        for page in strangers:
            await self._learn_rules(page.address)
        for page in self.crawl.admit(follow) if strangers else follow:
            yield self._request(page)

    def not_answered(self, failure: "Failure") -> None:
        """Write down that a page could not be had."""
        if isinstance(failure.value, IgnoreRequest):
            return
        request: Request = failure.request  # type: ignore[attr-defined] # Scrapy adds it
        words = str(failure.value) or type(failure.value).__name__
        self.crawl.failed(request.meta["page"], f"no answer: {words.splitlines()[0][:200]}")

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
        crawl, engine, host = self.crawl, self.crawler.engine, host_of(address)
        if host in crawl.robots or self.stop is not None:
            return
        if crawl.recipe.owned is not None:
            self.logger.warning("robots.txt is not asked for: %s", crawl.recipe.owned.reason)
            crawl.robots[host] = RobotRules(None, reachable=True, words="not asked for")
            return
        if engine is None:
            raise RuntimeError("expected Scrapy's engine to run when a crawl begins")
        rules = await self._fetch_rules(urljoin(address, "/robots.txt"))
        crawl.robots[host] = rules
        self.logger.info("%s: %s", host, rules.words)
        if not rules.reachable:
            self.stopped_by(SiteStoppedError("robots", f"{host}: {rules.words}"))
            return
        for slot in engine.downloader.slots.values():
            slot.delay = max(slot.delay, rules.crawl_delay)

    async def _fetch_rules(self, address: str) -> RobotRules:
        engine = self.crawler.engine
        for _ in range(_ROBOTS_REDIRECTS + 1):
            if engine is None or refusal_of_address(address, self.crawl.recipe):
                break
            request = Request(address, dont_filter=True, meta={"handle_httpstatus_all": True})
            try:
                response = await engine.download_async(request)
            except Exception as error:  # noqa: BLE001 - whatever kept the host from answering, nothing may be asked for
                self.logger.warning("%s: %s", address, type(error).__name__)
                return robot_rules(None, b"")
            location = response.headers.get("Location")
            if not 300 <= response.status < 400 or not location:
                return robot_rules(response.status, response.body)
            address = urljoin(address, location.decode("latin-1"))
        return robot_rules(302, b"")
