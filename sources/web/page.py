"""A page as it came, and what it turns into before values are looked for: a tree of HTML, or JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import lxml.html
from lxml import etree
from w3lib.encoding import html_to_unicode, http_content_type_encoding, resolve_encoding

from sources.web.nodes import PageError, matched, nodes
from sources.web.recipe_pages import PageKind


@dataclass(frozen=True)
class Page:
    """One answer of a site.

    Attributes:
        name: The kind of page, as the recipe calls it.
        kind: What the recipe says of it.
        address: Where it was asked for.
        body: What came, decompressed.
        fetched_at: When, aware: ``3天前`` counts back from it.
        content_type: What the answer says of itself.
        carried: Values taken along from the pages before.
    """

    name: str
    kind: PageKind
    address: str
    body: bytes
    fetched_at: datetime
    content_type: str | None = None
    carried: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def text(self) -> str:
        """The body as text: by the recipe's encoding, else as the page declares it, GB18030 for a bare Chinese one."""
        codec = resolve_encoding(self.kind.encoding or "")
        if codec is None and self.kind.format == "json":
            # A <meta charset> in JSON would be a customer's words.
            codec = http_content_type_encoding(self.content_type) or _guessed(self.body)
        if codec is None:
            return html_to_unicode(self.content_type, self.body, auto_detect_fun=_guessed)[1]
        return self.body.decode(codec, errors="replace").removeprefix("\ufeff")

    @cached_property
    def tree(self) -> lxml.html.HtmlElement:
        """The page as HTML, whatever is wrong with its markup.

        Raises:
            PageError: There is nothing in it.
        """
        # As bytes again: a declaration of another encoding in the text must not count any more.
        body = self.text.replace("\x00", "").encode("utf-8", "surrogatepass").decode("utf-8", "replace").encode()
        parser = lxml.html.HTMLParser(encoding="utf-8")
        try:
            return lxml.html.document_fromstring(body, parser=parser)
        except etree.ParserError as error:
            raise PageError("expected a page, found an empty answer") from error

    @cached_property
    def json(self) -> Any:  # noqa: ANN401 - whatever the site answers
        """The page, or the JSON that a script of it holds, as Python values.

        Raises:
            PageError: It is no JSON.
        """
        text = self.text
        if (selector := self.kind.embedded_json) is not None:
            found = nodes(self.tree, selector.css, selector.xpath)
            text = next((taken for node in found if (taken := matched(_script(node), selector.pattern))), "")
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            # What stands there instead is not quoted: it may be a customer's.
            raise PageError(f"expected JSON, found {len(text)} characters of something else ({error})") from error

    @property
    def root(self) -> Any:  # noqa: ANN401 - an element, or whatever the JSON holds
        """What selectors of the whole page begin from."""
        return self.json if self.kind.reads_json else self.tree


def _script(node: Any) -> str:  # noqa: ANN401 - an element or a text of it
    return node if isinstance(node, str) else str(node.text_content())


def _guessed(body: bytes) -> str:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"
