"""``kesheng publish``: the tables copied into another database."""

import json
from typing import Annotated

import typer

from flows.command_options import (
    ConfigOption,
    DataOption,
    JsonOption,
    WaitOption,
    notices,
    out,
    print_plain,
    settings_for,
)


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("publish")(publish)


def publish(
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="ADDRESS",
            help="duckdb:///FILE (from the root duckdb:////srv/x.duckdb) or postgresql://USER@HOST:5432/DATABASE, "
            "the password better in PGPASSWORD or ~/.pgpass than here",
        ),
    ],
    schema: Annotated[str, typer.Option("--schema", help="The schema that the tables are put in")] = "kesheng",
    tokens: Annotated[bool, typer.Option("--tokens", help="The table tokens, the largest, too")] = False,
    config: ConfigOption = None,
    data: DataOption = None,
    wait: WaitOption = None,
    json_output: JsonOption = False,
) -> None:
    """Copy all tables into a DuckDB file or a PostgreSQL database, for BI tools and spreadsheets.

    Whole and at once: readers there see the tables of the last time or the new ones. Columns carry their Chinese names
    and meanings as comments; lists are text[] in PostgreSQL.
    """
    from flows.publishing import publish_warehouse

    settings = settings_for(config, data, wait_seconds=wait)
    with notices().status("copying the tables"):
        done = publish_warehouse(
            settings.folder.warehouse, to, schema=schema, tokens=tokens, wait_seconds=settings.wait_seconds
        )
    if json_output:
        print_plain(json.dumps({"to": done.target, "schema": done.schema, "rows": done.rows}, ensure_ascii=False))
    else:
        total = sum(done.rows.values())
        out().print(
            f"{len(done.rows)} tables, {total:,} rows copied to {done.target}, schema {done.schema}",
            markup=False,
            soft_wrap=True,
        )
