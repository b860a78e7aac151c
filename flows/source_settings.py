"""Settings of where reviews come from: files, exports that are fetched, web sites, and who asks those."""

from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from sources.connectors.settings import Fetch, file_pattern
from sources.files import FileOptions
from sources.import_options import ImportOptions, check_source_name
from sources.kinds import Kind
from sources.masking import MaskingSettings

_PLACES = ("files", "fetch", "recipe")
"""The keys of a source that say where its exports come from."""


def _source_name(value: object) -> object:
    if isinstance(value, str):
        check_source_name(value)
    return value


class SourceSettings(BaseModel):
    """One source of reviews: where its exports lie and what is true of all of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, BeforeValidator(_source_name)]
    files: tuple[Annotated[str, BeforeValidator(file_pattern)], ...] = ()
    """Paths or patterns such as ``exports/ctrip/*.csv``, relative to the settings file."""
    fetch: Fetch | None = None
    """Where exports are fetched from instead, such as ``{ kind = "folder", files = ["inbox/*.csv"] }``."""
    recipe: str | None = None
    """A recipe (YAML) by which a web site is asked instead, relative to the settings file."""
    kind: Kind = "review"
    industry: str | None = None
    venue: str | None = None
    map: dict[str, str] = Field(default_factory=dict)
    """Our field → the file's column, where the column is not recognised."""
    sheet: str | None = None
    encoding: str | None = None
    rating_scale: str | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        given = [name for name in _PLACES if getattr(self, name)]
        if len(given) != 1:
            found = " and ".join(given) or "none of them"
            raise ValueError(f"source {self.name}: expected exactly one of {', '.join(_PLACES)}; found {found}")
        return self

    def import_options(self, masking: MaskingSettings) -> ImportOptions:
        """Return how files of this source are read."""
        return ImportOptions(
            source=self.name,
            kind=self.kind,
            industry=self.industry,
            venue=self.venue,
            file=FileOptions(
                columns=self.map, sheet=self.sheet, encoding=self.encoding, rating_scale=self.rating_scale
            ),
            masking=masking,
        )


class CollectingSettings(BaseModel):
    """Who asks web sites, and what is kept of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    contact: str | None = Field(default=None, pattern=r"^(mailto:[^\s@]+@[^\s@]+|https?://\S+)$")
    """Where a site's owner reaches us, such as ``mailto:quality@example.com``; stands in every request."""
    keep_pages_days: int = Field(default=0, ge=0, le=90)
    """For how long pages are kept, masked, to mend recipes by; 0 for not at all."""
