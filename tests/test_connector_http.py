"""Exports at web addresses: fetched when they change, from where the settings say and from nowhere else."""

import socket
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sources.connectors.checked_connection import is_public
from sources.connectors.connector import ConnectorSettingsError, FetchError, Secrets
from sources.connectors.http import WebAddresses
from sources.connectors.settings import HttpFetch
from sources.dates import SHANGHAI
from tests.connector_samples import EXPORT, OTHER_EXPORT, collected, fetching, files_below, landed_texts
from tests.web_server import Page, WebServer, loopback_certificate, web_server

fetching_web = partial(fetching, kind="http", allow_private=True)
_SECRET = "tOkEn 0f/the+shop"  # noqa: S105 - it is to be found, not to be kept


@pytest.fixture
def web() -> Iterator[WebServer]:
    """A server on loopback."""
    with web_server() as server:
        yield server


def _addresses(environment: dict[str, str] | None = None, **given: Any) -> WebAddresses:
    settings = HttpFetch.model_validate({"kind": "http", "allow_private": True, **given})
    clock = lambda: datetime(2026, 11, 2, 2, 30, tzinfo=SHANGHAI)  # noqa: E731
    return WebAddresses(settings, secrets=Secrets(environment or {}), clock=clock)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"ETag": '"a"'}, {"ETag": '"b"'}),
        ({"Last-Modified": "Mon, 02 Nov 2026 01:00:00 GMT"}, {"Last-Modified": "Tue, 03 Nov 2026 01:00:00 GMT"}),
        ({}, {}),
    ],
    ids=["ETag", "Last-Modified", "neither"],
)
def test_an_export_lands_once_and_again_when_it_changes(
    first: dict[str, str], second: dict[str, str], web: WebServer, tmp_path: Path
) -> None:
    """A marked one is not even fetched while its mark stays; one without a mark is told by its content."""
    web.pages["/reviews.csv"] = Page(EXPORT, headers=first)
    settings = fetching_web(tmp_path, addresses=[f"{web.address}/reviews.csv"])
    assert [m.name for m in collected(settings).landed] == ["reviews.csv"]
    assert landed_texts(settings) == ["房间干净，早餐丰富", "打电话 [手机号] 没人接"]
    web.asked.clear()
    again = collected(settings)
    assert (again.landed, again.known, again.failed) == ((), 1, ())
    assert web.asked == (["HEAD /reviews.csv"] if first else ["HEAD /reviews.csv", "GET /reviews.csv"])
    web.pages["/reviews.csv"] = Page(OTHER_EXPORT, headers=second)
    assert [m.read for m in collected(settings).landed] == [1]


def test_one_address_that_fails_stops_no_other(web: WebServer, tmp_path: Path) -> None:
    """What the server said is kept; a server without HEAD is asked with GET."""
    web.pages["/b.csv"] = Page(EXPORT, head=405)
    web.pages["/c.csv"] = Page(b"<html>login</html>")
    settings = fetching_web(tmp_path, addresses=[f"{web.address}/{name}.csv" for name in "abc"])
    found = collected(settings)
    assert [m.name for m in found.landed] == ["b.csv"]
    assert len(found.failed) == 2
    assert found.failed[0] == f"{web.address}/a.csv: expected the file, the server answered 404 Not Found"
    assert "c.csv: expected CSV" in found.failed[1]
    assert isinstance(found.refusal, FetchError)


def test_days_and_chinese_names_stand_in_addresses(web: WebServer) -> None:
    """``{yesterday}`` is the day before the night's, names are written as requests may hold them."""
    web.pages["/%E7%82%B9%E8%AF%84-2026-11-01.csv?d=2026-11-02&n=%E5%BA%97"] = Page(EXPORT, headers={"ETag": "x"})
    (export,) = _addresses(addresses=[web.address + "/点评-{yesterday}.csv?d={date}&n=店"]).exports({})
    assert (export.name, export.version, export.read()) == ("点评-2026-11-01.csv", "etag:x", EXPORT)
    assert export.key.startswith(f"{web.address}/点评-2026-11-01.csv?")
    assert "店" not in export.key


@pytest.mark.parametrize(
    ("given", "header"),
    [
        ({"token_env": "SHOP_TOKEN"}, f"Bearer {_SECRET}"),
        ({"user": "kesheng", "password_env": "SHOP_TOKEN"}, "Basic a2VzaGVuZzp0T2tFbiAwZi90aGUrc2hvcA=="),
    ],
    ids=["token", "basic"],
)
def test_the_secret_comes_from_the_environment_and_is_told_nowhere(
    given: dict[str, str], header: str, web: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is sent, and stands in no failure and no file, though the server repeats it in where it leads to."""
    monkeypatch.setenv("SHOP_TOKEN", _SECRET + "\n")
    web.pages["/a.csv"] = Page(EXPORT, headers={"ETag": "x"})
    web.pages["/b.csv"] = Page(status=302, headers={"Location": f"https://{'tOkEn%200f%2Fthe%2Bshop'}.example/login"})
    settings = fetching_web(tmp_path, addresses=[f"{web.address}/a.csv", f"{web.address}/b.csv"], **given)
    found = collected(settings)
    assert (len(found.landed), len(found.failed)) == (1, 1)
    assert set(web.authorizations) == {header}
    told = repr(found) + "".join(map(str, files_below(tmp_path).values()))
    for secret in (_SECRET, header.partition(" ")[2], "tOkEn%200f"):
        assert secret not in told


def test_a_missing_variable_is_named(web: WebServer, tmp_path: Path) -> None:
    """The source fails with what to do, and no request goes out; another try would fail alike."""
    found = collected(fetching_web(tmp_path, addresses=[f"{web.address}/a.csv"], token_env="SHOP_TOKEN"))  # noqa: S106
    assert found.failed[0].startswith("http: expected a secret in the environment variable SHOP_TOKEN, found none")
    assert (found.refusal, web.asked) == (None, [])


@pytest.mark.parametrize("secret", ["two\nlines", "中文"])
def test_a_secret_that_no_header_holds_is_refused_without_being_shown(secret: str, web: WebServer) -> None:
    """The library would name it in its error."""
    addresses = _addresses({"SHOP_TOKEN": secret}, addresses=[f"{web.address}/a.csv"], token_env="SHOP_TOKEN")  # noqa: S106
    with pytest.raises(ConnectorSettingsError, match=r"^SHOP_TOKEN: expected [^中]*$"):
        list(addresses.exports({}))


def test_redirects_stay_within_the_named_hosts(web: WebServer) -> None:
    """The same host is followed; another one only where the settings name it, and then without the secret."""
    elsewhere = web.address.replace("127.0.0.1", "localhost")
    web.pages["/a.csv"] = Page(status=302, headers={"Location": "/b.csv"})
    web.pages["/b.csv"] = Page(status=307, headers={"Location": f"{elsewhere}/c.csv"})
    web.pages["/c.csv"] = Page(EXPORT, headers={"ETag": "x"})
    given = {"addresses": [f"{web.address}/a.csv"], "token_env": "SHOP_TOKEN"}
    (refused,) = _addresses({"SHOP_TOKEN": "abc"}, **given).exports({})
    with pytest.raises(FetchError, match=r"b\.csv leads to the host localhost, which the settings do not name"):
        refused.read()
    web.authorizations.clear()
    (export,) = _addresses({"SHOP_TOKEN": "abc"}, **given, also_hosts=["LOCALHOST"]).exports({})
    assert (export.name, export.read()) == ("a.csv", EXPORT)
    assert web.authorizations == ["Bearer abc", "Bearer abc", None] * 2
    web.pages["/b.csv"] = Page(status=302, headers={"Location": "/a.csv"})
    with pytest.raises(FetchError, match="more than 5 redirects"):
        export.read()


def test_a_private_network_is_refused_at_the_number_that_is_connected_to(
    web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A public name that leads into the house is not followed, and a name is asked once: no answer may change after."""
    (refused,) = _addresses(addresses=[f"{web.address}/a.csv"], allow_private=False).exports({})
    with pytest.raises(
        FetchError, match=r"127\.0\.0\.1 leads to 127\.0\.0\.1, which is in no public network.*allow_pr"
    ):
        refused.read()
    asked: list[str] = []
    port = int(web.address.rpartition(":")[2])

    def resolved(host: str, *_: object, **__: object) -> list[Any]:
        asked.append(host)
        number = "93.184.215.14" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port))]

    connected: list[object] = []

    def connect(place: object, *_: object, **__: object) -> None:
        connected.append(place)
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    monkeypatch.setattr(socket, "create_connection", connect)
    (export,) = _addresses(addresses=["https://shop.example/a.csv"], allow_private=False).exports({})
    assert (asked, connected) == (["shop.example"], [("93.184.215.14", 443)])
    with pytest.raises(FetchError, match=r"^https://shop\.example/a\.csv: Connection refused$"):
        export.read()
    (export,) = _addresses(addresses=["https://shop.example/a.csv"], allow_private=False).exports({})
    assert len(connected) == 1
    with pytest.raises(FetchError, match=r"the host shop\.example leads to 127\.0\.0\.1"):
        export.read()


@pytest.mark.parametrize(
    ("number", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("127.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - no server listens here
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::1", False),
    ],
)
def test_which_numbers_are_public(number: str, *, public: bool) -> None:
    """Private, link-local, shared and loopback numbers are not, nor are those that IPv6 wraps."""
    assert is_public(number) is public


def test_tls_is_checked_against_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate of an unknown authority, or of another name, is refused; a known one lands."""
    certificate = loopback_certificate(tmp_path)
    with web_server(certificate) as web:
        web.pages["/a.csv"] = Page(EXPORT)
        (refused,) = _addresses(addresses=[f"{web.address}/a.csv"]).exports({})
        with pytest.raises(FetchError, match=r"a\.csv: no secure connection \(self-signed certificate"):
            refused.read()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        (export,) = _addresses(addresses=[f"{web.address}/a.csv"]).exports({})
        assert export.read() == EXPORT
        (other,) = _addresses(addresses=[web.address.replace("localhost", "127.0.0.1") + "/a.csv"]).exports({})
        with pytest.raises(FetchError, match=r"no secure connection \(IP address mismatch"):
            other.read()


def test_a_file_cut_off_on_the_way_is_not_taken(web: WebServer) -> None:
    """Fewer bytes than the server promised are no file."""
    web.pages["/a.csv"] = Page(EXPORT, headers={"ETag": "x"}, length=len(EXPORT) + 5)
    (export,) = _addresses(addresses=[f"{web.address}/a.csv"], timeout_seconds=2).exports({})
    with pytest.raises(
        FetchError, match=rf"expected {len(EXPORT) + 5} bytes, the connection broke after {len(EXPORT)}"
    ):
        export.read()


def test_a_server_that_is_not_there_or_silent_is_told(tmp_path: Path) -> None:
    """In the words of the operating system."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/a.csv"
        found = collected(fetching_web(tmp_path, addresses=[address]))
        assert found.failed == (f"{address}: Connection refused",)
        silent.listen()
        found = collected(fetching_web(tmp_path, addresses=[address], timeout_seconds=0.2))
        assert found.failed == (f"{address}: no answer in time",)
