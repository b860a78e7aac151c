"""The tables described in Markdown: ``docs/tables.md`` is this text, and a test holds it so."""

from warehouse.schema import TABLES, TableSchema

_HEAD = """# Tables

Made from `warehouse/schema.py` by `make documents`; do not edit by hand.

Parquet under `<data>/warehouse/<table>/month=YYYY-MM/part.parquet` (`trends`, `venues`, `labels`, `actions` and
the dimensions `dim_…`: one file). `month=unknown` holds reviews dated less precisely than a month.
`null` means not known or not judged; an empty list means none found.
In SQL each table stands under its English name, and under its Chinese name with the Chinese column names.
Times are Asia/Shanghai. Offsets count Unicode code points of the stored text."""


def tables_markdown() -> str:
    """Return the description of all tables."""
    return "\n\n".join([_HEAD, *(_table(schema) for schema in TABLES.values())]) + "\n"


def _table(schema: TableSchema) -> str:
    rows = [f"| `{c.name}` | {c.chinese} | {c.type} | {c.description} |" for c in schema.columns]
    head = ["| column | 中文 | type | what it is |", "|---|---|---|---|"]
    return "\n".join([f"## `{schema.name}` {schema.chinese}", "", schema.description, "", *head, *rows])
