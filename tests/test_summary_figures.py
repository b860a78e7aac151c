"""The figures of the summary: what counts as a change, as silence, and as nothing to tell."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lexicons.codebook import Language, label_name
from reports.markdown import to_markdown
from reports.proportions import differ_beyond_chance
from tests.summary_samples import NEWEST, failures_of, fill, incident, parts_of, review


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_change_within_chance_is_not_shown(tmp_path: Path, language: Language) -> None:
    """10 of 24 against 12 of 21 is chance, 5 of 24 a fall; the footnote tells what the dash means."""
    before = [review(50 + n, 40, failed=n < 12) for n in range(21)]
    for failed, change in ((10, "–"), (5, "-36.3")):
        fill(tmp_path, [*(review(n, failed=n < failed) for n in range(24)), *before], [incident(0, "慢")])
        (row,) = failures_of(tmp_path, language).rows
        assert row[4].startswith(change)
    footnote = failures_of(tmp_path, language).lines[0]
    assert footnote.startswith("“–”")
    assert "95" in footnote
    assert footnote in to_markdown([failures_of(tmp_path, language)], language).replace("\\", "")


@pytest.mark.parametrize(
    "shares", [(0.60, 200, 0.45, 180), (0.30, 100, 0.44, 100), (0.44, 100, 0.30, 100), (1.0, 5, 0.0, 5)]
)
def test_shares_that_differ_by_more_than_chance(shares: tuple[float, int, float, int]) -> None:
    """|z| is 2.92, 2.05, 2.05 and 3.16, each above 1.96."""
    assert differ_beyond_chance(*shares)


@pytest.mark.parametrize(
    "shares", [(0.30, 100, 0.43, 100), (0.375, 24, 0.536, 21), (0.0, 50, 0.0, 60), (1.0, 5, 1.0, 6)]
)
def test_shares_that_differ_by_chance(shares: tuple[float, int, float, int]) -> None:
    """|z| is 1.91 and 1.08; equal shares differ by nothing, also where all or none are counted."""
    assert not differ_beyond_chance(*shares)


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("zh", "两期都没有出现、未列入表中的类型及累计条数：态度冷淡 2。"),
        ("en", "Without a case in either period and so not in the table, with their records in all: "),
    ],
)
def test_failures_without_a_recent_case_are_told_below_the_table(tmp_path: Path, language: Language, line: str) -> None:
    """What neither period holds is named with its records; a complaint within them keeps its sub-type in the table."""
    cold: dict[str, Any] = {"failure_groups": ["staff"], "failure_subtypes": ["staff.inattentive"]}
    old = [review(n, 90, failed=True, **cold) for n in (40, 41)]
    fill(tmp_path, [review(1), review(2, kind="complaint", failed=True), *old], [incident(2, "慢")])
    part = failures_of(tmp_path, language)
    assert [row[:2] for row in part.rows] == [(label_name("failure_subtype", "delivery.slow", language), "1")]
    assert part.lines[-1].startswith(line)
    assert label_name("failure_subtype", "staff.inattentive", language) in part.lines[-1]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_counts_of_months_are_whole_numbers(tmp_path: Path, language: Language) -> None:
    """A month that holds nothing but complaints has 0 reviews, and the others keep their whole numbers."""
    april = datetime(2026, 4, 3, 9, 0, tzinfo=NEWEST.tzinfo)
    fill(
        tmp_path,
        [review(n) for n in range(3)] + [review(9, kind="complaint", failed=True, published_at=april)],
        [incident(9, "慢")],
    )
    (months,) = (part for part in parts_of(tmp_path, language).values() if part.rows and part.rows[0][0] == "2026-04")
    assert [row[:2] for row in months.rows] == [("2026-04", "0"), ("2026-07", "3")]
    assert "nan" not in to_markdown(list(parts_of(tmp_path, language).values()), language)


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("zh", ("另有 2 处，沉寂更久，但不超过 180 天。", "另有 3 处已超过 180 天没有新评论。")),
        (
            "en",
            ("2 more, silent for longer, but for no more than 180 days.", "Silent for more than 180 days: 3."),
        ),
    ],
)
def test_the_newest_silences_come_first(tmp_path: Path, language: Language, lines: tuple[str, ...]) -> None:
    """Ten are named, the newest first; the others are told by their number, those long silent apart."""
    days = [20, *range(30, 41), *range(200, 203)]
    silent = [review(100 * d + n, d, venue_name=f"{d}号分店") for d in days for n in range(3)]
    fill(tmp_path, [review(1, 0), *silent], [incident(1, "慢")])
    heading = "久无新评论的来源与门店" if language == "zh" else "Sources and venues gone silent"
    part = parts_of(tmp_path, language)[heading]
    assert [row[3] for row in part.rows] == ["20", *map(str, range(30, 39))]
    assert part.lines == lines


@pytest.mark.parametrize(
    ("language", "headings"),
    [("zh", ("集中在哪里", "客人原话（已脱敏）")), ("en", ("Where they happen", "In customers' words (masked)"))],
)
def test_a_part_without_content_says_so(tmp_path: Path, language: Language, headings: tuple[str, ...]) -> None:
    """No heading stands over nothing."""
    fill(tmp_path, [review(1)], [])
    parts = parts_of(tmp_path, language)
    for heading in headings:
        assert parts[heading].notes == ("无" if language == "zh" else "none",)
    assert all(part.notes or part.rows or part.lines for part in parts.values())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_months_of_an_older_model_are_named(tmp_path: Path, language: Language) -> None:
    """They cannot be compared with those that the newest one read; without such months nothing is said."""
    newer: dict[str, Any] = {"model_version": "kesheng-2", "lexicon_version": "a", "analysed_at": NEWEST}
    older = {**newer, "model_version": "kesheng-1", "analysed_at": NEWEST - timedelta(days=60)}
    words = "kesheng reanalyse"
    fill(tmp_path, [review(1, **newer), review(2, 60, **older)], [])
    months = f"{NEWEST - timedelta(days=60):%Y-%m}"
    (note,) = [note for part in parts_of(tmp_path, language).values() for note in part.notes if words in note]
    assert months in note
    assert f"{NEWEST:%Y-%m}" not in note
