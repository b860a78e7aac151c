"""Which addresses a crawl may ask for: only the recipe's hosts, and nothing inside a network."""

import ipaddress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.web.addresses import is_private, refusal_of_address
from sources.web.recipe import Recipe


def recipe_of(*hosts: str, **keys: Any) -> Recipe:
    """Return a recipe for some hosts."""
    page = {"items": {"css": ".r"}, "fields": {"text": {"css": ".t"}}}
    start = {"page": "list", "address": "https://reviews.example.com/"}
    given = {"recipe": 1, "title": "站", "hosts": hosts, "start": [start], "pages": {"list": page}}
    return Recipe.model_validate(given | keys)


RECIPE = recipe_of("Reviews.Example.com", "api.example.com:8443", "xn--3pxw09c.example")


@pytest.mark.parametrize(
    "address",
    [
        "https://reviews.example.com/hotel/101",
        "http://reviews.example.com/",
        "https://REVIEWS.example.COM:443/",
        "http://reviews.example.com:80/",
        "https://api.example.com:8443/v1?x=http://127.0.0.1/",
        "https://xn--3pxw09c.example/",
        "https://reviews.example.com",
    ],
)
def test_the_hosts_of_the_recipe_may_be_asked(address: str) -> None:
    """In whatever case, with the usual port written or not, another port only where the recipe names it."""
    assert refusal_of_address(address, RECIPE) is None


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://other.example.com/", "'other.example.com' is none of the recipe's hosts"),
        ("https://reviews.example.com.evil.example/", "is none of the recipe's hosts"),
        ("https://evil.example/reviews.example.com", "is none of the recipe's hosts"),
        ("https://reviews.example.com./", "'reviews.example.com.' is none of the recipe's hosts"),
        ("https://reviews.example.com:8443/", "'reviews.example.com:8443' is none of the recipe's hosts"),
        ("https://reviews.example.com:0/", "'reviews.example.com:0' is none of the recipe's hosts"),
        ("http://reviews.example.com:443/", "'reviews.example.com:443' is none of the recipe's hosts"),
        ("https://api.example.com/", "'api.example.com' is none of the recipe's hosts"),
        ("https://reviews.example.com:99999/", "no web address"),
        ("https://reviews.example.com:x/", "no web address"),
        ("http://user:pw@reviews.example.com/", "a name and password in the address"),
        ("http://@reviews.example.com/", "a name and password in the address"),
        ("http://reviews.example.com\\@evil.example/", "a name and password in the address"),
        ("http://reviews.example.com /", "is none of the recipe's hosts"),
        ("http://点评.example/", "is none of the recipe's hosts"),
        ("http://169.254.169.254/latest/meta-data", "'169.254.169.254' is none of the recipe's hosts"),
        ("http://localhost/", "'localhost' is none of the recipe's hosts"),
        ("javascript:void(0)", "no web address"),
        ("mailto:a@example.com", "no web address"),
        ("file:///etc/hosts", "no web address"),
        ("ftp://reviews.example.com/", "no web address"),
        ("data:text/html,x", "no web address"),
        ("//reviews.example.com/", "no web address"),
        ("http:///x", "no web address"),
        ("http://[bad", "no web address"),
        ("http://[::1%25eth0", "no web address"),
        ("", "no web address"),
    ],
)
def test_every_other_address_is_refused(address: str, told: str) -> None:
    """Other hosts and ports, other schemes, names and passwords, and what is no address; the reason is told."""
    reason = refusal_of_address(address, RECIPE)
    assert reason is not None
    assert told in reason


@pytest.mark.parametrize(
    "number",
    [
        "127.0.0.1", "127.1", "127.0.1", "127.0.0.1.", "2130706433", "0x7f.0.0.1", "0x7f000001", "0X7F.1", "0177.0.0.1",
        "017700000001", "127.000.000.001", "１２７.0.0.1", "0.0.0.1", "0", "10.0.0.1", "10.1", "172.16.0.1",
        "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "198.18.0.1", "192.0.2.1", "203.0.113.9",
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "[::1]", "::", "::ffff:10.0.0.1", "::ffff:7f00:1",
        "::127.0.0.1", "64:ff9b::10.0.0.1", "2002:7f00:1::", "2002:a00:1::1", "fe80::1", "[fe80::1%eth0]",
        "fe80::1%25eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "2001:db8::1", "100::1",
    ],
)  # fmt: skip
def test_numbers_of_private_networks_are_known(number: str) -> None:
    """In every spelling that a resolver or a socket might take."""
    assert is_private(number)


@pytest.mark.parametrize(
    "name",
    ["8.8.8.8", "1.1.1.1", "2001:4860:4860::8888", "::ffff:8.8.8.8", "example.com", "localhost", "127.example.com", ""],
)
def test_public_numbers_and_names_are_not_private(name: str) -> None:
    """What a name leads to is asked of the resolver, not of the name."""
    assert not is_private(name)


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_whatever_is_not_global_is_private(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """No number that the registries do not call global may be asked."""
    assert address.is_global or is_private(str(address))
    assert address.is_global or is_private(address.exploded)


@given(st.ip_addresses(v=4).filter(lambda address: not address.is_global))
def test_private_numbers_within_newer_ones_are_private(address: ipaddress.IPv4Address) -> None:
    """Mapped, translated, compatible, tunnelled, or written as one number."""
    high, low = divmod(int(address), 65_536)
    spellings = [f"::ffff:{address}", f"64:ff9b::{address}", f"::{address}", f"2002:{high:x}:{low:x}::1"]
    for spelling in (*spellings, str(int(address)), hex(int(address)), f"{address}."):
        assert is_private(spelling), spelling


def test_a_private_host_needs_the_recipe_to_say_so() -> None:
    """A number of this machine among the hosts is not enough."""
    address = "http://127.0.0.1:8000/"
    assert refusal_of_address(address, recipe_of("127.0.0.1:8000", private=True)) is None
    reason = refusal_of_address(address, recipe_of("127.0.0.1:8000"))
    assert reason == "'127.0.0.1' lies in a private network, and the recipe does not say 'private: true'"
