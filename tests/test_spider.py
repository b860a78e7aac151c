"""What Scrapy is told, and what it may not do of its own accord."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.signalmanager import SignalManager
from scrapy.signals import response_downloaded

from sources.web.answers import SiteStoppedError
from sources.web.crawl_process import scrapy_settings
from sources.web.frontier import Frontier
from sources.web.pace import Pace
from sources.web.recipe import Manners
from sources.web.spider import RecipeSpider
from sources.web.spider_requests import HeldBackError, RequestGate
from tests.crawl_samples import SITE, Clock, begun, recipe, waiting


@pytest.fixture
def spider(tmp_path: Path) -> Iterator[RecipeSpider]:
    """Return the spider of a crawl that has begun."""
    with Frontier(tmp_path / "board.sqlite") as frontier:
        yield RecipeSpider(begun(frontier, Clock()), {}, os.getppid())


def request_of(spider: RecipeSpider) -> Request:
    """Return the request of the page that waits."""
    return Request(f"{SITE}/board/", meta={"page": waiting(spider.crawl)["/board/"]})


def test_scrapy_keeps_nothing_and_follows_nothing_by_itself() -> None:
    """No cache, no cookies, no redirects, no console, and no server that runs code; delays without a jitter."""
    settings = scrapy_settings(recipe(manners={"delay_seconds": 2.5}), "Kesheng (+mailto:quality@example.com)")
    for name in ("HTTPCACHE", "COOKIES", "REDIRECT", "METAREFRESH", "TELNETCONSOLE", "REMOTE_CONTROL", "HTTPPROXY"):
        assert settings[f"{name}_ENABLED"] is False
    assert (settings["DOWNLOAD_DELAY"], settings["DOWNLOAD_DELAY_JITTER"]) == (2.5, 0)
    assert settings["AUTOTHROTTLE_ENABLED"] is False
    assert settings["DNS_RESOLVER"].endswith("PublicResolver")
    assert settings["DOWNLOAD_HANDLERS"]["file"] is None
    assert "DNS_RESOLVER" not in scrapy_settings(recipe(private=True), "Kesheng (+mailto:quality@example.com)")


def test_a_crawl_ends_with_the_process_that_waits_for_it(tmp_path: Path) -> None:
    """One that was killed leaves nobody who goes on asking the site."""
    with Frontier(tmp_path / "board.sqlite") as frontier:
        spider = RecipeSpider(begun(frontier, Clock()), {}, parent=os.getpid())
        stop = spider.before_request(request_of(spider))
        assert stop is not None
        assert (stop.ending, stop.words) == ("interrupted", "the process that waits for the crawl has ended")
        assert frontier.requests_on(Clock().now.date()) == 0


def test_requests_are_counted_as_they_go_out(spider: RecipeSpider) -> None:
    """Of pages and of robots.txt, each time."""
    request = request_of(spider)
    assert [spider.before_request(each) for each in (Request(f"{SITE}/robots.txt"), request, request)] == [None] * 3
    assert spider.crawl.frontier.requests_on(Clock().now.date()) == 3
    assert [page["asked"] for page in spider.crawl.frontier.pages(1)] == [2]


def test_the_gate_holds_back_what_comes_after_the_end(spider: RecipeSpider) -> None:
    """And the page keeps waiting, though Scrapy tells of a failure."""
    gate, request = RequestGate(SimpleNamespace(spider=spider)), request_of(spider)  # type: ignore[arg-type]
    gate.process_request(request)
    spider.stopped_by(SiteStoppedError("blocked", "the site answered 403"))
    with pytest.raises(HeldBackError, match="the site answered 403") as caught:
        gate.process_request(request)
    failure: Any = SimpleNamespace(value=caught.value, request=request)
    spider.not_answered(failure)
    assert list(waiting(spider.crawl)) == ["/board/"]


@pytest.mark.parametrize(("headers", "again"), [({"Retry-After": "120"}, False), ({}, True)])
def test_a_503_that_names_an_hour_is_not_tried_again(
    spider: RecipeSpider, headers: dict[str, str], *, again: bool
) -> None:
    """One without is."""
    request = request_of(spider)
    gate = RequestGate(SimpleNamespace(spider=spider))  # type: ignore[arg-type]
    gate.process_response(request, Response(request.url, 503, headers=headers))
    assert request.meta.get("dont_retry", False) is not again


@pytest.mark.parametrize(
    ("delay", "crawl_delay", "latency", "expected"),
    [
        (2.0, 0.0, 0.1, 2.0),
        (2.0, 30.0, 0.1, 30.0),
        (2.0, 300.0, 0.1, 300.0),
        (2.0, 0.0, 8.0, 8.0),
        (0.0, 5.0, 9.0, 5.0),
    ],
)
def test_a_host_is_never_asked_faster_than_recipe_and_robots_say(
    delay: float, crawl_delay: float, latency: float, expected: float
) -> None:
    """However fast it answers; slower where it answers slowly. A host that Scrapy forgot keeps its delay."""
    slot = SimpleNamespace(delay=delay, lastseen=0.0)
    downloader = SimpleNamespace(slots={"a.example": slot}, per_slot_settings={})
    crawler: Any = SimpleNamespace(engine=SimpleNamespace(downloader=downloader), signals=SignalManager())
    pace = Pace(crawler, Manners(delay_seconds=delay))
    pace.slow_down("a.example", crawl_delay)
    request = Request("https://a.example/", meta={"download_slot": "a.example", "download_latency": latency})
    for _ in range(20):
        crawler.signals.send_catch_log(response_downloaded, response=Response(request.url), request=request)
    pace.rest(request)
    assert slot.delay == pytest.approx(expected)
    assert downloader.per_slot_settings["a.example"]["delay"] == max(delay, crawl_delay)
    assert slot.lastseen > 0
