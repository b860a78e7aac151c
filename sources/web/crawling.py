"""Crawling one source: a process that crawls, what it brought landed, and how it went in words and numbers."""

import hashlib
import logging
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import filelock

from sources.identity import IdentityKey
from sources.import_options import ImportOptions, check_source_name
from sources.landing import LandedFile
from sources.masking import mask
from sources.web.crawl_job import CrawlJob, check_contact, header_values
from sources.web.crawl_landing import land_batches
from sources.web.crawl_report import CrawlReport, crawl_report
from sources.web.frontier import Frontier
from sources.web.recipe import environment_names
from sources.web.recipe_file import read_recipe

_LOG = logging.getLogger(__name__)
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
        ValueError: The contact is nobody's, or the source's name cannot be used.
        RecipeError: The recipe cannot be used.
        FrontierError: The record of the source's crawls cannot be used.
        CrawlError: The process that crawls has failed, or another one crawls this source.
    """
    check_contact(contact)
    check_source_name(options.source)
    site = read_recipe(recipe)
    header_values(site)
    secrets = [os.environ[name] for name in environment_names(site)]
    path = frontier_path(landing, options.source)
    job = CrawlJob(
        recipe=recipe,
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
        parent=os.getpid(),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(path.with_suffix(".lock"), timeout=0)
    try:
        with lock, _alone_at(site.hosts, path.parent):
            return _crawl_and_land(job, options, secrets, landing=landing, key=key)
    except filelock.Timeout as error:
        raise CrawlError(f"{options.source}: another process crawls this source; wait for it or end it") from error


@contextmanager
def _alone_at(hosts: Iterable[str], folder: Path) -> Iterator[None]:
    """Wait until no other source's crawl asks these hosts: two recipes of one site must not be twice as fast."""
    with ExitStack() as held:
        # In one order everywhere, so that no two wait for each other.
        for host in sorted({host.lower() for host in hosts}):
            name = hashlib.sha256(host.encode()).hexdigest()[:16]
            held.enter_context(filelock.FileLock(folder / f"host-{name}.lock"))
        yield


def _crawl_and_land(
    job: CrawlJob, options: ImportOptions, secrets: Sequence[str], *, landing: Path, key: IdentityKey
) -> Crawled:
    landed: list[LandedFile] = []
    with Frontier(job.frontier) as frontier:
        began = datetime.now(UTC)
        resumed = frontier.unfinished()
        try:
            _crawl(job, secrets)
            if resumed and began - resumed.began > _STALE and frontier.unfinished() is None:
                # That was the rest of an earlier night's; what has come since is asked for now.
                _crawl(job, secrets)
        finally:
            # Whatever came before something went wrong has come.
            landed += land_batches(frontier, options, landing=landing, key=key)
        return Crawled(crawl_report(frontier, began), tuple(landed))


def _crawl(job: CrawlJob, secrets: Sequence[str]) -> None:
    """Run the process of one crawl to its end."""
    command = [sys.executable, "-m", "sources.web.crawl_process"]
    root = Path(__file__).resolve().parents[2]
    # The process begins in another folder.
    absolute = {
        "recipe": job.recipe.resolve(),
        "frontier": job.frontier.resolve(),
        "kept_pages": job.kept_pages.resolve() if job.kept_pages else None,
    }
    done = subprocess.run(  # noqa: S603 - this Python, our own module
        command,
        input=job.model_copy(update=absolute).model_dump_json(),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        cwd=root,
        check=False,
    )
    lines = _harmless(done.stderr, job, secrets).splitlines()
    for line in lines:
        _LOG.info("%s: %s", job.source, line)
    if done.returncode:
        said = "\n".join(lines[-_LOG_LINES:])
        raise CrawlError(f"{job.source}: the crawl failed (status {done.returncode}): {said}")


def _harmless(log: str, job: CrawlJob, secrets: Sequence[str]) -> str:
    """Return a log without secrets, masked."""
    for secret in (job.key, *secrets):
        log = log.replace(secret, "[secret]")
    return mask(log, job.masking).text
