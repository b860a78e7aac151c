"""How fast a host is asked: never faster than recipe and robots.txt say, slower where it answers slowly."""

from time import monotonic
from typing import TYPE_CHECKING

from scrapy import Request, signals
from scrapy.http import Response

from sources.web.recipe import Manners

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

_LONGEST_DELAY = 60.0
"""Seconds that a slow host slows a crawl down to; not a bound of what a recipe or robots.txt asks for."""


class Pace:
    """The delays of the hosts of one crawl."""

    def __init__(self, crawler: "Crawler", manners: Manners) -> None:
        self._crawler = crawler
        self._manners = manners
        self._least: dict[str, float] = {}
        crawler.signals.connect(self._answered, signal=signals.response_downloaded)

    def slow_down(self, host: str, seconds: float) -> None:
        """Keep to the ``Crawl-delay`` of a host, a name without a port."""
        least = max(self._manners.delay_seconds, seconds, self._least.get(host, 0.0))
        self._least[host] = least
        engine = self._crawler.engine
        if engine is None:
            raise RuntimeError("expected Scrapy's engine to run when a robots.txt has been read")
        # Scrapy forgets a host that was not asked for a minute; this is what it takes up again.
        engine.downloader.per_slot_settings[host] = {"delay": least}
        if slot := engine.downloader.slots.get(host):
            slot.delay = max(slot.delay, least)

    def rest(self, request: Request) -> None:
        """Begin the delay after a request, answered or not, where only one is under way at a time.

        From its start, as Scrapy has it, one that took long to connect would be followed too soon for the server.
        """
        engine, host = self._crawler.engine, request.meta.get("download_slot", "")
        if engine and self._manners.concurrency == 1 and (slot := engine.downloader.slots.get(host)):
            slot.lastseen = monotonic()

    def _answered(self, response: Response, request: Request) -> None:  # noqa: ARG002 - Scrapy's
        engine, host = self._crawler.engine, request.meta.get("download_slot", "")
        slot = engine.downloader.slots.get(host) if engine else None
        if slot is None:
            return
        manners = self._manners
        least = self._least.get(host, manners.delay_seconds)
        if manners.delay_seconds > 0:
            wanted = float(request.meta.get("download_latency", 0.0)) / manners.concurrency
            slow = max(wanted, (slot.delay + wanted) / 2)
            slot.delay = max(least, min(slow, _LONGEST_DELAY))
