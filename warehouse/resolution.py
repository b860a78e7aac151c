"""Resolution: what in the landed rows is new, changed or known, decided before anything is analysed or written.

The index answers for every row whose content is known or whose id is new; stored rows are read only to merge changes
into them. A change never makes a date less precise nor takes away what a later export merely leaves out, unless the
rows come from the same file read with another mapping, which replaces them.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from warehouse.damage import damage_explained
from warehouse.index import CONTENT_COLUMNS, IndexEntry, WarehouseIndex, content_digests
from warehouse.redating import same_review_dated_otherwise
from warehouse.runs import FileOutcome, Plan, RunFile, RunFolder
from warehouse.schema import LANDED_SCHEMA
from warehouse.store import LocalStore, Partition

WORK_ROWS = 2000
_PRECISION_RANK = {"none": 0, "year": 1, "month": 2, "day": 3, "second": 4}
_PAIRS = (("rating", "rating_raw"), ("reply_text", "replied_at"))
_DATE_COLUMNS = ("published_at", "published_precision")
_VENUE_COLUMNS = ("venue_id", "venue_name", "industry")
_REPEATED = ("text", "venue_name")
"""What a near-duplicate shares with its original."""
Row = dict[str, object]
TableChange = Callable[[pa.Table], pa.Table]


@dataclass(frozen=True, slots=True)
class LandedSlice:
    """One slice of a landed file: ids and content digests in row order."""

    file: RunFile
    path: Path
    ids: list[str]
    digests: list[bytes]


@dataclass(slots=True)
class _Counts:
    stored: Counter[str] = field(default_factory=Counter)
    updated: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)

    def outcome(self, file_id: str) -> FileOutcome:
        return FileOutcome(
            file_id=file_id,
            stored=self.stored[file_id],
            updated=self.updated[file_id],
            unchanged=self.unchanged[file_id],
        )


def resolve(
    files: list[tuple[RunFile, list[Path]]],
    *,
    store: LocalStore,
    index: WarehouseIndex,
    folder: RunFolder,
    match_venues: TableChange,
) -> Plan:
    """Decide what a run will change and write its work slices and plan into its folder.

    Args:
        files: The landed files in landing order, each with its slices.
        store: The stored tables, read for rows that changed.
        index: What is stored.
        folder: Where work slices, removals and plan are written; the plan last.
        match_venues: Sets venue_id, venue_name and industry from the venue master.

    Returns:
        The plan; for each file ``landed = stored + updated + unchanged``.
    """
    slices = [_read_slice(file, path) for file, paths in files for path in paths]
    known = index.find({review_id for part in slices for review_id in part.ids})
    same = same_review_dated_otherwise(_ids_of_files(slices), index, known)
    known.update(index.find(set(same.values())))
    times = Counter(same.get(review_id, review_id) for part in slices for review_id in part.ids)
    counts = _Counts()
    work = _WorkWriter(folder, match_venues)
    versions: dict[str, list[tuple[RunFile, Row]]] = {}
    for part in slices:
        _sort_rows(part, known=known, same=same, times=times, counts=counts, work=work, versions=versions)
    removals, restated = _merge_versions(versions, store, known, counts, work)
    withdrawn = _withdrawals([file for file, _ in files], index, set(times))
    removals += withdrawn
    orphans = _add_orphans(
        store, index.originals({*restated, *(i for i, _ in withdrawn)}), {review_id for review_id, _ in removals}, work
    )
    plan = Plan(
        outcomes=tuple(counts.outcome(file.file_id) for file, _ in files),
        withdrawn=len(withdrawn),
        rescored=len(orphans),
        slices=work.finish(),
    )
    folder.write_plan(plan, removals + orphans)
    return plan


def resolve_reanalysis(
    months: tuple[str, ...], *, store: LocalStore, folder: RunFolder, match_venues: TableChange
) -> Plan:
    """Plan to read all stored reviews of some months again: every one is replaced by itself, labelled anew."""
    work = _WorkWriter(folder, match_venues)
    removals: list[tuple[str, str]] = []
    for month in months:
        table = store.read(Partition("reviews", month), LANDED_SCHEMA.names)
        removals += [(review_id, month) for review_id in table.column("review_id").to_pylist()]
        work.add(table)
    plan = Plan(outcomes=(), withdrawn=0, rescored=len(removals), slices=work.finish())
    folder.write_plan(plan, removals)
    return plan


def resolve_corrections(
    review_ids: tuple[str, ...],
    *,
    store: LocalStore,
    index: WarehouseIndex,
    folder: RunFolder,
    match_venues: TableChange,
) -> Plan:
    """Plan to read some stored reviews again; what is not stored any more is left out."""
    work = _WorkWriter(folder, match_venues)
    entries = index.find(review_ids)
    rows = [row for _, row in _stored_rows(store, list(entries.values()))]
    work.add(pa.Table.from_pylist(rows, schema=LANDED_SCHEMA))
    removals = [(entry.review_id, entry.month) for entry in entries.values()]
    plan = Plan(outcomes=(), withdrawn=0, rescored=len(removals), slices=work.finish())
    folder.write_plan(plan, removals)
    return plan


class _WorkWriter:
    """Cuts rows to analyse into slices of equal size."""

    def __init__(self, folder: RunFolder, match_venues: TableChange) -> None:
        self._folder = folder
        self._match_venues = match_venues
        self._waiting: list[pa.Table] = []
        self._rows = 0
        self._slices = 0

    def matched(self, table: pa.Table) -> pa.Table:
        return self._match_venues(table)

    def add(self, table: pa.Table) -> None:
        if table.num_rows:
            self._waiting.append(table.select(LANDED_SCHEMA.names).cast(LANDED_SCHEMA))
            self._rows += table.num_rows
        while self._rows >= WORK_ROWS:
            self._write(WORK_ROWS)

    def finish(self) -> int:
        if self._rows:
            self._write(self._rows)
        return self._slices

    def _write(self, rows: int) -> None:
        table = pa.concat_tables(self._waiting)
        self._slices += 1
        self._folder.write_work(self._slices, self._match_venues(table.slice(0, rows).combine_chunks()))
        self._waiting = [table.slice(rows)]
        self._rows -= rows


def _read_slice(file: RunFile, path: Path) -> LandedSlice:
    with damage_explained(path, f"Move the folder {path.parent} away, import {file.name} again, then run"):
        table = pq.read_table(path, columns=["review_id", *CONTENT_COLUMNS])
    return LandedSlice(file, path, table.column("review_id").to_pylist(), content_digests(table))


def _sort_rows(
    part: LandedSlice,
    *,
    known: dict[str, IndexEntry],
    same: dict[str, str],
    times: Counter[str],
    counts: _Counts,
    work: _WorkWriter,
    versions: dict[str, list[tuple[RunFile, Row]]],
) -> None:
    """Send each row of a slice on its way: new to the work, unchanged to the count, the rest to be merged."""
    new: list[int] = []
    other: list[int] = []
    for row, (given_id, digest) in enumerate(zip(part.ids, part.digests, strict=True)):
        review_id = same.get(given_id, given_id)
        entry = known.get(review_id)
        replaces = entry and (entry.digest != digest or entry.file_id in part.file.supersedes)
        if times[review_id] > 1 or review_id != given_id or replaces:
            other.append(row)
        elif entry:
            counts.unchanged[part.file.file_id] += 1
        else:
            new.append(row)
    if not new and not other:
        return
    table = pq.read_table(part.path)
    counts.stored[part.file.file_id] += len(new)
    work.add(table.take(pa.array(new, pa.int64())))
    for row in work.matched(table.take(pa.array(other, pa.int64()))).to_pylist():
        row["review_id"] = same.get(row["review_id"], row["review_id"])
        versions.setdefault(row["review_id"], []).append((part.file, row))


def _merge_versions(
    versions: dict[str, list[tuple[RunFile, Row]]],
    store: LocalStore,
    known: dict[str, IndexEntry],
    counts: _Counts,
    work: _WorkWriter,
) -> tuple[list[tuple[str, str]], set[str]]:
    """Merge what several exports say of one review, oldest first.

    Returns:
        What must be taken out where it stood, and the ids of what reads otherwise than before or is of another venue.
    """
    stored = dict(_stored_rows(store, [known[review_id] for review_id in versions if review_id in known]))
    removals: list[tuple[str, str]] = []
    restated: set[str] = set()
    changed: list[Row] = []
    for review_id, rows in versions.items():
        before = current = stored.get(review_id)
        for file, row in rows:
            merged = _merge(current, row, file.supersedes)
            if current is None:
                counts.stored[file.file_id] += 1
            elif _values(merged, columns := _compared(current, file)) == _values(current, columns):
                counts.unchanged[file.file_id] += 1
                continue
            else:
                counts.updated[file.file_id] += 1
            current = merged
        if current is not None and current is not before:
            changed.append(current)
            if review_id in known:
                removals.append((review_id, known[review_id].month))
        if before and current and _values(before, _REPEATED) != _values(current, _REPEATED):
            restated.add(review_id)
    work.add(pa.Table.from_pylist(changed, schema=LANDED_SCHEMA))
    return removals, restated


def _stored_rows(store: LocalStore, entries: list[IndexEntry]) -> Iterator[tuple[str, Row]]:
    by_month: dict[str, list[str]] = {}
    for entry in entries:
        by_month.setdefault(entry.month, []).append(entry.review_id)
    for month, review_ids in by_month.items():
        table = store.read(Partition("reviews", month), LANDED_SCHEMA.names)
        wanted = table.filter(pc.is_in(table.column("review_id"), pa.array(review_ids)))
        for row in wanted.to_pylist():
            yield row["review_id"], row


def _merge(current: Row | None, new: Row, supersedes: tuple[str, ...]) -> Row:
    if current is None or current["file_id"] in supersedes:
        return new
    merged = {name: value if value is not None else current[name] for name, value in new.items()}
    if _PRECISION_RANK[str(current["published_precision"])] > _PRECISION_RANK[str(new["published_precision"])]:
        merged.update({name: current[name] for name in _DATE_COLUMNS})
    # What belongs together comes from one export: a score and its writing, a reply and its time.
    for first, second in _PAIRS:
        given = new if new[first] is not None or new[second] is not None else current
        merged.update({first: given[first], second: given[second]})
    return merged


def _compared(current: Row, file: RunFile) -> list[str]:
    # Another mapping of the same file may change the venue alone, which no content digest holds.
    return [*CONTENT_COLUMNS, *_VENUE_COLUMNS] if current["file_id"] in file.supersedes else CONTENT_COLUMNS


def _values(row: Row, columns: Iterable[str]) -> tuple[object, ...]:
    return tuple(row[name] for name in columns)


def _ids_of_files(slices: list[LandedSlice]) -> list[list[str]]:
    ids: dict[str, list[str]] = {}
    for part in slices:
        ids.setdefault(part.file.file_id, []).extend(part.ids)
    return list(ids.values())


def _add_orphans(store: LocalStore, lost: set[str], settled: set[str], work: _WorkWriter) -> list[tuple[str, str]]:
    """Add to the work the stored near-duplicates of what is gone or reads otherwise now: what they repeat is open."""
    orphans: list[tuple[str, str]] = []
    for month in store.months("reviews") if lost else ():
        partition = Partition("reviews", month)
        table = store.read(partition, ["review_id", "duplicate_of"])
        repeating = table.filter(pc.is_in(table.column("duplicate_of"), pa.array(sorted(lost))))
        found = [i for i in repeating.column("review_id").to_pylist() if i not in settled]
        if found:
            rows = store.read(partition, LANDED_SCHEMA.names)
            work.add(rows.filter(pc.is_in(rows.column("review_id"), pa.array(found))))
            orphans += [(review_id, month) for review_id in found]
    return orphans


def _withdrawals(files: list[RunFile], index: WarehouseIndex, brought: set[str]) -> list[tuple[str, str]]:
    """Return what a file brought under an earlier mapping and does not bring under the new one."""
    return [
        (entry.review_id, entry.month)
        for file in files
        for earlier in file.supersedes
        for entry in index.of_file(earlier)
        if entry.review_id not in brought
    ]
