"""Regions in messages: each venue with its region, and each region's manager with what concerns it alone."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.channels import read_channels, region_tag
from flows.messages import send
from flows.settings import CHANNELS_VARIABLE, MessageSettings, Settings
from lexicons.codebook import Language
from reports.message_text import MessageText, message_text
from reports.night_message import NightMessage, RedLine, Rejected, Silence, night_message
from tests.receivers import http_receiver
from tests.summary_samples import NEWEST, fill, incident, review, store_rows
from warehouse.schema import VENUES

_COUNTS = {"read": 6, "stored": 4, "updated": 1, "unchanged": 0, "duplicates": 0, "rejected": 1}
_MESSAGE = NightMessage(
    date(2026, 7, 30),
    _COUNTS,
    (
        RedLine("ctrip:1", "ctrip", "云栖湖畔酒店", "staff.misconduct", "服务员动手打人", "客房部", region="华东"),
        RedLine("ctrip:2", "ctrip", "拾光精品酒店", "staff.misconduct", "保安抢走手机", region="East China"),
        RedLine("ctrip:3", "ctrip", "名录外的店", "staff.misconduct", "经理骂人"),
    ),
    unread=("坏文件.csv: expected a table",),
    silences=(Silence("ctrip", "老灶面馆", date(2026, 7, 1), 29, "华南"),),
    rejected=(Rejected("ctrip", "七月.csv", "empty_text", 3),),
    known_regions=frozenset({"华东", "华南", "East China", "华北"}),
)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is reached without the proxy that the machine may have."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def text_of(message: NightMessage, language: Language = "zh") -> MessageText:
    """Return the message as text."""
    text = message_text(message, language, even_if_quiet=True)
    assert text is not None
    return text


def sent(message: NightMessage, *tags: str, **given: Any) -> tuple[dict[str, dict[str, Any]], list[str], int]:
    """Send through one channel for each tag; returns tag → what arrived, what was said, and how many failed."""
    said: list[str] = []
    with http_receiver() as received:
        urls = [f"{tag}json://127.0.0.1:{received.port}/{number}" for number, tag in enumerate(tags)]
        given = {"settings": Settings(), **given}
        environment = {CHANNELS_VARIABLE: "\n".join(urls)}
        failed = send(message=message, say=said.append, environment=environment, wait=lambda _: None, **given)
    arrived = zip(received.paths, received.payloads, strict=True)
    return {tags[int(path.strip("/"))]: payload for path, payload in arrived}, said, failed


def test_regions_come_from_the_venue_master(tmp_path: Path) -> None:
    """Red lines by the venue's id, silences and spells by its name; two venues of one name have none together."""
    reviews = [
        review(n, 7 * week, run_id="night-1") for week in range(2, 12) for n in range(100 * week, 100 * week + 10)
    ]
    reviews += [review(100 * w + n, 7 * w, failed=n < 8, venue_id="H1") for w in range(2) for n in range(10)]
    for number, name in ((5000, "老灶面馆"), (6000, "驿站"), (7000, "名录外的店")):
        reviews += [review(number + n, 20, venue_name=name) for n in range(3)]
    grave = {"severity": 3, "failure_subtype": "staff.misconduct"}
    fill(
        tmp_path,
        reviews,
        [incident(1, "服务员动手打人", **grave), incident(5001, "店长骂人", venue_name="老灶面馆", **grave)],
    )
    venues = [
        ("H1", "云栖湖畔酒店", "华东"),
        ("R1", "老灶面馆", "华南"),
        ("R2", "驿站", "华南"),
        ("R3", "驿站", "华北"),
    ]
    rows = [{"venue_id": i, "venue_name": name, "region": region} for i, name, region in venues]
    store_rows(tmp_path, VENUES, rows)
    message = night_message(tmp_path, ("night-2",), 14)
    assert {r.quote: r.region for r in message.red_lines} == {"服务员动手打人": "华东", "店长骂人": None}
    assert {s.venue: s.region for s in message.silences} == {"老灶面馆": "华南", "驿站": None, "名录外的店": None}
    assert [(s.venue, s.region) for s in message.spells] == [("云栖湖畔酒店", "华东")]
    assert message.known_regions == {"华东", "华南", "华北"}
    body = text_of(message).body
    assert "1. 华东｜云栖湖畔酒店 — 服务延误" in body
    assert f"ctrip｜华南｜老灶面馆：最近一条 {NEWEST.date() - timedelta(days=20)}" in body
    assert "ctrip｜驿站：" in body


def test_the_text_names_regions() -> None:
    """Before the venue, inert like everything that a file may hold; unknown ones leave no mark."""
    assert [line for line in text_of(_MESSAGE).body.splitlines() if "ctrip:" in line] == [
        "1. 华东｜云栖湖畔酒店（客房部）｜严重失当行为：“服务员动手打人” 日期不详 ctrip:1",
        "2. East China｜拾光精品酒店｜严重失当行为：“保安抢走手机” 日期不详 ctrip:2",
        "3. 名录外的店｜严重失当行为：“经理骂人” 日期不详 ctrip:3",
    ]
    assert "ctrip | 华南 | 老灶面馆: last review 2026-07-01" in text_of(_MESSAGE, "en").body
    hostile = NightMessage(
        date(2026, 7, 30), _COUNTS, (RedLine("1", "ctrip", "店", "staff.misconduct", "骂人", region="<@all>[x](y)"),)
    )
    assert "＜＠all＞［x］（y）｜店｜" in text_of(hostile).body


def test_a_message_of_some_regions() -> None:
    """Its own matters under its own title; no files, no rows, no counts of the whole night."""
    own = _MESSAGE.of_regions(("华东", "华南"))
    text = text_of(own)
    assert (own.matters, _MESSAGE.matters) == (2, 6)
    assert text.title == "客声夜间通报（华东，华南）2026-07-30：红线 1 条，新沉寂 1 处"
    assert text_of(own, "en").title == "Kesheng (华东, 华南), night of 2026-07-30: red lines: 1, gone silent: 1"
    assert "读取" not in text.body
    assert text.body.endswith("\n\n完整情况见运行摘要 summary.md。")
    assert text_of(_MESSAGE).title.startswith("客声夜间通报 2026-07-30：红线 3 条，未读文件 1 个")


def test_each_channel_gets_its_regions() -> None:
    """The channel without a region gets everything, a region without news nothing."""
    arrived, said, failed = sent(_MESSAGE, "", "华东，华南=", "East_China=", "华北=")
    assert {tag: payload["title"].partition("：")[0] for tag, payload in arrived.items()} == {
        "": "客声夜间通报 2026-07-30",
        "华东，华南=": "客声夜间通报（华东，华南）2026-07-30",
        "East_China=": "客声夜间通报（East China）2026-07-30",
    }
    assert "保安抢走手机" in arrived["East_China="]["message"]
    assert "服务员动手打人" not in arrived["East_China="]["message"]
    assert said[3] == "nothing sent through channel 4 (json): the night tells nothing of its regions"
    assert (len(said), failed) == (4, 0)


def test_always_is_also_for_regions() -> None:
    """Who wants a message every night gets one that says that there is nothing."""
    always = Settings(messages=MessageSettings(when="always"))
    arrived, _, _ = sent(_MESSAGE, "华北=", settings=always)
    assert arrived["华北="]["title"] == "客声夜间通报（华北）2026-07-30：没有需要处理的事项"


def test_what_goes_to_nobody_is_said() -> None:
    """Where every channel has regions, what belongs to none of them is counted; a region nobody knows is a mistake."""
    arrived, said, failed = sent(_MESSAGE, "华东=", "华东区=")
    assert list(arrived) == ["华东="]
    assert said == [
        "message sent through channel 1 (json)",
        "MESSAGE NOT SENT through channel 2 (json): none of its regions is in the venue master; correct either",
        "5 matters of no channel's region WENT TO NOBODY; put a channel without regions into KESHENG_CHANNELS",
    ]
    assert failed == 1


@pytest.mark.parametrize(
    ("written", "regions", "url"),
    [
        ("华东=feishu://token", {"华东"}, "feishu://token"),
        ("华东,华南、华北=json://a/?x=y://z", {"华东", "华南", "华北"}, "json://a/?x=y://z"),
        ("json://a/b?url=https://c", set(), "json://a/b?url=https://c"),
        ("https://qyapi.example/send?key=a=b://c", set(), "https://qyapi.example/send?key=a=b://c"),
        ("华东=token", set(), "华东=token"),
    ],
)
def test_entries_with_regions(written: str, regions: set[str], url: str) -> None:
    """Regions end at the equals sign before a scheme; without a scheme there is no channel, and nothing is shown."""
    (channel,) = read_channels({CHANNELS_VARIABLE: written})
    assert (set(channel.regions), channel.url) == (regions, url)
    assert url not in repr(channel)
    assert region_tag(" East  China ") == "East_China"
