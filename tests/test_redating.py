"""Redating: which derived ids are the same review under a less or more precise date."""

from pathlib import Path

import pytest

from warehouse.index import IndexEntry, WarehouseIndex
from warehouse.redating import same_review_dated_otherwise

ID = "携程:~0a1b."


def matched(tmp_path: Path, stored: dict[str, str], *files: list[str]) -> dict[str, str]:
    """Return what is the same, without the digest; ``stored`` gives the day that each id is dated by now."""
    with WarehouseIndex(tmp_path / "index.sqlite") as index:
        entries = [IndexEntry(ID + i, "unknown", b"", "f", day) for i, day in stored.items()]
        index.apply("run-1", removed=(), stored=entries, originals=())
        exports = [[ID + i for i in file] for file in files]
        known = index.find({i for export in exports for i in export})
        same = same_review_dated_otherwise(exports, index, known)
    return {given.removeprefix(ID): found.removeprefix(ID) for given, found in same.items()}


@pytest.mark.parametrize(
    ("stored", "given", "found"),
    [
        ("202504.0", "20250405.0", True),
        ("20250405.0", "202504.0", True),
        ("2025.0", "20250405.0", True),
        ("none.0", "2025.0", True),
        ("20250405.0", "none.0", True),
        ("202504.0", "20250506.0", False),
        ("2024.0", "202504.0", False),
        ("20250405.0", "20250406.0", False),
        ("20250405.0", "20250405.1", False),
        ("none.0", "none.1", False),
    ],
)
def test_one_day_is_the_beginning_of_the_other(tmp_path: Path, stored: str, given: str, found: bool) -> None:  # noqa: FBT001 - a case of the table
    """A day, its month, its year and no date may be one review; two days, or two dated alike, are not."""
    assert matched(tmp_path, {stored: stored.partition(".")[0]}, [given]) == ({given: stored} if found else {})
    assert matched(tmp_path / "together", {}, [stored], [given]) == ({given: stored} if found else {})


@pytest.mark.parametrize(
    ("stored", "files", "same"),
    [
        # Of several the one that is dated so exactly already.
        ({"202504.1": "202504", "none.0": "20250405"}, [["20250405.0"]], {"20250405.0": "none.0"}),
        # Exact rows choose first, vague rows take what they leave.
        (
            {"20250405.0": "20250405", "2024.0": "2024"},
            [["none.0", "202404.0"]],
            {"202404.0": "2024.0", "none.0": "20250405.0"},
        ),
        # What became exact is no longer another day's.
        ({"202504.0": "20250405"}, [["20250406.0"]], {}),
        ({}, [["202504.0"], ["20250405.0"], ["20250406.0"]], {"20250405.0": "202504.0"}),
        # Each known review is claimed once within an export, its own id first.
        ({"202504.0": "202504"}, [["202504.0", "20250405.0"]], {}),
        ({"202504.0": "202504"}, [["20250405.0", "20250406.0"]], {"20250405.0": "202504.0"}),
        ({"202504.0": "202504"}, [["20250405.0"], ["20250405.0"]], {"20250405.0": "202504.0"}),
    ],
)
def test_which_of_several(tmp_path: Path, stored: dict[str, str], files: list[list[str]], same: dict[str, str]) -> None:
    """The most exact date wins, and no review stands for two rows of one export."""
    assert matched(tmp_path, stored, *files) == same


def test_own_ids_are_left_alone(tmp_path: Path) -> None:
    """An id of the source that looks almost like a derived one is no other review's."""
    stored = {f"{i}": "none" for i in ("x.none.0",)}
    assert matched(tmp_path, stored, ["x.2025.0", "20250405", "2025.a"]) == {}
