"""Rows of a query in the terminal: whole numbers at any width, and legible texts."""

from datetime import datetime
from decimal import Decimal
from io import StringIO

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from reports.query_rows import print_rows
from tests.warehouse_samples import SHANGHAI

_TEXT = "前台办理入住花了四十分钟，大堂里没有一个人来解释，行李只能自己搬上楼。"


def printed(rows: pa.Table, width: int, *, terminal: bool = True) -> str:
    """Return what a console of that width shows."""
    file = StringIO()
    print_rows(Console(file=file, width=width, force_terminal=terminal, color_system=None, highlight=False), rows)
    return file.getvalue()


@pytest.mark.parametrize("width", [30, 60, 100, 300])
def test_numbers_and_dates_are_never_cut(width: int) -> None:
    """Whatever the width, each number and time stands on one line as it is."""
    moment = datetime(2026, 4, 3, 10, 20, 30, tzinfo=SHANGHAI)
    row = {"门店名称": "云栖湖畔酒店", "n": 157894, "amount": 1234567.5, "price": Decimal("12.50"), "at": moment}
    shown = printed(pa.Table.from_pylist([{**row, "text": _TEXT}]), width)
    assert "…" not in shown
    for value in ("157894", "1,234,567.5", "12.50", str(moment) if width > 30 else "2026-04-03"):
        assert value in shown


def test_few_columns_are_a_table_and_texts_wrap() -> None:
    """A text is folded within its column; the number beside it keeps its line."""
    shown = printed(pa.table({"正文": [_TEXT], "次数": [157894]}), 60)
    _, _, *lines = [line for line in shown.splitlines() if line.strip()]
    assert len(lines) == 2
    assert max(map(cell_len, lines)) <= 60
    assert "".join(line.split("|")[1].strip() for line in lines) == _TEXT


@pytest.mark.parametrize("count", [8, 80])
def test_many_columns_are_a_block_a_row(count: int) -> None:
    """Where the columns do not fit, each row is printed with a name and a value a line."""
    rows = pa.table({f"column_{n}": [f"第{n}列的第一行内容", f"第{n}列的第二行内容"] for n in range(count)})
    lines = [line.rstrip() for line in printed(rows, 80).splitlines()]
    assert "|" not in "".join(lines)
    assert [line for line in lines if line.startswith("row")] == ["row 1", "row 2"]
    assert [line.split() for line in lines[1 : count + 1]] == [
        [f"column_{n}", f"第{n}列的第一行内容"] for n in range(count)
    ]


def test_a_text_that_would_fill_the_screen_is_a_block() -> None:
    """A very long text beside others is not folded into a narrow column of many lines."""
    rows = pa.table({"评论编号": ["携程:1"], "正文": [_TEXT * 30], "次数": [3]})
    assert "row 1" in printed(rows, 80)
    assert "row 1" not in printed(pa.table({"评论编号": ["携程:1"], "正文": [_TEXT], "次数": [3]}), 80)


def test_without_a_terminal_nothing_is_wrapped() -> None:
    """A file or a pipe gets one line a row, as wide as it is, through as many columns as there are."""
    rows = pa.table({f"column_{n}": [157894 + n, n] for n in range(80)} | {"正文": [_TEXT * 20, "好"]})
    shown = printed(rows, 80, terminal=False)
    header, _, first, second = [line for line in shown.splitlines() if line.strip()]
    assert [cell.strip() for cell in header.split("|")[1:-1]] == rows.column_names
    assert [cell.strip() for cell in first.split("|")[1:-1]] == [*(str(157894 + n) for n in range(80)), _TEXT * 20]
    assert second.count("|") == first.count("|") == 82


def test_no_rows_name_their_columns() -> None:
    """An empty answer is not an empty screen, however many columns it has."""
    names = [f"column_{n}" for n in range(80)]
    shown = printed(pa.table({name: pa.array([], pa.string()) for name in names}), 80)
    assert " ".join(shown.split()) == f"no rows; the columns are {', '.join(names)}"
    assert "次数" in printed(pa.table({"次数": pa.array([], pa.int64())}), 80)


def test_customers_words_steer_no_terminal() -> None:
    """Escape sequences and mark-up in a value show as text, in tables and in blocks."""
    hostile = "差\x1b[2J评[red]脏[/red]"
    for rows in (pa.table({"正文": [hostile]}), pa.table({f"column_{n}": [hostile] for n in range(80)})):
        shown = printed(rows, 80)
        assert "差\ufffd[2J评[red]脏[/red]" in shown
        assert "\x1b" not in shown


@given(st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=12), st.integers(40, 200))
def test_every_number_is_whole_at_every_width(numbers: list[int], width: int) -> None:
    """Any numbers beside a text, any terminal: each is found as it is."""
    rows = pa.table({"原话": ["等了一个小时也没有人来"]} | {f"n{i}": [n] for i, n in enumerate(numbers)})
    words = printed(rows, width).replace("|", " ").split()
    assert [word for word in words if word in set(map(str, numbers))] == list(map(str, numbers))
