"""The rows of a query in the terminal: a table where it fits, else one block a row. No value is ever cut."""

import pyarrow as pa
from rich.box import MARKDOWN
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.terminal_text import terminal_text

_NARROWEST = 12
"""Columns of the terminal that a text needs to be read; names of venues and codes wrap once at most."""
_LINES_AT_MOST = 8
"""Lines over which a text may be wrapped before a block is easier to read than a table."""


def print_rows(console: Console, rows: pa.Table) -> None:
    """Print rows to a console.

    Where the output is no terminal the table is as wide as its values: whoever reads it can cut it. A terminal gets the
    table if numbers and dates fit on one line and texts can be wrapped legibly, else each row as a block of lines.
    """
    cells = [[cell_text(value) for value in row.values()] for row in rows.to_pylist()]
    widths = [
        max(cell_len(line) for text in column for line in (text.splitlines() or [""]))
        for column in zip(rows.column_names, *cells, strict=True)
    ]
    # A blank and a bar on either side of each column.
    frame = 3 * len(widths) + 1
    if not console.is_terminal:
        console.width = max(console.width, sum(widths) + frame)
    least = [
        min(width, max(_NARROWEST, width // _LINES_AT_MOST)) if _is_text(field.type) else width
        for width, field in zip(widths, rows.schema, strict=True)
    ]
    if sum(least) + frame <= console.width:
        console.print(_table(rows.schema, cells))
    elif not cells:
        console.print(terminal_text(f"no rows; the columns are {', '.join(rows.column_names)}"))
    else:
        for number, row in enumerate(cells, start=1):
            console.print(Text(f"row {number}", style="bold"))
            console.print(_block(rows.column_names, row))


def cell_text(value: object) -> str:
    """Return a value as people read it, e.g. ``0.3125``, ``1,234.5``, ``delivery, staff``; nothing for null."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.1f}"
    if isinstance(value, list):
        return ", ".join(map(cell_text, value))
    return str(value)


def _table(schema: pa.Schema, cells: list[list[str]]) -> Table:
    table = Table(box=MARKDOWN, header_style="bold")
    for field in schema:
        table.add_column(
            terminal_text(field.name),
            justify="right" if _is_number(field.type) else "left",
            no_wrap=not _is_text(field.type),
            overflow="fold",
        )
    for row in cells:
        table.add_row(*map(terminal_text, row))
    return table


def _block(names: list[str], row: list[str]) -> Table:
    block = Table.grid(padding=(0, 2))
    block.add_column(no_wrap=True)
    block.add_column(overflow="fold")
    for name, text in zip(names, row, strict=True):
        block.add_row(terminal_text(f"  {name}"), terminal_text(text))
    return block


def _is_number(column_type: pa.DataType) -> bool:
    is_decimal = pa.types.is_decimal(column_type)
    return bool(is_decimal or pa.types.is_integer(column_type) or pa.types.is_floating(column_type))


def _is_text(column_type: pa.DataType) -> bool:
    is_string = pa.types.is_string(column_type) or pa.types.is_large_string(column_type)
    return bool(is_string or pa.types.is_binary(column_type) or pa.types.is_nested(column_type))
