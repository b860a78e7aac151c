"""The report as of an earlier day: what was stored by then, and a plain word of what is not to be had back."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from openpyxl import load_workbook

from flows.night import Night, run_night, run_reanalysis
from flows.reporting import chosen_period, report_tables, write_report
from flows.settings import Settings, SettingsError
from reports.as_of import AsOf, write_tables_as_of
from reports.periods import read_period
from reports.report_rows import Scope
from tests import night_samples
from tests.night_samples import FIRST, FIRST_NIGHT, SECOND, SECOND_NIGHT, SHANGHAI
from tests.report_samples import WEEK, incident, review, warehouse
from warehouse.query import run_query
from warehouse.schema import RUNS
from warehouse.store import LocalStore, Partition

FIRST_WEEK = read_period("2026-W14")
"""30 March to 5 April 2026: reviews 1 to 4 of the sample."""


@pytest.fixture(scope="module")
def two_nights(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Two nights, and a re-analysis after them, which writes every row anew."""
    folder = tmp_path_factory.mktemp("nights")
    settings = night_samples.settings(folder)
    night_samples.write_export(folder / "exports" / "first.csv", FIRST)
    run_night(Night(settings, clock=lambda: FIRST_NIGHT))
    night_samples.write_export(folder / "exports" / "second.csv", SECOND)
    run_night(Night(settings, clock=lambda: SECOND_NIGHT))
    run_reanalysis(Night(settings, clock=lambda: SECOND_NIGHT + timedelta(days=1)))
    return settings


def ids(tables: Path) -> list[str]:
    """Return the ids of the stored reviews."""
    return [str(i) for i in run_query(tables, "SELECT review_id FROM reviews ORDER BY 1")["review_id"].to_pylist()]


def test_a_page_is_of_what_the_first_night_knew(two_nights: Settings) -> None:
    """Reviews 1, 3 and 4 stand as then; 2 and 5 have changed since, 6 and 7 came later: left out, counted, told."""
    with report_tables(two_nights, "2026-05-01") as tables:
        assert tables.as_of == AsOf(date(2026, 5, 1), kept=3, left_out=4)
        assert ids(tables.warehouse) == ["ctrip:1", "ctrip:3", "ctrip:4"]
        path = write_report(two_nights, FIRST_WEEK, Scope(), tables=tables, with_workbook=True)
    assert path == two_nights.folder.reports / "2026-W14" / "as-of-2026-05-01" / "index.html"
    page = path.read_text("utf-8")
    assert "按 2026-05-01 当时已入库的评论重算，标签为现在的版本" in page
    assert "另有 4 条当天及以前发布的评论" in page
    assert "4 published by then came or changed later" in page
    rows = {row[0]: row[1:] for row in load_workbook(path.with_name("report.xlsx"))["首页"].values}
    assert "另有 4 条" in str(rows["数据版本"][1])


def test_charts_are_counted_anew(two_nights: Settings) -> None:
    """The week has four reviews now and had three by the first night, in the rows that the charts are drawn of too."""
    week = (
        "SELECT n FROM trends WHERE grain = 'week' AND scope = 'all' AND metric = 'reviews' "
        "AND period_start = '2026-03-30'"
    )
    with report_tables(two_nights, "2026-05-01") as tables:
        assert run_query(tables.warehouse, week)["n"].to_pylist() == [3]
    assert run_query(two_nights.folder.warehouse, week)["n"].to_pylist() == [4]


def test_after_the_second_night_everything_was_known(two_nights: Settings) -> None:
    """A re-analysis has written every row since: what counts is when its file came in."""
    with report_tables(two_nights, "2026-05-02") as tables:
        assert tables.as_of == AsOf(date(2026, 5, 2), kept=7, left_out=0)
        assert "另有" not in tables.as_of.chinese
        assert chosen_period(two_nights, None, tables) == read_period("2026-W17")


def test_the_copy_is_taken_away(two_nights: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the report fails; and the page of now does not say of which day it is."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = night_samples.tables(two_nights.folder.warehouse)

    def opened() -> Iterator[None]:
        with report_tables(two_nights, "2026-05-01") as tables:
            assert tables.warehouse.parent == tmp_path
            yield
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        list(opened())
    assert list(tmp_path.iterdir()) == []
    after = night_samples.tables(two_nights.folder.warehouse)
    assert before.keys() == after.keys()
    assert all(before[name].equals(after[name]) for name in before)
    assert "当时已入库" not in write_report(two_nights, FIRST_WEEK, Scope()).read_text("utf-8")


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-04-30", r"--as-of 2026-04-30: expected a day by which reviews were stored, found none .*\(6 published"),
        ("2026-5-1", r"--as-of: expected a day such as 2026-05-01; found '2026-5-1'"),
        ("2026-02-30", r"--as-of: expected a day such as 2026-05-01; found '2026-02-30'"),
        ("2999-01-01", r"--as-of: expected a day up to today, \d{4}-\d\d-\d\d; found '2999-01-01'"),
    ],
)
def test_other_days_are_refused(day: str, said: str, two_nights: Settings) -> None:
    """By what was expected and what came."""
    with pytest.raises(SettingsError, match=said), report_tables(two_nights, day):
        pass


def test_a_period_after_the_day_is_refused(two_nights: Settings) -> None:
    """Nothing of it can have been known."""
    with (
        report_tables(two_nights, "2026-05-01") as tables,
        pytest.raises(SettingsError, match=r"--period 2026-W40: expected a period that begins by 2026-05-01"),
    ):
        chosen_period(two_nights, "2026-W40", tables)


def _ledger(tables: Path, *runs: dict[str, Any]) -> None:
    LocalStore(tables).replace(Partition(RUNS.name, "2026-10"), pa.Table.from_pylist(list(runs), schema=RUNS.arrow))


def _run(number: int, moment: datetime, *file_ids: str) -> dict[str, Any]:
    files = [{"file_id": file_id, "name": f"{file_id}.csv"} for file_id in file_ids]
    return {
        "run_id": f"run-{number}",
        "kind": "night",
        "started_at": moment - timedelta(minutes=10),
        "finished_at": moment,
        "files": files,
    }


def test_the_first_run_of_a_file_counts_and_it_must_have_ended(tmp_path: Path) -> None:
    """A run over midnight is of the next day; where the ledger does not know a file, the last writing decides."""
    late = datetime(2026, 10, 3, 0, 5, tzinfo=SHANGHAI)
    rows = [
        review(1, WEEK.start, file_id="a"),
        review(2, WEEK.start, file_id="midnight"),
        review(3, WEEK.start, file_id="lost", analysed_at=datetime(2026, 10, 1, tzinfo=SHANGHAI)),
        review(4, WEEK.start, file_id="lost", analysed_at=late),
        review(5, WEEK.last_day, file_id="a"),
    ]
    tables = warehouse(tmp_path / "tables", rows, [incident(row) for row in rows])
    first = datetime(2026, 10, 1, 3, tzinfo=SHANGHAI)
    _ledger(tables, _run(1, first, "a"), _run(2, late, "midnight", "a"))
    then = write_tables_as_of(tables, date(2026, 10, 2), tmp_path / "then")
    assert then == AsOf(date(2026, 10, 2), kept=2, left_out=2)
    assert ids(tmp_path / "then") == ["ctrip:00001", "ctrip:00003"]
    told = run_query(tmp_path / "then", "SELECT review_id FROM incidents ORDER BY 1")["review_id"].to_pylist()
    assert told == ["ctrip:00001", "ctrip:00003"]


def test_a_repeat_takes_the_place_of_an_original_that_is_left_out(tmp_path: Path) -> None:
    """Two repeats of a review that has changed since: one of them counted then, the other repeats it."""
    rows = [
        review(1, WEEK.start, file_id="late"),
        review(2, WEEK.start + timedelta(days=1), file_id="a", duplicate_of="ctrip:00001"),
        review(3, WEEK.start + timedelta(days=2), file_id="a", duplicate_of="ctrip:00001"),
        review(4, WEEK.start + timedelta(days=2), file_id="a"),
        review(5, WEEK.start + timedelta(days=2), file_id="a", duplicate_of="ctrip:00004"),
    ]
    tables = warehouse(tmp_path / "tables", rows, [])
    _ledger(
        tables,
        _run(1, datetime(2026, 10, 2, 3, tzinfo=SHANGHAI), "a"),
        _run(2, datetime(2026, 10, 4, 3, tzinfo=SHANGHAI), "late"),
    )
    write_tables_as_of(tables, date(2026, 10, 2), tmp_path / "then")
    found = run_query(tmp_path / "then", "SELECT review_id, duplicate_of FROM reviews ORDER BY 1").to_pylist()
    assert [(re.sub(":0*", ":", row["review_id"]), row["duplicate_of"]) for row in found] == [
        ("ctrip:2", None),
        ("ctrip:3", "ctrip:00002"),
        ("ctrip:4", None),
        ("ctrip:5", "ctrip:00004"),
    ]
