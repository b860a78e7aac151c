"""The report of a period as a file: ``<data>/reports/<period>/index.html``, made anew from the tables each time."""

from pathlib import Path

from flows.settings import Settings, SettingsError
from reports.page import page_html
from reports.periods import Period, last_whole_week, read_period
from reports.report_figures import report_figures
from reports.report_rows import Scope
from warehouse.query import run_query
from warehouse.store import write_atomically

PAGE, WORKBOOK = "index.html", "report.xlsx"


def chosen_period(settings: Settings, name: str | None) -> Period | None:
    """Return the period of a name, or the last whole week of the stored reviews; None where there are no dated ones.

    Raises:
        SettingsError: The name is no period.
    """
    if name is not None:
        try:
            return read_period(name)
        except ValueError as error:
            raise SettingsError(f"--period: {error}") from error
    query = "SELECT max(published_at)::DATE AS newest FROM reviews WHERE published_precision IN ('second', 'day')"
    newest = run_query(settings.folder.warehouse, query).column("newest").to_pylist()[0]
    return None if newest is None else last_whole_week(newest)


def write_report(settings: Settings, period: Period, scope: Scope, *, with_workbook: bool = False) -> Path:
    """Make the page of a period and scope, write it, and return where it is; the same again gives the same page.

    Args:
        settings: Say where the tables are.
        period: What the page is of.
        scope: Which reviews.
        with_workbook: Write the figures as ``report.xlsx`` beside the page too.
    """
    figures = report_figures(settings.folder.warehouse, period, scope)
    folder = settings.folder.reports / period.name
    if scope.kind != "all":
        folder = folder / scope.kind / _file_name(scope.value)
    path = folder / PAGE
    write_atomically(path, page_html(figures).encode("utf-8"))
    if with_workbook:
        # openpyxl is loaded where it is needed: the night does not write workbooks.
        from reports.report_workbook import write_report_workbook  # noqa: PLC0415

        write_report_workbook(folder / WORKBOOK, figures)
    return path


def write_last_report(settings: Settings) -> Path | None:
    """Write the page of the last whole week, as after each night; None where there is no dated review."""
    period = chosen_period(settings, None)
    return None if period is None else write_report(settings, period, Scope())


def _file_name(value: str) -> str:
    """Return a value as the name of a folder: what file systems do not take becomes an underscore."""
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in value).strip(".") or "_"
