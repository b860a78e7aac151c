"""What each version of the tables added, and what is read of files that another release wrote.

A file carries the version that it was written with in its Parquet metadata (``schema_version``), a run in the ledger's
column of that name. Files of an older version are read as they are: columns that came later are null, tables that came
later are empty, and a month is written in the new form when a night touches it. Files of a newer version are refused,
since what they hold may mean something else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from warehouse.schema import SCHEMA_VERSION

VERSION_KEY = "schema_version"
"""The key of the version in a file's metadata."""


class NewerSchemaError(RuntimeError):
    """A file was written by a newer release; the message says which file, and what to do."""


@dataclass(frozen=True, slots=True)
class SchemaVersion:
    """One version of the tables: what it added to the one before."""

    version: str
    summary: str
    tables: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Table → columns."""


SCHEMA_VERSIONS = (
    SchemaVersion(
        "1",
        "The first tables",
        tables=("reviews", "incidents", "mentions", "tokens", "trends", "venues", "rejects", "runs"),
    ),
    SchemaVersion(
        "2",
        "Departments and waits, readings by people, dimensions, things to do",
        tables=("dim_failure", "dim_touchpoint", "dim_date", "dim_venue", "labels", "actions"),
        columns={
            "reviews": ("read_by", "machine_failure_subtypes"),
            "incidents": ("department", "wait_minutes"),
            "mentions": ("department",),
        },
    ),
)
"""Oldest first; the last is the one that this release writes."""


def version_in(metadata: Mapping[bytes, bytes] | None) -> str | None:
    """Return the version that a file's metadata name, ``None`` where they name none."""
    version = (metadata or {}).get(VERSION_KEY.encode())
    return version.decode() if version else None


def check_version(path: Path, written_with: str | None) -> None:
    """Check that this release knows the version that a file was written with.

    Args:
        path: The file.
        written_with: What its metadata say, e.g. ``1``; ``None`` where they say nothing: no release of ours wrote it.

    Raises:
        NewerSchemaError: The version is none of ``SCHEMA_VERSIONS``.
    """
    known = [version.version for version in SCHEMA_VERSIONS]
    if written_with is not None and written_with not in known:
        raise NewerSchemaError(
            f"{path}: expected tables of version {SCHEMA_VERSION} or older, found version {written_with}: a newer "
            "release of Kesheng wrote it. Update this one, or go on with the newer one; nothing was changed"
        )
