"""The tables copied into PostgreSQL in one transaction: readers see the old tables until all new ones stand."""

import json
from collections.abc import Iterable, Iterator, Sequence

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from flows.postgres_views import create_view
from flows.published_tables import PublishedTable, PublishingError, check_ours, column_comment, published_tables

_LOCK_TIMEOUT = "60s"
"""How long to wait for readers of an old table before giving up; others queue behind us meanwhile. Set by hand."""
_CONNECT_TIMEOUT = 10
_NUL, _IN_ITS_PLACE = "\0", "\ufffd"
"""PostgreSQL's text holds no NUL; another character in its place keeps the offsets of quotes."""
_TYPES: dict[pa.DataType, sql.SQL] = {
    pa.string(): sql.SQL("text"),
    pa.bool_(): sql.SQL("boolean"),
    pa.int8(): sql.SQL("smallint"),
    pa.int16(): sql.SQL("smallint"),
    pa.int32(): sql.SQL("integer"),
    pa.int64(): sql.SQL("bigint"),
    pa.float32(): sql.SQL("real"),
    pa.float64(): sql.SQL("double precision"),
    pa.date32(): sql.SQL("date"),
    pa.list_(pa.string()): sql.SQL("text[]"),
}
Cursor = psycopg.Cursor[tuple[object, ...]]


def publish_to_postgres(
    source: duckdb.DuckDBPyConnection,
    conninfo: dict[str, str],
    *,
    shown: str,
    schema: str,
    tables: Sequence[PublishedTable],
) -> dict[str, int]:
    """Copy tables into one schema; who could SELECT from a table still can, and views over it stay.

    Args:
        source: The warehouse, as ``warehouse.query.connect`` opens it.
        conninfo: What psycopg connects with, the password among it.
        shown: The database as messages may name it.
        schema: The schema there, made if it is missing.
        tables: What to copy; those of our tables that are not among them are removed, lest they grow stale.

    Returns:
        Table → rows.

    Raises:
        PublishingError: The server cannot be reached, refuses something, or a table or view there is not ours.
    """
    try:
        with (
            psycopg.connect(**{"connect_timeout": _CONNECT_TIMEOUT, "application_name": "kesheng", **conninfo}) as link,  # type: ignore[arg-type]
            link.cursor() as cursor,
        ):
            cursor.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(_LOCK_TIMEOUT))
            _prepare_schema(cursor, schema)
            comments = _comments(cursor, schema)
            check_ours(comments, f"{shown}, schema {schema}")
            rows = {table.name: _copy(cursor, source, schema, table) for table in tables}
            for table in tables:
                view_readers = _readers(cursor, schema, table.chinese) if table.chinese in comments else set()
                _put_in_place(link, cursor, schema, table, there=table.name in comments)
                create_view(cursor, schema, table)
                _let_read(cursor, schema, table.chinese, view_readers | _readers(cursor, schema, table.name))
            for table in published_tables(tokens=True):
                if table.name in comments and table.name not in rows:
                    _drop(cursor, schema, table)
    except psycopg.Error as error:
        raise PublishingError(
            f"{shown}: {_explained(error, conninfo)}. What stood there before still stands"
        ) from error
    return rows


def _prepare_schema(cursor: Cursor, schema: str) -> None:
    # One at a time: two that publish into one schema would each wait for what the other made.
    cursor.execute("SELECT pg_advisory_xact_lock(hashtext('kesheng publish ' || %s))", [schema])
    if cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema]).fetchone() is None:
        cursor.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))


def _comments(cursor: Cursor, schema: str) -> dict[str, str | None]:
    """Return the names of what stands in the schema, each with its comment."""
    found = cursor.execute(
        "SELECT relname, obj_description(oid, 'pg_class') FROM pg_class WHERE relnamespace = %s::regnamespace "
        "AND relkind IN ('r', 'p', 'v', 'm', 'f')",
        [_quoted_name(schema)],
    ).fetchall()
    return {str(name): None if comment is None else str(comment) for name, comment in found}


def _copy(cursor: Cursor, source: duckdb.DuckDBPyConnection, schema: str, table: PublishedTable) -> int:
    """Write a table under the name that it has until it is put in place."""
    name = sql.Identifier(schema, _arriving(table.name))
    columns = [sql.SQL("{} {}").format(sql.Identifier(c.name), _type(c.type)) for c in table.columns]
    cursor.execute(sql.SQL("CREATE TABLE {} ({})").format(name, sql.SQL(", ").join(columns)))
    count = 0
    with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(name)) as copy:
        for batch in table.batches(source):
            for row in _rows(batch):
                copy.write_row(row)
            count += batch.num_rows
    cursor.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(name, table.comment))
    for column in table.columns:
        place = sql.Identifier(schema, _arriving(table.name), column.name)
        cursor.execute(sql.SQL("COMMENT ON COLUMN {} IS {}").format(place, column_comment(column)))
    cursor.execute(sql.SQL("ANALYZE {}").format(name))
    return count


def _put_in_place(link: psycopg.Connection, cursor: Cursor, schema: str, table: PublishedTable, *, there: bool) -> None:
    if there:
        _let_read(cursor, schema, _arriving(table.name), _readers(cursor, schema, table.name))
        try:
            with link.transaction():
                _drop(cursor, schema, table)
        except psycopg.errors.DependentObjectsStillExist as error:
            _refill(cursor, schema, table.name, error.diag.message_detail or "")
            return
    new = sql.Identifier(schema, _arriving(table.name))
    cursor.execute(sql.SQL("ALTER TABLE {} RENAME TO {}").format(new, sql.Identifier(table.name)))


def _drop(cursor: Cursor, schema: str, table: PublishedTable) -> None:
    cursor.execute(sql.SQL("DROP VIEW IF EXISTS {}").format(sql.Identifier(schema, table.chinese)))
    cursor.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(schema, table.name)))


def _readers(cursor: Cursor, schema: str, name: str) -> set[str | None]:
    """Return who may read a table or view besides its owner; ``None`` is everybody."""
    found = cursor.execute(
        "SELECT CASE WHEN a.grantee <> 0 THEN pg_get_userbyid(a.grantee) END FROM pg_class c, aclexplode(c.relacl) a "
        "WHERE c.oid = %s::regclass AND a.privilege_type = 'SELECT' AND a.grantee <> c.relowner",
        [_quoted_name(schema, name)],
    ).fetchall()
    return {None if reader is None else str(reader) for (reader,) in found}


def _let_read(cursor: Cursor, schema: str, name: str, readers: Iterable[str | None]) -> None:
    for reader in readers:
        to = sql.SQL("PUBLIC") if reader is None else sql.Identifier(reader)
        cursor.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(sql.Identifier(schema, name), to))


def _refill(cursor: Cursor, schema: str, table: str, needed_by: str) -> None:
    """Put the new rows into the old table, since views need it; readers see them with all the others, too."""
    old, new = sql.Identifier(schema, table), sql.Identifier(schema, _arriving(table))
    columns = [
        cursor.execute(
            "SELECT attname, atttypid FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 "
            "AND NOT attisdropped ORDER BY attnum",
            [_quoted_name(schema, name)],
        ).fetchall()
        for name in (table, _arriving(table))
    ]
    if columns[0] != columns[1]:
        raise PublishingError(
            f"{schema}.{table}: this release gives it other columns, and something there needs the old ones "
            f"({needed_by.splitlines()[0] if needed_by else 'a view'}). Drop that, publish, and make it again"
        )
    cursor.execute(sql.SQL("DELETE FROM {}").format(old))
    cursor.execute(sql.SQL("INSERT INTO {} SELECT * FROM {}").format(old, new))
    cursor.execute(sql.SQL("DROP TABLE {}").format(new))


def _rows(batch: pa.RecordBatch) -> Iterator[tuple[object, ...]]:
    columns = [_values(column) for column in batch.columns]
    return zip(*columns, strict=True)


def _values(column: pa.Array) -> list[object]:
    if pa.types.is_string(column.type):
        column = pc.replace_substring(column, _NUL, _IN_ITS_PLACE)
    values: list[object] = column.to_pylist()
    if not pa.types.is_list(column.type):
        return values
    if pa.types.is_string(column.type.value_type):
        return [None if words is None else [_without_nul(word) for word in words] for words in values]  # type: ignore[attr-defined]
    return [None if value is None else json.dumps(value, ensure_ascii=False, default=str) for value in values]


def _without_nul(word: str | None) -> str | None:
    return None if word is None else word.replace(_NUL, _IN_ITS_PLACE)


def _type(arrow: pa.DataType) -> sql.SQL:
    if pa.types.is_timestamp(arrow):
        return sql.SQL("timestamptz")
    return _TYPES.get(arrow, sql.SQL("jsonb"))


def _arriving(table: str) -> str:
    return f"{table}~arriving"


def _quoted_name(*parts: str) -> str:
    return ".".join(f'"{part}"' for part in parts)


def _explained(error: psycopg.Error, conninfo: dict[str, str]) -> str:
    """Return the server's words in one line, without the password, should a library ever quote it."""
    words = " ".join((str(error) or type(error).__name__).split())
    if isinstance(error, psycopg.errors.LockNotAvailable):
        words = f"a reader has held a table for longer than {_LOCK_TIMEOUT}; publish again when it is done ({words})"
    password = conninfo.get("password")
    return words.replace(password, "***") if password else words
