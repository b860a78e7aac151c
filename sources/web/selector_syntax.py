"""Whether a selector of a recipe can be read, found out when the recipe is, not on the first page."""

from functools import lru_cache

from lxml import etree
from parsel.csstranslator import HTMLTranslator


@lru_cache(maxsize=4_096)
def as_xpath(css: str) -> str:
    """Return a CSS selector, ``::text`` and ``::attr(name)`` included, as XPath."""
    return HTMLTranslator().css_to_xpath(css)


@lru_cache(maxsize=4_096)
def compiled_xpath(expression: str) -> etree.XPath:
    """Return an XPath expression ready to be used; ``re:test`` and the like are understood."""
    return etree.XPath(expression, namespaces={"re": "http://exslt.org/regular-expressions"})


def check_css(css: str) -> str:
    """Return a CSS selector as it is.

    Raises:
        ValueError: It cannot be read.
    """
    try:
        as_xpath(css)
    except Exception as error:  # cssselect raises several kinds, none of them documented as all
        raise ValueError(f"expected a CSS selector, found '{css}': {error}") from error
    return css


def check_xpath(xpath: str) -> str:
    """Return an XPath expression as it is.

    Raises:
        ValueError: It cannot be read.
    """
    try:
        compiled_xpath(xpath)
    except etree.XPathSyntaxError as error:
        raise ValueError(f"expected an XPath expression, found '{xpath}': {error}") from error
    return xpath
