"""The reader of lists, and what every list of the project must say."""

from pathlib import Path
from typing import Literal

import pytest
from pydantic import field_validator

from lexicons.rows import LEXICON_ROOT, Cells, LexiconError, Row, read_owner, read_rows

_HEAD = "# owner: Kesheng maintainers\n# source: written for this project\n"
_HEADER = "word\tkind\tweight\tplaces\n"


class _Entry(Row):
    word: str
    kind: Literal["praise", "blame"]
    weight: int | None = None
    places: Cells = ()
    note: Literal["a", "b"] | None = None

    @field_validator("word")
    @classmethod
    def _no_space(cls, value: str) -> str:
        if " " in value:
            raise ValueError("expected a word without spaces")
        return value


def _file(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "words.tsv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_rows_come_in_file_order_with_their_line_free_of_marks(tmp_path: Path) -> None:
    """Comments and empty lines are skipped, cells stripped, several values split, empty cells take the default."""
    path = _file(tmp_path, f"{_HEAD}\n{_HEADER}脏\tblame\t2\t客房| 大堂 |\n# 分隔\n\n热情 \tpraise\n")
    assert read_rows(path, _Entry) == (
        _Entry(word="脏", kind="blame", weight=2, places=("客房", "大堂")),
        _Entry(word="热情", kind="praise"),
    )


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_byte_order_mark_and_line_ends_of_windows_are_read(tmp_path: Path, ending: str) -> None:
    """A list saved by Excel reads the same."""
    text = f"{_HEAD}{_HEADER}脏\tblame\n".replace("\n", ending)
    assert read_rows(_file(tmp_path, text.encode("utf-8-sig")), _Entry) == (_Entry(word="脏", kind="blame"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            f"# source: x\n{_HEADER}脏\tblame\n",
            r"words\.tsv:1: expected a comment line '# owner: …' before the",
        ),
        (
            f"# owner: x\n{_HEADER}脏\tblame\n",
            r"words\.tsv:1: expected a comment line '# source: …' before the",
        ),
        (f"# owner:\n# source: x\n{_HEADER}脏\tblame\n", r"words\.tsv:1: expected a comment line '# owner: …'"),
        (_HEAD, r"words\.tsv:1: expected a header line with column names, found none"),
        (_HEAD + _HEADER, r"words\.tsv:3: expected at least one entry after the header, found none"),
        (f"{_HEAD}脏\tblame\n", r"words\.tsv:3: unknown columns \['脏', 'blame'\]; the columns are \['word', 'kind'"),
        (f"{_HEAD}word\tkind\tcolour\n脏\tblame\tx\n", r"words\.tsv:3: unknown columns \['colour'\]; the columns are"),
        (f"{_HEAD}word\n脏\n", r"words\.tsv:3: expected the columns \['kind'\] too; found \['word'\]"),
        (
            f"{_HEAD}word\tkind\tword\n脏\tblame\t净\n",
            r"words\.tsv:3: expected each column once, found \['word'\]",
        ),
        (f"{_HEAD}word\tkind\n脏\tblame\tx\n", r"words\.tsv:4: expected at most 2 tab-separated cells, found 3"),
        (f"{_HEAD}{_HEADER}\tblame\n", r"words\.tsv:4: expected a value in column 'word', found an empty cell"),
        (f"{_HEAD}{_HEADER}脏\n", r"words\.tsv:4: expected a value in column 'kind', found an empty cell"),
        (f"{_HEAD}{_HEADER}脏\tbad\n", r"words\.tsv:4: column 'kind': expected one of praise, blame; found 'bad'"),
        (f"{_HEAD}word\tkind\tnote\n脏\tblame\tc\n", r"words\.tsv:4: column 'note': expected one of a, b; found"),
        (f"{_HEAD}{_HEADER}脏\tblame\t重\n", r"words\.tsv:4: column 'weight': .*integer.*; found '重'"),
        (
            f"{_HEAD}{_HEADER}很 脏\tblame\n",
            r"words\.tsv:4: column 'word': expected a word without spaces; found",
        ),
        (
            f"{_HEAD}{_HEADER}脏\tblame\n慢\tblame\n脏\tblame\n",
            r"words\.tsv:6: the same entry stands on line 4",
        ),
        (
            (_HEAD + _HEADER).encode() + "脏\tblame\n".encode("gb18030"),
            r"words\.tsv:1: expected UTF-8, found byte",
        ),
        (b"", r"words\.tsv:1: expected a comment line '# owner: …'"),
    ],
)
def test_a_wrong_list_is_refused_with_its_line(tmp_path: Path, text: str | bytes, message: str) -> None:
    """Each kind of error names file and line, what was expected and what was found."""
    with pytest.raises(LexiconError, match=message):
        read_rows(_file(tmp_path, text), _Entry)


def test_a_missing_list_is_named(tmp_path: Path) -> None:
    """A list that is not there is a lexicon error, too, and carries path and line."""
    with pytest.raises(LexiconError, match=r"none\.tsv:1: the file does not exist") as caught:
        read_rows(tmp_path / "none.tsv", _Entry)
    assert (caught.value.path, caught.value.line) == (tmp_path / "none.tsv", 1)


def test_facts_of_a_list(tmp_path: Path) -> None:
    """The comment lines at the head are read as key and value, those below are not."""
    path = _file(tmp_path, f"{_HEAD}# about: words: of praise\n{_HEADER}脏\tblame\n# late: x\n")
    assert read_owner(path) == {
        "owner": "Kesheng maintainers",
        "source": "written for this project",
        "about": "words: of praise",
    }


def test_every_list_names_owner_and_source() -> None:
    """Somebody answers for each list, and each says where its entries come from."""
    lists = sorted(LEXICON_ROOT.rglob("*.tsv"))
    assert len(lists) > 10
    without = [p.name for p in lists if not (read_owner(p).get("owner") and read_owner(p).get("source"))]
    assert without == []


def test_every_list_is_a_table_with_named_columns() -> None:
    """No list has a line with more cells than its header, a nameless column, or no entry."""
    for path in sorted(LEXICON_ROOT.rglob("*.tsv")):
        lines = [line for line in path.read_text("utf-8-sig").split("\n") if line.strip() and not line.startswith("#")]
        columns = lines[0].split("\t")
        assert all(columns), path.name
        assert len(set(columns)) == len(columns), path.name
        assert len(lines) > 1, path.name
        assert [line for line in lines if line.count("\t") >= len(columns)] == [], path.name
