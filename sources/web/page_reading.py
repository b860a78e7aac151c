"""What a recipe takes from a page: its reviews as cells, the links that it follows, and the next page of the list."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

from sources.column_names import Field
from sources.web.nodes import PageError
from sources.web.page import Page
from sources.web.recipe_pages import Link, NextPage
from sources.web.schema_org import schema_reviews
from sources.web.selection import Selection
from sources.web.templates import filled_address


@dataclass(frozen=True, slots=True)
class FoundLink:
    """An address to ask for, and as what."""

    page: str
    address: str
    carried: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FoundItem:
    """One review as the page shows it: what the recipe names, and nothing else.

    Attributes:
        fields: Our field → text, stripped, never empty.
        extra: The recipe's own names → text.
        missing: Required fields that were not found.
    """

    fields: Mapping[Field, str]
    extra: Mapping[str, str]
    missing: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class PageReading:
    """Everything that a recipe takes from one page."""

    items: tuple[FoundItem, ...] = ()
    links: tuple[FoundLink, ...] = ()
    next: FoundLink | None = None


def read_page(page: Page) -> PageReading:
    """Read a page by its recipe.

    Raises:
        PageError: The page is empty or no JSON, so that nothing can be looked for in it.
    """
    items = tuple(_items(page))
    links = tuple(_links(page))
    following = page.kind.next
    return PageReading(items, links, _next(page, following, len(items) + len(links)) if following else None)


def _items(page: Page) -> Iterator[FoundItem]:
    items = page.kind.items
    if items is None:
        return
    if items.schema_org is not None:
        try:
            reviews = schema_reviews(page.tree, page.address)
        except ValueError as error:
            raise PageError(f"expected JSON in the page's application/ld+json script; {error}") from error
        except RecursionError as error:
            raise PageError("expected reviews in the page's markup, found it nested too deeply") from error
        for review in reviews:
            yield _item(page, Selection(page), review)
        return
    for part in Selection(page).parts(items):
        yield _item(page, part, {})


def _item(page: Page, part: Selection, given: Mapping[str, str]) -> FoundItem:
    fields = dict(given)
    for name, selector in page.kind.fields.items():
        if text := part.first(selector):
            fields[name] = text
    if "url" in fields:
        fields["url"] = joined(_base(page), fields["url"])
    missing = tuple(name for name in page.kind.required if not fields.get(name))
    extra = {name: text for name, selector in page.kind.extra.items() if (text := part.first(selector))}
    return FoundItem(fields, extra, missing)  # type: ignore[arg-type] # the names of schema.org's are fields too


def _links(page: Page) -> Iterator[FoundLink]:
    seen, base = set(), _base(page)
    for link in page.kind.links:
        for part in Selection(page).parts(link):
            found = {name: text for name, selector in link.carry.items() if (text := part.first(selector))}
            carried = {**page.carried, **found}
            address = _address(part, link, carried)
            if address and (target := joined(base, address)) not in seen:
                seen.add(target)
                yield FoundLink(link.page, target, carried)


def _address(part: Selection, link: Link, carried: Mapping[str, str]) -> str | None:
    if link.address is None:
        return part.href
    return part.first(link.address) if link.address.value is None else filled_address(link.address.value, carried)


def _next(page: Page, following: NextPage, found: int) -> FoundLink | None:
    whole = Selection(page)
    if following.link is not None:
        address = whole.first(following.link)
        return _another(page, joined(_base(page), address)) if address else None
    if following.number is not None:
        if not found:
            return None
        now = _parameter(page.address, following.number)
        number = int(now) if now and now.isdecimal() else 1 if following.step == 1 else 0
        return _another(page, _with_parameter(page.address, following.number, str(number + following.step)))
    mark = whole.first(following.cursor) if following.cursor else None
    if not mark or mark.lower() in ("null", "none", "false"):
        return None
    return _another(page, _with_parameter(page.address, str(following.parameter), mark))


def _another(page: Page, address: str) -> FoundLink | None:
    # A last page often links to itself.
    return FoundLink(page.name, address, page.carried) if address != joined(page.address, page.address) else None


def _base(page: Page) -> str:
    """Return what the relative links of a page count from: its address, or what its ``<base>`` says."""
    if page.kind.format == "json":
        return page.address
    bases = page.tree.xpath("/html/head/base/@href")
    return joined(page.address, str(bases[0])) if bases else page.address


def joined(base: str, address: str) -> str:
    """Return an address as one spelling of it, relative ones resolved, fragments dropped.

    What is no address, such as ``http://[`` or a port of 99999, comes back as it is: ``refusal_of_address`` refuses it.
    """
    try:
        return str(canonicalize_url(urljoin(base, address.strip())))
    except ValueError:
        return address.strip()


def _parameter(address: str, name: str) -> str | None:
    return dict(parse_qsl(urlsplit(address).query, keep_blank_values=True)).get(name)


def _with_parameter(address: str, name: str, value: str) -> str:
    parts = urlsplit(address)
    # Byte by byte, since the query of a Chinese page may well be quoted GBK.
    pairs = parse_qsl(parts.query, keep_blank_values=True, encoding="latin-1")
    kept = urlencode([pair for pair in pairs if pair[0] != name], encoding="latin-1")
    query = "&".join(filter(None, (kept, urlencode({name: value}))))
    return joined(address, urlunsplit(parts._replace(query=query)))
