"""Exports at web addresses, fetched with GET.

The standard library's HTTP client is used, because every step between a name and a socket must be ours: a host is
resolved once, the number that it gave is checked, and that very number is connected to, while the certificate is still
checked against the name. httpx resolves inside its pool, where nothing can look at the number, and fsspec's HTTP file
system follows redirects to wherever they lead. Proxies are not used: behind one nobody knows what was connected to.
"""

import base64
import hashlib
import http.client
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from sources.connectors.checked_connection import CheckedConnection, CheckedSecureConnection, RefusedHostError
from sources.connectors.connector import (
    ConnectorSettingsError,
    Export,
    FetchError,
    Secrets,
    safe_name,
    unreachable,
    with_days,
)
from sources.connectors.settings import HttpFetch, check_address
from sources.file_format import check_size

_REDIRECTS = 5
_REDIRECT_STATUSES = (301, 302, 303, 307, 308)
_CHUNK = 1 << 20
_LONGEST = 1_800.0
"""Seconds for one file, however steadily it trickles."""


class WebAddresses:
    """Files at addresses; one is fetched when its ETag or its date of change is not the one that landed."""

    def __init__(self, settings: HttpFetch, *, secrets: Secrets, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._secrets = secrets
        self._clock = clock
        self._hosts = {urlsplit(address).hostname for address in settings.addresses} | {
            host.lower() for host in settings.also_hosts
        }

    def exports(self, remembered: Mapping[str, str]) -> Iterator[Export]:
        """Ask each address how its content is marked; where it is not, the content is fetched and its digest taken."""
        _ = remembered
        for given in self._settings.addresses:
            address = with_days(given, self._clock())
            try:
                version = self._marked(address)
                content = None if version else self._content(address)
            except FetchError as error:
                yield unreachable(shown(address), error)
                continue
            yield Export(
                name=_file_name(address),
                key=_key(address),
                version=version or f"sha256:{hashlib.sha256(content or b'').hexdigest()}",
                read=partial(self._content, address) if content is None else partial(bytes, content),
            )

    def _marked(self, address: str) -> str:
        """Return what HEAD tells of a content's version; empty where a server has no HEAD or marks nothing."""
        # The length alone is no mark: a changed score leaves it as it was.
        with self._answer("HEAD", address) as answer:
            if answer.status != 200:
                return ""
            tag, changed = answer.getheader("ETag"), answer.getheader("Last-Modified")
            return f"etag:{tag}" if tag else f"{changed}, {answer.getheader('Content-Length')}" if changed else ""

    def _content(self, address: str) -> bytes:
        with self._answer("GET", address) as answer:
            if answer.status != 200:
                raise FetchError(f"{shown(address)}: expected the file, the server answered {_status(answer)}")
            length = answer.getheader("Content-Length")
            check_size(_file_name(address), int(length) if length and length.isdigit() else 0)
            parts, size, until = [], 0, time.monotonic() + _LONGEST
            try:
                while part := answer.read(_CHUNK):
                    parts.append(part)
                    size += len(part)
                    check_size(_file_name(address), size)
                    if time.monotonic() > until:
                        raise TimeoutError
            except (OSError, HTTPException) as error:
                raise _broken(address, error) from None
            if length and length.isdigit() and size != int(length):
                raise FetchError(f"{shown(address)}: expected {length} bytes, the connection broke after {size}")
            return b"".join(parts)

    def _answer(self, method: str, address: str) -> "_Answer":
        """Send a request, and follow where it leads as long as that is a host that the settings name."""
        target = address
        for _ in range(_REDIRECTS + 1):
            answer = _Answer(self._connect(target), target)
            try:
                answer.ask(method, self._headers(target, first=address))
            except (OSError, HTTPException) as error:
                answer.close()
                raise _broken(target, error) from None
            place = answer.getheader("Location")
            if answer.status not in _REDIRECT_STATUSES or place is None:
                return answer
            answer.close()
            target = self._led_to(urljoin(target, place), from_address=target)
        raise FetchError(f"{shown(address)}: expected the file, found more than {_REDIRECTS} redirects")

    def _led_to(self, target: str, *, from_address: str) -> str:
        try:
            check_address(target, allow_plain=self._settings.allow_plain)
            host = urlsplit(target).hostname
        except ValueError as error:
            raise FetchError(f"{shown(from_address)} leads elsewhere: {error}") from None
        if host not in self._hosts:
            raise FetchError(
                f"{shown(from_address)} leads to the host {host}, which the settings do not name. It may ask for a "
                "login; if the file is right there, add the host to also_hosts"
            )
        return target

    def _headers(self, target: str, *, first: str) -> dict[str, str]:
        headers = {"User-Agent": "kesheng", "Accept-Encoding": "identity", "Accept": "*/*"}
        # A secret is for the server whose address it was given for, not for one that this leads to.
        if _server(target) == _server(first):
            if self._settings.token_env:
                token = self._secrets.value(self._settings.token_env)
                if not token.isascii():
                    raise ConnectorSettingsError(f"{self._settings.token_env}: expected a token of ASCII characters")
                headers["Authorization"] = f"Bearer {token}"
            if self._settings.password_env:
                given = f"{self._settings.user}:{self._secrets.value(self._settings.password_env)}"
                headers["Authorization"] = f"Basic {base64.b64encode(given.encode()).decode('ascii')}"
        return headers

    def _connect(self, address: str) -> HTTPConnection:
        parts = urlsplit(address)
        secure = parts.scheme == "https"
        try:
            port = parts.port or (443 if secure else 80)
        except ValueError:
            raise FetchError(f"{shown(address)}: expected a port from 1 to 65535") from None
        connection = CheckedSecureConnection if secure else CheckedConnection
        return connection(
            str(parts.hostname),
            port,
            timeout=self._settings.timeout_seconds,
            allow_private=self._settings.allow_private,
        )


class _Answer:
    """An answer and its connection, closed together."""

    def __init__(self, connection: HTTPConnection, address: str) -> None:
        self._connection = connection
        self._address = address
        self._response: HTTPResponse | None = None

    def ask(self, method: str, headers: dict[str, str]) -> None:
        parts = urlsplit(self._address)
        self._connection.request(method, _path(parts), headers=headers)
        self._response = self._connection.getresponse()

    @property
    def response(self) -> HTTPResponse:
        if self._response is None:
            raise RuntimeError("expected ask() before the answer is read")
        return self._response

    @property
    def status(self) -> int:
        return self.response.status

    def getheader(self, name: str) -> str | None:
        return self.response.getheader(name)

    def read(self, size: int) -> bytes:
        return self.response.read1(size)

    def close(self) -> None:
        if self._response is not None:
            self._response.close()
        self._connection.close()

    def __enter__(self) -> "_Answer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def shown(address: str) -> str:
    """Return an address without what may be secret in it: user, query and fragment."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _key(address: str) -> str:
    query = urlsplit(address).query
    return shown(address) + (f"?{hashlib.sha256(query.encode()).hexdigest()[:12]}" if query else "")


def _file_name(address: str) -> str:
    parts = urlsplit(address)
    return safe_name(unquote(parts.path.rpartition("/")[2]).replace("/", "_") or str(parts.hostname))


def _path(parts: SplitResult) -> str:
    """Return what is asked for, with Chinese names written as a request may hold them."""
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    return path + (f"?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?')}" if parts.query else "")


def _server(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port


def _status(answer: _Answer) -> str:
    return f"{answer.status} {http.client.responses.get(answer.status, '')}".rstrip()


def _broken(address: str, error: Exception) -> FetchError:
    if isinstance(error, RefusedHostError):
        said = str(error)
    elif isinstance(error, ssl.SSLError):
        said = f"no secure connection ({getattr(error, 'verify_message', '') or error.reason})"
    elif isinstance(error, TimeoutError):
        said = "no answer in time"
    elif isinstance(error, OSError):
        said = error.strerror or type(error).__name__
    else:
        said = f"the answer broke off or is none of HTTP ({type(error).__name__})"
    return FetchError(f"{shown(address)}: {said}")
