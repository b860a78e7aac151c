"""People's readings in the warehouse: which stand, which are disputed."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.label_samples import MOMENT, label
from warehouse.labels import (
    audited_reviews,
    disputed_labels,
    merged_labels,
    read_twice,
    standing_labels,
    stored_labels,
    text_digest,
    write_labels,
)
from warehouse.store import LocalStore

SLOW, COLD = ["delivery.slow"], ["staff.inattentive"]
LATER = MOMENT + timedelta(hours=1)
LATEST = MOMENT + timedelta(hours=2)


def test_one_reading_stands() -> None:
    """Nobody disputes it."""
    one = label(failure_subtypes=SLOW, quotes=["等了半小时"])
    assert standing_labels([one]) == {"ctrip:1": one}
    assert disputed_labels([one]) == {}


def test_readers_who_agree_on_failures_are_not_disputed() -> None:
    """The order of the failures and the other fields do not matter; the last reading stands."""
    first = label(annotator="甲", failure_subtypes=[*SLOW, *COLD], severity=1)
    second = label(annotator="乙", failure_subtypes=[*COLD, *SLOW], severity=2, read_at=LATER)
    assert standing_labels([second, first]) == {"ctrip:1": second}


def test_disputed_readings_wait_for_one_that_settles_them() -> None:
    """Neither of the two stands; a settled one does, whoever says otherwise."""
    first, second = label(failure_subtypes=SLOW), label(annotator="乙", failure_subtypes=COLD, read_at=LATER)
    assert standing_labels([first, second]) == {}
    assert disputed_labels([first, second]) == {"ctrip:1": [first, second]}
    settled = label(annotator="丙", failure_subtypes=SLOW, settled=True, read_at=LATEST)
    assert standing_labels([first, second, settled]) == {"ctrip:1": settled}
    assert disputed_labels([first, second, settled]) == {}


def test_an_annotator_who_reads_again_replaces_the_earlier_reading() -> None:
    """Of one purpose; that a review was drawn for an audit stays known when it is corrected later."""
    audit = label(purpose="audit", failure_subtypes=SLOW)
    correction = label(failure_subtypes=COLD, read_at=LATER)
    again = label(failure_subtypes=[], read_at=LATEST)
    merged = merged_labels(merged_labels([audit], [correction]), [again])
    assert len(merged) == 2
    assert standing_labels(merged) == {"ctrip:1": again}
    assert audited_reviews(merged) == {"ctrip:1"}


def test_settling_readings_are_no_second_opinion() -> None:
    """Who settles has seen both readings."""
    first, settled = label(), label(annotator="丙", settled=True, read_at=LATER)
    assert read_twice([first, settled]) == {}
    assert list(read_twice([first, label(annotator="乙")])) == ["ctrip:1"]


def test_the_table_comes_back_as_it_was_written(tmp_path: Path) -> None:
    """Every column of a reading survives the file."""
    store = LocalStore(tmp_path)
    one = label(
        failure_subtypes=SLOW, quotes=["等了半小时"], rater_responsiveness=-1, recovery_outcome="partial", note="急"
    )
    write_labels(store, [one])
    assert stored_labels(store) == [one]


@pytest.mark.parametrize("other", [("标题", "正文", None), (None, "正文。", None), (None, "正文", "追评")])
def test_a_reading_is_bound_to_its_text(other: tuple[str | None, str, str | None]) -> None:
    """Title, text and follow-up all count."""
    assert text_digest(*other) != text_digest(None, "正文", None)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b"]), st.sampled_from("甲乙丙"), st.sampled_from([SLOW, COLD, []]), st.booleans()
        ),
        max_size=12,
    )
)
def test_every_review_stands_or_is_disputed(readings: list[tuple[str, str, list[str], bool]]) -> None:
    """Never both, never neither."""
    labels = [
        label(review, annotator, failure_subtypes=codes, settled=settled, read_at=MOMENT + timedelta(minutes=minute))
        for minute, (review, annotator, codes, settled) in enumerate(readings)
    ]
    stands, disputed = set(standing_labels(labels)), set(disputed_labels(labels))
    assert stands | disputed == {review for review, *_ in readings}
    assert not stands & disputed
