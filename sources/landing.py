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
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from sources.files import READER_VERSION, FileOptions, SourceFile, open_source_file
from sources.identity import ID_VERSION, IdentityKey, ReviewIds, author_key, check_same_key
from sources.kinds import Kind, read_kind
from sources.masking import MASKING_VERSION, MaskingSettings, mask
from sources.personal_columns import without_personal_members
from sources.record import BadRow, ReviewRecord, SourceFileError
from warehouse.damage import damage_explained
from warehouse.schema import LANDED_SCHEMA

SLICE_ROWS = 4000
RAW_LIMIT = 2_000
MANIFEST_NAME = "manifest.json"
_KEY_FILE = "identity-key.json"
_REJECT_SCHEMA = pa.schema(
    [("row_number", pa.int32()), ("reason", pa.string()), ("detail", pa.string()), ("row", pa.string())]
)


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What a person says of a file that the file does not say itself."""

    source: str
    kind: Kind = "review"
    industry: str | None = None
    venue: str | None = None
    file: FileOptions = field(default_factory=FileOptions)
    masking: MaskingSettings = field(default_factory=MaskingSettings)


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
    key_fingerprint: str
    id_version: int = ID_VERSION
    masking_version: str = MASKING_VERSION


@dataclass(frozen=True, slots=True)
class LandedFile:
    """The outcome of an import: the manifest, and whether the file had landed before."""

    manifest: Manifest
    already_landed: bool


def land_file(
    path: Path,
    options: ImportOptions,
    *,
    landing: Path,
    key: IdentityKey,
    progress: Callable[[int], None] = lambda _: None,
) -> LandedFile:
    """Land one file, or find that it has landed.

    Args:
        path: The file as the customer has it.
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
    source_file = open_source_file(path, options.file)
    content_id = _digest(options.source.encode(), _file_digest(path))[:12]
    resolved = _resolved(source_file, options)
    mapping_id = _digest(json.dumps(resolved, ensure_ascii=False, sort_keys=True).encode())[:8]
    earlier = _earlier_landings(landing, content_id)
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
            name=path.name,
            source=options.source,
            size=path.stat().st_size,
            landed_at=datetime.now(UTC),
            resolved=resolved,
            supersedes=tuple(folder.name for folder in earlier),
            key_fingerprint=key.fingerprint,
            **counts.facts(),  # type: ignore[arg-type] # checked by the model
        )
        (unfinished / MANIFEST_NAME).write_text(manifest.model_dump_json(indent=2), "utf-8")
        try:
            unfinished.rename(landing / file_id)
        except OSError:
            # Another process landed the same file meanwhile; Linux says "not empty" rather than "exists".
            if not (landing / file_id / MANIFEST_NAME).exists():
                raise
            return LandedFile(read_manifest(landing / file_id), already_landed=True)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    (landing / _KEY_FILE).write_text(json.dumps({"fingerprint": key.fingerprint}), "utf-8")
    return LandedFile(manifest, already_landed=False)


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of one landed file."""
    path = folder / MANIFEST_NAME
    with damage_explained(path, f"Move the folder {folder} away and import the file again"):
        return Manifest.model_validate_json(path.read_text("utf-8"))


def landed_files(landing: Path, *, leave_out: set[str]) -> list[Manifest]:
    """Return the manifests of the landed files but for some, those superseded by another left out, oldest first."""
    manifests = [read_manifest(p) for p in landing.glob("[0-9a-f]*-*") if (p / MANIFEST_NAME).exists()]
    # Those left out supersede too: what an earlier night passed over must not come back in a later one.
    gone = leave_out.union(*(m.supersedes for m in manifests))
    return sorted((m for m in manifests if m.file_id not in gone), key=lambda m: (m.landed_at, m.file_id))


def landed_slices(landing: Path, file_id: str) -> list[Path]:
    """Return the slices of a landed file, in order."""
    return sorted((landing / file_id).glob("[0-9]*.parquet"))


def landed_rejects(landing: Path, file_id: str) -> pa.Table:
    """Return the masked rejects of a landed file: row_number, reason, detail, row."""
    path = landing / file_id / "rejects.parquet"
    return pq.read_table(path) if path.exists() else _REJECT_SCHEMA.empty_table()


def known_fingerprint(landing: Path) -> str | None:
    """Return the fingerprint of the key that files landed with, ``None`` before the first."""
    path = landing / _KEY_FILE
    if not path.exists():
        return None
    with damage_explained(path, "Delete it: the warehouse knows the key as well"):
        return str(json.loads(path.read_text("utf-8"))["fingerprint"])


def check_source_name(source: str) -> None:
    """Refuse a source name that could not stand at the head of an id or in a file name.

    Raises:
        ValueError: The name is empty, too long, or has other characters than letters, digits, ``_``, ``-`` and ``.``.
    """
    if not source or len(source) > 40 or not all(ch.isalnum() or ch in "_-." for ch in source):
        raise ValueError(
            f"a source name must be 1 to 40 letters, digits, '_', '-' or '.', such as ctrip or 携程; got {source!r}"
        )


def preview(path: Path, options: ImportOptions, rows: int = 3) -> tuple[SourceFile, list[ReviewRecord | BadRow]]:
    """Return how a file is understood and its first rows, masked; writes nothing."""
    source_file = open_source_file(path, options.file)
    shown: list[ReviewRecord | BadRow] = []
    for row in source_file.rows():
        if len(shown) == rows:
            break
        shown.append(
            masked_bad_row(row, options.masking) if isinstance(row, BadRow) else masked_record(row, options.masking)
        )
    return source_file, shown


def masked_record(record: ReviewRecord, settings: MaskingSettings, counts: Counter[str] | None = None) -> ReviewRecord:
    """Mask every free text of a record in place, and drop the author's name, which only its key may stand for."""
    found: Counter[str] = Counter() if counts is None else counts

    def masked(text: str | None) -> str | None:
        if not text:
            return text
        result = mask(text, settings)
        found.update(result.counts)
        return result.text

    record.text = masked(record.text) or ""
    record.title = masked(record.title)
    record.follow_up_text = masked(record.follow_up_text)
    record.reply_text = masked(record.reply_text)
    record.product = masked(record.product)
    record.traveller_type = masked(record.traveller_type)
    record.rating_raw = masked(record.rating_raw)
    record.url = without_personal_members(record.url) if record.url else None
    record.extra = {name: masked(value) or "" for name, value in record.extra.items()}
    record.author = None
    return record


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
            _write_slice(folder, counts, rows)
            rows = []
            progress(counts.read)
    if rows:
        _write_slice(folder, counts, rows)
    if counts.rejects:
        columns = {
            "row_number": [bad.row_number for bad in counts.rejects],
            "reason": [bad.reason for bad in counts.rejects],
            "detail": [bad.detail for bad in counts.rejects],
            "row": [bad.raw for bad in counts.rejects],
        }
        pq.write_table(pa.table(columns, schema=_REJECT_SCHEMA), folder / "rejects.parquet", compression="zstd")
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
            f"{source_file.path.name}: expected each review to have an id of its own; {changed} of {counts.read} rows "
            "repeat an id with another content. The column read as the id is no review id: name the right one with "
            "--map own_id=COLUMN, or none with --map own_id="
        )


def landed_row(
    record: ReviewRecord, options: ImportOptions, file_id: str, review_id: str, author: str | None
) -> dict[str, object]:
    """Return a masked record as a row of ``warehouse.schema.LANDED_SCHEMA``."""
    return {
        "review_id": review_id,
        "id_version": ID_VERSION,
        "source": options.source,
        "kind": read_kind(record.kind) or options.kind,
        "industry": options.industry or record.industry,
        "venue_id": None,
        "venue_name": record.venue,
        "author_key": author,
        "published_at": record.published_at,
        "published_precision": record.published_precision,
        "stayed_at": record.stayed_at,
        "rating": record.rating,
        "rating_raw": record.rating_raw,
        "traveller_type": record.traveller_type,
        "product": record.product,
        "title": record.title,
        "text": record.text,
        "follow_up_text": record.follow_up_text,
        "reply_text": record.reply_text,
        "replied_at": record.replied_at,
        "url": record.url,
        "extra": json.dumps(record.extra, ensure_ascii=False, sort_keys=True) if record.extra else None,
        "file_id": file_id,
        "row_number": record.row_number,
    }


def _write_slice(folder: Path, counts: _Counts, rows: list[dict[str, object]]) -> None:
    counts.slices += 1
    table = pa.Table.from_pylist(rows, schema=LANDED_SCHEMA)
    pq.write_table(table, folder / f"{counts.slices:04d}.parquet", compression="zstd")


def masked_bad_row(row: BadRow, settings: MaskingSettings) -> BadRow:
    """Return a bad row with everything in it masked, and what it held cut to ``RAW_LIMIT`` characters."""
    # Cut after masking: half a number at the end would not be known for one.
    raw = mask(row.raw, settings).text[:RAW_LIMIT]
    return BadRow(row.row_number, row.reason, mask(row.detail, settings).text, raw)


def _resolved(source_file: SourceFile, options: ImportOptions) -> dict[str, object]:
    given = {"kind": options.kind, "industry": options.industry, "venue": options.venue}
    return {**source_file.resolved(), **given, "reader_version": READER_VERSION}


def _clear_killed_landings(landing: Path) -> None:
    """Remove what imports killed more than a day ago left half-written; a younger one may still be at work."""
    for folder in landing.glob(".unfinished-*"):
        if folder.stat().st_mtime < time.time() - 24 * 3600:
            shutil.rmtree(folder, ignore_errors=True)


def _earlier_landings(landing: Path, content_id: str) -> list[Path]:
    folders = [p for p in landing.glob(f"{content_id}-*") if (p / MANIFEST_NAME).exists()]
    return sorted(folders, key=lambda folder: read_manifest(folder).landed_at)


def _file_digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\x1f".join(parts)).hexdigest()
