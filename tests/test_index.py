"""The index: what is stored, found without reading the tables, and made anew from them at any time."""

import sqlite3
import tempfile
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse_samples import LONG_TEXTS, SHANGHAI, SmallWarehouse
from warehouse.index import CONTENT_COLUMNS, IndexEntry, Original, WarehouseIndex, content_digests, days, months
from warehouse.schema import LANDED_SCHEMA
from warehouse.store import LocalStore, Partition

ENTRY = IndexEntry("携程:1", "2025-04", b"12345678", "a-b", "20250405")


def landed(**values: object) -> pa.Table:
    """Return one landed row with the values given and nothing else known."""
    row = {"review_id": "携程:1", "source": "携程", "published_precision": "none", "text": "很好"}
    return pa.Table.from_pylist([row | values], schema=LANDED_SCHEMA)


def content(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of an index."""
    with closing(sqlite3.connect(path)) as connection:
        names = ("reviews", "originals", "bands", "state")
        return {name: sorted(connection.execute(f"SELECT * FROM {name}")) for name in names}


@settings(max_examples=10, deadline=None)
@given(
    nights=st.lists(
        st.lists(
            st.tuples(
                st.sampled_from("甲乙丙"),
                st.sampled_from(["很好", *LONG_TEXTS, LONG_TEXTS[0] + "！谢谢"]),
                st.sampled_from(["2025-04-05", "2025-05", ""]),
                st.sampled_from(["云栖酒店", "松风客栈", None]),
            ),
            min_size=1,
            max_size=5,
        ),
        min_size=1,
        max_size=3,
    )
)
def test_made_anew_it_is_the_same(nights: list[list[tuple[str, str, str, str | None]]]) -> None:
    """After any nights the index made anew from the tables has the rows that the nights left in it."""
    with tempfile.TemporaryDirectory() as folder:
        small = SmallWarehouse(Path(folder))
        for night in nights:
            small.take([{"编号": i, "内容": text, "日期": day, "酒店": venue} for i, text, day, venue in night])
        path = small.folder.warehouse / "index.sqlite"
        before = content(path)
        with WarehouseIndex(path) as index:
            assert index.rebuild(small.store, str(index.last_run)) == len(before["reviews"]) > 0
        assert content(path) == before


def test_a_rebuild_that_breaks_off_leaves_the_index_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A half-made index never passes for a whole one."""
    small = SmallWarehouse(tmp_path)
    small.take([{"内容": "很好", "日期": "2025-04-05"}, {"内容": "很好", "日期": "2025-05-06"}])
    path = small.folder.warehouse / "index.sqlite"
    before = content(path)
    read = LocalStore.read

    def broken(store: LocalStore, partition: Partition, columns: list[str] | None = None) -> pa.Table:
        if partition.month == "2025-05":
            raise OSError("the disk is gone")
        return read(store, partition, columns)

    monkeypatch.setattr(LocalStore, "read", broken)
    with WarehouseIndex(path) as index, pytest.raises(OSError, match="disk is gone"):
        index.rebuild(small.store, "another run")
    assert content(path) == before


def test_applying_twice_changes_nothing_more(tmp_path: Path) -> None:
    """The same change again leaves the same rows; what is removed is gone with its buckets."""
    path = tmp_path / "index.sqlite"
    original = Original("携程:1", b"s" * 64, [1, -2])
    with WarehouseIndex(path) as index:
        index.apply("run-1", removed=(), stored=[ENTRY], originals=[original])
        once = content(path)
        index.apply("run-1", removed=(), stored=[ENTRY], originals=[original])
        assert content(path) == once
        assert index.find(["携程:1", "携程:2"]) == {"携程:1": ENTRY}
        assert index.candidates([-2, 5]) == [("携程:1", b"s" * 64)]
        assert index.originals(["携程:1", "携程:2"]) == {"携程:1"}
        assert (index.of_file("a-b"), index.of_file("a")) == ([ENTRY], [])
        assert index.last_run == "run-1"
        index.apply("run-2", removed=["携程:1"], stored=(), originals=())
        assert (index.find(["携程:1"]), index.candidates([1, -2]), index.of_file("a-b")) == ({}, [], [])
    assert content(path)["bands"] == []


def test_a_change_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """Applying is one transaction."""
    with WarehouseIndex(tmp_path / "index.sqlite") as index:
        with pytest.raises(sqlite3.IntegrityError, match="NOT NULL"):
            index.apply("run-1", removed=(), stored=[ENTRY], originals=[Original("携程:1", None, [1])])  # type: ignore[arg-type]
        assert index.last_run is None
        assert index.find(["携程:1"]) == {}


def test_an_index_of_another_format_describes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An index that another version of the program made is made anew."""
    path = tmp_path / "index.sqlite"
    with WarehouseIndex(path) as index:
        index.apply("run-1", removed=(), stored=(), originals=())
    monkeypatch.setattr("warehouse.index.FORMAT", "0")
    with WarehouseIndex(path) as index:
        assert index.last_run is None


def test_entries_by_the_beginning_of_their_id(tmp_path: Path) -> None:
    """Only ids that begin alike are found, in order of id."""
    ids = ["携程:~ab.202504.0", "携程:~ab.20250405.0", "携程:~abc.none.0", "美团:~ab.none.0"]
    with WarehouseIndex(tmp_path / "index.sqlite") as index:
        stored = [IndexEntry(i, "unknown", b"", "f", "none") for i in ids]
        index.apply("run-1", removed=(), stored=stored, originals=())
        assert [entry.review_id for entry in index.find_beginning("携程:~ab.")] == ids[:2]


@pytest.mark.parametrize("column", sorted({*CONTENT_COLUMNS} - {"published_precision"}))
def test_the_digest_tells_every_content_column(column: str) -> None:
    """A change in any column that the source fills changes the digest."""
    moment = datetime(2025, 4, 5, tzinfo=SHANGHAI)
    kind = LANDED_SCHEMA.field(column).type
    values = {pa.timestamp("us", "Asia/Shanghai"): moment, pa.date32(): moment.date(), pa.float32(): 4.0}
    value = values.get(kind, "变了")
    assert content_digests(landed(**{column: value})) != content_digests(landed())


def test_the_digest_leaves_out_what_is_not_said_by_the_source() -> None:
    """Which file and row a review came from, and the venue master, make no change."""
    other = landed(file_id="c-d", row_number=9, venue_id="7", venue_name="云栖酒店", industry="hotel")
    assert content_digests(other) == content_digests(landed())


@pytest.mark.parametrize(
    ("precision", "day", "month"),
    [
        ("second", "20250405", "2025-04"),
        ("day", "20250405", "2025-04"),
        ("month", "202504", "2025-04"),
        ("year", "2025", "unknown"),
        ("none", "none", "unknown"),
    ],
)
def test_days_and_months(precision: str, day: str, month: str) -> None:
    """A review stands under its month in Shanghai, or under unknown if it is dated less precisely."""
    moment = datetime(2025, 4, 5, 0, 30, tzinfo=SHANGHAI) if precision != "none" else None
    table = landed(published_at=moment, published_precision=precision)
    assert (days(table), months(table)) == ([day], [month])
