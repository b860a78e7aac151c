"""Pages kept to mend a recipe by: only where asked for, masked, and deleted after some days."""

import gzip
import hashlib
import html
import json
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import lxml.html

from sources.landed_rows import NAME_TOKEN
from sources.masking import MaskingSettings, mask
from sources.web.page import Page
from warehouse.store import write_atomically


@dataclass(frozen=True, slots=True)
class KeptPages:
    """The folder of the pages of one source.

    Attributes:
        folder: Where they lie, as ``<digest of the address>.html.gz``.
        days: After how many days a page is deleted.
        masking: What is masked in them.
    """

    folder: Path
    days: int
    masking: MaskingSettings

    def keep(self, page: Page, authors: Collection[str]) -> Path:
        """Write a page, masked, the names of its authors hidden.

        Args:
            page: The page.
            authors: Names as the recipe found them, unmasked.
        """
        text = _plainly_written(page)
        # The longest first: one name may be a part of another.
        for spelling in sorted({way for author in authors for way in _spellings(author)}, key=len, reverse=True):
            text = text.replace(spelling, NAME_TOKEN)
        name = hashlib.sha256(page.address.encode()).hexdigest()[:16]
        path = self.folder / f"{name}.{page.kind.format}.gz"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomically(path, gzip.compress(mask(text, self.masking).text.encode("utf-8", "surrogatepass"), mtime=0))
        return path

    def expire(self, now: float | None = None) -> int:
        """Delete pages that are older than they may be; returns how many."""
        oldest = (time.time() if now is None else now) - self.days * 86_400
        old = [path for path in self.folder.glob("*.gz") if path.stat().st_mtime < oldest]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)


def _plainly_written(page: Page) -> str:
    r"""Return a page without escapes such as ``&#24352;`` and ``\u5f20``, in which no name would be seen."""
    if page.kind.format == "json":
        return json.dumps(page.json, ensure_ascii=False, indent=1)
    return str(lxml.html.tostring(page.tree, encoding="unicode"))


def _spellings(author: str) -> Iterator[str]:
    """Yield a name as text, attributes and scripts of a page write it."""
    yield author
    yield html.escape(author, quote=False)
    yield html.escape(author)
    for escaped in (json.dumps(author)[1:-1], json.dumps(author, ensure_ascii=False)[1:-1]):
        yield escaped
        yield escaped.replace("/", "\\/")
