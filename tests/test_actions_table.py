"""Things to do in the warehouse: ids, replacing, and that a row imported twice is one."""

from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from warehouse.actions import Action, merged_actions, same_action, says_the_same, stored_actions, write_actions
from warehouse.query import run_query
from warehouse.schema import ACTIONS
from warehouse.store import LocalStore

MOMENT = datetime(2026, 10, 12, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


def action(action_id: str | None = "A2026-0001", **given: Any) -> Action:
    """Return an open improvement; ``given`` says what is different."""
    usual = {
        "action_id": action_id,
        "kind": "improvement",
        "venue": "云栖湖畔酒店",
        "failure_subtype": "delivery.slow",
        "title": "退房高峰加开一个窗口",
        "created_on": date(2026, 10, 12),
        "status": "open",
        "updated_at": MOMENT,
    }
    return {name: {**usual, **given}.get(name) for name in ACTIONS.arrow.names}


def test_new_things_to_do_get_the_next_id_of_their_year() -> None:
    """Each year counts from 1, and a row with an id takes the place of the stored one."""
    before = [action("A2026-0001"), action("A2026-0009", title="换隔音条")]
    new = [
        action(None, title="培训"),
        action(None, title="早餐", created_on=date(2027, 1, 4)),
        action("A2026-0001", status="doing"),
    ]
    merged = merged_actions(before, new)
    assert [(a["action_id"], a["title"], a["status"]) for a in merged] == [
        ("A2026-0001", "退房高峰加开一个窗口", "doing"),
        ("A2026-0009", "换隔音条", "open"),
        ("A2026-0010", "培训", "open"),
        ("A2027-0001", "早餐", "open"),
    ]


def test_a_thing_to_do_needs_its_day_for_an_id() -> None:
    """A fault of the program, never of the data."""
    with pytest.raises(TypeError, match="expected the day on which a thing to do was taken on; found None"):
        merged_actions([], [action(None, created_on=None)])


def test_a_row_without_an_id_is_known_again() -> None:
    """By what it says; on another day, at another place or under another title it is another one."""
    stored = [action()]
    assert same_action(stored, action(None, created_on=None)) == stored[0]
    assert same_action(stored, action(None, status="done")) == stored[0]
    assert same_action(stored, action(None, created_on=date(2026, 10, 13))) is None
    assert same_action(stored, action(None, venue="拾光精品酒店")) is None
    assert same_action(stored, action(None, title="另一件事")) is None
    answered = action(kind="complaint", review_id="c:1")
    assert same_action([answered], action(None, kind="complaint", review_id="c:1", title="另一件事")) == answered
    assert same_action([answered], action(None, kind="complaint", review_id="c:2")) is None
    assert same_action([answered], action(None, kind="appeal", review_id="c:1")) is None
    assert says_the_same(stored[0], action(None, updated_at=None))
    assert not says_the_same(stored[0], action(owner="前厅经理"))


def test_the_table_comes_back_as_it_was_written_and_shows_in_chinese(tmp_path: Path) -> None:
    """Codes under the codebook's names; kinds of things to do are not those of reviews."""
    store = LocalStore(tmp_path)
    rows = [
        action(),
        action("A2026-0002", kind="complaint", status="done", done_on=date(2026, 10, 13), review_id="c:1"),
    ]
    write_actions(store, rows)
    assert stored_actions(store) == rows
    shown = run_query(tmp_path, "SELECT 类别, 状态, 失误子类 FROM 整改事项 ORDER BY 事项编号").to_pylist()
    assert shown == [
        {"类别": "整改", "状态": "未开始", "失误子类": "服务延误"},
        {"类别": "投诉处理", "状态": "已完成", "失误子类": "服务延误"},
    ]
