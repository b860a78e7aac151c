"""``kesheng publish``: the tables copied into another database."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from flows.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("publish")(publish)


def publish(
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="ADDRESS",
            help="duckdb:///FILE (from the root duckdb:////srv/x.duckdb) or postgresql://USER@HOST:5432/DATABASE, "
            "the password better in PGPASSWORD or ~/.pgpass than here [default: all of [publish] in the settings]",
        ),
    ] = None,
    schema: Annotated[str, typer.Option("--schema", help="The schema that the tables are put in")] = "kesheng",
    tokens: Annotated[bool, typer.Option("--tokens", help="The table tokens, the largest, too")] = False,
    config: ConfigOption = None,
    data: DataOption = None,
    wait: WaitOption = None,
    json_output: JsonOption = False,
) -> None:
    """Copy all tables into a DuckDB file or a PostgreSQL database, for BI tools and spreadsheets.

    Whole and at once: readers there see the tables of the last time or the new ones. Columns carry their Chinese names
    and meanings as comments; lists are text[] in PostgreSQL. Beside each table stands a view in Chinese, such as 评论.

    Without --to it copies to every address of [publish] in the settings, as each night does; status 1 if one fails.
    """
    from flows.publishing import publish_warehouse

    settings = settings_for(config, data, wait_seconds=wait)
    if to is None:
        _publish_to_all(settings, schema, tokens=tokens, json_output=json_output)
        return
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


def _publish_to_all(settings: "Settings", schema: str, *, tokens: bool, json_output: bool) -> None:
    from flows.night_copies import publish_copies
    from flows.published_tables import PublishingError

    if not settings.publish.to:
        raise PublishingError(
            "expected --to ADDRESS, or addresses in the settings ([publish] to, with --config kesheng.toml); found "
            "neither. duckdb:///quality.duckdb is one"
        )

    def say(text: str) -> None:
        (notices() if json_output else out()).print(text, markup=False, soft_wrap=True)

    copies = publish_copies(settings, say=say, schema=schema, tokens=tokens or None)
    if json_output:
        print_plain(json.dumps([asdict(copy) for copy in copies], ensure_ascii=False))
    if any(copy.problem for copy in copies):
        raise typer.Exit(1)
