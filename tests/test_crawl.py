"""What a crawl makes of a site's answers: made-up ones, without Scrapy and with a clock of one's own."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sources.web.answers import Answer, SiteStoppedError, retry_after
from sources.web.crawl import Crawl
from sources.web.frontier import Frontier
from sources.web.recipe_file import RecipeError
from sources.web.robots import robot_rules
from sources.web.row_batches import unpack_rows
from tests.crawl_samples import NIGHT, SITE, Clock, begun, give, ledger, one, page, recipe, review, waiting

CAPTCHA = "<html><body>请拖动滑块完成拼图，或输入验证码后继续访问</body></html>"
LOGIN = "<html><body><form>登录后查看全部点评</form></body></html>"


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands at 2:00 at night."""
    return Clock()


@pytest.fixture
def frontier(tmp_path: Path) -> Iterator[Frontier]:
    """Open a frontier."""
    with Frontier(tmp_path / "board.sqlite") as opened:
        yield opened


@pytest.fixture
def crawl(frontier: Frontier, clock: Clock) -> Crawl:
    """Begin a crawl."""
    return begun(frontier, clock)


def stopped(crawl: Crawl, path: str, body: str = "", status: int = 200, **headers: str) -> SiteStoppedError:
    """Let the site answer something that stops the crawl; returns why."""
    with pytest.raises(SiteStoppedError, match=r".") as caught:
        give(crawl, path, body, status, **headers)
    crawl.end(caught.value)
    return caught.value


def test_a_crawl_follows_links_and_next_pages_to_its_end(crawl: Crawl, frontier: Frontier) -> None:
    """Reviews, links and the next page are taken from a list, and the crawl ends when nothing waits."""
    found = give(crawl, "/board/", page(review(1), review(2), links=["/c/7", "/c/8"], following="/board/?p=2"))
    assert found == ["/c/7", "/c/8", "/board/?p=2"]
    assert give(crawl, "/board/?p=2", page(review(3), following="/board/?p=2")) == []
    assert give(crawl, "/c/7", page(one(7))) == give(crawl, "/c/8", page(one(8))) == []
    crawl.end(None)
    assert frontier.last()[0].ending == "done"
    assert sum(len(batch.rows) > 0 for batch in frontier.batches(None)) == 4


def test_the_second_night_reads_until_nothing_is_new(crawl: Crawl, frontier: Frontier, clock: Clock) -> None:
    """A list is read on while it brings something new, or reviews young enough that a reply may have come."""
    give(crawl, "/board/", page(review(2), review(1), following="/board/?p=2"))
    give(crawl, "/board/?p=2", page(review(3, "2026-10-01"), following="/board/?p=3"))
    give(crawl, "/board/?p=3", page(review(4, "2026-09-01")))
    crawl.end(None)
    clock.pass_by(days=1)
    second = begun(frontier, clock)
    assert give(second, "/board/", page(review(5, "2026-11-05"), review(2), following="/board/?p=2")) == ["/board/?p=2"]
    assert give(second, "/board/?p=2", page(review(1), review(3, "2026-10-01"), following="/board/?p=3")) == []
    second.end(None)
    assert [p["new"] for p in frontier.pages(second.number)] == [1, 0]


def test_young_reviews_are_read_again_for_their_replies(crawl: Crawl, frontier: Frontier, clock: Clock) -> None:
    """Within reread_days a list is read on though nothing is new; a reply that came makes a changed review."""
    give(crawl, "/board/", page(review(2, "2026-11-04"), following="/board/?p=2"))
    give(crawl, "/board/?p=2", page(review(1, "2026-11-03"), following="/board/?p=3"))
    give(crawl, "/board/?p=3", page(review(0, "2026-09-03")))
    crawl.end(None)
    clock.pass_by(days=1)
    second = begun(frontier, clock)
    assert give(second, "/board/", page(review(2, "2026-11-04"), following="/board/?p=2")) == ["/board/?p=2"]
    replied = review(1, "2026-11-03", reply="非常抱歉，已为您退还一晚房费")
    assert give(second, "/board/?p=2", page(replied, following="/board/?p=3")) == ["/board/?p=3"]
    assert [(p["new"], p["changed"]) for p in frontier.pages(second.number)] == [(0, 0), (0, 1), (0, 0)]


def test_a_page_of_one_review_is_asked_for_once_and_again_while_it_is_young(
    crawl: Crawl, frontier: Frontier, clock: Clock
) -> None:
    """`visit: once` with `reread_days: 3`: the complaint of yesterday is read again, the old one is not."""
    give(crawl, "/board/", page(links=["/c/7", "/c/8"]))
    give(crawl, "/c/7", page(one(7, "2026-11-04")))
    give(crawl, "/c/8", page(one(8, "2026-10-01")))
    crawl.end(None)
    clock.pass_by(days=1)
    assert give(begun(frontier, clock), "/board/", page(links=["/c/7", "/c/8", "/c/9"])) == ["/c/7", "/c/9"]


def test_a_page_that_should_have_had_an_item_is_looked_at_again(crawl: Crawl, frontier: Frontier, clock: Clock) -> None:
    """A complaint whose page the recipe does not fit any more is not taken for read: the recipe may be mended."""
    give(crawl, "/board/", page(links=["/c/7"]))
    give(crawl, "/c/7", "<html><body><section>换了版面的投诉</section></body></html>")
    crawl.end(None)
    clock.pass_by(days=1)
    assert give(begun(frontier, clock), "/board/", page(links=["/c/7"])) == ["/c/7"]


@pytest.mark.parametrize("status", [401, 403, 429])
def test_a_refusal_stops_the_site(crawl: Crawl, frontier: Frontier, status: int) -> None:
    """401, 403 and 429 end the crawl with a clear word, and the page waits."""
    stop = stopped(crawl, "/board/", status=status)
    assert (stop.ending, stop.words) == ("blocked", f"the site answered {status} to /board/; it is not asked any more")
    assert frontier.last()[0].words == stop.words
    assert ledger(crawl) == {"/board/": ("waiting", f"status {status}")}


@pytest.mark.parametrize(("body", "ending"), [(CAPTCHA, "captcha"), (LOGIN, "login")])
def test_a_page_that_wants_a_person_stops_the_site(crawl: Crawl, body: str, ending: str) -> None:
    """A captcha or a login in the place of a list ends the crawl; nothing tries to solve it."""
    assert stopped(crawl, "/board/", body).ending == ending


def test_a_login_form_that_stands_in_every_page_is_no_refusal(crawl: Crawl) -> None:
    """An empty list of a site whose pages all hold a form with 验证码 is an empty list."""
    form = "<form>手机号登录，输入验证码</form>"
    give(crawl, "/board/", page(review(1), form, links=["/c/7"], following="/board/?p=2"))
    assert give(crawl, "/board/?p=2", page(form, "暂无投诉")) == []
    assert ledger(crawl)["/board/?p=2"][0] == "done"
    assert stopped(crawl, "/c/7", page(form, "暂无投诉")).ending == "captcha"


def test_a_site_that_gives_its_last_page_for_every_number_has_an_end(crawl: Crawl) -> None:
    """Two pages in a row that bring only what this crawl has seen are enough; one may be what new reviews pushed on."""
    give(crawl, "/board/", page(review(1), review(2), following="/board/?p=2"))
    assert give(crawl, "/board/?p=2", page(review(2), following="/board/?p=3")) == ["/board/?p=3"]
    assert give(crawl, "/board/?p=3", page(review(3), following="/board/?p=4")) == ["/board/?p=4"]
    assert give(crawl, "/board/?p=4", page(review(3), following="/board/?p=5")) == ["/board/?p=5"]
    assert give(crawl, "/board/?p=5", page(review(3), following="/board/?p=6")) == []


@pytest.mark.parametrize(
    ("given", "hours"),
    [
        ("3600", 1),
        ("Thu, 05 Nov 2026 00:00:00 GMT", 6),
        ("9" * 5000, 720),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 720),
        ("morgen", None),
        ("", None),
    ],
)
def test_retry_after_is_read_as_seconds_and_as_a_date(given: str, hours: int | None) -> None:
    """At most 30 days are believed, however many digits a site sends."""
    expected = None if hours is None else NIGHT + timedelta(hours=hours)
    assert retry_after(Answer(429, {"retry-after": given}, b"", NIGHT)) == expected


@pytest.mark.parametrize("status", [429, 503])
def test_a_site_that_names_an_hour_is_left_alone_until_then(
    crawl: Crawl, frontier: Frontier, clock: Clock, status: int
) -> None:
    """Retry-After is kept by the next night, too; after it the crawl goes on."""
    stopped(crawl, "/board/", status=status, retry_after="7200")
    clock.pass_by(hours=1)
    with pytest.raises(SiteStoppedError, match="left alone until 11-05 04:00") as caught:
        begun(frontier, clock)
    Crawl(recipe(), Path(), frontier, crawl.options, crawl.key, number=1, clock=clock).end(caught.value)
    with pytest.raises(SiteStoppedError, match="left alone"):
        begun(frontier, clock)
    clock.pass_by(hours=2)
    assert give(begun(frontier, clock), "/board/", page(review(1))) == []


def test_a_page_that_is_closed_to_us_does_not_keep_the_others_waiting(
    crawl: Crawl, frontier: Frontier, clock: Clock
) -> None:
    """It waits behind all others; the second time it has failed, and comes again with the next crawl."""
    give(crawl, "/board/", page(links=["/c/7", "/c/8"]))
    stopped(crawl, "/c/7", status=403)
    clock.pass_by(days=1)
    second = begun(frontier, clock)
    assert list(waiting(second)) == ["/c/8", "/c/7"]
    give(second, "/c/8", page(one(8)))
    stopped(second, "/c/7", status=403)
    assert ledger(second)["/c/7"] == ("failed", "status 403")
    clock.pass_by(days=1)
    third = begun(frontier, clock)
    assert third.number == second.number
    third.end(None)
    assert list(waiting(begun(frontier, clock))) == ["/board/", "/c/7"]


def test_a_page_without_an_outcome_is_given_up_at_last(frontier: Frontier, clock: Clock) -> None:
    """One that ends the process each time it is read does not keep every later night from reading anything else."""
    site = recipe(limits={"retries": 0})
    for _ in range(3):
        killed = begun(frontier, clock, site)
        killed.before_request(f"{SITE}/board/")
    fourth = begun(frontier, clock, site)
    assert ledger(fourth) == {"/board/": ("failed", "asked for 3 times without an outcome")}


def test_many_failures_in_a_row_end_the_crawl(crawl: Crawl, frontier: Frontier) -> None:
    """A site that is down, or answers 412 to everything, is not asked for all its pages."""
    give(crawl, "/board/", page(links=[f"/c/{n}" for n in range(30)]))
    for number in range(5):
        give(crawl, f"/c/{number}", status=412)
    give(crawl, "/c/5", page(one(5)))
    for number in range(6, 15):
        give(crawl, f"/c/{number}", status=412)
    assert stopped(crawl, "/c/15", status=412).ending == "failing"
    assert "10 pages in a row have failed, the last with: status 412" in str(frontier.last()[0].words)


def test_failed_pages_are_asked_for_again_and_gone_ones_are_not(crawl: Crawl, frontier: Frontier, clock: Clock) -> None:
    """500 and a broken answer are of the night; 404 is for good. The ledger says why."""
    give(crawl, "/board/", page(links=["/c/7", "/c/8", "/c/9"]))
    give(crawl, "/c/7", status=500)
    give(crawl, "/c/8", status=404)
    give(crawl, "/c/9", "   ")
    crawl.end(None)
    told = ledger(crawl)
    assert told["/c/7"] == ("failed", "status 500")
    assert told["/c/8"] == ("refused", "status 404")
    assert told["/c/9"] == ("failed", "expected a page, found an empty answer")
    clock.pass_by(days=1)
    assert list(waiting(begun(frontier, clock))) == ["/board/", "/c/7", "/c/9"]


def test_a_reason_that_quotes_the_page_is_masked(frontier: Frontier, clock: Clock) -> None:
    """What a broken answer begins with may be a phone number."""
    crawl = begun(frontier, clock)
    crawl.failed(crawl.waiting()[0], "expected JSON, found '打电话 13800138000 没人接'")
    assert "13800138000" not in str(ledger(crawl))


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("http://169.254.169.254/latest/meta-data/", "none of the recipe's hosts"),
        ("https://elsewhere.example.com/board/", "none of the recipe's hosts"),
        ("https://reviews.example.com:8443/", "none of the recipe's hosts"),
        ("file:///etc/passwd", "no web address"),
        ("http://[::1", "no web address"),
        ("http://2130706433/", "none of the recipe's hosts"),
        ("https://a:b@reviews.example.com/", "a name and password"),
    ],
)
def test_redirects_lead_to_the_recipes_hosts_only(crawl: Crawl, target: str, why: str) -> None:
    """A redirect elsewhere is not followed, and the ledger says where it led."""
    assert give(crawl, "/board/", status=302, location=target) == []
    state, reason = ledger(crawl)["/board/"]
    assert state == "refused"
    assert why in str(reason)


def test_a_host_in_a_private_network_is_refused_unless_declared(frontier: Frontier, clock: Clock) -> None:
    """Even the recipe's own host is not asked there without `private: true`."""
    parts = {"hosts": ["10.0.0.8"], "start": [{"page": "list", "address": "http://10.0.0.8/board/"}]}
    crawl = begun(frontier, clock, recipe(**parts))
    assert crawl.admit(crawl.waiting()) == []
    assert "private: true" in str(ledger(crawl))
    assert "private: true" not in str(begun(frontier, clock, recipe(**parts, private=True)).admit(crawl.waiting()))


def test_redirects_are_followed_a_few_times_and_read_as_what_was_asked_for(
    crawl: Crawl, frontier: Frontier, clock: Clock
) -> None:
    """The page that was asked for is visited, too, and read again while its review is young."""
    give(crawl, "/board/", page(links=["/c/7"]))
    assert give(crawl, "/c/7", status=301, location="/complaint/7") == ["/complaint/7"]
    give(crawl, "/complaint/7", page(one(7, "2026-10-01")))
    crawl.end(None)
    clock.pass_by(days=1)
    assert give(begun(frontier, clock), "/board/", page(links=["/c/7", "/complaint/7"])) == []


def test_redirects_without_end_are_refused(crawl: Crawl) -> None:
    """Five hops, not more."""
    path = "/board/"
    for hop in range(5):
        (path,) = give(crawl, path, status=302, location=f"/hop/{hop}")
    assert give(crawl, path, status=302, location="/hop/9") == []
    assert ledger(crawl)[path] == ("refused", "redirects: more than 5 redirects")


def test_redirects_in_a_circle_have_failed(crawl: Crawl) -> None:
    """A page that redirects to itself, or back to where it came from, has brought nothing and is not done."""
    assert give(crawl, "/board/", page(links=["/c/7"])) == ["/c/7"]
    assert give(crawl, "/c/7", status=302, location="/c/7?x=1") == ["/c/7?x=1"]
    assert give(crawl, "/c/7?x=1", status=302, location="/c/7") == []
    assert ledger(crawl)["/c/7?x=1"] == ("failed", "redirects in a circle")


def test_a_broken_link_takes_no_page_with_it(crawl: Crawl) -> None:
    """Its reviews are read, and the link is refused with the reason."""
    assert give(crawl, "/board/", page(review(1), links=["http://[::1", "javascript:;", "/c/8"])) == ["/c/8"]
    told = ledger(crawl)
    assert told["http://[::1"] == ("refused", "no web address")
    assert told["javascript:;"] == ("refused", "no web address")
    assert crawl.frontier.pages(crawl.number)[0]["new"] == 1


def test_a_redirect_to_a_login_loses_no_page(crawl: Crawl, frontier: Frontier, clock: Clock) -> None:
    """The page that was asked for waits again, not the login form that it led to."""
    give(crawl, "/board/", page(links=["/c/7", "/c/8"]))
    give(crawl, "/c/7", status=302, location="/passport")
    give(crawl, "/passport", status=302, location="/login")
    assert stopped(crawl, "/login", LOGIN).ending == "login"
    second = begun(frontier, clock)
    assert list(waiting(second)) == ["/c/8", "/c/7"]
    assert give(second, "/c/7", status=302, location="/passport") == ["/passport"]


def test_robots_rules_hold_for_links_and_for_what_waits(crawl: Crawl) -> None:
    """A forbidden address is written down as refused and never given to be asked for."""
    crawl.robots["reviews.example.com"] = robot_rules(200, b"User-agent: *\nDisallow: /c/secret")
    assert give(crawl, "/board/", page(links=["/c/secret-7", "/c/8"])) == ["/c/8"]
    assert ledger(crawl)["/c/secret-7"] == ("refused", "robots.txt forbids it")


def test_only_an_owned_site_may_pass_over_robots(frontier: Frontier, clock: Clock) -> None:
    """With a written reason in the recipe."""
    crawl = begun(frontier, clock, recipe(owned={"reason": "自家官网，市场部已书面同意采集"}))
    crawl.robots["reviews.example.com"] = robot_rules(200, b"User-agent: *\nDisallow: /")
    assert len(crawl.admit(crawl.waiting())) == 1


@pytest.mark.parametrize(("hour", "goes"), [(0, False), (1, True), (5, True), (6, False), (14, False)])
def test_night_windows_are_kept(frontier: Frontier, clock: Clock, hour: int, goes: bool) -> None:  # noqa: FBT001
    """Outside the hours nothing goes out, and what is left waits."""
    crawl = begun(frontier, clock, recipe(manners={"hours": "01:00-06:00"}))
    clock.now = NIGHT.replace(hour=hour)
    if goes:
        crawl.before_request(f"{SITE}/board/")
    else:
        with pytest.raises(SiteStoppedError, match=f"{hour:02}:00 lies outside 01:00-06:00; the rest waits") as caught:
            crawl.before_request(f"{SITE}/board/")
        assert caught.value.ending == "hours"
    assert list(waiting(crawl)) == ["/board/"]


def test_the_daily_budget_counts_every_request_and_begins_anew_each_day(frontier: Frontier, clock: Clock) -> None:
    """Retries, robots.txt and other crawls of the day included."""
    site = recipe(manners={"daily_requests": 3})
    crawl = begun(frontier, clock, site)
    for address in (None, f"{SITE}/board/", f"{SITE}/board/"):
        crawl.before_request(address)
    again = begun(frontier, clock, site)
    with pytest.raises(SiteStoppedError, match="the day's 3 requests are spent") as caught:
        again.before_request(f"{SITE}/board/")
    assert caught.value.ending == "budget"
    clock.pass_by(days=1)
    again.before_request(f"{SITE}/board/")


def test_a_crawl_that_has_read_as_many_pages_as_it_may_goes_on_the_next_day(frontier: Frontier, clock: Clock) -> None:
    """A limit of pages is no wall that each later night runs into again."""
    site = recipe(limits={"pages": 2})
    crawl = begun(frontier, clock, site)
    give(crawl, "/board/", page(review(1), following="/board/?p=2"))
    give(crawl, "/board/?p=2", page(review(2), following="/board/?p=3"))
    stop = stopped(crawl, "/board/?p=3")
    assert (stop.ending, list(waiting(crawl))) == ("limit", ["/board/?p=3"])
    with pytest.raises(SiteStoppedError, match="2 pages read"):
        begun(frontier, clock, site).before_request(None)
    clock.pass_by(days=1)
    assert give(begun(frontier, clock, site), "/board/?p=3", page(review(3))) == []


def test_pages_too_deep_and_addresses_too_long_are_refused_with_the_reason(frontier: Frontier, clock: Clock) -> None:
    """A trap of links that never ends does not catch a crawl."""
    crawl = begun(frontier, clock, recipe(limits={"depth": 1}))
    long = "/c/" + "x" * 9000
    assert give(crawl, "/board/", page(review(1), links=[long], following="/board/?p=2")) == ["/board/?p=2"]
    assert give(crawl, "/board/?p=2", page(review(2), following="/board/?p=3")) == []
    assert ledger(crawl)["/board/?p=3"] == ("refused", "deeper than 1 pages from a start address")
    assert "an address of 90" in str(ledger(crawl)[long])


def test_pages_in_a_circle_are_asked_for_once(crawl: Crawl) -> None:
    """Whatever a link looks like: fragments and the order of parameters make no other page."""
    assert give(crawl, "/board/", page(review(1), following="/board/?b=2&a=1#top")) == ["/board/?a=1&b=2"]
    assert give(crawl, "/board/?a=1&b=2", page(review(2), following="/board/?a=1&b=2")) == []
    assert waiting(crawl) == {}


def test_a_killed_crawl_goes_on_where_it_was(crawl: Crawl, frontier: Frontier, clock: Clock) -> None:
    """What was read is not asked for again; only what was in flight is."""
    give(crawl, "/board/", page(review(1), links=["/c/7"], following="/board/?p=2"))
    crawl.before_request(f"{SITE}/c/7")
    again = begun(frontier, clock)
    assert (again.number, list(waiting(again))) == (crawl.number, ["/c/7", "/board/?p=2"])


def test_a_recipe_that_has_changed_takes_along_what_was_left(crawl: Crawl, frontier: Frontier, clock: Clock) -> None:
    """The list that was read halfway is read on from there; pages that the recipe does not know any more are told."""
    give(crawl, "/board/", page(review(1), links=["/c/7"], following="/board/?p=2"))
    stopped(crawl, "/board/?p=2", status=403)
    pages = recipe().model_dump(mode="json", exclude_unset=True)["pages"]
    pages["list"].pop("links")
    pages.pop("one")
    changed = begun(frontier, clock, recipe(pages=pages))
    assert changed.number == crawl.number + 1
    assert list(waiting(changed)) == ["/board/", "/board/?p=2"]
    assert ledger(crawl)["/c/7"] == ("refused", "the recipe has no such page any more")
    changed.end(SiteStoppedError("interrupted", "aus"))
    assert begun(frontier, clock, recipe(pages=pages)).number == changed.number


def test_a_crawl_that_left_pages_is_not_done(crawl: Crawl, frontier: Frontier) -> None:
    """Where Scrapy runs out of requests though pages wait, something went wrong, and the next crawl goes on."""
    crawl.end(None)
    record = frontier.last()[0]
    assert (record.ending, record.words) == ("interrupted", "1 pages were left without an outcome; the next crawl asks")


def test_a_recipe_without_an_address_to_begin_from_is_refused(frontier: Frontier, clock: Clock, tmp_path: Path) -> None:
    """An empty file of values is a mistake, not a night without news."""
    (tmp_path / "shops.csv").write_text("shop\n", "utf-8")
    start = {"page": "list", "address": f"{SITE}/{{shop}}", "values": {"shop": {"file": "shops.csv", "column": "shop"}}}
    with pytest.raises(RecipeError, match="expected values in the column 'shop', found none"):
        begun(frontier, clock, recipe(start=[start]), tmp_path)


def test_items_of_a_page_are_all_accounted_for(crawl: Crawl, frontier: Frontier) -> None:
    """New, known, repeated and rejected ones; a reject names its page and says nothing unmasked."""
    give(crawl, "/board/", page(review(1), review(1), review(2), following="/board/?p=2"))
    incomplete = review(9, text="", author="打 13800138000 找旅人小北")
    give(crawl, "/board/?p=2", page(review(2), review(3), incomplete))
    first, second = frontier.pages(crawl.number)
    assert [first[name] for name in ("items", "new", "changed", "duplicates", "rejected")] == [3, 2, 0, 1, 0]
    assert [second[name] for name in ("items", "new", "changed", "duplicates", "rejected")] == [3, 1, 0, 1, 1]
    (bad,) = [bad for batch in frontier.batches(None) for bad in batch.rejects]
    assert f"{SITE}/board/?p=2: expected text in item 3, found none" in bad.detail
    assert "13800138000" not in bad.raw


def test_the_frontier_holds_no_word_unmasked(frontier: Frontier, clock: Clock, tmp_path: Path) -> None:
    """Neither a phone number nor an author's name stands in its file, whatever the page does with them."""
    crawl = begun(frontier, clock)
    told = review(1, text="找前台经理打 13912345678", author="栗子味的海风", reply="栗子味的海风您好，请打 13912345678")
    broken = review(2, text="", author="栗子味的海风 13912345678")
    give(crawl, "/board/", page(told, broken, links=["/c/7"], following="/board/?p=2"))
    give(crawl, "/c/7", "栗子味的海风 13912345678", status=500)
    give(crawl, "/board/?p=2", "栗子味的海风 13912345678")
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("board.sqlite*"))
    batches = list(frontier.batches(None))
    kept += "".join(str(unpack_rows(batch.rows).to_pylist()) + str(batch.rejects) for batch in batches).encode()
    assert "找前台经理".encode() in kept
    assert b"13912345678" not in kept
    assert "栗子味的海风".encode() not in kept
