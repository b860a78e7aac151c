"""A crawl as a process of its own, ``python -m sources.web.crawl_process``: Scrapy's reactor runs once in one.

The job comes as JSON on standard input, so that the identity key and the headers' secrets stand in no list of
processes. Standard error is the log; how the crawl ended stands in the frontier.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict
from scrapy.crawler import AsyncCrawlerProcess

from sources.identity import IdentityKey
from sources.import_options import ImportOptions
from sources.kinds import Kind
from sources.masking import MaskingSettings
from sources.web.crawl import Crawl, SiteStoppedError
from sources.web.frontier import Frontier
from sources.web.kept_pages import KeptPages
from sources.web.recipe import Recipe, environment_names
from sources.web.recipe_file import RecipeError, read_recipe
from sources.web.robots import PRODUCT
from sources.web.spider import RecipeSpider


class CrawlJob(BaseModel):
    """What a crawl needs to know."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    recipe: Path
    frontier: Path
    source: str
    kind: Kind = "review"
    industry: str | None = None
    venue: str | None = None
    masking: MaskingSettings
    key: str
    """The identity key's secret, hexadecimal."""
    contact: str
    """Of the user agent: an address or page where the site's owner reaches us."""
    kept_pages: Path | None = None
    kept_days: int = 0

    @property
    def user_agent(self) -> str:
        """Who asks: ``Kesheng (+https://example.com/bot)``."""
        return f"{PRODUCT} (+{self.contact})"


def scrapy_settings(recipe: Recipe, user_agent: str) -> dict[str, Any]:
    """Return Scrapy's settings for a recipe."""
    manners, limits = recipe.manners, recipe.limits
    return {
        "USER_AGENT": user_agent,
        # Scrapy's own reading takes an unreachable robots.txt for leave to ask; ours is in sources.web.robots.
        "ROBOTSTXT_OBEY": False,
        "REDIRECT_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "COOKIES_ENABLED": False,
        "HTTPCACHE_ENABLED": False,
        "HTTPPROXY_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "DOWNLOAD_DELAY": manners.delay_seconds,
        # Exactly, not around it: "never faster" is a promise.
        "RANDOMIZE_DOWNLOAD_DELAY": False,
        "CONCURRENT_REQUESTS": manners.concurrency * len(recipe.hosts),
        "CONCURRENT_REQUESTS_PER_DOMAIN": manners.concurrency,
        # Slows down where answers take longer than the delay; never below it.
        "AUTOTHROTTLE_ENABLED": manners.delay_seconds > 0,
        "AUTOTHROTTLE_START_DELAY": manners.delay_seconds,
        "AUTOTHROTTLE_MAX_DELAY": max(60.0, manners.delay_seconds),
        "AUTOTHROTTLE_TARGET_CONCURRENCY": float(manners.concurrency),
        "RETRY_TIMES": limits.retries,
        "RETRY_HTTP_CODES": [408, 500, 502, 503, 504],
        "DOWNLOAD_TIMEOUT": limits.seconds,
        "DOWNLOAD_MAXSIZE": limits.body_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_FAIL_ON_DATALOSS": True,
        "DOWNLOADER_MIDDLEWARES": {"sources.web.spider.RequestGate": 900},
        "SPIDER_MIDDLEWARES": {},
        "LOG_LEVEL": "INFO",
        "LOGSTATS_INTERVAL": 0,
        **({} if recipe.private else {"DNS_RESOLVER": "sources.web.spider.PublicResolver"}),
    }


def header_values(recipe: Recipe, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the recipe's request headers with the environment's secrets in place.

    Raises:
        RecipeError: A variable that a header names is not set.
    """
    for name in environment_names(recipe):
        if name not in environment:
            raise RecipeError(f"expected the environment variable {name}, which a header of the recipe names")
    return {header: _filled(value, environment) for header, value in recipe.headers.items()}


def _filled(value: str, environment: Mapping[str, str]) -> str:
    for name, secret in environment.items():
        value = value.replace(f"${{{name}}}", secret)
    return value


def run(job: CrawlJob) -> None:
    """Crawl until the site is done, or until it may not be asked any more."""
    recipe = read_recipe(job.recipe)
    options = ImportOptions(job.source, job.kind, job.industry, job.venue, masking=job.masking)
    kept = KeptPages(job.kept_pages, job.kept_days, job.masking) if job.kept_pages else None
    if kept is not None:
        kept.expire()
    with Frontier(job.frontier) as frontier:
        key = IdentityKey(bytes.fromhex(job.key))
        crawl = Crawl(recipe, job.recipe.parent, frontier, options, key, kept)
        headers = header_values(recipe)
        try:
            crawl.begin()
        except SiteStoppedError as stop:
            crawl.end(stop)
            return
        process = AsyncCrawlerProcess(scrapy_settings(recipe, job.user_agent))
        process.crawl(RecipeSpider, crawl=crawl, headers=headers)
        process.start()


if __name__ == "__main__":
    run(CrawlJob.model_validate(json.load(sys.stdin)))
