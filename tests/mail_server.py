"""Two IMAP servers on loopback for tests: Dovecot over TLS where it is installed, and a small one without TLS."""

import imaplib
import os
import re
import shutil
import signal
import socket
import socketserver
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.web_server import loopback_certificate, running

USER, PASSWORD = "kesheng", 'g3heim "mail" pass'


class MailServer(Protocol):
    """A server with one mailbox."""

    settings: dict[str, Any]
    """Of the connector."""

    def add(self, mail: bytes, received: datetime | None = None) -> None:
        """Put a mail into the mailbox."""

    def seen(self) -> list[bool]:
        """Which mails are marked as read, in order."""

    def fetched(self) -> int | None:
        """How many mails were fetched whole; None where the server does not tell."""


@dataclass(slots=True)
class SmallServer:
    """As much of IMAP as the connector speaks."""

    settings: dict[str, Any]
    mails: list[tuple[bytes, datetime]] = field(default_factory=list)
    marked: set[int] = field(default_factory=set)
    commands: list[str] = field(default_factory=list)

    def add(self, mail: bytes, received: datetime | None = None) -> None:
        """Put a mail into the mailbox."""
        self.mails.append((mail, received or datetime.now(UTC)))

    def seen(self) -> list[bool]:
        """Which mails are marked as read, in order."""
        return [number in self.marked for number in range(1, len(self.mails) + 1)]

    def fetched(self) -> int | None:
        """How many mails were fetched whole."""
        return sum("BODY.PEEK[])" in command for command in self.commands)


@contextmanager
def small_server() -> Iterator[SmallServer]:
    """Run the small server."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"* OK [CAPABILITY IMAP4rev1 ID] small\r\n")
            while line := self.rfile.readline().decode().rstrip("\r\n"):
                tag, _, command = line.partition(" ")
                mail.commands.append(command)
                for part in _answers(mail, command):
                    self.wfile.write(part)
                refused = command.startswith("LOGIN") and command != f'LOGIN {USER} "{_escaped(PASSWORD)}"'
                refused |= command.startswith(("SELECT", "EXAMINE")) and "INBOX" not in command
                self.wfile.write(f"{tag} {'NO refused' if refused else 'OK done'}\r\n".encode())
                if command == "LOGOUT":
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        mail = SmallServer({"host": "127.0.0.1", "port": server.server_address[1], "plain": True})
        with running(server.serve_forever, server.shutdown):
            yield mail


def _answers(mail: SmallServer, command: str) -> Iterator[bytes]:
    if command == "CAPABILITY":
        yield b"* CAPABILITY IMAP4rev1 ID\r\n"
    elif command.startswith(("SELECT", "EXAMINE")):
        yield f"* {len(mail.mails)} EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n".encode()
    elif found := re.fullmatch(r"UID SEARCH SINCE (\S+)", command):
        first = datetime.strptime(found[1], "%d-%b-%Y").replace(tzinfo=UTC)
        uids = [str(number) for number, (_, received) in enumerate(mail.mails, start=1) if received >= first]
        yield f"* SEARCH {' '.join(uids)}\r\n".encode()
    elif found := re.fullmatch(r"UID STORE (\d+) \+FLAGS.SILENT \(\\Seen\)", command):
        mail.marked.add(int(found[1]))
    elif found := re.fullmatch(r"UID FETCH ([\d,]+) \((.*)\)", command):
        for uid in found[1].split(","):
            content = mail.mails[int(uid) - 1][0]
            part = content if found[2] == "BODY.PEEK[]" else content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
            # The facts after the content, as some servers give them.
            yield f"* {uid} FETCH (BODY[] {{{len(part)}}}\r\n".encode() + part
            yield f" UID {uid} RFC822.SIZE {len(content)})\r\n".encode()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


@dataclass(slots=True)
class Dovecot:
    """A running Dovecot."""

    settings: dict[str, Any]

    def add(self, mail: bytes, received: datetime | None = None) -> None:
        """Put a mail into the mailbox."""
        with self._connection() as connection:
            moment = imaplib.Time2Internaldate(received or datetime.now(UTC))
            assert connection.append("INBOX", "", moment, mail)[0] == "OK"

    def seen(self) -> list[bool]:
        """Which mails are marked as read, in order."""
        with self._connection() as connection:
            connection.select(readonly=True)
            _, answer = connection.fetch("1:*", "(FLAGS)")
            return [b"\\Seen" in line for line in answer if isinstance(line, bytes)]

    def fetched(self) -> int | None:
        """Return None: it does not tell."""
        return None

    @contextmanager
    def _connection(self) -> Iterator[imaplib.IMAP4]:
        connection = imaplib.IMAP4_SSL(
            self.settings["host"], self.settings["port"], ssl_context=ssl.create_default_context(), timeout=10
        )
        connection.login(USER, PASSWORD)
        yield connection
        connection.logout()


@contextmanager
def dovecot_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Dovecot]:
    """Run Dovecot 2.3 in a folder of its own; its certificate is trusted while the test runs."""
    program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    version = (
        subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout if program else ""
    )
    if program is None or not version.startswith("2.3."):
        pytest.skip("no Dovecot 2.3 on this machine; on Debian 12: apt-get install dovecot-imapd")
    folder = Path(tempfile.mkdtemp(prefix="kesheng-dovecot-"))
    try:
        folder.chmod(0o755)
        certificate = loopback_certificate(folder)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        (folder / "dovecot.conf").write_text(_configuration(folder, certificate, port), "utf-8")
        (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n", "utf-8")
        with (
            (folder / "output").open("wb") as words,
            subprocess.Popen([program, "-F", "-c", folder / "dovecot.conf"], stdout=words, stderr=words) as server,
        ):
            try:
                _wait(server, port, folder)
                yield Dovecot({"host": "localhost", "port": port})
            finally:
                server.send_signal(signal.SIGTERM)
                server.wait(20)
    finally:
        shutil.rmtree(folder)


def _configuration(folder: Path, certificate: Path, port: int) -> str:
    mail = folder / "mail"
    mail.mkdir()
    user, group = os.geteuid(), os.getegid()
    own = ""
    if user == 0:
        # Dovecot gives no mail to root.
        user = group = 65_534
        os.chown(mail, user, group)
    else:
        name = Path("/proc/self/loginuid").owner()
        own = f"default_internal_user = {name}\ndefault_login_user = {name}\n"
    return f"""
base_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{certificate}
ssl_key = <{certificate}
mail_location = maildir:{mail}
first_valid_uid = 1
{own}
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={mail}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"""


def _wait(server: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    logs = [path.read_text("utf-8", "replace") for path in (folder / "output", folder / "log") if path.exists()]
    pytest.fail(f"Dovecot did not start: {logs}")
