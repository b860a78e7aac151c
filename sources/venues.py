"""The venue master: names on the platforms meet venues through aliases; a name that is not listed is never guessed."""

import csv
import io
import json
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from warehouse.schema import VENUES

_KNOWN = ("venue_id", "venue_name", "aliases", "region", "brand", "industry")


class VenueMasterError(ValueError):
    """The venue master is wrong; the message says the file and line."""


@dataclass(frozen=True, slots=True)
class Venue:
    """One venue: the name to show, its names on the platforms, and what it belongs to."""

    venue_id: str
    venue_name: str
    aliases: tuple[str, ...] = ()
    region: str | None = None
    brand: str | None = None
    industry: str | None = None
    extra: str | None = None


class VenueMaster:
    """Finds a venue by its id, name or alias; width, case, spaces and punctuation do not matter."""

    def __init__(self, venues: tuple[Venue, ...] = ()) -> None:
        self.venues = venues
        self._by_name = {_key(name): v for v in venues for name in (v.venue_id, v.venue_name, *v.aliases)}

    def find(self, name: str | None) -> Venue | None:
        """Return the venue of a name as a source gives it, e.g. ``云栖湖畔酒店（西湖店）``, or ``None``."""
        return self._by_name.get(_key(name)) if name else None

    def match(self, reviews: pa.Table) -> pa.Table:
        """Set venue_id and venue_name of landed rows from the master, and industry where the source says none."""
        venues = [self.find(name) for name in reviews.column("venue_name").to_pylist()]
        given = reviews.column("industry").to_pylist()
        industries = [i or (v.industry if v else None) for v, i in zip(venues, given, strict=True)]
        names = [
            v.venue_name if v else n for v, n in zip(venues, reviews.column("venue_name").to_pylist(), strict=True)
        ]
        columns = {"venue_id": [v.venue_id if v else None for v in venues], "venue_name": names, "industry": industries}
        for name, values in columns.items():
            reviews = reviews.set_column(
                reviews.schema.get_field_index(name), reviews.schema.field(name), [pa.array(values, pa.string())]
            )
        return reviews

    def table(self) -> pa.Table:
        """Return the master as the table ``venues``."""
        return pa.Table.from_pylist(
            [{**{f: getattr(v, f) for f in VENUES.arrow.names}, "aliases": list(v.aliases)} for v in self.venues],
            schema=VENUES.arrow,
        )


def read_venues(path: Path) -> VenueMaster:
    """Read ``venues.csv``: venue_id, venue_name, aliases (``|`` between them), region, brand, industry, free columns.

    Raises:
        VenueMasterError: The file is not such a table, an id stands twice, or a name means two venues.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise VenueMasterError(f"{path}: expected a venue master, found no such file") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _decode_gb18030(path, content)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    columns = [c.strip() for c in reader.fieldnames or []]
    if missing := [c for c in _KNOWN[:2] if c not in columns]:
        raise VenueMasterError(
            f"{path}:1: expected the columns venue_id and venue_name; {missing} missing from {columns}"
        )
    if repeated := sorted({c for c in columns if columns.count(c) > 1}):
        raise VenueMasterError(f"{path}:1: expected each column once; found {repeated} more than once")
    reader.fieldnames = columns
    venues: list[Venue] = []
    names: dict[str, tuple[str, int]] = {}
    for row in reader:
        venue = _venue(path, reader.line_num, row)
        for name in {_key(n) for n in (venue.venue_id, venue.venue_name, *venue.aliases)}:
            other, line = names.setdefault(name, (venue.venue_id, reader.line_num))
            if (other, line) != (venue.venue_id, reader.line_num):
                raise VenueMasterError(
                    f"{path}:{reader.line_num}: '{name}' means venue {other} (line {line}) already; each name and "
                    "alias may stand for one venue only"
                )
        venues.append(venue)
    return VenueMaster(tuple(venues))


def _venue(path: Path, line: int, row: dict[str, str | None]) -> Venue:
    if None in row:
        raise VenueMasterError(
            f"{path}:{line}: expected as many cells as the header has; put quotes around cells with commas"
        )
    cells = {column: (value or "").strip() for column, value in row.items()}
    if not cells["venue_id"] or not cells["venue_name"]:
        raise VenueMasterError(
            f"{path}:{line}: expected a venue_id and a venue_name; found {cells['venue_id']!r}, {cells['venue_name']!r}"
        )
    free = {c: v for c, v in cells.items() if c not in _KNOWN and v}
    return Venue(
        venue_id=cells["venue_id"],
        venue_name=cells["venue_name"],
        aliases=tuple(a.strip() for a in cells.get("aliases", "").split("|") if a.strip()),
        region=cells.get("region") or None,
        brand=cells.get("brand") or None,
        industry=cells.get("industry") or None,
        extra=json.dumps(free, ensure_ascii=False, sort_keys=True) if free else None,
    )


def _decode_gb18030(path: Path, content: bytes) -> str:
    try:
        return content.decode("gb18030")
    except UnicodeDecodeError as error:
        raise VenueMasterError(f"{path}: expected UTF-8 or GB18030; byte {error.start} is neither") from error


def _key(name: str) -> str:
    normal = unicodedata.normalize("NFKC", name).casefold()
    return "".join(ch for ch in normal if ch.isalnum()) or normal.strip()
