"""Values found on a page: by CSS and XPath in its tree, by JMESPath in its JSON."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lxml import etree

from sources.web.nodes import matched, node_text, nodes
from sources.web.page import Page
from sources.web.recipe_pages import Selector
from sources.web.templates import filled

if TYPE_CHECKING:
    from sources.web.recipe_pages import Items, Link


class Selection:
    """A page, or one thing on it, in which values are looked for."""

    def __init__(self, page: Page, node: Any | None = None) -> None:  # noqa: ANN401 - an element, or part of the JSON
        self._page = page
        self._node = node

    def parts(self, of: "Items | Link") -> list["Selection"]:
        """Return the things on a page that a recipe's ``items`` or ``links`` name."""
        return [Selection(self._page, node) for node in nodes(self._page.root, of.css, of.xpath, of.jmespath)]

    def first(self, selector: Selector) -> str | None:
        r"""Return the first value that a selector finds, or all of them joined by its ``every``; None for none.

        Example: ``css: "i.star::attr(class)"`` with ``pattern: "s-star(\d)"`` takes ``5`` from ``<i class="star
        s-star5">``.
        """
        values = (taken for text in self._texts(selector) if (taken := matched(text, selector.pattern)))
        if selector.every is not None:
            return selector.every.join(values) or None
        return next(values, None)

    @property
    def href(self) -> str | None:
        """The address that an element links to, itself or by its first ``a``."""
        if not isinstance(self._node, etree._Element):
            return str(self._node) if isinstance(self._node, str) else None
        links = (self._node.get("href"), *(a.get("href") for a in self._node.iter("a")))
        return next((str(link) for link in links if link), None)

    def _texts(self, selector: Selector) -> Iterator[str]:
        if selector.value is not None:
            yield filled(selector.value, self._page.carried)
        elif selector.address is not None:
            found = re.search(selector.address, self._page.address)
            if found:
                yield found[1] if found.re.groups else found[0]
        else:
            root = self._root(selector)
            for node in nodes(root, selector.css, selector.xpath, selector.jmespath):
                yield node_text(node)

    def _root(self, selector: Selector) -> Any:  # noqa: ANN401 - an element, or part of the JSON
        if self._node is not None and selector.within == "item":
            return self._node
        # The tree of a page with JSON in a script is where that JSON is looked for.
        return self._page.json if selector.jmespath is not None else self._page.tree
