"""Crawling one source: a process that crawls, what it brought landed, and how it went in words and numbers."""

import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sources.identity import IdentityKey
from sources.import_options import ImportOptions
from sources.landing import LandedFile
from sources.masking import mask
from sources.web.crawl_landing import land_batches
from sources.web.crawl_process import CrawlJob
from sources.web.crawl_report import CrawlReport, crawl_report
from sources.web.frontier import Frontier
from sources.web.recipe_file import read_recipe

_LOG_LINES = 20
_STALE = timedelta(hours=6)
"""How old a crawl may be that was taken up, before a new one looks for what has come since."""


class CrawlError(RuntimeError):
    """The crawling process has failed; the message ends with what it said last, masked."""


@dataclass(frozen=True, slots=True)
class Crawled:
    """What the crawl of a source brought."""

    report: CrawlReport
    landed: tuple[LandedFile, ...]


def frontier_path(landing: Path, source: str) -> Path:
    """Return where the record of a source's crawls lies."""
    return landing / ".crawls" / f"{source}.sqlite"


def crawl_source(
    recipe: Path,
    options: ImportOptions,
    *,
    landing: Path,
    key: IdentityKey,
    contact: str,
    kept_days: int = 0,
) -> Crawled:
    """Crawl a source and land what it brought, and what an earlier crawl brought that had not landed yet.

    Args:
        recipe: Of the site.
        options: Source, kind, industry, venue and masking.
        landing: The landing folder.
        key: Of derived identities.
        contact: Where the site's owner reaches us; stands in the user agent.
        kept_days: For how many days pages are kept, masked; 0 for none.

    Raises:
        RecipeError: The recipe cannot be used.
        CrawlError: The process that crawls has failed.
    """
    read_recipe(recipe)
    # The process begins in another folder.
    landing = landing.resolve()
    path = frontier_path(landing, options.source)
    job = CrawlJob(
        recipe=recipe.resolve(),
        frontier=path,
        source=options.source,
        kind=options.kind,
        industry=options.industry,
        venue=options.venue,
        masking=options.masking,
        key=key.secret.hex(),
        contact=contact,
        kept_pages=landing / ".pages" / options.source if kept_days else None,
        kept_days=kept_days,
    )
    landed: list[LandedFile] = []
    with Frontier(path) as frontier:
        began = datetime.now(UTC)
        resumed = frontier.unfinished()
        try:
            _crawl(job)
            if resumed and began - resumed.began > _STALE and frontier.unfinished() is None:
                # That was the rest of an earlier night's; what has come since is asked for now.
                _crawl(job)
        finally:
            # Whatever came before something went wrong has come.
            landed += land_batches(frontier, options, landing=landing, key=key)
        return Crawled(crawl_report(frontier, began), tuple(landed))


def _crawl(job: CrawlJob) -> None:
    """Run the process of one crawl to its end."""
    command = [sys.executable, "-m", "sources.web.crawl_process"]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(  # noqa: S603 - this Python, our own module
        command, input=job.model_dump_json(), capture_output=True, text=True, cwd=root, check=False
    )
    if done.returncode:
        said = "\n".join(done.stderr.splitlines()[-_LOG_LINES:]).replace(job.key, "[key]")
        raise CrawlError(f"{job.source}: the crawl failed (status {done.returncode}): {mask(said, job.masking).text}")
