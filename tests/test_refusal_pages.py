"""Pages that stand in the place of what was asked for."""

import json
from urllib.request import urlopen

import pytest

from lexicons.rows import read_rows
from sources.web.nodes import element_text
from sources.web.refusal_pages import REFUSAL_PAGES_PATH, RefusalWords, refusal_of
from tests.local_site import LocalSite
from tests.page_samples import page_of

ROWS = read_rows(REFUSAL_PAGES_PATH, RefusalWords)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.words)
def test_each_example_is_known_for_what_it_is(row: RefusalWords) -> None:
    """The example of a row holds its words and is read as its kind, in whatever case."""
    assert row.words.casefold() in row.example.casefold()
    assert refusal_of(f"酒店点评\n{row.example.upper()}\n返回首页") == row.kind


def test_each_word_stands_once() -> None:
    """No row repeats another one."""
    assert len({row.words.casefold() for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "该酒店暂无点评，快来写第一条吧",
        "共0条评价 登录 注册 酒店 美食 我的订单",
        "系统维护中，请稍后再试",
        "404 Not Found",
        "前台说访问量大，房间要等到三点，异常嘈杂",
    ],
)
def test_ordinary_pages_without_items_are_none(text: str) -> None:
    """An empty list, a page with a link to log in, a notice of another kind."""
    assert refusal_of(text) is None


def test_a_long_page_that_speaks_of_captchas_is_none() -> None:
    """Reviews of an app whose 验证码 never comes are reviews."""
    reviews = "注册收不到验证码，滑块拖了十次都失败，提示操作过于频繁。" * 120
    assert len(reviews) > 3_000
    assert refusal_of(reviews) is None
    assert refusal_of(reviews[:200]) == "captcha"


def test_words_in_json_are_known_with_and_without_escapes() -> None:
    """An interface answers 200 and says in its message that one must log in."""
    answer = {"code": 4003, "msg": "请先登录后查看", "data": []}
    assert refusal_of(json.dumps(answer, ensure_ascii=False)) == "login"
    assert refusal_of(json.dumps(answer)) == "login"
    assert refusal_of(json.dumps({"msg": "注册收不到验证码" * 500})) is None


def test_the_local_site_is_understood() -> None:
    """Its captcha, login and block pages are known; its ordinary pages without reviews are not taken for such."""
    with LocalSite() as site:

        def words(target: str) -> str:
            with urlopen(site.url + target, timeout=20) as answer:
                page = page_of(answer.read(), content_type=answer.headers["Content-Type"])
                return element_text(page.tree)

        assert refusal_of(words("/trouble/captcha")) == "captcha"
        assert refusal_of(words("/login")) == "login"
        assert [refusal_of(words(place)) for place in ("/food/shop/12", "/hotel/", "/board/", "/trouble/circle/1")] == [
            None
        ] * 4
