"""The codebook's labels."""

import re
from pathlib import Path

import pytest

from lexicons.codebook import codebook, codes, group_of, label_name
from models.reader import RATER_DIMENSIONS


def test_the_failure_taxonomy_is_whole() -> None:
    """Four groups and fifteen sub-types; each sub-type belongs to a group of the codebook, and each group has some."""
    groups, subtypes = codes("failure_group"), codes("failure_subtype")
    assert groups == ("delivery", "request", "staff", "customer")
    assert len(subtypes) == 15
    assert {group: sum(group_of(s) == group for s in subtypes) for group in groups} == {
        "delivery": 3,
        "request": 4,
        "staff": 4,
        "customer": 4,
    }


def test_every_label_has_a_chinese_and_an_english_name() -> None:
    """The Chinese name is Chinese, the English name is not, and no two labels of a field share one."""
    for field, labels in codebook().items():
        for label in labels.values():
            assert re.search(r"[一-鿿]", label.chinese), (field, label.code)
            assert re.search(r"[A-Za-z]", label.english), (field, label.code)
            assert not re.search(r"[一-鿿]", label.english), (field, label.code)
        assert len({label.chinese for label in labels.values()}) == len(labels), field
        assert len({label.english for label in labels.values()}) == len(labels), field


def test_the_rater_dimensions_are_the_readers() -> None:
    """SERVQUAL's five dimensions stand in one order in the codebook and in the reader's columns."""
    assert codes("rater") == RATER_DIMENSIONS


def test_the_scales_are_whole() -> None:
    """Severity runs from 0 to 3, satisfaction from 1 to 5 where they are named."""
    assert codes("severity") == ("0", "1", "2", "3")


@pytest.mark.parametrize(
    ("field", "code", "language", "name"),
    [
        ("failure_subtype", "delivery.slow", "zh", "服务延误"),
        ("failure_subtype", "staff.inattentive", "zh", "态度冷淡"),
        ("severity", 3, "zh", "红线"),
        ("failure_group", "staff", "en", "Staff behaviour"),
        ("failure_subtype", "delivery.lost", "zh", "delivery.lost"),
        ("severity", 9, "en", "9"),
    ],
)
def test_names_to_show(field: str, code: str | int, language: str, name: str) -> None:
    """A code shows under its name in either language, and as itself where the codebook does not know it."""
    assert label_name(field, code, "zh" if language == "zh" else "en") == name


def test_an_unknown_field_is_an_error() -> None:
    """A wrong field name is a mistake in the code, not a label without a name."""
    with pytest.raises(KeyError, match="failures"):
        label_name("failures", "delivery.slow")
    with pytest.raises(KeyError, match="failures"):
        codes("failures")


def test_every_reason_for_a_reject_has_names() -> None:
    """Each code that the readers of files give to a bad row can be shown in both languages."""
    sources = Path(__file__).resolve().parents[1] / "sources"
    pattern = re.compile(r'(?:BadRow|Unreadable)\(\s*(?:row_number,\s*)?"(\w+)"')
    reasons = {code for path in sources.glob("*.py") for code in pattern.findall(path.read_text("utf-8"))}
    assert len(reasons) >= 6
    assert reasons <= set(codes("reject_reason"))
