"""The importance-performance matrix: partial correlations as others compute them, quadrants, drawing and words."""

import re
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from scipy.stats import pearsonr
from sklearn.linear_model import LinearRegression

from reports.importance_matrix import Matrix, Placed, partial_correlations
from reports.page import page_html
from reports.report_figures import Figures, report_figures
from reports.report_rows import Scope
from reports.statistics_sheets import statistics_sheets
from reports.svg_matrix import HEIGHT, WIDTH, MatrixPoint, Quadrants, matrix_chart
from tests.report_samples import HOSTILE, WEEK, mention, review, store_mentions, warehouse


def _made_up(size: int = 600) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(4)
    venues = np.repeat(np.arange(3), size // 3)
    judged = generator.integers(-1, 2, (size, 3)).astype(float)
    judged[:, 1] = np.where(generator.random(size) < 0.6, judged[:, 0], judged[:, 1])
    satisfaction = 3.5 - 0.5 * venues + 0.6 * judged[:, 0] + 0.2 * judged[:, 2] + generator.normal(0, 0.7, size)
    return satisfaction, judged, venues


def test_partial_correlations_are_those_of_residuals() -> None:
    """Each is the correlation of what two regressions on everything else leave; venues count as everything else."""
    satisfaction, judged, venues = _made_up()
    found = partial_correlations(satisfaction, judged, venues.astype(str).tolist())
    dummies = np.eye(3)[venues]
    for place in range(3):
        others = np.hstack([np.delete(judged, place, axis=1), dummies])
        left = [y - LinearRegression().fit(others, y).predict(others) for y in (satisfaction, judged[:, place])]
        told = found[place]
        assert told is not None
        assert told[0] == pytest.approx(pearsonr(*left).statistic, abs=1e-9)
        half = 1.959964 / (600 - 3 - 3 - 2) ** 0.5
        assert np.arctanh(told[2]) - np.arctanh(told[0]) == pytest.approx(half)
    first, shadow, third = found
    assert first is not None
    assert shadow is not None
    assert third is not None
    # The second only goes with the first; it moves nobody by itself.
    assert first[0] > third[0] > 0.1
    assert shadow[1] < 0 < shadow[2]


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Of 400 samples without any association, about 95 % of the intervals hold 0."""
    generator = np.random.default_rng(9)
    held = 0
    for _ in range(400):
        judged = generator.integers(-1, 2, (80, 2)).astype(float)
        ((_, low, high), _) = partial_correlations(generator.normal(0, 1, 80), judged, ["a"] * 80)  # type: ignore[misc] # none is None
        held += low <= 0 <= high
    assert 0.92 <= held / 400 <= 0.98


def test_what_never_varies_and_too_few_reviews_have_none() -> None:
    """A touchpoint that all praise says nothing of what moves satisfaction; neither do ten reviews."""
    satisfaction, judged, venues = _made_up()
    judged[:, 1] = 1.0
    found = partial_correlations(satisfaction, judged, venues.astype(str).tolist())
    assert [told is None for told in found] == [False, True, False]
    assert partial_correlations(satisfaction[:10], judged[:10], ["a"] * 10) == [None] * 3


def test_quadrants_are_cut_at_the_means() -> None:
    """Importance 0.2, 0.6, 0.1, 0.5 and performance -0.5, 0.6, 0.8, -0.7."""
    things = [
        Placed("电梯", 25, 75, 0.2, 0.1, 0.3),
        Placed("客房", 80, 20, 0.6, 0.5, 0.7),
        Placed("大堂", 90, 10, 0.1, 0.0, 0.2),
        Placed("前台", 15, 85, 0.5, 0.3, 0.6),
    ]
    matrix = Matrix(tuple(things), 400)
    assert (matrix.importance, matrix.performance) == pytest.approx((0.35, 0.05))
    assert [matrix.quadrant(thing) for thing in things] == ["later", "keep", "overdone", "improve"]
    assert [matrix.is_close(thing) for thing in things] == [False, False, False, True]


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> Figures:
    """Figures of a hotel whose front desk matters and is criticised; one of five touchpoints has a hostile name."""
    folder = tmp_path_factory.mktemp("t")
    generator = np.random.default_rng(2)
    effects = {"前台": (1.0, 0.3), "客房": (0.9, 0.8), "餐厅": (0.05, 0.8), "停车场": (0.05, 0.3), HOSTILE: (0.1, 0.7)}
    reviews: list[dict[str, Any]] = []
    said = []
    for number in range(600):
        judged = {
            place: 1 if generator.random() < good else -1
            for place, (_, good) in effects.items()
            if generator.random() < 0.5
        }
        satisfaction = 3.0 + sum(effects[place][0] * sign for place, sign in judged.items()) * 0.8
        row = review(
            number,
            WEEK.end - timedelta(days=1 + number % 90),
            satisfaction=float(np.clip(satisfaction + generator.normal(0, 0.4), 1, 5)),
            **{f"rater_{code}": judged.get("前台") for code in ("reliability", "responsiveness")},
        )
        reviews.append(row)
        said += [
            mention(row, "服务", mention_no=n, touchpoint=place, polarity=sign)
            for n, (place, sign) in enumerate(judged.items())
        ]
    tables = warehouse(folder, reviews, [])
    store_mentions(tables, said)
    return report_figures(tables, WEEK, Scope())


def test_the_matrix_of_the_touchpoints(figures: Figures) -> None:
    """The front desk comes first; two dimensions are too few for a matrix of their own."""
    matrix = figures.touchpoint_matrix
    assert matrix is not None
    assert matrix.n == 600
    assert {thing.name: matrix.quadrant(thing) for thing in matrix.placed} == {
        "前台": "improve",
        "客房": "keep",
        "餐厅": "overdone",
        "停车场": "later",
        HOSTILE: "overdone",
    }
    desk = next(thing for thing in matrix.placed if thing.name == "前台")
    assert 250 < desk.good + desk.bad < 350
    assert figures.dimension_matrix is None


def test_the_page_names_the_quadrants_and_what_to_improve(figures: Figures) -> None:
    """After Kano: a sentence, a drawing with named quadrants, a table; a hostile name stays a name."""
    page = page_html(figures)
    assert page.index("净好评率") < page.index("服务触点：优先改进：前台。")
    assert "服务质量五维的重要性与表现：样本不足" in page
    (drawn,) = re.findall(r'<svg[^>]*aria-label="服务触点的重要性与表现".*?</svg>', page, flags=re.DOTALL)
    assert all(name in drawn for name in ("优先改进", "继续保持", "次要改进", "可能投入过多"))
    assert drawn.count("<rect") == 2
    assert drawn.count("<circle") == 4
    assert HOSTILE not in page
    assert "nan" not in drawn


def test_labels_stay_inside_and_apart() -> None:
    """Twelve touchpoints of three characters: none leaves the drawing, none covers another, all are 12 pixels high."""
    generator = np.random.default_rng(3)
    names = ["前台", "客房", "卫生间", "餐厅", "大堂", "停车场", "电梯", "泳池", "健身房", "会议室", "网络", "布草间"]
    places = generator.random((len(names), 2)).tolist()
    points = [MatrixPoint(name, x, y, n % 3 == 0) for n, (name, (x, y)) in enumerate(zip(names, places, strict=True))]
    corners = Quadrants(0.5, 0.5, "优先改进", "继续保持", "次要改进", "可能投入过多", "表现", "重要性")
    drawn = matrix_chart(points, corners, "矩阵")
    texts = re.findall(r'<text x="([\d.-]+)" y="([\d.-]+)" style="font-size:15px">([^<]+)<', drawn)
    boxes = [(float(x), float(y) - 15, float(x) + 15 * len(name), float(y)) for x, y, name in texts]
    assert len(boxes) == 12
    for place, (left, top, right, bottom) in enumerate(boxes):
        assert 0 <= left <= right <= WIDTH
        assert 0 <= top <= bottom <= HEIGHT
        for other in boxes[:place]:
            assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
    assert 15 * 340 / WIDTH >= 12


def test_no_points_no_drawing() -> None:
    """Nothing is drawn of nothing."""
    assert not matrix_chart([], Quadrants(0, 0, "a", "b", "c", "d", "x", "y"), "矩阵")


def test_the_workbook_has_the_matrix_as_numbers(figures: Figures) -> None:
    """One row a touchpoint, the most important first."""
    (sheet,) = [sheet for sheet in statistics_sheets(figures) if sheet.name == "重要性与表现"]
    columns: dict[str, list[Any]] = {column.header: list(column.values) for column in sheet.columns}
    assert columns["名称"][:2] in (["前台", "客房"], ["客房", "前台"])
    assert set(columns["类别"]) == {"服务触点"}
    assert columns["重要性"] == sorted(columns["重要性"], reverse=True)
    assert columns["象限"][columns["名称"].index("前台")] == "优先改进"
