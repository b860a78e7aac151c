"""What a recipe says of a site: where it begins, how its pages hang together, and which fields stand where.

A recipe is data in a YAML file (``sources.web.recipe_file`` reads it): it can name addresses and places on a page, and
nothing in it runs. ``docs/collecting.md`` shows one line by line.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import time
from typing import Annotated, Literal, Self

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from sources.column_names import Field as ReviewField
from sources.ratings import Scale
from sources.web.selector_syntax import check_css, check_xpath

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


def _checked_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"expected a regular expression, found '{pattern}': {error}") from error
    return pattern


def _checked_jmespath(expression: str) -> str:
    try:
        jmespath.compile(expression)
    except JMESPathError as error:
        raise ValueError(f"expected a JMESPath expression, found '{expression}': {error}") from error
    return expression


Css = Annotated[str, AfterValidator(check_css)]
XPath = Annotated[str, AfterValidator(check_xpath)]
JMESPath = Annotated[str, AfterValidator(_checked_jmespath)]
Pattern = Annotated[str, AfterValidator(_checked_pattern)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+(:\d+)?$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _one_of(part: BaseModel, *names: str) -> None:
    given = [name for name in names if getattr(part, name) is not None]
    if len(given) != 1:
        found = " and ".join(given) or "none"
        raise ValueError(f"expected exactly one of {', '.join(names)}; found {found}")


class Selector(_Part):
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
        _one_of(self, "css", "xpath", "jmespath", "value", "address")
        return self


class FieldSelector(Selector):
    """Where a field of the review stands."""

    scale: Scale | None = None
    """Of a rating whose numbers do not name their own: ``5``, ``10``, ``50``, ``100`` or ``none``."""


class Items(_Part):
    """What on a page is one review."""

    css: Css | None = None
    xpath: XPath | None = None
    jmespath: JMESPath | None = None
    schema_org: Literal["Review"] | None = None
    """Reviews marked up as ``schema.org/Review`` in JSON-LD or microdata: their fields need no selectors."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        _one_of(self, "css", "xpath", "jmespath", "schema_org")
        return self


class Link(_Part):
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
        _one_of(self, "css", "xpath", "jmespath")
        if self.jmespath is not None and self.address is None:
            raise ValueError("expected 'address' beside jmespath: an entry of JSON has no href")
        return self


class NextPage(_Part):
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
        _one_of(self, "link", "number", "cursor")
        if (self.cursor is None) != (self.parameter is None):
            raise ValueError("expected 'cursor' and 'parameter' together: where the mark stands and where it goes")
        return self


class PageKind(_Part):
    """One kind of page of the site."""

    format: Literal["html", "json"] = "html"
    encoding: str | None = None
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
        return self

    @property
    def reads_json(self) -> bool:
        """Whether items and fields are found in JSON."""
        return self.format == "json" or self.embedded_json is not None


class Values(_Part):
    """What a placeholder of a start address stands for, one after the other."""

    of: tuple[str, ...] | None = None
    file: str | None = None
    """A CSV file beside the recipe."""
    column: str | None = None
    """The column of ``file``."""
    last_days: int | None = Field(default=None, ge=1, le=3660)
    """Each of the last days, today included, as ``format`` writes it."""
    days_ago: int | None = Field(default=None, ge=0, le=3660)
    """The one day so many days before today."""
    format: str = "%Y-%m-%d"

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        _one_of(self, "of", "file", "last_days", "days_ago")
        if (self.file is None) != (self.column is None):
            raise ValueError("expected 'file' and 'column' together")
        return self


class Start(_Part):
    """Where a crawl begins."""

    page: Name
    address: str
    """With ``{names}`` of ``values``."""
    values: dict[Name, Values] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _placeholders_known(self) -> Self:
        missing = set(_PLACEHOLDER.findall(self.address)) - set(self.values)
        if missing:
            raise ValueError(f"the address names {{{sorted(missing)[0]}}}, which 'values' does not give")
        return self


class Hours(_Part):
    """The hours of the day, Asia/Shanghai, in which a site is asked, such as ``00:30-06:00``; may run over midnight."""

    begin: time
    end: time

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: object) -> object:
        # One text, because YAML would read 06:00 alone as the number 360.
        found = re.fullmatch(r"(\d{2}:\d{2})-(\d{2}:\d{2})", given) if isinstance(given, str) else None
        if found is None:
            raise ValueError(f"expected hours such as 00:30-06:00, found {given!r}")
        return {"begin": found[1], "end": found[2]}

    def hold(self, moment: time) -> bool:
        """Return whether a time of day lies within."""
        if self.begin <= self.end:
            return self.begin <= moment < self.end
        return moment >= self.begin or moment < self.end


class Manners(_Part):
    """How a site is asked: never faster, never more, never at other hours."""

    delay_seconds: float = Field(default=1.0, ge=0.0, le=3600.0)
    """Between two requests to a host; a longer ``Crawl-delay`` of its robots.txt wins."""
    concurrency: int = Field(default=1, ge=1, le=32)
    """Requests that a host answers at the same time."""
    daily_requests: int = Field(default=2_000, ge=1)
    """Requests a day to the whole site, retries and robots.txt included."""
    hours: Hours | None = None


class Limits(_Part):
    """What a page or a crawl may not go beyond."""

    body_bytes: int = Field(default=8_000_000, ge=1_000)
    """Of a page, before and after decompression."""
    seconds: float = Field(default=30.0, gt=0.0, le=600.0)
    """From a request to the end of its answer."""
    pages: int = Field(default=20_000, ge=1)
    """Of one crawl; the rest waits for the next night."""
    depth: int = Field(default=1_000, ge=1)
    """Links and next pages from a start address."""
    retries: int = Field(default=2, ge=0, le=10)
    """Of a page that failed for a passing reason."""


class Owned(_Part):
    """A site of one's own, or with the owner's written leave: only there may robots.txt be passed over."""

    reason: str = Field(min_length=10)
    """Whose site it is and who allowed it; written into the log of each crawl."""


class Recipe(_Part):
    """A site as it is collected."""

    recipe: Literal[1]
    """The version of this format."""
    title: str = Field(min_length=1)
    hosts: tuple[Host, ...] = Field(min_length=1)
    """The only hosts that are asked, redirects included; with a port where it is not the usual one."""
    private: bool = False
    """Whether the hosts may lie in a private network or on this machine."""
    owned: Owned | None = None
    manners: Manners = Manners()
    limits: Limits = Limits()
    headers: dict[str, str] = Field(default_factory=dict)
    """Request headers; ``${NAME}`` stands for an environment variable, so that no secret is in the recipe."""
    start: tuple[Start, ...] = Field(min_length=1)
    pages: dict[Name, PageKind] = Field(min_length=1)

    @model_validator(mode="after")
    def _pages_known(self) -> Self:
        named = [start.page for start in self.start]
        named += [link.page for page in self.pages.values() for link in page.links]
        for name in named:
            if name not in self.pages:
                raise ValueError(f"'{name}' is no page of this recipe; its pages are {', '.join(self.pages)}")
        for header in self.headers:
            if header.lower() in ("user-agent", "cookie", "host"):
                raise ValueError(f"the header '{header}' is not a recipe's to set: who asks is said in the settings")
        return self


def filled(template: str, values: Mapping[str, str]) -> str:
    """Return a template with its ``{names}`` filled in; one that is not given becomes nothing."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], ""), template)


def environment_names(recipe: Recipe) -> Iterator[str]:
    """Yield the environment variables that the headers of a recipe name."""
    for value in recipe.headers.values():
        yield from re.findall(r"\$\{(\w+)\}", value)
