"""The Chinese views in PostgreSQL: each table under its Chinese name, with Chinese columns and names in place of codes.

The names stand in the view itself, so that it needs no other table: ``CASE failure_subtype WHEN 'delivery.slow' THEN
'服务延误' … ELSE failure_subtype END``.
"""

import psycopg
import pyarrow as pa
from psycopg import sql

from flows.published_tables import PublishedTable, view_column_comment
from warehouse.query import names_of_codes
from warehouse.schema import Column


def create_view(cursor: psycopg.Cursor[tuple[object, ...]], schema: str, table: PublishedTable) -> None:
    """Make the Chinese view of a table, e.g. ``评论`` of ``reviews``; one that something needs is changed in place."""
    view = sql.Identifier(schema, table.chinese)
    columns = [
        sql.SQL("{} AS {}").format(_in_chinese(table.name, column), sql.Identifier(column.chinese))
        for column in table.columns
    ]
    cursor.execute(
        sql.SQL("CREATE OR REPLACE VIEW {} AS SELECT {} FROM {}").format(
            view, sql.SQL(", ").join(columns), sql.Identifier(schema, table.name)
        )
    )
    cursor.execute(sql.SQL("COMMENT ON VIEW {} IS {}").format(view, table.view_comment))
    for column in table.columns:
        place = sql.Identifier(schema, table.chinese, column.chinese)
        cursor.execute(sql.SQL("COMMENT ON COLUMN {} IS {}").format(place, view_column_comment(column)))


def _in_chinese(table: str, column: Column) -> sql.Composable:
    names = names_of_codes(table, column)
    shown = sql.Identifier(column.name)
    if names is None:
        return shown
    if not pa.types.is_list(column.type):
        return _named(shown, names)
    # Word by word in its order; a list that is not known stays null.
    code = sql.Identifier("code")
    words = sql.SQL(
        "CASE WHEN {0} IS NOT NULL THEN ARRAY(SELECT {1} FROM unnest({0}) WITH ORDINALITY AS word(code, place) "
        "ORDER BY place) END"
    )
    return words.format(shown, _named(code, names))


def _named(code: sql.Composable, names: dict[str, str]) -> sql.Composable:
    cases = [sql.SQL("WHEN {} THEN {}").format(word, name) for word, name in names.items()]
    return sql.SQL("CASE {0} {1} ELSE {0} END").format(code, sql.SQL(" ").join(cases))
