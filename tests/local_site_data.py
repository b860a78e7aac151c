"""Food reviews as paged JSON and as a scroll by cursor, a REST interface behind a token, and a month as CSV."""

import csv
import io
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from tests.local_site_pages import Answer, Oddities, frame, page_of, utf8
from tests.local_site_reviews import SHANGHAI, VENUES, SiteReview

SCROLL_SIZE = 10
REST_SIZE = 25
_JSON = "application/json; charset=utf-8"


def food_index() -> Answer:
    """Return the list of restaurants; their reviews are not in it but come by JSON."""
    cards = "".join(
        f"""
  <div class="shop-card" data-shop="{number}"><h3><a href="/food/shop/{number}">{name}</a></h3></div>"""
        for number, name in VENUES["food"].items()
    )
    return utf8(frame("utf-8", "附近美食 - 食报", f'<div class="shop-list">{cards}\n</div>'))


def food_shop(shop: str) -> Answer:
    """Return a restaurant's page: a shell that a script fills in a browser."""
    body = f"""
<h1>{VENUES["food"][shop]}</h1>
<div id="app" data-shop="{shop}" data-api="/food/api/reviews?shop={shop}&amp;page=1">加载中…</div>
<script>window.__SHOP__ = {{"id": {shop}, "feed": "/food/api/feed?shop={shop}"}};</script>"""
    return utf8(frame("utf-8", f"{VENUES['food'][shop]} - 食报", body))


def food_page(reviews: Sequence[SiteReview], page: int, oddities: Oddities) -> Answer:
    """Return a page of a restaurant's reviews; behind the last one the list is empty."""
    shown, pages = page_of("food", reviews, page)
    items: list[dict[str, Any]] = [_food_item(review) for review in shown]
    if oddities.incomplete and items:
        items.insert(2, {"reviewId": f"9{shown[0].id}", "user": {"nick": shown[0].author}, "star": 40})
    return _json({"code": 200, "total": len(reviews), "page": page, "pages": pages, "items": items})


def food_scroll(reviews: Sequence[SiteReview], cursor: str) -> Answer:
    """Return what comes after a cursor (the newest for an empty one), and the next cursor or null."""
    shown, following = _after(reviews, cursor, SCROLL_SIZE)
    data = [
        {
            "id": int(review.id),
            "nickname": review.author,
            "score": int(review.rating * 10),
            "ctime": int(review.written.timestamp() * 1000),
            "content": review.text,
            "dishes": [review.product],
            "reply": review.reply or "",
            "replyTime": _milliseconds(review.replied) if review.replied else None,
        }
        for review in shown
    ]
    return _json({"next": following, "data": data})


def rest_page(reviews: Sequence[SiteReview], since: str, cursor: str) -> Answer:
    """Return what was written or answered on or after a day, newest first, and the next cursor or null."""
    try:
        begin = date.fromisoformat(since) if since else date.min
    except ValueError:
        return _json({"error": "since: expected a date as 2026-11-01"}, 400)
    changed = [review for review in reviews if _updated(review) >= begin]
    shown, following = _after(changed, cursor, REST_SIZE)
    found = [
        {
            "review_id": review.id,
            "shop": {"id": review.venue_id, "name": review.venue},
            "author": {"nickname": review.author},
            "rating": review.rating,
            "content": review.text,
            "item": review.product,
            "created_at": review.written.isoformat(),
            "updated_at": _updated(review).isoformat(),
            "reply": {"content": review.reply, "date": f"{review.replied}"} if review.reply else None,
        }
        for review in shown
    ]
    return _json({"reviews": found, "next_cursor": following})


def unauthorised() -> Answer:
    """Return what a request without the right token gets."""
    answer = _json({"error": "invalid or missing token"}, 401)
    return Answer(answer.body, _JSON, 401, (("WWW-Authenticate", 'Bearer realm="reviews"'),))


def export_csv(reviews: Sequence[SiteReview], name: str) -> Answer:
    """Return reviews as the CSV export of a hotel's back office, with a byte order mark for Excel."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(("评论编号", "酒店名称", "用户昵称", "评分", "评论时间", "评论内容", "房型", "商家回复", "回复时间"))
    for review in reviews:
        when = f"{review.written:%Y-%m-%d %H:%M:%S}"
        table.writerow(
            (review.id, review.venue, review.author, f"{review.rating:.0f}", when, review.text, review.product,
             review.reply or "", review.replied or "")
        )  # fmt: skip
    headers = (("Content-Disposition", f'attachment; filename="{name}"'),)
    return Answer(out.getvalue().encode("utf-8-sig"), "text/csv", headers=headers)


def _food_item(review: SiteReview) -> dict[str, Any]:
    reply = {"content": review.reply, "time": f"{review.replied}"} if review.reply else None
    return {
        "reviewId": review.id,
        "user": {"nick": review.author, "level": int(review.id) % 8},
        "star": int(review.rating * 10),
        "addTime": review.date_text,
        "body": review.text,
        "dish": [review.product],
        "pics": [],
        "shopReply": reply,
    }


def _after(reviews: Sequence[SiteReview], cursor: str, size: int) -> tuple[Sequence[SiteReview], str | None]:
    """Return what stands behind the review that a cursor names; new reviews at the head do not shift it."""
    start = 0
    if cursor:
        try:
            last = urlsafe_b64decode(cursor).decode("ascii")
        except (Error, UnicodeDecodeError):
            last = ""
        start = next((place + 1 for place, review in enumerate(reviews) if review.id == last), len(reviews))
    shown = reviews[start : start + size]
    is_last = start + size >= len(reviews)
    return shown, None if is_last else urlsafe_b64encode(shown[-1].id.encode("ascii")).decode("ascii")


def _updated(review: SiteReview) -> date:
    return max(review.written.date(), review.replied or date.min)


def _milliseconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).timestamp() * 1000)


def _json(value: object, status: int = 200) -> Answer:
    return Answer(json.dumps(value, ensure_ascii=False).encode("utf-8"), _JSON, status)
