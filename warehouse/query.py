"""Read-only SQL over the tables: DuckDB, locked to the warehouse folder, one SELECT at a time.

Each table is a view under its English name with English columns, and under its Chinese name with Chinese columns and
the codebook's Chinese names in place of codes: ``SELECT 失误子类, count(*) FROM 失误事件 GROUP BY 1``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from lexicons.codebook import codebook
from warehouse.schema import TABLES, Column, TableSchema
from warehouse.schema_versions import VERSION_KEY, check_version
from warehouse.store import FROM_BACKUP

_FIELD_OF_COLUMN = {
    "failure_group": "failure_group",
    "failure_groups": "failure_group",
    "failure_subtype": "failure_subtype",
    "failure_subtypes": "failure_subtype",
    "machine_failure_subtypes": "failure_subtype",
    "expectation": "expectation",
    "voice": "voice",
    "recovery_actions": "recovery_actions",
    "recovery_outcome": "recovery_outcome",
    "fairness": "fairness",
    "loyalty": "loyalty",
    "drivers": "drivers",
    "kind": "kind",
    "runs.kind": "run_kind",
    "actions.kind": "action_kind",
    "actions.status": "action_status",
    "published_precision": "published_precision",
    "field": "field",
    "found_by": "found_by",
    "read_by": "read_by",
    "purpose": "purpose",
}
"""Column → field of the codebook; ``table.column`` where a table means another one by that name."""
MEMORY_LIMIT = "1GB"
"""So that one careless join does not take the night's machine down; set by hand."""


class QueryError(ValueError):
    """A query is not allowed or not right; the message says why."""


def run_query(warehouse: Path, sql: str) -> pa.Table:
    """Run one SELECT (or WITH, VALUES, DESCRIBE, SHOW, SUMMARIZE) and return its rows.

    Raises:
        QueryError: It is no such statement, more than one, wrong, or reads something outside the warehouse.
    """
    with connect(warehouse) as connection:
        try:
            statements = connection.extract_statements(sql)
        except duckdb.Error as error:
            raise QueryError(f"the query cannot be parsed: {error}") from error
        if len(statements) != 1:
            raise QueryError(f"expected one statement, found {len(statements)}")
        if statements[0].type != duckdb.StatementType.SELECT:
            found = str(statements[0].type).removeprefix("StatementType.")
            raise QueryError(
                f"expected a SELECT, WITH or DESCRIBE, found {found}: the warehouse is read-only here. To write the "
                "result to a file give --out FILE.csv or FILE.parquet"
            )
        try:
            return connection.sql(statements[0]).to_arrow_table()
        except duckdb.Error as error:
            raise QueryError(_hint(str(error))) from error


@contextmanager
def connect(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection that sees the views, can read nothing outside the warehouse, and cannot be unlocked."""
    connection = duckdb.connect(":memory:")
    try:
        connection.execute("SET TimeZone = 'Asia/Shanghai'")
        for schema in TABLES.values():
            try:
                _create_views(connection, warehouse, schema)
            except duckdb.Error as error:
                raise QueryError(
                    f"a file of the table {schema.name} cannot be read ({str(error).splitlines()[0]}). {FROM_BACKUP}"
                ) from error
        connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
        connection.execute("SET autoinstall_known_extensions = false")
        connection.execute(f"SET allowed_directories = [{_quoted(str(warehouse.resolve()))}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection
    finally:
        connection.close()


def _create_views(connection: duckdb.DuckDBPyConnection, warehouse: Path, schema: TableSchema) -> None:
    folder = warehouse.resolve() / schema.name
    pattern = "month=*/part.parquet" if schema.by_month else "part.parquet"
    if any(folder.glob(pattern)):
        files = _quoted(str(folder / pattern))
        _check_versions(connection, files)
        options = (
            "hive_partitioning = true, hive_types = {month: VARCHAR}"
            if schema.by_month
            else "hive_partitioning = false"
        )
        rows = f"read_parquet({files}, union_by_name = true, {options})"
    else:
        rows = f"empty_{schema.name}"
        _create_empty(connection, schema, rows)
    month = ", month" if schema.by_month else ""
    # Files that an earlier release wrote lack the columns that came later.
    there = {name for (name, *_) in connection.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()}
    types = _types(connection, schema) if any(c.name not in there for c in schema.columns) else {}
    columns = ", ".join(
        f'"{c.name}"' if c.name in there else f'NULL::{types[c.name]} AS "{c.name}"' for c in schema.columns
    )
    chinese = ", ".join(f'{in_chinese(schema.name, c)} AS "{c.chinese}"' for c in schema.columns)
    chinese_month = ', month AS "月份"' if schema.by_month else ""
    connection.execute(f"CREATE VIEW {schema.name} AS SELECT {columns}{month} FROM {rows}")
    connection.execute(f'CREATE VIEW "{schema.chinese}" AS SELECT {chinese}{chinese_month} FROM {schema.name}')


def _create_empty(connection: duckdb.DuckDBPyConnection, schema: TableSchema, name: str) -> None:
    empty = schema.arrow.empty_table()
    if schema.by_month:
        empty = empty.append_column("month", pa.array([], pa.string()))
    connection.register("arriving", empty)
    connection.execute(f"CREATE TABLE {name} AS SELECT * FROM arriving")
    connection.unregister("arriving")


def _types(connection: duckdb.DuckDBPyConnection, schema: TableSchema) -> dict[str, str]:
    """Return the types that the columns of a table have in DuckDB."""
    _create_empty(connection, schema, "described")
    described = connection.execute("DESCRIBE described").fetchall()
    connection.execute("DROP TABLE described")
    return {name: column_type for name, column_type, *_ in described}


def _check_versions(connection: duckdb.DuckDBPyConnection, files: str) -> None:
    found = connection.execute(
        f"SELECT decode(value), min(file_name) FROM parquet_kv_metadata({files}) "
        f"WHERE decode(key) = '{VERSION_KEY}' GROUP BY 1 ORDER BY 2"
    ).fetchall()
    for version, path in found:
        check_version(Path(path), version)


def names_of_codes(table: str, column: Column) -> dict[str, str] | None:
    """Return code → Chinese name, e.g. ``delivery.slow`` → 服务延误; ``None`` for a column that holds no codes."""
    field = _FIELD_OF_COLUMN.get(f"{table}.{column.name}") or _FIELD_OF_COLUMN.get(column.name)
    return None if field is None else {code: label.chinese for code, label in codebook()[field].items()}


def in_chinese(table: str, column: Column) -> str:
    """Return a column as a Chinese view of DuckDB shows it: codes by name, those without a name as they are."""
    names = names_of_codes(table, column)
    if names is None:
        return f'"{column.name}"'
    shown = "MAP {" + ", ".join(f"{_quoted(code)}: {_quoted(name)}" for code, name in names.items()) + "}"
    if pa.types.is_list(column.type):
        return f'list_transform("{column.name}", lambda code: coalesce({shown}[code], code))'
    return f'coalesce({shown}["{column.name}"], "{column.name}")'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _hint(message: str) -> str:
    if "Permission Error" in message:
        return f"the query may read the warehouse only: {message}"
    return message
