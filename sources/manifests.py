"""Manifests: what has landed, how it was understood, and where its slices and rejects are."""

import json
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from sources.identity import ID_VERSION
from sources.masking import MASKING_VERSION
from warehouse.damage import damage_explained
from warehouse.store import write_atomically

MANIFEST_NAME = "manifest.json"
_KEY_FILE = "identity-key.json"
REJECT_SCHEMA = pa.schema(
    [("row_number", pa.int32()), ("reason", pa.string()), ("detail", pa.string()), ("row", pa.string())]
)


class LeftOutSheet(BaseModel):
    """A sheet of a workbook in which no column of texts was recognised, so that none of its rows was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    rows: int
    reason: str


class Manifest(BaseModel):
    """What was read from a file, what landed, and how it was understood."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file_id: str
    name: str
    source: str
    size: int
    landed_at: datetime
    read: int
    landed: int
    duplicates: int
    rejected: int
    slices: int
    resolved: dict[str, object]
    reject_reasons: dict[str, int]
    masked: dict[str, int]
    dated: int
    rated: int
    first_published: datetime | None
    last_published: datetime | None
    supersedes: tuple[str, ...]
    left_out: tuple[LeftOutSheet, ...] = ()
    """Sheets that were passed over; their rows are in none of the counts."""
    notes: tuple[str, ...] = ()
    """Choices about columns that a person may want to know of."""
    key_fingerprint: str
    id_version: int = ID_VERSION
    masking_version: str = MASKING_VERSION


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of one landed file."""
    path = folder / MANIFEST_NAME
    with damage_explained(path, f"Move the folder {folder} away and import the file again"):
        return Manifest.model_validate_json(path.read_text("utf-8"))


def landed_files(landing: Path, *, leave_out: set[str]) -> list[Manifest]:
    """Return the manifests of the landed files but for some, those superseded by another left out, oldest first.

    Only the manifests of new files and of other readings of the same files are read: a night does not pay for years.
    """
    folders = [p for p in landing.glob("[0-9a-f]*-*") if (p / MANIFEST_NAME).exists()]
    contents = {p.name.split("-")[0] for p in folders if p.name not in leave_out}
    manifests = [read_manifest(p) for p in folders if p.name.split("-")[0] in contents]
    # Those left out supersede too: what an earlier night passed over must not come back in a later one.
    gone = leave_out.union(*(m.supersedes for m in manifests))
    return sorted((m for m in manifests if m.file_id not in gone), key=lambda m: (m.landed_at, m.file_id))


def earlier_landings(landing: Path, content_id: str) -> list[Path]:
    """Return the folders of all readings of one file's content, oldest first."""
    folders = [p for p in landing.glob(f"{content_id}-*") if (p / MANIFEST_NAME).exists()]
    return sorted(folders, key=lambda folder: read_manifest(folder).landed_at)


def landed_slices(landing: Path, file_id: str) -> list[Path]:
    """Return the slices of a landed file, in order."""
    return sorted((landing / file_id).glob("[0-9]*.parquet"))


def landed_rejects(landing: Path, file_id: str) -> pa.Table:
    """Return the masked rejects of a landed file: row_number, reason, detail, row."""
    path = landing / file_id / "rejects.parquet"
    return pq.read_table(path) if path.exists() else REJECT_SCHEMA.empty_table()


def known_fingerprint(landing: Path) -> str | None:
    """Return the fingerprint of the key that files landed with, ``None`` before the first."""
    path = landing / _KEY_FILE
    if not path.exists():
        return None
    with damage_explained(path, "Delete it: the warehouse knows the key as well"):
        return str(json.loads(path.read_text("utf-8"))["fingerprint"])


def remember_fingerprint(landing: Path, fingerprint: str) -> None:
    """Write down the fingerprint of the key that files land with, if it is not there yet."""
    if known_fingerprint(landing) != fingerprint:
        write_atomically(landing / _KEY_FILE, json.dumps({"fingerprint": fingerprint}).encode())
