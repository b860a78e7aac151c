"""Texts with ``{names}`` in them, filled with the values of a start or with what is carried from page to page."""

import re
from collections.abc import Mapping
from urllib.parse import quote

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def placeholders(template: str) -> list[str]:
    """Return the names that a template holds, in their order: ``/{city}/{shop2}`` → ``["city", "shop2"]``."""
    return _PLACEHOLDER.findall(template)


def check_template(template: str) -> str:
    """Return a template as it is.

    Raises:
        ValueError: A brace in it belongs to no ``{name}``: it would stand in the address as it is.
    """
    rest = _PLACEHOLDER.sub("", template)
    if "{" in rest or "}" in rest:
        raise ValueError(
            f"expected names in braces such as {{shop}} or {{city_2}}, small letters first, found '{template}'"
        )
    return template


def filled(template: str, values: Mapping[str, str]) -> str:
    """Return a template with its ``{names}`` filled in; one that is not given becomes nothing."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], ""), template)


def filled_address(template: str, values: Mapping[str, str]) -> str:
    """Return the template of an address filled in, what stands in its query quoted: ``烤鱼&茶`` → ``%E7%83%A4…%26…``.

    A value taken from a page could otherwise add parameters of its own. What is quoted already stays as it is.
    """
    path, mark, query = template.partition("?")
    return f"{filled(path, values)}{mark}{filled(query, {name: quote(value, '%') for name, value in values.items()})}"
