"""The ledger, and the check of the files against it."""

from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.warehouse_samples import FIRST_NIGHT, KEY, Row, SmallWarehouse
from warehouse import ledger
from warehouse.ledger import ConservationError, RunCounts
from warehouse.runs import FileOutcome, Plan, RunFile, RunState
from warehouse.store import LocalStore, Partition, Written
from warehouse.verification import verify_partitions

ROWS: list[Row] = [{"编号": i, "内容": "房间有点脏", "日期": f"2025-0{i}-05"} for i in (4, 5)]
FILE = RunFile(file_id="a-b", name="导出.csv", source="携程", read=5, landed=3, duplicates=1, rejected=1)
STATE = RunState(run_id="run-1", kind="night", started_at=FIRST_NIGHT, files=(FILE,), key_fingerprint="f" * 16)
PLAN = Plan(outcomes=(FileOutcome(file_id="a-b", stored=2, unchanged=1),), withdrawn=0, rescored=0, slices=1)


def enter(store: LocalStore, state: RunState = STATE, plan: Plan = PLAN, *written: Written) -> RunCounts:
    """Enter a run that ended an hour after it began."""
    finished = state.started_at + timedelta(hours=1)
    return ledger.enter(
        store, state, plan, finished_at=finished, written=[*written], model_version="m", lexicon_version="l"
    )


@given(st.lists(st.integers(0, 9), min_size=5, max_size=5), st.integers(0, 45))
def test_the_law_of_conservation(parts: list[int], read: int) -> None:
    """Counts pass exactly if their parts add up to what was read; withdrawn and rescored take no part."""
    names = ("stored", "updated", "unchanged", "duplicates", "rejected")
    counts = RunCounts(read=read, withdrawn=3, rescored=7, **dict(zip(names, parts, strict=True)))
    if read == sum(parts):
        counts.check()
    else:
        with pytest.raises(ConservationError, match=f"read {read}, but stored {parts[0]} .* = {sum(parts)};"):
            counts.check()


def test_counts_add_up() -> None:
    """The counts of two runs together are the sums of each."""
    one = RunCounts(read=3, stored=2, rejected=1)
    assert one + RunCounts(read=2, updated=2, withdrawn=1) == RunCounts(
        read=5, stored=2, updated=2, rejected=1, withdrawn=1
    )


def test_a_run_that_loses_rows_is_not_entered(tmp_path: Path) -> None:
    """A fault of the program stops the run before its row is written."""
    plan = PLAN.model_copy(update={"outcomes": (FileOutcome(file_id="a-b", stored=2),)})
    with pytest.raises(ConservationError, match=r"read 5, but stored 2 .* = 4; nothing was entered"):
        enter(LocalStore(tmp_path), STATE, plan)
    assert ledger.runs(LocalStore(tmp_path)).num_rows == 0


def test_entering_twice_leaves_one_row(tmp_path: Path) -> None:
    """A run that was killed after its entry may be entered again."""
    store = LocalStore(tmp_path)
    for _ in range(2):
        assert enter(store) == RunCounts(read=5, stored=2, unchanged=1, duplicates=1, rejected=1)
    (row,) = ledger.runs(store).to_pylist()
    assert (row["run_id"], row["kind"], row["started_at"], row["key_fingerprint"]) == (
        "run-1",
        "night",
        FIRST_NIGHT,
        "f" * 16,
    )
    counts = {"stored": 2, "updated": 0, "unchanged": 1, "duplicates": 1, "rejected": 1}
    assert row["files"] == [{"file_id": "a-b", "name": "导出.csv", "source": "携程", "read": 5, **counts}]


def test_the_ledger_over_months(tmp_path: Path) -> None:
    """Runs are told oldest first over all months; the last one, its key and its files are found."""
    store = LocalStore(tmp_path)
    empty = ledger.runs(store)
    assert (ledger.last_run(empty), ledger.last_fingerprint(empty), ledger.published_files(empty)) == (
        None,
        None,
        set(),
    )
    later = STATE.model_copy(
        update={"run_id": "run-0", "started_at": FIRST_NIGHT + timedelta(days=40), "files": (), "key_fingerprint": None}
    )
    enter(store, later, Plan(outcomes=(), withdrawn=0, rescored=4, slices=1))
    enter(store)
    runs = ledger.runs(store)
    assert runs.column("run_id").to_pylist() == ["run-1", "run-0"]
    assert store.months("runs") == ["2026-01", "2026-02"]
    assert ledger.last_run(runs) == "run-0"
    assert ledger.last_fingerprint(runs) == "f" * 16
    assert ledger.published_files(runs) == {"a-b"}


def test_checksums_are_those_of_the_last_writer(tmp_path: Path) -> None:
    """Each partition should have the SHA-256 that the last run to write it entered."""
    store, april = LocalStore(tmp_path), Partition("reviews", "2025-04")
    trends = Partition("trends")
    enter(store, STATE, PLAN, Written(april, 2, "old"), Written(trends, 9, "t"))
    later = STATE.model_copy(update={"run_id": "run-2", "started_at": FIRST_NIGHT + timedelta(days=1)})
    enter(store, later, PLAN, Written(april, 0, ""))
    assert ledger.checksums(ledger.runs(store)) == {april: "", trends: "t"}


@pytest.fixture
def small(tmp_path: Path) -> SmallWarehouse:
    """Return a warehouse of two months, one of them rewritten by a second night."""
    small = SmallWarehouse(tmp_path)
    small.take(ROWS)
    small.take([{**ROWS[0], "内容": "很好"}])
    return small


def test_an_untouched_warehouse_is_as_the_ledger_says(small: SmallWarehouse) -> None:
    """Four tables in two months were written; the incidents and mentions of April are gone and may be."""
    assert verify_partitions(small.folder.warehouse) == (8, [])
    entered = ledger.runs(small.store).to_pylist()
    assert len(entered) == 2
    assert ledger.last_fingerprint(ledger.runs(small.store)) == KEY.fingerprint
    assert [p["rows"] for p in entered[1]["partitions"]] == [1, 0, 0, 1]


def test_what_is_wrong_is_named(small: SmallWarehouse) -> None:
    """A changed byte, a missing file and a stray file are named, one sentence each, and nothing else is."""
    damaged, missing = small.files("reviews")
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(bytes(content))
    missing.unlink()
    stray = small.store.path(Partition("tokens", "2019-01"))
    stray.parent.mkdir()
    stray.write_bytes(b"")
    back = small.store.path(Partition("incidents", "2025-04"))
    back.write_bytes(b"")
    number, problems = verify_partitions(small.folder.warehouse)
    assert number == 8
    assert sorted(problems) == sorted(
        [
            f"{back}: not as the ledger says; changed since the last run, or damaged",
            f"{damaged}: not as the ledger says; changed since the last run, or damaged",
            f"{missing}: missing; the ledger says that it was written",
            f"{stray}: no run wrote it",
        ]
    )


def test_a_stray_file_beside_a_partition_is_named(small: SmallWarehouse) -> None:
    """Whatever its name, a Parquet file that no run wrote is named."""
    stray = small.files("reviews")[0].with_name("part (1).parquet")
    stray.write_bytes(b"")
    assert verify_partitions(small.folder.warehouse)[1] == [f"{stray}: no run wrote it"]


def test_an_empty_warehouse_has_nothing_wrong(tmp_path: Path) -> None:
    """Before the first night there is nothing to check."""
    assert verify_partitions(tmp_path / "warehouse") == (0, [])
    assert isinstance(ledger.runs(LocalStore(tmp_path / "warehouse")), pa.Table)
