"""Landing what crawls brought: masked rows that wait in the frontier become a landed file like any other.

Batches get the name under which they land before they do, so that a landing which was interrupted is finished under
the same name, and nothing lands twice.
"""

import hashlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from sources.identity import IdentityKey, check_same_key
from sources.import_options import ImportOptions
from sources.landing import SLICE_ROWS, LandedFile, finish_landing, write_rejects, write_slice
from sources.manifests import MANIFEST_NAME, Manifest, known_fingerprint, read_manifest
from sources.record import BadRow
from sources.web.crawl_records import Batch
from sources.web.frontier import Frontier
from sources.web.row_batches import unpack_rows

_PAGES_AT_ONCE = 5_000
"""Of one landed file, so that a first crawl of years does not fill the memory."""


def land_batches(frontier: Frontier, options: ImportOptions, *, landing: Path, key: IdentityKey) -> list[LandedFile]:
    """Land everything that waits in a frontier.

    Raises:
        IdentityKeyError: The key is not the one that earlier files landed with.
    """
    check_same_key(key, known_fingerprint(landing), "the landing folder")
    landed = [_land(frontier, file_id, options, landing, key) for file_id in frontier.named_batches()]
    while batches := list(frontier.batches(None, _PAGES_AT_ONCE)):
        last = batches[-1].batch
        file_id = f"{_content_id(options.source, batches)}-crawl{batches[-1].crawl}"
        frontier.name_batches(file_id, last)
        landed.append(_land(frontier, file_id, options, landing, key))
    return landed


def _content_id(source: str, batches: Sequence[Batch]) -> str:
    """Return a digest of everything that some pages brought: what is told alike has landed, what differs has not."""
    digest = hashlib.sha256(f"{source}|{batches[0].batch}|{batches[0].crawl}".encode())
    for batch in batches:
        told = [(bad.reason, bad.detail, bad.raw) for bad in batch.rejects]
        digest.update(f"|{len(batch.rows)}|{batch.duplicates}|{told}|".encode("utf-8", "surrogatepass") + batch.rows)
    return digest.hexdigest()[:12]


def _land(frontier: Frontier, file_id: str, options: ImportOptions, landing: Path, key: IdentityKey) -> LandedFile:
    if (landing / file_id / MANIFEST_NAME).exists():
        frontier.forget_batches(file_id)
        return LandedFile(read_manifest(landing / file_id), already_landed=True)
    batches = list(frontier.batches(file_id))
    rows, rejects = _numbered(batches, file_id)
    landing.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=landing))
    try:
        slices = [rows.slice(start, SLICE_ROWS) for start in range(0, rows.num_rows, SLICE_ROWS)]
        for number, part in enumerate(slices, start=1):
            write_slice(unfinished, number, part)
        write_rejects(unfinished, rejects)
        landed = finish_landing(unfinished, landing, _manifest(batches, rows, rejects, options=options, key=key))
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    frontier.forget_batches(file_id)
    return landed


def _numbered(batches: Sequence[Batch], file_id: str) -> tuple[pa.Table, list[BadRow]]:
    """Return the rows of some pages, numbered over all of them, and the rejects, numbered after the rows."""
    rows = pa.concat_tables([unpack_rows(batch.rows) for batch in batches])
    count = rows.num_rows
    columns = {"row_number": pa.array(range(1, count + 1), pa.int32()), "file_id": pa.repeat(file_id, count)}
    for name, column in columns.items():
        place = rows.schema.get_field_index(name)
        rows = rows.set_column(place, rows.schema.field(place), column)
    rejects = [bad for batch in batches for bad in batch.rejects]
    return rows, [BadRow(count + n, bad.reason, bad.detail, bad.raw) for n, bad in enumerate(rejects, start=1)]


def _manifest(
    batches: Sequence[Batch], rows: pa.Table, rejects: Sequence[BadRow], *, options: ImportOptions, key: IdentityKey
) -> Manifest:
    now = datetime.now(UTC)
    duplicates = sum(batch.duplicates for batch in batches)
    days = pc.min_max(rows.column("published_at")).as_py()
    return Manifest(
        file_id=str(batches[0].file_id),
        name=f"{options.source}-crawl-{batches[-1].crawl}",
        source=options.source,
        size=sum(len(batch.rows) for batch in batches),
        landed_at=now,
        read=rows.num_rows + len(rejects) + duplicates,
        landed=rows.num_rows,
        duplicates=duplicates,
        rejected=len(rejects),
        slices=-(-rows.num_rows // SLICE_ROWS),
        resolved={"format": "crawl", "kind": options.kind, "industry": options.industry, "venue": options.venue},
        reject_reasons=dict(Counter(bad.reason for bad in rejects)),
        masked={},
        dated=rows.num_rows - rows.column("published_at").null_count,
        rated=rows.num_rows - rows.column("rating").null_count,
        first_published=days["min"],
        last_published=days["max"],
        supersedes=(),
        key_fingerprint=key.fingerprint,
    )
