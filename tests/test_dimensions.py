"""The dimension tables: every value that facts can have has its row, and exactly one."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.night import Night, run_night
from lexicons.codebook import codes
from lexicons.cue_rules import load_cue_book
from sources.venues import Venue, VenueMaster
from tests import night_samples
from tests.night_samples import FIRST, FIRST_NIGHT, SECOND, SECOND_NIGHT
from warehouse.dimensions import (
    NamedVenue,
    date_dimension,
    dimensions,
    failure_dimension,
    touchpoint_dimension,
    venue_dimension,
)
from warehouse.query import run_query
from warehouse.schema import DIMENSIONS, VENUES, TableSchema
from warehouse.verification import verify_partitions

MASTER = VenueMaster(
    (
        Venue("V1", "云栖湖畔酒店", ("云栖湖畔",), "东部大区", "云栖", "hotel"),
        Venue("V2", "拾光精品酒店", (), "东部大区", "拾光"),
        Venue("V3", "未开业的朗岸酒店", (), "南部大区", "朗岸", "hotel"),
    )
).table()


def by(table: pa.Table, column: str) -> dict[object, dict[str, object]]:
    """Return the rows of a table by the values of one column, which must be unique."""
    rows = {row[column]: row for row in table.to_pylist()}
    assert len(rows) == table.num_rows
    return rows


def test_every_failure_has_its_names_and_what_counts_as_it() -> None:
    """All fifteen sub-types, in both languages, with their group's names and the codebook's definition."""
    rows = by(failure_dimension(), "failure_subtype")
    assert set(rows) == set(codes("failure_subtype"))
    slow = rows["delivery.slow"]
    assert (slow["failure_group"], slow["subtype_chinese"], slow["group_chinese"]) == (
        "delivery",
        "服务延误",
        "服务交付系统失误",
    )
    assert (slow["subtype_english"], slow["group_english"]) == (
        "Unreasonably slow service",
        "Service delivery system",
    )
    assert str(slow["definition"]).startswith("服务给了，但慢得不合理")
    assert all(value for row in rows.values() for value in row.values())


def test_every_spelling_of_a_trade_has_its_touchpoints() -> None:
    """A source that spells its trade 酒店 finds the same departments as one that says hotel; no pair stands twice."""
    table = touchpoint_dimension(load_cue_book().touchpoints)
    rows = {(r["industry"], r["touchpoint"]): r["department"] for r in table.to_pylist()}
    assert len(rows) == table.num_rows
    assert rows["hotel", "前台"] == rows["酒店", "前台"] == "前厅部"
    assert rows["delivery", "配送"] == "配送"
    assert {row.touchpoint for row in load_cue_book().touchpoints} == {touchpoint for _, touchpoint in rows}


def test_a_user_s_own_touchpoint_wins() -> None:
    """Of two rows of one place the later stands, as it does for the reader of the texts."""
    rows = load_cue_book().touchpoints
    moved = rows[0].model_copy(update={"department": "管家部"})
    table = touchpoint_dimension((*rows, moved))
    found = {(r["industry"], r["touchpoint"]): r["department"] for r in table.to_pylist()}
    assert found["hotel", moved.touchpoint] == "管家部"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (
            date(2026, 10, 1),
            (2026, "2026-W40", date(2026, 9, 28), "2026-10", "2026-Q4", 4, "周四", False),
        ),
        (
            date(2027, 1, 1),
            (2026, "2026-W53", date(2026, 12, 28), "2027-01", "2027-Q1", 5, "周五", False),
        ),
        (
            date(2027, 1, 3),
            (2026, "2026-W53", date(2026, 12, 28), "2027-01", "2027-Q1", 7, "周日", True),
        ),
        (
            date(2024, 12, 30),
            (2025, "2025-W01", date(2024, 12, 30), "2024-12", "2024-Q4", 1, "周一", False),
        ),
    ],
    ids=str,
)
def test_a_day_in_the_calendar(day: date, expected: tuple[object, ...]) -> None:
    """The week's year is not the day's own around New Year; month and quarter are the day's."""
    (row,) = date_dimension(day, day).to_pylist()
    assert tuple(row.values()) == (day, *expected)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 800))
def test_no_day_is_left_out(first: date, days: int) -> None:
    """From the first to the last day each stands once, and a week has one Monday and one label."""
    table = date_dimension(first, date.fromordinal(first.toordinal() + days))
    assert table.num_rows == days + 1
    assert table.column("date").to_pylist() == [date.fromordinal(first.toordinal() + n) for n in range(days + 1)]
    weeks = {(row["iso_week"], row["week_start"]) for row in table.to_pylist()}
    assert len(weeks) == len({week for week, _ in weeks}) == len({start for _, start in weeks})


def test_venues_of_the_master_and_of_reviews_alone() -> None:
    """One row a key; what the master leaves open is said by most reviews; a venue that was never reviewed is there."""
    named = [
        NamedVenue("V1", "云栖湖畔酒店", "酒店", 5),
        NamedVenue("V2", "拾光精品酒店", "restaurant", 1),
        NamedVenue("V2", "拾光精品酒店", "hotel", 3),
        NamedVenue(None, "沸三锅", None, 9),
        NamedVenue(None, "沸三锅", "restaurant", 2),
        NamedVenue("V9", "旧名", "hotel", 1),
        NamedVenue("V9", "新名", "hotel", 4),
    ]
    rows = by(venue_dimension(MASTER, named), "venue_key")
    assert {key: (row["venue_id"], row["venue_name"], row["industry"], row["region"]) for key, row in rows.items()} == {
        "V1": ("V1", "云栖湖畔酒店", "hotel", "东部大区"),
        "V2": ("V2", "拾光精品酒店", "hotel", "东部大区"),
        "V3": ("V3", "未开业的朗岸酒店", "hotel", "南部大区"),
        "沸三锅": (None, "沸三锅", "restaurant", None),
        "V9": ("V9", "新名", "hotel", None),
    }


@pytest.mark.parametrize("schema", DIMENSIONS, ids=lambda schema: str(schema.name))
def test_an_empty_warehouse(tmp_path: Path, schema: TableSchema) -> None:
    """Before the first review the lists stand there, and neither days nor venues."""
    found = dimensions(tmp_path, VENUES.arrow.empty_table(), load_cue_book().touchpoints)
    assert found[schema.name].schema == schema.arrow
    assert (found[schema.name].num_rows > 0) == (schema.name in ("dim_failure", "dim_touchpoint"))


def test_every_run_writes_them(tmp_path: Path) -> None:
    """After two nights every fact finds its row in each dimension, in both languages, and the ledger knows them."""
    settings = night_samples.settings(tmp_path)
    settings.data.mkdir()
    (settings.data / "venues.csv").write_text("venue_id,venue_name,region\nV1,云栖湖畔酒店,东部大区\n", "utf-8")
    for name, rows, moment in (("first", FIRST, FIRST_NIGHT), ("second", SECOND, SECOND_NIGHT)):
        night_samples.write_export(tmp_path / "exports" / f"{name}.csv", rows)
        run_night(Night(settings, clock=lambda moment=moment: moment))  # type: ignore[misc]
    warehouse = settings.folder.warehouse
    days = run_query(warehouse, "SELECT min(date) AS first, max(date) AS last, count(*) AS n FROM dim_date").to_pylist()
    assert days == [{"first": date(2026, 3, 30), "last": date(2026, 5, 1), "n": 33}]
    venues = run_query(warehouse, "SELECT venue_key, region, industry FROM dim_venue").to_pylist()
    assert venues == [
        {"venue_key": "V1", "region": "东部大区", "industry": "hotel"},
        {"venue_key": "拾光精品酒店", "region": None, "industry": "hotel"},
    ]
    lost = """
        SELECT count(*) FILTER (d.date IS NULL) AS days, count(*) FILTER (v.venue_key IS NULL) AS venues,
               count(*) FILTER (f.failure_subtype IS NULL) AS failures, count(*) AS n
        FROM incidents i LEFT JOIN dim_date d ON d.date = i.published_at::DATE
        LEFT JOIN dim_venue v ON v.venue_key = coalesce(i.venue_id, i.venue_name)
        LEFT JOIN dim_failure f USING (failure_subtype)
    """
    (row,) = run_query(warehouse, lost).to_pylist()
    assert row.pop("n") > 3
    assert set(row.values()) == {0}
    chinese = run_query(
        warehouse, "SELECT DISTINCT 判定标准 FROM 失误事件 JOIN 失误维度 USING (失误子类) WHERE 失误子类 = '服务延误'"
    )
    assert chinese.num_rows == 1
    assert verify_partitions(warehouse)[1] == []
