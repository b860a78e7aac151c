"""Reviews that pages mark up as schema.org/Review."""

import json
from typing import Any

import pytest

from sources.web.nodes import PageError
from sources.web.page_reading import read_page
from sources.web.recipe_pages import PageKind
from sources.web.schema_org import schema_reviews
from tests.page_samples import ADDRESS, page_of

REVIEW: dict[str, Any] = {"@type": "Review", "identifier": "7", "reviewBody": "记账很方便"}


def script(value: object) -> str:
    """Return JSON-LD as it stands in a page."""
    return f'<script type="application/ld+json">{json.dumps(value, ensure_ascii=False)}</script>'


def reviews(*values: object) -> list[dict[str, str]]:
    """Return the reviews of a page with some JSON-LD."""
    return schema_reviews(page_of("<p>应用</p>" + "".join(map(script, values))).tree, ADDRESS)


@pytest.mark.parametrize(
    ("value", "venue"),
    [
        ({"@type": "Product", "name": "手记账", "review": [REVIEW]}, "手记账"),
        ({"@type": "Product", "name": "手记账", "review": REVIEW}, "手记账"),
        ([{"@type": "WebSite", "name": "商店"}, {"@type": "App", "name": "手记账", "review": REVIEW}], "手记账"),
        ({"@graph": [{"name": "页"}, {"@type": "Hotel", "name": "云栖", "review": REVIEW}]}, "云栖"),
        ({"@type": "WebPage", "mainEntity": {"@type": "Hotel", "name": "云栖", "review": REVIEW}}, "云栖"),
        ({**REVIEW, "itemReviewed": {"@type": "Hotel", "name": "云栖"}}, "云栖"),
        ({**REVIEW, "itemReviewed": "云栖"}, "云栖"),
        ({"@type": "Product", "name": "套餐", "review": {**REVIEW, "itemReviewed": {"name": "云栖"}}}, "云栖"),
        ({"@type": "ItemList", "itemListElement": [{"item": {**REVIEW, "itemReviewed": "云栖"}}]}, "云栖"),
        ({"@graph": [{"@id": "#h", "name": "云栖"}, {**REVIEW, "itemReviewed": {"@id": "#h"}}]}, "云栖"),
        ({**REVIEW, "itemReviewed": {"@id": "#h"}}, None),
        ([REVIEW], None),
        ({**REVIEW, "@type": ["CriticReview", "Review"]}, None),
        ({**REVIEW, "@type": "https://schema.org/Review"}, None),
        ({**REVIEW, "@type": "schema:UserReview"}, None),
        ({"@graph": [REVIEW, REVIEW]}, None),
    ],
)  # fmt: skip
def test_a_review_is_found_wherever_it_stands(value: object, venue: str | None) -> None:
    """In a thing, a graph, a list or alone, each once, with the name of what it is about."""
    expected = {"text": "记账很方便", "own_id": "7"} | ({"venue": venue} if venue else {})
    assert reviews(value) == [expected]


def test_all_parts_of_a_review_are_read() -> None:
    """Title, author, date, rating, address, and the developer's reply with its date."""
    found = reviews(
        {
            **REVIEW,
            "name": "好用",
            "author": [{"@type": "Person", "name": "爱记账的小林"}],
            "datePublished": "2026-11-03",
            "reviewRating": {"ratingValue": 4, "bestRating": 5},
            "url": "/r/7",
            "comment": [{"@type": "Comment", "text": "谢谢支持", "dateCreated": "2026-11-04"}, {"text": "第二条"}],
        }
    )
    assert found == [
        {
            "text": "记账很方便",
            "title": "好用",
            "own_id": "7",
            "author": "爱记账的小林",
            "published_at": "2026-11-03",
            "rating": "4/5",
            "url": "/r/7",
            "reply_text": "谢谢支持",
            "replied_at": "2026-11-04",
        }
    ]


@pytest.mark.parametrize(
    ("rating", "expected"),
    [
        ({"ratingValue": "4.5"}, "4.5/5"),
        ({"ratingValue": 8, "bestRating": 10}, "8/10"),
        ({"ratingValue": 45, "bestRating": "50"}, "45/50"),
        ({"ratingValue": "80", "bestRating": "100.0"}, "80/100"),
        ({"ratingValue": 3, "bestRating": 4}, "3.750/5"),
        ({"ratingValue": 3, "bestRating": 0}, "3"),
        ({"ratingValue": "四星"}, "四星"),
        ({"ratingValue": ""}, None),
        ({}, None),
        ("5", "5"),
        ([{"ratingValue": 2}], "2/5"),
        (None, None),
        (True, None),
    ],
)
def test_ratings_name_their_scale(rating: object, expected: str | None) -> None:
    """With the full mark of the markup, five where it gives none; brought to five where it is an unusual one."""
    assert reviews({**REVIEW, "reviewRating": rating})[0].get("rating") == expected


def test_what_is_no_review_is_left_out() -> None:
    """An average of ratings, a page's crumbs and a question are no reviews."""
    assert reviews({"@type": "Product", "aggregateRating": {"@type": "AggregateRating", "ratingValue": 4}}, []) == []
    assert reviews({"@type": "Question", "text": "好用吗"}, {"@type": None}, {"@type": "ReviewAction"}) == []


def test_microdata_is_read_like_json() -> None:
    """Lines of the text, nested persons and ratings, the reply, and the name of the thing around."""
    body = """<div itemscope itemtype="https://schema.org/Product"><meta itemprop="name" content="云读小说">
    <div itemprop="review" itemscope itemtype="https://schema.org/Review"><meta itemprop="identifier" content="7">
    <span itemprop="reviewRating" itemscope itemtype="https://schema.org/Rating"><meta itemprop="bestRating"
    content="10"><b itemprop="ratingValue">8</b></span><span itemprop="author" itemscope
    itemtype="https://schema.org/Person"><i itemprop="name">夜读的阿青</i></span>
    <time itemprop="datePublished" datetime="2026-11-03">3天前</time>
    <p itemprop="reviewBody">排版舒服，<br>广告太多 &lt;b&gt;</p><div itemprop="comment" itemscope
    itemtype="https://schema.org/Comment"><p itemprop="text">会改</p></div></div></div>"""
    assert schema_reviews(page_of(body).tree, ADDRESS) == [
        {
            "text": "排版舒服，\n广告太多 <b>",
            "own_id": "7",
            "author": "夜读的阿青",
            "published_at": "2026-11-03",
            "rating": "8/10",
            "venue": "云读小说",
            "reply_text": "会改",
        }
    ]


def test_a_script_that_is_no_json_is_told_of() -> None:
    """The page's error says what was expected where."""
    kind = PageKind.model_validate({"items": {"schema_org": "Review"}})
    with pytest.raises(PageError, match=r"expected JSON in the page's application/ld\+json script"):
        read_page(page_of('<script type="application/ld+json">{"a": </script>', kind))
    deep = '<script type="application/ld+json">' + '{"a":' * 20_000 + "</script>"
    with pytest.raises(PageError, match="nested too deeply"):
        read_page(page_of(deep, kind))


def test_selectors_add_to_the_markup_and_addresses_are_whole() -> None:
    """A field that the markup lacks comes from the page; a missing text is told of."""
    kind = PageKind.model_validate(
        {"items": {"schema_org": "Review"}, "fields": {"venue": {"css": "h1"}}, "required": ["text", "rating"]}
    )
    (item,) = read_page(page_of("<h1>手记账</h1>" + script({**REVIEW, "url": "/r/7"}), kind)).items
    assert item.fields["venue"] == "手记账"
    assert item.fields["url"] == "https://reviews.example.com/r/7"
    assert item.missing == ("rating",)
