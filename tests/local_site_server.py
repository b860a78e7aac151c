"""The HTTP/1.1 server under the local site: one thread, connections kept alive, every request in the log."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TextIO

from tests.local_site_faults import ENDLESS_BYTES, Fault
from tests.local_site_pages import Answer


@dataclass(frozen=True, slots=True)
class SiteRequest:
    """One request as the log has it."""

    received: float
    """``time.monotonic()``: on Linux the same clock in all processes."""
    method: str
    target: str
    """Path and query."""
    user_agent: str
    status: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came."""

    method: str
    target: str
    headers: Mapping[str, str]
    """Names in small letters."""


Decide = Callable[[Asked], tuple[Answer, Fault | None]]


class LoopbackServer:
    """Serves what ``decide`` says, on 127.0.0.1.

    Args:
        decide: Returns the answer to a request and the fault that it is sent with; runs in the server's thread.
        port: 0 takes a free one.
        log: A file that each request is appended to as a line of JSON.
    """

    def __init__(self, decide: Decide, port: int, log: Path | None) -> None:
        self.port = port
        self.requests: list[SiteRequest] = []
        self.most_connections = 0
        self._decide = decide
        self._log = log
        self._log_file: TextIO | None = None
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="local-site", daemon=True)
        self._started = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None

    def start(self) -> None:
        """Start; returns when connections are taken."""
        self._thread.start()
        if not self._started.wait(20) or self._loop is None:
            raise RuntimeError(f"the local site did not start on 127.0.0.1:{self.port}; is the port taken?")

    def stop(self) -> None:
        """Cut all connections and end the thread."""
        if self._loop is not None and self._stopping is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(20)

    async def _serve(self) -> None:
        self._stopping = asyncio.Event()
        try:
            server = await asyncio.start_server(self._connection, "127.0.0.1", self.port, backlog=512)
        except OSError:
            self._started.set()
            return
        self.port = server.sockets[0].getsockname()[1]
        self._log_file = self._log.open("a", encoding="utf-8", buffering=1) if self._log else None
        self._loop = asyncio.get_running_loop()
        self._started.set()
        try:
            await self._stopping.wait()
        finally:
            server.close()
            open_ones = list(self._connections.items())
            for task, writer in open_ones:
                writer.transport.abort()
                task.cancel()
            await asyncio.gather(*(task for task, _ in open_ones), return_exceptions=True)
            # The sockets are closed by callbacks of the loop's next round.
            await asyncio.sleep(0)
            if self._log_file:
                self._log_file.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = writer
        self.most_connections = max(self.most_connections, len(self._connections))
        try:
            # Cut connections are everyday here; a cancelled task must end quietly for Python 3.11's streams.
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while await self._one(reader, writer):
                    pass
        finally:
            del self._connections[task]
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; returns whether the connection stays."""
        raw = await reader.readuntil(b"\r\n\r\n")
        received = time.monotonic()
        first, *lines = raw.decode("latin-1").split("\r\n")
        try:
            method, target, version = first.split(" ")
        except ValueError:
            await _send(writer, Answer(b"", status=400), None, has_body=True)
            return False
        pairs = (line.partition(":") for line in lines if line)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        await reader.readexactly(int(headers.get("content-length", "0")))
        answer, fault = self._decide(Asked(method, target, headers))
        if not target.startswith("/_site/"):
            self._note(SiteRequest(received, method, target, headers.get("user-agent", ""), answer.status))
        stays = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        return await _send(writer, answer, fault, has_body=method != "HEAD") and stays

    def _note(self, request: SiteRequest) -> None:
        self.requests.append(request)
        if self._log_file:
            self._log_file.write(json.dumps(asdict(request), ensure_ascii=False) + "\n")


async def _send(writer: asyncio.StreamWriter, answer: Answer, fault: Fault | None, *, has_body: bool) -> bool:
    kind = fault.answer if fault else None
    if fault and kind == "slow":
        await asyncio.sleep(fault.seconds)
    if kind == "endless":
        await _send_endless(writer)
        return False
    head = _head(answer, ("Content-Length", str(len(answer.body))))
    if fault and kind == "drip":
        writer.write(head)
        for place in range(len(answer.body)):
            writer.write(answer.body[place : place + 1])
            await writer.drain()
            await asyncio.sleep(fault.seconds)
        return True
    body = answer.body if has_body else b""
    if kind == "hang_up":
        writer.write(head + body[: len(body) // 2])
        await writer.drain()
        return False
    writer.write(head + body)
    await writer.drain()
    return True


async def _send_endless(writer: asyncio.StreamWriter) -> None:
    page = Answer(b"")
    writer.write(_head(page, ("Transfer-Encoding", "chunked")) + b"6\r\n<html>\r\n")
    block = ("<p>没完没了</p>" * 2000).encode()
    for _ in range(ENDLESS_BYTES // len(block)):
        writer.write(b"%x\r\n%b\r\n" % (len(block), block))
        await writer.drain()


def _head(answer: Answer, length: tuple[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}", "Server: local-site"]
    if answer.content_type:
        lines.append(f"Content-Type: {answer.content_type}")
    lines += [f"{name}: {value}" for name, value in (length, *answer.headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
