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
    """Refuses names that lead into a private network, at the moment a connection is made to them."""

    def getHostByName(self, name: str, timeout: Any = ()) -> "Deferred[str]":  # noqa: N802, ANN401 - Twisted's
        """Return the number of a host, if it is a public one."""
        return super().getHostByName(name, timeout).addCallback(_public, name)


def _public(number: str, name: str) -> str:
    if is_private(number):
        raise DNSLookupError(f"'{name}' leads to {number} in a private network, which the recipe does not declare")
    return number


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
        spider = self.crawler.spider
        if (stop := spider.before_request(request)) is not None:  # type: ignore[union-attr] # a RecipeSpider
            raise HeldBackError(stop.words)
        return await super().download_request(request)
