"""What becomes of the rows of each export: stored, updated, unchanged, and never two of what is one."""

import tempfile
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.warehouse_samples import LONG_TEXTS, Row, SmallWarehouse, check_conservation
from warehouse.ledger import RunCounts

TEXTS = ["很好", "房间有点脏", *LONG_TEXTS[:2]]
# How one day is written by exports that know it less and less exactly.
WRITINGS = {
    "second": "{0} 09:32:09",
    "day": "{0}",
    "month": "{0:.7}",
    "year": "{0:.4}",
    "none": "",
}


@pytest.fixture
def small(tmp_path: Path) -> SmallWarehouse:
    """Return an empty warehouse."""
    return SmallWarehouse(tmp_path)


def dated(days: list[str], precision: str) -> list[Row]:
    """Return the rows of indistinguishable guests, one a day given, dated as exactly as said."""
    return [{"日期": WRITINGS[precision].format(day), "酒店": "云栖酒店", "内容": "很好"} for day in days]


def dates(small: SmallWarehouse) -> Counter[tuple[str, str]]:
    """Return month of the partition and the day of each stored review, and how often it is there."""
    moments = [(p.parent.name, row) for p in small.files("reviews") for row in pa.parquet.read_table(p).to_pylist()]
    return Counter((month, f"{row['published_at']:%Y-%m-%d}" if row["published_at"] else "") for month, row in moments)


DAYS = st.sampled_from(["2025-04-05", "2025-05-06"])
ROWS = st.builds(
    lambda own_id, text, rating, day, reply: {
        "编号": own_id,
        "内容": text,
        "评分": rating,
        "日期": day,
        "回复": reply,
    },
    st.sampled_from("甲乙丙丁戊"),
    st.sampled_from([*TEXTS, None]),
    st.sampled_from(["1", "5", None]),
    DAYS,
    st.sampled_from(["感谢您的入住。", "对不起，我们马上整改。", None]),
)
GOOD_ROW: Row = {"编号": "首", "内容": "很好", "评分": "5", "日期": "2025-04-05", "回复": None}


class Model:
    """What the warehouse should hold, told by a dict."""

    def __init__(self) -> None:
        self.reviews: dict[object, Row] = {}
        self.exports: list[list[Row]] = []

    def take(self, export: list[Row]) -> RunCounts:
        """Take one export with own ids as the design says."""
        found: Counter[str] = Counter()
        if export in self.exports:
            return RunCounts()
        self.exports.append(export)
        told: list[Row] = []
        for row in export:
            found["read"] += 1
            if row["内容"] is None:
                found["rejected"] += 1
            elif row in told:
                found["duplicates"] += 1
            else:
                told.append(row)
                found[self._take(row)] += 1
        return RunCounts(**found)

    def _take(self, row: Row) -> str:
        before = self.reviews.get(row["编号"])
        after = {name: value if value is not None or before is None else before[name] for name, value in row.items()}
        self.reviews[row["编号"]] = after
        return "stored" if before is None else "unchanged" if before == after else "updated"


@settings(max_examples=10, deadline=None)
@given(nights=st.lists(st.lists(st.lists(ROWS, max_size=6), min_size=1, max_size=2), min_size=1, max_size=3))
def test_every_row_with_an_own_id_is_accounted_for(nights: list[list[list[Row]]]) -> None:
    """Whatever the exports hold, counts and stored reviews are those of a dict that is told the same."""
    with tempfile.TemporaryDirectory() as folder:
        small, model = SmallWarehouse(Path(folder)), Model()
        for night in nights:
            expected = RunCounts()
            for export in night:
                small.land([GOOD_ROW, *export])
                expected += model.take([GOOD_ROW, *export])
            counts = small.night()
            check_conservation(counts)
            # Near-duplicates of a review that reads otherwise now are read again; they are no rows of an export.
            assert counts.model_copy(update={"rescored": 0}) == expected
        stored = {row["review_id"]: (row["text"], row["rating_raw"], row["reply_text"]) for row in small.reviews()}
        assert stored == {f"携程:{i}": (r["内容"], r["评分"], r["回复"]) for i, r in model.reviews.items()}
        assert len(small.reviews()) == len(model.reviews)


NAMELESS = st.builds(
    lambda text, day, room: {"内容": text, "日期": day, "房型": room},
    st.sampled_from(TEXTS),
    DAYS,
    st.sampled_from("甲乙"),
)


@settings(max_examples=10, deadline=None)
@given(exports=st.lists(st.lists(NAMELESS, min_size=1, max_size=6), min_size=1, max_size=4))
def test_overlapping_exports_without_ids_keep_the_larger_count(exports: list[list[Row]]) -> None:
    """Of rows that nothing tells apart, as many are stored as the export that holds most of them."""
    with tempfile.TemporaryDirectory() as folder:
        small = SmallWarehouse(Path(folder))
        have: Counter[tuple[object, ...]] = Counter()
        landed: list[list[Row]] = []
        for export in exports:
            counts = small.take(export)
            check_conservation(counts)
            new = Counter(tuple(row.values()) for row in export)
            expected = sum((new - have).values())
            assert (counts.stored, counts.read) == (expected, 0 if export in landed else len(export))
            assert counts.updated == 0
            landed.append(export)
            have |= new
            assert small.table().num_rows == have.total()


@settings(max_examples=10, deadline=None)
@given(
    days=st.lists(st.sampled_from(["2025-04-05", "2025-04-06", "2025-05-06", "2024-04-05"]), min_size=1, max_size=4),
    exports=st.lists(st.sampled_from(list(WRITINGS)), min_size=1, max_size=5, unique=True),
    together=st.booleans(),
)
def test_dates_known_more_or_less_exactly_are_one_review(days: list[str], exports: list[str], together: bool) -> None:  # noqa: FBT001 - a case of the table
    """The same reviews dated by day, month, year or not at all, in any order, are stored once, as exactly as known."""
    with tempfile.TemporaryDirectory() as folder:
        small = SmallWarehouse(Path(folder))
        for precision in exports:
            small.land(dated(days, precision))
            if not together:
                check_conservation(small.night())
        if together:
            counts = small.night()
            check_conservation(counts)
            assert counts.stored == len(days)
        best = next(precision for precision in WRITINGS if precision in exports)
        assert {row["published_precision"] for row in small.reviews()} == {best}
        exact = {"second": 10, "day": 10, "month": 7, "year": 4, "none": 0}[best]
        months = Counter(f"month={day[:7]}" if exact >= 7 else "month=unknown" for day in days)
        shown = Counter(day[:exact] for day in days)
        found = dates(small)
        assert sum((Counter({m: n}) for (m, _), n in found.items()), Counter()) == months
        assert sum((Counter({d[:exact]: n}) for (_, d), n in found.items()), Counter()) == shown


@settings(max_examples=10, deadline=None)
@given(
    exports=st.lists(
        st.lists(
            st.tuples(st.sampled_from(["2025-04-05", "2025-04-06"]), st.sampled_from(list(WRITINGS))),
            min_size=1,
            max_size=4,
        ),
        min_size=1,
        max_size=3,
    )
)
@example(exports=[[("2025-04-05", "month"), ("2025-04-05", "year")], [("2025-04-05", "second"), ("2025-04-05", "day")]])
def test_the_same_rows_again_change_nothing(exports: list[list[tuple[str, str]]]) -> None:
    """However dates are mixed, a file taken once brings nothing new in another format."""
    with tempfile.TemporaryDirectory() as folder:
        small = SmallWarehouse(Path(folder))
        for export in exports:
            rows = [row for day, precision in export for row in dated([day], precision)]
            small.take(rows)
            before = small.contents()
            counts = small.take(rows, file_format="jsonl")
            assert counts.unchanged == counts.read
            assert small.contents() == before
        assert max(map(len, exports)) <= small.table().num_rows <= sum(map(len, exports))


def test_the_example_of_the_design(small: SmallWarehouse) -> None:
    """A file of 1,000 rows: 1000 = 892 + 10 + 90 + 3 + 5; the same file again has landed."""
    known: list[Row] = [{"编号": i, "日期": "2025-04-05", "内容": f"第{i}间房", "回复": None} for i in range(100)]
    assert small.take(known).stored == 100
    answered = [{**row, "回复": "感谢您的入住。"} for row in known[:10]]
    new: list[Row] = [{"编号": i, "日期": "2025-05-06", "内容": f"第{i}间房", "回复": None} for i in range(100, 992)]
    bad: list[Row] = [{"编号": i, "日期": "2025-05-06", "内容": None, "回复": None} for i in range(5)]
    export = [*answered, *known[10:], *new, *new[:3], *bad]
    counts = small.take(export)
    assert counts == RunCounts(read=1000, stored=892, updated=10, unchanged=90, duplicates=3, rejected=5)
    assert small.table().num_rows == 992
    assert small.land(export).already_landed
    assert small.night() == RunCounts()


def test_two_guests_say_the_same(small: SmallWarehouse) -> None:
    """很好 by two guests, or of two rooms, is two reviews; a third guest in a later export adds one."""
    rows: list[Row] = [{"内容": "很好", "日期": "2025-04-05", "客人": None, "房型": "大床房"}] * 2
    assert small.take(rows).stored == 2
    assert small.take([*rows, rows[0]]).stored == 1
    assert small.take([{**rows[0], "客人": "蓝鲸旅人"}, {**rows[0], "客人": "山间来客"}]).stored == 2
    assert small.take([{**rows[0], "房型": "双床房"}]).stored == 1
    assert small.table().num_rows == 6
    assert set(small.table().column("duplicate_of").to_pylist()) == {None}


def test_a_reply_that_came_later(small: SmallWarehouse) -> None:
    """A reply makes the review updated under the same id; an export without replies takes it away from no one."""
    row: Row = {"内容": "房间有点脏", "日期": "2025-04-05", "客人": "蓝鲸旅人"}
    small.take([row])
    (before,) = small.reviews()
    assert small.take([{**row, "回复": "对不起，我们马上整改。"}]).updated == 1
    assert small.take([row], file_format="jsonl").unchanged == 1
    (after,) = small.reviews()
    assert (after["review_id"], after["reply_text"]) == (before["review_id"], "对不起，我们马上整改。")


def test_an_own_id_that_looks_derived(small: SmallWarehouse) -> None:
    """A source may write a tilde or a dot in its ids."""
    rows: list[Row] = [{"编号": i, "内容": "很好"} for i in ("~1", "a:~2.3", "~abc.none.x")]
    assert small.take(rows).stored == 3
    assert small.take([{**row, "评分": "5"} for row in rows]).updated == 3


def test_another_mapping_replaces_what_the_file_brought(small: SmallWarehouse) -> None:
    """Read with another mapping a file takes back what it brought; the first mapping may come again."""
    rows: list[Row] = [
        {"内容": text, "日期": "2025-04-05", "酒店": "云栖酒店", "房型": "大床房"} for text in LONG_TEXTS
    ]
    other: list[Row] = [{"内容": "别的酒店也很好", "日期": "2025-04-05", "酒店": "松风客栈", "房型": "双床房"}]
    small.take(other)
    small.take(rows)
    first = small.reviews()
    counts = small.take(rows, columns={"product": ""})
    check_conservation(counts)
    assert (counts.stored, counts.withdrawn) == (3, 3)
    assert Counter(row["product"] for row in small.reviews()) == {None: 3, "双床房": 1}
    assert {row["duplicate_of"] for row in small.reviews()} == {None}
    assert small.night() == RunCounts()
    assert small.take(rows).withdrawn == 3
    assert [row["review_id"] for row in small.reviews()] == [row["review_id"] for row in first]
    assert small.take(rows, columns={"product": ""}).withdrawn == 3


def test_another_import_that_changes_only_the_venue(small: SmallWarehouse) -> None:
    """A venue that was forgotten or wrong at first is taken over, although the reviews say the same."""
    rows: list[Row] = [{"编号": "甲", "内容": "很好", "酒店": None}, {"编号": "乙", "内容": "很好", "酒店": "松风客栈"}]
    small.take(rows)
    for venue in ("云溪酒店", "云栖酒店"):
        counts = small.take(rows, venue=venue)
        assert (counts.updated, counts.unchanged, counts.withdrawn) == (1, 1, 0)
        assert {row["review_id"]: row["venue_name"] for row in small.reviews()} == {
            "携程:甲": venue,
            "携程:乙": "松风客栈",
        }


def test_another_mapping_takes_back_a_wrong_field(small: SmallWarehouse) -> None:
    """What the first mapping read wrongly does not stay when the second reads nothing there."""
    rows: list[Row] = [{"编号": "甲", "内容": "很好", "回复": "大床房"}]
    small.take(rows)
    assert small.take(rows, columns={"reply_text": ""}).updated == 1
    assert small.reviews()[0]["reply_text"] is None


def test_superseded_landings_are_never_taken(small: SmallWarehouse) -> None:
    """A landing that was superseded before any night took it stays out in every later night."""
    rows: list[Row] = [{"内容": "很好", "日期": "2025-04-05", "房型": "大床房"}]
    small.land(rows, columns={"product": ""})
    small.land(rows)
    assert small.night().read == 1
    assert small.night() == RunCounts()
    assert [row["product"] for row in small.reviews()] == ["大床房"]
