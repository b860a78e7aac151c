"""Pages for tests of recipes: small ones written here, and all that a recipe leads to on the local site."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from sources.import_options import ImportOptions
from sources.web.item_rows import ItemRows
from sources.web.page import Page
from sources.web.page_reading import PageReading, read_page
from sources.web.recipe import Recipe
from sources.web.recipe_file import start_addresses
from sources.web.recipe_pages import PageKind
from tests.local_site import LocalSite
from tests.warehouse_samples import KEY, SHANGHAI

FETCHED_AT = datetime(2026, 11, 5, 3, 0, tzinfo=SHANGHAI)
ADDRESS = "https://reviews.example.com/hotel/101/reviews?page=1"
EXAMPLE_HOST = "https://reviews.example.com"


def kind_of(**keys: Any) -> PageKind:
    """Return a kind of page whose items are ``.r`` with the text in ``.t``, but for the keys given."""
    return PageKind.model_validate({"items": {"css": ".r"}, "fields": {"text": {"css": ".t"}}} | keys)


def json_kind(**keys: Any) -> PageKind:
    """Return a kind of page of JSON whose items are ``a`` with the text in ``t``, but for the keys given."""
    return kind_of(**{"format": "json", "items": {"jmespath": "a"}, "fields": {"text": {"jmespath": "t"}}} | keys)


def page_of(body: str | bytes, kind: PageKind | None = None, **values: Any) -> Page:
    """Return a page as it came."""
    body = body.encode() if isinstance(body, str) else body
    given: dict[str, Any] = {"name": "reviews", "address": ADDRESS, "fetched_at": FETCHED_AT} | values
    return Page(body=body, kind=kind or kind_of(), **given)


def item_rows(crawl: int = 1, **options: Any) -> ItemRows:
    """Return what makes rows of a crawl of the source ``site``."""
    return ItemRows(ImportOptions(source="site", **options), KEY, crawl)


def collected(recipe: Recipe, site: LocalSite, today: date) -> Iterator[tuple[Page, PageReading]]:
    """Yield every page that a recipe for ``EXAMPLE_HOST`` leads to on the local site, each once, asked by urllib."""
    waiting = [(page, address, carried) for page, address, carried in start_addresses(recipe, Path(), today)]
    asked = set()
    while waiting:
        name, address, carried = waiting.pop(0)
        if address in asked:
            continue
        asked.add(address)
        headers = {"User-Agent": "probe/1", "Authorization": f"Bearer {site.token}"}
        with urlopen(Request(address.replace(EXAMPLE_HOST, site.url), headers=headers), timeout=20) as answer:
            body, content_type = answer.read(), answer.headers["Content-Type"]
        at = datetime(today.year, today.month, today.day, 3, tzinfo=SHANGHAI)
        page = Page(name, recipe.pages[name], address, body, at, content_type, carried)
        reading = read_page(page)
        yield page, reading
        following = [reading.next] if reading.next else []
        waiting = [(link.page, link.address, dict(link.carried)) for link in (*reading.links, *following)] + waiting
