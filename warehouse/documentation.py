"""The tables described in Markdown: ``docs/tables.md`` is this text, and a test holds it so."""

from warehouse.schema import SCHEMA_VERSION, TABLES, TableSchema
from warehouse.schema_versions import SCHEMA_VERSIONS, SchemaVersion

_HEAD = """# Tables

Made from `warehouse/schema.py` by `make documents`; do not edit by hand.

Parquet under `<data>/warehouse/<table>/month=YYYY-MM/part.parquet` (`trends`, `venues`, `labels`, `actions` and
the dimensions `dim_…`: one file). `month=unknown` holds reviews dated less precisely than a month.
`null` means not known or not judged; an empty list means none found.
In SQL each table stands under its English name, and under its Chinese name with the Chinese column names.
Times are Asia/Shanghai. Offsets count Unicode code points of the stored text."""


def tables_markdown() -> str:
    """Return the description of all tables."""
    return "\n\n".join([_HEAD, *(_table(schema) for schema in TABLES.values()), _versions()]) + "\n"


def _versions() -> str:
    head = f"""## Versions

These are the tables of version {SCHEMA_VERSION}; each file says its version in its metadata (`schema_version`),
each run in `runs`. Files of an older version are read as they are, columns that came later being null; a month is
written anew in the form of today when a night touches it, everything by `kesheng reanalyse`. Files of a newer version
are refused."""
    rows = [f"| {v.version} | {v.summary} | {_added(v)} |" for v in SCHEMA_VERSIONS]
    return "\n".join([head, "", "| version | what came | tables and columns |", "|---|---|---|", *rows])


def _added(version: SchemaVersion) -> str:
    columns = [f"{table}.{name}" for table, names in version.columns.items() for name in names]
    return ", ".join(f"`{name}`" for name in (*version.tables, *columns))


def _table(schema: TableSchema) -> str:
    rows = [f"| `{c.name}` | {c.chinese} | {c.type} | {c.description} |" for c in schema.columns]
    head = ["| column | 中文 | type | what it is |", "|---|---|---|---|"]
    return "\n".join([f"## `{schema.name}` {schema.chinese}", "", schema.description, "", *head, *rows])
