"""What a recipe says of a site: where it begins, who may be asked and how, and which kinds of pages it has.

A recipe is data in a YAML file (``sources.web.recipe_file`` reads it): it can name addresses and places on a page, and
nothing in it runs. ``docs/collecting.md`` shows one line by line. ``sources.web.recipe_pages`` has the kinds of pages.
"""

import re
from collections.abc import Iterator
from datetime import time
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sources.web.recipe_pages import Name, PageKind, Place, PlacedError, RecipePart, one_of
from sources.web.templates import check_template, placeholders

Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+(:\d+)?$")]


class Values(RecipePart):
    """What a placeholder of a start address stands for, one after the other."""

    of: tuple[str, ...] | None = Field(default=None, min_length=1)
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
        one_of(self, "of", "file", "last_days", "days_ago")
        if (self.file is None) != (self.column is None):
            raise ValueError("expected 'file' and 'column' together")
        return self


class Start(RecipePart):
    """Where a crawl begins."""

    page: Name
    address: str
    """With ``{names}`` of ``values``."""
    values: dict[Name, Values] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _placeholders_known(self) -> Self:
        missing = set(placeholders(check_template(self.address))) - set(self.values)
        if missing:
            raise ValueError(f"the address names {{{sorted(missing)[0]}}}, which 'values' does not give")
        return self


class Hours(RecipePart):
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
        if found[1] == found[2]:
            raise ValueError(f"expected hours of some length, found {given!r}; leave 'hours' out for the whole day")
        return {"begin": found[1], "end": found[2]}

    def __str__(self) -> str:
        return f"{self.begin:%H:%M}-{self.end:%H:%M}"

    def hold(self, moment: time) -> bool:
        """Return whether a time of day lies within."""
        if self.begin <= self.end:
            return self.begin <= moment < self.end
        return moment >= self.begin or moment < self.end


class Manners(RecipePart):
    """How a site is asked: never faster, never more, never at other hours."""

    delay_seconds: float = Field(default=1.0, ge=0.0, le=3600.0)
    """Between two requests to a host; a longer ``Crawl-delay`` of its robots.txt wins."""
    concurrency: int = Field(default=1, ge=1, le=32)
    """Requests that a host answers at the same time."""
    daily_requests: int = Field(default=2_000, ge=1)
    """Requests a day to the whole site, retries and robots.txt included."""
    hours: Hours | None = None


class Limits(RecipePart):
    """What a page or a crawl may not go beyond."""

    body_bytes: int = Field(default=8_000_000, ge=1_000)
    """Of a page, before and after decompression."""
    seconds: float = Field(default=30.0, gt=0.0, le=600.0)
    """From a request to the end of its answer."""
    pages: int = Field(default=20_000, ge=1)
    """Of one crawl in a day; the rest waits for the next night."""
    depth: int = Field(default=1_000, ge=1)
    """Links and next pages from a start address."""
    retries: int = Field(default=2, ge=0, le=10)
    """Of a page that failed for a passing reason."""


class Owned(RecipePart):
    """A site of one's own, or with the owner's written leave: only there may robots.txt be passed over."""

    reason: str = Field(min_length=10)
    """Whose site it is and who allowed it; written into the log of each crawl."""


class Recipe(RecipePart):
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
        named: list[tuple[Place, str]] = [
            (("start", number, "page"), start.page) for number, start in enumerate(self.start)
        ]
        for page_name, page in self.pages.items():
            named += [(("pages", page_name, "links", n, "page"), link.page) for n, link in enumerate(page.links)]
        for place, name in named:
            if name not in self.pages:
                words = f"'{name}' is no page of this recipe; its pages are {', '.join(self.pages)}"
                raise PlacedError(place, words)
        for header in self.headers:
            if header.strip().lower() in ("user-agent", "cookie", "host"):
                words = f"the header '{header}' is not a recipe's to set: who asks is said in the settings"
                raise PlacedError(("headers", header), words)
        return self

    @model_validator(mode="after")
    def _carried_known(self) -> Self:
        # A name that nothing gives would be filled in as nothing, night for night.
        given = {name for start in self.start for name in start.values}
        given |= {name for page in self.pages.values() for link in page.links for name in link.carry}
        for page_name, page in self.pages.items():
            for place, selector in page.selectors():
                for name in set(placeholders(selector.value or "")) - given:
                    words = f"expected {{{name}}} among the 'values' of a start or the 'carry' of a link, found none"
                    raise PlacedError(("pages", page_name, *place), words)
        return self


def environment_names(recipe: Recipe) -> Iterator[str]:
    """Yield the environment variables that the headers of a recipe name."""
    for value in recipe.headers.values():
        yield from re.findall(r"\$\{(\w+)\}", value)
