"""Recipes for the local site: the shipped ones turned to its address, without their delays, and small ones."""

import re
from pathlib import Path

from sources.identity import IdentityKey
from sources.import_options import ImportOptions
from sources.web.crawling import Crawled, crawl_source

RECIPES = Path(__file__).resolve().parents[1] / "sources" / "recipes"
KEY = IdentityKey(b"k" * 32)
CONTACT = "mailto:quality@example.com"


def site_recipe(folder: Path, name: str, url: str, *, delay: float = 0, more: str = "") -> Path:
    """Write a shipped recipe for a site on loopback.

    Args:
        folder: Where it is written.
        name: Of the shipped recipe, such as ``hotel_pages``.
        url: Of the site, without a slash at its end.
        delay: Seconds between two requests.
        more: Lines of YAML at the end, such as limits.
    """
    text = (RECIPES / f"{name}.yaml").read_text("utf-8").replace("https://reviews.example.com", url)
    text = text.replace("hosts: [reviews.example.com]", f'hosts: ["{url.partition("//")[2]}"]\nprivate: true')
    text = re.sub(r"delay_seconds: \d+", f"delay_seconds: {delay}", text)
    return write_recipe(folder, name, text + more)


def write_recipe(folder: Path, name: str, text: str) -> Path:
    """Write a recipe."""
    path = folder / f"{name}.yaml"
    path.write_text(text, "utf-8")
    return path


def collect(recipe: Path, *, contact: str = CONTACT) -> Crawled:
    """Crawl by a recipe, whose name is the source's, into ``landing`` beside it."""
    landing = recipe.parent / "landing"
    return crawl_source(recipe, ImportOptions(recipe.stem), landing=landing, key=KEY, contact=contact)
