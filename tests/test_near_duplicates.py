"""Near-duplicates: almost the same long text in one venue, told once, pointing to what was there before."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.warehouse_samples import LONG_TEXTS, Row, SmallWarehouse
from warehouse.near_duplicates import BANDS, MINIMUM_LENGTH, PERMUTATIONS, band_keys, bare, similarity

BASE = "".join(LONG_TEXTS)
NEAR = BASE.replace("四十分钟", "五十分钟")


@pytest.fixture
def small(tmp_path: Path) -> SmallWarehouse:
    """Return an empty warehouse."""
    return SmallWarehouse(tmp_path)


def row(own_id: str, text: str, day: int = 5, venue: str | None = "云栖酒店") -> Row:
    """Return one row of April."""
    return {"编号": own_id, "内容": text, "日期": f"2025-04-{day:02}", "酒店": venue}


def duplicates(small: SmallWarehouse) -> dict[str, str]:
    """Return own id → own id of the original."""
    pairs = [(str(r["review_id"]), r["duplicate_of"]) for r in small.reviews()]
    return {a.partition(":")[2]: str(b).partition(":")[2] for a, b in pairs if b is not None}


def check_no_chains(small: SmallWarehouse) -> None:
    """Check that every original is stored, is of the same venue, and repeats nothing itself."""
    reviews = {r["review_id"]: r for r in small.reviews()}
    for review in reviews.values():
        if review["duplicate_of"] is not None:
            original = reviews[review["duplicate_of"]]
            assert original["duplicate_of"] is None
            assert original["venue_name"] == review["venue_name"]


def test_a_copy_points_to_the_earlier_review(small: SmallWarehouse) -> None:
    """Within one run the earlier date is the original; in a later run what is stored is, whatever its date."""
    small.take([row("b", NEAR, 7), row("a", BASE, 6)])
    assert duplicates(small) == {"b": "a"}
    small.take([row("c", BASE + "好", 1), row("d", NEAR + "好", 2)])
    assert duplicates(small) == {"b": "a", "c": "a", "d": "a"}
    check_no_chains(small)


def test_other_venues_and_short_texts_are_no_copies(small: SmallWarehouse) -> None:
    """The same text in another venue or source, and 很好 by two guests, stand for themselves."""
    rows = [
        row("a", BASE),
        row("b", BASE, venue="松风客栈"),
        row("c", "很好"),
        row("d", "很好"),
        row("e", BASE, venue=None),
    ]
    small.take(rows)
    small.take([row("f", BASE, venue=None)], source="美团")
    assert duplicates(small) == {}
    small.take([row("g", BASE, venue=None)], source="美团")
    assert duplicates(small) == {"g": "f"}


@pytest.mark.parametrize("step", [3, 5, 8])
def test_no_chains_and_the_same_whatever_the_order(tmp_path: Path, step: int) -> None:
    """Texts that drift a few characters at a time, taken in any order of rows, give one answer without chains."""
    texts = [BASE[: len(BASE) - 6 * step] + "好评" * step for step in range(9)]
    rows = [row(f"{n}", text, day=1 + n, venue=v) for n, text in enumerate(texts) for v in ("云栖酒店",)]
    ordered, shuffled = SmallWarehouse(tmp_path / "1"), SmallWarehouse(tmp_path / "2")
    ordered.take(rows)
    mixed = rows[step:] + rows[:step]
    mixed = mixed[::2] + mixed[1::2]
    shuffled.take(mixed)
    assert duplicates(ordered) == duplicates(shuffled) != {}
    check_no_chains(ordered)


def test_an_original_that_changes_stays_one(small: SmallWarehouse) -> None:
    """A reply to an original, beside an older copy that comes late, turns no original into a copy."""
    small.take([row("a", BASE, 10)])
    small.take([row("b", NEAR, 11)])
    small.take([{**row("a", BASE, 10), "回复": "感谢您的入住。"}, {**row("c", BASE + "好", 1), "回复": None}])
    assert duplicates(small) == {"b": "a", "c": "a"}
    check_no_chains(small)


def test_copies_of_a_withdrawn_original(small: SmallWarehouse) -> None:
    """When a file is read with another mapping, nothing repeats what it took back."""
    first = [row("", BASE, 5), row("", "前台很热情", 5)]
    small.take(first)
    small.take([row("b", NEAR, 6), row("c", NEAR + "好", 7)])
    assert len(duplicates(small)) == 2
    counts = small.take(first, columns={"venue": ""})
    assert (counts.withdrawn, counts.stored, counts.rescored) == (2, 2, 2)
    assert duplicates(small) == {"c": "b"}
    check_no_chains(small)


def test_copies_of_an_original_that_reads_otherwise_now(small: SmallWarehouse) -> None:
    """When an original's text is another one, its former copies are judged anew."""
    small.take([row("a", BASE, 5), row("b", NEAR, 6), row("c", NEAR + "好", 7)])
    assert duplicates(small) == {"b": "a", "c": "a"}
    counts = small.take([row("a", "这次住得很满意，行李员帮忙把箱子送到房间，早餐也有热豆浆。", 5)])
    assert (counts.updated, counts.rescored) == (1, 2)
    assert duplicates(small) == {"c": "b"}
    assert small.table("tokens").num_rows == 3


@given(st.text(alphabet="房间很干净早餐不错前台服务好脏乱差。，！ ", max_size=60))
def test_signatures_depend_on_the_bare_text_alone(text: str) -> None:
    """Marks, spaces and neighbours in the batch change no signature; too short a text has none."""
    keys, signatures = band_keys(["云栖酒店"], [text])
    spaced_keys, spaced = band_keys(["松风客栈", "云栖酒店"], [BASE, f" {text}……"])
    assert (keys[0], signatures[0]) == (spaced_keys[1], spaced[1])
    assert (signatures[0] is not None) == (len(bare(text)) >= MINIMUM_LENGTH)
    if signatures[0] is not None:
        assert (len(keys[0]), len(signatures[0])) == (BANDS, PERMUTATIONS)
        assert similarity(signatures[0], signatures[0]) == 1.0


def test_buckets_are_those_of_a_venue() -> None:
    """The same text has other buckets in another venue and the same signature."""
    (ours, theirs), (signature, other) = band_keys(["云栖酒店", "松风客栈"], [BASE, BASE])
    assert signature == other
    assert set(ours).isdisjoint(theirs)


def test_the_estimate_is_near_the_share_of_common_trigrams() -> None:
    """The estimated similarity of two texts lies within three standard errors of the true one."""

    def trigrams(text: str) -> set[str]:
        return {bare(text)[i : i + 3] for i in range(len(bare(text)) - 2)}

    for other in (NEAR, BASE + LONG_TEXTS[0][::-1], LONG_TEXTS[1]):
        _, (signature, other_signature) = band_keys(["", ""], [BASE, other])
        assert signature is not None
        assert other_signature is not None
        true = len(trigrams(BASE) & trigrams(other)) / len(trigrams(BASE) | trigrams(other))
        assert similarity(signature, other_signature) == pytest.approx(true, abs=0.19)
