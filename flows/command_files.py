"""``kesheng import`` and ``kesheng venues``: files come in."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import MARKDOWN
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from flows.command_options import (
    ConfigOption,
    DataOption,
    EncodingOption,
    IndustryOption,
    JsonOption,
    KindChoice,
    MapOption,
    RatingScaleOption,
    SheetOption,
    VenueOption,
    notices,
    out,
    print_plain,
    read_map,
    settings_for,
    warehouse_of,
)

if TYPE_CHECKING:
    from flows.settings import Settings
    from sources.files import SourceFile
    from sources.import_options import ImportOptions
    from sources.landing import LandedFile
    from sources.manifests import Manifest
    from sources.record import BadRow, ReviewRecord


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("import")(import_files)
    app.command("venues")(venues)


def import_files(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="CSV, TSV, Excel, JSON, JSON Lines or Parquet, plain or .gz")
    ],
    source: Annotated[str, typer.Option("--source", help="Name of where the reviews come from, e.g. ctrip or 携程")],
    kind: Annotated[KindChoice, typer.Option("--kind", help="What the rows are")] = KindChoice.review,
    industry: IndustryOption = None,
    venue: VenueOption = None,
    columns: MapOption = None,
    sheet: SheetOption = None,
    encoding: EncodingOption = None,
    rating_scale: RatingScaleOption = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show what is recognised and three masked rows; write nothing")
    ] = False,
    json_output: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Land files: recognise, mask, give each review its identity. `kesheng run` then analyses what has landed.

    A file lands once; read again with another --map, it supersedes what it brought before. Rows that cannot be taken
    are kept, masked, with the reason.
    """
    from sources.files import FileOptions
    from sources.import_options import ImportOptions, check_source_name
    from sources.record import SourceFileError

    settings = settings_for(config, data)
    try:
        check_source_name(source)
    except ValueError as error:
        raise SourceFileError(f"--source: {error}") from error
    options = ImportOptions(
        source=source,
        kind=kind.value,
        industry=industry,
        venue=venue,
        file=FileOptions(columns=read_map(columns), sheet=sheet, encoding=encoding, rating_scale=rating_scale),
        masking=settings.masking,
    )
    if preview:
        for path in files:
            _preview(path, options, json_output=json_output)
        return
    landed, failed = _land(files, options, settings)
    for path, outcome in landed:
        if json_output:
            facts = {**outcome.manifest.model_dump(mode="json"), "already_landed": outcome.already_landed}
            print_plain(json.dumps(facts, ensure_ascii=False))
        else:
            _show(path, outcome)
    for problem in failed:
        notices().print(f"NOT READ: {problem}", style="red", markup=False, soft_wrap=True)
    if not json_output and any(not outcome.already_landed for _, outcome in landed):
        notices().print("Landed. Analyse and publish with: kesheng run", style="dim")
    if failed:
        raise typer.Exit(2)


def venues(config: ConfigOption = None, data: DataOption = None, json_output: JsonOption = False) -> None:
    """List venue names that the venue master (venues.csv) does not know, with their number of reviews."""
    from warehouse.query import run_query

    settings = settings_for(config, data)
    unmatched = run_query(
        warehouse_of(settings),
        "SELECT source, venue_name, count(*) AS reviews FROM reviews WHERE venue_id IS NULL AND venue_name IS NOT NULL "
        "GROUP BY ALL ORDER BY reviews DESC, source, venue_name",
    ).to_pylist()
    if json_output:
        print_plain(json.dumps(unmatched, ensure_ascii=False))
        return
    if not unmatched:
        out().print("Every venue name is in the venue master.")
        return
    table = Table(
        "source", "venue_name", "reviews", title="Not in the venue master", title_justify="left", box=MARKDOWN
    )
    for row in unmatched:
        table.add_row(Text(row["source"]), Text(row["venue_name"]), str(row["reviews"]))
    out().print(table)
    master = settings.venue_master
    notices().print(f"Add each as a venue or an alias to {master}, then: kesheng reanalyse", style="dim", markup=False)


def _land(
    files: list[Path], options: "ImportOptions", settings: "Settings"
) -> "tuple[list[tuple[Path, LandedFile]], list[str]]":
    """Land each file that can be; return those, and what is wrong with the others."""
    from flows.identity import identity_key
    from sources.landing import land_file
    from sources.record import SourceFileError

    landed: list[tuple[Path, LandedFile]] = []
    failed: list[str] = []
    key = identity_key(settings)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed:,} rows"),
        TimeElapsedColumn(),
    )
    console = notices()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        for path in files:
            task = progress.add_task(path.name, total=None)
            try:
                outcome = land_file(
                    path,
                    options,
                    landing=settings.folder.landing,
                    key=key,
                    progress=lambda rows, task=task: progress.update(task, completed=rows),  # type: ignore[misc]
                )
            except SourceFileError as error:
                failed.append(str(error))
            else:
                landed.append((path, outcome))
    return landed, failed


def _show(path: Path, outcome: "LandedFile") -> None:
    manifest = outcome.manifest
    console = out()
    if outcome.already_landed:
        other_name = f" as {manifest.name}" if manifest.name != path.name else ""
        console.print(f"{path.name}: already landed{other_name} on {manifest.landed_at:%Y-%m-%d}; read 0", markup=False)
        return
    counts = f"{manifest.landed:,} + duplicates {manifest.duplicates:,} + rejected {manifest.rejected:,}"
    console.print(f"{manifest.name}: read {manifest.read:,} = landed {counts}", markup=False, style="bold")
    console.print(_facts(manifest))


def _facts(manifest: "Manifest") -> Table:
    table = Table(show_header=False, show_edge=False, box=None, padding=(0, 2))
    span = ""
    if manifest.first_published and manifest.last_published:
        span = f", {manifest.first_published:%Y-%m-%d} to {manifest.last_published:%Y-%m-%d}"
    table.add_row("dated", f"{manifest.dated:,} of {manifest.landed:,}{span}")
    table.add_row("rated", f"{manifest.rated:,} of {manifest.landed:,}")
    if manifest.masked:
        table.add_row("masked", Text(", ".join(f"{token} {n:,}" for token, n in sorted(manifest.masked.items()))))
    for reason, rows in manifest.reject_reasons.items():
        table.add_row("rejected", Text(f"{reason}: {rows:,}"))
    for sheet in manifest.left_out:
        table.add_row(
            Text("LEFT OUT", style="bold red"), Text(f"sheet {sheet.name}, {sheet.rows:,} rows: {sheet.reason}")
        )
    for note in manifest.notes:
        table.add_row("note", Text(note))
    if manifest.supersedes:
        table.add_row("supersedes", Text(", ".join(manifest.supersedes)))
    return table


def _preview(path: Path, options: "ImportOptions", *, json_output: bool) -> None:
    from sources.landing import preview

    source_file, rows = preview(path, options)
    if json_output:
        left_out = {sheet.name: sheet.skipped_reason for sheet in source_file.sheets if sheet.skipped_reason}
        rows_shown = [asdict(row) for row in rows]
        shown = {"name": path.name, **source_file.resolved(), "left_out": left_out, "rows": rows_shown}
        print_plain(json.dumps(shown, ensure_ascii=False, default=str))
        return
    console = out()
    facts = [
        source_file.format,
        source_file.encoding,
        f"delimiter {source_file.delimiter!r}" if source_file.delimiter else None,
    ]
    console.print(f"{path.name}: {', '.join(f for f in facts if f)}", style="bold", markup=False)
    for sheet in source_file.sheets:
        console.print(_sheet_table(source_file, sheet.name))
    for row in rows:
        console.print(_row_table(row))
    notices().print("Nothing was written. Without --preview the file is landed.", style="dim")


def _sheet_table(source_file: "SourceFile", name: str) -> Table:
    sheet = next(s for s in source_file.sheets if s.name == name)
    if sheet.skipped_reason:
        table = Table(title=Text(f"Sheet {name}: left out"), title_justify="left", show_header=False, box=None)
        table.add_row(Text(sheet.skipped_reason))
        return table
    table = Table("field", "column", title=Text(f"Sheet {name}") if name else None, title_justify="left", box=MARKDOWN)
    for field, column in sheet.mapping.items():
        scale = f"  (scale: {sheet.rating_scale})" if field == "rating" and sheet.rating_scale else ""
        table.add_row(field, Text(f"{column}{scale}"))
    if sheet.unmapped:
        table.add_row("extra", Text(", ".join(sheet.unmapped)))
    for note in sheet.notes:
        table.add_row("note", Text(note))
    return table


def _row_table(row: "ReviewRecord | BadRow") -> Table:
    table = Table(show_header=False, show_edge=False, box=None, title=f"row {row.row_number}", title_justify="left")
    for name in row.__slots__:
        value = getattr(row, name)
        if value not in (None, "", {}) and name != "row_number":
            table.add_row(Text(name, style="dim"), Text(str(value)))
    return table
