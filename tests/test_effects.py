"""What came of improvements: counted by hand, and shown on the page."""

from datetime import date, timedelta
from html import escape
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from reports.effects import Effect, difference_in_differences, effects_of_improvements
from reports.page import page_html
from reports.report_figures import report_figures
from reports.report_rows import Scope
from reports.spells import Share
from tests.report_samples import HOSTILE, WEEK, in_one_language, review, warehouse
from tests.test_actions_table import action
from warehouse.actions import write_actions
from warehouse.query import connect
from warehouse.schema import VENUES
from warehouse.store import LocalStore, Partition

DONE_ON = WEEK.start - timedelta(weeks=9) + timedelta(days=2)
"""A Wednesday; nine whole weeks of the report come after its own."""
HERE, OTHER, THIRD = "云栖湖畔酒店", "拾光精品酒店", "驿程轻居"


def test_the_difference_is_that_of_a_hand_worked_example() -> None:
    """-0.20 here, -0.01 elsewhere; half the interval is 1.959964 times the root of 0.0041719, or 0.126594."""
    found = difference_in_differences(Share(40, 100), Share(20, 100), Share(100, 1000), Share(90, 1000))
    assert found == pytest.approx((-0.19, -0.19 - 0.126594, -0.19 + 0.126594), abs=1e-6)


@pytest.mark.parametrize(("side", "too_few"), [(0, True), (1, True), (2, False), (3, False)])
def test_thirty_reviews_are_needed_on_each_side(side: int, too_few: bool) -> None:  # noqa: FBT001 - a case of the test
    """29 on one of the four give no figure."""
    sides = [Share(3, 30)] * 4
    whole = Effect("A2026-0001", "加开窗口", HERE, HERE, "delivery.slow", DONE_ON, *sides)
    assert whole.change is not None
    assert not whole.too_few
    sides[side] = Share(3, 29)
    short = Effect("A2026-0001", "加开窗口", HERE, HERE, "delivery.slow", DONE_ON, *sides)
    assert (short.change, short.too_few) == (None, too_few)


def weekly(venue: str, first: int, before: int, after: int) -> list[dict[str, Any]]:
    """Return ten reviews a week from 17 weeks before the improvement on, so many of them late before and from it on."""
    reviews = []
    monday = DONE_ON - timedelta(days=2) - timedelta(weeks=17)
    for week in range(27):
        late = before if week < 17 else after
        for n in range(10):
            failures = ["delivery.slow"] if n < late else ["delivery.core"]
            day = monday + timedelta(weeks=week, days=n % 7)
            reviews.append(review(first + week * 10 + n, day, venue_name=venue, failures=failures))
    return reviews


def effects(folder: Path, reviews: list[dict[str, Any]], *actions: dict[str, Any]) -> list[Effect]:
    """Return the effects of a warehouse with things to do."""
    write_actions(LocalStore(warehouse(folder, reviews, [])), actions)
    with connect(folder) as connection:
        return effects_of_improvements(connection, WEEK)


def done(action_id: str = "A2026-0001", **given: Any) -> dict[str, Any]:
    """Return a finished improvement."""
    return action(action_id, **{"status": "done", "done_on": DONE_ON, "created_on": DONE_ON, **given})


def test_the_weeks_before_and_after_are_counted(tmp_path: Path) -> None:
    """13 before, 9 after up to the end of the report, the week itself neither; template praise and copies left out."""
    reviews = [*weekly(HERE, 0, 5, 2), *weekly(OTHER, 1000, 3, 2)]
    praise, copy = (review(n, DONE_ON + timedelta(weeks=2)) for n in (5000, 5001))
    later = review(5002, WEEK.end, failures=["delivery.slow"])
    extra = [{**praise, "template_praise": True}, {**copy, "duplicate_of": "ctrip:00001"}, later]
    (effect,) = effects(tmp_path, [*reviews, *extra], done())
    assert (effect.before, effect.after) == (Share(65, 130), Share(18, 90))
    assert (effect.others_before, effect.others_after) == (Share(39, 130), Share(18, 90))
    assert effect.change is not None
    assert effect.change[0] == pytest.approx(-0.3 - -0.1)


def test_venues_with_an_item_of_their_own_are_no_comparison(tmp_path: Path) -> None:
    """For the same failure, whatever became of it; an item for another failure does not matter."""
    reviews = [*weekly(HERE, 0, 5, 2), *weekly(OTHER, 1000, 3, 2), *weekly(THIRD, 2000, 9, 0)]
    dropped = action("A2026-0002", venue=THIRD, status="dropped")
    another = action("A2026-0003", venue=OTHER, failure_subtype="delivery.core")
    (effect,) = effects(tmp_path / "a", reviews, done(), dropped, another)
    assert effect.others_before == Share(39, 130)
    (alone,) = effects(tmp_path / "b", weekly(HERE, 0, 5, 2), done())
    assert (alone.others_before, alone.change, alone.too_few) == (Share(0, 0), None, False)


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "complaint", "review_id": "ctrip:00001"},
        {"status": "doing", "done_on": None},
        {"done_on": WEEK.end},
        {"done_on": WEEK.before_start - timedelta(days=1)},
    ],
)
def test_only_improvements_that_were_done_are_told(tmp_path: Path, given: dict[str, Any]) -> None:
    """In the 26 weeks of the report."""
    assert effects(tmp_path, weekly(HERE, 0, 5, 2), done(**given)) == []


def test_the_page_shows_what_came_of_improvements(tmp_path: Path) -> None:
    """Each with its shares and the difference; too few reviews say so; whatever the title holds is text."""
    venues = [{"venue_id": "H1", "venue_name": "枕流山房", "aliases": []}]
    few = [review(8000 + n, DONE_ON, venue_id="H1", venue_name="枕流", failures=["staff.unfair"]) for n in range(3)]
    store = LocalStore(warehouse(tmp_path, [*weekly(HERE, 0, 5, 2), *weekly(OTHER, 1000, 3, 2), *few], []))
    store.replace(Partition(VENUES.name), pa.Table.from_pylist(venues, schema=VENUES.arrow))
    unfair = done("A2026-0002", venue="H1", failure_subtype="staff.unfair", title="明码标价", done_on=date(2026, 8, 3))
    only = done("A2026-0003", venue="没有评论的店")
    write_actions(store, [done(title=HOSTILE), unfair, only])
    page = in_one_language(page_html(report_figures(tmp_path, WEEK, Scope())))
    cells = [part.partition("</tr>")[0] for part in page.split("<td>")]
    assert escape(HOSTILE, quote=False) in page.replace("&#34;", '"').replace("&#39;", "'")
    assert "<td>枕流山房</td>" in page
    assert "样本不足" in next(cell for cell in cells if cell.startswith("枕流山房"))
    (told,) = [part for part in page.split("<tr") if "（65/130）" in part]
    assert "50.0%（65/130）" in told
    assert "20.0%（18/90）" in told
    assert "-20.0（-36.5 至 -3.5）个百分点" in told
    assert "2026-07-29" in told
    own = report_figures(tmp_path, WEEK, Scope("venue", HERE))
    assert [effect.venue for effect in own.effects] == [HERE]
    assert own.effects[0].others_before == Share(39, 130)


def test_a_page_without_improvements_shows_no_table_of_them(tmp_path: Path) -> None:
    """Rather than an empty one."""
    page = page_html(report_figures(warehouse(tmp_path, weekly(HERE, 0, 5, 2), []), WEEK, Scope()))
    assert "与其他门店之差" not in page
