"""``kesheng analyse`` and ``kesheng text``: reading without the warehouse."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from flows.command_options import (
    ConfigOption,
    EncodingOption,
    IndustryOption,
    JsonOption,
    KindChoice,
    LanguageChoice,
    MapOption,
    RatingScaleOption,
    SheetOption,
    VenueOption,
    notices,
    out,
    print_plain,
    read_map,
    settings_for,
)

if TYPE_CHECKING:
    from flows.files_analysis import FilesAnalysed


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("analyse")(analyse)
    app.command("text")(text)


def analyse(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="CSV, TSV, Excel, JSON, JSON Lines or Parquet, plain or .gz")
    ],
    out_folder: Annotated[
        Path,
        typer.Option("--out", metavar="DIR", help="Folder for reviews.parquet, incidents.parquet, mentions.parquet"),
    ],
    source: Annotated[str, typer.Option("--source", help="What the column source says")] = "file",
    kind: Annotated[KindChoice, typer.Option("--kind", help="What the rows are")] = KindChoice.review,
    industry: IndustryOption = None,
    venue: VenueOption = None,
    columns: MapOption = None,
    sheet: SheetOption = None,
    encoding: EncodingOption = None,
    rating_scale: RatingScaleOption = None,
    json_output: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Analyse files without the warehouse: the same columns, the file's own ids and order.

    A column review_id or id is kept as given; without one the row number is the id. Texts are masked before they are
    written.
    """
    from flows.analysts import analysts
    from flows.files_analysis import analyse_files
    from sources.files import FileOptions
    from sources.import_options import ImportOptions

    settings = settings_for(config, None)
    options = ImportOptions(
        source=source,
        kind=kind.value,
        industry=industry,
        venue=venue,
        file=FileOptions(columns=read_map(columns), sheet=sheet, encoding=encoding, rating_scale=rating_scale),
        masking=settings.masking,
    )
    bars = (SpinnerColumn(), TextColumn("{task.completed:,} reviews"), TimeElapsedColumn())
    console = notices()
    with (
        Progress(*bars, console=console, transient=True, disable=not console.is_terminal) as progress,
        analysts(settings) as pool,
    ):
        task = progress.add_task("analyse", total=None)
        outcome = analyse_files(
            files,
            options,
            out_folder,
            moment=datetime.now(ZoneInfo("Asia/Shanghai")),
            pool=pool,
            choice=settings.reading,
            progress=lambda rows: progress.update(task, completed=rows),
        )
    _show(outcome, out_folder, json_output=json_output)


def text(
    review: Annotated[
        str,
        typer.Argument(metavar="TEXT", help="One review, such as “前台态度冷淡，等了半小时”; - reads standard input"),
    ],
    industry: IndustryOption = None,
    language: Annotated[LanguageChoice, typer.Option("--lang", help="Language of the labels")] = LanguageChoice.zh,
    json_output: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Show how one text is read: clauses, incidents with their words underlined, scores, and why."""
    from flows.settings import SettingsError
    from flows.text_reading import read_text, to_json, to_renderable

    if review == "-":
        review = _standard_input()
    if not review.strip():
        raise SettingsError(
            "expected the text of a review, such as kesheng text “前台态度冷淡，等了半小时”; found none"
        )
    reading = read_text(settings_for(config, None).reading.explainer, review, industry)
    if json_output:
        print_plain(json.dumps(to_json(reading), ensure_ascii=False))
    else:
        out().print(to_renderable(reading, language.value))


def _standard_input() -> str:
    from flows.settings import SettingsError

    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"standard input: expected UTF-8; {error}. kesheng analyse reads other encodings"
        ) from error


def _show(outcome: "FilesAnalysed", folder: Path, *, json_output: bool) -> None:
    counts = {"read": outcome.read, "analysed": outcome.analysed, "rejected": len(outcome.rejected)}
    if json_output:
        print_plain(
            json.dumps(
                {**counts, "rejects": [{"row_number": r.row_number, "reason": r.reason} for r in outcome.rejected]},
                ensure_ascii=False,
            )
        )
        return
    out().print(
        f"read {outcome.read:,} = analysed {outcome.analysed:,} + rejected {len(outcome.rejected):,}", style="bold"
    )
    for bad in outcome.rejected[:10]:
        out().print(f"  row {bad.row_number}: {bad.reason}: {bad.detail}", markup=False)
    notices().print(
        f"Written to {folder}: reviews.parquet, incidents.parquet, mentions.parquet", markup=False, style="dim"
    )
