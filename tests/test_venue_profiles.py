"""What each venue is praised and criticised for."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reports.page import page_html
from reports.report_figures import report_figures
from reports.report_rows import Scope
from tests.report_samples import WEEK, mention, review, store_mentions, warehouse


def test_each_venue_has_its_own_profile(tmp_path: Path) -> None:
    """Net scores from five reviews on, the two most told aspects from three on; one review is one voice."""
    reviews: list[dict[str, Any]] = [
        review(n, WEEK.start, rater_tangibles=1 if n < 6 else -1, rater_empathy=1 if n < 4 else None) for n in range(8)
    ]
    reviews += [review(100 + n, WEEK.start, venue_name="拾光精品酒店", rater_tangibles=-1) for n in range(5)]
    reviews += [review(200, WEEK.start, venue_name="驿程轻居", rater_tangibles=1)]
    said = [mention(reviews[n], "卫生") for n in range(6)] + [mention(reviews[n], "早餐") for n in range(5)]
    said += [mention(reviews[n], "位置") for n in range(4)] + [mention(reviews[0], "卫生", mention_no=9)]
    said += [mention(reviews[n], "隔音", polarity=-1) for n in range(3)]
    said += [mention(reviews[n], "电梯", polarity=-1) for n in range(2)]
    tables = warehouse(tmp_path, reviews, [])
    store_mentions(tables, said)
    figures = report_figures(tables, WEEK, Scope())
    profiles = figures.venue_profiles.set_index("venue")
    assert list(profiles.index) == ["云栖湖畔酒店", "拾光精品酒店"]
    cloud = profiles.loc["云栖湖畔酒店"]
    assert (cloud["rater_tangibles"], cloud["n_rater_tangibles"]) == (pytest.approx(0.5), 8)
    assert np.isnan(cloud["rater_empathy"])
    assert (cloud["praised"], cloud["criticised"]) == ("卫生 6、早餐 5", "隔音 3")
    page = page_html(figures)
    row = page[page.index("各门店的服务质量五维与主要评价对象") :]
    assert "+0.50（8）" in row
    assert "-1.00（5）" in row
    assert "卫生 6、早餐 5" in row


def test_nothing_is_shown_where_nobody_judges(tmp_path: Path) -> None:
    """No empty table."""
    figures = report_figures(warehouse(tmp_path, [review(1, WEEK.start)], []), WEEK, Scope())
    assert figures.venue_profiles.empty
    assert "各门店的服务质量五维" not in page_html(figures)
