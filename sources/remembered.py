"""What has been fetched: key → version of the exports that have landed, one small file a source."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from warehouse.damage import damage_explained
from warehouse.store import write_atomically


class _Stored(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reading: str
    versions: dict[str, str]


class Remembered:
    """The exports of one source that have landed, in ``landing/.remembered/<source>.json``."""

    def __init__(self, landing: Path, source: str, reading: str) -> None:
        """Read what is remembered.

        Args:
            landing: The landing folder.
            source: The source's name.
            reading: A digest of how its files are read; under another one nothing is remembered, so that a changed
                mapping reaches what has landed before.

        Raises:
            DamagedFileError: The file cannot be read.
        """
        self._path = landing / ".remembered" / f"{source}.json"
        self._reading = reading
        self.versions: dict[str, str] = {}
        if self._path.exists():
            with damage_explained(self._path, "Delete it: every export is fetched again, and lands only if it is new"):
                stored = _Stored.model_validate_json(self._path.read_bytes())
            if stored.reading == reading:
                self.versions = stored.versions

    def landed(self, key: str, version: str) -> None:
        """Write down at once that an export has landed."""
        self.versions[key] = version
        stored = _Stored(reading=self._reading, versions=self.versions)
        write_atomically(self._path, stored.model_dump_json(indent=1).encode())
