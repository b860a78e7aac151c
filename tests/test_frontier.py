"""The frontier: what is written down together, what is forgotten, and what two processes see of it."""

import multiprocessing
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from sources.record import BadRow
from sources.web.crawl_records import NotDone, PageDone, PageRequest
from sources.web.frontier import Frontier
from sources.web.frontier_file import FrontierError
from sources.web.item_rows import KnownItem
from tests.crawl_samples import NIGHT

KINDS = ("list", "one")
FIRST, SECOND = (
    PageRequest("https://a.example/1", "list"),
    PageRequest("https://a.example/2", "one", {"venue": "云栖"}, 1),
)


@pytest.fixture
def frontier(tmp_path: Path) -> Iterator[Frontier]:
    """Open a frontier."""
    with Frontier(tmp_path / "crawls" / "a.sqlite") as opened:
        yield opened


def begin(frontier: Frontier, *starts: PageRequest) -> int:
    """Begin a crawl."""
    return frontier.begin(NIGHT, "recipe", starts or (FIRST,), KINDS)


def test_a_page_is_done_with_all_that_it_brought_or_not_at_all(frontier: Frontier) -> None:
    """What cannot be written whole leaves the page waiting, its reviews unknown and no link found."""
    crawl = begin(frontier)
    seen = [KnownItem("a:1", "d", None, crawl)]
    broken = [BadRow(1, "no_text", "x", b"bytes cannot be written as JSON")]  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not JSON serializable"):
        frontier.done(crawl, PageDone(FIRST.address, 200, 9, (SECOND,), b"rows", broken, seen), NIGHT)
    assert frontier.waiting(crawl) == [FIRST]
    assert frontier.known(["a:1"]) == {}
    assert list(frontier.batches(None)) == []


def test_what_was_written_is_there_after_the_file_is_opened_again(tmp_path: Path) -> None:
    """Requests with what they carry, known reviews, visited pages, batches and counts."""
    path, day = tmp_path / "a.sqlite", date(2026, 11, 1)
    with Frontier(path) as frontier:
        crawl = begin(frontier)
        frontier.count_request(crawl, FIRST.address, NIGHT.date())
        seen = [KnownItem("a:1", "d", day, crawl, counted=True)]
        done = PageDone(FIRST.address, 200, 9, (SECOND,), b"rows", (), seen, 1, 1, newest=day, visited=(FIRST.address,))
        assert frontier.done(crawl, done, NIGHT) == [SECOND]
    with Frontier(path) as frontier:
        assert frontier.waiting(crawl) == [SECOND]
        assert frontier.known(["a:1", "a:2"]) == {"a:1": seen[0]}
        assert frontier.visited(FIRST.address) == (True, day)
        assert frontier.visited(SECOND.address) == (False, None)
        assert frontier.requests_on(NIGHT.date()) == 1
        assert [batch.rows for batch in frontier.batches(None)] == [b"rows"]


def test_any_number_of_reviews_is_looked_up_at_once(frontier: Frontier) -> None:
    """SQLite takes no 100 000 parameters; a page of an interface may hold as many reviews."""
    assert frontier.known([f"a:{n}" for n in range(100_000)]) == {}


def test_a_page_is_found_once_in_a_crawl(frontier: Frontier) -> None:
    """Whoever links to it again finds nothing new."""
    crawl = begin(frontier)
    assert frontier.done(crawl, PageDone(FIRST.address, 200, 9, (FIRST, SECOND, SECOND)), NIGHT) == [SECOND]


def test_only_the_last_crawl_is_taken_up(frontier: Frontier) -> None:
    """One that a later crawl took over is not found unfinished again, however it ended."""
    begin(frontier)
    second = begin(frontier)
    assert [record.crawl for record in (frontier.unfinished(),) if record] == [second]
    frontier.end(second, NIGHT, "done")
    assert frontier.unfinished() is None


def test_a_new_crawl_takes_over_what_failed_and_what_was_left(frontier: Frontier) -> None:
    """And the old one says where it went."""
    third = PageRequest("https://a.example/3", "gone")
    crawl = begin(frontier, FIRST, SECOND, third)
    frontier.not_done(crawl, FIRST.address, NotDone("failed", "status 500", 500), NIGHT)
    second = begin(frontier, PageRequest("https://a.example/start", "list"))
    assert [request.address for request in frontier.waiting(second)][1:] == [FIRST.address, SECOND.address]
    assert [page["reason"] for page in frontier.pages(crawl)] == [
        "status 500",
        "left to the next crawl",
        "the recipe has no such page any more",
    ]


def test_pages_of_long_past_crawls_are_deleted_and_reviews_are_not(frontier: Frontier) -> None:
    """The file does not grow with every night: ten crawls are kept."""
    first = begin(frontier)
    frontier.done(first, PageDone(FIRST.address, 200, 9, seen=[KnownItem("a:1", "d", None, first)]), NIGHT)
    for _ in range(11):
        frontier.end(begin(frontier), NIGHT, "done")
    assert frontier.pages(first) == []
    assert len(frontier.pages(first + 1)) == 1
    assert set(frontier.known(["a:1"])) == {"a:1"}


def test_batches_never_get_the_number_of_one_that_has_landed(frontier: Frontier) -> None:
    """Their numbers are part of the name that they land under."""
    crawl = begin(frontier, FIRST, SECOND)
    for request in (FIRST, SECOND):
        frontier.done(crawl, PageDone(request.address, 200, 9, rows=b"rows"), NIGHT)
        (batch,) = frontier.batches(None)
        frontier.name_batches(f"file{batch.batch}", batch.batch)
        assert frontier.named_batches() == [f"file{batch.batch}"]
        frontier.forget_batches(f"file{batch.batch}")
    assert batch.batch == 2


def test_a_frontier_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    """Rather than misread."""
    path = tmp_path / "a.sqlite"
    Frontier(path).__exit__()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 9")
    connection.close()
    with pytest.raises(FrontierError, match="expected version 1, found 9: a newer Kesheng"):
        Frontier(path)


def test_a_file_that_is_no_frontier_is_refused(tmp_path: Path) -> None:
    """With what to do."""
    path = tmp_path / "a.sqlite"
    path.write_bytes(b"no database" * 500)
    with pytest.raises(FrontierError, match="Move it away: the next crawl asks for everything again"):
        Frontier(path)


def test_a_frontier_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    """It holds masked reviews that have not landed."""
    Frontier(tmp_path / "a.sqlite").__exit__()
    assert (tmp_path / "a.sqlite").stat().st_mode & 0o077 == 0


def _count(path: Path, times: int) -> None:
    with Frontier(path) as frontier:
        for _ in range(times):
            frontier.count_request(1, None, NIGHT.date())


def test_two_processes_open_and_write_it_at_the_same_time(tmp_path: Path) -> None:
    """The one that crawls and the one that waits to land; nothing is lost between them."""
    path, context = tmp_path / "a.sqlite", multiprocessing.get_context("spawn")
    processes = [context.Process(target=_count, args=(path, 100)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    with Frontier(path) as frontier:
        assert frontier.requests_on(NIGHT.date()) == 200
        assert frontier.requests_on(NIGHT.date() + timedelta(days=1)) == 0
