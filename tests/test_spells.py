"""Bad spells: found where a failure stands out in a stretch of weeks, not found where there is none."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lexicons.codebook import Language
from reports.spells import CHANCE, find_spells, scan
from tests.summary_samples import NEWEST, fill, incident, parts_of, review

MONDAY = date(2026, 6, 1)


def _weekly(failed: list[int], reviews: int = 10, venue: str = "云栖湖畔酒店") -> pd.DataFrame:
    weeks = [MONDAY + timedelta(days=7 * number) for number in range(len(failed))]
    return pd.DataFrame(
        {"venue": venue, "failure_subtype": "delivery.slow", "week": weeks, "reviews": reviews, "failed": failed}
    )


def test_a_spell_that_is_over_is_found_with_its_weeks() -> None:
    """Nine bad weeks among twenty-six are found from the first to the last, with the shares before and after."""
    (spell,) = find_spells(_weekly([0, 1, 0] * 3 + [4, 5, 4, 6, 5, 6, 4, 7, 6] + [0, 1, 0, 0] * 2))
    assert (spell.begins, spell.last_week) == (MONDAY + timedelta(weeks=9), MONDAY + timedelta(weeks=17))
    assert spell.over_since == MONDAY + timedelta(weeks=18)
    assert (spell.before.failed, spell.inside.failed, spell.after.failed) == (3, 47, 2)
    assert (spell.before.reviews, spell.inside.reviews, spell.after.reviews) == (90, 90, 80)
    assert spell.is_over
    assert spell.chance < CHANCE


def test_a_spell_that_goes_on_is_told_so() -> None:
    """A failure that rises in the last weeks is not over."""
    (spell,) = find_spells(_weekly([0, 1, 0, 0] * 5 + [6, 7, 5, 8]))
    assert spell.last_week == MONDAY + timedelta(weeks=23)
    assert not spell.is_over


@pytest.mark.parametrize("failed", [[2, 3, 1, 2] * 6, [0] * 24, [9] * 24, [0] * 23 + [5]])
def test_an_even_failure_is_no_spell(failed: list[int]) -> None:
    """Ordinary ups and downs, nothing at all, always bad, and too few cases give none."""
    assert find_spells(_weekly(failed)) == []


def test_stable_venues_are_seldom_called_bad() -> None:
    """Of 300 simulated venues with an even share of 15 %, at most one in a hundred has a spell."""
    generator = np.random.default_rng(11)
    found = 0
    for _ in range(300):
        failed = generator.binomial(10, 0.15, 26)
        found += bool(find_spells(_weekly(failed.tolist())))
    assert found <= 3


def test_the_scan_agrees_with_trying_every_stretch() -> None:
    """The best stretch is the one that a plain search over all stretches finds."""
    failed, reviews = np.array([1, 0, 5, 6, 4, 1, 0, 1]), np.array([10, 9, 11, 10, 8, 10, 12, 10])

    def likelihood(hits: float, size: float) -> float:
        shares = ((hits, hits / size), (size - hits, 1 - hits / size))
        return sum(float(count * np.log(share)) for count, share in shares if count)

    def gain(first: int, last: int) -> float:
        hits, size = failed[first : last + 1].sum(), reviews[first : last + 1].sum()
        return likelihood(hits, size) + likelihood(failed.sum() - hits, reviews.sum() - size)

    stretches = [(a, b) for a in range(8) for b in range(a, 8) if 4 * reviews[a : b + 1].sum() <= 3 * reviews.sum()]
    best = max(stretches, key=lambda stretch: gain(*stretch))
    found = scan(failed, reviews)
    assert found is not None
    assert found[:2] == best


@pytest.mark.parametrize(
    ("language", "heading", "told"),
    [
        ("zh", "失误高发时段", "回落到 0.0%（50 条中 0 条）；客人提到的等待时长中位数为 60 分钟。 “排队一小时”"),
        ("en", "Bad spells", "back to 0.0% (0 of 50) since the week of 2026-07-06"),
    ],
)
def test_the_summary_tells_a_spell(tmp_path: Path, language: Language, heading: str, told: str) -> None:
    """Venue, failure, place, weeks, shares, waits and a guest's words stand in one line."""
    days = [day for day in range(100) for _ in range(2)]
    bad = range(28, 56)
    reviews = [review(n, day, failed=day in bad and n % 2 == 0) for n, day in enumerate(days)]
    incidents = [
        incident(n, "排队一小时", wait_minutes=60, published_at=NEWEST - timedelta(days=day))
        for n, day in enumerate(days)
        if day in bad and n % 2 == 0
    ]
    fill(tmp_path, reviews, incidents)
    (line,) = parts_of(tmp_path, language)[heading].lines
    assert line.startswith("云栖湖畔酒店 — ")
    assert "前台" in line
    assert told in line


def test_a_warehouse_without_a_spell_says_none(tmp_path: Path) -> None:
    """The part is there and says that there is none."""
    fill(tmp_path, [review(n, n) for n in range(40)], [])
    assert parts_of(tmp_path)["失误高发时段"].notes == ("无",)
