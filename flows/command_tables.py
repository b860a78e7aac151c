"""``kesheng query``, ``tables`` and ``verify``: the warehouse as analysts and operators meet it."""

import csv
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import MARKDOWN
from rich.table import Table
from rich.text import Text

from flows.command_options import (
    ConfigOption,
    DataOption,
    JsonOption,
    notices,
    out,
    print_plain,
    settings_for,
    warehouse_of,
)

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_SHOWN = 200
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("query")(query)
    app.command("tables")(tables)
    app.command("verify")(verify)


def query(
    sql: Annotated[str, typer.Argument(help="One SELECT, WITH or DESCRIBE")],
    json_output: JsonOption = False,
    out_file: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the rows to FILE.csv or FILE.parquet")
    ] = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Ask the warehouse in SQL (DuckDB, read-only).

    Tables: reviews, incidents, mentions, trends, venues, dim_failure, dim_touchpoint, dim_date, dim_venue, labels,
    actions, rejects, runs, tokens; the same in Chinese with Chinese columns: 评论, 失误事件, 评价点, 趋势, 门店,
    失误维度, 触点维度, 日期维度, 门店维度, 人工标注, 整改事项, 拒收, 运行, 分词. `kesheng tables` describes them.
    """
    from reports.query_rows import print_rows
    from warehouse.query import QueryError, run_query

    if out_file and out_file.suffix not in (".csv", ".parquet"):
        raise QueryError(f"--out: expected a file name that ends in .csv or .parquet; found '{out_file}'")
    rows = run_query(warehouse_of(settings_for(config, data)), sql)
    if out_file:
        _write(rows, out_file)
        notices().print(f"{rows.num_rows:,} rows written to {out_file}", markup=False)
    elif json_output:
        print_plain(json.dumps(_for_json(rows.to_pylist()), ensure_ascii=False, default=str))
    else:
        print_rows(out(), rows.slice(0, ROWS_SHOWN))
        if rows.num_rows > ROWS_SHOWN:
            notices().print(
                f"… {rows.num_rows:,} rows in all; the first {ROWS_SHOWN} are shown. --json or --out give all."
            )


def tables(
    markdown: Annotated[bool, typer.Option("--markdown", help="As Markdown: the text of docs/tables.md")] = False,
) -> None:
    """Describe every table and column, in English and Chinese."""
    from warehouse.documentation import tables_markdown
    from warehouse.schema import TABLES

    if markdown:
        print_plain(tables_markdown().rstrip("\n"))
        return
    for schema in TABLES.values():
        drawn = Table(
            "column",
            "中文",
            "type",
            "what it is",
            title=Text(f"{schema.name} {schema.chinese}: {schema.description}"),
            title_justify="left",
            box=MARKDOWN,
        )
        for column in schema.columns:
            drawn.add_row(column.name, column.chinese, str(column.type), Text(column.description))
        out().print(drawn)


def verify(config: ConfigOption = None, data: DataOption = None) -> None:
    """Check every file of the warehouse against the SHA-256 that the ledger holds; status 1 if one differs."""
    from warehouse.verification import verify_partitions

    folder = warehouse_of(settings_for(config, data))
    checked, problems = verify_partitions(folder)
    for problem in problems:
        out().print(problem, style="red", markup=False)
    out().print(f"{checked} files checked, {len(problems)} not as the ledger says", markup=False)
    if problems:
        raise typer.Exit(1)


def _write(rows: "pa.Table", path: Path) -> None:
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        pq.write_table(rows, path, compression="zstd")
    else:
        # With a byte-order mark: Excel on Chinese Windows reads the file as GBK without it.
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(rows.column_names)
            for batch in rows.to_batches():
                columns = [column.to_pylist() for column in batch.columns]
                writer.writerows([_for_spreadsheet(value) for value in row] for row in zip(*columns, strict=True))


def _for_spreadsheet(value: object) -> object:
    """Return a value as a spreadsheet should show it; a text that it would run as a formula gets an apostrophe."""
    from reports.query_rows import cell_text

    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA_STARTS) else value
    return cell_text(value) if isinstance(value, list) else value


def _for_json(value: object) -> object:
    """Return a value without what JSON has no word for: infinity and not-a-number become null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [_for_json(part) for part in value]
    if isinstance(value, dict):
        return {str(name): _for_json(part) for name, part in value.items()}
    if isinstance(value, tuple):
        return [_for_json(part) for part in value]
    return value
