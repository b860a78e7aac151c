"""Items of pages as rows: masked, identified, and the known ones told apart from night to night."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.identity import ReviewIds, author_key
from sources.record import ReviewRecord
from sources.web.item_rows import ItemRows, KnownItem, PageRows
from sources.web.page import Page
from sources.web.page_reading import read_page
from sources.web.recipe_pages import PageKind
from sources.web.row_batches import pack_rows, unpack_rows
from tests.page_samples import ADDRESS, FETCHED_AT, item_rows, json_kind, page_of
from tests.warehouse_samples import KEY, SHANGHAI

FIELDS = ("own_id", "venue", "author", "text", "title", "rating", "product", "published_at", "reply_text", "replied_at")
PLAIN = json_kind(
    items={"jmespath": "@"},
    fields={name: {"jmespath": name} for name in FIELDS},
    extra={"联系电话": {"jmespath": "phone"}, "备注": {"jmespath": "note"}},
)


def page(*items: dict[str, Any], kind: PageKind = PLAIN, **values: Any) -> Page:
    """Return a page of items."""
    return page_of(json.dumps(items, ensure_ascii=False), kind, **values)


def brought(making: ItemRows, shown: Page, known: dict[str, KnownItem] | None = None) -> PageRows:
    """Return what a page brings, and remember it as the frontier does."""
    read = list(making.ids_of(shown, read_page(shown).items))
    known = {} if known is None else known
    result = making.rows(read, known)
    known.update({item.item_id: item for item in result.seen})
    return result


def row(**item: Any) -> dict[str, Any]:
    """Return the row of one item."""
    (only,) = brought(item_rows(), page({"text": "房间很干净"} | item)).rows
    return only


def test_a_review_is_masked_before_anything_else() -> None:
    """Numbers in texts, the author's name in the reply, and columns of contact data; the author is a key."""
    found = brought(
        item_rows(),
        page(
            {
                "own_id": "7",
                "author": "蓝鲸旅人",
                "text": "联系我 13812345678",
                "reply_text": "尊敬的蓝鲸旅人，请拨 13912345678",
                "phone": "13712345678",
                "note": "加微信 wx_blue2024",
                "product": "大床房 13812345678",
            }
        ),
    )
    (only,) = found.rows
    written = json.dumps(found.rows, ensure_ascii=False, default=str)
    assert not [number for number in ("13812345678", "13912345678", "13712345678") if number in written]
    assert "蓝鲸旅人" not in written
    assert only["author_key"] == author_key(KEY, "site", "蓝鲸旅人")
    assert "[姓名]" in str(only["reply_text"])
    assert found.authors == {"蓝鲸旅人"}
    assert found.masked.total() >= 4


def test_only_what_the_recipe_names_is_kept() -> None:
    """A field of the page that the recipe does not name stands nowhere in the row."""
    only = row(own_id="7", note="靠窗", advert="不该有的", rating="4", published_at="2026-11-03 14:22")
    assert "不该有的" not in json.dumps(only, ensure_ascii=False, default=str)
    assert json.loads(str(only["extra"])) == {"备注": "靠窗"}
    assert (only["review_id"], only["rating"], only["rating_raw"]) == ("site:7", 4.0, "4")
    assert only["published_at"] == datetime(2026, 11, 3, 14, 22, tzinfo=SHANGHAI)
    assert (only["source"], only["url"], only["row_number"]) == ("site", ADDRESS, 1)


def test_an_item_without_a_required_field_is_rejected() -> None:
    """With the page and what was missing; the author's name and numbers are hidden in what is shown of it."""
    found = brought(item_rows(), page({"text": "好"}, {"own_id": "8", "author": "蓝鲸旅人", "phone": "13812345678"}))
    (reject,) = found.rejects
    assert len(found.rows) == 1
    assert (reject.reason, reject.row_number) == ("missing_field", 2)
    assert reject.detail == f"{ADDRESS}: expected text in item 2, found none"
    assert "蓝鲸旅人" not in reject.raw
    assert "13812345678" not in reject.raw


def test_stars_without_words_are_rejected_once() -> None:
    """They stand in their list for years: the next night knows them, and takes them when words are added."""
    known: dict[str, KnownItem] = {}
    silent = {"own_id": "8", "rating": "5", "published_at": "3天前"}
    first = brought(item_rows(1), page(silent, silent), known)
    assert (len(first.rejects), first.duplicates) == (2, 0)
    later = page(silent, fetched_at=FETCHED_AT + timedelta(days=1))
    again = brought(item_rows(2), later, known)
    assert (again.rejects, again.unchanged, again.rows) == ([], 1, [])
    spoken = brought(item_rows(3), page(silent | {"text": "还不错"}), known)
    assert (len(spoken.rows), spoken.new) == (1, 1)


def test_every_author_of_a_page_is_named_to_be_hidden() -> None:
    """Those of rejected items and of duplicates too, and of no other page."""
    making = item_rows()
    twice = {"own_id": "7", "text": "好", "author": "夜读的阿青"}
    first = brought(making, page({"author": "蓝鲸旅人"}, {"text": "NULL", "author": "爱吃鱼的猫"}, twice))
    assert first.authors == {"蓝鲸旅人", "爱吃鱼的猫", "夜读的阿青"}
    second = brought(making, page(twice, address=f"{ADDRESS}2"))
    assert (second.duplicates, second.authors) == (1, {"夜读的阿青"})


def test_an_item_whose_text_is_no_text_is_rejected() -> None:
    """A text cell that says nothing of a guest is told of with its page."""
    (reject,) = brought(item_rows(), page({"text": "NULL"})).rejects
    assert reject.reason == "empty_text"
    assert reject.detail.startswith(f"{ADDRESS}: ")


def test_the_venue_of_the_source_stands_in() -> None:
    """A site of one hotel needs no venue on its pages; one that a page names wins."""
    items = page({"text": "好", "own_id": "1"}, {"text": "好", "own_id": "2", "venue": "青梧里轻居"})
    rows = brought(item_rows(venue="临江云栖酒店"), items).rows
    assert [only["venue_name"] for only in rows] == ["临江云栖酒店", "青梧里轻居"]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("刚刚", "2026-11-05"),
        ("昨天 14:30", "2026-11-04"),
        ("3天前", "2026-11-02"),
        ("上周", "2026-10-29"),
        ("上周五", "2026-10-30"),
        ("2026-11-03", "2026-11-03"),
        (1793750400000, "2026-11-04"),
    ],
)
def test_dates_count_from_when_the_page_came(told: object, expected: str) -> None:
    """``3天前`` is three days before the answer, in Shanghai, whatever zone the clock has."""
    for fetched_at in (FETCHED_AT, FETCHED_AT.astimezone(UTC)):
        shown = page({"text": "好", "own_id": "7", "published_at": told}, fetched_at=fetched_at)
        (only,) = brought(item_rows(), shown).rows
        assert str(only["published_at"])[:10] == expected
        assert only["published_precision"] == ("second" if told == 1793750400000 else "day")


def test_a_known_review_keeps_its_first_day() -> None:
    """``2周前`` means another day each night; a reply lands the review again under the day that was told first."""
    known: dict[str, KnownItem] = {}
    item = {"own_id": "7", "text": "隔音差", "published_at": "2周前"}
    (first,) = brought(item_rows(1), page(item), known).rows
    assert str(first["published_at"])[:10] == "2026-10-22"
    later = FETCHED_AT + timedelta(days=3)
    again = brought(item_rows(2), page(item, fetched_at=later), known)
    assert (again.rows, again.unchanged) == ([], 1)
    answered = brought(item_rows(3), page(item | {"reply_text": "抱歉"}, fetched_at=later), known)
    assert (len(answered.rows), answered.new) == (1, 0)
    assert str(answered.rows[0]["published_at"])[:10] == "2026-10-22"


@pytest.mark.parametrize("author", ["蓝鲸旅人", "匿名用户", None])
def test_a_drifting_date_makes_no_new_review(author: str | None) -> None:
    """On a site without ids of its own ``2周前`` stands in no id, so that the review is known the next night."""
    known: dict[str, KnownItem] = {}
    item = {"text": "隔音差", "published_at": "2周前", "author": author}
    (first,) = brought(item_rows(1), page(item), known).rows
    assert str(first["review_id"]).endswith(".none.0")
    assert str(first["published_at"])[:10] == "2026-10-22"
    again = brought(item_rows(2), page(item, fetched_at=FETCHED_AT + timedelta(days=1)), known)
    assert (again.rows, again.unchanged) == ([], 1)
    assert str(row(text="好", published_at="2026-11-03")["review_id"]).endswith(".20261103.0")


def test_a_review_that_moves_on_to_the_next_page_is_the_same() -> None:
    """New reviews push the last one of a page to the next while the crawl reads: it is landed once."""
    for item in ({"own_id": "7"}, {"author": "蓝鲸旅人", "published_at": "2026-11-03"}):
        making, known = item_rows(), {}  # type: ItemRows, dict[str, KnownItem]
        shown = {"text": "早餐不错"} | item
        first = brought(making, page(shown), known)
        second = brought(making, page(shown, address=ADDRESS.replace("page=1", "page=2")), known)
        assert (len(first.rows), len(second.rows), second.duplicates) == (1, 0, 1)


def test_reviews_of_nameless_guests_are_numbered() -> None:
    """Two guests who wrote 很好 on one day are two reviews, in one crawl and after an interruption alike."""
    guest = {"text": "很好", "published_at": "2026-11-03", "author": "匿名用户"}
    whole = [str(r["review_id"]) for r in brought(item_rows(), page(guest, guest, guest)).rows]
    assert [review_id.rpartition(".")[2] for review_id in whole] == ["0", "1", "2"]
    known: dict[str, KnownItem] = {}
    before = brought(item_rows(), page(guest, guest), known)
    assert all(item.counted for item in before.seen)
    resumed = item_rows()
    resumed.take_up(before.seen)
    after = brought(resumed, page(guest), known)
    assert [r["review_id"] for r in (*before.rows, *after.rows)] == whole


def test_a_named_guest_is_known_after_an_interruption() -> None:
    """The same review of the same person is a duplicate of what the crawl brought before it was interrupted."""
    item = {"text": "很好", "published_at": "2026-11-03", "author": "蓝鲸旅人"}
    known: dict[str, KnownItem] = {}
    before = brought(item_rows(), page(item), known)
    assert not before.seen[0].counted
    resumed = item_rows()
    resumed.take_up(before.seen)
    again = brought(resumed, page(item), known)
    assert (again.rows, again.duplicates) == ([], 1)


def test_ids_count_on_from_what_was_given() -> None:
    """A remembered number is not given again, and a smaller one takes nothing back."""
    ids = ReviewIds(KEY, "site.cn")
    record = ReviewRecord(row_number=1, text="很好")
    first = ids.assign(record, None)
    assert first is not None
    counted = ReviewIds(KEY, "site.cn")
    counted.remember(first.removesuffix(".0") + ".4")
    counted.remember(first)
    assert counted.assign(record, None) == first.removesuffix(".0") + ".5"


ITEMS = st.fixed_dictionaries(
    {"text": st.sampled_from(["", "很好", "隔音差", "等了半小时"])},
    optional={
        "own_id": st.sampled_from(["1", "2", "3"]),
        "author": st.sampled_from(["蓝鲸旅人", "匿名用户", "夜读的阿青"]),
        "rating": st.sampled_from(["1", "5", "好评"]),
        "published_at": st.sampled_from(["2026-11-03", "3天前", "不详"]),
        "reply_text": st.sampled_from(["谢谢", "抱歉"]),
    },
)


@settings(max_examples=60)
@given(st.lists(st.lists(st.lists(ITEMS, max_size=6), max_size=4), max_size=3))
def test_every_item_is_counted_once(crawls: list[list[list[dict[str, str]]]]) -> None:
    """On every page of every crawl ``items = landed + unchanged + duplicates + rejected``, and rows fit the tables."""
    known: dict[str, KnownItem] = {}
    for number, pages in enumerate(crawls, start=1):
        making = item_rows(number)
        for place, items in enumerate(pages):
            found = brought(making, page(*items, address=f"{ADDRESS}{place}"), known)
            assert len(items) == len(found.rows) + found.unchanged + found.duplicates + len(found.rejects)
            assert 0 <= found.new <= len(found.rows)
            assert unpack_rows(pack_rows(found.rows)).to_pylist() == unpack_rows(pack_rows(found.rows)).to_pylist()
            assert unpack_rows(pack_rows(found.rows)).num_rows == len(found.rows)


@settings(max_examples=60)
@given(st.lists(st.lists(ITEMS, max_size=6), max_size=4))
def test_a_second_crawl_of_the_same_pages_lands_nothing(pages: list[list[dict[str, str]]]) -> None:
    """A site that has not changed brings no row the next night; what was interrupted brings each row once."""
    # A site tells one thing of an id.
    told = {item["own_id"]: item for items in pages for item in items if "own_id" in item}
    pages = [[told.get(item.get("own_id", ""), item) for item in items] for items in pages]
    known: dict[str, KnownItem] = {}
    landed: list[str] = []
    for number in (1, 2):
        making = item_rows(number)
        found = [brought(making, page(*items), known) for items in pages]
        rows = [row for one in found for row in one.rows]
        landed += [str(row["review_id"]) for row in rows]
        assert number == 1 or not rows
        assert number == 1 or not any(one.rejects for one in found)
    assert len(landed) == len(set(landed))


def test_rows_come_back_from_their_bytes_as_they_were() -> None:
    """Types and nulls are kept; no row is no byte."""
    rows = brought(item_rows(), page({"text": "很好", "own_id": "7", "published_at": "2026-11-03 14:22"})).rows
    (back,) = unpack_rows(pack_rows(rows)).to_pylist()
    assert back == rows[0]
    assert pack_rows([]) == b""
    assert unpack_rows(b"").num_rows == 0
    assert unpack_rows(b"").schema == unpack_rows(pack_rows(rows)).schema
