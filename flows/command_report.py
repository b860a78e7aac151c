"""``kesheng report``: the page that a quality team reads on Monday."""

from enum import StrEnum
from typing import Annotated

import typer

from flows.command_options import ConfigOption, DataOption, notices, out, settings_for, warehouse_of


class EachChoice(StrEnum):
    """What pages may be written of, one a value."""

    region = "region"
    brand = "brand"
    venue = "venue"
    source = "source"
    industry = "industry"


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("report")(report)


def report(
    period: Annotated[
        str | None,
        typer.Option("--period", metavar="PERIOD", help="2026-W46 or 2026-11 [default: the last whole week]"),
    ] = None,
    source: Annotated[str | None, typer.Option("--source", help="Only this source")] = None,
    industry: Annotated[str | None, typer.Option("--industry", help="Only this industry")] = None,
    region: Annotated[str | None, typer.Option("--region", help="Only this region")] = None,
    brand: Annotated[str | None, typer.Option("--brand", help="Only this brand")] = None,
    venue: Annotated[
        str | None, typer.Option("--venue", help="Only this venue, by id, or name where it has none")
    ] = None,
    each: Annotated[
        list[EachChoice] | None,
        typer.Option("--each", help="The whole page, and one a value beside it, linked; may be repeated"),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DAY", help="As known by the end of 2026-05-01: only reviews stored by then"),
    ] = None,
    xlsx: Annotated[
        bool, typer.Option("--xlsx", help="Write the figures as report.xlsx beside the page, with native charts")
    ] = False,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Write the page of one period: what to do first, red lines, satisfaction, failures, places, recovery, loyalty."""
    from flows.reporting import WORKBOOK, chosen_period, report_tables, write_report, write_reports
    from flows.settings import SettingsError
    from reports.report_rows import Scope

    settings = settings_for(config, data)
    warehouse_of(settings)
    given = {"source": source, "industry": industry, "region": region, "brand": brand, "venue": venue}
    scopes = [Scope(kind, value) for kind, value in given.items() if value is not None]
    if len(scopes) > 1:
        raise SettingsError("--source, --industry, --region, --brand, --venue: a page is of one of them; give one")
    if scopes and each:
        raise SettingsError(f"--each: expected the whole page, found --{scopes[0].kind}; give one of the two")
    with notices().status("counting"), report_tables(settings, as_of) as tables:
        chosen = chosen_period(settings, period, tables)
        if chosen is None:
            raise SettingsError(f"there is no dated review in {settings.folder.warehouse} to report on")
        if each:
            written = write_reports(settings, chosen, each, tables=tables, with_workbook=xlsx)
            path = written.page
        else:
            scope = scopes[0] if scopes else Scope()
            path = write_report(settings, chosen, scope, tables=tables, with_workbook=xlsx)
    out().print(str(path), markup=False, soft_wrap=True)
    if xlsx:
        out().print(str(path.with_name(WORKBOOK)), markup=False, soft_wrap=True)
    if each:
        left_out = f"; left out and named there: {written.left_out}" if written.left_out else ""
        notices().print(f"pages linked from it: {written.pages}{left_out}", soft_wrap=True)
