"""Collecting: files found by patterns, exports that a connector fetches and sites asked by a recipe are landed."""

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from flows.crawling import crawl, problems_of, rest_of, told
from flows.identity import identity_key
from flows.settings import Settings, SettingsError
from flows.source_settings import SourceSettings
from reports.collecting import CollectedSite
from sources.connectors.connector import ConnectorSettingsError, Export, FetchError, NotYetError, Secrets
from sources.connectors.opening import open_connector
from sources.connectors.settings import Fetch
from sources.dates import SHANGHAI
from sources.file_format import FetchedFile
from sources.files import READER_VERSION
from sources.landing import land_file
from sources.manifests import Manifest
from sources.record import SourceFileError
from sources.remembered import Remembered
from warehouse.damage import DamagedFileError

SOURCES_AT_ONCE = 8
"""Most wait for a site or a server; sites of one host wait for each other."""


@dataclass(frozen=True, slots=True)
class CollectedSource:
    """What one source brought: files that landed now, files known before, and files that could not be read."""

    name: str
    landed: tuple[Manifest, ...] = ()
    known: int = 0
    failed: tuple[str, ...] = ()
    refusal: OSError | None = None
    """What the operating system or a server refused first, if it did: another try may bring what failed."""
    waiting: tuple[str, ...] = ()
    """What is not finished yet, and why; a later run takes it."""
    site: CollectedSite | None = None
    """How a web site was crawled, where the source is one."""


def collect_sources(
    settings: Settings, names: tuple[str, ...] = (), *, reached: Callable[[str], None], say: Callable[[str], None]
) -> tuple[CollectedSource, ...]:
    """Land what the sources have, in their order; those that wait for others' machines wait side by side.

    Args:
        settings: The sources, and what ``collect`` needs.
        names: Which sources; all of them if none is named.
        reached: Called after each file that landed.
        say: Told what each file brought and which could not be read.
    """
    # Made before the sources land side by side: on the first night one would read it while another writes it.
    identity_key(settings)
    sources = chosen_sources(settings, names)
    with ThreadPoolExecutor(SOURCES_AT_ONCE, thread_name_prefix="collect") as pool:
        remote = {s.name: pool.submit(collect, settings, s, reached=reached, say=say) for s in sources if not s.files}
        return tuple(
            remote[source.name].result()
            if source.name in remote
            else collect(settings, source, reached=reached, say=say)
            for source in sources
        )


def chosen_sources(settings: Settings, names: tuple[str, ...]) -> tuple[SourceSettings, ...]:
    """Return the sources of some names, all of them for none.

    Raises:
        SettingsError: There is none of a name.
    """
    known = {source.name: source for source in settings.sources}
    for name in names:
        if name not in known:
            found = ", ".join(known) or "none"
            raise SettingsError(f"expected a source of the settings, found '{name}'; there is {found}")
    return tuple(known[name] for name in names) if names else settings.sources


def collect(
    settings: Settings, source: SourceSettings, *, reached: Callable[[str], None], say: Callable[[str], None]
) -> CollectedSource:
    """Land what one source has; what cannot be fetched or understood is named and stops nothing else.

    Args:
        settings: Where the landing folder is, and what is masked.
        source: Where the files are or are fetched from, and how they are read.
        reached: Called after each file that landed.
        say: Told what each file brought and which could not be read.
    """
    collection = _Collection(settings, source, reached)
    if source.recipe is not None:
        collection.crawl()
    elif source.fetch is None:
        for path in source_files(settings, source):
            collection.land(path)
        for pattern in source.files:
            if not _matches(settings, pattern):
                collection.failed.append(f"no file matches '{pattern}'")
    else:
        _fetch(collection, source.fetch)
    collected = collection.outcome()
    _tell(collected, say)
    return collected


class _Collection:
    """What one source brings while it is collected."""

    def __init__(self, settings: Settings, source: SourceSettings, reached: Callable[[str], None]) -> None:
        self.settings = settings
        self.source = source
        self.options = source.import_options(settings.masking)
        self.secrets = Secrets(os.environ)
        self.known = 0
        self.failed: list[str] = []
        self.waiting: list[str] = []
        self._landed: list[Manifest] = []
        self._refusal: OSError | None = None
        self._site: CollectedSite | None = None
        self._reached = reached

    def crawl(self) -> None:
        """Ask the source's web site."""
        landed, site = crawl(self.settings, self.source, self._reached)
        self._landed += landed
        self._site = site
        self.failed += problems_of(site)
        self.waiting += rest_of(site)

    def land(self, content: Path | FetchedFile) -> bool:
        """Land one file; returns whether it stands in the landing folder now."""
        try:
            outcome = land_file(
                content, self.options, landing=self.settings.folder.landing, key=identity_key(self.settings)
            )
        except (SourceFileError, OSError) as error:
            self.fail(content.name, error)
            return False
        if outcome.already_landed:
            self.known += 1
        else:
            self._landed.append(outcome.manifest)
            self._reached("file landed")
        return True

    def fail(self, name: str, error: Exception) -> None:
        """Keep what failed and why, without secrets."""
        problem = self.secrets.hidden(f"{name}: {str(error).removeprefix(f'{name}: ')}")
        self.failed.append(problem)
        if isinstance(error, OSError):
            self._refusal = self._refusal or (FetchError(problem) if isinstance(error, FetchError) else error)

    def outcome(self) -> CollectedSource:
        """Return what came of it."""
        return CollectedSource(
            self.source.name,
            tuple(self._landed),
            self.known,
            tuple(self.failed),
            self._refusal,
            tuple(self.waiting),
            self._site,
        )


def _fetch(collection: _Collection, fetch: Fetch) -> None:
    """Fetch what is new or changed; a place that cannot be reached, or an export that fails, stops nothing else."""
    settings, source = collection.settings, collection.source
    try:
        remembered = Remembered(settings.folder.landing, source.name, _reading(source))
        connector = open_connector(
            fetch, base=settings.base, secrets=collection.secrets, clock=lambda: datetime.now(SHANGHAI)
        )
        for export in connector.exports(MappingProxyType(remembered.versions)):
            if remembered.versions.get(export.key) == export.version:
                collection.known += 1
            elif export.waiting:
                collection.waiting.append(f"{export.name}: {export.waiting}")
            else:
                _fetch_one(collection, export, remembered)
    except (FetchError, ConnectorSettingsError, DamagedFileError, SourceFileError) as error:
        collection.fail(fetch.kind, error)


def _fetch_one(collection: _Collection, export: Export, remembered: Remembered) -> None:
    try:
        if collection.land(FetchedFile(export.name, export.read())):
            export.landed()
            remembered.landed(export.key, export.version)
    except NotYetError as error:
        collection.waiting.append(f"{export.name}: {error}")
    except (SourceFileError, ConnectorSettingsError, OSError) as error:
        collection.fail(export.name, error)


def _reading(source: SourceSettings) -> str:
    """Return a digest of what decides how exports are read: a changed mapping is for those that landed before, too."""
    told = source.model_dump_json(exclude={"name", "files", "fetch", "recipe"})
    return hashlib.sha256(f"{READER_VERSION}{told}".encode()).hexdigest()[:16]


def _tell(collected: CollectedSource, say: Callable[[str], None]) -> None:
    if collected.site is not None:
        say(f"{collected.name}: {told(collected.site)}")
    for manifest in collected.landed:
        say(
            f"{collected.name}: {manifest.name}: read {manifest.read}, landed {manifest.landed}, "
            f"duplicates {manifest.duplicates}, rejected {manifest.rejected}"
        )
        for sheet in manifest.left_out:
            what = f"sheet {sheet.name}, {sheet.rows} rows: {sheet.reason}"
            say(f"{collected.name}: {manifest.name}: LEFT OUT: {what}")
    for export in collected.waiting:
        say(f"{collected.name}: WAITING: {export}")
    for problem in collected.failed:
        say(f"{collected.name}: NOT READ: {problem}")


def source_files(settings: Settings, source: SourceSettings) -> list[Path]:
    """Return the files of a source in order of name, each once."""
    return sorted({path for pattern in source.files for path in _matches(settings, pattern)})


def _matches(settings: Settings, pattern: str) -> list[Path]:
    path = settings.base / pattern
    if path.is_file():
        return [path]
    anchor, parts = Path(path.anchor or "."), path.relative_to(path.anchor) if path.anchor else path
    return [p for p in anchor.glob(str(parts)) if p.is_file() and not p.name.startswith(".")]
