"""What the process of a crawl is told: the job, its recipe's header secrets, and who it says that it is."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from sources.kinds import Kind
from sources.masking import MaskingSettings
from sources.web.recipe import Recipe, environment_names
from sources.web.recipe_file import RecipeError
from sources.web.robots import PRODUCT

_CONTACT = re.compile(r"(mailto:)?[^\s()@:/]+@[\w.-]+\.\w+|https?://[\w.-]+\.\w+(:\d+)?(/[^\s()]*)?")


def check_contact(contact: str) -> str:
    """Return who the owner of a site can turn to, if it is somebody.

    Raises:
        ValueError: It is neither an e-mail address nor the address of a page.
    """
    if not _CONTACT.fullmatch(contact) or not contact.isascii():
        raise ValueError(
            "expected a contact for the owners of sites, such as mailto:quality@example.com or "
            f"https://example.com/bot; found '{contact}'. No site is asked without one"
        )
    return contact


class CrawlJob(BaseModel):
    """What a crawl needs to know."""

    # An error must not quote the key.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    recipe: Path
    frontier: Path
    source: str
    kind: Kind = "review"
    industry: str | None = None
    venue: str | None = None
    masking: MaskingSettings
    key: str = Field(repr=False)
    """The identity key's secret, hexadecimal."""
    contact: str
    """Of the user agent: an address or page where the site's owner reaches us."""
    kept_pages: Path | None = None
    kept_days: int = 0
    parent: int | None = None
    """The process that waits for the crawl; when it has ended, so does the crawl."""

    _contact_given = field_validator("contact")(check_contact)

    @property
    def user_agent(self) -> str:
        """Who asks: ``Kesheng (+https://example.com/bot)``."""
        return f"{PRODUCT} (+{self.contact})"


def header_values(recipe: Recipe, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the recipe's request headers with the environment's secrets in place.

    Raises:
        RecipeError: A variable that a header names is not set.
    """
    for name in environment_names(recipe):
        if not environment.get(name):
            raise RecipeError(f"expected the environment variable {name}, which a header of the recipe names")
    return {
        header: re.sub(r"\$\{(\w+)\}", lambda found: environment[found[1]], value)
        for header, value in recipe.headers.items()
    }
