"""The gate: scores on the sample do not fall more than two standard errors below their floors."""

import pytest

from models.annotations import read_annotations
from models.quality_document import FEWEST as FEWEST_IN_DOCUMENT
from tests.floors import FEWEST, LABELS, fallen, labels_digest, measure, read_floors


def test_floors_are_of_the_labels_that_are_there() -> None:
    """Floors of other labels say nothing; `make floors` pins them anew."""
    assert read_floors()[0] == labels_digest()


@pytest.mark.slow
def test_no_score_has_fallen() -> None:
    """What the lists read on the sample today is as good as when the floors were pinned."""
    assert fallen(read_floors()[1], measure()) == []


def test_the_gate_falls_shut() -> None:
    """A loss within two errors passes; a greater one, and a score that is gone, are named."""
    floors = {"sub-types": {"value": 0.8, "error": 0.01}, "delivery.slow": {"value": 0.7, "error": 0.02}}
    assert fallen(floors, {"sub-types": {"value": 0.781}, "delivery.slow": {"value": 0.9}}) == []
    problems = fallen(floors, {"sub-types": {"value": 0.779}})
    assert [problem.partition(":")[0] for problem in problems] == ["sub-types", "delivery.slow"]


def test_the_labels_can_carry_floors() -> None:
    """The sample has 600 labelled texts, and the gate and the document leave out the same sub-types."""
    assert len(read_annotations(LABELS)) == 600
    assert FEWEST == FEWEST_IN_DOCUMENT
