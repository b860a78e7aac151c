"""The publish step: each touched month once, the same again whenever it is repeated, nothing else touched."""

from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.warehouse_samples import FIRST_NIGHT, LONG_TEXTS, Row, SmallWarehouse, nothing
from warehouse.publish import publish, publish_rejects
from warehouse.resolution import resolve_reanalysis
from warehouse.runs import RunFolder, RunState, unfinished_runs
from warehouse.schema import REJECTS

APRIL: list[Row] = [{"编号": i, "日期": "2025-04-05", "内容": text} for i, text in enumerate(("很好", *LONG_TEXTS))]
MAY: list[Row] = [{"编号": i, "日期": "2025-05-06", "内容": f"房间有点脏，{i}楼很吵"} for i in range(10, 13)]


class KilledError(RuntimeError):
    """Stands for a kill at a certain point."""


@pytest.fixture
def small(tmp_path: Path) -> SmallWarehouse:
    """Return a warehouse with reviews of April and May."""
    small = SmallWarehouse(tmp_path)
    small.take([*APRIL, *MAY])
    return small


def begun(small: SmallWarehouse) -> RunFolder:
    """Return a run that changes one review of April, moves one to May, and brings a new one, ready to be published."""
    changed = [{**APRIL[0], "内容": "很好，就是有点脏"}, {**APRIL[1], "日期": "2025-05-20"}]
    small.land([*changed, {"编号": 99, "日期": "2025-06-07", "内容": LONG_TEXTS[0]}])
    run = small.begin()
    small.resolve(run)
    small.analyse(run)
    return run


def publish_again(small: SmallWarehouse, run: RunFolder) -> None:
    """Publish a run without entering it in the ledger."""
    plan = run.plan
    assert plan is not None
    with small.index() as index:
        publish(run, plan.slices, store=small.store, index=index, reached=nothing)


def rows_of_index(small: SmallWarehouse) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of the index but the name of its last run."""
    with small.index() as index:
        connection = index._connection
        names = ("reviews", "originals", "bands")
        return {name: sorted(connection.execute(f"SELECT * FROM {name}")) for name in names}


def test_publishing_twice_writes_the_same_files(small: SmallWarehouse) -> None:
    """The second time ends in the same files, byte for byte."""
    run = begun(small)
    publish_again(small, run)
    once = small.contents()
    publish_again(small, run)
    assert small.contents() == once
    assert {path.parent.name for path in small.files("reviews")} == {f"month=2025-0{m}" for m in (4, 5, 6)}


def test_publishing_with_a_lost_index(small: SmallWarehouse) -> None:
    """The index may be lost between two tries."""
    run = begun(small)
    publish_again(small, run)
    once, index = small.contents(), rows_of_index(small)
    for path in small.folder.warehouse.glob("index.sqlite*"):
        path.unlink()
    publish_again(small, run)
    assert small.contents() == once
    assert rows_of_index(small) == index


@pytest.mark.parametrize("place", [0, 1, 4, 6, 12, 13, 14])
def test_a_run_killed_anywhere_ends_in_the_same_tables(small: SmallWarehouse, tmp_path: Path, place: int) -> None:
    """Killed at any point of the publish step and taken up again, a run leaves what it leaves undisturbed."""
    undisturbed = SmallWarehouse(tmp_path / "undisturbed")
    undisturbed.take([*APRIL, *MAY])
    undisturbed.finish(begun(undisturbed))
    run = begun(small)
    passed: list[str] = []

    def reached(point: str) -> None:
        passed.append(point)
        if len(passed) > place:
            raise KilledError(point)

    plan = run.plan
    assert plan is not None
    with small.index() as index, pytest.raises(KilledError, match=r"written|decided"):
        publish(run, plan.slices, store=small.store, index=index, reached=reached)
    small.finish(unfinished_runs(small.folder.staging)[0])
    assert without_times(small) == without_times(undisturbed)
    assert rows_of_index(small) == rows_of_index(undisturbed)
    assert unfinished_runs(small.folder.staging) == []


def without_times(small: SmallWarehouse) -> dict[str, list[Row]]:
    """Return the rows of all tables."""
    return {name: small.table(name).to_pylist() for name in ("reviews", "incidents", "mentions", "tokens")}


def test_a_review_that_moves_leaves_its_month(small: SmallWarehouse) -> None:
    """A moved review stands in its new month only, with its incidents; a month left empty has no file."""
    counts = small.take([{**row, "日期": "2025-07-08", "评分": None} for row in MAY])
    assert counts.updated == len(MAY)
    assert {path.parent.name for path in small.files()} == {"month=2025-04", "month=2025-07"}
    assert small.table("incidents").num_rows == len(MAY) + 1
    (july,) = (path for path in small.files("reviews") if path.parent.name == "month=2025-07")
    assert pq.read_table(july, partitioning=None).column("text").to_pylist() == [row["内容"] for row in MAY]


def test_untouched_months_are_not_written(small: SmallWarehouse) -> None:
    """A night that brings May leaves the files of April alone, and the rows of May that it does not bring."""
    april = {path: path.stat() for path in small.files() if path.parent.name == "month=2025-04"}
    may = {row["review_id"]: row for row in small.reviews() if row["review_id"] != "携程:10"}
    small.take([*APRIL, {**MAY[0], "内容": "换了房间以后很好"}])
    assert april
    for path, before in april.items():
        assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [row for row in small.reviews() if row["review_id"] in may] == list(may.values())


def test_findings_follow_their_review(small: SmallWarehouse) -> None:
    """Incidents, mentions and tokens belong to stored reviews, numbered from 1, the quote where the offsets say."""
    small.finish(begun(small))
    reviews = {row["review_id"]: row for row in small.reviews()}
    for name in ("incidents", "mentions"):
        for row in small.table(name).to_pylist():
            review = reviews[row["review_id"]]
            assert str(review["text"])[row["start"] : row["end"]] == row["quote"]
            assert row["published_at"] == review["published_at"]
    dirty = {i for i, row in reviews.items() if "脏" in str(row["text"])}
    assert set(small.table("incidents").column("review_id").to_pylist()) == dirty
    assert set(small.table("mentions").column("mention_no").to_pylist()) == {1}
    assert small.table("tokens").column("review_id").to_pylist() == list(reviews)


def test_reading_again_replaces_every_row_by_itself(small: SmallWarehouse) -> None:
    """A re-analysis of April stores the same reviews under its own run and touches no other month."""
    state = RunState(
        run_id="again",
        kind="reanalyse",
        started_at=FIRST_NIGHT + timedelta(days=1),
        files=(),
        key_fingerprint=None,
        months=("2025-04",),
    )
    run = RunFolder(small.folder.staging, "again")
    run.begin(state)
    before, index = small.reviews(), rows_of_index(small)
    plan = resolve_reanalysis(("2025-04",), store=small.store, folder=run, match_venues=small.match_venues)
    small.analyse(run)
    counts = small.finish(run)
    assert (plan.rescored, counts.rescored, counts.read) == (len(APRIL), len(APRIL), 0)
    after = small.reviews()
    assert [{**row, "run_id": None} for row in after] == [{**row, "run_id": None} for row in before]
    assert {row["run_id"] for row in after if row["published_at"].month == 4} == {"again"}  # type: ignore[attr-defined]
    assert rows_of_index(small) == index


def test_the_order_of_slices_does_not_matter(tmp_path: Path) -> None:
    """Two slices published in either order give the same tables."""
    results = []
    for order in ((1, 2), (2, 1)):
        small = SmallWarehouse(tmp_path / str(order[0]))
        rows = [*APRIL, *MAY, {"编号": 99, "日期": "2025-04-01", "内容": LONG_TEXTS[0] + "。"}]
        small.land(rows)
        run = small.begin()
        small.resolve(run)
        work = pq.read_table(run.work_slice(1))
        for number, part in zip(order, (work.slice(0, 3), work.slice(3)), strict=True):
            run.write_work(number, part.combine_chunks())
        plan = run.plan
        assert plan is not None
        run.write_plan(plan.model_copy(update={"slices": 2}), [])
        small.analyse(run)
        small.finish(run)
        results.append(small.contents())
    assert results[0] == results[1]


def test_rejects_of_a_run_replace_themselves(small: SmallWarehouse) -> None:
    """Rejects are written under the run's month; the same run again does not double them."""
    columns = {"run_id": "run-9", "source": "携程", "file_id": "a-b", "file_name": "导出.csv", "row_number": 3}
    row = columns | {"reason": "empty_text", "detail": "没有正文", "row": ",,"}
    rejects = REJECTS.arrow.empty_table().from_pylist([row], schema=REJECTS.arrow)
    for _ in range(2):
        (written,) = publish_rejects(small.store, "2026-01", "run-9", rejects)
        assert written.rows == 1
    other = rejects.from_pylist([{**row, "run_id": "run-10"}], schema=REJECTS.arrow)
    assert publish_rejects(small.store, "2026-01", "run-10", other)[0].rows == 2
    assert publish_rejects(small.store, "2026-01", "run-11", rejects.slice(0, 0)) == []
