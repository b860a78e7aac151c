"""Landing: a file becomes slices of masked records and a manifest, or nothing at all.

``landing/<file_id>/0001.parquet …``, ``rejects.parquet`` and ``manifest.json`` appear together, by one rename. The
``file_id`` is made of the file's bytes and source, then of everything that decides how its rows are read: the same file
lands once; read with another mapping it lands again and names what it supersedes.
"""

import hashlib
import json
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sources.file_format import FetchedFile
from sources.files import READER_VERSION, SourceFile, open_source_file
from sources.identity import IdentityKey, ReviewIds, author_key, check_same_key
from sources.import_options import ImportOptions, check_source_name
from sources.landed_rows import landed_row, masked_bad_row, masked_record
from sources.manifests import (
    MANIFEST_NAME,
    REJECT_SCHEMA,
    LeftOutSheet,
    Manifest,
    earlier_landings,
    known_fingerprint,
    read_manifest,
    remember_fingerprint,
)
from sources.record import BadRow, ReviewRecord, SourceFileError
from warehouse.schema import LANDED_SCHEMA

SLICE_ROWS = 4000


@dataclass(frozen=True, slots=True)
class LandedFile:
    """The outcome of an import: the manifest, and whether the file had landed before."""

    manifest: Manifest
    already_landed: bool


def land_file(
    content: Path | FetchedFile,
    options: ImportOptions,
    *,
    landing: Path,
    key: IdentityKey,
    progress: Callable[[int], None] = lambda _: None,
) -> LandedFile:
    """Land one file, or find that it has landed.

    Args:
        content: The file as the customer has it, or as it was fetched; the same bytes land once, whichever it is.
        options: Source, kind, industry, venue, and how to read it.
        landing: The landing folder.
        key: The key of derived identities.
        progress: Called with the number of rows read after each slice.

    Raises:
        SourceFileError: The file cannot be understood; nothing is written.
        IdentityKeyError: The key is not the one that earlier files landed with.
    """
    check_source_name(options.source)
    check_same_key(key, known_fingerprint(landing), "the landing folder")
    source_file = open_source_file(content, options.file)
    content_id = _digest(options.source.encode(), _file_digest(content))[:12]
    resolved = _resolved(source_file, options)
    mapping_id = _digest(json.dumps(resolved, ensure_ascii=False, sort_keys=True).encode())[:8]
    earlier = earlier_landings(landing, content_id)
    if earlier and earlier[-1].name.split("-")[1] == mapping_id:
        return LandedFile(read_manifest(earlier[-1]), already_landed=True)
    # The same mapping tried again after another one: a new landing, which supersedes that one.
    repeats = sum(folder.name.split("-")[1] == mapping_id for folder in earlier)
    file_id = f"{content_id}-{mapping_id}" + (f"-{repeats + 1}" if repeats else "")
    landing.mkdir(parents=True, exist_ok=True)
    _clear_killed_landings(landing)
    unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=landing))
    try:
        counts = _write_slices(source_file, options, key, folder=unfinished, file_id=file_id, progress=progress)
        manifest = Manifest(
            file_id=file_id,
            name=content.name,
            source=options.source,
            size=content.stat().st_size if isinstance(content, Path) else len(content.data),
            landed_at=datetime.now(UTC),
            resolved=resolved,
            supersedes=tuple(folder.name for folder in earlier),
            key_fingerprint=key.fingerprint,
            left_out=_left_out(source_file),
            notes=tuple(note for sheet in source_file.sheets for note in sheet.notes),
            **counts.facts(),  # type: ignore[arg-type] # checked by the model
        )
        return finish_landing(unfinished, landing, manifest)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def finish_landing(unfinished: Path, landing: Path, manifest: Manifest) -> LandedFile:
    """Give a landing its name, which makes it one; another process may have landed the same file meanwhile."""
    (unfinished / MANIFEST_NAME).write_text(manifest.model_dump_json(indent=2), "utf-8")
    landed = landing / manifest.file_id
    try:
        unfinished.rename(landed)
    except OSError:
        # Linux says "not empty" rather than "exists".
        if not (landed / MANIFEST_NAME).exists():
            raise
        return LandedFile(read_manifest(landed), already_landed=True)
    remember_fingerprint(landing, manifest.key_fingerprint)
    return LandedFile(manifest, already_landed=False)


def preview(
    content: Path | FetchedFile, options: ImportOptions, rows: int = 3
) -> tuple[SourceFile, list[ReviewRecord | BadRow]]:
    """Return how a file is understood and its first rows, masked; writes nothing."""
    source_file = open_source_file(content, options.file)
    shown: list[ReviewRecord | BadRow] = []
    for row in source_file.rows():
        if len(shown) == rows:
            break
        shown.append(
            masked_bad_row(row, options.masking) if isinstance(row, BadRow) else masked_record(row, options.masking)
        )
    return source_file, shown


@dataclass(slots=True)
class _Counts:
    read: int = 0
    landed: int = 0
    duplicates: int = 0
    slices: int = 0
    dated: int = 0
    rated: int = 0
    first_published: datetime | None = None
    last_published: datetime | None = None
    rejects: list[BadRow] = field(default_factory=list)
    masked: Counter[str] = field(default_factory=Counter)

    def saw(self, record: ReviewRecord) -> None:
        moment = record.published_at
        self.rated += record.rating is not None
        if moment:
            self.dated += 1
            self.first_published = min(self.first_published or moment, moment)
            self.last_published = max(self.last_published or moment, moment)

    def facts(self) -> dict[str, object]:
        left_out = {"rejects"}
        names = [name for name in self.__slots__ if name not in left_out]
        reasons = Counter(bad.reason for bad in self.rejects)
        values = {name: getattr(self, name) for name in names}
        return {**values, "masked": dict(self.masked), "rejected": len(self.rejects), "reject_reasons": dict(reasons)}


def _write_slices(
    source_file: SourceFile,
    options: ImportOptions,
    key: IdentityKey,
    *,
    folder: Path,
    file_id: str,
    progress: Callable[[int], None],
) -> _Counts:
    counts = _Counts()
    rows: list[dict[str, object]] = []
    for row in _landed_rows(source_file, options, key, file_id, counts):
        rows.append(row)
        if len(rows) == SLICE_ROWS:
            _write_rows(folder, counts, rows)
            rows = []
            progress(counts.read)
    if rows:
        _write_rows(folder, counts, rows)
    write_rejects(folder, counts.rejects)
    progress(counts.read)
    return counts


def _landed_rows(
    source_file: SourceFile, options: ImportOptions, key: IdentityKey, file_id: str, counts: _Counts
) -> Iterator[dict[str, object]]:
    ids = ReviewIds(key, options.source)
    own_ids: set[str] = set()
    changed = 0
    for row in source_file.rows():
        counts.read += 1
        if isinstance(row, BadRow):
            counts.rejects.append(masked_bad_row(row, options.masking))
            continue
        author = author_key(key, options.source, row.author)
        row.venue = row.venue or options.venue
        review_id = ids.assign(row, author)
        if review_id is None:
            counts.duplicates += 1
            continue
        if row.own_id:
            changed += row.own_id in own_ids
            own_ids.add(row.own_id)
        counts.saw(row)
        counts.landed += 1
        yield landed_row(masked_record(row, options.masking, counts.masked), options, file_id, review_id, author)
    if changed > max(20, counts.read // 20):
        raise SourceFileError(
            f"{source_file.name}: expected each review to have an id of its own; {changed} of {counts.read} rows "
            "repeat an id with another content. The column read as the id is no review id: name the right one with "
            "--map own_id=COLUMN, or none with --map own_id="
        )


def _write_rows(folder: Path, counts: _Counts, rows: list[dict[str, object]]) -> None:
    counts.slices += 1
    write_slice(folder, counts.slices, pa.Table.from_pylist(rows, schema=LANDED_SCHEMA))


def write_slice(folder: Path, number: int, rows: pa.Table) -> None:
    """Write a slice of masked rows, numbered from 1, into the folder of an unfinished landing."""
    pq.write_table(rows, folder / f"{number:04d}.parquet", compression="zstd")


def write_rejects(folder: Path, rejects: Sequence[BadRow]) -> None:
    """Write the masked rejects into the folder of an unfinished landing, if there are any."""
    if not rejects:
        return
    columns = {
        "row_number": [bad.row_number for bad in rejects],
        "reason": [bad.reason for bad in rejects],
        "detail": [bad.detail for bad in rejects],
        "row": [bad.raw for bad in rejects],
    }
    pq.write_table(pa.table(columns, schema=REJECT_SCHEMA), folder / "rejects.parquet", compression="zstd")


def _resolved(source_file: SourceFile, options: ImportOptions) -> dict[str, object]:
    given = {"kind": options.kind, "industry": options.industry, "venue": options.venue}
    return {**source_file.resolved(), **given, "reader_version": READER_VERSION}


def _left_out(source_file: SourceFile) -> tuple[LeftOutSheet, ...]:
    return tuple(
        LeftOutSheet(name=sheet.name, rows=sheet.data_rows, reason=sheet.skipped_reason)
        for sheet in source_file.sheets
        if sheet.skipped_reason
    )


def _clear_killed_landings(landing: Path) -> None:
    """Remove what imports killed more than a day ago left half-written; a younger one may still be at work."""
    for folder in landing.glob(".unfinished-*"):
        # One that another source finishes at this moment is gone under this name.
        with suppress(FileNotFoundError):
            if folder.stat().st_mtime < time.time() - 24 * 3600:
                shutil.rmtree(folder, ignore_errors=True)


def _file_digest(content: Path | FetchedFile) -> bytes:
    if isinstance(content, FetchedFile):
        return hashlib.sha256(content.data).digest()
    with content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\x1f".join(parts)).hexdigest()
