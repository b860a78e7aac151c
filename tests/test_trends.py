"""Trends by period and scope."""

from collections.abc import Callable
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.trend_charts import UNFINISHED
from reports.trends import MIXED_VERSIONS, OTHER_VERSION, trends
from warehouse.schema import REVIEWS, TRENDS, VENUES
from warehouse.store import LocalStore, Partition

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_JULY_1 = datetime(2026, 7, 1, 9, 30, tzinfo=_SHANGHAI)
_Stored = Callable[..., list[dict[str, Any]]]


def _review(number: int, **given: Any) -> dict[str, Any]:
    """Return a judged hotel review without a failure; ``given`` says what is different."""
    return {
        "review_id": f"ctrip:{number}",
        "source": "ctrip",
        "kind": "review",
        "industry": "hotel",
        "venue_name": "云栖湖畔酒店",
        "published_at": _JULY_1,
        "published_precision": "day",
        "sentiment": 0.5,
        "satisfaction": 4.0,
        "severity": 0,
        "failure_groups": [],
        "failure_subtypes": [],
        "needs_review": False,
        **given,
    }


def _failed(number: int, **given: Any) -> dict[str, Any]:
    found = {"failure_groups": ["delivery"], "failure_subtypes": ["delivery.slow"], "severity": 1, "sentiment": -0.5}
    return _review(number, **{**found, **given})


@pytest.fixture
def stored(tmp_path: Path) -> _Stored:
    """Store reviews in a warehouse of their own and return its trends as rows."""

    def store(*reviews: dict[str, Any]) -> list[dict[str, Any]]:
        warehouse = LocalStore(tmp_path)
        ordered = sorted(reviews, key=_month)
        for month, group in groupby(ordered, key=_month):
            content = pa.Table.from_pylist(list(group), schema=REVIEWS.arrow)
            warehouse.replace(Partition(REVIEWS.name, month), content)
        table = trends(tmp_path)
        assert table.schema == TRENDS.arrow
        return _rows(table)

    return store


def _rows(table: pa.Table) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def _month(review: dict[str, Any]) -> str:
    published = review["published_at"]
    return published.strftime("%Y-%m") if published else "unknown"


def _figure(rows: list[dict[str, Any]], metric: str, grain: str = "month", scope: str = "all") -> dict[str, Any]:
    (found,) = [r for r in rows if (r["metric"], r["grain"], r["scope"]) == (metric, grain, scope)]
    return found


def test_an_empty_warehouse_has_no_trends(tmp_path: Path) -> None:
    """Without reviews the table is there and empty; reviews without a date make none either."""
    assert trends(tmp_path).equals(TRENDS.arrow.empty_table())


def test_undated_reviews_are_left_out(stored: _Stored) -> None:
    """What is dated to no month or only to a year counts in no period."""
    rows = stored(
        _review(1, published_at=None, published_precision="none"),
        _review(2, published_at=datetime(2026, 1, 1, tzinfo=_SHANGHAI), published_precision="year"),
    )
    assert rows == []


def test_the_wilson_interval_is_the_published_one(stored: _Stored) -> None:
    """Eight of ten: 0.4902 to 0.9433, as the literature's calculators give."""
    share = _figure(stored(*(_failed(n) for n in range(8)), *(_review(n) for n in range(8, 10))), "failure_share")
    assert share["n"] == 10
    assert share["value"] == pytest.approx(0.8)
    assert (share["low"], share["high"]) == (pytest.approx(0.4902, abs=5e-5), pytest.approx(0.9433, abs=5e-5))


@pytest.mark.parametrize(
    ("failed", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (1, 1, 0.2065, 1.0), (1, 20, 0.0089, 0.2361)],
)
def test_the_wilson_interval_at_the_ends(stored: _Stored, failed: int, of: int, low: float, high: float) -> None:
    """Shares of 0 and 1 and a single review get an interval that is no point and stays inside 0 and 1."""
    rows = stored(*(_failed(n) for n in range(failed)), *(_review(n) for n in range(failed, of)))
    share = _figure(rows, "failure_share")
    assert (share["low"], share["high"]) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_a_mean_has_the_normal_interval(stored: _Stored) -> None:
    """Satisfactions 1, 2, 4, 5: mean 3, deviation 1.8257, interval 3 ± 1.7892; one review alone has none."""
    rows = stored(*(_review(n, satisfaction=s, source="ctrip") for n, s in enumerate((1.0, 2.0, 4.0, 5.0))), _alone())
    mean = _figure([r for r in rows if r["scope_id"] == "ctrip"], "satisfaction", scope="source")
    assert (mean["n"], mean["value"]) == (4, pytest.approx(3.0))
    assert (mean["low"], mean["high"]) == (pytest.approx(1.2108, abs=5e-5), pytest.approx(4.7892, abs=5e-5))
    alone = _figure([r for r in rows if r["scope_id"] == "hotline"], "satisfaction", scope="source")
    assert (alone["n"], alone["value"], alone["low"], alone["high"]) == (1, pytest.approx(2.0), None, None)


def _alone() -> dict[str, Any]:
    return _review(99, satisfaction=2.0, source="hotline")


def test_near_duplicates_are_left_out(stored: _Stored) -> None:
    """A review that repeats another counts in no figure."""
    rows = stored(_review(1), _failed(2, duplicate_of="ctrip:1"))
    assert _figure(rows, "reviews")["value"] == 1
    assert _figure(rows, "failure_share")["value"] == 0


def test_reviews_not_judged_count_as_reviews_only(stored: _Stored) -> None:
    """A review in a language that is not judged is in the count and in no share."""
    foreign = _review(2, severity=None, sentiment=None, satisfaction=None, failure_groups=None, failure_subtypes=None)
    rows = stored(_failed(1), foreign)
    assert _figure(rows, "reviews")["value"] == 2
    metrics = ("failure_share", "failure.delivery", "failure.delivery.slow", "positive_share")
    assert [_figure(rows, metric)["n"] for metric in metrics] == [1, 1, 1, 1]


def test_figures_nobody_could_judge_are_left_out(stored: _Stored) -> None:
    """No rating anywhere gives no row for the rating, not a row of nothing."""
    rows = stored(_review(1))
    assert not [r for r in rows if r["metric"] in ("rating", "double_deviation_share", "rating_mismatch_share")]


def test_the_shares(stored: _Stored) -> None:
    """Each share counts what its name says."""
    rows = stored(
        _failed(1, severity=3, recovery_outcome="dissatisfied", needs_review=True, rating=1.0, rating_mismatch=False),
        _failed(2, failure_groups=["staff"], failure_subtypes=["staff.unfair"], recovery_outcome="satisfied"),
        _review(3, sentiment=0.0),
        _review(4, rating=5.0, rating_mismatch=True),
    )
    expected = {
        "reviews": (4, 4),
        "failure_share": (4, 0.5),
        "failure.delivery": (4, 0.25),
        "failure.delivery.slow": (4, 0.25),
        "failure.staff.unfair": (4, 0.25),
        "failure.customer": (4, 0.0),
        "critical_share": (4, 0.25),
        "positive_share": (4, 0.25),
        "negative_share": (4, 0.5),
        "needs_review_share": (4, 0.25),
        "double_deviation_share": (2, 0.5),
        "rating_mismatch_share": (2, 0.5),
        "rating": (2, 3.0),
    }
    assert {m: (_figure(rows, m)["n"], _figure(rows, m)["value"]) for m in expected} == expected


def test_grains_begin_where_periods_begin_in_shanghai(stored: _Stored) -> None:
    """Weeks begin on Monday; half past midnight in Shanghai is a new day, week and month, whatever it is elsewhere."""
    monday = datetime(2026, 6, 1, 0, 30, tzinfo=_SHANGHAI)
    sunday = datetime(2026, 5, 31, 23, 30, tzinfo=_SHANGHAI)
    rows = stored(_review(1, published_at=monday, published_precision="second"), _review(2, published_at=sunday))
    counts = {(r["grain"], r["period_start"]): r["n"] for r in rows if r["metric"] == "reviews" and r["scope"] == "all"}
    assert counts == {
        ("month", date(2026, 5, 1)): 1,
        ("month", date(2026, 6, 1)): 1,
        ("week", date(2026, 5, 25)): 1,
        ("week", date(2026, 6, 1)): 1,
        ("day", date(2026, 5, 31)): 1,
        ("day", date(2026, 6, 1)): 1,
    }


def test_dates_known_to_the_month_count_in_months_only(stored: _Stored) -> None:
    """A review of 2026年7月 is in the month's figures and in no week or day."""
    rows = stored(_review(1, published_precision="month"))
    assert {r["grain"] for r in rows} == {"month"}


def test_scopes_meet_the_venue_master(tmp_path: Path, stored: _Stored) -> None:
    """Region and brand come from the master, a venue without id stands under its name; days know all and source."""
    master = {"venue_id": "yunqi", "venue_name": "云栖湖畔酒店", "aliases": [], "region": "华东", "brand": "云栖"}
    LocalStore(tmp_path).replace(Partition(VENUES.name), pa.Table.from_pylist([master], schema=VENUES.arrow))
    rows = stored(_review(1, venue_id="yunqi"), _review(2, source="meituan", industry=None, venue_name="老灶面馆"))
    scopes = {
        (r["scope"], r["scope_id"]): r["value"] for r in rows if r["metric"] == "reviews" and r["grain"] == "week"
    }
    assert scopes == {
        ("all", "all"): 2,
        ("source", "ctrip"): 1,
        ("source", "meituan"): 1,
        ("industry", "hotel"): 1,
        ("region", "华东"): 1,
        ("brand", "云栖"): 1,
        ("venue", "yunqi"): 1,
        ("venue", "老灶面馆"): 1,
    }
    assert {r["scope"] for r in rows if r["grain"] == "day"} == {"all", "source"}


@settings(max_examples=4, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["a", "b", "c"])), min_size=1, max_size=12))
def test_scopes_add_up(tmp_path_factory: pytest.TempPathFactory, parts: list[tuple[int, str]]) -> None:
    """The counts of all sources are the count of all; every share lies inside its interval."""
    folder = tmp_path_factory.mktemp("trends")
    reviews = [
        (_failed if severity else _review)(n, source=source, severity=severity)
        for n, (severity, source) in enumerate(parts)
    ]
    table = pa.Table.from_pylist(reviews, schema=REVIEWS.arrow)
    LocalStore(folder).replace(Partition(REVIEWS.name, "2026-07"), table)
    rows = _rows(trends(folder))
    months = [r for r in rows if r["grain"] == "month" and r["metric"] == "reviews"]
    assert sum(r["value"] for r in months if r["scope"] == "source") == len(parts)
    shares = [r for r in rows if r["metric"].endswith("_share") or r["metric"].startswith("failure.")]
    assert all(0 <= r["low"] <= r["value"] + 1e-12 and r["value"] - 1e-12 <= r["high"] <= 1 for r in shares)


def test_complaints_and_tickets_are_counted_and_not_averaged(stored: _Stored) -> None:
    """A complaint and a duty log leave satisfaction and shares alone and have counts of their own."""
    rows = stored(
        _review(1, satisfaction=5.0),
        _failed(2, satisfaction=1.0, kind="complaint"),
        _failed(3, satisfaction=1.0, kind="ticket"),
    )
    assert _figure(rows, "satisfaction")["value"] == 5.0
    assert _figure(rows, "failure_share")["value"] == 0.0
    assert [_figure(rows, metric)["value"] for metric in ("reviews", "complaints", "tickets")] == [1, 1, 1]


def test_figures_of_another_version_say_so(stored: _Stored) -> None:
    """A period that an older model read, and one that two have read, are marked, and so is one that is not over."""

    def read(number: int, month: int, version: str, day: int) -> dict[str, Any]:
        moment = datetime(2026, month, 3, tzinfo=_SHANGHAI)
        analysed = datetime(2026, 10, day, tzinfo=_SHANGHAI)
        return _review(number, published_at=moment, model_version=version, lexicon_version="a", analysed_at=analysed)

    rows = stored(
        read(1, 5, "kesheng-1", 1),
        read(2, 6, "kesheng-1", 1),
        read(3, 6, "kesheng-2", 2),
        read(4, 7, "kesheng-2", 2),
        read(5, 9, "kesheng-2", 2),
    )
    notes = {
        row["period_start"].month: row["note"]
        for row in rows
        if (row["grain"], row["scope"], row["metric"]) == ("month", "all", "satisfaction")
    }
    assert notes == {5: OTHER_VERSION, 6: MIXED_VERSIONS, 7: None, 9: UNFINISHED}
