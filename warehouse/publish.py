"""The publish step: staged rows into the tables, each touched month rewritten once.

Every part of it may be repeated: rows are taken out by id before they are put in, so a run that was killed anywhere
and is taken up again ends in the same tables.
"""

from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from warehouse.index import IndexEntry, Original, WarehouseIndex, index_entries
from warehouse.near_duplicates import SIMILARITY, similarity
from warehouse.runs import RunFolder
from warehouse.schema import INCIDENTS, MENTIONS, REJECTS, REVIEW_TABLES, REVIEWS, TOKENS, TableSchema
from warehouse.staging import STAGED_SCHEMA
from warehouse.store import LocalStore, Partition, Written

ROWS_AT_ONCE = 200_000
"""Staged rows held in memory at a time; about 1.5 KB each."""


def find_near_duplicates(folder: RunFolder, slices: int, index: WarehouseIndex) -> dict[str, str]:
    """Decide which staged reviews nearly repeat an earlier one of their venue, and write it down.

    A review's original is the most similar of those stored or published before it; originals are never duplicates
    themselves, so there are no chains. A stored original stays one, whatever is staged beside it, because others point
    to it.

    Returns:
        review → original.
    """
    decided = folder.near_duplicates()
    if decided is not None:
        return decided
    columns = ["review_id", "published_at", "bands", "signature"]
    rows = (
        _staged(folder, slices)
        .to_table(columns=columns)
        .sort_by([("published_at", "ascending"), ("review_id", "ascending")])
    )
    found: dict[str, str] = {}
    in_run: dict[int, list[tuple[str, bytes]]] = {}
    staged_ids = rows.column("review_id").to_pylist()
    # What the run replaces or takes out is stored with its former text: only what is staged of it counts.
    leaving = set(staged_ids).union(*folder.removals().values())
    originals = index.originals(staged_ids)
    for review_id, bands, signature in sorted(_signed(rows), key=lambda row: row[0] not in originals):
        if review_id in originals:
            _add_candidate(in_run, review_id, bands, signature)
            continue
        stored = [c for c in index.candidates(bands) if c[0] not in leaving]
        candidates = {*stored, *(c for band in bands for c in in_run.get(band, ()))}
        scored = sorted((-similarity(signature, other), other_id) for other_id, other in candidates)
        if scored and -scored[0][0] >= SIMILARITY:
            found[review_id] = scored[0][1]
        else:
            _add_candidate(in_run, review_id, bands, signature)
    folder.write_near_duplicates(found)
    return found


def _add_candidate(
    candidates: dict[int, list[tuple[str, bytes]]], review_id: str, bands: list[int], signature: bytes
) -> None:
    for band in bands:
        candidates.setdefault(band, []).append((review_id, signature))


def publish(
    folder: RunFolder,
    slices: int,
    *,
    store: LocalStore,
    index: WarehouseIndex,
    reached: Callable[[str], None],
) -> list[Written]:
    """Write the staged rows of a run into the tables and the index.

    Args:
        folder: The run, resolved and analysed.
        slices: How many staged slices it has.
        store: Where the tables are.
        index: Updated last, in one transaction.
        reached: Called with a name at each point that a kill may follow.

    Returns:
        What was written, partition by partition.
    """
    duplicates = find_near_duplicates(folder, slices, index)
    reached("near-duplicates decided")
    removals = folder.removals()
    written: list[Written] = []
    entries: list[IndexEntry] = []
    originals: list[Original] = []
    staged_months: set[str] = set()
    for month, staged in _staged_by_month(folder, slices):
        staged_months.add(month)
        written += _replace_month(
            store, month, staged, duplicates=duplicates, removals=removals.get(month, []), reached=reached
        )
        entries += index_entries(staged, month)
        originals += [Original(i, s, b) for i, b, s in _signed(staged) if i not in duplicates]
    for month in sorted(set(removals) - staged_months):
        written += _replace_month(
            store, month, STAGED_SCHEMA.empty_table(), duplicates={}, removals=removals[month], reached=reached
        )
    reached("months written")
    removed = sorted({review_id for ids in removals.values() for review_id in ids})
    index.apply(folder.path.name, removed=removed, stored=entries, originals=originals)
    reached("index written")
    return written


def publish_rejects(store: LocalStore, month: str, run_id: str, rejects: pa.Table) -> list[Written]:
    """Write the rejects of a run under its month, in the place of what it wrote before."""
    partition = Partition(REJECTS.name, month)
    before = store.read(partition)
    kept = before.filter(pc.not_equal(before.column("run_id"), run_id))
    if rejects.num_rows == 0 and kept.num_rows == before.num_rows:
        return []
    return [store.replace(partition, pa.concat_tables([kept, rejects.cast(kept.schema)]))]


def _replace_month(
    store: LocalStore,
    month: str,
    staged: pa.Table,
    *,
    duplicates: dict[str, str],
    removals: list[str],
    reached: Callable[[str], None],
) -> list[Written]:
    gone = pa.array([*removals, *staged.column("review_id").to_pylist()], pa.string())
    written = []
    for schema in REVIEW_TABLES:
        partition = Partition(schema.name, month)
        before = store.read(partition).cast(schema.arrow)
        kept = before.filter(pc.invert(pc.is_in(before.column("review_id"), gone)))
        written.append(store.replace(partition, pa.concat_tables([kept, _rows_of(schema, staged, duplicates)])))
        reached(f"{schema.name} of a month written")
    return written


def _rows_of(schema: TableSchema, staged: pa.Table, duplicates: dict[str, str]) -> pa.Table:
    if schema is REVIEWS:
        originals = pa.array([duplicates.get(i) for i in staged.column("review_id").to_pylist()], pa.string())
        return staged.append_column("duplicate_of", originals).select(schema.arrow.names).cast(schema.arrow)
    if schema is TOKENS:
        return staged.select(schema.arrow.names).cast(schema.arrow)
    findings, number = {INCIDENTS: ("incidents", "incident_no"), MENTIONS: ("mentions", "mention_no")}[schema]
    return finding_rows(staged, findings, number).select(schema.arrow.names).cast(schema.arrow)


def finding_rows(staged: pa.Table, findings: str, number: str) -> pa.Table:
    """Return one row a finding, numbered from 1 within its review, with the review's own columns repeated."""
    nested = staged.column(findings).combine_chunks()
    nested = pa.concat_arrays(nested.chunks) if isinstance(nested, pa.ChunkedArray) else nested
    parents = pc.list_parent_indices(nested)
    values = pc.list_flatten(nested)
    numbers = [n for count in pc.list_value_length(nested).to_pylist() for n in range(1, (count or 0) + 1)]
    names = [field.name for field in values.type]
    repeated = staged.drop_columns([c for c in staged.column_names if c in {*names, findings}]).take(parents)
    table = repeated.append_column(number, pa.array(numbers, pa.int16()))
    for position, name in enumerate(names):
        table = table.append_column(name, values.field(position))
    return table


def _staged(folder: RunFolder, slices: int) -> ds.Dataset:
    paths = [str(folder.staged_slice(number)) for number in range(1, slices + 1)]
    return (
        ds.dataset(paths, schema=STAGED_SCHEMA, format="parquet") if paths else ds.dataset(STAGED_SCHEMA.empty_table())
    )


def _staged_by_month(folder: RunFolder, slices: int) -> Iterator[tuple[str, pa.Table]]:
    """Yield month by month, reading as many months at once as memory allows."""
    dataset = _staged(folder, slices)
    counts = dataset.to_table(columns=["month"]).group_by("month").aggregate([([], "count_all")])
    rows = dict(zip(counts.column("month").to_pylist(), counts.column("count_all").to_pylist(), strict=True))
    group: list[str] = []
    for month in [*sorted(rows), None]:
        if group and (month is None or sum(rows[m] for m in group) + rows[month] > ROWS_AT_ONCE):
            table = dataset.to_table(filter=pc.is_in(pc.field("month"), pa.array(group)))
            for member in group:
                yield member, table.filter(pc.equal(table.column("month"), member)).combine_chunks()
            group = []
        if month is not None:
            group.append(month)


def _signed(table: pa.Table) -> Iterator[tuple[str, list[int], bytes]]:
    columns = (table.column(name).to_pylist() for name in ("review_id", "bands", "signature"))
    for review_id, bands, signature in zip(*columns, strict=True):
        if signature is not None:
            yield review_id, bands, signature
