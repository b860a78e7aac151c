"""Warehouses of other releases: those of the version before are read and written on, those of a newer one refused."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.night import Night, run_corrections, run_night, run_reanalysis
from flows.publishing import publish_warehouse
from flows.reporting import write_last_report
from flows.settings import Settings
from flows.summaries import write_summary
from tests import night_samples
from tests.label_samples import label
from tests.night_samples import FIRST, FIRST_NIGHT, SECOND, SECOND_COUNTS, SECOND_NIGHT, write_export
from warehouse import ledger
from warehouse.labels import text_digest
from warehouse.query import run_query
from warehouse.schema import SCHEMA_VERSION, TABLES
from warehouse.schema_versions import SCHEMA_VERSIONS, VERSION_KEY, NewerSchemaError
from warehouse.store import LocalStore, Partition
from warehouse.verification import verify_partitions

LATER = SCHEMA_VERSIONS[-1]
FIRST_COLUMNS = {"incidents": 19, "mentions": 16, "rejects": 8, "reviews": 51, "runs": 18, "tokens": 2, "trends": 14}
"""How many columns the tables of version 1 had, written down once."""


def written_by(warehouse: Path, version: str, leave_out: dict[str, tuple[str, ...]]) -> None:
    """Write every file anew as a release of ``version`` would have, without the columns to leave out."""
    for path in sorted(warehouse.rglob("part.parquet")):
        table = pq.read_table(path, partitioning=None)
        table = table.drop_columns(list(leave_out.get(path.relative_to(warehouse).parts[0], ())))
        marked = {**table.schema.metadata, VERSION_KEY.encode(): version.encode()}
        pq.write_table(table.replace_schema_metadata(marked), path, compression="zstd")


@pytest.fixture
def previous(tmp_path: Path) -> Settings:
    """Return an installation after one night of the release before: its tables, its columns, its version."""
    settings = night_samples.settings(tmp_path)
    write_export(tmp_path / "exports" / "first.csv", FIRST)
    run_night(Night(settings, clock=lambda: FIRST_NIGHT))
    warehouse = settings.folder.warehouse
    for name in LATER.tables:
        (warehouse / name / "part.parquet").unlink(missing_ok=True)
    written_by(warehouse, SCHEMA_VERSIONS[-2].version, dict(LATER.columns))
    return settings


def asked(settings: Settings, sql: str) -> list[dict[str, Any]]:
    """Return the rows of a query."""
    rows: list[dict[str, Any]] = run_query(settings.folder.warehouse, sql).to_pylist()
    return rows


def versions_of(warehouse: Path) -> dict[str, str]:
    """Return file → version."""
    return {
        str(path.relative_to(warehouse).parent): pq.read_schema(path).metadata[VERSION_KEY.encode()].decode()
        for path in sorted(warehouse.rglob("part.parquet"))
    }


def test_the_list_of_versions_is_whole() -> None:
    """The last is what is written, all tables came once, and taking back what came later leaves the first columns."""
    assert SCHEMA_VERSIONS[-1].version == SCHEMA_VERSION
    assert [v.version for v in SCHEMA_VERSIONS] == [str(n) for n in range(1, len(SCHEMA_VERSIONS) + 1)]
    assert sorted(name for v in SCHEMA_VERSIONS for name in v.tables) == sorted(TABLES)
    came_later = {(table, name) for v in SCHEMA_VERSIONS for table, names in v.columns.items() for name in names}
    assert came_later <= {(t.name, c.name) for t in TABLES.values() for c in t.columns}
    first = {
        name: sum((name, c.name) not in came_later for c in TABLES[name].columns) for name in SCHEMA_VERSIONS[0].tables
    }
    hint = "a column came or went: enter it in warehouse/schema_versions.py and raise SCHEMA_VERSION"
    assert first == {**FIRST_COLUMNS, "venues": 7}, hint


def test_the_version_before_can_be_asked(previous: Settings) -> None:
    """Columns that came later are null and of their type, tables that came later empty, in both languages."""
    assert set(versions_of(previous.folder.warehouse).values()) == {"1"}
    assert asked(previous, "SELECT count(*) AS n, count(read_by) AS known FROM reviews") == [{"n": 5, "known": 0}]
    assert asked(previous, "SELECT DISTINCT department, wait_minutes FROM incidents") == [
        {"department": None, "wait_minutes": None}
    ]
    (types,) = asked(
        previous,
        "SELECT any_value(typeof(machine_failure_subtypes)) AS a, any_value(typeof(read_by)) AS b FROM reviews",
    )
    assert types == {"a": "VARCHAR[]", "b": "VARCHAR"}
    assert asked(previous, "SELECT count(*) AS 数, count(系统判读的失误子类) AS 有 FROM 评论") == [{"数": 5, "有": 0}]
    assert asked(previous, "SELECT count(*) AS n FROM labels") == [{"n": 0}]
    table = LocalStore(previous.folder.warehouse).read(Partition("incidents", "2026-04"), ["review_id", "department"])
    assert table.column_names == ["review_id", "department"]
    assert table.num_rows == table.column("department").null_count > 0


def test_report_summary_and_copy_of_the_version_before(previous: Settings, tmp_path: Path) -> None:
    """The page, the summary and a published copy are made from the old files as they are."""
    (run_id,) = ledger.runs(LocalStore(previous.folder.warehouse)).column("run_id").to_pylist()
    assert any("服务延误" in str(part) for part in write_summary(previous, (run_id,)))
    page = write_last_report(previous)
    assert page is not None
    assert "云栖湖畔酒店" in page.read_text("utf-8")
    assert publish_warehouse(previous.folder.warehouse, f"duckdb:///{tmp_path / 'a.duckdb'}").rows["reviews"] == 5


def test_a_night_on_top_of_the_version_before(previous: Settings, tmp_path: Path) -> None:
    """Counts as ever; months that it touches are of today's version with the old rows in them, the others stay."""
    warehouse = previous.folder.warehouse
    before = asked(previous, "SELECT * EXCLUDE (month) FROM reviews WHERE month = '2026-03'")
    write_export(tmp_path / "exports" / "second.csv", SECOND)
    outcome = run_night(Night(previous, clock=lambda: SECOND_NIGHT))
    assert {name: getattr(outcome.counts, name) for name in SECOND_COUNTS} == SECOND_COUNTS
    versions = versions_of(warehouse)
    assert versions["reviews/month=2026-03"] == "1"
    assert versions["reviews/month=2026-04"] == versions["dim_failure"] == versions["trends"] == SCHEMA_VERSION
    assert asked(previous, "SELECT * EXCLUDE (month) FROM reviews WHERE month = '2026-03'") == before
    kept = asked(previous, "SELECT review_id, read_by FROM reviews ORDER BY 1")
    assert {row["review_id"]: row["read_by"] for row in kept} == {
        **dict.fromkeys(("ctrip:1", "ctrip:3", "ctrip:4")),
        **dict.fromkeys(("ctrip:2", "ctrip:5", "ctrip:6", "ctrip:7"), "machine"),
    }
    assert asked(
        previous, "SELECT DISTINCT 责任部门 FROM 失误事件 WHERE 评论编号 = 'ctrip:6' AND 失误子类 = '服务延误'"
    ) == [{"责任部门": "前厅部"}]
    page = write_last_report(previous)
    assert page is not None


def test_reanalysis_and_corrections_on_the_version_before(previous: Settings) -> None:
    """A person's reading can be laid over an old review; reading all again fills what came later."""
    night = Night(previous, clock=lambda: SECOND_NIGHT)
    (review,) = asked(
        previous, "SELECT review_id, title, text, follow_up_text FROM reviews WHERE review_id = 'ctrip:3'"
    )
    digest = text_digest(review["title"], review["text"], review["follow_up_text"])
    run_corrections(night, [label("ctrip:3", text_digest=digest, failure_subtypes=[], quotes=[], severity=0)])
    assert asked(previous, "SELECT read_by FROM reviews WHERE review_id = 'ctrip:3'") == [{"read_by": "person"}]
    run_reanalysis(night)
    assert asked(previous, "SELECT count(*) AS n FROM reviews WHERE read_by IS NULL") == [{"n": 0}]
    versions = versions_of(previous.folder.warehouse)
    assert {table: v for table, v in versions.items() if table.startswith(("reviews", "incidents", "mentions"))} == {
        table: SCHEMA_VERSION for table in versions if table.startswith(("reviews", "incidents", "mentions"))
    }


def files(folder: Path) -> dict[str, bytes]:
    """Return every file of the tables."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.parquet"))}


@pytest.mark.parametrize(
    "use",
    [
        pytest.param(lambda s: run_query(s.folder.warehouse, "SELECT 1"), id="query"),
        pytest.param(lambda s: run_night(Night(s, clock=lambda: SECOND_NIGHT)), id="night"),
        pytest.param(lambda s: run_reanalysis(Night(s, clock=lambda: SECOND_NIGHT)), id="reanalyse"),
        pytest.param(write_last_report, id="report"),
        pytest.param(lambda s: verify_partitions(s.folder.warehouse), id="verify"),
    ],
)
def test_a_newer_version_is_refused(previous: Settings, tmp_path: Path, use: Callable[[Settings], object]) -> None:
    """Who reads or writes on is told which file, which version and what to do; no table is touched."""
    newer = str(int(SCHEMA_VERSION) + 1)
    written_by(previous.folder.warehouse, newer, {})
    write_export(tmp_path / "exports" / "second.csv", SECOND)
    before = files(previous.folder.warehouse)
    with pytest.raises(
        NewerSchemaError,
        match=rf"part\.parquet: expected tables of version {SCHEMA_VERSION} or older, found version {newer}: a newer "
        "release of Kesheng wrote it. Update this one",
    ):
        use(previous)
    assert files(previous.folder.warehouse) == before


def test_one_newer_file_keeps_a_night_from_all(previous: Settings, tmp_path: Path) -> None:
    """A night that would meet the newer file only after it wrote others does not begin to write."""
    path = previous.folder.warehouse / "trends" / "part.parquet"
    table = pq.read_table(path)
    pq.write_table(table.replace_schema_metadata({VERSION_KEY: "99"}), path)
    write_export(tmp_path / "exports" / "second.csv", SECOND)
    before = files(previous.folder.warehouse)
    with pytest.raises(NewerSchemaError, match=r"trends/part\.parquet: .*found version 99"):
        run_night(Night(previous, clock=lambda: SECOND_NIGHT))
    assert files(previous.folder.warehouse) == before


def test_a_file_without_a_version_is_read(tmp_path: Path) -> None:
    """Rows that somebody put there with another tool carry no version, and are read by their columns."""
    path = tmp_path / "venues" / "part.parquet"
    path.parent.mkdir()
    pq.write_table(pa.table({"venue_id": ["H001"], "region": ["华东"]}), path)
    assert run_query(tmp_path, "SELECT 门店编号, 区域, 别名 FROM 门店").to_pylist() == [
        {"门店编号": "H001", "区域": "华东", "别名": None}
    ]


def test_the_command_says_it_in_one_line(previous: Settings) -> None:
    """`kesheng query` ends with status 2 and the sentence, no traceback."""
    written_by(previous.folder.warehouse, "99", {})
    done = subprocess.run(
        [sys.executable, "-m", "flows.command_line", "query", "SELECT 1", "--data", str(previous.data)],
        cwd=Path(__file__).resolve().parents[1],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "found version 99: a newer release of Kesheng wrote it" in done.stderr
