"""Landing what crawls brought: nothing lands twice, nothing is lost, and the counts add up."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources.identity import IdentityKey, IdentityKeyError
from sources.import_options import ImportOptions
from sources.landing import LandedFile
from sources.manifests import landed_files, landed_rejects, landed_slices
from sources.web import crawl_landing
from sources.web.crawl_landing import land_batches
from sources.web.frontier import Frontier
from tests.crawl_samples import KEY, Clock, begun, give, page, review

OPTIONS = ImportOptions("board")


@pytest.fixture
def frontier(tmp_path: Path) -> Iterator[Frontier]:
    """Open a frontier whose crawl has read two pages: three reviews, a repeated and a rejected one."""
    with Frontier(tmp_path / "board.sqlite") as opened:
        crawl = begun(opened, Clock())
        give(crawl, "/board/", page(review(1), review(2), review(2), following="/board/?p=2"))
        give(crawl, "/board/?p=2", page(review(3, text="打 13800138000 没人接"), review(4, text="")))
        crawl.end(None)
        yield opened


def land(frontier: Frontier, tmp_path: Path) -> list[LandedFile]:
    """Land what waits."""
    return land_batches(frontier, OPTIONS, landing=tmp_path / "landing", key=KEY)


def test_pages_land_as_one_file_whose_counts_add_up(frontier: Frontier, tmp_path: Path) -> None:
    """`read = landed + duplicates + rejected`; rows and rejects are numbered over all pages, and masked."""
    (landed,) = land(frontier, tmp_path)
    manifest = landed.manifest
    assert (manifest.read, manifest.landed, manifest.duplicates, manifest.rejected) == (5, 3, 1, 1)
    assert (manifest.source, manifest.name, manifest.slices) == ("board", "board-crawl-1", 1)
    (part,) = landed_slices(tmp_path / "landing", manifest.file_id)
    rows = pq.read_table(part).to_pylist()
    assert [(row["row_number"], row["review_id"]) for row in rows] == [(1, "board:1"), (2, "board:2"), (3, "board:3")]
    assert {row["file_id"] for row in rows} == {manifest.file_id}
    assert "13800138000" not in str(rows)
    (bad,) = landed_rejects(tmp_path / "landing", manifest.file_id).to_pylist()
    assert (bad["row_number"], bad["reason"]) == (4, "missing_field")
    assert "https://reviews.example.com/board/?p=2" in bad["detail"]
    assert [m.file_id for m in landed_files(tmp_path / "landing", leave_out=set())] == [manifest.file_id]


def test_what_has_landed_is_forgotten_and_lands_once(frontier: Frontier, tmp_path: Path) -> None:
    """A second landing finds nothing."""
    assert len(land(frontier, tmp_path)) == 1
    assert land(frontier, tmp_path) == []


@pytest.mark.parametrize("landed_before", [False, True])
def test_a_landing_that_was_interrupted_is_finished_under_the_same_name(
    frontier: Frontier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, landed_before: bool
) -> None:
    """Killed before or after the file appeared, before its pages were forgotten: it is there once in the end."""

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    where: Any = Frontier if landed_before else crawl_landing
    with monkeypatch.context() as broken:
        broken.setattr(where, "forget_batches" if landed_before else "finish_landing", killed)
        with pytest.raises(KeyboardInterrupt):
            land(frontier, tmp_path)
    assert len(list(tmp_path.glob("landing/*-*/manifest.json"))) == landed_before
    (landed,) = land(frontier, tmp_path)
    assert landed.already_landed is landed_before
    assert landed.manifest.landed == 3
    assert len(list(tmp_path.glob("landing/*-*/manifest.json"))) == 1
    assert land(frontier, tmp_path) == []


def test_many_pages_land_as_several_files(frontier: Frontier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a first crawl of years does not fill the memory."""
    monkeypatch.setattr(crawl_landing, "_PAGES_AT_ONCE", 1)
    assert [landed.manifest.read for landed in land(frontier, tmp_path)] == [3, 2]


def test_another_crawl_of_the_same_number_does_not_pass_for_landed(frontier: Frontier, tmp_path: Path) -> None:
    """Where the frontier was moved away, the first page may be the same as then and the others not."""
    (first,) = land(frontier, tmp_path)
    with Frontier(tmp_path / "anew.sqlite") as anew:
        crawl = begun(anew, Clock())
        give(crawl, "/board/", page(review(1), review(2), review(2), following="/board/?p=2"))
        give(crawl, "/board/?p=2", page(review(3, text="后来补了一句：退款到账了"), review(4, text="")))
        (second,) = land(anew, tmp_path)
    assert not second.already_landed
    assert second.manifest.file_id != first.manifest.file_id


def test_pages_that_brought_only_repeats_land_with_their_count(tmp_path: Path) -> None:
    """No rows, no slices, and still everything read is accounted for."""
    with Frontier(tmp_path / "board.sqlite") as frontier:
        crawl = begun(frontier, Clock())
        give(crawl, "/board/", page(review(1), following="/board/?p=2"))
        land(frontier, tmp_path)
        give(crawl, "/board/?p=2", page(review(1)))
        (landed,) = land(frontier, tmp_path)
    manifest = landed.manifest
    assert (manifest.read, manifest.landed, manifest.duplicates, manifest.slices) == (1, 0, 1, 0)
    assert manifest.first_published is None


def test_another_key_lands_nothing(frontier: Frontier, tmp_path: Path) -> None:
    """The same review would get another id."""
    land(frontier, tmp_path)
    with pytest.raises(IdentityKeyError, match="key"):
        land_batches(frontier, OPTIONS, landing=tmp_path / "landing", key=IdentityKey(b"x" * 32))
