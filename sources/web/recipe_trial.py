"""What a recipe takes from a saved page, so that it can be written and mended without asking a site."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sources.identity import IdentityKey
from sources.import_options import ImportOptions
from sources.landed_rows import masked_bad_row, masked_record
from sources.masking import MaskingSettings
from sources.record import BadRow, ReviewRecord
from sources.web.item_rows import ItemRows
from sources.web.nodes import PageError
from sources.web.page import Page
from sources.web.page_reading import FoundLink, read_page
from sources.web.recipe import Recipe
from sources.web.recipe_file import RecipeError
from sources.web.templates import filled_address

_SHOWN = ("own_id", "venue", "published_at", "rating", "product", "title", "text", "follow_up_text", "reply_text")


@dataclass(frozen=True, slots=True)
class PageTrial:
    """What a page gave.

    Attributes:
        page: As which kind it was read.
        items: How many reviews were found.
        filled: Field → items that have it, the recipe's own names included.
        reviews: The reviews, masked: field → text.
        rejects: The others, masked, each with the reason.
        links: Where the page leads.
        next: The next page of the list.
    """

    page: str
    items: int
    filled: Mapping[str, int]
    reviews: tuple[Mapping[str, str], ...]
    rejects: tuple[str, ...]
    links: tuple[FoundLink, ...]
    next: FoundLink | None


def try_page(
    recipe: Recipe,
    saved: Path,
    *,
    page: str | None = None,
    address: str | None = None,
    now: datetime,
    masking: MaskingSettings,
) -> PageTrial:
    """Read a saved page by a recipe; writes nothing.

    Args:
        recipe: The site.
        saved: The page, as a browser saves it.
        page: The kind of page; the recipe's only one with items if not given.
        address: Where the page was, for links and patterns in it; the first start address if not given.
        now: When it was saved, aware: ``3天前`` counts back from it.
        masking: What is masked in what is shown.

    Raises:
        RecipeError: The recipe has no such kind of page, or several that it could be.
        PageError: Nothing can be looked for in the page.
    """
    name = page or _only_one(recipe)
    if name not in recipe.pages:
        raise RecipeError(f"expected a kind of page of the recipe ({', '.join(recipe.pages)}), found '{name}'")
    where = address or filled_address(recipe.start[0].address, {})
    read = Page(name, recipe.pages[name], where, saved.read_bytes(), now)
    try:
        reading = read_page(read)
    except PageError as error:
        raise PageError(f"{saved}: {error}") from error
    rows = ItemRows(ImportOptions("trial", masking=masking), IdentityKey(b"only shown, never stored"), 0)
    records = [record for record, _ in rows.ids_of(read, reading.items)]
    found: Counter[str] = Counter(key for item in reading.items for key in (*item.fields, *item.extra))
    return PageTrial(
        page=name,
        items=len(reading.items),
        filled=dict(found),
        reviews=tuple(_shown(record, masking) for record in records if isinstance(record, ReviewRecord)),
        rejects=tuple(masked_bad_row(bad, masking).detail for bad in records if isinstance(bad, BadRow)),
        links=reading.links,
        next=reading.next,
    )


def _only_one(recipe: Recipe) -> str:
    names = [name for name, kind in recipe.pages.items() if kind.items is not None]
    if len(names) != 1:
        raise RecipeError(f"several kinds of page have items: say which one with --as ({', '.join(names)})")
    return names[0]


def _shown(record: ReviewRecord, masking: MaskingSettings) -> dict[str, str]:
    author = record.author
    masked = masked_record(record, masking)
    shown = {name: str(value) for name in _SHOWN if (value := getattr(masked, name)) is not None}
    if masked.published_at is not None:
        shown["published_at"] = f"{masked.published_at:%Y-%m-%d %H:%M} ({masked.published_precision})"
    return shown | ({"author": "[姓名]"} if author else {}) | masked.extra
