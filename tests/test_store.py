"""The store: one partition is one file is one atomic replace, by one writer at a time."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.warehouse_samples import SHANGHAI, SmallWarehouse
from warehouse.schema import TABLES, TOKENS, VENUES
from warehouse.store import LocalStore, Partition, WarehouseBusyError, write_atomically

APRIL = Partition("tokens", "2025-04")
HOLD = """
import sys
from pathlib import Path
from warehouse.store import LocalStore
with LocalStore(Path(sys.argv[1])).lock():
    print("held", flush=True)
    sys.stdin.readline()
"""
KILLED_WRITE = """
import os, signal, sys
from pathlib import Path
from warehouse.store import write_atomically
os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
write_atomically(Path(sys.argv[1]), b"half a month")
"""


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    """Return an empty store."""
    return LocalStore(tmp_path)


def words(*pairs: tuple[str, list[str]]) -> pa.Table:
    """Return rows of the table tokens."""
    return pa.Table.from_pylist([{"review_id": i, "tokens": t} for i, t in pairs], schema=TOKENS.arrow)


def test_a_partition_is_replaced_whole(store: LocalStore) -> None:
    """What was there is gone, what came is there, sorted, and nothing lies beside it."""
    store.replace(APRIL, words(("携程:9", ["早餐"])))
    written = store.replace(APRIL, words(("携程:2", ["房间", "很", "干净"]), ("携程:1", [])))
    assert (written.partition, written.rows, len(written.sha256)) == (APRIL, 2, 64)
    assert store.read(APRIL).column("review_id").to_pylist() == ["携程:1", "携程:2"]
    assert [p.name for p in store.path(APRIL).parent.iterdir()] == ["part.parquet"]
    assert store.months("tokens") == ["2025-04"]
    assert store.read(APRIL, ["tokens"]).column_names == ["tokens"]


def test_the_order_of_rows_does_not_matter(store: LocalStore) -> None:
    """The same rows in another order give the same bytes."""
    rows = words(("携程:1", ["好"]), ("携程:2", ["脏"]))
    assert store.replace(APRIL, rows) == store.replace(APRIL, rows.take(pa.array([1, 0])))


def test_a_partition_without_rows_is_removed(store: LocalStore) -> None:
    """No rows, no file; reading it gives an empty table of the right columns."""
    store.replace(APRIL, words(("携程:1", [])))
    for _ in range(2):
        written = store.replace(APRIL, words())
        assert (written.rows, written.sha256) == (0, "")
        assert not store.path(APRIL).exists()
    assert store.months("tokens") == []
    assert store.read(APRIL).schema == TOKENS.arrow
    assert store.read(APRIL, ["tokens"]).column_names == ["tokens"]


def test_a_write_that_fails_leaves_the_old_file(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader finds the old rows, and what was begun does not fill the disk further."""
    store.replace(APRIL, words(("携程:1", ["好"])))

    def full(_: int) -> None:
        raise OSError("no space left on the device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        store.replace(APRIL, words(("携程:2", ["脏"])))
    assert store.read(APRIL).column("review_id").to_pylist() == ["携程:1"]
    assert [p.name for p in store.path(APRIL).parent.iterdir()] == ["part.parquet"]


@pytest.mark.slow
def test_what_a_killed_writer_left_is_removed(store: LocalStore) -> None:
    """A writer killed between writing and renaming leaves its file beside the old one; the next writer removes it."""
    store.replace(APRIL, words(("携程:1", ["好"])))
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_WRITE, str(store.path(APRIL))], cwd=Path(__file__).parents[1], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert len(list(store.root.rglob("*.unfinished"))) == 1
    store.remove_unfinished()
    assert [p.name for p in store.path(APRIL).parent.iterdir()] == ["part.parquet"]
    assert store.read(APRIL).column("review_id").to_pylist() == ["携程:1"]


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"review_id": ["携程:1"]}),
        pa.table({"review_id": ["携程:1"], "tokens": [["好"]], "姓名": ["某人"]}),
        pa.table({"review_id": pa.array([], pa.string())}),
    ],
    ids=["a column is missing", "a strange column", "a column is missing, no rows"],
)
def test_other_columns_are_refused(store: LocalStore, table: pa.Table) -> None:
    """A table with a column too few or too many is written nowhere, and removes nothing."""
    store.replace(APRIL, words(("携程:1", ["好"])))
    with pytest.raises(pa.ArrowInvalid, match=r"columns of the table tokens.*\['(tokens|姓名)'\]"):
        store.replace(APRIL, table)
    assert store.read(APRIL).num_rows == 1


def test_other_types_are_refused(store: LocalStore) -> None:
    """A value that does not fit its column is refused."""
    with pytest.raises(pa.ArrowInvalid, match="Failed to parse string"):
        store.replace(
            Partition("rejects", "2025-04"),
            pa.table({c.name: ["第三行"] for c in TABLES["rejects"].columns}),
        )
    assert store.months("rejects") == []


def test_every_file_describes_its_columns(tmp_path: Path) -> None:
    """Each field of each stored file carries its Chinese name and description."""
    small = SmallWarehouse(tmp_path)
    small.take([{"内容": "房间有点脏", "日期": "2025-04-05"}])
    paths = [*small.files(), *small.folder.warehouse.glob("runs/*/part.parquet")]
    assert {p.parent.parent.name for p in paths} == {"reviews", "incidents", "mentions", "tokens", "runs"}
    for path in paths:
        schema = pq.read_schema(path)
        table = TABLES[path.parent.parent.name]
        assert schema.names == [c.name for c in table.columns]
        assert schema.metadata[b"schema_version"]
        for column in table.columns:
            metadata = schema.field(column.name).metadata
            assert metadata[b"description"].decode() == column.description
            assert metadata[b"chinese"].decode() == column.chinese


def test_a_table_that_is_not_cut_by_month(store: LocalStore) -> None:
    """It has one file in its own folder."""
    row = {"venue_id": "7", "venue_name": "云栖酒店", "aliases": ["云栖湖畔"]}
    store.replace(Partition(VENUES.name), pa.Table.from_pylist([row], schema=VENUES.arrow))
    assert store.path(Partition(VENUES.name)) == store.root / "venues/part.parquet"
    assert store.months(VENUES.name) == []


def test_a_second_writer_is_told_who_holds_the_warehouse(store: LocalStore) -> None:
    """A second is refused with the first one's number and its start in Shanghai's time; when that one ends, it may."""
    command = [sys.executable, "-c", HOLD, str(store.root)]
    root = Path(__file__).parents[1]
    elsewhere = {**os.environ, "TZ": "America/New_York"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root, env=elsewhere) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        told = pytest.raises(WarehouseBusyError, match=rf"process {holder.pid}, since .* Asia/Shanghai.*--wait")
        with told as busy, store.lock():
            pass
        since = datetime.fromisoformat(str(busy.value).partition("since ")[2][:19]).replace(tzinfo=SHANGHAI)
        assert timedelta() <= datetime.now(SHANGHAI) - since < timedelta(minutes=1)
        holder.communicate(b"\n")
    with store.lock():
        assert f"process {os.getpid()}" in (store.root / "lock-holder.txt").read_text("utf-8")
    assert not (store.root / "lock-holder.txt").exists()


def test_a_second_writer_may_wait_for_one_that_is_killed(store: LocalStore) -> None:
    """The lock falls with the process that held it, and the note that it left does not stand in the way."""
    command = [sys.executable, "-c", HOLD, str(store.root)]
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        holder.kill()
        with store.lock(wait_seconds=10):
            pass


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """Folders are made on the way, and the old content is replaced."""
    path = tmp_path / "报告" / "一月.md"
    write_atomically(path, "满意度".encode())
    write_atomically(path, "满意度 4.5".encode())
    assert path.read_text("utf-8") == "满意度 4.5"
    assert [p.name for p in path.parent.iterdir()] == ["一月.md"]


def test_threads_may_write_the_same_file(tmp_path: Path) -> None:
    """Writers in one process do not take each other's unfinished file; one content wins whole and nothing is left."""
    path = tmp_path / "identity-key.json"
    contents = [f"第{n}个来源".encode() * 500 for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        for written in [pool.submit(write_atomically, path, content) for content in contents * 25]:
            written.result()
    assert path.read_bytes() in contents
    assert [p.name for p in tmp_path.iterdir()] == ["identity-key.json"]
