"""The tables copied into a file of DuckDB: written beside, then renamed; readers find the old file or the new."""

import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

import duckdb

from flows.published_tables import (
    PublishedTable,
    PublishingError,
    check_ours,
    column_comment,
    published_tables,
    view_column_comment,
)
from warehouse.query import in_chinese


def publish_to_duckdb(
    source: duckdb.DuckDBPyConnection, path: Path, *, schema: str, tables: Sequence[PublishedTable]
) -> dict[str, int]:
    """Copy tables into one schema of a file; what else the file holds stays.

    Args:
        source: The warehouse, as ``warehouse.query.connect`` opens it.
        path: The file, which need not exist; its folder must.
        schema: The schema there.
        tables: What to copy; those of our tables that are not among them are removed, lest they grow stale.

    Returns:
        Table → rows.

    Raises:
        PublishingError: The file is no database or is being written to, or a table or view there is not ours.
    """
    _check_place(path, schema)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}.unfinished")
    try:
        if path.exists():
            _check_free(path)
            shutil.copy(path, unfinished)
        with duckdb.connect(unfinished) as target:
            _clear(target, schema, str(path))
            rows = {table.name: _copy(source, target, schema, table) for table in tables}
            for table in tables:
                _create_view(target, schema, table)
            target.execute("CHECKPOINT")
        _rename(unfinished, path)
    except duckdb.Error as error:
        raise PublishingError(
            f"{path}: {str(error).splitlines()[0]}. The file is as it was; put it right, or name another"
        ) from error
    finally:
        for left in (unfinished, unfinished.with_name(f"{unfinished.name}.wal")):
            left.unlink(missing_ok=True)
    return rows


def _check_place(path: Path, schema: str) -> None:
    if path.stem.lower() == schema:
        raise PublishingError(
            f"--to: expected a file with another name than the schema {schema}; found {path.name}. DuckDB calls a "
            f"database by its file, so {schema}.reviews could mean either: take quality.duckdb or another --schema"
        )
    if not path.parent.is_dir():
        raise PublishingError(
            f"--to: expected a folder {path.parent} to write {path.name} in, found none. Make it first; a path from "
            "the root has four slashes: duckdb:////srv/quality.duckdb"
        )
    log = path.with_name(f"{path.name}.wal")
    if log.exists():
        raise PublishingError(
            f"{log}: a program is writing to {path.name}, or was killed while it did. Close it, or open the file once "
            "with DuckDB, which takes the log in; then publish again"
        )


def _check_free(path: Path) -> None:
    """Refuse a file that is none of DuckDB's, or that a program has open for writing: what it wrote would be lost."""
    with path.open("rb") as file:
        # DuckDB itself would open a CSV file of that name and read it as a table.
        if file.read(12)[8:] != b"DUCK":
            raise PublishingError(f"{path}: expected a file of DuckDB, or none yet; found another file. Name another")
    with duckdb.connect(path, read_only=True):
        pass


def _clear(target: duckdb.DuckDBPyConnection, schema: str, where: str) -> None:
    """Remove our tables and views of the last time; their place in the file is used again."""
    target.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
    tables, views = (
        dict(target.execute(query, [schema]).fetchall())
        for query in (
            "SELECT table_name, comment FROM duckdb_tables() WHERE schema_name = $1",
            "SELECT view_name, comment FROM duckdb_views() WHERE schema_name = $1",
        )
    )
    check_ours({**tables, **views}, where)
    for table in published_tables(tokens=True):
        if table.chinese in views:
            target.execute(f'DROP VIEW "{schema}"."{table.chinese}"')
        if table.name in tables:
            target.execute(f'DROP TABLE "{schema}"."{table.name}"')
    target.execute("CHECKPOINT")


def _copy(
    source: duckdb.DuckDBPyConnection, target: duckdb.DuckDBPyConnection, schema: str, table: PublishedTable
) -> int:
    name = f'"{schema}"."{table.name}"'
    # Made from the schema first: a column that no file has yet would else come without its type.
    target.register("arriving", table.arrow.empty_table())
    target.execute(f"CREATE TABLE {name} AS SELECT * FROM arriving")
    target.register("arriving", table.batches(source))
    target.execute(f"INSERT INTO {name} SELECT * FROM arriving")
    target.unregister("arriving")
    target.execute(f"COMMENT ON TABLE {name} IS {_quoted(table.comment)}")
    for column in table.columns:
        target.execute(f'COMMENT ON COLUMN {name}."{column.name}" IS {_quoted(column_comment(column))}')
    (rows,) = target.execute(f"SELECT count(*) FROM {name}").fetchone() or (0,)
    return int(rows)


def _create_view(target: duckdb.DuckDBPyConnection, schema: str, table: PublishedTable) -> None:
    view = f'"{schema}"."{table.chinese}"'
    columns = ", ".join(f'{in_chinese(table.name, column)} AS "{column.chinese}"' for column in table.columns)
    target.execute(f'CREATE VIEW {view} AS SELECT {columns} FROM "{schema}"."{table.name}"')
    target.execute(f"COMMENT ON VIEW {view} IS {_quoted(table.view_comment)}")
    for column in table.columns:
        target.execute(f'COMMENT ON COLUMN {view}."{column.chinese}" IS {_quoted(view_column_comment(column))}')


def _rename(unfinished: Path, path: Path) -> None:
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
