"""The report of a period as a file: ``<data>/reports/<period>/index.html``, made anew from the tables each time."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote
from zoneinfo import ZoneInfo

from flows.settings import Settings, SettingsError
from reports.as_of import AsOf, write_tables_as_of
from reports.page import page_html
from reports.page_cards import index_shown
from reports.page_scopes import ScopeGroup, ScopePage, scope_values
from reports.periods import Period, last_whole_week, read_period
from reports.report_figures import Figures, report_figures
from reports.report_rows import Scope
from warehouse.query import run_query
from warehouse.store import write_atomically

PAGE, WORKBOOK = "index.html", "report.xlsx"
MOST_PAGES = 300
"""Of the parts of a scope that are written at once."""
_LONGEST_NAME = 60
"""Characters of a folder's name: of four bytes each they still fit the 255 bytes of a file system."""
_SHANGHAI = ZoneInfo("Asia/Shanghai")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class ReportTables:
    """What a report counts over: the warehouse, or a copy of it as of an earlier day."""

    warehouse: Path
    as_of: AsOf | None = None


@dataclass(frozen=True, slots=True)
class WrittenReports:
    """The whole page, how many pages lie beside it, and how many values have none."""

    page: Path
    pages: int
    left_out: int


@contextmanager
def report_tables(settings: Settings, as_of: str | None) -> Iterator[ReportTables]:
    """Open the tables of a report; those of an earlier day are written beside and taken away afterwards.

    Args:
        settings: Say where the tables are.
        as_of: A day such as ``2026-05-01``, in Asia/Shanghai; None for now.

    Raises:
        SettingsError: The day is none, lies ahead, or nothing was stored by then.
    """
    if as_of is None:
        yield ReportTables(settings.folder.warehouse)
        return
    day = _read_day(as_of)
    # The system's folder for such files, with a mode that lets nobody else read it.
    with TemporaryDirectory(prefix="kesheng-as-of-") as folder:
        then = write_tables_as_of(settings.folder.warehouse, day, Path(folder))
        if not then.kept:
            raise SettingsError(
                f"--as-of {day}: expected a day by which reviews were stored, found none that is as it was then "
                f"({then.left_out:,} published by then came or changed later); `kesheng query` over runs says when "
                "files came in"
            )
        yield ReportTables(Path(folder), then)


def chosen_period(settings: Settings, name: str | None, tables: ReportTables | None = None) -> Period | None:
    """Return the period of a name, or the last whole week of the stored reviews; None where there are no dated ones.

    Raises:
        SettingsError: The name is no period, or one that begins after the day that the tables are of.
    """
    tables = tables or ReportTables(settings.folder.warehouse)
    if name is not None:
        try:
            period = read_period(name)
        except ValueError as error:
            raise SettingsError(f"--period: {error}") from error
        if tables.as_of and period.start > tables.as_of.day:
            raise SettingsError(
                f"--period {name}: expected a period that begins by {tables.as_of.day}, the day of --as-of; "
                f"it begins on {period.start}"
            )
        return period
    query = "SELECT max(published_at)::DATE AS newest FROM reviews WHERE published_precision IN ('second', 'day')"
    newest = run_query(tables.warehouse, query).column("newest").to_pylist()[0]
    return None if newest is None else last_whole_week(newest)


def write_report(
    settings: Settings,
    period: Period,
    scope: Scope,
    *,
    tables: ReportTables | None = None,
    with_workbook: bool = False,
    groups: Sequence[ScopeGroup] = (),
) -> Path:
    """Make the page of a period and scope, write it, and return where it is; the same again gives the same page.

    Args:
        settings: Say where things lie.
        period: What the page is of.
        scope: Which reviews.
        tables: What to count over, where it is not the warehouse as it is; the page of an earlier day has a folder of
            its own, such as ``2026-W18/as-of-2026-05-01``.
        with_workbook: Write the figures as ``report.xlsx`` beside the page too.
        groups: Pages of parts of the scope to link to.
    """
    return _write(settings, period, scope, tables=tables, with_workbook=with_workbook, groups=groups)[0]


def write_reports(
    settings: Settings,
    period: Period,
    kinds: Sequence[str],
    *,
    tables: ReportTables | None = None,
    with_workbook: bool = False,
) -> WrittenReports:
    """Write the whole page, and beside it a page of every value of some scopes that it links to.

    Args:
        settings: Say where things lie.
        period: What the pages are of.
        kinds: Scopes such as ``region``; together they get at most ``MOST_PAGES`` pages, the largest values first.
        tables: What to count over, where it is not the warehouse as it is.
        with_workbook: Write ``report.xlsx`` beside each page too.
    """
    tables = tables or ReportTables(settings.folder.warehouse)
    whole = _folder(settings, period, Scope(), tables.as_of)
    groups: list[ScopeGroup] = []
    for kind in dict.fromkeys(kinds):
        values = scope_values(tables.warehouse, period, kind)
        named = [(value.value, value.shown) for value in values if value.value is not None]
        room = MOST_PAGES - sum(len(group.pages) for group in groups)
        pages = []
        for value, shown in named[:room]:
            path, own = _write(settings, period, Scope(kind, value), tables=tables, with_workbook=with_workbook)
            link = quote(path.relative_to(whole).as_posix())
            pages.append(ScopePage(shown, own.counts["window"], index_shown(own), link))
        without = sum(value.n for value in values if value.value is None)
        groups.append(ScopeGroup(kind, pages, [shown for _, shown in named[room:]], without))
    page = write_report(settings, period, Scope(), tables=tables, with_workbook=with_workbook, groups=groups)
    return WrittenReports(page, sum(len(g.pages) for g in groups), sum(len(g.left_out) for g in groups))


def write_last_report(settings: Settings) -> Path | None:
    """Write the page of the last whole week, as after each night; None where there is no dated review."""
    period = chosen_period(settings, None)
    return None if period is None else write_report(settings, period, Scope())


def _write(
    settings: Settings,
    period: Period,
    scope: Scope,
    *,
    tables: ReportTables | None,
    with_workbook: bool,
    groups: Sequence[ScopeGroup] = (),
) -> tuple[Path, Figures]:
    tables = tables or ReportTables(settings.folder.warehouse)
    figures = report_figures(tables.warehouse, period, scope)
    folder = _folder(settings, period, scope, tables.as_of)
    path = folder / PAGE
    write_atomically(path, page_html(figures, tables.as_of, groups).encode("utf-8"))
    if with_workbook:
        # openpyxl is loaded where it is needed: the night does not write workbooks.
        from reports.report_workbook import write_report_workbook  # noqa: PLC0415

        write_report_workbook(folder / WORKBOOK, figures, tables.as_of)
    return path, figures


def _folder(settings: Settings, period: Period, scope: Scope, as_of: AsOf | None) -> Path:
    folder = settings.folder.reports / period.name
    if as_of:
        folder /= f"as-of-{as_of.day}"
    return folder if scope.kind == "all" else folder / scope.kind / _file_name(scope.value)


def _file_name(value: str) -> str:
    """Return a value as the name of a folder, e.g. ``云栖_湖畔酒店-4f0c66ab`` for ``云栖/湖畔酒店``.

    What file systems do not take becomes an underscore, and what is changed or long gets a digest at its end: the pages
    of two venues never lie in one folder.
    """
    name = "".join(c if c.isalnum() or c in "-_." else "_" for c in value).strip(".")[:_LONGEST_NAME]
    digest = hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return name if name and name == value else f"{name or '_'}-{digest}"


def _read_day(name: str) -> date:
    try:
        day = date.fromisoformat(name) if _DAY.fullmatch(name) else None
    except ValueError:
        day = None
    if day is None:
        raise SettingsError(f"--as-of: expected a day such as 2026-05-01; found '{name}'")
    today = datetime.now(_SHANGHAI).date()
    if day > today:
        raise SettingsError(f"--as-of: expected a day up to today, {today}; found '{name}'")
    return day
