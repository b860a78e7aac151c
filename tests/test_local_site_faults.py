"""The local site goes wrong as it is told to, keeps its log, and runs as a process of its own."""

import http.client
import json
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.local_site import LocalSite
from tests.local_site_faults import BIG_BYTES, BOMB_BYTES, Fault
from tests.local_site_pages import Oddities

ROOT = Path(__file__).resolve().parents[1]
LIST = "/hotel/101/reviews?page=1"


@pytest.fixture
def site() -> Iterator[LocalSite]:
    """Run a site without faults."""
    with LocalSite() as running:
        yield running


def ask(site: LocalSite, target: str) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of an address, redirects not followed."""
    connection = http.client.HTTPConnection(site.url.removeprefix("http://"), timeout=20)
    try:
        connection.request("GET", target, headers={"User-Agent": "probe/1"})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def test_too_many_requests_come_with_a_time_to_wait(site: LocalSite) -> None:
    """Each third request under /hotel/ is refused; other places are not counted."""
    site.faults.add(Fault("too_many", at="^/hotel/", every=3, seconds=2))
    answers = [ask(site, target) for target in (LIST, LIST, "/board/", LIST, LIST)]
    assert [status for status, _, _ in answers] == [200, 200, 200, 429, 200]
    assert answers[3][1]["Retry-After"] == "2"
    site.faults.clear()
    assert [ask(site, LIST)[0] for _ in range(3)] == [200, 200, 200]


def test_flaky_pages_fail_once_each(site: LocalSite) -> None:
    """The first try of an address fails, the second works."""
    site.faults.add(Fault("error", once_each=True))
    assert [ask(site, target)[0] for target in (LIST, "/board/", LIST, "/board/", LIST)] == [500, 500, 200, 200, 200]


def test_faults_begin_late_and_end(site: LocalSite) -> None:
    """`after` lets the first ones through, `times` ends it."""
    site.faults.add(Fault("captcha", after=2, times=1))
    assert ["滑块".encode() in ask(site, LIST)[2] for _ in range(4)] == [False, False, True, False]


def test_walls_hold_no_review(site: LocalSite) -> None:
    """Captcha pages come with 200 and 403; the login page stands behind a redirect."""
    for kind, status in (("captcha", 200), ("forbidden", 403)):
        found, _, body = ask(site, f"/trouble/{kind}")
        assert (found, "验证码" in body.decode(), b"review-item" in body) == (status, True, False)
    status, headers, _ = ask(site, "/trouble/login")
    assert (status, headers["Location"]) == (302, "/login")
    assert "请输入手机号" in ask(site, "/login")[2].decode()


def test_redirects_lead_where_they_are_told(site: LocalSite) -> None:
    """To private addresses, to another host, and in a loop."""
    assert ask(site, "/trouble/redirect")[1]["Location"] == "http://169.254.169.254/latest/meta-data/"
    assert ask(site, "/trouble/redirect?to=http://10.0.0.1/")[1]["Location"] == "http://10.0.0.1/"
    site.faults.add(Fault("redirect", at="page=2", to="http://other.invalid/x"))
    assert ask(site, "/hotel/101/reviews?page=2")[1]["Location"] == "http://other.invalid/x"
    assert ask(site, "/trouble/loop")[1]["Location"] == "/trouble/loop"


def test_links_lead_in_circles() -> None:
    """The last page links to the first; three pages under /trouble/ do so at all times."""
    with LocalSite(oddities=Oddities(circular=True)) as site:
        assert b'class="next" href="/hotel/101/reviews?page=1"' in ask(site, "/hotel/101/reviews?page=4")[2]
        assert b'href="/trouble/circle/1"' in ask(site, "/trouble/circle/3")[2]


def test_a_page_drips_while_others_are_answered(site: LocalSite) -> None:
    """One byte at a time, by itself."""
    connection = http.client.HTTPConnection(site.url.removeprefix("http://"), timeout=20)
    connection.request("GET", "/trouble/drip?seconds=0.05")
    begin = time.monotonic()
    answer = connection.getresponse()
    assert answer.read(4) == b"<!DO"
    assert time.monotonic() - begin >= 0.15
    assert ask(site, LIST)[0] == 200
    connection.close()


def test_a_small_body_expands_without_measure(site: LocalSite) -> None:
    """Some hundred kilobytes of gzip are 300 MB."""
    _, headers, body = ask(site, "/trouble/bomb")
    assert headers["Content-Encoding"] == "gzip"
    assert len(body) < 1_000_000
    unpacker, size, rest = zlib.decompressobj(wbits=31), 0, body
    while rest:
        size += len(unpacker.decompress(rest, 1_000_000))
        rest = unpacker.unconsumed_tail
    assert (size, unpacker.eof) == (BOMB_BYTES, True)


def test_a_body_does_not_end(site: LocalSite) -> None:
    """Whoever stops reading is let go."""
    with urlopen(f"{site.url}/trouble/endless", timeout=20) as answer:
        assert len(answer.read(10_000_000)) == 10_000_000
    assert ask(site, LIST)[0] == 200


def test_bodies_are_cut_padded_and_broken(site: LocalSite) -> None:
    """A connection that ends too early, a page of 2 MB with all its reviews, and JSON without its end."""
    with pytest.raises(http.client.IncompleteRead, match="bytes read"):
        ask(site, "/trouble/hang_up")
    big = ask(site, "/trouble/big")[2]
    assert len(big) > BIG_BYTES
    assert big.count(b'class="review-text"') == 15
    with pytest.raises(json.JSONDecodeError, match=r"Expecting|Unterminated"):
        json.loads(ask(site, "/trouble/broken_json")[2])


def test_what_does_not_exist_is_not_found(site: LocalSite) -> None:
    """Unknown addresses, venues and pages behind the last one; a request that is none is refused."""
    unknown = (
        "/nowhere",
        "/hotel/999/reviews",
        "/hotel/101/reviews?page=5",
        "/food/api/reviews?shop=1",
        "/apps/x/reviews",
    )
    assert [ask(site, target)[0] for target in unknown] == [404] * 5
    with socket.create_connection(("127.0.0.1", int(site.url.rpartition(":")[2])), timeout=20) as raw:
        raw.sendall(b"nonsense\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 400 ")


def test_the_log_tells_who_asked_for_what_and_when(site: LocalSite) -> None:
    """Every request is there, refused ones too, with times in order."""
    begin = time.monotonic()
    ask(site, LIST)
    ask(site, "/trouble/error")
    assert [(r.method, r.target, r.user_agent, r.status) for r in site.requests] == [
        ("GET", LIST, "probe/1", 200),
        ("GET", "/trouble/error", "probe/1", 500),
    ]
    assert begin <= site.requests[0].received <= site.requests[1].received <= time.monotonic()


def test_connections_are_kept_and_counted(site: LocalSite) -> None:
    """Many requests go over one connection; three that are open at once are three."""
    connections = [http.client.HTTPConnection(site.url.removeprefix("http://"), timeout=20) for _ in range(3)]
    for connection in connections:
        for _ in range(4):
            connection.request("GET", LIST)
            assert connection.getresponse().read()
    assert (site.most_connections, len(site.requests)) == (3, 12)
    for connection in connections:
        connection.close()


def test_a_site_stops_although_connections_are_open_and_its_port_is_free_again() -> None:
    """No thread is left; the port may be taken anew."""
    with LocalSite() as site:
        connection = http.client.HTTPConnection(site.url.removeprefix("http://"), timeout=20)
        connection.request("GET", "/trouble/drip?seconds=30")
        connection.getresponse()
    assert "local-site" not in {thread.name for thread in threading.enumerate()}
    with LocalSite(port=int(site.url.rpartition(":")[2])) as again:
        assert ask(again, LIST)[0] == 200
        with pytest.raises(RuntimeError, match="is the port taken"):
            LocalSite(port=int(again.url.rpartition(":")[2])).__enter__()
    connection.close()


def test_the_site_runs_as_a_process_of_its_own(tmp_path: Path) -> None:
    """It tells its address, lets a day pass when it is asked to, and writes its log as JSON Lines."""
    log = tmp_path / "requests.jsonl"
    command = [sys.executable, "-m", "tests.local_site", "--log", str(log), "--crawl-delay", "1"]
    command += ["--fault", '{"answer": "error", "at": "/board/"}']
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        with urlopen(f"{url}/robots.txt", timeout=20) as answer:
            assert "Crawl-delay: 1" in answer.read().decode()
        with urlopen(Request(f"{url}/_site/next-day", method="POST"), timeout=20) as answer:
            assert json.load(answer) == {"day": 2, "requests": 1, "most_connections": 1}
        process.terminate()
        assert process.wait(20) == 0
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert [(line["method"], line["target"], line["status"]) for line in lines] == [("GET", "/robots.txt", 200)]
