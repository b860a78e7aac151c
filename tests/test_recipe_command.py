"""``kesheng recipe``: recipes checked, tried on saved pages and drafted from one, without asking any site."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.command_line import app
from sources.dates import SHANGHAI
from sources.web.crawl_records import NotDone, PageDone, PageRequest
from sources.web.crawling import frontier_path
from sources.web.frontier import Frontier
from sources.web.recipe_file import RecipeError, read_recipe

RECIPES = Path(__file__).parents[1] / "sources" / "recipes"
LIST_PAGE = """<html><body><h1>云栖湖畔酒店</h1>
<div class="review-item" data-id="7"><span class="user-name">小雨天晴</span><i class="s-star s-star2"></i>
<div class="review-text">前台让我打 13800138000 找经理，<br>等了一个小时。</div>
<span class="review-date">2026-11-03</span></div>
<div class="review-item" data-id="8"><div class="review-text"></div></div>
<a class="next" href="?page=2">下一页</a></body></html>"""
MARKED_UP = """<html><body><script type="application/ld+json">
{"@type": "Product", "name": "手记账", "review": [
{"@type": "Review", "identifier": "9", "reviewBody": "会员费太贵了。"}]}
</script><a href="/reviews?page=2">下一页</a></body></html>"""


def _run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["recipe", *arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def _saved(folder: Path, text: str) -> Path:
    path = folder / "page.html"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("recipe", sorted(RECIPES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_recipe_is_read_and_tells_where_it_begins(recipe: Path) -> None:
    """The gallery in sources/recipes is what people copy from: none of it may be wrong."""
    status, shown = _run("check", str(recipe))
    assert status == 0
    assert "begins at https://reviews.example.com/" in shown


def test_a_trial_shows_masked_reviews_and_counts_what_has_no_text(tmp_path: Path) -> None:
    """The phone number is masked, the author hidden; the item without a text is named, and the status is 1."""
    page = _saved(tmp_path, LIST_PAGE)
    status, shown = _run("check", str(RECIPES / "hotel_pages.yaml"), "--page", str(page), "--as", "reviews", "--json")
    told = json.loads(shown)
    assert status == 1
    assert told["items"] == 2
    assert told["reviews"][0]["text"] == "前台让我打 [手机号] 找经理，\n等了一个小时。"
    assert told["reviews"][0]["author"] == "[姓名]"
    assert told["reviews"][0]["rating"] == "2.0"
    assert "expected text in item 2" in told["rejects"][0]
    assert "小雨天晴" not in shown
    assert told["next"].endswith("/hotel/?page=2")


def test_a_trial_asks_which_kind_of_page_it_is(tmp_path: Path) -> None:
    """A recipe's page without items is tried only where it is named."""
    recipe = tmp_path / "two.yaml"
    text = (RECIPES / "hotel_pages.yaml").read_text("utf-8")
    recipe.write_text(text + "  others:\n    items: {css: li}\n    fields: {text: {css: p}}\n", "utf-8")
    with pytest.raises(RecipeError, match=r"several kinds of page have items: say which one with --as"):
        _run("check", str(recipe), "--page", str(_saved(tmp_path, LIST_PAGE)))
    with pytest.raises(RecipeError, match="expected a kind of page of the recipe"):
        _run("check", str(recipe), "--page", str(_saved(tmp_path, LIST_PAGE)), "--as", "list")


def test_the_pages_of_a_crawl_are_shown_with_what_became_of_them(tmp_path: Path) -> None:
    """Read, failed and waiting ones, each with its reason; a source that was never crawled is said to be none."""
    began = datetime(2026, 11, 5, 2, tzinfo=SHANGHAI)
    with Frontier(frontier_path(tmp_path / "landing", "guestbook")) as frontier:
        starts = [PageRequest(f"https://reviews.example.com/{n}", "list") for n in range(3)]
        crawl = frontier.begin(began, "digest", starts, {"list"})
        frontier.done(crawl, PageDone(starts[0].address, 200, 900, items=15, new=15), began)
        frontier.not_done(crawl, starts[1].address, NotDone("failed", "status 500", 500), began)
    status, shown = _run("pages", "guestbook", "--data", str(tmp_path), "--json")
    told = [json.loads(line) for line in shown.splitlines()]
    assert status == 0
    assert [(row["state"], row["new"], row["reason"]) for row in told] == [
        ("done", 15, None),
        ("failed", 0, "status 500"),
        ("waiting", 0, None),
    ]
    assert "status 500" in _run("pages", "guestbook", "--data", str(tmp_path))[1]
    with pytest.raises(RecipeError, match="expected more than 1 crawls, found 1"):
        _run("pages", "guestbook", "--data", str(tmp_path), "--back", "1")
    with pytest.raises(RecipeError, match="found no record of 'other'"):
        _run("pages", "other", "--data", str(tmp_path))


def test_a_recipe_is_drafted_from_marked_up_reviews_and_can_be_used(tmp_path: Path) -> None:
    """What is drafted is a recipe, takes the review of the page that it came from, and finds the next page."""
    page, recipe = _saved(tmp_path, MARKED_UP), tmp_path / "drafted.yaml"
    status, _ = _run("new", "--page", str(page), "--address", "https://apps.example.com/reviews", "--to", str(recipe))
    assert status == 0
    assert read_recipe(recipe).hosts == ("apps.example.com",)
    status, shown = _run("check", str(recipe), "--page", str(page), "--json")
    told = json.loads(shown)
    assert (status, told["reviews"][0]["text"]) == (0, "会员费太贵了。")
    assert told["next"] == "https://apps.example.com/reviews?page=2"
    with pytest.raises(RecipeError, match="exists already"):
        _run("new", "--page", str(page), "--address", "https://apps.example.com/reviews", "--to", str(recipe))


def test_no_recipe_is_drafted_where_nothing_is_marked_up(tmp_path: Path) -> None:
    """The refusal names the recipes to begin from."""
    page = _saved(tmp_path, LIST_PAGE)
    with pytest.raises(RecipeError, match=r"found none. Write the recipe by hand: sources/recipes"):
        _run("new", "--page", str(page), "--address", "https://hotel.example.com/1")
    with pytest.raises(RecipeError, match="expected the page's address"):
        _run("new", "--page", str(page), "--address", "hotel.example.com/1")
