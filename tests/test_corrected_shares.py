"""Shares corrected for the machine's errors by the reviews that people have read at random."""

import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.corrected_shares import FEWEST
from reports.proportions import PairedCounts, paired_difference, wilson
from reports.trends import trends
from tests.label_samples import label
from warehouse.labels import write_labels
from warehouse.schema import REVIEWS
from warehouse.store import LocalStore, Partition

JULY_6 = datetime(2026, 7, 6, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
"""A Monday."""


def test_the_interval_is_that_of_the_published_example() -> None:
    """Altman, Machin, Bryant & Gardner 2000, Statistics with Confidence, table 6.2: 0.122, 0.011 to 0.226."""
    difference = paired_difference(PairedCounts(14, 5, 0, 22))
    assert difference.value == pytest.approx(0.122, abs=5e-4)
    assert [difference.low, difference.high] == pytest.approx([0.011, 0.226], abs=1e-3)


@given(*[st.integers(0, 60)] * 4)
def test_a_difference_lies_in_its_interval(both: int, first: int, second: int, neither: int) -> None:
    """And turns its sign when the two judgements are exchanged."""
    if both + first + second + neither == 0:
        return
    one = paired_difference(PairedCounts(both, first, second, neither))
    other = paired_difference(PairedCounts(both, second, first, neither))
    assert one.low <= one.value <= one.high
    assert one.low >= -1 - 1e-9
    assert one.high <= 1 + 1e-9
    assert (other.value, other.low, other.high) == pytest.approx((-one.value, -one.high, -one.low))


def test_wilsons_interval_is_that_of_the_published_example() -> None:
    """Newcombe 1998, Statistics in Medicine 17: 857, table I: 81 of 263 gives 0.2553 to 0.3662."""
    assert list(wilson(81 / 263, 263)) == pytest.approx([0.2553, 0.3662], abs=1e-4)


def _stored(
    folder: Path, reviews: list[dict[str, Any]], audited: list[str]
) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Store reviews and audit readings, and return the corrected figures by grain, scope id and metric."""
    store = LocalStore(folder)
    store.replace(Partition(REVIEWS.name, "2026-07"), pa.Table.from_pylist(reviews, schema=REVIEWS.arrow))
    write_labels(store, [label(review_id, purpose="audit") for review_id in audited])
    rows = trends(folder).to_pylist()
    return {(r["grain"], r["scope_id"], r["metric"]): r for r in rows if r["metric"].startswith("corrected.")}


def _review(number: int, person: list[str] | None, machine: list[str], **given: Any) -> dict[str, Any]:
    """Return a review; ``person`` says what a person found in it, None where nobody has read it."""
    subtypes = machine if person is None else person
    return {
        "review_id": f"ctrip:{number:05d}",
        "source": "ctrip",
        "kind": "review",
        "published_at": JULY_6 + timedelta(hours=number % 24),
        "published_precision": "day",
        "failure_groups": sorted({code.partition(".")[0] for code in subtypes}),
        "failure_subtypes": subtypes,
        "severity": 1 if subtypes else 0,
        "read_by": "machine" if person is None else "person",
        "machine_failure_subtypes": None if person is None else machine,
        **given,
    }


SLOW = ["delivery.slow"]


def test_the_share_is_moved_by_how_much_people_differ(tmp_path: Path) -> None:
    """The machine finds 20 of 100 slow, and overlooks 4 of 40 that were drawn: 20 % and 10 %."""
    drawn = [_review(n, SLOW if n < 12 else [], SLOW if n < 8 else []) for n in range(40)]
    rest = [_review(n, None, SLOW if n < 52 else []) for n in range(40, 100)]
    figures = _stored(tmp_path, drawn + rest, [row["review_id"] for row in drawn])
    found = figures["week", "all", "corrected.failure.delivery.slow"]
    assert (found["n"], found["value"]) == (40, pytest.approx(0.3))
    assert found["low"] < 0.3 < found["high"]
    assert found["note"] == "抽查40条，系统判读为0.2000"
    assert figures["month", "ctrip", "corrected.failure.delivery"]["value"] == pytest.approx(0.3)
    assert figures["month", "all", "corrected.failure_share"]["value"] == pytest.approx(0.3)
    assert figures["month", "all", "corrected.failure.staff.unfair"]["value"] == 0.0


def test_few_readings_correct_nothing(tmp_path: Path) -> None:
    """Below 30 reviews of a scope there is no corrected share, and corrections that were not drawn never count."""
    reviews = [_review(n, [], SLOW) for n in range(FEWEST)]
    assert _stored(tmp_path, reviews, [row["review_id"] for row in reviews[1:]]) == {}
    assert ("week", "all", "corrected.failure_share") in _stored(tmp_path, reviews, [r["review_id"] for r in reviews])


def test_a_week_weighs_by_its_reviews(tmp_path: Path) -> None:
    """40 drawn of a week of 40 and 40 of one of 360: the second counts nine times in the month."""
    next_week = JULY_6 + timedelta(days=7)
    quiet = [_review(n, SLOW, []) for n in range(40)]
    busy = [_review(100 + n, [], [], published_at=next_week) for n in range(40)]
    rest = [_review(200 + n, None, [], published_at=next_week) for n in range(320)]
    figures = _stored(tmp_path, quiet + busy + rest, [row["review_id"] for row in quiet + busy])
    assert figures["month", "all", "corrected.failure.delivery.slow"]["value"] == pytest.approx(0.1)
    assert figures["month", "all", "corrected.failure.delivery.slow"]["n"] == 80


@pytest.mark.slow
def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Of 400 simulated audits of 50, at least 93 % hold the true share, for a machine that errs in both directions."""
    chooser = random.Random(5)
    truth = [n < 90 for n in range(600)]
    machine = [chooser.random() < (0.75 if is_slow else 0.06) for is_slow in truth]
    raw, true = sum(machine) / 600, sum(truth) / 600
    held = 0
    for _ in range(400):
        counts = {(a, b): 0 for a in (True, False) for b in (True, False)}
        for row in chooser.sample(range(600), 50):
            counts[truth[row], machine[row]] += 1
        moved = paired_difference(
            PairedCounts(counts[True, True], counts[True, False], counts[False, True], counts[False, False])
        )
        held += raw + moved.low <= true <= raw + moved.high
    assert held / 400 >= 0.93
