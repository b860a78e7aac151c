"""The message of a night: what is told, what is not, and what becomes of customers' words on the way to a chat."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from lexicons.codebook import Language
from reports.inert_text import inert, inert_id
from reports.message_text import MOST_CHARACTERS, MessageText, message_text
from reports.night_message import NightMessage, RedLine, Silence, night_message
from tests.summary_samples import NEWEST, fill, incident, review, run, store_rows
from warehouse.schema import REJECTS, REVIEWS, RUNS

_HOSTILE = '[点我](javascript:alert(1)) <script>x</script> <at user_id="all"></at> @all www.钓鱼.cn http://1.2.3.4'
_COUNTS = {"read": 6, "stored": 4, "updated": 1, "unchanged": 0, "duplicates": 0, "rejected": 1}


def _told(warehouse: Path, *run_ids: str, unread: tuple[str, ...] = ()) -> NightMessage:
    return night_message(warehouse, run_ids or ("night-2",), 14, unread)


def _text(message: NightMessage, language: Language = "zh", **given: Any) -> MessageText:
    text = message_text(message, language, **given)
    assert text is not None
    return text


def _red(number: int, quote: str = "服务员动手打人", **given: Any) -> RedLine:
    known = {"published": date(2026, 7, 29), "precision": "day", **given}
    return RedLine(f"ctrip:{number}", "ctrip", "云栖湖畔酒店", "staff.misconduct", quote, "客房部", **known)


def test_red_lines_of_this_night_alone_are_told_newest_first(tmp_path: Path) -> None:
    """Not those of earlier nights, not milder ones, not the repeat of one that is told; a repeat that adds one is."""
    reviews = [review(n, failed=True) for n in (1, 2, 3, 5)] + [review(4, failed=True, run_id="night-1")]
    reviews += [review(6, failed=True, duplicate_of="ctrip:1"), review(7, failed=True, duplicate_of="ctrip:3")]
    grave = {"severity": 3, "failure_subtype": "staff.misconduct", "source": "ctrip"}
    incidents = [
        incident(1, "服务员动手打人", department="前厅部", **grave),
        incident(2, "经理当众辱骂客人", **{**grave, "published_at": NEWEST + timedelta(days=1)}),
        incident(3, "等了一个小时"),
        incident(4, "保安抢走手机", **grave),
        incident(5, "前台偷拍客人", **{**grave, "published_at": None}),
        incident(6, "服务员动手打人了", **grave),
        incident(7, "又有人动手", **grave),
    ]
    fill(tmp_path, reviews, incidents)
    message = _told(tmp_path)
    assert [r.review_id for r in message.red_lines] == ["ctrip:2", "ctrip:1", "ctrip:7", "ctrip:5"]
    assert message.red_lines[1] == RedLine(
        "ctrip:1", "ctrip", "云栖湖畔酒店", "staff.misconduct", "服务员动手打人", "前厅部", NEWEST.date(), "second"
    )


def test_a_reanalysis_that_the_night_took_up_brings_no_news(tmp_path: Path) -> None:
    """Reviews that were only read again are no red lines of this night, and its counts stay."""
    fill(tmp_path, [review(1, failed=True, run_id="again")], [incident(1, "服务员动手打人", severity=3)])
    store_rows(tmp_path, RUNS, [{**run("again", rescored=1), "kind": "reanalyse"}, run("night-3")])
    message = _told(tmp_path, "again", "night-3")
    assert not message.says_something
    assert message_text(message, "zh") is None


def test_an_unknown_run_is_refused(tmp_path: Path) -> None:
    """A message about a run that the ledger does not hold would say that nothing happened."""
    fill(tmp_path, [review(1)], [])
    with pytest.raises(ValueError, match=r"expected runs of the ledger in .*; found none of night-9"):
        _told(tmp_path, "night-9")


def test_a_silence_is_told_in_the_night_in_which_it_begins(tmp_path: Path) -> None:
    """With the newest review two days on, the venue last heard of 15 days ago is new, the one of 40 days is not."""
    reviews = [review(n, 0) for n in range(3)] + [review(3, 2, run_id="night-1")]
    reviews += [review(n, 15, venue_name="老灶面馆", run_id="night-1") for n in (10, 11, 12)]
    reviews += [review(n, 40, venue_name="拾光精品酒店", run_id="night-1") for n in (20, 21, 22)]
    fill(tmp_path, reviews, [])
    assert _told(tmp_path).silences == (Silence("ctrip", "老灶面馆", (NEWEST - timedelta(days=15)).date(), 15),)
    # Nothing new: the newest review is that of the night before, and the same silence is not told again.
    store_rows(tmp_path, RUNS, [run("night-2"), run("night-3")])
    assert not _told(tmp_path, "night-3").says_something


def test_on_the_first_night_all_recent_silences_are_new(tmp_path: Path) -> None:
    """Those of more than half a year are closed venues, not news."""
    reviews = [review(n, 0) for n in range(3)]
    reviews += [review(n, 40, venue_name="拾光精品酒店") for n in (20, 21, 22)]
    reviews += [review(n, 400, venue_name="旧城客栈") for n in (30, 31, 32)]
    fill(tmp_path, reviews, [])
    assert [s.venue for s in _told(tmp_path).silences] == ["拾光精品酒店"]


def test_a_bad_spell_is_told_when_the_night_brings_it(tmp_path: Path) -> None:
    """The failures of this night make the spell; in the night after it is known and not told again."""
    reviews = [review(100 * week + n, 7 * week, run_id="night-1") for week in range(2, 12) for n in range(10)]
    reviews += [review(100 * week + n, 7 * week, failed=n < 8) for week in range(2) for n in range(10)]
    fill(tmp_path, reviews, [incident(n, "等了一个小时") for n in range(8)])
    (spell,) = _told(tmp_path).spells
    assert (spell.venue, spell.failure_subtype, spell.inside.failed) == ("云栖湖畔酒店", "delivery.slow", 16)
    text = _text(_told(tmp_path))
    assert "失误高发 1 起" in text.title
    assert "云栖湖畔酒店 — 服务延误（多在前台）：" in text.body
    store_rows(tmp_path, REVIEWS, [*reviews, review(9999, 0, run_id="night-3")])
    store_rows(tmp_path, RUNS, [run("night-2"), run("night-3")])
    assert _told(tmp_path, "night-3").spells == ()


def test_files_and_rows_that_were_not_taken_are_told(tmp_path: Path) -> None:
    """Unread files by name and reason, rejects by file and reason with their number, never the row itself."""
    fill(tmp_path, [review(1)], [])
    reject = {"run_id": "night-2", "source": "ctrip", "file_name": "七月.csv", "row": _HOSTILE, "detail": _HOSTILE}
    reasons = ["empty_text"] * 3 + ["bad_json"]
    rows = [{**reject, "reason": reason, "row_number": number} for number, reason in enumerate(reasons)]
    store_rows(tmp_path, REJECTS, [*rows, {**reject, "run_id": "night-1", "reason": "empty_text", "row_number": 9}])
    message = _told(tmp_path, unread=("坏文件.xlsx: expected a workbook",))
    text = _text(message)
    assert text.title == f"客声夜间通报 {NEWEST:%Y-%m-%d}：未读文件 1 个，拒收 4 条"
    assert text.body.splitlines() == [
        "【未能读取的文件】1 个",
        "1. 坏文件．xlsx： expected a workbook",
        "",
        "【未能入库的记录】4 条",
        "1. ctrip｜七月．csv：没有客人正文，3 条",
        "2. ctrip｜七月．csv：不是有效的 JSON，1 条",
        "",
        "读取 12 = 新增 10 + 更新 0 + 未变 0 + 重复 0 + 拒收 2",
        "完整情况见运行摘要 summary.md。",
    ]


def test_the_text_in_chinese_and_english() -> None:
    """The gravest part first; days only as exactly as they are known."""
    red_lines = (_red(1), _red(2, precision="month"), _red(3, published=None, precision="none"))
    message = NightMessage(
        date(2026, 7, 30), _COUNTS, red_lines, silences=(Silence("ctrip", "老灶面馆", date(2026, 7, 1), 29),)
    )
    text = _text(message)
    assert text.title == "客声夜间通报 2026-07-30：红线 3 条，新沉寂 1 处"
    assert text.body.splitlines()[:6] == [
        "【红线事件】新增或有更新的 3 条",
        "1. 云栖湖畔酒店（客房部）｜严重失当行为：“服务员动手打人” 2026-07-29 ctrip:1",
        "2. 云栖湖畔酒店（客房部）｜严重失当行为：“服务员动手打人” 2026-07 ctrip:2",
        "3. 云栖湖畔酒店（客房部）｜严重失当行为：“服务员动手打人” 日期不详 ctrip:3",
        "",
        "【新沉寂的来源与门店】1 处",
    ]
    english = _text(message, "en")
    assert english.title == "Kesheng, night of 2026-07-30: red lines: 3, gone silent: 1"
    assert "Out-of-the-ordinary misconduct: “服务员动手打人” 2026-07-29 ctrip:1" in english.body


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("most", "in_bytes"), [(MOST_CHARACTERS, False), (2048, True)])
def test_a_bad_night_fits_and_says_how_much_is_left_out(language: Language, most: int, in_bytes: bool) -> None:  # noqa: FBT001 - a case of the test
    """However much there is, the text keeps its limit, every part its heading, and the numbers add up."""
    message = NightMessage(
        date(2026, 7, 30),
        _COUNTS,
        tuple(_red(n, "前台当着孩子的面动手推人还骂脏话" * 9) for n in range(900)),
        unread=tuple(f"导出{n}.csv: expected a table" for n in range(7)),
        silences=tuple(Silence("ctrip", f"门店{n}", date(2026, 7, 1), 29) for n in range(30)),
    )
    size = (lambda text: len(text.encode())) if in_bytes else len
    text = _text(message, language, most=most, size=size)
    assert size(str(text)) <= most
    shown = text.body.count("ctrip:")
    assert shown >= 5
    assert ("另有 {} 条" if language == "zh" else "and {} more").format(900 - shown) in text.body
    for heading in ("未能读取的文件】7", "新沉寂的来源与门店】30") if language == "zh" else ("READ: 7", "SILENT: 30"):
        assert heading in text.body
    assert "1. 导出0．csv" in text.body
    assert "1. ctrip" + ("｜" if language == "zh" else " | ") + "门店0" in text.body


def test_a_quiet_night_says_nothing_unless_asked() -> None:
    """Nothing to say is no message; who wants one every night gets one line and the counts."""
    quiet = NightMessage(date(2026, 7, 30), _COUNTS)
    assert message_text(quiet, "zh") is None
    text = _text(quiet, even_if_quiet=True)
    assert text.title == "客声夜间通报 2026-07-30：没有需要处理的事项"
    assert text.body.startswith("读取 6 = 新增 4")


def test_what_customers_write_is_inert_in_the_message() -> None:
    """No link, tag, mention or mark-up of any chat program is left of it; the words are."""
    hostile = NightMessage(
        date(2026, 7, 30),
        _COUNTS,
        (_red(1, _HOSTILE), RedLine("a](b", "ctrip", _HOSTILE, "staff.misconduct", "**脏**", "<b>")),
        unread=(f"{_HOSTILE}.csv: bad",),
    )
    body = _text(hostile).body
    assert "点我" in body
    for acting in ("[", "](", "<", "@", "javascript:", "http:", "www.", "**", "://", "钓鱼.cn"):
        assert acting not in body, acting


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[点我](javascript:alert(1))", "［点我］（javascript：alert（1））"),
        ("@所有人 请看", "＠所有人 请看"),
        ("一\n\n# 二\t`三` | 四", "一 ＃ 二 ｀三｀ ｜ 四"),
        ("看 evil.example.com/a 和 例子.中国", "看 evil．example．com/a 和 例子．中国"),
        ("3.5 分，10:30 到店", "3.5 分，10:30 到店"),
        ("正常\u202e反向\u200b零宽\x1b[31m", "正常反向零宽\ufffd［31m"),
        ("坏\ud800字", "坏\ufffd字"),
    ],
)
def test_inert_text(written: str, shown: str) -> None:
    """What could act is full-width, what is invisible is gone, ordinary text stays as it is."""
    assert inert(written) == shown


def test_long_text_is_cut_with_a_mark() -> None:
    """The mark belongs to the length."""
    assert inert("前台态度很差", 4) == "前台态…"
    assert inert("前台态度", 4) == "前台态度"


def test_ids_stay_as_they_are_unless_they_could_act() -> None:
    """An id is for copying into a query."""
    assert inert_id("ctrip:~5f0c.20250405.0") == "ctrip:~5f0c.20250405.0"
    assert inert_id("ctrip:<a>") == "ctrip：＜a＞"
