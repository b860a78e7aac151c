"""The local site's JSON, schema.org markup, REST interface, export and days are as its docstring promises."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.local_site import LocalSite
from tests.local_site_pages import Oddities
from tests.local_site_phrases import HOSTILE_TEXT
from tests.local_site_reviews import NEW_EACH_DAY, SHANGHAI, VENUES, SiteReview


@pytest.fixture
def site() -> Iterator[LocalSite]:
    """Run a site without faults."""
    with LocalSite() as running:
        yield running


def get(site: LocalSite, target: str, **headers: str) -> str:
    """Return a page's text."""
    with urlopen(Request(site.url + target, headers=headers), timeout=20) as answer:
        return str(answer.read().decode("utf-8-sig"))


def json_ld_reviews(page: str) -> list[dict[str, Any]]:
    """Return the reviews in a page's JSON-LD blocks."""
    found: list[dict[str, Any]] = []
    for block in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL):
        value = json.loads(block)
        for node in value.get("@graph", [value]):
            found += node.get("review", [])
    return found


def app_pages(site: LocalSite, app: str) -> Iterator[str]:
    """Yield an app's pages by their rel=next."""
    target = f"/apps/{app}/reviews"
    while target:
        page = get(site, target)
        yield page
        following = re.search(r'<link rel="next" href="([^"]+)">', page)
        target = following[1] if following else ""


def test_food_pages_bring_exactly_what_is_expected(site: LocalSite) -> None:
    """Pages of 20 hold every review of the total; behind the last one the list is empty."""
    found = []
    for shop in re.findall(r'data-shop="(\d+)"', get(site, "/food/")):
        assert "评论" not in get(site, f"/food/shop/{shop}")
        pages = [json.loads(get(site, f"/food/api/reviews?shop={shop}&page={page}")) for page in range(1, 6)]
        assert [len(page["items"]) for page in pages] == [20, 20, 20, 20, 0]
        assert {page["total"] for page in pages} == {80}
        found += [item for page in pages for item in page["items"]]
    assert [
        (i["reviewId"], i["user"]["nick"], i["star"] / 10, i["addTime"], i["body"], i["dish"][0], i["shopReply"])
        for i in found
    ] == [
        (r.id, r.author, r.rating, r.date_text, r.text, r.product,
         r.reply and {"content": r.reply, "time": f"{r.replied}"})
        for r in site.expected("food")
    ]  # fmt: skip


def test_food_scroll_goes_on_where_it_was_although_a_day_passes(site: LocalSite) -> None:
    """A cursor names a review: what appears at the head meanwhile does not shift it."""
    found, cursor = [], ""
    while cursor is not None:
        answer = json.loads(get(site, f"/food/api/feed?shop=12&cursor={cursor}"))
        found += answer["data"]
        cursor = answer["next"]
        if len(found) == 30:
            site.next_day()
    expected = [review for review in site.expected("food", 1) if review.venue_id == "12"]
    assert [(item["id"], item["content"], item["score"] / 10) for item in found] == [
        (int(review.id), review.text, review.rating) for review in expected
    ]
    written = [datetime.fromtimestamp(item["ctime"] / 1000, UTC).astimezone(SHANGHAI) for item in found]
    assert written == [review.written for review in expected]


def test_json_ld_brings_exactly_what_is_expected(site: LocalSite) -> None:
    """Two apps tell their reviews in JSON-LD, one of them within a graph, with the text whole."""
    for app in ("shouji-zhang", "chuxing-tong"):
        found = [review for page in app_pages(site, app) for review in json_ld_reviews(page)]
        assert [
            (r["identifier"], r["name"], r["author"]["name"], r["datePublished"], r["reviewRating"]["ratingValue"],
             r["reviewBody"], r["version"], r.get("comment", {}).get("text"))
            for r in found
        ] == [
            (r.id, r.title, r.author, r.date_text, f"{r.rating:.0f}", r.text, r.product, r.reply)
            for r in site.expected("apps") if r.venue_id == app
        ]  # fmt: skip
        assert len(found) == 40


def test_microdata_brings_exactly_what_is_expected(site: LocalSite) -> None:
    """The third app has itemprops."""
    found = []
    for page in app_pages(site, "yun-du"):
        for item in page.split('itemprop="review" ')[1:]:
            body = re.search(r'itemprop="reviewBody">(.*?)</p>', item)
            number = re.search(r'itemprop="identifier" content="(\d+)"', item)
            assert body is not None
            assert number is not None
            found.append((number[1], unescape(body[1].replace("<br>", "\n"))))
    assert found == [(review.id, review.text) for review in site.expected("apps") if review.venue_id == "yun-du"]


def test_rest_wants_the_token_and_tells_what_changed_since(site: LocalSite) -> None:
    """401 without the token; with it, pages by cursor of what was written or answered since a day."""
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        with pytest.raises(HTTPError, match="401"):
            get(site, "/rest/v1/reviews", **headers)
    site.next_day()
    found, cursor = [], ""
    while cursor is not None:
        target = f"/rest/v1/reviews?since={site.today}&cursor={cursor}"
        answer = json.loads(get(site, target, Authorization="Bearer kesheng-token"))
        found += answer["reviews"]
        cursor = answer["next_cursor"]
    expected = [r for r in site.expected("food") if site.today in {r.written.date(), r.replied}]
    assert [(item["review_id"], (item["reply"] or {}).get("content")) for item in found] == [
        (review.id, review.reply) for review in expected
    ]
    assert len(expected) > 4 * NEW_EACH_DAY["food"]


def test_export_holds_the_month(site: LocalSite) -> None:
    """The CSV has the hotel reviews of the month, line feeds within texts quoted."""
    rows = list(csv.DictReader(io.StringIO(get(site, "/exports/reviews-2026-11.csv"))))
    assert [(row["评论编号"], row["评论内容"], row["商家回复"]) for row in rows] == [
        (review.id, review.text, review.reply or "") for review in site.expected("exports")
    ]
    assert rows


@pytest.mark.parametrize("place", list(VENUES))
def test_a_day_adds_reviews_at_the_head_and_replies_to_old_ones(site: LocalSite, place: str) -> None:
    """On the second day each list is longer at its head, some old reviews have a reply, and nothing else changed."""
    before = {review.id: review for review in site.expected(place)}
    assert site.next_day() == 2
    now = site.expected(place)
    new = [review for review in now if review.id not in before]
    assert len(new) == NEW_EACH_DAY[place] * len(VENUES[place])
    assert {review.written.date() for review in new} == {site.today}
    assert now[: NEW_EACH_DAY[place]] == new[: NEW_EACH_DAY[place]]
    old = [review for review in now if review.id in before]
    assert [review.id for review in old] == list(before)
    answered = [review for review in old if review.reply and not before[review.id].reply]
    assert len(answered) >= 2 * len(VENUES[place])
    assert all(kept(review) == kept(before[review.id]) for review in old)


def kept(review: SiteReview) -> tuple[object, ...]:
    """Return what no day changes."""
    return review.author, review.written, review.rating, review.text, review.product, review.title, review.venue


def test_reviews_are_the_same_for_a_seed_and_differ_between_seeds() -> None:
    """No clock and no chance decides what the reviews are."""
    sites = [LocalSite(seed=seed) for seed in (1, 1, 2)]
    texts = [[review.text for review in site.expected("hotel")] for site in sites]
    assert texts[0] == texts[1] != texts[2]
    assert len(set(texts[0])) == len(texts[0])


def test_hostile_texts_come_whole_through_every_markup() -> None:
    """Markup and code in a text are escaped, so that the text is found as it was written."""
    with LocalSite(hostile=True) as site:
        hostile = [review for place in VENUES for review in site.expected(place) if review.text == HOSTILE_TEXT]
        assert len(hostile) == sum(len(venues) for venues in VENUES.values())
        in_json = [r["reviewBody"] for page in app_pages(site, "shouji-zhang") for r in json_ld_reviews(page)]
        assert HOSTILE_TEXT in in_json
        assert HOSTILE_TEXT in unescape("".join(app_pages(site, "yun-du")))
        assert "<script>alert" not in "".join(app_pages(site, "yun-du"))


def test_incomplete_items_come_besides_the_reviews() -> None:
    """One item a page has no text, in JSON, JSON-LD and HTML."""
    with LocalSite(oddities=Oddities(incomplete=True)) as site:
        food = json.loads(get(site, "/food/api/reviews?shop=12"))["items"]
        apps = json_ld_reviews(get(site, "/apps/shouji-zhang/reviews"))
        with urlopen(f"{site.url}/hotel/101/reviews?page=2", timeout=20) as answer:
            hotel = answer.read().decode("gbk")
        assert len(site.expected("hotel")) == 360
    assert [len([i for i in food if "body" not in i]), len(food)] == [1, 21]
    assert [len([i for i in apps if "reviewBody" not in i]), len(apps)] == [1, 11]
    assert [hotel.count('class="review-text"'), hotel.count("review-item clearfix")] == [15, 16]
