"""A web server on loopback that answers as told and keeps what it was asked, and a certificate for TLS on loopback."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(slots=True)
class Page:
    """What the server answers at a path."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    head: int | None = None
    """Status of HEAD where it is another one."""
    length: int | None = None
    """The length that is told where it is another one."""


@dataclass(slots=True)
class WebServer:
    """A running server."""

    address: str
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """Method and path of each request."""
    authorizations: list[str | None] = field(default_factory=list)


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that refuse the certificate."""


@contextmanager
def web_server(certificate: Path | None = None) -> Iterator[WebServer]:
    """Run a server on loopback, with TLS where a certificate is given."""
    server = _Server(("127.0.0.1", 0), BaseHTTPRequestHandler)
    scheme, host = ("https", "localhost") if certificate else ("http", "127.0.0.1")
    web = WebServer(f"{scheme}://{host}:{server.server_address[1]}")

    class Handler(BaseHTTPRequestHandler):
        def answer(self, *, body: bool) -> None:
            web.asked.append(f"{self.command} {self.path}")
            web.authorizations.append(self.headers["Authorization"])
            page = web.pages.get(self.path, Page(status=404))
            self.send_response(page.status if body or page.head is None else page.head)
            for name, value in page.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(page.body) if page.length is None else page.length))
            self.end_headers()
            if body:
                self.wfile.write(page.body)

        def do_GET(self) -> None:
            self.answer(body=True)

        def do_HEAD(self) -> None:
            self.answer(body=False)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server.RequestHandlerClass = Handler
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    with running(server.serve_forever, server.shutdown):
        yield web
    server.server_close()


@contextmanager
def running(serve: Callable[[float], None], stop: Callable[[], None]) -> Iterator[None]:
    """Serve in a thread until the block ends."""
    thread = threading.Thread(target=serve, args=(0.05,))
    thread.start()
    try:
        yield
    finally:
        stop()
        thread.join()


def loopback_certificate(folder: Path) -> Path:
    """Write a certificate for ``localhost`` with its key, signed by itself; it is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "loopback.pem"
    path.write_bytes(certificate.public_bytes(pem) + secret)
    return path
