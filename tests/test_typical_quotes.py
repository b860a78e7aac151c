"""Quotes of each failure: the newest, the most typical and the gravest, always the same ones."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from reports.page import page_html
from reports.report_figures import Figures, report_figures
from reports.report_rows import Scope
from reports.typical_quotes import MOST_COMPARED, most_typical
from tests.report_samples import WEEK, in_one_language, incident, review, warehouse

SAID = ["等了一个小时", "等了半个小时才有人来", "等了快一个小时", "前台没人", "排队等了一小时", "送餐超时"]


@given(st.lists(st.sampled_from([*SAID, "慢", "等", "等了一个小时", "退房等了很久"]), min_size=1, max_size=20))
def test_the_medoid_is_that_of_scikit_learn(quotes: list[str]) -> None:
    """No quote has a higher mean cosine to all than the one that is chosen, by another package's TF-IDF."""
    vectors = TfidfVectorizer(
        analyzer=lambda text: [text[n : n + 2] for n in range(max(1, len(text) - 1))]
    ).fit_transform(quotes)
    likeness = np.asarray((vectors @ vectors.T).mean(axis=1)).ravel()
    chosen = most_typical(quotes)
    assert likeness[chosen] == pytest.approx(likeness.max())
    assert quotes.index(quotes[chosen]) == chosen


def test_what_most_say_is_typical() -> None:
    """An hour's wait, in one of its spellings; a single word and an empty quote do no harm."""
    assert SAID[most_typical(SAID)] in ("等了一个小时", "等了快一个小时")
    assert most_typical(["慢"]) == 0
    assert most_typical(["", "慢", "慢"]) == 1


def figures_of(folder: Path, told: list[dict[str, Any]]) -> Figures:
    """Return figures of incidents, one a day, the first the newest."""
    reviews = [review(n, WEEK.last_day - timedelta(days=n % 80), failures=["delivery.slow"]) for n in range(len(told))]
    incidents = [incident(of, **given) for of, given in zip(reviews, told, strict=True)]
    return report_figures(warehouse(folder, reviews, incidents), WEEK, Scope())


def test_each_failure_has_its_three_quotes(tmp_path: Path) -> None:
    """Newest, typical and gravest in this order; what only the model has found and what is unsure is not chosen."""
    told: list[dict[str, Any]] = [
        {"quote": "模型猜的", "found_by": "model"},
        {"quote": "没把握", "confidence": 0.4},
        {"quote": "等电梯等了好久"},
        *({"quote": quote} for quote in SAID),
        {"quote": "等到孩子发烧", "severity": 2},
        {"quote": "等到老人晕倒", "severity": 2},
    ]
    figures = figures_of(tmp_path, told)
    assert figures.quotes[["quote", "why"]].values.tolist() == [
        ["等电梯等了好久", "newest"],
        ["等了一个小时", "typical"],
        ["等到孩子发烧", "gravest"],
    ]
    page = in_one_language(page_html(figures))
    assert "<td>最典型</td><td>云栖湖畔酒店</td>" in page
    assert page.count("<td>等了一个小时</td>") == 1


def test_a_quote_that_is_two_of_them_stands_once(tmp_path: Path) -> None:
    """One incident alone is the newest, the most typical and the gravest."""
    figures = figures_of(tmp_path, [{"quote": "等了一个小时", "severity": 2}])
    assert figures.quotes["why"].tolist() == ["newest typical gravest"]
    assert "最新、最典型、最严重" in page_html(figures)


def test_what_only_the_model_found_is_better_than_nothing(tmp_path: Path) -> None:
    """It is chosen where no cue shows the failure."""
    figures = figures_of(tmp_path, [{"quote": "磨磨蹭蹭", "found_by": "model"}])
    assert figures.quotes["quote"].tolist() == ["磨磨蹭蹭"]


def test_only_the_newest_are_compared_but_the_gravest_is_found(tmp_path: Path) -> None:
    """Of 600 the 90 oldest say another thing, and the very oldest is the gravest."""
    told: list[dict[str, Any]] = [{"quote": "等了一个小时"}] * (MOST_COMPARED + 10) + [{"quote": "送餐送错房间"}] * 89
    told += [{"quote": "等到天亮", "severity": 3}]
    reviews = [review(n, WEEK.last_day - timedelta(days=n * 80 // 600), failures=["delivery.slow"]) for n in range(600)]
    incidents = [incident(of, **given) for of, given in zip(reviews, told, strict=True)]
    figures = report_figures(warehouse(tmp_path, reviews, incidents), WEEK, Scope())
    assert figures.quotes[["quote", "why"]].values.tolist() == [
        ["等了一个小时", "newest typical"],
        ["等到天亮", "gravest"],
    ]


def test_without_failures_there_are_no_quotes(tmp_path: Path) -> None:
    """An empty table of the same columns."""
    figures = report_figures(warehouse(tmp_path, [review(1, WEEK.start)], []), WEEK, Scope())
    assert list(figures.quotes.columns) == ["failure_subtype", "venue", "day", "quote", "severity", "why"]
    assert figures.quotes.empty
