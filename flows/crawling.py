"""Crawling a source of the settings: its site is asked by its recipe, and what it brought lands and is told."""

from collections.abc import Callable
from dataclasses import asdict

from flows.identity import identity_key
from flows.settings import Settings
from flows.source_settings import SourceSettings
from reports.collecting import CollectedSite
from sources.manifests import Manifest
from sources.web.crawling import Crawled, CrawlError, crawl_source
from sources.web.frontier_file import FrontierError
from sources.web.recipe_file import RecipeError

_LATER = frozenset(("budget", "hours", "limit", "waits"))
"""Endings that are as they were meant to be: the rest of the site comes the next time."""


def crawl(
    settings: Settings, source: SourceSettings, reached: Callable[[str], None]
) -> tuple[tuple[Manifest, ...], CollectedSite]:
    """Crawl one source; whatever goes wrong stands in what is told of it.

    Args:
        settings: Where the landing folder is, what is masked, and who asks.
        source: The source, whose ``recipe`` is set.
        reached: Called after each file that landed.
    """
    if source.recipe is None or settings.collecting.contact is None:
        raise ValueError(f"{source.name}: expected a recipe, and a contact under [collecting]")
    try:
        crawled = crawl_source(
            settings.base / source.recipe,
            source.import_options(settings.masking),
            landing=settings.folder.landing,
            key=identity_key(settings),
            contact=settings.collecting.contact,
            kept_days=settings.collecting.keep_pages_days,
        )
    except (RecipeError, FrontierError, CrawlError) as error:
        return (), CollectedSite(source.name, "failed", str(error))
    landed = tuple(file.manifest for file in crawled.landed if not file.already_landed)
    for _ in landed:
        reached("file landed")
    return landed, _site(source.name, crawled)


def problems_of(site: CollectedSite) -> list[str]:
    """Return what a person has to look after: a site that stopped us, failed, or seems to have changed its pages."""
    found = [f"the site has probably changed its pages; check the recipe: {change}" for change in site.layout]
    if site.ending != "done" and site.ending not in _LATER:
        found.append(site.words or site.ending)
    found += [f"{count} pages: {reason}" for reason, count in site.failed.items()]
    return found


def rest_of(site: CollectedSite) -> list[str]:
    """Return why a part of a site waits for the next time, if it does."""
    return [site.words or site.ending] if site.ending in _LATER else []


def told(site: CollectedSite) -> str:
    """Return what a site brought, in one line for the log."""
    return (
        f"{site.pages} pages: {site.new} new, {site.changed} changed, {site.unchanged} unchanged, "
        f"{site.duplicates} repeats, {site.rejected} rejected; {sum(site.failed.values())} pages missed, "
        f"{site.waiting} waiting"
    )


def _site(name: str, crawled: Crawled) -> CollectedSite:
    return CollectedSite(source=name, **asdict(crawled.report))
