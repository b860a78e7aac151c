"""A first recipe for a site whose pages are marked up as schema.org/Review, drafted from a saved one."""

import json
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from sources.web.nodes import nodes
from sources.web.page import Page
from sources.web.recipe_file import RecipeError
from sources.web.recipe_pages import Items, PageKind
from sources.web.schema_org import schema_reviews

_NEXT_LINKS = (
    "link[rel=next]::attr(href)",
    "a[rel=next]::attr(href)",
    "a.next::attr(href)",
    ".next a::attr(href)",
)
_NEXT_WORDS = "//a[normalize-space()='下一页' or normalize-space()='下页' or normalize-space()='Next']/@href"
_TEMPLATE = """\
# Drafted from a saved page of {host}; read it, try it (kesheng recipe check), and see docs/collecting.md before use.
recipe: 1
title: {host}
hosts: ["{host}"]
manners: {{delay_seconds: 2, daily_requests: 1000}}
start:
  - page: reviews
    address: {address}
pages:
  reviews:
    # If the newest reviews stand first, reading can stop where nothing is new:
    # order: newest_first
    # reread_days: 30
    items: {{schema_org: Review}}
    required: [{required}]
{next}"""
_ALWAYS = 0.99


def draft_recipe(saved: Path, address: str) -> str:
    """Return a recipe for pages like a saved one, as YAML.

    Args:
        saved: The page, as a browser saves it.
        address: Where it was.

    Raises:
        RecipeError: The address is none, or no review on the page is marked up.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise RecipeError(f"expected the page's address, such as https://example.com/reviews; found '{address}'")
    kind = PageKind(items=Items(schema_org="Review"))
    page = Page("reviews", kind, address, saved.read_bytes(), datetime.now().astimezone())
    reviews = schema_reviews(page.tree, address)
    if not reviews:
        raise RecipeError(
            f"{saved}: expected reviews marked up as schema.org/Review, found none. Write the recipe by hand: "
            "sources/recipes has one for each usual kind of site"
        )
    required = [name for name in ("own_id", "text") if sum(name in r for r in reviews) >= _ALWAYS * len(reviews)]
    return _TEMPLATE.format(
        host=parts.netloc, address=json.dumps(address), required=", ".join(required or ["text"]), next=_next_link(page)
    )


def _next_link(page: Page) -> str:
    for css in _NEXT_LINKS:
        if nodes(page.tree, css, None):
            return f'    next:\n      link: {{css: "{css}"}}\n'
    if nodes(page.tree, None, _NEXT_WORDS):
        return f'    next:\n      link: {{xpath: "{_NEXT_WORDS}"}}\n'
    return "    # No link to a next page was found: add `next` if the list has more than one.\n"
