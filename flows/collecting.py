"""Collecting: the files of a source, found by their patterns, are landed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flows.identity import identity_key
from flows.settings import Settings, SourceSettings
from sources.landing import land_file
from sources.manifests import Manifest
from sources.record import SourceFileError


@dataclass(frozen=True, slots=True)
class CollectedSource:
    """What one source brought: files that landed now, files known before, and files that could not be read."""

    name: str
    landed: tuple[Manifest, ...] = ()
    known: int = 0
    failed: tuple[str, ...] = ()
    refusal: OSError | None = None
    """What the operating system refused first, if it did: another try may bring the files that failed."""


def collect(
    settings: Settings, source: SourceSettings, *, reached: Callable[[str], None], say: Callable[[str], None]
) -> CollectedSource:
    """Land every file of one source; a file that cannot be understood is named and stops no other.

    Args:
        settings: Where the landing folder is, and what is masked.
        source: Where the files are and how they are read.
        reached: Called after each file that landed.
        say: Told what each file brought and which could not be read.
    """
    landed: list[Manifest] = []
    failed: list[str] = []
    refusal: OSError | None = None
    known = 0
    for path in source_files(settings, source):
        try:
            outcome = land_file(
                path,
                source.import_options(settings.masking),
                landing=settings.folder.landing,
                key=identity_key(settings),
            )
        except (SourceFileError, OSError) as error:
            failed.append(f"{path.name}: {str(error).removeprefix(f'{path.name}: ')}")
            if isinstance(error, OSError):
                refusal = refusal or error
            continue
        if outcome.already_landed:
            known += 1
        else:
            landed.append(outcome.manifest)
            reached("file landed")
    failed += [f"no file matches '{pattern}'" for pattern in source.files if not _matches(settings, pattern)]
    collected = CollectedSource(source.name, tuple(landed), known, tuple(failed), refusal)
    _tell(collected, say)
    return collected


def _tell(collected: CollectedSource, say: Callable[[str], None]) -> None:
    for manifest in collected.landed:
        say(
            f"{collected.name}: {manifest.name}: read {manifest.read}, landed {manifest.landed}, "
            f"duplicates {manifest.duplicates}, rejected {manifest.rejected}"
        )
        for sheet in manifest.left_out:
            what = f"sheet {sheet.name}, {sheet.rows} rows: {sheet.reason}"
            say(f"{collected.name}: {manifest.name}: LEFT OUT: {what}")
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
