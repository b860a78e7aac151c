"""What a recipe says of the pages of a site: what on them is one review, where its fields stand, how lists go on."""

import re
from collections.abc import Iterator
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from w3lib.encoding import resolve_encoding

from sources.column_names import Field as ReviewField
from sources.ratings import Scale
from sources.web.selector_syntax import check_css, check_jmespath, check_xpath
from sources.web.templates import check_template


def _checked_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"expected a regular expression, found '{pattern}': {error}") from error
    return pattern


def _checked_encoding(name: str) -> str:
    if resolve_encoding(name) is None:
        raise ValueError(f"expected an encoding such as gb18030 or utf-8, found '{name}'")
    return name


Css = Annotated[str, AfterValidator(check_css)]
XPath = Annotated[str, AfterValidator(check_xpath)]
JMESPath = Annotated[str, AfterValidator(check_jmespath)]
Pattern = Annotated[str, AfterValidator(_checked_pattern)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Encoding = Annotated[str, AfterValidator(_checked_encoding)]


Place = tuple[str | int, ...]
"""Keys and numbers that lead to a part of a recipe, such as ``("links", 0, "carry", "venue")``."""


class PlacedError(ValueError):
    """A mistake deeper in a part than where it came to light."""

    def __init__(self, place: Place, words: str) -> None:
        super().__init__(words)
        self.place = place


class RecipePart(BaseModel):
    """A part of a recipe: unknown keys are refused, and nothing of it changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def one_of(part: BaseModel, *names: str) -> None:
    """Refuse a part that has none or several of some keys that exclude each other.

    Raises:
        ValueError: It has.
    """
    given = [name for name in names if getattr(part, name) is not None]
    if len(given) != 1:
        found = " and ".join(given) or "none"
        raise ValueError(f"expected exactly one of {', '.join(names)}; found {found}")


class Selector(RecipePart):
    """Where a value stands: by CSS, XPath or JMESPath, or as a fixed text with ``{names}`` carried from before."""

    css: Css | None = None
    """``p.text`` is all the text of the element; ``a::attr(href)`` an attribute; ``i::text`` the text itself."""
    xpath: XPath | None = None
    jmespath: JMESPath | None = None
    value: str | None = None
    address: Pattern | None = None
    """A pattern in the page's own address, such as ``hotel/(\\d+)``."""
    pattern: Pattern | None = None
    """Taken from what was found: group 1 if it has one, else all of the match; no match is no value."""
    within: Literal["item", "page"] = "item"
    """``page``: looked for on the whole page, such as the hotel's name in its heading."""
    every: str | None = None
    """Join all that are found with this, instead of taking the first."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        one_of(self, "css", "xpath", "jmespath", "value", "address")
        return self

    def check_way(self, *, reads_json: bool, is_html: bool) -> None:
        """Refuse an expression that cannot find anything on a kind of page.

        Raises:
            ValueError: It is a JMESPath where no JSON is, or CSS or XPath where there is only JSON.
        """
        if self.jmespath is not None and not reads_json:
            raise ValueError("a jmespath finds nothing in HTML: expected 'format: json' or 'embedded_json' beside it")
        if (self.css is not None or self.xpath is not None) and not is_html:
            raise ValueError("CSS and XPath find nothing in JSON: expected a jmespath")

    def check_in_item(self) -> None:
        """Refuse an XPath that leaves the item in which it should look.

        Raises:
            ValueError: It begins at the root: every item would get what the page shows first.
        """
        if self.within == "item" and self.xpath is not None and self.xpath.lstrip("( ").startswith("/"):
            raise ValueError(
                f"'{self.xpath}' begins at the top of the page, so that every item would get the same: expected "
                f"'.{self.xpath}', or 'within: page' beside it"
            )


class FieldSelector(Selector):
    """Where a field of the review stands."""

    scale: Scale | None = None
    """Of a rating whose numbers do not name their own: ``5``, ``10``, ``50``, ``100`` or ``none``."""


class Items(RecipePart):
    """What on a page is one review."""

    css: Css | None = None
    xpath: XPath | None = None
    jmespath: JMESPath | None = None
    schema_org: Literal["Review"] | None = None
    """Reviews marked up as ``schema.org/Review`` in JSON-LD or microdata: their fields need no selectors."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        one_of(self, "css", "xpath", "jmespath", "schema_org")
        return self


class Link(RecipePart):
    """Links of a page to pages of another kind."""

    page: Name
    css: Css | None = None
    xpath: XPath | None = None
    jmespath: JMESPath | None = None
    """What carries a link: an ``a``, or an entry that holds one."""
    address: Selector | None = None
    """Within it, the address; the ``href`` of it or of its first ``a`` if not given. A ``value`` may name what is
    carried, such as ``/api/reviews?shop={shop}``."""
    carry: dict[Name, Selector] = Field(default_factory=dict)
    """Values to take along to the linked pages, such as the hotel's name."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        one_of(self, "css", "xpath", "jmespath")
        if self.jmespath is not None and self.address is None:
            raise ValueError("expected 'address' beside jmespath: an entry of JSON has no href")
        if self.address is not None and self.address.value is not None:
            check_template(self.address.value)
        return self


class NextPage(RecipePart):
    """How a list goes on: a link, a counted number in the address, or a cursor."""

    link: Selector | None = None
    number: str | None = None
    """The address parameter that counts pages; the list ends with a page that has no item."""
    cursor: Selector | None = None
    """The mark of the next part; an empty one ends the list."""
    parameter: str | None = None
    """The address parameter that takes the cursor."""
    step: int = Field(default=1, ge=1)
    """Of ``number``; above 1 where the parameter counts items."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        one_of(self, "link", "number", "cursor")
        if (self.cursor is None) != (self.parameter is None):
            raise ValueError("expected 'cursor' and 'parameter' together: where the mark stands and where it goes")
        return self


class PageKind(RecipePart):
    """One kind of page of the site."""

    format: Literal["html", "json"] = "html"
    encoding: Encoding | None = None
    """Where the page declares a wrong one; else what it declares."""
    embedded_json: Selector | None = None
    """The JSON that a script element of an HTML page holds; items, fields and links are then found in it."""
    items: Items | None = None
    fields: dict[ReviewField, FieldSelector] = Field(default_factory=dict)
    extra: dict[str, Selector] = Field(default_factory=dict)
    """Named values that no field takes, such as ``房型``."""
    required: tuple[ReviewField, ...] = ("text",)
    """Fields that every item has; one without goes to the rejects."""
    links: tuple[Link, ...] = ()
    next: NextPage | None = None
    order: Literal["newest_first", "any"] = "any"
    """``newest_first``: a list is read until it brings nothing new; else it is read to its end each night."""
    visit: Literal["every_night", "once"] = "every_night"
    """``once``: asked for once, and again only while ``reread_days`` run."""
    reread_days: int = Field(default=0, ge=0, le=3650)
    """For how long after its date a known review is read again, for replies and second thoughts that come later."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.items is None and not self.links:
            raise ValueError("expected 'items' or 'links': a page with neither brings nothing")
        if self.items is not None and self.items.schema_org is None and "text" not in self.fields:
            raise ValueError("expected a selector for the field 'text' beside 'items'")
        for name in self.required:
            if self.items is not None and self.items.schema_org is None and name not in self.fields:
                raise ValueError(f"'required' names the field '{name}', which has no selector")
        for own_name in self.extra:
            if own_name in get_args(ReviewField):
                raise PlacedError(("extra", own_name), f"expected another name: '{own_name}' is one of 'fields'")
        return self

    @model_validator(mode="after")
    def _expressions_fit(self) -> Self:
        embedded = self.embedded_json
        if embedded is not None and (self.format == "json" or (embedded.css is None and embedded.xpath is None)):
            raise ValueError("expected 'embedded_json' on an HTML page, with the CSS or XPath of the script in it")
        for place, part in self._parts():
            # Items and links are looked for in the JSON where there is one, and nowhere else.
            if isinstance(part, Items) and part.schema_org is not None:
                fits = self.format == "html"
            else:
                fits = (part.jmespath is not None) == self.reads_json
            if not fits:
                raise PlacedError(place, f"expected {'a jmespath, for JSON' if self.reads_json else 'CSS or XPath'}")
        for place, selector in self.selectors():
            try:
                selector.check_way(reads_json=self.reads_json, is_html=self.format == "html")
                if place[0] != "next":
                    selector.check_in_item()
            except ValueError as error:
                raise PlacedError(place, str(error)) from error
        return self

    def _parts(self) -> Iterator[tuple[Place, Items | Link]]:
        if self.items is not None:
            yield ("items",), self.items
        for number, link in enumerate(self.links):
            yield ("links", number), link

    def selectors(self) -> Iterator[tuple[Place, Selector]]:
        """Yield the selectors of the page's values, each with its place."""
        yield from ((("fields", name), selector) for name, selector in self.fields.items())
        yield from ((("extra", name), selector) for name, selector in self.extra.items())
        for number, link in enumerate(self.links):
            yield from ((("links", number, "carry", name), selector) for name, selector in link.carry.items())
            if link.address is not None:
                yield ("links", number, "address"), link.address
        if self.next is not None:
            ways = {"link": self.next.link, "cursor": self.next.cursor}
            yield from ((("next", name), selector) for name, selector in ways.items() if selector is not None)

    @property
    def reads_json(self) -> bool:
        """Whether items and fields are found in JSON."""
        return self.format == "json" or self.embedded_json is not None
