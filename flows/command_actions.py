"""``kesheng actions``: what a quality team has set itself to do, out to Excel and back."""

import json
from datetime import datetime
from pathlib import Path
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
    warehouse_of,
)

if TYPE_CHECKING:
    from flows.actions import ActionsImported

actions_app = typer.Typer(
    no_args_is_help=True,
    help="Things to do (整改事项): export a workbook with what is proposed, import what was decided.",
)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(actions_app, name="actions")
    actions_app.command("export")(export)
    actions_app.command("import")(import_)


def export(
    out_file: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.xlsx", help="The workbook [default: named after the day]")
    ] = None,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Write a workbook: things to do and proposed ones, what waits for an answer, what may deserve an appeal.

    What is proposed is no thing to do until its state is chosen and the workbook imported.
    """
    from flows.night import SHANGHAI
    from flows.reporting import chosen_period
    from flows.settings import SettingsError
    from reports.action_proposals import action_book
    from reports.action_workbook import write_action_workbook
    from warehouse.actions import stored_actions
    from warehouse.store import LocalStore

    now = datetime.now(SHANGHAI)
    path = out_file or Path(f"actions-{now:%Y%m%d-%H%M}.xlsx")
    if path.suffix != ".xlsx":
        raise SettingsError(f"--out: expected a file name that ends in .xlsx; found '{path}'")
    settings = settings_for(config, data)
    warehouse = warehouse_of(settings)
    period = chosen_period(settings, None)
    if period is None:
        raise SettingsError(f"there is no dated review in {warehouse} to propose anything from")
    with notices().status("counting"):
        actions = stored_actions(LocalStore(warehouse))
        book = action_book(warehouse, actions, period, now.date())
        write_action_workbook(path, book, now)
    proposed = len(book.items) - len(actions)
    out().print(
        f"{len(actions):,} things to do, {proposed:,} proposed, {len(book.to_answer):,} to answer, "
        f"{len(book.doubtful):,} to look at for an appeal, written to {path}",
        markup=False,
        soft_wrap=True,
    )
    notices().print(f"Then: kesheng actions import {path}", style="dim", markup=False)


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A workbook of `kesheng actions export`, filled in")],
    json_output: JsonOption = False,
    data: DataOption = None,
    config: ConfigOption = None,
    wait: WaitOption = None,
) -> None:
    """Take what was filled in; the table `actions` and the next report show it.

    Rows without a state, or 待定, wait; rows that are wrong are named, and the others are taken (status 1).
    """
    from flows.actions import import_actions
    from flows.night import Night

    settings = settings_for(config, data, wait_seconds=wait)
    warehouse_of(settings)
    night = Night(settings, say=lambda words: notices().print(words, markup=False, style="dim"))
    imported = import_actions(night, file)
    if json_output:
        counts = {
            "rows": imported.answers.rows,
            "new": imported.new,
            "changed": imported.changed,
            "unchanged": imported.unchanged,
            "waiting": imported.answers.waiting,
            "problems": [str(problem) for problem in imported.problems],
        }
        print_plain(json.dumps(counts, ensure_ascii=False))
    else:
        _show(imported)
    if imported.problems:
        raise typer.Exit(1)


def _show(imported: "ActionsImported") -> None:
    answers = imported.answers
    out().print(
        f"{answers.rows:,} rows = {imported.new:,} new + {imported.changed:,} changed + {imported.unchanged:,} "
        f"unchanged + {answers.waiting:,} not taken on + {len(imported.problems):,} refused",
        markup=False,
        soft_wrap=True,
    )
    for problem in imported.problems:
        out().print(f"  {problem}", style="red", markup=False, soft_wrap=True)
