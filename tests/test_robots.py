"""What a robots.txt allows."""

import pytest

from sources.web.robots import RobotRules, robot_rules

HOST = "https://reviews.example.com"


def rules(text: str) -> RobotRules:
    """Return the rules of a file."""
    return robot_rules(200, text.encode())


@pytest.mark.parametrize("status", [None, 500, 502, 503, 599, 429, 301, 302, 304])
def test_nothing_is_asked_for_where_the_rules_are_not_known(status: int | None) -> None:
    """No answer, an error of the site, a request to wait, or a redirect that leads away: RFC 9309, 2.3.1.4."""
    found = robot_rules(status, b"User-agent: *\nAllow: /\n")
    assert (found.reachable, found.allows(f"{HOST}/"), found.crawl_delay) == (False, False, 0.0)
    assert "nothing may be asked for" in found.words
    assert ("no answer" if status is None else f"status {status}") in found.words


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_site_without_rules_may_be_asked(status: int) -> None:
    """RFC 9309, 2.3.1.3; the page of a 404 is no rule."""
    found = robot_rules(status, b"User-agent: *\nDisallow: /\n")
    assert (found.reachable, found.allows(f"{HOST}/hotel/"), found.crawl_delay) == (True, True, 0.0)
    assert found.words == f"robots.txt: status {status}; the site has no rules"


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/hotel/", True),
        ("<html>网页</html>", "/hotel/", True),
        ("User-agent: *\nDisallow: /private/", "/private/x", False),
        ("User-agent: *\nDisallow: /private/", "/privat", True),
        ("\ufeffUser-agent: *\nDisallow: /private/", "/private/x", False),
        ("user-AGENT: *\r\nDISALLOW: /private/\r\n", "/private/x", False),
        ("User-agent: *\nDisallow: /", "/", False),
        ("User-agent: *\nDisallow:", "/hotel/", True),
        ("User-agent: *\nDisallow: /board/secret*", "/board/secret-internal.html", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/a/b.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/a/b.pdf?x=1", True),
        ("User-agent: *\nDisallow: /*?sort=", "/hotel/?sort=new", False),
        ("User-agent: *\nDisallow: /hotel/\nAllow: /hotel/101/", "/hotel/101/reviews", True),
        ("User-agent: *\nAllow: /hotel/101/\nDisallow: /hotel/", "/hotel/102/reviews", False),
        ("User-agent: *\nDisallow: /点评/", "/%E7%82%B9%E8%AF%84/1", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Kesheng\nAllow: /", "/hotel/", True),
        ("User-agent: *\nAllow: /\n\nUser-agent: kesheng\nDisallow: /food/", "/food/", False),
        ("User-agent: Kesheng\nDisallow: /food/\n\nUser-agent: *\nDisallow: /hotel/", "/hotel/", True),
        ("User-agent: GPTBot\nUser-agent: Kesheng\nDisallow: /", "/hotel/", False),
        ("User-agent: GPTBot\nDisallow: /", "/hotel/", True),
        ("User-agent: *\nDisallow: /a # Kommentar\n# Disallow: /b", "/b", True),
    ],
)
def test_the_rules_say_what_may_be_asked_for(text: str, path: str, allowed: bool) -> None:  # noqa: FBT001 - a case
    """Longest match, wildcards, a byte order mark before the first line; our own group wins over that of everybody."""
    assert rules(text).allows(HOST + path) is allowed


@pytest.mark.parametrize(
    ("lines", "delay"),
    [
        ("Crawl-delay: 3", 3.0),
        ("Crawl-delay: 0.5", 0.5),
        ("Request-rate: 1/10s", 10.0),
        ("Request-rate: 30/1m", 2.0),
        ("Crawl-delay: 3\nRequest-rate: 1/10s", 10.0),
        ("Crawl-delay: 20\nRequest-rate: 1/10s", 20.0),
        ("Crawl-delay: bald", 0.0),
        ("Crawl-delay: -3", 0.0),
        ("Crawl-delay: inf", 0.0),
        ("Crawl-delay: nan", 0.0),
        ("Request-rate: 0/10s", 0.0),
        ("Crawl-delay: 99999999999", 86_400.0),
        ("Disallow: /private/", 0.0),
    ],
)
def test_a_host_says_how_long_to_wait(lines: str, delay: float) -> None:
    """The longer of delay and rate, never more than a day; what is no number says nothing."""
    assert rules(f"User-agent: *\n{lines}\n").crawl_delay == delay


def test_our_own_group_says_how_long_we_wait() -> None:
    """What everybody else has to wait does not count then."""
    assert rules("User-agent: *\nCrawl-delay: 60\n\nUser-agent: Kesheng\nCrawl-delay: 4\n").crawl_delay == 4.0


def test_of_a_very_large_file_the_beginning_counts() -> None:
    """500 KiB are read, up to the last whole line: a line cut in two would be another rule."""
    head = "User-agent: *\nDisallow: /first/\n"
    filling = "# 注释注释注释注释注释\n" * 20_000
    found = rules(head + filling + "Disallow: /last/\n")
    assert (found.allows(f"{HOST}/first/"), found.allows(f"{HOST}/last/")) == (False, True)
    cut = head.encode() + b"#" * (512_000 - len(head) - len("\nDisallow: /h")) + b"\nDisallow: /hotel/private/\n"
    assert robot_rules(200, cut).allows(f"{HOST}/hotel/101")


def test_bytes_that_are_no_text_end_nothing() -> None:
    """A file in GBK keeps the rules that are plain."""
    body = "# 规则\nUser-agent: *\nDisallow: /private/\n".encode("gbk") + b"\xff\x00"
    assert not robot_rules(200, body).allows(f"{HOST}/private/")
