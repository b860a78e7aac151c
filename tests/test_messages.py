"""Messages on their way: through real receivers on loopback, past failing ones, and without a word of the secret."""

import asyncio
import logging
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from apprise import Apprise
from apprise.plugins.wecombot import NotifyWeComBot
from typer.testing import CliRunner, Result

from flows import channels
from flows.channels import read_channels
from flows.command_line import app
from flows.messages import MessageError, NightRecord, last_night, remember, send, tell
from flows.settings import CHANNELS_VARIABLE, MessageSettings, Settings
from reports.night_message import NightMessage, RedLine
from tests.night_samples import FIRST, write_export
from tests.receivers import http_receiver, mail_receiver
from tests.summary_samples import NEWEST, fill, incident, review, run, store_rows
from warehouse.schema import RUNS

ROOT = Path(__file__).resolve().parents[1]
_SECRET = "tOkEn0f0urChat"  # noqa: S105 - it is to be found, not to be kept
_HOSTILE = "[点我](javascript:alert(1)) <script>x</script> @all 服务员动手打人"
_COUNTS = {"read": 6, "stored": 4, "updated": 1, "unchanged": 0, "duplicates": 0, "rejected": 1}
_MESSAGE = NightMessage(
    date(2026, 7, 30),
    _COUNTS,
    (RedLine("ctrip:1", "ctrip", "云栖湖畔酒店", "staff.misconduct", _HOSTILE, "客房部", date(2026, 7, 29), "day"),),
)
_GRAVE = ("9", "云栖湖畔酒店", "2026-04-30", "1", "服务员动手打人", "")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is reached without the proxy that the machine may have."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def all_logs() -> Iterator[list[str]]:
    """Everything that anybody logs, down to the lowest level."""
    heard: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    root, listener = logging.getLogger(), Listener()
    level = root.level
    root.addHandler(listener)
    root.setLevel(1)
    yield heard
    root.removeHandler(listener)
    root.setLevel(level)


def _send(message: NightMessage, *urls: str, **given: Any) -> tuple[list[str], list[float]]:
    """Send a message; returns what was said and for how long it would have waited."""
    said: list[str] = []
    waited: list[float] = []
    environment = {CHANNELS_VARIABLE: " \n".join(urls)}
    given = {"settings": Settings(), **given}
    send(message=message, say=said.append, environment=environment, wait=waited.append, **given)
    return said, waited


def _kesheng(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_the_channels_of_the_document_are_understood() -> None:
    """Each example of docs/operations.md is a URL that Apprise takes, with the kind that its line promises."""
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    example = text.partition(f'{CHANNELS_VARIABLE}="')[2].partition('"')[0]
    kinds = [channel.kind for channel in read_channels({CHANNELS_VARIABLE: example})]
    assert kinds == ["feishu", "wecombot", "dingtalk", "mailtos", "jsons"]


def test_a_webhook_receives_title_and_text() -> None:
    """What arrives is what the night has to tell, and the customer's words do nothing."""
    with http_receiver() as received:
        said, waited = _send(_MESSAGE, f"json://127.0.0.1:{received.port}/{_SECRET}")
    assert said == ["message sent through channel 1 (json)"]
    assert waited == []
    (payload,) = received.payloads
    assert payload["title"] == "客声夜间通报 2026-07-30：红线 1 条"
    assert "严重失当行为：“［点我］（javascript：alert（1）） ＜script＞x＜/script＞ ＠all" in payload["message"]
    assert received.paths == [f"/{_SECRET}"]


def test_wecom_receives_its_payload_within_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A robot of 企业微信 gets one text of at most 2,048 bytes that mentions nobody, title included."""
    many = NightMessage(date(2026, 7, 30), _COUNTS, _MESSAGE.red_lines * 80)
    with http_receiver() as received:
        monkeypatch.setattr(NotifyWeComBot, "notify_url", f"http://127.0.0.1:{received.port}/send?key={{key}}")
        native = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={_SECRET}"
        said, _ = _send(many, f"wecombot://{_SECRET}", native)
    assert said == ["message sent through channel 1 (wecombot)", "message sent through channel 2 (wecombot)"]
    assert received.paths == [f"/send?key={_SECRET}"] * 2
    for payload in received.payloads:
        assert set(payload) == {"msgtype", "text"}
        assert set(payload["text"]) == {"content"}
        content = payload["text"]["content"]
        assert 1500 < len(content.encode("utf-8")) <= 2048
        assert content.startswith("客声夜间通报 2026-07-30：红线 80 条")
        assert "另有 7" in content


def test_a_mail_shows_customers_words_as_text() -> None:
    """The mail has the title as its subject, and no tag or link of a customer in its HTML."""
    with mail_receiver() as received:
        said, _ = _send(_MESSAGE, f"mailto://127.0.0.1:{received.port}?from=kesheng@example.com&to=duty@example.com")
    assert said == ["message sent through channel 1 (mailto)"]
    (mail,) = received.mails
    assert mail["Subject"] == "客声夜间通报 2026-07-30：红线 1 条"
    assert mail["To"] == "duty@example.com"
    bodies = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    assert bodies
    for body in bodies:
        assert "点我" in body
        assert "<script" not in body
        assert "javascript:" not in body


def test_a_channel_that_fails_twice_is_tried_a_third_time() -> None:
    """After one and after five seconds; then it is sent once."""
    with http_receiver(500, 503) as received:
        said, waited = _send(_MESSAGE, f"json://127.0.0.1:{received.port}/{_SECRET}")
    assert said == ["message sent through channel 1 (json)"]
    assert waited == [1.0, 5.0]
    assert len(received.payloads) == 3


def test_a_dead_channel_is_named_and_keeps_nothing_from_the_others(
    all_logs: list[str], capfd: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    """Each failure by number, kind and status; the secret is in nothing that is said, logged, warned or printed."""
    with http_receiver(*[500] * 3) as received, http_receiver() as alive:
        said, waited = _send(
            _MESSAGE,
            f"json://user:{_SECRET}@127.0.0.1:{received.port}/{_SECRET}?verify=no",
            f"jsons://127.0.0.1:{alive.port}/{_SECRET}?verify=no",
            f"nonsense://{_SECRET}",
            _SECRET,
            f"feishu://{_SECRET}!!",
            f"json://127.0.0.1:{alive.port}/{_SECRET}",
        )
    tries = "3 tries; check its URL in KESHENG_CHANNELS and the network"
    unknown = "(not understood): Apprise does not understand its URL; correct it in KESHENG_CHANNELS"
    assert said == [
        f"MESSAGE NOT SENT through channel 1 (json): the server answered 500, {tries}",
        f"MESSAGE NOT SENT through channel 2 (jsons): no connection, or the server refused it, {tries}",
        *(f"MESSAGE NOT SENT through channel {number} {unknown}" for number in (3, 4, 5)),
        "message sent through channel 6 (json)",
    ]
    assert waited == [1.0, 5.0] * 2
    assert len(received.payloads) == 3
    assert len(alive.payloads) == 1
    captured = capfd.readouterr()
    warned = [str(warning.message) for warning in recwarn]
    assert _SECRET not in "\n".join([*said, *all_logs, *warned, captured.out, captured.err])
    assert _SECRET not in repr(read_channels({CHANNELS_VARIABLE: f"json://127.0.0.1/{_SECRET}"}))
    # Others are heard again afterwards.
    logging.getLogger("apprise").warning("heard again")
    assert all_logs[-1] == "heard again"


def test_a_service_that_raises_is_a_failed_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a service's library raises, and whatever it says of the URL."""

    def raising(*_: object, **__: object) -> bool:
        raise RuntimeError(f"cannot post to https://example.com/{_SECRET}")

    monkeypatch.setattr(Apprise, "notify", raising)
    said, waited = _send(_MESSAGE, f"json://127.0.0.1:9/{_SECRET}")
    assert waited == [1.0, 5.0]
    assert len(said) == 1
    assert said[0].startswith("MESSAGE NOT SENT through channel 1 (json): no connection")
    assert _SECRET not in said[0]


@pytest.mark.parametrize(
    ("when", "quiet", "by_hand", "sent"),
    [
        ("something", False, False, 1),
        ("something", True, False, 0),
        ("always", True, False, 1),
        ("never", False, False, 0),
        ("never", True, True, 1),
    ],
)
def test_when_a_message_goes_out(when: Any, quiet: bool, by_hand: bool, sent: int) -> None:  # noqa: FBT001 - cases
    """As the settings say; by hand always."""
    message = NightMessage(date(2026, 7, 30), _COUNTS) if quiet else _MESSAGE
    settings = Settings(messages=MessageSettings(when=when, language="en"))
    with http_receiver() as received:
        _send(message, f"json://127.0.0.1:{received.port}", settings=settings, by_hand=by_hand)
    titles = [payload["title"] for payload in received.payloads]
    assert titles == [f"Kesheng, night of 2026-07-30: {'nothing that needs you' if quiet else 'red lines: 1'}"] * sent


def test_a_night_is_told_from_the_warehouse_whatever_the_channel_does(tmp_path: Path) -> None:
    """The record is kept, the message made and tried; a channel that never answers raises nothing."""
    settings = Settings(data=tmp_path)
    fill(settings.folder.warehouse, [review(1, failed=True)], [incident(1, "服务员动手打人", severity=3)])
    record = NightRecord(run_ids=("night-2",), unread=("坏文件.csv: expected a table",))
    said: list[str] = []
    with http_receiver(*[500] * 3) as received:
        environment = {CHANNELS_VARIABLE: f"json://127.0.0.1:{received.port}"}
        tell(settings, record, say=said.append, environment=environment, wait=lambda _: None)
    assert [payload["title"] for payload in received.payloads] == [
        f"客声夜间通报 {NEWEST:%Y-%m-%d}：红线 1 条，未读文件 1 个"
    ] * 3
    assert [line.partition(":")[0] for line in said] == ["MESSAGE NOT SENT through channel 1 (json)"]
    assert last_night(settings, say=said.append) == record


def test_a_night_without_a_record_is_told_from_the_ledger(tmp_path: Path) -> None:
    """A record of an earlier night, a damaged one or none is no record of this one, and that is said."""
    settings = Settings(data=tmp_path)
    said: list[str] = []
    with pytest.raises(MessageError, match=r"expected a night in the ledger of .*, found none; kesheng run does one"):
        last_night(settings, say=said.append)
    again = {**run("again"), "kind": "reanalyse"}
    store_rows(settings.folder.warehouse, RUNS, [run("night-1"), run("night-2"), again])
    remember(settings, NightRecord(run_ids=("night-1",), unread=("a.csv: bad",)))
    assert last_night(settings, say=said.append) == NightRecord(run_ids=("night-2",))
    assert said == ["run night-2 left no record of files that could not be read; none are told"]
    (settings.folder.reports / "night.json").write_text("{")
    assert last_night(settings, say=said.append) == NightRecord(run_ids=("night-2",))
    assert len(said) == 2


def test_run_sends_message_shows_and_reanalyse_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person's way: a night with a dead channel ends well, its message can be shown and sent again."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KESHENG_WORKERS", "1")
    monkeypatch.setattr(channels, "WAITS", (0.0, 0.0))
    write_export(tmp_path / "导出.csv", [*FIRST, _GRAVE])
    assert _kesheng("import", "导出.csv", "--source", "ctrip", "--industry", "hotel").exit_code == 0
    nothing_to_send_through = _kesheng("message")
    assert isinstance(nothing_to_send_through.exception, MessageError)
    with http_receiver() as received, http_receiver(*[500] * 9) as dead:
        alive = f"json://127.0.0.1:{received.port}/{_SECRET}"
        monkeypatch.setenv(CHANNELS_VARIABLE, f"json://127.0.0.1:{dead.port}/{_SECRET}\n{alive}")
        night = _kesheng("run", "--plain", "--json")
        assert night.exit_code == 0, night.output
        assert night.stdout.splitlines()[-1].startswith('{"read": 7, ')
        assert "MESSAGE NOT SENT through channel 1 (json): the server answered 500" in night.stderr
        assert "message sent through channel 2 (json)" in night.stderr
        assert len(received.payloads) == 1
        assert "服务员动手打人" in received.payloads[0]["message"]

        shown = _kesheng("message", "--dry-run")
        assert shown.exit_code == 0
        assert shown.stdout == f"{received.payloads[0]['title']}\n{received.payloads[0]['message']}\n"
        assert "not sent through channel 2 (json): --dry-run" in shown.stderr
        english = _kesheng("message", "--lang", "en")
        assert english.exit_code == 1
        assert "RED LINES, new or changed: 1" in english.stdout
        assert len(received.payloads) == 2
        assert _kesheng("reanalyse").exit_code == 0
        assert len(received.payloads) == 2
        assert _SECRET not in night.output + shown.output + english.output
    monkeypatch.delenv(CHANNELS_VARIABLE)
    with pytest.raises(
        MessageError, match=r"expected channels in the environment variable KESHENG_CHANNELS, found none"
    ):
        CliRunner().invoke(app, ["message"], catch_exceptions=False)


@pytest.mark.prefect
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("default")
def test_the_flow_sends_the_message_and_shows_it_on_its_page(
    prefect_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two nights through Prefect: both on its page under one key, only the one with something to say is sent."""
    from prefect.artifacts import Artifact  # noqa: PLC0415 - only tests with a server pay for Prefect

    from flows.nightly import MESSAGE_KEY, nightly  # noqa: PLC0415 - as above

    config = tmp_path / "kesheng.toml"
    config.write_text('data = "data"\nworkers = 1\n[[sources]]\nname = "ctrip"\nfiles = ["*.csv"]\n', "utf-8")
    hostile = (*_GRAVE[:4], f"{_GRAVE[4]} <script>", "")
    write_export(tmp_path / "导出.csv", [*FIRST, hostile])
    with http_receiver() as received:
        monkeypatch.setenv(CHANNELS_VARIABLE, f"json://127.0.0.1:{received.port}/{_SECRET}")
        assert nightly(config=str(config))["stored"] == 6
        first = asyncio.run(Artifact.aget(MESSAGE_KEY))
        assert nightly(config=str(config))["read"] == 0
        second = asyncio.run(Artifact.aget(MESSAGE_KEY))
    (payload,) = received.payloads
    assert "：红线 1 条" in payload["title"]
    assert first is not None
    assert second is not None
    assert str(first.data).startswith(f"## {payload['title']}\n")
    assert "服务员动手打人" in str(first.data)
    assert "没有需要处理的事项" in str(second.data)
    assert _SECRET not in f"{first.data}{second.data}"
