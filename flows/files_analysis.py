"""Files analysed without the warehouse: the same columns, in the order and under the ids of the file."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from flows.analysis import analyse
from flows.readers import ReadingChoice
from sources.files import open_source_file
from sources.import_options import ImportOptions
from sources.landed_rows import landed_row, masked_bad_row, masked_record
from sources.record import BadRow
from warehouse.publish import finding_rows
from warehouse.schema import INCIDENTS, LANDED_SCHEMA, MENTIONS, REVIEWS
from warehouse.staging import Provenance

SLICE_ROWS = 2000
_AHEAD = 4
"""Slices handed to the processes before the first is written: order is kept and memory stays small."""


@dataclass(slots=True)
class FilesAnalysed:
    """What was written: rows read, reviews analysed, and the rows that could not be taken, masked."""

    read: int = 0
    analysed: int = 0
    rejected: list[BadRow] = field(default_factory=list)


def analyse_files(
    paths: list[Path],
    options: ImportOptions,
    out: Path,
    *,
    moment: datetime,
    pool: Executor | None,
    choice: ReadingChoice,
    progress: Callable[[int], None] = lambda _: None,
) -> FilesAnalysed:
    """Analyse files into ``reviews.parquet``, ``incidents.parquet`` and ``mentions.parquet``.

    Args:
        paths: The files, read one after the other.
        options: How they are read; ``options.source`` is the ``source`` of every row.
        out: The folder to write into.
        moment: What ``analysed_at`` says.
        pool: Processes that analyse, ``None`` for this one.
        choice: Which reader and segmenter.
        progress: Called with the number of reviews written.

    Raises:
        SourceFileError: A file cannot be understood.
    """
    outcome = FilesAnalysed()
    provenance = Provenance("analyse", moment, choice.model_version, choice.cues.lexicon_version)
    out.mkdir(parents=True, exist_ok=True)
    with _Writers(out) as writers:
        for staged in _analysed(_slices(paths, options, outcome), pool, provenance, choice):
            writers.write(staged)
            outcome.analysed += staged.num_rows
            progress(outcome.analysed)
    return outcome


def _slices(paths: list[Path], options: ImportOptions, outcome: FilesAnalysed) -> Iterator[pa.Table]:
    rows: list[dict[str, object]] = []
    for path in paths:
        source_file = open_source_file(path, options.file)
        for record in source_file.rows():
            outcome.read += 1
            if isinstance(record, BadRow):
                outcome.rejected.append(masked_bad_row(record, options.masking))
                continue
            # Without an id in the file the row number is the id that a reader of the output can use.
            given = record.own_id or (f"{path.name}:{record.row_number}" if len(paths) > 1 else str(record.row_number))
            record.venue = record.venue or options.venue
            rows.append(landed_row(masked_record(record, options.masking), options, path.name, given, None))
            if len(rows) == SLICE_ROWS:
                yield pa.Table.from_pylist(rows, schema=LANDED_SCHEMA)
                rows = []
    if rows:
        yield pa.Table.from_pylist(rows, schema=LANDED_SCHEMA)


def _analysed(
    slices: Iterator[pa.Table], pool: Executor | None, provenance: Provenance, choice: ReadingChoice
) -> Iterator[pa.Table]:
    waiting: deque[Future[pa.Table]] = deque()
    for landed in slices:
        if pool is None:
            yield analyse_table(landed, provenance, choice)
            continue
        waiting.append(pool.submit(analyse_table, landed, provenance, choice))
        if len(waiting) > _AHEAD:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def analyse_table(landed: pa.Table, provenance: Provenance, choice: ReadingChoice) -> pa.Table:
    """Analyse landed rows with the reader and segmenter of this process."""
    return analyse(landed, choice.reader, choice.words, provenance)


class _Writers:
    """The three files, written slice by slice."""

    def __init__(self, out: Path) -> None:
        self._files = {
            s.name: pq.ParquetWriter(out / f"{s.name}.parquet", s.arrow, compression="zstd")
            for s in (REVIEWS, INCIDENTS, MENTIONS)
        }

    def __enter__(self) -> "_Writers":
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            file.close()

    def write(self, staged: pa.Table) -> None:
        reviews = staged.append_column("duplicate_of", pa.nulls(staged.num_rows, pa.string()))
        self._files[REVIEWS.name].write_table(reviews.select(REVIEWS.arrow.names).cast(REVIEWS.arrow))
        for schema, number in ((INCIDENTS, "incident_no"), (MENTIONS, "mention_no")):
            rows = finding_rows(staged, schema.name, number)
            self._files[schema.name].write_table(rows.select(schema.arrow.names).cast(schema.arrow))
