"""Which addresses may be asked for: those of the recipe's hosts, and none inside a network that it does not declare.

A page could redirect or link a crawl to services that only this machine can reach (server-side request forgery). A
host's name is checked against the recipe, and the number that it resolves to is checked when the connection is made.
"""

import ipaddress
from urllib.parse import urlsplit

from sources.web.recipe import Recipe

_PORTS = {"http": 80, "https": 443}


def refusal_of_address(address: str, recipe: Recipe) -> str | None:
    """Return why an address may not be asked for, None where it may.

    Example: ``http://169.254.169.254/`` on any recipe that does not name it → it is none of the recipe's hosts.
    """
    try:
        parts = urlsplit(address)
        given_port = parts.port
    except ValueError:
        return "no web address"
    if parts.scheme not in _PORTS or not parts.hostname:
        return "no web address"
    if parts.username is not None:
        return "a name and password in the address"
    port = _PORTS[parts.scheme] if given_port is None else given_port
    usual = port == _PORTS[parts.scheme]
    names = {f"{parts.hostname}:{port}", parts.hostname} if usual else {f"{parts.hostname}:{port}"}
    if not names & {host.lower() for host in recipe.hosts}:
        return f"'{parts.hostname}{'' if usual else f':{port}'}' is none of the recipe's hosts"
    if not recipe.private and is_private(parts.hostname):
        return f"'{parts.hostname}' lies in a private network, and the recipe does not say 'private: true'"
    return None


def is_private(number: str) -> bool:
    """Return whether a text is a number of a private, link-local, loopback or other unroutable network; not a name."""
    text = number.strip("[]").partition("%")[0].rstrip(".")
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        # 2130706433 and 0x7f.1 are spellings of 127.0.0.1 that some resolvers take.
        return bool(text) and all(part.isdigit() or part.lower().startswith("0x") for part in text.split("."))
    if isinstance(address, ipaddress.IPv6Address):
        # Numbers of the older kind within one of the newer, whose own network is a public one.
        address = address.ipv4_mapped or address.sixtofour or address
    if isinstance(address, ipaddress.IPv6Address) and address.is_site_local:
        return True
    # Reserved are also those that a gateway turns into older ones, 64:ff9b::10.0.0.1 and ::127.0.0.1.
    return not address.is_global or address.is_multicast or address.is_reserved


def host_of(address: str) -> str:
    """Return the host of an address with its port, under which its robots.txt is known."""
    return urlsplit(address).netloc.lower()
