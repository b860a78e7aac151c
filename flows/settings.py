"""Settings from ``kesheng.toml`` and the environment, typed and checked once; unknown keys are refused."""

import os
import tomllib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableVariable
from rapidfuzz import fuzz, process

from flows.copy_addresses import SETTINGS_PREFIX, check_address
from flows.model_shelf import ModelShelf
from flows.readers import ReadingChoice
from flows.source_settings import CollectingSettings, SourceSettings
from models.segmenter import SegmenterName
from sources.connectors.settings import FETCH_KINDS
from sources.identity import KEY_VARIABLE
from sources.masking import MaskingSettings
from warehouse.folders import DataFolder

ENVIRONMENT_PREFIX = SETTINGS_PREFIX
_SECRET_ENDINGS = ("_PASSWORD", "_TOKEN", "_SECRET", "_ACCESS_KEY")
"""Secrets of connectors may be set for commands that are given no settings file which names them."""
CHANNELS_VARIABLE = "KESHENG_CHANNELS"
"""Where messages go to. Its URLs hold secrets, so it is no setting: settings are written down and shown."""


class SettingsError(ValueError):
    """A setting is wrong; the message says where it stands, what was expected and what came."""


def _copy_address(value: object) -> object:
    if isinstance(value, str):
        check_address(value)
    return value


class ScheduleSettings(BaseModel):
    """When ``kesheng serve`` runs the night."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cron: str = "30 2 * * *"
    timezone: str = "Asia/Shanghai"


class MessageSettings(BaseModel):
    """When a message goes out after a night, and in which language; where to stands in ``KESHENG_CHANNELS``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    when: Literal["something", "always", "never"] = "something"
    """``something``: only if a duty manager must know something."""
    language: Literal["zh", "en"] | None = None
    """That of the summary if not set."""


class PublishSettings(BaseModel):
    """Where the tables are copied to after each night, as by ``kesheng publish``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: tuple[Annotated[str, BeforeValidator(_copy_address)], ...] = ()
    """Addresses such as ``duckdb:///quality.duckdb`` and ``postgresql://bi:${BI_PASSWORD}@db.example:5432/quality``."""
    tokens: bool = False
    """The table ``tokens``, the largest, too."""


class Settings(BaseSettings):
    """Everything that can be set; each has a default that suits one machine and one folder ``data``."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix=ENVIRONMENT_PREFIX,
        env_nested_delimiter="__",
        nested_model_default_partial_update=True,
    )

    data: Path = Path("data")
    """Landing, staging, warehouse and reports lie under it."""
    venues: Path | None = None
    """The venue master; ``<data>/venues.csv`` if not set."""
    sources: tuple[SourceSettings, ...] = ()
    masking: MaskingSettings = MaskingSettings()
    collecting: CollectingSettings = CollectingSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    messages: MessageSettings = MessageSettings()
    publish: PublishSettings = PublishSettings()
    lexicons: Path | None = None
    """A user's own folder of lists, laid over ours."""
    model: str | None = None
    """``shipped``, ``cues`` for the lists alone, or a version under ``<data>/models``; if not set, what
    ``kesheng model use`` chose, else ``shipped``."""
    segmenter: SegmenterName = "rjieba"
    workers: int = Field(default=0, ge=0, le=256)
    """Processes that analyse; 0 for one a core."""
    wait_seconds: float = Field(default=0.0, ge=0.0)
    """How long to wait for another run to end before leaving."""
    language: Literal["zh", "en"] = "zh"
    """Language of the summary."""
    silent_after_days: int = Field(default=14, ge=1)
    """From when on a source × venue that brings nothing new is called silent."""
    base: Path = Path()
    """What relative paths of sources and venues are relative to: the folder of the settings file."""

    @model_validator(mode="after")
    def _says_who_asks(self) -> Self:
        asking = [source.name for source in self.sources if source.recipe]
        if asking and self.collecting.contact is None:
            raise ValueError(
                f"source {asking[0]} asks a web site: expected under [collecting] a contact that its owner can write "
                'to, such as contact = "mailto:quality@example.com"; found none'
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the five are given by pydantic-settings, in this order
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over what ``load_settings`` read from the file."""
        return env_settings, init_settings

    @property
    def folder(self) -> DataFolder:
        """Where things lie."""
        return DataFolder(self.data)

    @property
    def venue_master(self) -> Path:
        """The venue master's path."""
        return self.base / self.venues if self.venues else self.folder.venues

    @cached_property
    def reading(self) -> ReadingChoice:
        """Which reader and segmenter read the texts; looked up once, so that a run keeps its model to the end."""
        lexicons = (self.base / self.lexicons).resolve() if self.lexicons else None
        return ReadingChoice(self.segmenter, lexicons, ModelShelf(self.folder.models).weights(self.model))

    @property
    def worker_count(self) -> int:
        """How many processes analyse."""
        return self.workers or os.cpu_count() or 1


def load_settings(
    config: Path | None = None, *, data: Path | None = None, environment: Mapping[str, str] = os.environ
) -> Settings:
    """Read the settings: ``--data`` wins over the environment, which wins over the file, which wins over defaults.

    Args:
        config: A ``kesheng.toml``; ``None`` for defaults and environment only.
        data: The data folder as given on the command line.
        environment: Where ``KESHENG_…`` variables are looked up to find unknown ones.

    Raises:
        SettingsError: The file is missing or no TOML, a key or variable is unknown, or a value has the wrong type.
    """
    given = _read_toml(config) if config else {}
    where = str(config) if config else "the settings"
    _check_names(given, Settings, where)
    sources = given.get("sources")
    for source in sources if isinstance(sources, list) else []:
        if isinstance(source, dict):
            place = f"{where}, [[sources]] {source.get('name', '')}".rstrip()
            _check_names(source, SourceSettings, place)
            fetch = source.get("fetch")
            if isinstance(fetch, dict) and fetch.get("kind") in FETCH_KINDS:
                _check_names(fetch, FETCH_KINDS[fetch["kind"]], f"{place}, fetch")
    if config and isinstance(given.get("data"), str):
        given["data"] = str(config.parent / given["data"])
    try:
        settings = Settings(**{**given, "base": config.parent if config else Path()})
    except ValidationError as error:
        raise SettingsError(_explain(error, where, environment)) from error
    except UnreadableVariable as error:
        raise SettingsError(f"expected JSON in an environment variable; {error}") from error
    _check_environment(environment, [name for s in settings.sources if s.fetch for name in s.fetch.variables])
    return settings.model_copy(update={"data": data}) if data else settings


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError as error:
        raise SettingsError(
            f"expected a settings file at {path}, found none; data/sample/kesheng.toml is an example"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: expected TOML; {error}") from error


def _check_names(given: Mapping[str, object], model: type[BaseModel], where: str) -> None:
    known = [name for name in model.model_fields if name != "base"]
    for name, value in given.items():
        if name not in known:
            raise SettingsError(f"{where}: unknown key '{name}'{nearest(name, known)}. The keys are {', '.join(known)}")
        nested = model.model_fields[name].annotation
        if isinstance(value, dict) and isinstance(nested, type) and issubclass(nested, BaseModel):
            _check_names(value, nested, f"{where}, [{name}]")


def _check_environment(environment: Mapping[str, str], named: list[str]) -> None:
    """Refuse variables of ours that mean nothing; ``named`` are those that the sources take secrets from."""
    settings = [ENVIRONMENT_PREFIX + name.upper() for name in Settings.model_fields if name != "base"]
    secrets = [KEY_VARIABLE, CHANNELS_VARIABLE, *named]
    for name in environment:
        top = name.upper().split("__")[0]
        known = top in settings or name in secrets or name.upper().endswith(_SECRET_ENDINGS)
        if name.upper().startswith(ENVIRONMENT_PREFIX) and not known:
            names = [*settings, *secrets]
            raise SettingsError(
                f"unknown environment variable {name}{nearest(top, names)}. Known are {', '.join(names)}"
            )


def nearest(name: str, known: list[str]) -> str:
    """Return a hint at the right name that a wrong one was probably meant to be, or nothing."""
    match = process.extractOne(name, known, scorer=fuzz.ratio, score_cutoff=60)
    return f" (did you mean '{match[0]}'?)" if match else ""


def _explain(error: ValidationError, where: str, environment: Mapping[str, str]) -> str:
    first = error.errors()[0]
    if not first["loc"]:
        # Of the settings as a whole: two keys that do not go together.
        return f"{where}: {str(first['msg']).removeprefix('Value error, ')}"
    place = ".".join(str(part) for part in first["loc"])
    variables = {name.upper() for name in environment}
    for variable in (ENVIRONMENT_PREFIX + place.replace(".", "__"), f"{ENVIRONMENT_PREFIX}{first['loc'][0]}"):
        if variable.upper() in variables:
            where = f"environment variable {variable.upper()}"
            break
    problem = str(first["msg"]).removeprefix("Value error, ").replace("valid tuple", "list")
    secret = first["loc"][0] == "publish" or "fetch" in first["loc"] or "fetch" in str(first["input"])
    if first["type"] == "extra_forbidden" or secret:
        # What stands under a key that we do not know, or in an address, may be a secret in the wrong place.
        return f"{where}: '{place}': {problem[:1].lower()}{problem[1:]}"
    return f"{where}: '{place}': {problem[:1].lower()}{problem[1:]}; found {first['input']!r}"
