"""HTTP connections to a number that was looked at: a host's name is resolved once, checked, and not resolved again."""

import ipaddress
import socket
import ssl
from http.client import HTTPConnection, HTTPSConnection

_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


class RefusedHostError(OSError):
    """A host is not known, or leads to where it must not."""


class CheckedConnection(HTTPConnection):
    """A connection without TLS."""

    def __init__(self, host: str, port: int, *, timeout: float, allow_private: bool) -> None:
        super().__init__(host, port, timeout=timeout)
        self._seconds = timeout
        self._allow_private = allow_private

    def connect(self) -> None:
        """Connect to a checked number of the host.

        Raises:
            RefusedHostError: There is none.
        """
        self.sock = _connected(self.host, self.port, timeout=self._seconds, allow_private=self._allow_private)


class CheckedSecureConnection(HTTPSConnection):
    """A connection with TLS; the certificate is checked against the host's name."""

    def __init__(self, host: str, port: int, *, timeout: float, allow_private: bool) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(host, port, timeout=timeout, context=self._tls)
        self._seconds = timeout
        self._allow_private = allow_private

    def connect(self) -> None:
        """Connect to a checked number of the host.

        Raises:
            RefusedHostError: There is none.
        """
        plain = _connected(self.host, self.port, timeout=self._seconds, allow_private=self._allow_private)
        try:
            self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)
        except OSError:
            plain.close()
            raise


def is_public(number: str) -> bool:
    """Return whether an IP number belongs to the public internet, also where IPv6 only wraps an IPv4 number."""
    ip = ipaddress.ip_address(number.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


def checked_numbers(host: str, port: int, *, allow_private: bool) -> list[str]:
    """Resolve a host and return its numbers.

    Raises:
        RefusedHostError: It is not known, or one of its numbers is none of the public internet.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise RefusedHostError(f"the host {host} is not known; check its name and the network") from None
    numbers = [str(entry[4][0]) for entry in found]
    for number in numbers:
        if not (allow_private or is_public(number)):
            raise RefusedHostError(
                f"the host {host} leads to {number}, which is in no public network. If it is a server of your own, "
                "set allow_private = true"
            )
    return numbers


def _connected(host: str, port: int, *, timeout: float, allow_private: bool) -> socket.socket:
    refusal: OSError = RefusedHostError(f"the host {host} has no number")
    for number in checked_numbers(host, port, allow_private=allow_private):
        try:
            return socket.create_connection((number, port), timeout)
        except OSError as error:
            refusal = error
    raise refusal
