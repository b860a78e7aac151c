"""A crawl as a process of its own, ``python -m sources.web.crawl_process``: Scrapy's reactor runs once in one.

The job comes as JSON on standard input, so that the identity key and the headers' secrets stand in no list of
processes. Standard error is the log; how the crawl ended stands in the frontier.
"""

import json
import sys
import time
from typing import Any

import filelock
from scrapy.crawler import AsyncCrawlerProcess

from sources.identity import IdentityKey
from sources.import_options import ImportOptions
from sources.web.answers import SiteStoppedError
from sources.web.crawl import Crawl
from sources.web.crawl_job import CrawlJob, header_values
from sources.web.frontier import Frontier
from sources.web.frontier_file import FrontierError
from sources.web.kept_pages import KeptPages
from sources.web.recipe import Recipe
from sources.web.recipe_file import RecipeError, read_recipe
from sources.web.spider import RecipeSpider

_LONGEST_REST = 60.0
"""Seconds."""


def scrapy_settings(recipe: Recipe, user_agent: str) -> dict[str, Any]:
    """Return Scrapy's settings for a recipe."""
    manners, limits = recipe.manners, recipe.limits
    handler = "sources.web.spider_requests.CountingHandler"
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
        # A server on loopback that runs the code that it is sent; of Scrapy 2.19, on unless it is said.
        "REMOTE_CONTROL_ENABLED": False,
        # It would drop long addresses without the crawl's knowledge.
        "URLLENGTH_LIMIT": 0,
        "DOWNLOAD_HANDLERS": {"http": handler, "https": handler, "file": None, "ftp": None, "data": None, "s3": None},
        "DOWNLOAD_DELAY": manners.delay_seconds,
        # Exactly, not around it: "never faster" is a promise. Slower than it is sources.web.pace's business: Scrapy's
        # AutoThrottle would fall back from a Crawl-delay to the recipe's delay.
        "DOWNLOAD_DELAY_JITTER": 0,
        "AUTOTHROTTLE_ENABLED": False,
        "CONCURRENT_REQUESTS": manners.concurrency * len(recipe.hosts),
        "CONCURRENT_REQUESTS_PER_DOMAIN": manners.concurrency,
        "RETRY_TIMES": limits.retries,
        "RETRY_HTTP_CODES": [408, 500, 502, 503, 504],
        "DOWNLOAD_TIMEOUT": limits.seconds,
        "DOWNLOAD_MAXSIZE": limits.body_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_FAIL_ON_DATALOSS": True,
        "DOWNLOADER_MIDDLEWARES": {"sources.web.spider_requests.RequestGate": 900},
        # Depth, statuses, lengths and start requests are the crawl's business; no page is told where we come from.
        "SPIDER_MIDDLEWARES_BASE": {},
        # Scrapy starts as many tasks for each answer; a page's few links need one.
        "CONCURRENT_ITEMS": 1,
        "LOG_LEVEL": "INFO",
        "LOGSTATS_INTERVAL": 0,
        **({} if recipe.private else {"DNS_RESOLVER": "sources.web.spider_requests.PublicResolver"}),
    }


def run(job: CrawlJob) -> None:
    """Crawl until the site is done, or until it may not be asked any more.

    Raises:
        RecipeError: The recipe cannot be used.
        FrontierError: The record of the source's crawls cannot be used.
        filelock.Timeout: Another process crawls this source.
        RuntimeError: Scrapy has ended without a word.
    """
    recipe = read_recipe(job.recipe)
    options = ImportOptions(job.source, job.kind, job.industry, job.venue, masking=job.masking)
    kept = KeptPages(job.kept_pages, job.kept_days, job.masking) if job.kept_pages else None
    if kept is not None:
        kept.expire()
    with filelock.FileLock(job.frontier.with_suffix(".crawling"), timeout=0), Frontier(job.frontier) as frontier:
        key = IdentityKey(bytes.fromhex(job.key))
        crawl = Crawl(recipe, job.recipe.parent, frontier, options, key, kept)
        headers = header_values(recipe)
        try:
            crawl.begin()
        except SiteStoppedError as stop:
            crawl.end(stop)
            return
        process = AsyncCrawlerProcess(scrapy_settings(recipe, job.user_agent))
        process.crawl(RecipeSpider, crawl=crawl, headers=headers, parent=job.parent)
        process.start()
        # The next crawl of the host may begin the moment that this one ends.
        time.sleep(min(_LONGEST_REST, crawl.longest_delay))
        if frontier.last()[0].ended is None:
            raise RuntimeError("expected the crawl to be written down as ended; the log above says why it is not")


def main() -> None:
    """Read the job and do it; whatever is wrong with it in one line."""
    try:
        run(CrawlJob.model_validate(json.load(sys.stdin)))
    except (RecipeError, FrontierError) as error:
        sys.exit(str(error))
    except filelock.Timeout:
        sys.exit("another process crawls this source; wait for it or end it")


if __name__ == "__main__":
    main()
