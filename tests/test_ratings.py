"""Rating cells and the scale of a column."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.ratings import SCALES, RatingColumn, RatingColumnEvidence, Scale, rating_words, read_rating


def _column(*values: object, header: str = "评分") -> RatingColumn:
    evidence = RatingColumnEvidence()
    for value in values:
        evidence.add(value)
    return evidence.decide(header)


@pytest.mark.parametrize(
    ("text", "rating"),
    [
        ("4.7", 4.7),
        ("４．７", 4.7),
        ("5分", 5.0),
        ("4.5 分", 4.5),
        ("评分：4.7", 4.7),
        ("4.7 很好", 4.7),
        ("4星", 4.0),
        ("4星级", 4.0),
        ("五星", 5.0),
        ("三星", 3.0),
        ("5星好评", 5.0),
        ("★★★★☆", 4.0),
        ("⭐️⭐️⭐️", 3.0),
        ("★★★½", 3.5),
        ("s-star5", 5.0),
        ("star50", 5.0),
        ("irr-star45", 4.5),
        ("allstar40", 4.0),
        ("sml-str35", 3.5),
        ("4.5/5", 4.5),
        ("9/10", 4.5),
        ("5.0 out of 5 stars", 5.0),
        ("80/100", 4.0),
        ("90%", 4.5),
        ("好评", 5.0),
        ("中评", 3.0),
        ("差评", 1.0),
        ("非常满意", 5.0),
        ("不满意", 2.0),
        ("非常不滿意", 1.0),
        ("0.5", 1.0),
        (4, 4.0),
        (4.5, 4.5),
    ],
)
def test_cells_of_many_kinds_become_one_to_five(text: object, rating: float) -> None:
    """Each kind of rating cell gives the rating it means on five stars."""
    assert read_rating(text) == rating


@pytest.mark.parametrize(
    "value", ["", "0", "6", "-1", "☆☆☆☆☆", "房间不错", "H01", "11/10", "120%", "nan", None, True, float("nan")]
)
def test_what_is_no_rating_gives_none(value: object) -> None:
    """Values outside the scale and other texts give no rating instead of a clipped one."""
    assert read_rating(value) is None


@pytest.mark.parametrize(
    ("values", "header", "scale", "given_value", "rating"),
    [
        (("4.7", "5", "3"), "评分", "5", "4.7", 4.7),
        (("8", "9.5", "5"), "评分", "10", "5", 2.5),
        (("5", "4", "3"), "评分（满分10分）", "10", "5", 2.5),
        (("9", "10", "3"), "NPS", "10", "0", 1.0),
        (("85", "92", "60"), "score", "100", "60", 3.0),
        (("50", "40", "35"), "star", "50", "35", 3.5),
        (("好评", "差评"), "评价等级", "5", "好评", 5.0),
        (("1", "1", "1"), "评分", "5", "1", 1.0),
    ],
)
def test_the_scale_is_decided_for_the_column(
    values: tuple[str, ...], header: str, scale: Scale, given_value: str, rating: float
) -> None:
    """The same number means another rating on another scale."""
    column = _column(*values, header=header)
    assert column.scale == scale
    assert column.read(given_value) == rating


def test_one_slip_does_not_change_the_scale_of_a_column() -> None:
    """A single 50 among five-star ratings is out of scale; the others keep their meaning."""
    column = _column(*["5"] * 60, *["4"] * 60, "50")
    assert column.scale == "5"
    assert column.read("4") == 4.0
    assert column.read("50") is None


@pytest.mark.parametrize("slips", [("99",), ("10",), ("7", "9")])
def test_slips_do_not_make_a_small_column_one_of_ten_points(slips: tuple[str, ...]) -> None:
    """Forty ratings of one to five with a slip or two stay on five: a 5 is a 5, and the slip is no rating."""
    column = _column(*["5"] * 20, *["3"] * 20, *slips)
    assert column.scale == "5"
    assert column.read("5") == 5.0
    assert column.read(slips[0]) is None


@pytest.mark.parametrize("values", [("0", "1", "1"), ("-1", "1"), ("-1", "0", "1")])
def test_labels_are_no_ratings(values: tuple[str, ...]) -> None:
    """A column of 0/1 or -1/0/1 holds labels, whatever its name."""
    column = _column(*values)
    assert column.scale == "none"
    assert column.read("1") is None


@given(st.text(max_size=50), st.sampled_from(SCALES))
def test_any_text_gives_a_rating_in_range_or_none(text: str, scale: Scale) -> None:
    """No cell stops an import or leaves 1 to 5."""
    rating = read_rating(text, scale)
    assert rating is None or 1 <= rating <= 5


@given(
    st.lists(st.floats(min_value=0, max_value=100), min_size=2, max_size=2), st.sampled_from(("5", "10", "50", "100"))
)
def test_a_higher_mark_is_never_a_lower_rating(marks: list[float], scale: Scale) -> None:
    """The map of every scale keeps the order."""
    low, high = (read_rating(mark, scale) for mark in sorted(marks))
    assert low is None or high is None or low <= high


def test_the_words_cover_all_five_stars() -> None:
    """The list behind the reader has words for each rating and no other."""
    assert set(rating_words().values()) == {1, 2, 3, 4, 5}
