"""Parquet files, read batch by batch."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import pyarrow
from pyarrow import parquet

from sources.file_format import FileBytes
from sources.record import SourceFileError
from sources.tables import Cell, Unreadable

_BATCH_ROWS = 4_096


class ParquetTable:
    """A Parquet file; see ``sources.tables.Table``."""

    name = ""
    header_row = 0

    def __init__(self, source: FileBytes) -> None:
        """Read the schema.

        Raises:
            SourceFileError: The file is damaged.
        """
        self._source = source
        with self._damage_explained(), source.whole() as stream:
            self.columns = tuple(parquet.ParquetFile(stream).schema_arrow.names)

    def rows(self) -> Iterator[list[Cell] | Unreadable]:
        """Read the rows; a damaged page raises ``SourceFileError``."""
        with self._damage_explained(), self._source.whole() as stream:
            for batch in parquet.ParquetFile(stream).iter_batches(batch_size=_BATCH_ROWS):
                columns = [column.to_pylist() for column in batch.columns]
                for values in zip(*columns, strict=True):
                    yield [_cell(value) for value in values]

    def raw(self, cells: Sequence[Cell]) -> str:
        """Write a row as a JSON object."""
        return json.dumps(dict(zip(self.columns, cells, strict=True)), ensure_ascii=False, default=str)

    @contextmanager
    def _damage_explained(self) -> Iterator[None]:
        try:
            yield
        except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
            raise SourceFileError(
                f"{self._source.name}: expected a Parquet file, found a damaged one ({error}). Fetch it again"
            ) from error


def _cell(value: Any) -> Cell:  # noqa: ANN401 - whatever Parquet holds
    if value is None or isinstance(value, str | int | float | datetime | date):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
