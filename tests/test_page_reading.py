"""What a recipe takes from a page: values by CSS, XPath and JMESPath, links, and the next page of a list."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.web.nodes import PageError, element_text
from sources.web.page import Page
from sources.web.page_reading import FoundLink, joined, read_page
from sources.web.recipe_pages import Selector
from sources.web.selection import Selection
from tests.page_samples import ADDRESS, json_kind, kind_of, page_of

HOTEL = """<html><head><title>云栖</title></head><body><h1>临江云栖酒店</h1>
<div class="r" data-id="7"><i class="star s-star4"></i><p class="t">房间很<b>干净</b>，<br>就是隔音差。</p>
<span class="tag">亲子</span><span class="tag"> 江景 </span><!-- 内部备注 --><script>var x = 1;</script></div>
<div class="r" data-id="8"><p class="t">早餐不错</p></div></body></html>"""


def value(selector: dict[str, Any], page: Page | None = None) -> str | None:
    """Return what a selector finds in the first item of a page."""
    page = page or page_of(HOTEL)
    items = page.kind.items
    assert items is not None
    return Selection(page).parts(items)[0].first(Selector.model_validate(selector))


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({"css": ".t"}, "房间很干净，\n就是隔音差。"),
        ({"css": ".t::text"}, "房间很"),
        ({"css": ".t ::text", "every": "|"}, "房间很|干净|，|就是隔音差。"),
        ({"css": "::attr(data-id)"}, "7"),
        ({"css": "i.star::attr(class)", "pattern": r"s-star(\d)"}, "4"),
        ({"css": "i.star::attr(class)", "pattern": r"s-star\d"}, "s-star4"),
        ({"css": "i.star::attr(class)", "pattern": r"rank(\d)"}, None),
        ({"css": "i.star::attr(class)", "pattern": r"star(9)?"}, None),
        ({"css": ".tag"}, "亲子"),
        ({"css": ".tag", "every": "、"}, "亲子、江景"),
        ({"css": ".none", "every": "、"}, None),
        ({"css": "h1"}, None),
        ({"css": "h1", "within": "page"}, "临江云栖酒店"),
        ({"xpath": ".//p[@class='t']/b"}, "干净"),
        ({"xpath": "string(.//span)"}, "亲子"),
        ({"xpath": "count(.//span)"}, "2"),
        ({"xpath": "boolean(.//em)"}, "false"),
        ({"xpath": ".//*[re:test(@class, '^s|star')]/@class"}, "star s-star4"),
        ({"xpath": "//h1", "within": "page"}, "临江云栖酒店"),
        ({"address": r"hotel/(\d+)"}, "101"),
        ({"address": r"page=\d"}, "page=1"),
        ({"address": r"shop/(\d+)"}, None),
        ({"value": "酒店"}, "酒店"),
        ({"value": "{city}·{none}"}, "杭州·"),
        ({"value": "{none}"}, None),
        ({"css": "p.t", "pattern": "(?s)，(.*)"}, "就是隔音差。"),
    ],
)
def test_values_are_found_in_html(selector: dict[str, Any], expected: str | None) -> None:
    """Text of elements with their lines, attributes, patterns, joined values, and what was carried."""
    assert value(selector, page_of(HOTEL, carried={"city": "杭州"})) == expected


def test_the_text_of_an_element_is_what_a_reader_sees() -> None:
    """Blocks are lines, blanks are one, scripts, styles, comments and templates are not there."""
    body = """<div id="x"> 第一行 \n 还是第一行<p>第二行&nbsp;&nbsp;完</p>第三行<br/><br>第四行
    <ul><li>五</li><li>六</li></ul>
    <script>alert(1)</script><style>p{}</style><noscript>请开启</noscript><template>模板</template><!-- 注 --><?pi x?>
    <b>七</b><i>八</i></div>"""
    tree = page_of(body).tree
    assert element_text(tree).split("\n") == ["第一行 还是第一行", "第二行 完", "第三行", "第四行", "五", "六", "七八"]


def test_hostile_text_stays_text() -> None:
    """Markup, code and templates that a customer typed are words like any other."""
    typed = "<script>alert('x')</script> {{7*7}} {venue} ' OR 1=1 -- ${HOME} %(x)s"
    escaped = typed.replace("<", "&lt;").replace(">", "&gt;")
    assert value({"css": ".t"}, page_of(f'<div class="r"><p class="t">{escaped}</p></div>')) == typed
    assert value({"jmespath": "t"}, page_of(json.dumps({"a": [{"t": typed}]}), json_kind())) == typed


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("很好", "很好"),
        (45, "45"),
        (4.5, "4.5"),
        (5.0, "5"),
        (True, "true"),
        (False, "false"),
        (17320000123456789, "17320000123456789"),
        (None, None),
        ("  ", None),
        ([], None),
        (["单人餐", "双人餐"], "单人餐"),
        ([None, "", "双人餐"], "双人餐"),
        ([["一", "二"], "三"], "一\n二"),
        ({"x": 1}, None),
    ],
)
def test_values_are_found_in_json(content: object, expected: str | None) -> None:
    """Numbers, booleans and lists are texts; null, blanks and objects are nothing."""
    assert value({"jmespath": "v"}, page_of(json.dumps({"a": [{"v": content}]}), json_kind())) == expected


def test_lists_in_json_are_joined() -> None:
    """All dishes of an order stand in one text."""
    page = page_of(json.dumps({"a": [{"v": ["烤鱼", None, "凉茶"]}], "shop": {"name": "沸川"}}), json_kind())
    assert value({"jmespath": "v", "every": "、"}, page) == "烤鱼、凉茶"
    assert value({"jmespath": "shop.name", "within": "page"}, page) == "沸川"


def test_json_in_a_script_is_read() -> None:
    """Items, fields and links come from the JSON that a script assigns; the tree serves for what is next to it."""
    kind = json_kind(
        format="html",
        embedded_json={"css": "script", "pattern": r"(?s)__DATA__\s*=\s*(\{.*\});"},
        fields={"text": {"jmespath": "t"}, "venue": {"css": "h1", "within": "page"}},
        links=[{"page": "detail", "jmespath": "a", "address": {"jmespath": "u"}}],
        next={"link": {"css": "a.next::attr(href)"}},
    )
    body = (
        "<script>var q = 1;</script><h1>云栖</h1><script>window.__DATA__ = "
        '{"a": [{"t": "等了<b>\\n半小时", "u": "/d/1"}]\n};</script><a class="next" href="?page=2">下一页</a>'
    )
    reading = read_page(page_of(body, kind))
    assert reading.items[0].fields == {"text": "等了<b>\n半小时", "venue": "云栖"}
    assert [link.address for link in reading.links] == ["https://reviews.example.com/d/1"]
    assert reading.next is not None
    assert reading.next.address.endswith("page=2")


@pytest.mark.parametrize(
    ("body", "content_type", "encoding"),
    [
        ("<meta charset=gbk><p>评价：很好</p>".encode("gbk"), "text/html", None),
        ("<meta http-equiv=Content-Type content='text/html; charset=gb2312'>评价：很好".encode("gb18030"), None, None),
        ("<p>评价：很好</p>".encode("gb18030"), None, None),
        ("<p>评价：很好</p>".encode("gb18030"), "text/html", None),
        ("<p>评价：很好</p>".encode("gb18030"), "text/html; charset=GBK", None),
        ("<meta charset=utf-8><p>评价：很好</p>".encode("gbk"), "text/html; charset=utf-8", "gbk"),
        ("<p>评价：很好</p>".encode("utf-8-sig"), None, None),
        ("<p>评价：很好</p>".encode("utf-8-sig"), "text/html; charset=utf-8", "utf-8"),
        ("<p>评价：很好</p>".encode(), None, None),
        ("<?xml version='1.0' encoding='gbk'?><p>评价：很好</p>".encode(), "text/html; charset=utf-8", None),
        ("<p>评价：很好</p>".encode("utf-16"), "text/html", None),
    ],
)  # fmt: skip
def test_a_page_is_decoded(body: bytes, content_type: str | None, encoding: str | None) -> None:
    """As the recipe says, else as header or page declare it, else UTF-8 or, for what is not that, GB18030."""
    page = page_of(body, kind_of(encoding=encoding), content_type=content_type)
    assert element_text(page.tree).startswith("评价：很好")


@pytest.mark.parametrize(
    ("body", "content_type", "encoding"),
    [
        ('{"t": "好<meta charset=gbk>评"}'.encode(), "application/json", None),
        ('{"t": "好<meta charset=gbk>评"}'.encode("utf-8-sig"), None, None),
        ('{"t": "好<meta charset=gbk>评"}'.encode("utf-8-sig"), None, "utf-8"),
        ('{"t": "好<meta charset=gbk>评"}'.encode("gbk"), "application/json; charset=GBK", None),
        ('{"t": "好<meta charset=gbk>评"}'.encode("gb18030"), None, None),
    ],
)
def test_json_is_decoded(body: bytes, content_type: str | None, encoding: str | None) -> None:
    """As its header says, else UTF-8 or GB18030: what a customer writes of encodings decides nothing."""
    assert page_of(body, json_kind(encoding=encoding), content_type=content_type).json["t"] == "好<meta charset=gbk>评"


@pytest.mark.parametrize("body", [b"", b" \n ", b"<!-- -->", b"\xef\xbb\xbf", b"\x00", b"<?xml version='1.0'?>"])
def test_an_empty_page_is_told_of(body: bytes) -> None:
    """Nothing that could be looked at is an error of the page."""
    with pytest.raises(PageError, match="expected a page, found an empty answer"):
        read_page(page_of(body))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "expected JSON, found 0 characters of something else"),
        (b"<html>\n <body>login", "expected JSON, found 19 characters of something else"),
        (b'{"a": [{"t": "x"', "expected JSON, found 16 characters of something else"),
        (b"[" * 100_000, "expected JSON, found 100000 characters.*recursion"),
        (b"9" * 5_000, "expected JSON, found 5000 characters.*digits"),
    ],
)
def test_broken_json_is_told_of(body: bytes, told: str) -> None:
    """The message says what is wrong with the answer, and quotes nothing that a customer may have written."""
    with pytest.raises(PageError, match=told):
        read_page(page_of(body, json_kind()))


def test_an_expression_that_does_not_fit_the_page_is_told_of() -> None:
    """A function of JMESPath that got null is an error of the page, not of the crawl."""
    kind = json_kind(items={"jmespath": "sort(a)"})
    with pytest.raises(PageError, match=r"'sort\(a\)' does not fit the page's JSON: In function sort\(\)"):
        read_page(page_of("{}", kind))


@pytest.mark.parametrize("body", ["<div>" * 20_000 + "深", "<p class=t>" * 3_000, "<a href=x>" * 20_000])
def test_deep_nesting_ends_nothing(body: str) -> None:
    """A page of thousands of open elements is read like any other."""
    kind = kind_of(links=[{"page": "detail", "css": "a"}])
    assert read_page(page_of(body, kind)).items == ()


def test_items_have_only_what_the_recipe_names() -> None:
    """Fields, extra values and missing required ones of each item, in the order of the page."""
    kind = kind_of(
        fields={"text": {"css": ".t"}, "own_id": {"css": "::attr(data-id)"}, "rating": {"css": "i::attr(class)"}},
        extra={"标签": {"css": ".tag"}},
        required=["text", "rating"],
    )
    first, second = read_page(page_of(HOTEL, kind)).items
    assert first.fields == {"text": "房间很干净，\n就是隔音差。", "own_id": "7", "rating": "star s-star4"}
    assert (first.extra, first.missing) == ({"标签": "亲子"}, ())
    assert (second.extra, second.missing) == ({}, ("rating",))


def links(body: str, link: dict[str, Any], **page: Any) -> list[FoundLink]:
    """Return the links of a page."""
    return list(read_page(page_of(body, kind_of(links=[{"page": "detail"} | link]), **page)).links)


def test_links_are_found_once_with_what_they_carry() -> None:
    """By the element's own href or its first link; values of the entry and of the pages before are taken along."""
    body = """<ul><li><b>云栖</b><a href="/h/1?b=2&amp;a=1#top">点评</a><a href="/x">订房</a></li>
    <li>无链接</li><li><b>又一次</b><a href="/h/1?a=1&b=2">点评</a></li>
    <li><b>轻居</b><a href="h/2">点评</a></li></ul>"""
    found = links(body, {"css": "li", "carry": {"venue": {"css": "b"}}}, carried={"city": "杭州"})
    assert found == [
        FoundLink("detail", "https://reviews.example.com/h/1?a=1&b=2", {"city": "杭州", "venue": "云栖"}),
        FoundLink("detail", "https://reviews.example.com/hotel/101/h/2", {"city": "杭州", "venue": "轻居"}),
    ]


def test_links_count_from_the_base_of_a_page() -> None:
    """Relative links of a page with a base element count from there, as in a browser; a broken base harms nothing."""
    body = '<base href="/mobile/"><a href="h/2">点评</a>'
    assert links(body, {"css": "a"})[0].address == "https://reviews.example.com/mobile/h/2"
    assert links(body.replace("/mobile/", "http://["), {"css": "a"})[0].address == "h/2"


def test_link_addresses_are_made_of_what_is_carried() -> None:
    """An address with names of the entry, of the start and of none, and one found within the entry."""
    body = '<div class="shop" data-shop="12 &amp; 13"><a href="/shop/12">沸川</a><i data-u="/api/12">i</i></div>'
    carry = {"shop": {"css": "::attr(data-shop)"}}
    made = links(
        body, {"css": ".shop", "carry": carry, "address": {"value": "/api?s={shop}&c={city}"}}, carried={"city": "杭"}
    )
    assert made[0].address == "https://reviews.example.com/api?c=%E6%9D%AD&s=12+%26+13"
    assert links(body, {"css": ".shop", "address": {"css": "i::attr(data-u)"}})[0].address.endswith("/api/12")
    assert links(body, {"css": ".shop a::attr(href)"})[0].address.endswith("/shop/12")
    assert links(body, {"css": ".shop", "address": {"css": "em"}}) == []


def test_links_of_json_have_addresses_within_their_entries() -> None:
    """Each entry of a list in JSON leads to a page."""
    link = {"page": "detail", "jmespath": "a", "address": {"value": "/d/{id}"}, "carry": {"id": {"jmespath": "i"}}}
    kind = json_kind(links=[link])
    found = read_page(page_of('{"a": [{"i": 1, "t": "x"}, {"i": 2, "t": "y"}, {"i": 1, "t": "z"}]}', kind)).links
    assert [link.address.rpartition("/")[2] for link in found] == ["1", "2"]


def following(body: str, how: dict[str, Any], address: str = ADDRESS, **keys: Any) -> str | None:
    """Return the address of the next page."""
    found = read_page(page_of(body, kind_of(next=how, **keys), address=address)).next
    return found.address.removeprefix("https://reviews.example.com") if found else None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<a class="next" href="?page=2">下一页</a>', "/hotel/101/reviews?page=2"),
        ('<a class="next" href="/hotel/101/reviews?page=1#list">下一页</a>', None),
        ('<a class="next" href="">下一页</a>', None),
        ('<span class="next">下一页</span>', None),
    ],
)
def test_a_list_goes_on_by_its_link(body: str, expected: str | None) -> None:
    """Until there is no link, or one to the page itself."""
    assert following(body, {"link": {"css": "a.next::attr(href)"}}) == expected


@pytest.mark.parametrize(
    ("address", "how", "expected"),
    [
        ("/r?page=1", {"number": "page"}, "/r?page=2"),
        ("/r", {"number": "page"}, "/r?page=2"),
        ("/r?page=9&sort=new", {"number": "page"}, "/r?page=10&sort=new"),
        ("/r?start=20", {"number": "start", "step": 20}, "/r?start=40"),
        ("/r", {"number": "start", "step": 20}, "/r?start=20"),
        ("/r?q=%D6%D0&page=1", {"number": "page"}, "/r?page=2&q=%D6%D0"),
        ("/r?page=x", {"number": "page"}, "/r?page=2"),
    ],
)
def test_a_list_goes_on_by_its_number(address: str, how: dict[str, Any], expected: str) -> None:
    """Pages or items counted in the address, whatever else stands there kept, until a page has no item."""
    address = f"https://reviews.example.com{address}"
    assert following('<div class="r"><p class="t">好</p></div>', how, address) == expected
    assert following("<div>没有更多了</div>", how, address) is None


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        ('"MTIz"', "/r?cursor=MTIz"),
        ("1234567890123", "/r?cursor=1234567890123"),
        ('"a&b=c"', "/r?cursor=a%26b%3Dc"),
        ('"下页"', "/r?cursor=%E4%B8%8B%E9%A1%B5"),
        ("null", None),
        ('""', None),
        ('"null"', None),
        ("false", None),
        ('"old"', None),
    ],
)
def test_a_list_goes_on_by_its_cursor(mark: str, expected: str | None) -> None:
    """Until the mark is empty, null, or the one that this page was asked for with."""
    kind = json_kind(next={"cursor": {"jmespath": "next"}, "parameter": "cursor"})
    page = page_of(f'{{"a": [], "next": {mark}}}', kind, address="https://reviews.example.com/r?cursor=old")
    found = read_page(page).next
    assert (found.address.removeprefix("https://reviews.example.com") if found else None) == expected


def test_what_is_carried_goes_on_to_the_next_page() -> None:
    """The venue of a list's first page is that of its second."""
    kind = kind_of(next={"link": {"css": "a::attr(href)"}})
    found = read_page(page_of('<a href="?page=2">下一页</a>', kind, carried={"venue": "云栖"})).next
    assert found is not None
    assert found.carried == {"venue": "云栖"}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/a?b=2&a=1#x", "https://reviews.example.com/a?a=1&b=2"),
        (" /a\n", "https://reviews.example.com/a"),
        ("/点评", "https://reviews.example.com/%E7%82%B9%E8%AF%84"),
        ("HTTPS://Reviews.Example.COM/a", "https://reviews.example.com/a"),
        ("//点评.example/", "https://xn--3pxw09c.example/"),
        ("/s?q=%D6%D0", "https://reviews.example.com/s?q=%D6%D0"),
        ("javascript:void(0)", "javascript:void(0)"),
        ("mailto:a@example.com", "mailto:a@example.com"),
        ("http://[bad", "http://[bad"),
        ("http://h:99999/", "http://h:99999/"),
        ("#x", ADDRESS),
    ],
)
def test_addresses_have_one_spelling(address: str, expected: str) -> None:
    """Order of parameters, case, fragments and blanks make no other page; what is no address stays as it is."""
    assert joined(ADDRESS, address) == expected


@given(st.one_of(st.text(max_size=200), st.text(alphabet="[]:/?#@%.\\ \t\nhtpx01", max_size=40)))
def test_no_link_ends_a_crawl(address: str) -> None:
    """Whatever stands in a href comes back as some text, and as the same when it is joined again."""
    once = joined(ADDRESS, address)
    assert isinstance(joined(once, once), str)


def test_a_very_long_link_is_a_link() -> None:
    """A hundred thousand characters are joined like few."""
    assert len(joined(ADDRESS, "/a?q=" + "好" * 100_000)) > 900_000
