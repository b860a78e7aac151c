"""Whether a selector of a recipe can be read, found out when the recipe is, not on the first page."""

import re
from functools import lru_cache
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions
from lxml import etree
from parsel.csstranslator import HTMLTranslator


@lru_cache(maxsize=4_096)
def as_xpath(css: str) -> str:
    """Return a CSS selector, ``::text`` and ``::attr(name)`` included, as XPath."""
    return HTMLTranslator().css_to_xpath(css)


@lru_cache(maxsize=4_096)
def compiled_xpath(expression: str) -> etree.XPath:
    """Return an XPath expression ready to be used; ``re:test`` and the like are understood."""
    # Regular expressions and strings that know their element are set up for each use; few expressions want them.
    return etree.XPath(
        expression,
        namespaces={"re": "http://exslt.org/regular-expressions"},
        regexp="re:" in expression,
        smart_strings=False,
    )


def check_css(css: str) -> str:
    """Return a CSS selector as it is.

    Raises:
        ValueError: It cannot be read.
    """
    try:
        _try_out(as_xpath(css))
    except Exception as error:  # cssselect raises several kinds, none of them documented as all
        raise ValueError(f"expected a CSS selector, found '{css}': {error}") from error
    return css


def check_xpath(xpath: str) -> str:
    """Return an XPath expression as it is.

    Raises:
        ValueError: It cannot be read.
    """
    try:
        _try_out(xpath)
    except (etree.XPathError, re.error) as error:
        raise ValueError(f"expected an XPath expression, found '{xpath}': {error}") from error
    return xpath


def check_jmespath(expression: str) -> str:
    """Return a JMESPath expression as it is.

    Raises:
        ValueError: It cannot be read, or names a function that there is not.
    """
    try:
        parsed = jmespath.compile(expression).parsed
    except JMESPathError as error:
        raise ValueError(f"expected a JMESPath expression, found '{expression}': {error}") from error
    if unknown := _functions(parsed) - set(Functions.FUNCTION_TABLE):
        raise ValueError(f"expected a JMESPath expression, found '{expression}': no function '{min(unknown)}'")
    return expression


def _try_out(xpath: str) -> None:
    """Use an expression once: unknown functions and prefixes come to light only then."""
    compiled_xpath(xpath)(etree.Element("html"))


def _functions(parsed: Any) -> set[str]:  # noqa: ANN401 - jmespath publishes no types
    own = {str(parsed["value"])} if parsed["type"] == "function_expression" else set()
    return own.union(*(_functions(child) for child in parsed["children"] if isinstance(child, dict)))
