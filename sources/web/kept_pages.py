"""Pages kept to mend a recipe by: only where asked for, masked, and deleted after some days."""

import gzip
import hashlib
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

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
        text = page.text
        # The longest first: one name may be a part of another.
        for author in sorted(authors, key=len, reverse=True):
            text = text.replace(author, NAME_TOKEN)
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
