"""The recipes that come with the software bring exactly what stands on the pages that they are written for."""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from sources.dates import read_date
from sources.identity import author_key
from sources.web.page import Page
from sources.web.page_reading import read_page
from sources.web.recipe import Recipe
from sources.web.recipe_file import read_recipe, start_addresses
from tests.local_site import LocalSite
from tests.local_site_pages import Oddities
from tests.local_site_reviews import SiteReview
from tests.page_samples import collected, item_rows
from tests.warehouse_samples import KEY, SHANGHAI

ROOT = Path(__file__).resolve().parents[1]
RECIPES = ROOT / "sources" / "recipes"
PLACES = {
    "hotel_pages": "hotel",
    "restaurant_pages": "food",
    "restaurant_feed": "food",
    "complaint_board": "board",
    "app_store": "apps",
    "merchant_interface": "food",
}
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def site() -> Iterator[LocalSite]:
    """Run a site with a hostile text in each list, on its second day, on which the first late replies have come."""
    with LocalSite(hostile=True, day=2) as running:
        yield running


def shipped(name: str) -> Recipe:
    """Return a recipe; the interface is asked for all that it has."""
    recipe = read_recipe(RECIPES / f"{name}.yaml")
    if name != "merchant_interface":
        return recipe
    start = recipe.start[0]
    return recipe.model_copy(
        update={"start": (start.model_copy(update={"address": start.address.replace("{since}", "2020-01-01")}),)}
    )


def rows_of(name: str, site: LocalSite) -> list[dict[str, Any]]:
    """Return the rows that a whole collection lands, in its order, nothing rejected."""
    making, rows = item_rows(), []
    for page, reading in collected(shipped(name), site, site.today):
        brought = making.rows(list(making.ids_of(page, reading.items)), {})
        assert brought.rejects == []
        rows += brought.rows
    return rows


@pytest.fixture(scope="module")
def rows_by_recipe(site: LocalSite) -> Rows:
    """Return what each recipe lands, each collected once for all tests."""
    return {name: rows_of(name, site) for name in PLACES}


def day_told(review: SiteReview, today: date) -> datetime | None:
    """Return the moment that the page's own words for a date tell on a day."""
    return read_date(review.date_text, reference=datetime.combine(today, time(3), SHANGHAI))[0]


@pytest.mark.parametrize("name", PLACES)
def test_a_recipe_brings_every_review_with_every_field(name: str, site: LocalSite, rows_by_recipe: Rows) -> None:
    """Ids, venues, ratings, texts, products, replies and days are those of the site, in its order, each once."""
    expected = site.expected(PLACES[name])
    rows = rows_by_recipe[name]
    if name == "merchant_interface":
        # One list of all restaurants.
        order = {f"site:{review.id}": place for place, review in enumerate(expected)}
        rows.sort(key=lambda row: order[row["review_id"]])
    for row, review in zip(rows, expected, strict=True):
        assert row["review_id"] == f"site:{review.id}"
        assert row["venue_name"] == (review.venue_id if name == "restaurant_feed" else review.venue)
        assert row["rating"] == pytest.approx(review.rating)
        assert row["title"] == review.title
        assert row["product"] == (None if PLACES[name] == "apps" else review.product)
        assert row["author_key"] == author_key(KEY, "site", review.author)
        assert (row["replied_at"].date() if row["replied_at"] else None) == review.replied
        # The site's texts hold nothing to mask but what the hostile one has.
        assert row["text"] == review.text
        assert row["reply_text"] == review.reply


@pytest.mark.parametrize("name", PLACES)
def test_dates_are_those_that_the_page_tells(name: str, site: LocalSite, rows_by_recipe: Rows) -> None:
    """A moment where the page tells one, the day that ``3天前`` or ``上周`` counts back to, a month for ``2个月前``."""
    expected = {f"site:{review.id}": review for review in site.expected(PLACES[name])}
    for row in rows_by_recipe[name]:
        review, told = expected[row["review_id"]], row["published_at"]
        if name in ("restaurant_feed", "merchant_interface"):
            assert told == review.written
        elif name == "complaint_board":
            assert told == review.written.replace(second=0)
        else:
            assert told == day_told(review, site.today)
            assert abs(told.date() - review.written.date()) <= timedelta(days=31)


def test_authors_differ_in_their_keys_alone(site: LocalSite, rows_by_recipe: Rows) -> None:
    """As many keys as names, and no name anywhere in a row."""
    rows, expected = rows_by_recipe["hotel_pages"], site.expected("hotel")
    assert len({row["author_key"] for row in rows}) == len({review.author for review in expected})
    longest = max((review.author for review in expected), key=len)
    assert longest not in json.dumps(rows, ensure_ascii=False, default=str)


def test_a_complaint_keeps_its_status(site: LocalSite, rows_by_recipe: Rows) -> None:
    """What no field takes stands among the extra values."""
    found = [json.loads(row["extra"])["处理状态"] for row in rows_by_recipe["complaint_board"]]
    assert found == [review.status for review in site.expected("board")]


@pytest.mark.parametrize("name", ["hotel_pages", "restaurant_pages", "app_store"])
def test_items_without_a_text_are_told_of(name: str) -> None:
    """An item that a page shows without its text is rejected with the page and the field, all others are landed."""
    making, landed, rejects = item_rows(), 0, []
    with LocalSite(oddities=Oddities(incomplete=True)) as site:
        for page, reading in collected(shipped(name), site, site.today):
            brought = making.rows(list(making.ids_of(page, reading.items)), {})
            landed += len(brought.rows)
            rejects += brought.rejects
        assert landed == len(site.expected(PLACES[name]))
    assert {reject.reason for reject in rejects} == {"missing_field"}
    assert all("expected text in item 3, found none" in reject.detail for reject in rejects)


@pytest.mark.parametrize("name", ["hotel_pages", "complaint_board"])
def test_a_list_that_goes_round_in_a_circle_brings_each_review_once(name: str) -> None:
    """A last page that links to the first one adds nothing."""
    making, ids = item_rows(), []
    with LocalSite(oddities=Oddities(circular=True)) as site:
        for page, reading in collected(shipped(name), site, site.today):
            ids += [item_id for _, item_id in making.ids_of(page, reading.items)]
        assert ids == [f"site:{review.id}" for review in site.expected(PLACES[name])]


def test_the_interface_is_asked_for_the_last_thirty_days() -> None:
    """The start address names the day thirty days back."""
    starts = list(start_addresses(read_recipe(RECIPES / "merchant_interface.yaml"), RECIPES, date(2026, 11, 5)))
    assert starts == [
        ("reviews", "https://reviews.example.com/rest/v1/reviews?since=2026-10-06", {"since": "2026-10-06"})
    ]


def test_every_shipped_recipe_is_tried_here() -> None:
    """No recipe in the folder is left out of this file."""
    assert {path.stem for path in RECIPES.glob("*.yaml")} == set(PLACES)


@pytest.mark.parametrize("document", ["collecting.md", "collecting.zh-CN.md"])
def test_the_recipe_that_the_documents_explain_can_be_used(document: str, tmp_path: Path) -> None:
    """What people copy first is a whole recipe, and takes what it says from the page that it is of."""
    text = (ROOT / "docs" / document).read_text("utf-8")
    (found,) = re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL)
    path = tmp_path / "guestbook.yaml"
    path.write_text(found, "utf-8")
    recipe = read_recipe(path)
    assert set(recipe.pages) == {"hotels", "reviews"}
    with LocalSite() as site:
        body = urlopen(f"{site.url}/hotel/101/reviews?page=1").read()
        address = "https://reviews.example.com/hotel/101/reviews?page=1"
        now, carried = datetime(2026, 11, 5, tzinfo=SHANGHAI), {"venue": "临江云栖酒店"}
        items = read_page(Page("reviews", recipe.pages["reviews"], address, body, now, carried=carried)).items
        assert [item.fields["own_id"] for item in items] == [review.id for review in site.expected("hotel")[:15]]
    assert {item.fields["venue"] for item in items} == {"临江云栖酒店"}
    assert not any(item.missing for item in items)
