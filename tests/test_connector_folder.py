"""A watched folder: whole files land once, half-written ones wait, and nothing is taken twice."""

import os
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from sources.connectors.connector import Export, FetchError, NotYetError
from sources.connectors.folder import WatchedFolder
from sources.connectors.settings import FolderFetch
from sources.dates import SHANGHAI
from tests.connector_samples import EXPORT, OTHER_EXPORT, collected, fetching, landed_texts

fetching_folder = partial(fetching, kind="folder", files=["inbox/*.csv"])


def _write(folder: Path, name: str, content: bytes = EXPORT) -> Path:
    path = folder / "inbox" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def _exports(folder: Path, *, seconds_later: float, **given: object) -> list[Export]:
    settings = FolderFetch.model_validate({"kind": "folder", "files": ["inbox/*"], **given})
    clock = lambda: datetime.now(SHANGHAI) + timedelta(seconds=seconds_later)  # noqa: E731
    return list(WatchedFolder(settings, base=folder, clock=clock).exports({}))


def test_a_file_lands_once_and_again_when_it_changes(tmp_path: Path) -> None:
    """Known exports are not read again; a changed one is, and only what is new in it stands there in the end."""
    settings = fetching_folder(tmp_path, settle_seconds=0)
    path = _write(tmp_path, "点评.csv")
    first = collected(settings)
    assert ([m.name for m in first.landed], first.known, first.failed, first.waiting) == (["点评.csv"], 0, (), ())
    assert landed_texts(settings) == ["房间干净，早餐丰富", "打电话 [手机号] 没人接"]
    again = collected(settings)
    assert (again.landed, again.known) == ((), 1)
    path.write_bytes(OTHER_EXPORT)
    assert [m.read for m in collected(settings).landed] == [1]


def test_a_changed_mapping_reaches_what_has_landed(tmp_path: Path) -> None:
    """What is remembered is remembered of one way of reading: another one lands anew and supersedes."""
    settings = fetching_folder(tmp_path, settle_seconds=0)
    _write(tmp_path, "点评.csv")
    (first,) = collected(settings).landed
    source = settings.sources[0].model_copy(update={"industry": "food_delivery", "venue": "拾光精品酒店"})
    (second,) = collected(settings.model_copy(update={"sources": (source,)})).landed
    assert second.supersedes == (first.file_id,)


@pytest.mark.parametrize("name", ["点评.csv.part", "~$点评.csv", "点评.csv.CRDOWNLOAD", "点评.tmp"])
def test_files_named_unfinished_wait(name: str, tmp_path: Path) -> None:
    """However old they are."""
    _write(tmp_path, name)
    (export,) = _exports(tmp_path, seconds_later=3_600)
    assert export.waiting == "its name is that of a file still being written"


def test_a_file_that_has_just_changed_waits(tmp_path: Path) -> None:
    """A copy that keeps the time of its original is new all the same; a time in the future holds nothing up."""
    path = _write(tmp_path, "点评.csv")
    for moment in (0, 4_000_000_000):
        os.utime(path, (moment, moment))
        assert [e.waiting for e in _exports(tmp_path, seconds_later=5)] == ["it changed less than 10 seconds ago"]
        assert [e.waiting for e in _exports(tmp_path, seconds_later=11)] == [""]


def test_waiting_is_told_and_is_no_failure(tmp_path: Path) -> None:
    """The summary of the collecting names the file; the next run takes it."""
    _write(tmp_path, "点评.csv")
    found = collected(fetching_folder(tmp_path, settle_seconds=3_600))
    assert (found.landed, found.failed) == ((), ())
    assert found.waiting == ("点评.csv: it changed less than 3600 seconds ago",)
    assert len(collected(fetching_folder(tmp_path, settle_seconds=0)).landed) == 1


def test_a_file_that_changes_while_it_is_read_waits(tmp_path: Path) -> None:
    """What was read is thrown away."""
    path = _write(tmp_path, "点评.csv")
    (export,) = _exports(tmp_path, seconds_later=11)
    path.write_bytes(EXPORT[:40])
    with pytest.raises(NotYetError, match="it changed while it was read"):
        export.read()


def test_landed_files_are_moved_away(tmp_path: Path) -> None:
    """By a rename, under another name where one is taken; what cannot be read stays where it is and stops no other."""
    settings = fetching(tmp_path, kind="folder", files=["inbox/**/*.csv"], settle_seconds=0, move_to="inbox/done")
    _write(tmp_path, "一.csv")
    _write(tmp_path, "二.csv", b"\x00\x01 no table")
    _write(tmp_path, "三.csv", OTHER_EXPORT)
    first = collected(settings)
    assert sorted(m.name for m in first.landed) == ["一.csv", "三.csv"]
    assert [problem.partition(":")[0] for problem in first.failed] == ["二.csv"]
    assert sorted(p.name for p in (tmp_path / "inbox").rglob("*.csv")) == ["一.csv", "三.csv", "二.csv"]
    assert (tmp_path / "inbox" / "二.csv").exists()
    _write(tmp_path, "一.csv", EXPORT + "4,2026-11-05,4,位置不错\n".encode())
    assert len(collected(settings).landed) == 1
    assert sorted(p.name for p in (tmp_path / "inbox/done").iterdir()) == ["一-2.csv", "一.csv", "三.csv"]


def test_a_file_that_changed_after_it_was_read_is_not_moved(tmp_path: Path) -> None:
    """The new content would be put away unread."""
    path = _write(tmp_path, "点评.csv")
    (export,) = _exports(tmp_path, seconds_later=11, move_to="done")
    export.read()
    path.write_bytes(OTHER_EXPORT)
    export.landed()
    assert path.read_bytes() == OTHER_EXPORT


def test_a_file_that_cannot_be_moved_is_named_and_tried_again(tmp_path: Path) -> None:
    """It has landed, and each night says so until it can be moved."""
    (tmp_path / "done").write_text("a file where a folder should be", "utf-8")
    settings = fetching_folder(tmp_path, settle_seconds=0, move_to="done")
    _write(tmp_path, "点评.csv")
    first = collected(settings)
    assert (len(first.landed), len(first.failed)) == (1, 1)
    (tmp_path / "done").unlink()
    again = collected(settings)
    assert (again.known, again.failed, (tmp_path / "done/点评.csv").exists()) == (1, (), True)


def test_a_folder_that_is_not_there_is_a_failure_and_stops_no_other(tmp_path: Path) -> None:
    """A share that is not mounted looks like an empty folder to those who do not look."""
    _write(tmp_path, "点评.csv")
    settings = fetching(tmp_path, kind="folder", files=["share/*.csv", "inbox/*.csv"], settle_seconds=0)
    found = collected(settings)
    assert len(found.landed) == 1
    assert found.failed == (f"share/*.csv: expected the folder {tmp_path}/share, found none; is its disk there?",)
    assert isinstance(found.refusal, FetchError)
