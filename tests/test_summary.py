"""The summary of a night: its figures, its parts in both languages, and what becomes of customers' words."""

from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from lexicons.codebook import Language
from reports.console import to_renderable
from reports.markdown import escape, to_markdown
from reports.sections import MINIMUM_BASE, Section, sections
from reports.summary import summarise
from tests.summary_samples import NEWEST, failures_of, fill, incident, parts_of, review, run, store_rows
from warehouse.schema import REJECTS, REVIEWS, RUNS
from warehouse.store import LocalStore, Partition

_HOSTILE = "<script>alert(1)</script> | [点我](javascript:alert(1)) [red]脏[/red] `x` *y*"


@pytest.fixture
def night(tmp_path: Path) -> Path:
    """A warehouse with sixteen reviews, one of which repeats another, a silent venue, and rejects that are hostile."""
    reviews = [review(n, failed=n < 4) for n in range(8)]
    reviews += [review(n, 40, failed=n < 9, run_id="night-1") for n in range(8, 13)]
    reviews += [review(n, 30, source="meituan", venue_name="老灶面馆", run_id="night-1") for n in (30, 31, 32)]
    reviews.append(review(21, failed=True, duplicate_of="ctrip:0"))
    incidents = [incident(0, _HOSTILE, severity=3), incident(1, "等了一个小时"), incident(2, "等太久", severity=1)]
    incidents.append(incident(21, "重复的抱怨", severity=3))
    fill(tmp_path, reviews, incidents)
    reject = {"run_id": "night-2", "source": "ctrip", "file_name": "a.csv", "reason": "empty_text"}
    rows = [{**reject, "row_number": 5, "detail": "expected a text", "row": _HOSTILE}, {**reject, "row_number": 9}]
    store_rows(tmp_path, REJECTS, rows)
    return tmp_path


def _drawn(parts: list[Section], language: Language) -> str:
    console = Console(file=StringIO(), width=300, force_terminal=False)
    console.print(to_renderable(parts, language))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_the_parts_in_chinese(night: Path) -> None:
    """Each part says what the warehouse holds, in Chinese only."""
    parts = parts_of(night)
    assert parts["本次处理"].notes == ("night-2", "读取 12 = 新增 10 + 更新 0 + 未变 0 + 重复 0 + 拒收 2")
    assert parts["各来源数据量"].rows == (
        ("ctrip", "14", "9", "2026-06-20", "2026-07-29"),
        ("meituan", "3", "0", "2026-06-30", "2026-06-30"),
    )
    assert parts["服务失误"].rows == (("服务延误", "5", "31.2%", "50.0%", "–"),)
    assert parts["服务失误"].notes[0].endswith("近 28 天 8 条，此前 28 天 8 条。")
    assert parts["集中在哪里"].lines == ("服务延误 — 门店：云栖湖畔酒店 3次；触点：前台 3次",)
    quotes = parts["客人原话（已脱敏）"].lines
    assert quotes[0].startswith(f"服务延误 [红线] “{_HOSTILE}” 云栖湖畔酒店、2026-07-30")
    assert quotes[1] == "服务延误 [较重] “等了一个小时” 云栖湖畔酒店、2026-07-30"
    assert len(quotes) == 2
    assert parts["未能入库的记录"].rows[0][:4] == ("ctrip", "a.csv", "没有客人正文", "2")
    assert parts["久无新评论的来源与门店"].rows == (("meituan", "老灶面馆", "2026-06-30", "29"),)
    (months,) = (part for heading, part in parts.items() if heading.startswith("各月满意度"))
    assert [row[:3] for row in months.rows] == [("2026-06", "8", "3.75"), ("2026-07", "8", "3.00")]


def test_the_parts_in_english(night: Path) -> None:
    """The same figures in English, without a Chinese word of ours."""
    parts = parts_of(night, "en")
    assert parts["This run"].notes[1].startswith("read 12 = stored 10 + updated 0 + ")
    assert parts["Service failures"].rows[0][1:] == ("5", "31.2%", "50.0%", "–")
    assert parts["Where they happen"].lines[0].endswith("— Venues: 云栖湖畔酒店 3; Touchpoints: 前台 3")
    assert parts["Sources and venues gone silent"].notes == (
        "Nothing new for more than 14 days before the newest review (2026-07-29).",
    )
    text = " ".join(p.heading + "".join((*p.notes, *p.columns)) for p in parts.values())
    assert not any("一" <= ch <= "鿿" for ch in text)


def test_both_languages_have_the_same_parts(night: Path) -> None:
    """Nothing is told in one language only."""
    shapes = [
        [(len(p.notes), len(p.columns), len(p.rows), len(p.lines), p.numeric) for p in parts_of(night, lang).values()]
        for lang in ("zh", "en")
    ]
    assert shapes[0] == shapes[1]
    assert len(shapes[0]) == 10


@pytest.mark.parametrize(
    ("language", "told"), [("zh", "撤回 3 条，重新分析 7 条"), ("en", "withdrawn 3, read again 7")]
)
def test_what_was_withdrawn_or_read_again_is_told(tmp_path: Path, language: Language, told: str) -> None:
    """Counts beside the conservation line are told where there are any, in the reader's language."""
    fill(tmp_path, [review(1)], [incident(1, "慢")])
    store_rows(tmp_path, RUNS, [run("night-2", withdrawn=3, rescored=7)])
    assert told in next(iter(parts_of(tmp_path, language).values())).notes[-1]


@pytest.mark.parametrize(("language", "too_few"), [("zh", "样本不足"), ("en", "too few")])
def test_too_few_reviews_give_no_share(tmp_path: Path, language: Language, too_few: str) -> None:
    """Below the minimum base neither the share of the period nor its change is shown; one more review shows both."""
    before = [review(50 + n, 40) for n in range(MINIMUM_BASE)]
    few = [review(n, failed=True) for n in range(MINIMUM_BASE - 1)]
    fill(tmp_path, [*few, *before], [incident(0, "慢")])
    (row,) = failures_of(tmp_path, language).rows
    assert row[3:] == (too_few, too_few)
    fill(tmp_path, [*few, review(30), *before], [incident(0, "慢")])
    (row,) = failures_of(tmp_path, language).rows
    assert row[3] == "80.0%"
    assert row[4].startswith("+80.0")


@pytest.mark.parametrize(("language", "hint"), [("zh", "库内还没有评论"), ("en", "The warehouse holds no reviews yet")])
def test_an_empty_warehouse_says_what_to_do(tmp_path: Path, language: Language, hint: str) -> None:
    """Without reviews there are the counts and the way to import some."""
    parts = sections(summarise(tmp_path, (), 14), language, 14)
    assert len(parts) == 2
    assert hint in parts[1].notes[0]
    assert hint in to_markdown(parts, language)
    assert hint in _drawn(parts, language)


def test_reviews_without_dates_make_a_summary(tmp_path: Path) -> None:
    """Undated reviews are counted, and no month, no period and no silence is made up."""
    undated: dict[str, Any] = {"published_at": None, "published_precision": "none"}
    fill(tmp_path, [review(1, failed=True, **undated)], [incident(1, "慢", published_at=None, venue_name=None)])
    parts = parts_of(tmp_path)
    assert parts["各来源数据量"].rows == (("ctrip", "1", "1", "", ""),)
    assert parts["服务失误"].rows == (("服务延误", "1", "100.0%", "样本不足", "样本不足"),)
    assert parts["客人原话（已脱敏）"].lines == ("服务延误 [较重] “慢”",)
    assert parts["久无新评论的来源与门店"].notes == ("无",)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_customers_words_are_no_markdown(night: Path, language: Language) -> None:
    """Script, table bars, links and code in a review show as the text that they are; tables keep their columns."""
    document = to_markdown(list(parts_of(night, language).values()), language)
    assert "<" not in document
    assert "&lt;script&gt;alert(1)&lt;/script&gt; \\| \\[点我\\](javascript:alert(1))" in document
    assert "\\`x\\` \\*y\\*" in document
    tables = [line for line in document.splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") - 1 for line in tables} <= {4, 5, 8}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_customers_words_are_no_console_markup(night: Path, language: Language) -> None:
    """The terminal prints [red] and <script> as written."""
    assert _HOSTILE in _drawn(list(parts_of(night, language).values()), language)


@pytest.mark.parametrize("width", [50, 80])
def test_a_narrow_terminal_cuts_nothing(night: Path, width: int) -> None:
    """Cells are folded, never shortened; a heading stands apart from what is above it."""
    console = Console(file=StringIO(), width=width, force_terminal=False)
    parts = parts_of(night, "en")
    # An example of a rejected row is shortened on purpose.
    del parts["Rows that could not be taken"]
    console.print(to_renderable(list(parts.values()), "en"))
    assert isinstance(console.file, StringIO)
    lines = [line.strip() for line in console.file.getvalue().splitlines()]
    assert not any("…" in line for line in lines)
    for heading in parts:
        assert lines[lines.index(heading) - 1] == ""


def test_the_terminal_gets_no_escape_sequences() -> None:
    """Control characters in a review cannot steer the reader's terminal."""
    hostile = "差\x1b[2J\x1b]0;owned\x07评\x9b31m"
    drawn = _drawn([Section("x", notes=(hostile,), columns=("a",), rows=((hostile,),), lines=(hostile,))], "zh")
    assert drawn.count("差\ufffd[2J\ufffd]0;owned\ufffd评\ufffd31m") == 3
    assert not set(drawn) & set("\x1b\x07\x9b")


def test_addresses_in_reviews_become_no_links() -> None:
    """Viewers that link bare addresses find none."""
    assert escape("加微信看 https://example.invalid 或 www.example.invalid") == (
        "加微信看 https\\://example.invalid 或 www\\.example.invalid"
    )


@settings(deadline=None)
@given(st.text())
def test_escaped_text_holds_no_mark_that_is_not_escaped(text: str) -> None:
    """Every Markdown mark has its backslash, HTML's brackets are entities, and a cell stays on one line."""
    escaped = escape(text)
    assert "\n" not in escaped
    assert not set("<>") & set(escaped)
    rest = escaped.replace("&lt;", "").replace("&gt;", "").replace("\\\\", "")
    for mark in "`*_{}[]#|~!&$":
        assert rest.count(mark) == rest.count(f"\\{mark}")


def test_a_review_dated_in_the_future_does_not_make_the_present_past(night: Path) -> None:
    """One wrong date after the last run leaves the last 28 days and the silent venues as they are."""
    before = parts_of(night)
    store = LocalStore(night)
    partition = Partition(REVIEWS.name, "2026-07")
    wrong = review(99, published_at=datetime(2040, 1, 1, tzinfo=NEWEST.tzinfo))
    rows = [*store.read(partition).to_pylist(), wrong]
    store.replace(partition, pa.Table.from_pylist(rows, schema=REVIEWS.arrow))
    after = parts_of(night)
    assert after["服务失误"].notes == before["服务失误"].notes
    assert after["久无新评论的来源与门店"] == before["久无新评论的来源与门店"]
