"""What `kesheng publish` copies into another database: every table, with its month and with words on each column.

Beside each table stands a view with its Chinese name, Chinese columns and names in place of codes, as in
`kesheng query`.
"""

from collections.abc import Mapping
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

    @property
    def view_comment(self) -> str:
        """What is written on the Chinese view; by its beginning a view is known as one of ours."""
        return f"{self.view_mark}{self.description}"

    @property
    def view_mark(self) -> str:
        """The beginning of the view's comment, e.g. ``reviews: ``."""
        return f"{self.name}: "

    def batches(self, source: duckdb.DuckDBPyConnection) -> pa.RecordBatchReader:
        """Return all rows, a few thousand at a time."""
        columns = ", ".join(f'"{column.name}"' for column in self.columns)
        return source.sql(f"SELECT {columns} FROM {self.name}").fetch_record_batch(ROWS_AT_ONCE)


def column_comment(column: Column) -> str:
    """Return what is written on a column: its Chinese name first, e.g. ``评分: The source's own score on 1 to 5``."""
    return f"{column.chinese}: {column.description}"


def view_column_comment(column: Column) -> str:
    """Return what is written on a column of a Chinese view, e.g. ``rating: The source's own score on 1 to 5``."""
    return f"{column.name}: {column.description}"


def published_tables(*, tokens: bool) -> tuple[PublishedTable, ...]:
    """Return the tables to copy; ``tokens``, the largest, only where it is asked for."""
    return tuple(PublishedTable.from_schema(t) for t in TABLES.values() if tokens or t.name != TOKENS.name)


def check_ours(found: Mapping[str, str | None], where: str) -> None:
    """Check that what stands where our tables and views shall stand is ours.

    Args:
        found: What stands in the schema, name → comment.
        where: How messages name the place.

    Raises:
        PublishingError: One of our names belongs to something whose comment is not ours, so somebody else made it.
    """
    tables = published_tables(tokens=True)
    ours = [(f"table {t.name}", t.name, t.mark) for t in tables]
    ours += [(f"view {t.chinese}", t.chinese, t.view_mark) for t in tables]
    for what, name, mark in ours:
        if name in found and not (found[name] or "").startswith(mark):
            raise PublishingError(
                f"{where}: the {what} there was not written by kesheng publish (its comment does not begin "
                f"with '{mark.strip()}'). Name another schema with --schema, or remove the {what.partition(' ')[0]}"
            )
