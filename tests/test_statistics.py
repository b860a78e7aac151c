"""Statistics of the report, against published examples, independent packages and the laws they obey."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control
from sklearn.linear_model import LinearRegression

from reports.statistics import (
    false_discoveries_held,
    impacts,
    kano,
    more_than_expected,
    rise_by_chance,
    shrunken_means,
)


def test_benjamini_and_hochbergs_own_example() -> None:
    """Their fifteen p-values of 1995 (section 3.2): at 5 % the first four are told."""
    chances = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719]
    chances += [0.6528, 0.759, 1.0]
    assert sum(false_discoveries_held(chances)) == 4


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_false_discoveries_are_held_as_scipy_holds_them(chances: list[float]) -> None:
    """The same are told as by SciPy's adjusted p-values."""
    adjusted = false_discovery_control(chances)
    told = false_discoveries_held(chances)
    for place, value in enumerate(adjusted):
        if abs(value - 0.05) > 1e-9:
            assert told[place] == (value <= 0.05)


@given(st.lists(st.tuples(st.floats(1, 5), st.integers(1, 400)), min_size=2, max_size=30))
def test_shrunken_means_stay_between_their_own_and_the_common_one(groups: list[tuple[float, int]]) -> None:
    """None passes the common mean, and of two with the same mean the smaller group is drawn farther."""
    means, sizes = [mean for mean, _ in groups], [size for _, size in groups]
    drawn = shrunken_means(means, sizes, 1.0)
    low, high = min(means), max(means)
    assert all(low - 1e-9 <= value <= high + 1e-9 for value in drawn)
    moved = [value - mean for value, mean in zip(drawn, means, strict=True)]
    for one, mean in enumerate(means):
        for other, same in enumerate(means):
            if mean == same and sizes[one] < sizes[other]:
                assert abs(moved[one]) >= abs(moved[other]) - 1e-9


def test_venues_that_differ_by_chance_alone_are_drawn_together() -> None:
    """Where venues differ less than their sizes explain, nothing is left of the differences; else most of it is."""
    close = shrunken_means([4.0, 4.05, 3.95], [10, 10, 10], 1.0)
    assert close == pytest.approx([4.0, 4.0, 4.0])
    apart = shrunken_means([2.0, 3.0, 4.0], [400, 400, 400], 1.0)
    assert apart == pytest.approx([2.0, 3.0, 4.0], abs=0.01)


def test_the_impact_is_the_difference_within_venues() -> None:
    """A failure costs 1.5 grades; that one venue is worse altogether, and has it more often, changes nothing."""
    generator = np.random.default_rng(3)
    venues = np.repeat([0, 1], 400)
    failed = generator.random(800) < np.where(venues == 0, 0.2, 0.6)
    satisfaction = 4.5 - 1.0 * venues - 1.5 * failed + generator.normal(0, 0.5, 800)
    never = np.zeros(800)
    (impact, none) = impacts(satisfaction, np.stack([failed, never], axis=1).astype(float), venues.astype(str).tolist())
    assert impact is not None
    assert impact.low < -1.5 < impact.high
    assert impact.high - impact.low < 0.2
    assert none is None
    dummies = np.stack([failed, venues], axis=1)
    assert impact.value == pytest.approx(LinearRegression().fit(dummies, satisfaction).coef_[0])


def test_surprise_and_rise_are_those_of_the_textbook() -> None:
    """Three heads or more of three: 1/8. 60 of 200 against 30 of 200: z = 3.59."""
    assert more_than_expected(3, 3, 0.5) == pytest.approx(0.125)
    assert rise_by_chance(60, 200, 30, 200) == pytest.approx(1.64e-4, rel=0.02)
    assert rise_by_chance(1, 0, 1, 10) == 1.0


@pytest.mark.parametrize(
    ("reward", "penalty", "kind"),
    [(0.1, 1.2, "must_be"), (1.2, 0.1, "attractive"), (0.8, 0.9, "performance"), (0.1, 0.2, "indifferent")],
)
def test_kano_reads_the_asymmetry(reward: float, penalty: float, kind: str) -> None:
    """Clean rooms are expected, a birthday cake delights, speed counts both ways, and the lobby music moves nobody."""
    assert kano(reward, penalty) == kind
