"""``kesheng label``: people read, the machine is put right, and both are measured."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import MARKDOWN
from rich.table import Column, Table
from rich.text import Text

from flows.command_options import (
    ConfigOption,
    DataOption,
    JsonOption,
    WaitOption,
    notices,
    out,
    print_plain,
    settings_for,
    warehouse_of,
)

if TYPE_CHECKING:
    from flows.labelling import Agreement, LabelsImported
    from models.scores import FoundScore
    from reports.label_workbook import LabelBatch
    from reports.labelling_queue import LabelTask, QueueFilter

label_app = typer.Typer(
    no_args_is_help=True, help="People's readings: export a workbook, import what they say, see how far they agree."
)
DISPUTES_SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(label_app, name="label")
    label_app.command("export")(export)
    label_app.command("import")(import_)
    label_app.command("status")(status)


def export(
    out_file: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.xlsx", help="The workbook [default: named after the batch]")
    ] = None,
    count: Annotated[int | None, typer.Option("--count", min=1, help="Reviews [default: 200; of an audit 50]")] = None,
    audit: Annotated[
        bool, typer.Option("--audit", help="A random sample of one week, without what the machine says")
    ] = False,
    week: Annotated[
        str | None, typer.Option("--week", metavar="YYYY-Www", help="Of the audit [default: last week]")
    ] = None,
    disputed: Annotated[
        bool, typer.Option("--disputed", help="What annotators disagree on; importing it settles the dispute")
    ] = False,
    source: Annotated[str | None, typer.Option("--source", help="Only of this source")] = None,
    venue: Annotated[str | None, typer.Option("--venue", help="Only of this venue, by id or name")] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="YYYY-MM-DD", help="Only published from then on")
    ] = None,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Write a workbook to label in: by default the reviews that the machine is least sure of, and rare failures.

    Excel offers the codebook's labels in lists; the machine's reading is filled in, but for an audit.
    """
    from flows.settings import SettingsError
    from reports.label_workbook import write_label_workbook
    from reports.labelling_queue import QueueFilter

    settings = settings_for(config, data)
    if audit and disputed:
        raise SettingsError("--audit and --disputed: give one of them")
    if audit and (source or venue or since):
        raise SettingsError(
            "--audit: a sample is drawn from all reviews of its week; leave out --source, --venue, --since"
        )
    chosen = QueueFilter(source, venue, _day(since))
    warehouse = warehouse_of(settings)
    batch, tasks = _batch(
        warehouse, count, chosen, week=week if not audit else week or _last_week(), audit=audit, disputed=disputed
    )
    if not tasks:
        raise SettingsError(f"{batch.name}: there is no review to label in {warehouse}")
    path = out_file or Path(f"{batch.name}.xlsx")
    if path.suffix != ".xlsx":
        raise SettingsError(f"--out: expected a file name that ends in .xlsx; found '{path}'")
    write_label_workbook(path, tasks, batch)
    out().print(f"{len(tasks):,} reviews written to {path}", markup=False)
    notices().print(f"Then: kesheng label import {path} --annotator NAME", style="dim", markup=False)


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A workbook of `kesheng label export`, filled in")],
    annotator: Annotated[str, typer.Option("--annotator", help="Who has read, e.g. a staff number")],
    json_output: JsonOption = False,
    data: DataOption = None,
    config: ConfigOption = None,
    wait: WaitOption = None,
) -> None:
    """Take what an annotator has filled in; it stands in the place of the machine's reading at once.

    Rows that are not marked as read wait; rows that are wrong are named, and the others are taken (status 1).
    """
    from flows.labelling import import_labels
    from flows.night import Night
    from flows.settings import SettingsError

    if not annotator.strip():
        raise SettingsError("--annotator: expected a name, found none")
    settings = settings_for(config, data, wait_seconds=wait)
    warehouse_of(settings)
    with notices().status("publishing"):
        imported = import_labels(
            Night(settings, say=lambda words: notices().print(words, markup=False, style="dim")),
            file,
            annotator.strip(),
        )
    if json_output:
        counts = {
            "rows": imported.answers.rows,
            "taken": imported.taken,
            "untouched": imported.answers.untouched,
            "problems": [str(problem) for problem in imported.problems],
            "differing": imported.differing,
            "disputed": imported.disputed,
        }
        print_plain(json.dumps(counts, ensure_ascii=False))
    else:
        _show_import(imported)
    if imported.problems:
        raise typer.Exit(1)


def status(json_output: JsonOption = False, data: DataOption = None, config: ConfigOption = None) -> None:
    """Show what people have read, how far they agree (Cohen's kappa), and how often the machine errs by audit."""
    from flows.labelling import agreement, audit_scores, standing
    from reports.labelling_queue import stored_reviews
    from warehouse.labels import stored_labels
    from warehouse.store import LocalStore

    warehouse = warehouse_of(settings_for(config, data))
    labels = stored_labels(LocalStore(warehouse))
    reviews = stored_reviews(warehouse, [str(label["review_id"]) for label in labels])
    there, agreed, scores = standing(labels, reviews), agreement(labels, reviews), audit_scores(labels, reviews)
    if json_output:
        from dataclasses import asdict

        shown = {
            **asdict(there),
            "agreement": asdict(agreed) if agreed else None,
            "audit": [asdict(score) for score in scores],
        }
        print_plain(json.dumps(shown, ensure_ascii=False))
        return
    out().print(
        f"{there.readings:,} readings of {there.reviews:,} reviews: {there.standing:,} stand in the place of the "
        f"machine's, {there.disputed:,} disputed, {there.outdated:,} of another text than is stored now; "
        f"{there.audited:,} were drawn at random",
        soft_wrap=True,
    )
    if agreed:
        _show_agreement(agreed)
    if scores:
        _show_audit(scores)


def _batch(
    warehouse: Path, count: int | None, chosen: "QueueFilter", *, week: str | None, audit: bool, disputed: bool
) -> "tuple[LabelBatch, list[LabelTask]]":
    from flows.night import SHANGHAI
    from flows.settings import SettingsError
    from reports.label_workbook import LabelBatch
    from reports.labelling_queue import AUDIT_SIZE, audit_sample, disputes, uncertain_and_rare
    from warehouse.labels import disputed_labels, stored_labels
    from warehouse.store import LocalStore

    now = datetime.now(SHANGHAI)
    if audit:
        try:
            tasks = audit_sample(warehouse, str(week), count or AUDIT_SIZE)
        except ValueError as error:
            raise SettingsError(f"--week: {error}") from error
        return LabelBatch(f"audit-{week}", "audit", settles=False, made_at=now), tasks
    if disputed:
        tasks = disputes(warehouse, disputed_labels(stored_labels(LocalStore(warehouse))))
        return LabelBatch(f"disputed-{now:%Y%m%d-%H%M}", "correction", settles=True, made_at=now), tasks
    tasks = uncertain_and_rare(warehouse, count or 200, chosen)
    return LabelBatch(f"labels-{now:%Y%m%d-%H%M}", "correction", settles=False, made_at=now), tasks


def _last_week() -> str:
    from flows.night import SHANGHAI

    year, week, _ = (datetime.now(SHANGHAI).date() - timedelta(days=7)).isocalendar()
    return f"{year}-W{week:02d}"


def _day(text: str | None) -> date | None:
    from flows.settings import SettingsError

    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(f"--since: expected a day such as 2026-10-01; found '{text}'") from error


def _show_import(imported: "LabelsImported") -> None:
    answers = imported.answers
    out().print(
        f"{answers.batch}: {answers.rows:,} rows = {imported.taken:,} taken + {answers.untouched:,} not marked as read "
        f"+ {len(imported.problems):,} refused; {imported.differing:,} of those taken differ from the machine",
        markup=False,
        soft_wrap=True,
    )
    for problem in imported.problems:
        out().print(f"  {problem}", style="red", markup=False, soft_wrap=True)
    if imported.disputed:
        out().print(
            f"Annotators disagree on {len(imported.disputed):,} of them, so the machine's reading stays there until "
            "`kesheng label export --disputed` is filled in and imported:",
            style="yellow",
            soft_wrap=True,
        )
        for dispute in imported.disputed[:DISPUTES_SHOWN]:
            out().print(f"  {dispute}", markup=False, soft_wrap=True)
        if len(imported.disputed) > DISPUTES_SHOWN:
            out().print(f"  … and {len(imported.disputed) - DISPUTES_SHOWN:,} more", markup=False)


def _show_agreement(agreed: "Agreement") -> None:
    out().print(
        f"\nRead by two people: {agreed.pairs:,} reviews; the same failures in {agreed.same_failures:.0%} of them",
        markup=False,
    )
    table = Table(Column("field", overflow="fold"), "reviews that have it", "kappa", "same answer", box=MARKDOWN)
    for score in agreed.fields:
        table.add_row(Text(score.field), f"{score.n:,}", f"{score.kappa:.2f}", f"{score.agreement:.0%}")
    out().print(table)


def _show_audit(scores: "list[FoundScore]") -> None:
    out().print("\nThe machine beside people, on the reviews that were drawn at random (95 % intervals):", markup=False)
    table = Table(Column("failure", overflow="fold"), "people", "machine", "precision", "recall", "F1", box=MARKDOWN)
    for score in scores:
        cells = [
            "–" if one.value != one.value else f"{one.value:.2f} ({one.low:.2f}-{one.high:.2f})"
            for one in (score.precision, score.recall, score.f1)
        ]
        table.add_row(Text(score.label), f"{score.positives:,}", f"{score.found:,}", *cells)
    out().print(table)
