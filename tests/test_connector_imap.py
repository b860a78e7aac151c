"""Exports attached to mails: found by sender and subject, taken once, and the mailbox stays as it was."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import pytest

from sources.connectors.connector import FetchError
from sources.connectors.imap import _quoted
from tests.connector_samples import EXPORT, OTHER_EXPORT, collected, fetching, files_below, landed_texts
from tests.mail_server import PASSWORD, USER, MailServer, dovecot_server, small_server


@pytest.fixture(params=["small", "dovecot"])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """Each of the two servers, and the password in the environment."""
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    with small_server() if request.param == "small" else dovecot_server(monkeypatch) as found:
        yield cast("MailServer", found)


def _settings(server: MailServer, folder: Path, **given: Any) -> Any:
    named = {"user": USER, "password_env": "MAIL_PASSWORD", "timeout_seconds": 10}
    return fetching(folder, kind="imap", **server.settings, **named, **given)


def _mail(subject: str, *attachments: tuple[str, bytes], sender: str = "门店系统 <reports@shop.example>") -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"], mail["Message-ID"] = sender, subject, f"<{quote(subject)}@shop.example>"
    mail.set_content("您好，附件为昨日点评。")
    for name, content in attachments:
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def test_attachments_land_once_and_nothing_in_the_mailbox_changes(server: MailServer, tmp_path: Path) -> None:
    """Those of the right names, sender and subject; a mail that has landed is not fetched again."""
    server.add(
        _mail("每日点评 11-02", ("点评-2026-11-02.csv", EXPORT), ("说明.pdf", b"%PDF"), ("二.CSV", OTHER_EXPORT))
    )
    server.add(_mail("每日点评 11-03", ("别人.csv", EXPORT), sender="someone@else.example"))
    server.add(_mail("促销", ("促销.csv", EXPORT)))
    settings = _settings(server, tmp_path, sender="Reports@shop.example", subject="每日点评")
    first = collected(settings)
    assert (first.failed, [m.name for m in first.landed]) == ((), ["点评-2026-11-02.csv", "二.CSV"])
    assert landed_texts(settings)[1] == "打电话 [手机号] 没人接"
    assert server.fetched() in (1, None)
    again = collected(settings)
    assert (again.landed, again.failed) == ((), ())
    assert server.fetched() in (1, None)
    assert server.seen() == [False, False, False]
    wider = _settings(server, tmp_path, sender="reports@shop.example", attachments=["*"])
    assert [problem.partition(":")[0] for problem in collected(wider).failed] == ["说明.pdf"]
    assert b"13800138000" not in b"".join(files_below(tmp_path).values())
    assert PASSWORD.encode() not in b"".join(files_below(tmp_path).values())


def test_mails_are_marked_only_when_all_of_them_has_landed(server: MailServer, tmp_path: Path) -> None:
    """And only where the settings say so; a mail of which one attachment is no table stays unread."""
    server.add(_mail("每日点评 1", ("一.csv", EXPORT), ("二.csv", OTHER_EXPORT)))
    server.add(_mail("每日点评 2", ("三.csv", EXPORT + b"9,2026-11-09,4,ok\n"), ("四.csv", b"")))
    server.add(_mail("没有附件"))
    found = collected(_settings(server, tmp_path, mark_seen=True))
    assert len(found.landed) == 3
    assert [problem.partition(":")[0] for problem in found.failed] == ["四.csv"]
    assert server.seen() == [True, False, False]
    again = collected(_settings(server, tmp_path, mark_seen=True))
    assert (again.landed, again.known, len(again.failed)) == ((), 1, 1)


def test_old_mails_are_left(server: MailServer, tmp_path: Path) -> None:
    """Mails of more days ago than the settings say are not even looked at."""
    server.add(_mail("旧", ("旧.csv", EXPORT)), datetime.now(UTC) - timedelta(days=9))
    server.add(_mail("新", ("新.csv", OTHER_EXPORT)))
    assert [m.name for m in collected(_settings(server, tmp_path, days=7)).landed] == ["新.csv"]


@pytest.mark.parametrize(
    "disposition",
    [
        "attachment; filename*=UTF-8''" + quote("点评导出.csv"),
        "attachment; filename*=gb2312''" + quote("点评导出.csv".encode("gb2312")),
        "attachment;\r\n filename*0*=UTF-8''" + quote("点评") + ";\r\n filename*1*=" + quote("导出.csv"),
        'attachment; filename="=?UTF-8?B?' + base64.b64encode("点评导出.csv".encode()).decode() + '?="',
        'attachment; filename="=?gb2312?B?' + base64.b64encode("点评导出.csv".encode("gb2312")).decode() + '?="',
        "attachment; filename*=UTF-8''" + quote("..\\../点评导出.csv", safe=""),
    ],
    ids=["RFC 2231", "2231 in gb2312", "2231 in parts", "RFC 2047", "2047 in gb2312", "with folders"],
)
def test_chinese_names_of_attachments_are_read(
    disposition: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the program wrote them that sent the mail."""
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    subject = "=?gb2312?B?" + base64.b64encode("每日点评".encode("gb18030")).decode() + "?="
    head = (
        f"From: a@shop.example\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b"
    )
    part = f"Content-Type: text/csv\r\nContent-Disposition: {disposition}\r\nContent-Transfer-Encoding: base64"
    body = base64.b64encode(EXPORT).decode()
    with small_server() as server:
        server.add(f"{head}\r\n\r\n--b\r\n{part}\r\n\r\n{body}\r\n--b--\r\n".encode())
        found = collected(_settings(server, tmp_path, subject="每日点评"))
    assert (found.failed, [m.name for m in found.landed]) == ((), ["点评导出.csv"])


def test_headers_that_hold_chinese_as_it_is_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some programs write GB18030 into the subject without a word."""
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    with small_server() as server:
        mail = _mail("SUBJECT", ("一.csv", EXPORT)).replace(b"Subject: SUBJECT", "Subject: 每日点评".encode("gb18030"))
        server.add(mail)
        found = collected(_settings(server, tmp_path, subject="每日点评"))
    assert (found.failed, len(found.landed)) == ((), 1)


def test_what_the_server_refuses_is_told_without_the_password(
    server: MailServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mailbox that is not there, a wrong password, one that IMAP cannot write, and none."""
    found = collected(_settings(server, tmp_path, mailbox="点评"))
    assert found.failed[0].startswith("imap: the mailbox 点评 could not be opened: ")
    assert isinstance(found.refusal, FetchError)
    for password, message in (
        ("wr0ng", f"imap: {server.settings['host']} refuses {USER}: "),
        ("密码", "imap: MAIL_PASSWORD: expected a user and password of ASCII characters"),
        ("", "imap: expected a secret in the environment variable MAIL_PASSWORD, found none"),
    ):
        monkeypatch.setenv("MAIL_PASSWORD", password)
        found = collected(_settings(server, tmp_path))
        assert found.failed[0].startswith(message)
        assert not password or password not in repr(found)


def test_a_certificate_that_nobody_vouches_for_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The password does not go out."""
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    with dovecot_server(monkeypatch) as server:
        monkeypatch.delenv("SSL_CERT_FILE")
        found = collected(_settings(server, tmp_path))
    assert found.failed == ("imap: no connection to localhost: self-signed certificate",)


@pytest.mark.parametrize(
    ("name", "written"),
    [("INBOX", '"INBOX"'), ("点评", '"&cLmLxA-"'), ("A&B 报表", '"A&-B &YqWIaA-"'), ('a"b', '"a\\"b"')],
)
def test_names_of_mailboxes_are_written_as_imap_does(name: str, written: str) -> None:
    """In its own form of UTF-7, between quotes."""
    assert _quoted(name) == written
