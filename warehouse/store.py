"""The Parquet store: one partition is one file is one atomic replace.

The publish step needs two things of a store, ``replace`` and ``lock``; local disk keeps both here, and an object store
can (a put is atomic; a lock is a conditional put).
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import filelock
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.damage import damage_explained
from warehouse.schema import TABLES
from warehouse.schema_versions import check_version, version_in

UNKNOWN_MONTH = "unknown"
_FILE_NAME = "part.parquet"
_UNFINISHED = ".unfinished"
_SHANGHAI = ZoneInfo("Asia/Shanghai")
FROM_BACKUP = "Put it back from a backup; `kesheng verify` lists all files that are not as they were written"


class WarehouseBusyError(RuntimeError):
    """Another run holds the warehouse."""


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """One file of a table: the month it holds, or ``None`` for a table that is not cut by month."""

    table: str
    month: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What ``replace`` wrote; ``rows`` is 0 and ``sha256`` empty where the partition is gone."""

    partition: Partition
    rows: int
    sha256: str


class Store(Protocol):
    """What the publish step needs to write."""

    def replace(self, partition: Partition, table: pa.Table) -> Written:
        """Put ``table`` in the place of a partition at once: readers see the old file or the new one, whole."""

    @contextmanager
    def lock(self, wait_seconds: float) -> Iterator[None]:
        """Hold the warehouse against other writers."""


class LocalStore:
    """The store on a local disk."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, partition: Partition) -> Path:
        """Return the file of a partition, which need not exist."""
        folder = self.root / partition.table
        return (folder / f"month={partition.month}" if partition.month else folder) / _FILE_NAME

    def months(self, table: str) -> list[str]:
        """Return the months that a table has files of, in order."""
        return sorted(p.parent.name.removeprefix("month=") for p in (self.root / table).glob(f"month=*/{_FILE_NAME}"))

    def read(self, partition: Partition, columns: list[str] | None = None) -> pa.Table:
        """Return a partition's rows, none where it does not exist; columns that are newer than the file are null.

        Raises:
            DamagedFileError: The file is no sound Parquet.
            NewerSchemaError: A newer release wrote it.
        """
        path = self.path(partition)
        schema = TABLES[partition.table].arrow
        wanted = pa.schema([schema.field(c) for c in columns]) if columns else schema
        if not path.exists():
            return wanted.empty_table()
        with damage_explained(path, FROM_BACKUP), pq.ParquetFile(path) as file:
            written = file.schema_arrow
            check_version(path, version_in(written.metadata))
            table = file.read([name for name in wanted.names if name in written.names])
        for field in wanted:
            if field.name not in table.column_names:
                table = table.append_column(field, pa.nulls(table.num_rows, field.type))
        return table.select(wanted.names)

    def replace(self, partition: Partition, table: pa.Table) -> Written:
        """Write beside, sync, rename; a partition without rows is removed.

        Raises:
            pa.ArrowInvalid: The columns are not those of the table's schema.
        """
        path = self.path(partition)
        schema = TABLES[partition.table]
        if set(table.column_names) != set(schema.arrow.names):
            differing = sorted(set(table.column_names) ^ set(schema.arrow.names))
            raise pa.ArrowInvalid(
                f"expected the columns of the table {schema.name}; missing from it or strange to it: {differing}"
            )
        if table.num_rows == 0:
            path.unlink(missing_ok=True)
            return Written(partition, 0, "")
        table = table.select(schema.arrow.names).cast(schema.arrow)
        table = table.sort_by([(name, "ascending") for name in schema.sort_by])
        buffer = pa.BufferOutputStream()
        pq.write_table(table, buffer, compression="zstd")
        content = buffer.getvalue()
        write_atomically(path, content)
        return Written(partition, table.num_rows, hashlib.sha256(content).hexdigest())

    @contextmanager
    def lock(self, wait_seconds: float = 0.0) -> Iterator[None]:
        """Hold the warehouse against other writers.

        The lock is the operating system's: it falls with the process that holds it, however that ends.

        Raises:
            WarehouseBusyError: Another process still holds it after ``wait_seconds``; the message says which one.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        note = self.root / "lock-holder.txt"
        lock = filelock.FileLock(self.root / ".lock", timeout=wait_seconds)
        try:
            lock.acquire()
        except filelock.Timeout as error:
            holder = note.read_text("utf-8").strip() if note.exists() else "an unknown process"
            raise WarehouseBusyError(
                f"another run is writing to {self.root} ({holder}); wait for it to end, or give --wait SECONDS"
            ) from error
        try:
            since = f"{datetime.now(_SHANGHAI):%Y-%m-%d %H:%M:%S} Asia/Shanghai"
            note.write_text(f"process {os.getpid()}, since {since}\n", "utf-8")
            yield
        finally:
            note.unlink(missing_ok=True)
            lock.release()

    def remove_unfinished(self) -> None:
        """Remove what a killed writer left beside the partitions; only under the lock."""
        for path in self.root.rglob(f"*{_UNFINISHED}"):
            path.unlink(missing_ok=True)


def write_atomically(path: Path, content: bytes | pa.Buffer) -> None:
    """Write a file so that a reader, or a power cut, finds the old content or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own for each write: the tasks of a flow are threads of one process.
    unfinished = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}{_UNFINISHED}")
    try:
        with unfinished.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        # Each try has another name, so tries on a full disk would fill it further.
        unfinished.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
