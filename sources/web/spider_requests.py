"""Requests of a crawl on their way out: counted and held back at the last moment, and never to a private network."""

from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.error import DNSLookupError

from sources.web.addresses import is_private

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from twisted.internet.defer import Deferred


class HeldBackError(IgnoreRequest):
    """A request did not go out; its page keeps waiting in the frontier."""


class PublicResolver(CachingThreadedResolver):
    """Refuses names that lead into a private network, at the moment a connection is made to them.

    Attributes:
        refused: Names → why, because Twisted tells no more than that a name was not found.
    """

    def __init__(self, reactor: Any, cache_size: int, timeout: float) -> None:  # noqa: ANN401 - Twisted's
        super().__init__(reactor, cache_size, timeout)
        self.refused: dict[str, str] = {}

    def getHostByName(self, name: str, timeout: Any = ()) -> "Deferred[str]":  # noqa: N802, ANN401 - Twisted's
        """Return the number of a host, if it is a public one."""
        return super().getHostByName(name, timeout).addCallback(self._public, name)

    def _public(self, number: str, name: str) -> str:
        if is_private(number):
            self.refused[name] = (
                f"'{name}' leads to {number} in a private network, and the recipe says 'private: false'"
            )
            raise DNSLookupError(self.refused[name])
        return number


def why_no_answer(host: str, error: BaseException | None) -> str:
    """Return in a line why a host, a name without a port, has not answered."""
    # Imported late: the first import of it decides which reactor runs.
    from twisted.internet import reactor  # noqa: PLC0415

    refused: dict[str, str] = getattr(getattr(reactor, "resolver", None), "refused", {})
    return refused.get(host) or (str(error) or type(error).__name__).splitlines()[0][:200]


class RequestGate:
    """Holds everything back once a crawl has ended, and does not let a site be asked again that names an hour."""

    def __init__(self, crawler: "Crawler") -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> "RequestGate":
        """Make one for a crawl."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:  # noqa: ARG002 - Scrapy's
        """Let a request pass into the queue in which it waits for its delay."""
        stop = getattr(self._crawler.spider, "stop", None)
        if stop is not None:
            raise HeldBackError(stop.words)

    def process_response(self, request: Request, response: Response) -> Response:
        """Hand on an answer; one of 503 with an hour to come back is not tried again."""
        if response.status == 503 and response.headers.get("Retry-After"):
            request.meta["dont_retry"] = True
        return response


class CountingHandler(HTTP11DownloadHandler):
    """Counts every request that goes out, tries again included, when its delay is over and not before.

    A crawl that ends meanwhile, or an hour that comes, holds back what was waiting in the queue.
    """

    async def download_request(self, request: Request) -> Response:
        """Send a request.

        Raises:
            HeldBackError: It may not go out any more.
        """
        spider: Any = self.crawler.spider
        if (stop := spider.before_request(request)) is not None:
            raise HeldBackError(stop.words)
        try:
            return await super().download_request(request)
        finally:
            spider.pace.rest(request)
