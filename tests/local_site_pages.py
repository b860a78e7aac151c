"""Pages of the local site for hotels, in GBK, and for the complaint board, in UTF-8: HTML as such sites write it."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from tests.local_site_reviews import VENUES, SiteReview

PER_PAGE = {"hotel": 15, "food": 20, "board": 20, "apps": 10}
"""How many reviews a list page holds."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a place answers; the server adds the length."""

    body: bytes
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Oddities:
    """What is wrong with the contents of pages, whoever asks.

    Attributes:
        layout_from: Hotel lists have other class names from this page on.
        incomplete: Each list page of hotels, food and JSON-LD apps has one more item, without text and date.
        circular: The last page of hotel lists and of the board links to page 1 as its next page.
    """

    layout_from: int | None = None
    incomplete: bool = False
    circular: bool = False


def page_of(place: str, reviews: Sequence[SiteReview], page: int) -> tuple[Sequence[SiteReview], int]:
    """Return the reviews of a page, counted from 1, and the number of pages."""
    size = PER_PAGE[place]
    return reviews[(page - 1) * size : page * size], max(1, -(-len(reviews) // size))


def paragraphs(text: str) -> str:
    """Return a text as HTML, lines parted by ``<br>``."""
    return escape(text).replace("\n", "<br>")


def hotel_index() -> Answer:
    """Return the list of hotels."""
    cards = "".join(
        f"""
  <li class="venue-card">
    <a class="venue-name" href="/hotel/{number}/reviews?page=1">{name}</a>
    <span class="venue-score"><em>4.{int(number) % 7 + 2}</em>/5分</span>
    <span class="price">¥<b>{number}8</b>起</span>
  </li>"""
        for number, name in VENUES["hotel"].items()
    )
    return _gbk(frame("gbk", "酒店点评_栖旅网", f'<ul class="venue-list clearfix">{cards}\n</ul>'))


def hotel_list(venue_id: str, reviews: Sequence[SiteReview], page: int, oddities: Oddities) -> Answer:
    """Return a page of a hotel's reviews, with the link to the next one."""
    shown, pages = page_of("hotel", reviews, page)
    if not shown:
        return Answer(b"<html><body>404</body></html>", "text/html", 404)
    name = VENUES["hotel"][venue_id]
    is_new = oddities.layout_from is not None and page >= oddities.layout_from
    items = [_new_hotel_item(review) if is_new else _hotel_item(review) for review in shown]
    if oddities.incomplete:
        items.insert(2, _incomplete_hotel_item(shown[0]))
    items.insert(min(5, len(items)), _HOTEL_AD)
    body = f"""
<div class="crumb"><a href="/hotel/">酒店</a> &gt; <span>{name}</span></div>
<div class="venue-head">
  <h1 class="venue-title">{name}</h1><span class="total">共<b>{len(reviews)}</b>条点评</span>
</div>
<div class="{"cmt-wrap" if is_new else "review-list"}" id="J_list">{"".join(items)}
</div>
""" + _pager(f"/hotel/{venue_id}/reviews", page, pages, is_circular=oddities.circular)
    return _gbk(frame("gbk", f"{name}点评_第{page}页_栖旅网", body))


_HOTEL_AD = """
  <div class="review-item ad-item">
    <a href="http://ads.invalid/go?slot=3" rel="nofollow"><span class="ad-tag">广告</span><p>双十一订房立减五十</p></a>
  </div>"""


def _hotel_item(review: SiteReview) -> str:
    reply = ""
    if review.reply:
        reply = f"""
      <div class="hotel-reply">
        <div class="reply-hd"><b>酒店回复</b><span class="reply-date">{review.replied}</span></div>
        <p class="reply-text">{paragraphs(review.reply)}</p>
      </div>"""
    return f"""
  <div class="review-item clearfix" data-id="{review.id}">
    <div class="user-box">
      <img class="avatar" alt="" src="//img.invalid/u/{review.id}.png">
      <span class="user-name">{escape(review.author)}</span><span class="user-lv">LV{int(review.id) % 6 + 1}</span>
    </div>
    <div class="review-main">
      <div class="score-line">
        <i class="s-star s-star{review.rating:.0f}"></i>
        <span class="room-type">{review.product}</span>
      </div>
      <div class="review-text"><p>{paragraphs(review.text)}</p></div>
      <div class="review-foot">
        <span class="review-date">{review.date_text}</span>
        <a class="useful" href="javascript:;">有用(<i>{int(review.id) % 13}</i>)</a>
      </div>{reply}
    </div>
  </div>"""


def _incomplete_hotel_item(review: SiteReview) -> str:
    return f"""
  <div class="review-item clearfix" data-id="9{review.id}">
    <div class="user-box"><span class="user-name">{escape(review.author)}</span></div>
    <div class="review-main"><div class="score-line"><i class="s-star s-star4"></i></div></div>
  </div>"""


def _new_hotel_item(review: SiteReview) -> str:
    reply = ""
    if review.reply:
        reply = f"""
    <aside class="cmt-answer">
      <header>酒店回复<time>{review.replied}</time></header><div>{paragraphs(review.reply)}</div>
    </aside>"""
    return f"""
  <article class="cmt-card" id="cmt-{review.id}">
    <header class="cmt-top">
      <strong>{escape(review.author)}</strong><span class="rate rate-{review.rating:.0f}"></span>
      <time class="cmt-when">{review.date_text}</time>
    </header>
    <section class="cmt-words">{paragraphs(review.text)}</section>
    <footer class="cmt-room">{review.product}</footer>{reply}
  </article>"""


def board_list(reviews: Sequence[SiteReview], page: int, oddities: Oddities) -> Answer:
    """Return a page of the list of complaints: titles that lead to a page each, without the texts."""
    shown, pages = page_of("board", reviews, page)
    if not shown:
        return Answer(b"<html><body>404</body></html>", status=404)
    rows = "".join(
        f"""
  <tr class="ts-row">
    <td class="ts-no">{review.id}</td>
    <td class="ts-title">
      <a href="/board/complaint/{review.id}.html" target="_blank">{escape(review.title or "")}</a>
    </td>
    <td class="ts-to">{escape(review.venue)}</td><td class="ts-state">{review.status}</td>
  </tr>"""
        for review in shown
    )
    body = f"""
<div class="board-tabs">
  <a class="on" href="/board/">最新投诉</a><a href="/board/secret-internal.html">内部督办</a>
</div>
<table class="ts-table">
  <thead><tr><th>编号</th><th>标题</th><th>投诉对象</th><th>进度</th></tr></thead>
  <tbody>{rows}
  </tbody>
</table>
""" + _pager("/board/", page, pages, is_circular=oddities.circular)
    return utf8(frame("utf-8", f"最新投诉 第{page}页 - 云诉", body))


def board_detail(review: SiteReview) -> Answer:
    """Return the page of one complaint."""
    answer = ""
    if review.reply:
        answer = f"""
    <li class="step merchant">
      <div class="step-hd">商家回复</div><div class="step-time">{review.replied}</div>
      <div class="step-bd">{paragraphs(review.reply)}</div>
    </li>"""
    title = escape(review.title or "")
    body = f"""
<div class="ts-detail" data-no="{review.id}">
  <h1>{title}</h1>
  <ul class="ts-info">
    <li><label>投诉编号</label><span>{review.id}</span></li>
    <li><label>投诉对象</label><a class="u-com" href="javascript:void(0)">{escape(review.venue)}</a></li>
    <li><label>涉及项目</label><span class="u-item">{review.product}</span></li>
    <li><label>投诉进度</label><b class="u-status">{review.status}</b></li>
    <li><label>满意度</label><span class="stars"><i style="width:{review.rating * 20:.0f}%"></i></span></li>
  </ul>
  <ol class="steps">
    <li class="step first">
      <div class="step-hd"><span class="u-name">{escape(review.author)}</span> 发起投诉</div>
      <div class="step-time">{review.date_text}</div>
      <div class="step-bd">{paragraphs(review.text)}</div>
    </li>{answer}
  </ol>
</div>"""
    return utf8(frame("utf-8", f"{title} - 云诉", body))


def _pager(path: str, page: int, pages: int, *, is_circular: bool) -> str:
    near = range(max(1, page - 2), min(pages, page + 2) + 1)
    numbers = "".join(
        f'<span class="current">{n}</span>' if n == page else f'<a href="{path}?page={n}">{n}</a>' for n in near
    )
    following = page + 1 if page < pages else 1 if is_circular else None
    last = '<span class="next disabled">下一页</span>'
    if following:
        last = f'<a class="next" href="{path}?page={following}">下一页</a>'
    first = f'<a class="prev" href="{path}?page={page - 1}">上一页</a>' if page > 1 else ""
    return f'<div class="pager">{first}{numbers}{last}</div>'


def frame(charset: str, title: str, body: str, head: str = "") -> str:
    """Return a whole page: what all pages have around their contents, most of it of no use to a collector."""
    return f"""<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="{charset}">
<title>{title}</title>
<link rel="stylesheet" href="/static/base.css">
<script>window._pv={{"t":1}};</script>
{head}</head>
<body>
<div class="top-nav">
  <a href="/hotel/">酒店</a><a href="/food/">美食</a><a href="/board/">投诉</a><a href="/apps/">应用</a>
  <a href="/private/orders" class="mine">我的订单</a><a href="/login">登录</a>
</div>
<div class="wrap">
<div class="main-col">
{body}
</div>
<div class="side-col">
  <div class="side-ad"><a href="http://ads.invalid/banner">热门目的地特惠</a></div>
  <div class="hot-words"><a href="/private/search?q=1">早餐</a></div>
</div>
</div>
<div class="footer">本站内容均为虚构 <a href="/about">关于我们</a></div>
</body>
</html>
"""


def _gbk(page: str) -> Answer:
    # What GBK lacks, such as faces, stands as numbers, as on pages of that age; the header names no charset.
    return Answer(page.encode("gbk", "xmlcharrefreplace"), "text/html")


def utf8(page: str) -> Answer:
    """Return a page whose header names its charset."""
    return Answer(page.encode("utf-8"))
