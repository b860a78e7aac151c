"""Whole crawls of the local site, by the process that crawls: what lands, and what the site's own log says of us."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import filelock
import pyarrow.parquet as pq
import pytest

from sources.dates import SHANGHAI
from sources.manifests import landed_slices
from sources.web.crawling import Crawled, CrawlError, frontier_path
from sources.web.frontier import Frontier
from sources.web.recipe_file import RecipeError
from tests.local_site import LocalSite, Robots
from tests.local_site_faults import Fault
from tests.web_samples import CONTACT, KEY, collect, site_recipe, write_recipe

AGENT = f"Kesheng (+{CONTACT})"


@pytest.fixture
def site() -> Iterator[LocalSite]:
    """Start the site; its first day is today, for dates such as 3天前."""
    with LocalSite(first_day=datetime.now(SHANGHAI).date()) as started:
        yield started


def landed(recipe: Path) -> list[dict[str, object]]:
    """Return all rows that have landed beside a recipe, in the order of their landing."""
    files = sorted((recipe.parent / "landing").glob("*-*/manifest.json"), key=lambda path: path.stat().st_mtime_ns)
    parts = [part for path in files for part in landed_slices(recipe.parent / "landing", path.parent.name)]
    return [row for part in parts for row in pq.read_table(part).to_pylist()]


def ids(rows: Sequence[dict[str, object]]) -> list[str]:
    """Return the site's own ids of rows."""
    return [str(row["review_id"]).partition(":")[2] for row in rows]


@pytest.mark.slow
def test_two_sources_of_one_host_wait_for_each_other(
    site: LocalSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Side by side they would ask it twice as fast: no request comes sooner than the recipes' delay after another."""
    recipes = [site_recipe(tmp_path, name, site.url, delay=0.2) for name in ("app_store", "merchant_interface")]
    monkeypatch.setenv("MERCHANT_TOKEN", site.token)
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(collect, recipes))
    assert [crawled.report.ending for crawled in done] == ["done", "done"]
    assert min(gaps(site)) >= 0.2


def asked(site: LocalSite, since: int = 0) -> list[str]:
    """Return what the site was asked for, from a place in its log on."""
    return [request.target for request in site.requests[since:]]


def gaps(site: LocalSite) -> list[float]:
    """Return the seconds between requests, by the site's own clock."""
    times = [request.received for request in site.requests]
    return [later - earlier for earlier, later in pairwise(times)]


def adds_up(crawled: Crawled) -> bool:
    """Return whether everything read is accounted for, in each manifest and in the report."""
    manifests, report = [landed.manifest for landed in crawled.landed], crawled.report
    brought = report.new + report.changed
    return all(m.read == m.landed + m.duplicates + m.rejected for m in manifests) and (
        sum(m.landed for m in manifests) == brought
    )


def reasons(recipe: Path) -> dict[str, str]:
    """Return the state and reason of each page of the last crawl by its path."""
    with Frontier(frontier_path(recipe.parent / "landing", recipe.stem)) as frontier:
        pages = frontier.pages(frontier.last()[0].crawl)
    paths = [re.sub(r"^\w+://[^/]*", "", str(page["address"])) for page in pages]
    return {path: f"{page['state']}: {page['reason']}" for path, page in zip(paths, pages, strict=True)}


@pytest.mark.slow
def test_two_nights_bring_everything_once_and_then_what_is_new(site: LocalSite, tmp_path: Path) -> None:
    """The second night lands new reviews and late replies only, and asks for no address twice."""
    recipe = site_recipe(tmp_path, "complaint_board", site.url)
    first = collect(recipe)
    assert (first.report.ending, first.report.new, first.report.waiting) == ("done", 120, 0)
    assert Counter(ids(landed(recipe))) == Counter(review.id for review in site.expected("board"))
    assert adds_up(first)
    since = len(site.requests)
    site.next_day()
    second = collect(recipe)
    assert adds_up(second)
    assert second.report.new == 5
    rows = {row["review_id"]: row["text"] for row in landed(recipe)}
    assert {str(row).partition(":")[2] for row in rows} == {review.id for review in site.expected("board")}
    assert len(asked(site, since)) < since / 2
    for night in (asked(site)[:since], asked(site, since)):
        assert night[0] == "/robots.txt"
        assert max(Counter(night).values()) == 1
    assert not [target for target in asked(site) if "private" in target or "secret" in target]
    assert {request.user_agent for request in site.requests} == {AGENT}


@pytest.mark.slow
def test_a_crawl_that_is_killed_goes_on_and_asks_for_nothing_again(site: LocalSite, tmp_path: Path) -> None:
    """SIGKILL, then SIGTERM, then in peace: everything lands once; only what was in flight is asked for again."""
    recipe = site_recipe(tmp_path, "complaint_board", site.url, delay=0.05)

    def interrupted(number: int, requests: int) -> str:
        """Crawl; end the process with a signal once the site has been asked so often."""
        outcome: list[str] = []

        def crawl() -> None:
            try:
                outcome.append(f"{collect(recipe).report}")
            except CrawlError as error:
                outcome.append(f"{error}")

        thread = threading.Thread(target=crawl)
        thread.start()
        while len(site.requests) < requests and thread.is_alive():
            time.sleep(0.01)
        os.kill(child_of(os.getpid()), number)
        thread.join()
        return outcome[0]

    assert "the crawl failed (status -9)" in interrupted(signal.SIGKILL, 10)
    assert "ending='interrupted', words='the crawl was ended: shutdown" in interrupted(signal.SIGTERM, 30)
    assert reasons(recipe)["/board/"] == "done: None"
    last = collect(recipe)
    assert last.report.ending == "done"
    assert Counter(ids(landed(recipe))) == Counter(review.id for review in site.expected("board"))
    again = Counter(asked(site)) - Counter(set(asked(site)))
    assert again.pop("/robots.txt") == 2
    assert again.total() <= 2
    assert adds_up(last)


def child_of(parent: int) -> int:
    """Return the process that crawls for a process."""
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            command = status.with_name("cmdline").read_bytes()
            if f"\nPPid:\t{parent}\n" in status.read_text() and b"sources.web.crawl_process" in command:
                # The key is in nobody's list of processes.
                assert KEY.secret.hex().encode() not in command + status.with_name("environ").read_bytes()
                return int(status.parent.name)
        except (FileNotFoundError, ProcessLookupError):
            continue
    raise AssertionError("expected a process that crawls")


HINDRANCES = """
recipe: 1
title: 处处有阻
hosts: ["{host}"]
private: true
manners: {{delay_seconds: 0.1}}
limits: {{body_bytes: 1000000, seconds: 2, retries: 1}}
start:
  - page: reviews
    address: http://{host}/{{path}}
    values:
      path:
        of:
          - hotel/101/reviews?page=4
          - trouble/bomb
          - trouble/drip?seconds=0.01
          - trouble/endless
          - trouble/big
          - trouble/hang_up
          - trouble/redirect
          - trouble/loop
          - trouble/error
          - private/notes
          - nowhere
pages:
  reviews:
    items: {{css: "div.review-item[data-id]"}}
    required: [own_id, text]
    fields: {{own_id: {{css: "::attr(data-id)"}}, text: {{css: .review-text}}}}
"""


@pytest.mark.slow
def test_whatever_a_page_does_it_gets_a_reason_and_the_crawl_goes_on(tmp_path: Path) -> None:
    """Bodies without end, bombs and drips are cut off; robots.txt and its delay are kept all the while."""
    with LocalSite(robots=Robots(crawl_delay=0.4)) as site:
        recipe = write_recipe(tmp_path, "hindrances", HINDRANCES.format(host=site.url.partition("//")[2]))
        crawled = collect(recipe)
        found = reasons(recipe)
        assert crawled.report.ending == "done"
        assert found["/hotel/101/reviews?page=4"] == "done: None"
        assert "exceeded DOWNLOAD_MAXSIZE (1000000 B) during decompression" in found["/trouble/bomb"]
        for path, words in [
            ("/trouble/drip?seconds=0.01", "took longer than 2"),
            ("/trouble/endless", "no answer: more than 1000000 bytes"),
            ("/trouble/big", "no answer: more than 1000000 bytes"),
            ("/trouble/hang_up", "no answer"),
            ("/trouble/error", "status 500"),
        ]:
            assert found[path].startswith("failed: ")
            assert words in found[path]
        assert found["/trouble/redirect"].startswith("refused: redirects: '169.254.169.254'")
        assert found["/trouble/loop"].startswith("done") or "redirects" in found["/trouble/loop"]
        assert found["/private/notes"] == "refused: robots.txt forbids it"
        assert found["/nowhere"] == "refused: status 404"
        times = Counter(asked(site))
        assert (times["/trouble/error"], times["/trouble/bomb"], times["/private/notes"]) == (2, 1, 0)
        assert min(gaps(site)) >= 0.4
        with Frontier(frontier_path(recipe.parent / "landing", "hindrances")) as frontier:
            # Every request is counted for the day's budget, retries and robots.txt included.
            today = datetime.now(SHANGHAI).date()
            counted = sum(frontier.requests_on(day) for day in (today - timedelta(days=1), today))
            assert counted == len(site.requests)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "ending", "words"),
    [
        (Fault("too_many", at="page=2", seconds=7200), "blocked", "answered 429 to /hotel/"),
        (Fault("captcha", at="page=2"), "captcha", "shows a captcha at /hotel/"),
        (Fault("login", at="page=2"), "login", "shows a login at /login"),
    ],
    ids=lambda value: value.answer if isinstance(value, Fault) else "",
)
def test_a_site_that_says_no_is_left_alone(
    site: LocalSite, tmp_path: Path, fault: Fault, ending: str, words: str
) -> None:
    """With several requests at a time, too: what was in flight comes in, what waits for its delay does not go out."""
    recipe = site_recipe(tmp_path, "hotel_pages", site.url, delay=0.2)
    recipe.write_text(recipe.read_text("utf-8").replace("daily_requests", "concurrency: 4, daily_requests"), "utf-8")
    site.faults.add(fault)
    crawled = collect(recipe)
    assert crawled.report.ending == ending
    assert words in str(crawled.report.words)
    assert crawled.report.waiting > 0
    assert adds_up(crawled)
    targets = asked(site)
    refused = next(
        place for place, target in enumerate(targets) if re.search("/login" if ending == "login" else "page=2", target)
    )
    assert len(targets) - refused <= 5
    if ending == "blocked":
        site.faults.clear()
        before = len(site.requests)
        assert collect(recipe).report.ending == "waits"
        assert len(site.requests) == before


@pytest.mark.slow
def test_nothing_is_asked_for_where_robots_cannot_be_read(site: LocalSite, tmp_path: Path) -> None:
    """RFC 9309: a robots.txt that answers 500 forbids everything."""
    site.robots = Robots(status=500)
    recipe = site_recipe(tmp_path, "app_store", site.url, more="limits: {retries: 0}\n")
    crawled = collect(recipe)
    assert (crawled.report.ending, asked(site)) == ("robots", ["/robots.txt"])
    assert "status 500; nothing may be asked for" in str(crawled.report.words)


@pytest.mark.slow
def test_only_a_declared_owner_passes_over_robots_and_the_log_says_so(
    site: LocalSite, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """With the reason that the recipe gives."""
    site.robots = Robots(agent="Kesheng", rules=("Disallow: /",))
    recipe = site_recipe(tmp_path, "app_store", site.url, more="owned: {reason: 自家应用的评论页，市场部书面同意}\n")
    with caplog.at_level("INFO", "sources.web.crawling"):
        crawled = collect(recipe)
    assert crawled.report.new == 120
    assert "/robots.txt" not in asked(site)
    assert "robots.txt is not asked for: 自家应用的评论页，市场部书面同意" in caplog.text


@pytest.mark.slow
def test_a_name_that_leads_into_a_private_network_is_not_asked(site: LocalSite, tmp_path: Path) -> None:
    """`localhost` looks like any host until it is resolved."""
    recipe = site_recipe(tmp_path, "app_store", site.url.replace("127.0.0.1", "localhost"))
    recipe.write_text(recipe.read_text("utf-8").replace("private: true", "private: false"), "utf-8")
    crawled = collect(recipe)
    assert crawled.report.ending == "robots"
    assert "'localhost' leads to 127.0.0.1 in a private network" in str(crawled.report.words)
    assert asked(site) == []


@pytest.mark.parametrize("contact", ["", " ", "quality", "mailto:", "https://", "a@example.com\r\nX-Y: 1", "客服@示例"])
def test_nobody_is_asked_by_an_unknown(site: LocalSite, tmp_path: Path, contact: str) -> None:
    """The user agent names a contact, or the crawl does not start."""
    with pytest.raises(ValueError, match="expected a contact for the owners of sites"):
        collect(site_recipe(tmp_path, "app_store", site.url), contact=contact)
    assert asked(site) == []


def test_a_header_whose_secret_is_not_set_is_told_before_anything_is_asked(
    site: LocalSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable's name is what is missing."""
    monkeypatch.delenv("MERCHANT_TOKEN", raising=False)
    with pytest.raises(RecipeError, match="environment variable MERCHANT_TOKEN"):
        collect(site_recipe(tmp_path, "merchant_interface", site.url))


def test_a_source_is_crawled_by_one_process_at_a_time(site: LocalSite, tmp_path: Path) -> None:
    """Two would ask twice as fast as the recipe says."""
    recipe = site_recipe(tmp_path, "app_store", site.url)
    (tmp_path / "landing" / ".crawls").mkdir(parents=True)
    with filelock.FileLock(tmp_path / "landing" / ".crawls" / "app_store.lock"):
        holder = threading.Thread(target=lambda: _refused(recipe))
        holder.start()
        holder.join()
    assert asked(site) == []


def _refused(recipe: Path) -> None:
    with pytest.raises(CrawlError, match="another process crawls this source"):
        collect(recipe)


def test_a_process_that_fails_tells_no_secret(site: LocalSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the identity key nor a header's token is in the error, nor in the arguments of the process."""
    monkeypatch.setenv("MERCHANT_TOKEN", "geheim-token-4711")
    seen: list[Sequence[str]] = []

    def run(command: Sequence[str], **_: object) -> subprocess.CompletedProcess[str]:
        seen.append(command)
        said = f"boom {KEY.secret.hex()} Bearer geheim-token-4711 电话 13800138000"
        return subprocess.CompletedProcess(command, 1, "", said)

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(CrawlError, match=r"the crawl failed \(status 1\): boom \[secret\] Bearer \[secret\]") as caught:
        collect(site_recipe(tmp_path, "merchant_interface", site.url))
    assert "13800138000" not in str(caught.value)
    assert seen == [[sys.executable, "-m", "sources.web.crawl_process"]]
    assert asked(site) == []


@pytest.mark.slow
def test_a_token_reaches_the_site_and_no_file(
    site: LocalSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The interface answers, and neither the frontier nor the log nor what landed knows why."""
    monkeypatch.setenv("MERCHANT_TOKEN", site.token)
    recipe = site_recipe(tmp_path, "merchant_interface", site.url)
    with caplog.at_level("INFO", "sources.web.crawling"):
        crawled = collect(recipe)
    assert crawled.report.new > 50
    assert site.token not in caplog.text
    assert "Remote control" not in caplog.text
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and path != recipe]
    assert kept
    for path in kept:
        held = path.read_bytes()
        assert site.token.encode() not in held
        assert KEY.secret.hex().encode() not in held
