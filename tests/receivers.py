"""Receivers on loopback for tests of messages: an HTTP server that answers as told, and a small mail server."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(slots=True)
class Received:
    """What came to a receiver, and what it answers."""

    port: int = 0
    answers: list[int] = field(default_factory=list)
    """HTTP statuses in turn; 200 when there are none left."""
    paths: list[str] = field(default_factory=list)
    payloads: list[dict[str, Any]] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)


@contextmanager
def http_receiver(*answers: int) -> Iterator[Received]:
    """Run an HTTP server that keeps the JSON that is posted to it."""
    received = Received(answers=list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.paths.append(self.path)
            received.payloads.append(json.loads(body))
            self.send_response(received.answers.pop(0) if received.answers else 200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Say nothing: the tests look at what is written to standard error."""

    with _running(ThreadingHTTPServer(("127.0.0.1", 0), Handler), received):
        yield received


@contextmanager
def mail_receiver() -> Iterator[Received]:
    """Run a mail server that takes every mail and keeps it."""
    received = Received()

    class Handler(socketserver.StreamRequestHandler):
        def answer(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode("ascii"))

        def handle(self) -> None:
            self.answer("220 receiver of the test")
            while line := self.rfile.readline():
                command = line[:4].upper()
                if command == b"DATA":
                    self.answer("354 go on")
                    lines = iter(self.rfile.readline, b".\r\n")
                    content = b"".join(part.removeprefix(b".") for part in lines)
                    received.mails.append(message_from_bytes(content, policy=policy.default))
                self.answer("221 bye" if command == b"QUIT" else "250 ok")
                if command == b"QUIT":
                    return

    with _running(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler), received):
        yield received


@contextmanager
def _running(server: socketserver.TCPServer, received: Received) -> Iterator[None]:
    received.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
