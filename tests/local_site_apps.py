"""Pages of the local site's app store, marked up after schema.org: JSON-LD on some, microdata on others."""

import json
from collections.abc import Sequence
from html import escape
from typing import Any

from tests.local_site_pages import Answer, Oddities, frame, page_of, paragraphs, utf8
from tests.local_site_reviews import VENUES, SiteReview

MARKUP = {"shouji-zhang": "json-ld", "yun-du": "microdata", "chuxing-tong": "graph"}
"""How each app's reviews are marked up; ``graph`` is JSON-LD with an ``@graph``, after a block about something else."""


def apps_index() -> Answer:
    """Return the list of apps."""
    cards = "".join(
        f"""
  <li><a class="app-link" href="/apps/{key}/reviews">{name}</a><i class="dl">{len(key) * 37}万次下载</i></li>"""
        for key, name in VENUES["apps"].items()
    )
    return utf8(frame("utf-8", "应用榜单 - 果壳应用", f'<ol class="app-rank">{cards}\n</ol>'))


def apps_page(app: str, reviews: Sequence[SiteReview], page: int, oddities: Oddities) -> Answer:
    """Return a page of an app's reviews; the next one is in ``<link rel="next">`` and in ``<a rel="next">``."""
    shown, pages = page_of("apps", reviews, page)
    if not shown:
        return Answer(b"<html><body>404</body></html>", status=404)
    name = VENUES["apps"][app]
    following = f"/apps/{app}/reviews?page={page + 1}" if page < pages else None
    head = f'<link rel="next" href="{following}">\n' if following else ""
    if MARKUP[app] == "microdata":
        body = _microdata(name, shown)
    else:
        head += _json_ld(name, reviews, shown, oddities, has_graph=MARKUP[app] == "graph")
        # In the page as people see it the texts are cut: only the markup has them whole.
        body = "".join(f'\n<p class="rv">{escape(review.text[:24])}…</p>' for review in shown)
    link = f'<a rel="next" class="more" href="{following}">下一页</a>' if following else ""
    contents = f"""<h1>{name}</h1>
<div class="rv-list">{body}
</div>
<div class="rv-pager">第{page}/{pages}页 {link}</div>"""
    return utf8(frame("utf-8", f"{name} 评价 - 果壳应用", contents, head))


def _json_ld(
    name: str, reviews: Sequence[SiteReview], shown: Sequence[SiteReview], oddities: Oddities, *, has_graph: bool
) -> str:
    items = [_review(review) for review in shown]
    if oddities.incomplete:
        items.insert(2, {"@type": "Review", "identifier": f"9{shown[0].id}", "reviewRating": _stars(4)})
    mean = sum(review.rating for review in reviews) / len(reviews)
    product: dict[str, Any] = {
        "@type": "Product",
        "name": name,
        "aggregateRating": {"@type": "AggregateRating", "ratingValue": f"{mean:.1f}", "reviewCount": len(reviews)},
        "review": items,
    }
    if not has_graph:
        return _script({"@context": "https://schema.org", **product})
    crumbs = {"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": []}
    page = {"@type": "WebPage", "name": f"{name} 评价"}
    return _script(crumbs) + _script({"@context": "https://schema.org", "@graph": [page, product]})


def _review(review: SiteReview) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@type": "Review",
        "identifier": review.id,
        "name": review.title,
        "author": {"@type": "Person", "name": review.author},
        "datePublished": review.date_text,
        "reviewRating": _stars(review.rating),
        "reviewBody": review.text,
        "version": review.product,
    }
    if review.reply:
        answerer = {"@type": "Organization", "name": "开发者"}
        found["comment"] = {
            "@type": "Comment",
            "author": answerer,
            "text": review.reply,
            "dateCreated": f"{review.replied}",
        }
    return found


def _stars(rating: float) -> dict[str, Any]:
    return {"@type": "Rating", "ratingValue": f"{rating:.0f}", "bestRating": "5", "worstRating": "1"}


def _script(value: object) -> str:
    # A text with </script> in it must not end the block.
    words = json.dumps(value, ensure_ascii=False, indent=1).replace("</", "<\\/")
    return f'<script type="application/ld+json">\n{words}\n</script>\n'


def _microdata(name: str, shown: Sequence[SiteReview]) -> str:
    items = "".join(_microdata_item(review) for review in shown)
    return f"""
<div itemscope itemtype="https://schema.org/Product">
  <meta itemprop="name" content="{name}">{items}
</div>"""


def _microdata_item(review: SiteReview) -> str:
    reply = ""
    if review.reply:
        reply = f"""
    <div class="dev" itemprop="comment" itemscope itemtype="https://schema.org/Comment">
      <b>开发者回复</b> <time itemprop="dateCreated" datetime="{review.replied}">{review.replied}</time>
      <p itemprop="text">{paragraphs(review.reply)}</p>
    </div>"""
    stars = f"{review.rating:.0f}"
    return f"""
  <div class="rv" itemprop="review" itemscope itemtype="https://schema.org/Review">
    <meta itemprop="identifier" content="{review.id}">
    <h5 itemprop="name">{escape(review.title or "")}</h5>
    <span itemprop="reviewRating" itemscope itemtype="https://schema.org/Rating">
      <meta itemprop="bestRating" content="5"><span itemprop="ratingValue">{stars}</span>星
    </span>
    <span itemprop="author" itemscope itemtype="https://schema.org/Person">
      <span itemprop="name">{escape(review.author)}</span>
    </span>
    <time itemprop="datePublished" datetime="{review.date_text}">{review.date_text}</time>
    <em>版本 <span itemprop="version">{review.product}</span></em>
    <p itemprop="reviewBody">{paragraphs(review.text)}</p>{reply}
  </div>"""
