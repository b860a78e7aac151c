"""A watched folder: files are taken when they are whole, and may be moved away once they have landed."""

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from itertools import takewhile
from pathlib import Path

from sources.connectors.connector import Export, FetchError, NotYetError, nothing_more, unreachable
from sources.connectors.settings import FolderFetch
from sources.file_format import check_size

_UNFINISHED_NAMES = (".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload", ".download", ".unfinished")
"""Endings of the names that programs give to files which they still write."""


class WatchedFolder:
    """Files of some patterns; a half-written one waits for the next run.

    A file is whole when neither size nor time have changed for ``settle_seconds`` and its name is none that programs
    give to unfinished files. It is read in one go and looked at again afterwards: one that changed meanwhile is left
    for the next run.
    """

    def __init__(self, settings: FolderFetch, *, base: Path, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._base = base
        self._clock = clock
        self._away = base / settings.move_to if settings.move_to else None

    def exports(self, remembered: Mapping[str, str]) -> Iterator[Export]:
        """Find the files in order of name; those in the folder that landed ones are moved to are left out."""
        _ = remembered
        found: set[Path] = set()
        for pattern in self._settings.files:
            folder, below = _parts(self._base / pattern)
            if not folder.is_dir():
                yield unreachable(pattern, FetchError(f"expected the folder {folder}, found none; is its disk there?"))
            found |= {p for p in folder.glob(below) if p.is_file() and p.parent != self._away}
        for path in sorted(path for path in found if not path.name.startswith(".")):
            try:
                state = path.stat()
            except FileNotFoundError:
                continue  # taken away since it was listed
            yield Export(
                name=path.name,
                key=str(path.relative_to(self._base) if path.is_relative_to(self._base) else path),
                version=_version(state),
                read=partial(_read, path, _version(state)),
                waiting=self._waiting(path, state),
                landed=partial(_move, path, _version(state), self._away) if self._away else nothing_more,
            )

    def _waiting(self, path: Path, state: os.stat_result) -> str:
        name = path.name.lower()
        if name.startswith("~$") or name.endswith(_UNFINISHED_NAMES):
            return "its name is that of a file still being written"
        now = self._clock().timestamp()
        # The second time is the system's own: programs that copy set the first to that of the original.
        changed = max(time for time in (state.st_mtime, state.st_ctime, 0.0) if time <= now + 1)
        if now - changed < self._settings.settle_seconds:
            return f"it changed less than {self._settings.settle_seconds:g} seconds ago"
        return ""


def _parts(pattern: Path) -> tuple[Path, str]:
    """Cut a pattern into the folder that must be there and what is looked for below it."""
    fixed = len(list(takewhile(lambda part: not set(part) & set("*?["), pattern.parts[:-1])))
    return Path(*pattern.parts[:fixed]), "/".join(pattern.parts[fixed:])


def _version(state: os.stat_result) -> str:
    return f"{state.st_size}-{state.st_mtime_ns}"


def _read(path: Path, version: str) -> bytes:
    check_size(path.name, path.stat().st_size)
    content = path.read_bytes()
    if _version(path.stat()) != version:
        raise NotYetError("it changed while it was read")
    return content


def _move(path: Path, version: str, away: Path) -> None:
    """Move a file that has landed, unless something new stands under its name by now."""
    if not path.exists() or _version(path.stat()) != version:
        return
    away.mkdir(parents=True, exist_ok=True)
    names = (away / path.name, *(away / f"{path.stem}-{number}{path.suffix}" for number in range(2, 10_000)))
    try:
        path.rename(next(name for name in names if not name.exists()))
    except OSError as error:
        raise FetchError(
            f"it has landed but could not be moved to {away} ({error.strerror}); move_to must be on the same disk"
        ) from None
