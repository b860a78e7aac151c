"""What `kesheng publish` copies into another database: every table, with its month and with words on each column."""

from dataclasses import dataclass

import duckdb
import pyarrow as pa

from warehouse.schema import TABLES, TOKENS, Column, TableSchema, arrow_schema

ROWS_AT_ONCE = 10_000
"""Rows in memory at a time, so that a large warehouse needs no more than a small one; set by hand."""
_MONTH = Column("month", pa.string(), "月份", "The month that the row is filed under, e.g. 2026-10, or unknown")


class PublishingError(RuntimeError):
    """The tables cannot be copied; the message says where, why and what to do, and never holds a password."""


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """One table as it stands in the other database."""

    name: str
    chinese: str
    description: str
    columns: tuple[Column, ...]

    @classmethod
    def from_schema(cls, schema: TableSchema) -> "PublishedTable":
        """Return the table with the column ``month`` where its files are cut by month."""
        month = (_MONTH,) if schema.by_month else ()
        return cls(schema.name, schema.chinese, schema.description, (*schema.columns, *month))

    @property
    def arrow(self) -> pa.Schema:
        """The Arrow schema of its rows."""
        return arrow_schema(self.columns)

    @property
    def comment(self) -> str:
        """What is written on the table; by its beginning a table is known as one of ours."""
        return f"{self.mark}{self.description}"

    @property
    def mark(self) -> str:
        """The beginning of the comment, e.g. ``评论: ``."""
        return f"{self.chinese}: "

    def batches(self, source: duckdb.DuckDBPyConnection) -> pa.RecordBatchReader:
        """Return all rows, a few thousand at a time."""
        columns = ", ".join(f'"{column.name}"' for column in self.columns)
        return source.sql(f"SELECT {columns} FROM {self.name}").fetch_record_batch(ROWS_AT_ONCE)


def column_comment(column: Column) -> str:
    """Return what is written on a column: its Chinese name first, e.g. ``评分: The source's own score on 1 to 5``."""
    return f"{column.chinese}: {column.description}"


def published_tables(*, tokens: bool) -> tuple[PublishedTable, ...]:
    """Return the tables to copy; ``tokens``, the largest, only where it is asked for."""
    return tuple(PublishedTable.from_schema(t) for t in TABLES.values() if tokens or t.name != TOKENS.name)


def check_ours(table: PublishedTable, comment: str | None, where: str) -> None:
    """Check that a table which stands where ours shall stand is ours.

    Raises:
        PublishingError: It does not say so in its comment, so somebody else made it.
    """
    if not (comment or "").startswith(table.mark):
        raise PublishingError(
            f"{where}: the table {table.name} there was not written by kesheng publish (its comment does not begin "
            f"with '{table.mark.strip()}'). Name another schema with --schema, or remove the table"
        )
