"""The tables' description: complete, without a name that means two columns, and the same as the document."""

from collections import Counter
from pathlib import Path

import pytest

from warehouse.documentation import tables_markdown
from warehouse.schema import INCIDENT_FINDING_COLUMNS, LABEL_COLUMNS, LANDED_COLUMNS, TABLES, TableSchema

DOCUMENT = Path(__file__).parents[1] / "docs/tables.md"
SCHEMAS = [pytest.param(schema, id=schema.name) for schema in TABLES.values()]


def test_the_document_is_made_from_the_schema() -> None:
    """``docs/tables.md`` is what ``make documents`` writes."""
    assert DOCUMENT.read_text("utf-8") == tables_markdown(), "docs/tables.md is out of date; run: make documents"


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_column_is_named_and_described(schema: TableSchema) -> None:
    """Each column has a Chinese name, a description of one line without a full stop, and a line in the document."""
    document = tables_markdown()
    assert f"## `{schema.name}` {schema.chinese}\n\n{schema.description}\n" in document
    for column in schema.columns:
        assert any("\u4e00" <= ch <= "\u9fff" for ch in column.chinese)
        assert column.description.strip() == column.description != ""
        assert not set(column.description) & set("|\n")
        assert f"| `{column.name}` | {column.chinese} | {column.type} | {column.description} |" in document


@pytest.mark.parametrize("schema", SCHEMAS)
def test_no_name_means_two_columns(schema: TableSchema) -> None:
    """Within a table English and Chinese names are unique, those of the month's column included."""
    added = ["month", "月份"] if schema.by_month else []
    for names in ([c.name for c in schema.columns], [c.chinese for c in schema.columns]):
        assert Counter([*names, *added]).most_common(1)[0][1] == 1
    assert set(schema.sort_by) <= {c.name for c in schema.columns}


def test_tables_have_names_of_their_own() -> None:
    """No two tables share a name in either language."""
    names = Counter(name for schema in TABLES.values() for name in (schema.name, schema.chinese))
    assert set(names.values()) == {1}


def test_a_column_means_the_same_in_every_table() -> None:
    """A column that stands in several tables has one Chinese name and one type there."""
    meanings: dict[str, set[tuple[str, str]]] = {}
    for name in ("reviews", "incidents", "mentions", "tokens"):
        for column in TABLES[name].columns:
            meanings.setdefault(column.name, set()).add((column.chinese, str(column.type)))
    assert {name: found for name, found in meanings.items() if len(found) > 1} == {}


def test_reviews_hold_what_landed_and_what_was_judged() -> None:
    """Every landed column and label stands in ``reviews``; findings have the offsets that the design promises."""
    names = {c.name for c in TABLES["reviews"].columns}
    assert {c.name for c in (*LANDED_COLUMNS, *LABEL_COLUMNS)} <= names
    assert {"quote", "field", "start", "end"} <= {c.name for c in INCIDENT_FINDING_COLUMNS}
