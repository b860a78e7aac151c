"""The loop between people and the machine over a small warehouse."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.corrections import to_learn
from flows.labelling import LabelsImported, agreement, audit_scores, import_labels, standing
from flows.night import Night, run_night, run_reanalysis
from reports.label_sheet import YES
from reports.label_workbook import LabelBatch, write_label_workbook
from reports.labelling_queue import (
    QueueFilter,
    audit_sample,
    disputes,
    monday_of,
    stored_reviews,
    uncertain_and_rare,
)
from tests import night_samples
from tests.label_samples import fill, label
from tests.night_samples import FIRST, FIRST_NIGHT, SECOND, SECOND_NIGHT
from warehouse.labels import disputed_labels, stored_labels
from warehouse.query import run_query
from warehouse.store import LocalStore
from warehouse.verification import verify_partitions

SLOW = {"失误1": "服务延误", "失误1原话": "排了整整一个小时的队"}
NOTHING: dict[str, Any] = {f"失误{n}{part}": None for n in range(1, 9) for part in ("", "原话")}
FINE = {**NOTHING, "严重度": "0 无失误", "满意度": "4 满意", "已读": YES}
LATE = {**NOTHING, **SLOW, "严重度": "2 较重", "满意度": "1 很不满意", "已读": YES}


@pytest.fixture
def at(tmp_path: Path) -> Night:
    """A night after which five reviews are stored; its clock goes on by a minute each time it is asked."""
    night = Night(night_samples.settings(tmp_path), clock=_clock(FIRST_NIGHT))
    night_samples.write_export(tmp_path / "exports" / "first.csv", FIRST)
    run_night(night)
    return night


def _clock(moment: datetime) -> Any:
    ticks = iter(range(1000))
    return lambda: moment + timedelta(minutes=next(ticks))


def _warehouse(at: Night) -> Path:
    return at.settings.folder.warehouse


def _read(
    at: Night, answers: dict[str, dict[str, Any]], annotator: str = "甲", *, audit: bool = False, settles: bool = False
) -> LabelsImported:
    """Export all reviews, fill some in, import them."""
    path = at.settings.folder.root / "labels.xlsx"
    tasks = uncertain_and_rare(_warehouse(at), 100, QueueFilter())
    known = {str(task.review["review_id"]) for task in tasks}
    if missing := set(answers) - known:
        tasks += disputes(_warehouse(at), dict.fromkeys(missing, ()))
    batch = LabelBatch("test", "audit" if audit else "correction", settles, FIRST_NIGHT)
    write_label_workbook(path, tasks, batch)
    fill(path, answers)
    return import_labels(at, path, annotator)


def _review(at: Night, review_id: str) -> dict[str, Any]:
    return stored_reviews(_warehouse(at), [review_id])[review_id]


def test_a_correction_stands_at_once_and_for_good(at: Night) -> None:
    """In reviews and incidents, in the trends, after a later night and after a re-analysis; the ledger knows of it."""
    before = _review(at, "ctrip:2")
    assert set(before["failure_subtypes"]) > {"delivery.slow"}
    imported = _read(at, {"ctrip:2": LATE})
    assert (imported.answers.rows, imported.taken, imported.answers.untouched, imported.problems) == (5, 1, 4, [])
    assert imported.differing == 1
    warehouse = _warehouse(at)

    def check() -> None:
        after = _review(at, "ctrip:2")
        assert (after["failure_subtypes"], after["severity"], after["read_by"]) == (["delivery.slow"], 2, "person")
        assert after["machine_failure_subtypes"] == before["failure_subtypes"]
        query = "SELECT failure_subtype, found_by, quote FROM incidents WHERE review_id = 'ctrip:2'"
        assert run_query(warehouse, query).to_pylist() == [
            {"failure_subtype": "delivery.slow", "found_by": "person", "quote": "排了整整一个小时的队"}
        ]
        query = (
            "SELECT value FROM trends WHERE scope = 'all' AND metric = 'failure.request' AND grain = 'month' "
            "AND period_start = DATE '2026-04-01'"
        )
        assert run_query(warehouse, query).column("value").to_pylist() == [0.0]
        assert verify_partitions(warehouse)[1] == []

    check()
    assert _review(at, "ctrip:1")["read_by"] == "machine"
    query = "SELECT kind, rescored FROM runs ORDER BY started_at"
    assert run_query(warehouse, query).to_pylist()[-1] == {"kind": "correct", "rescored": 1}
    run_reanalysis(at)
    check()


def test_an_import_that_was_stopped_is_taken_up_by_the_next_night(at: Night) -> None:
    """What was written down before the stop stands after the night."""

    def stop(point: str) -> None:
        if point == "labels written":
            raise KeyboardInterrupt

    stopped = Night(at.settings, reached=stop, clock=_clock(SECOND_NIGHT))
    with pytest.raises(KeyboardInterrupt):
        _read(stopped, {"ctrip:2": LATE})
    assert _review(at, "ctrip:2")["read_by"] == "machine"
    run_night(Night(at.settings, clock=_clock(SECOND_NIGHT)))
    assert _review(at, "ctrip:2")["read_by"] == "person"
    assert verify_partitions(_warehouse(at))[1] == []


def test_a_reading_of_another_text_gives_way(at: Night) -> None:
    """The machine reads what has changed since; the reading is kept and counted as outdated."""
    _read(at, {"ctrip:3": FINE})
    changed = [(i, v, d, r, text + "，电梯也慢" if i == "3" else text, p) for i, v, d, r, text, p in SECOND]
    night_samples.write_export(at.settings.base / "exports" / "second.csv", changed)
    run_night(Night(at.settings, clock=_clock(SECOND_NIGHT)))
    assert _review(at, "ctrip:3")["read_by"] == "machine"
    labels = stored_labels(LocalStore(_warehouse(at)))
    counted = standing(labels, stored_reviews(_warehouse(at), ["ctrip:3"]))
    assert (counted.reviews, counted.standing, counted.outdated) == (1, 0, 1)


def test_a_reply_that_came_later_changes_nothing(at: Night) -> None:
    """The guest's text is the same."""
    _read(at, {"ctrip:2": LATE})
    night_samples.write_export(at.settings.base / "exports" / "second.csv", SECOND)
    run_night(Night(at.settings, clock=_clock(SECOND_NIGHT)))
    after = _review(at, "ctrip:2")
    assert (after["read_by"], after["failure_subtypes"]) == ("person", ["delivery.slow"])
    assert after["reply_text"] is not None


def test_what_annotators_dispute_waits_until_it_is_settled(at: Night) -> None:
    """The machine's reading comes back when a second annotator disagrees, and goes when the dispute is settled."""
    machine = _review(at, "ctrip:2")["failure_subtypes"]
    _read(at, {"ctrip:2": LATE})
    second = _read(at, {"ctrip:2": {**LATE, **NOTHING, "失误1": "态度冷淡", "失误1原话": "没有人来处理"}}, "乙")
    assert second.disputed == ["ctrip:2　甲：服务延误；乙：态度冷淡"]
    assert _review(at, "ctrip:2")["failure_subtypes"] == machine
    assert _review(at, "ctrip:2")["read_by"] == "machine"
    (task,) = disputes(_warehouse(at), disputed_labels(stored_labels(LocalStore(_warehouse(at)))))
    assert [reading["annotator"] for reading in task.readings] == ["甲", "乙"]
    settled = _read(at, {"ctrip:2": LATE}, "丙", settles=True)
    assert settled.disputed == []
    assert _review(at, "ctrip:2")["failure_subtypes"] == ["delivery.slow"]


def test_a_quote_that_does_not_stand_in_the_text_is_refused(at: Night) -> None:
    """With the row and the quote; a review that is not stored is refused too, and the other rows are taken."""
    path = at.settings.folder.root / "labels.xlsx"
    tasks = uncertain_and_rare(_warehouse(at), 100, QueueFilter())
    write_label_workbook(path, tasks, LabelBatch("test", "correction", settles=False, made_at=FIRST_NIGHT))
    wrong = {**LATE, "失误1原话": "等了一个小时"}
    fill(path, {"ctrip:2": wrong, "ctrip:1": {**FINE, "评论编号": "ctrip:99"}, "ctrip:4": FINE})
    imported = import_labels(at, path, "甲")
    assert sorted(problem.what for problem in imported.problems) == [
        "原话“等了一个小时”不在正文或追评里，请原样复制",
        "库里没有这条评论",
    ]
    assert (imported.taken, imported.answers.untouched) == (1, 2)
    assert _review(at, "ctrip:2")["read_by"] == "machine"
    assert _review(at, "ctrip:4")["read_by"] == "person"


def test_what_has_been_read_is_not_asked_for_again(at: Night) -> None:
    """Nor what another filter leaves out."""
    assert len(uncertain_and_rare(_warehouse(at), 100, QueueFilter())) == 5
    _read(at, {"ctrip:2": LATE})
    left = uncertain_and_rare(_warehouse(at), 100, QueueFilter())
    assert "ctrip:2" not in {task.review["review_id"] for task in left}
    assert len(left) == 4
    of_venue = uncertain_and_rare(_warehouse(at), 100, QueueFilter(venue="拾光精品酒店"))
    assert {task.review["venue_name"] for task in of_venue} == {"拾光精品酒店"}
    assert uncertain_and_rare(_warehouse(at), 100, QueueFilter(source="meituan")) == []
    assert len(uncertain_and_rare(_warehouse(at), 2, QueueFilter())) == 2


def test_an_audit_draws_the_same_reviews_each_time(at: Night) -> None:
    """Of the week alone, and fewer where there are fewer."""
    drawn = [str(task.review["review_id"]) for task in audit_sample(_warehouse(at), "2026-W14")]
    # 30 March to 5 April: four of the five are dated in it.
    assert sorted(drawn) == ["ctrip:1", "ctrip:2", "ctrip:3", "ctrip:4"]
    assert [task.review["review_id"] for task in audit_sample(_warehouse(at), "2026-W14", 2)] == drawn[:2]
    assert audit_sample(_warehouse(at), "2026-W20") == []


@pytest.mark.parametrize("week", ["2026-W54", "2026W14", "2026-14", ""])
def test_a_week_is_written_in_iso(week: str) -> None:
    """2026 has 53 weeks; anything else is refused by what was expected."""
    with pytest.raises(ValueError, match="expected a week such as 2026-W40"):
        monday_of(week)


def test_an_audit_measures_the_machine_and_is_never_learnt(at: Night) -> None:
    """What people found beside what the machine found; a training takes corrections alone."""
    _read(at, {"ctrip:2": LATE, "ctrip:1": FINE}, audit=True)
    _read(at, {"ctrip:4": FINE})
    labels = stored_labels(LocalStore(_warehouse(at)))
    reviews = stored_reviews(_warehouse(at), [str(one["review_id"]) for one in labels])
    scores = {score.label: score for score in audit_scores(labels, reviews)}
    assert (scores["delivery.slow"].positives, scores["delivery.slow"].recall.value) == (1, 1.0)
    assert scores["all sub-types (2 reviews)"].positives == 1
    assert list(to_learn(labels)) == ["ctrip:4"]


def test_agreement_of_two_annotators_is_measured(at: Night) -> None:
    """Two who say the same have a kappa of 1; without a second reading there is nothing to say."""
    _read(at, {"ctrip:2": LATE, "ctrip:4": FINE})
    labels = stored_labels(LocalStore(_warehouse(at)))
    reviews = stored_reviews(_warehouse(at), ["ctrip:2", "ctrip:4"])
    assert agreement(labels, reviews) is None
    _read(at, {"ctrip:2": LATE, "ctrip:4": FINE}, "乙")
    labels = stored_labels(LocalStore(_warehouse(at)))
    agreed = agreement(labels, reviews)
    assert agreed is not None
    assert (agreed.pairs, agreed.same_failures) == (2, 1.0)
    assert {score.field: score.kappa for score in agreed.fields}["delivery.slow"] == 1.0


def test_a_reading_of_a_review_that_is_gone_is_outdated() -> None:
    """Reviews add up: standing, disputed, outdated."""
    counted = standing([label()], {})
    assert (counted.reviews, counted.standing, counted.disputed, counted.outdated) == (1, 0, 0, 1)
