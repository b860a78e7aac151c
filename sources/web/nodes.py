"""What selectors find: elements, attributes and texts of a tree, parts of JSON, and the words in them."""

import re
from functools import lru_cache
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from lxml import etree

from sources.web.selector_syntax import as_xpath, compiled_xpath

_BREAKS = frozenset(("br", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "li", "ol", "p", "section", "tr", "ul"))
_UNSEEN = frozenset(("script", "style", "noscript", "template"))
_BLANKS = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*")


class PageError(ValueError):
    """A page is not what its recipe says; the message says what was expected and what came."""


def element_text(element: etree._Element) -> str:
    """Return the words of an element as a reader sees them: lines where blocks break, scripts left out."""
    parts: list[str] = []
    _collect(element, parts)
    return _LINES.sub("\n", _BLANKS.sub(" ", "".join(parts).replace("\xa0", " "))).strip()


def _collect(element: etree._Element, parts: list[str]) -> None:
    # Comments and processing instructions have no name.
    name = element.tag if isinstance(element.tag, str) else None
    if name is not None and name not in _UNSEEN:
        if name in _BREAKS:
            parts.append("\n")
        parts.append((element.text or "").replace("\n", " "))
        for child in element:
            _collect(child, parts)
            parts.append((child.tail or "").replace("\n", " "))
        if name in _BREAKS:
            parts.append("\n")


def nodes(root: Any, css: str | None, xpath: str | None, query: str | None = None) -> list[Any]:  # noqa: ANN401 - an element, or part of the JSON
    """Return what a selector finds from a root on: by JMESPath if one is given, else by CSS or XPath.

    Raises:
        PageError: The expression cannot be used on what the page holds.
    """
    if query is not None:
        try:
            found = _jmespath(query).search(root)
        except JMESPathError as error:
            raise PageError(f"'{query}' does not fit the page's JSON: {' '.join(str(error).split())}") from error
        return found if isinstance(found, list) else [] if found is None else [found]
    if not isinstance(root, etree._Element):
        raise PageError("expected a tree of HTML for CSS and XPath, found JSON: write a jmespath")
    expression = as_xpath(css) if css is not None else str(xpath)
    try:
        found = compiled_xpath(expression)(root)
    except etree.XPathError as error:
        raise PageError(f"'{css or xpath}' does not fit the page: {error}") from error
    return found if isinstance(found, list) else [found]


def node_text(node: Any) -> str:  # noqa: ANN401 - what a selector found
    """Return the words of what was found, ``""`` for none."""
    if isinstance(node, etree._Element):
        return element_text(node)
    if isinstance(node, str):
        return node.strip()
    if isinstance(node, bool):
        return "true" if node else "false"
    if isinstance(node, int | float):
        return repr(node).removesuffix(".0")
    if isinstance(node, list):
        return "\n".join(filter(None, (node_text(part) for part in node)))
    return ""


def matched(text: str, pattern: str | None) -> str:
    """Return what a pattern takes from a text: group 1 if it has one, else the match; all of it without a pattern."""
    if pattern is None or not text:
        return text
    found = re.search(pattern, text)
    if found is None:
        return ""
    return ((found[1] if found.re.groups else found[0]) or "").strip()


@lru_cache(maxsize=4_096)
def _jmespath(expression: str) -> Any:  # noqa: ANN401 - jmespath publishes no types
    return jmespath.compile(expression)
