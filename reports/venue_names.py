"""Venues by the name that people know, and back: the key is the id of the master, or the name where there is none."""

from collections.abc import Mapping
from pathlib import Path

from warehouse.query import connect

_NAMES = """
WITH named AS (
  SELECT venue_id AS venue, venue_name AS shown FROM venues
  UNION ALL
  SELECT coalesce(r.venue_id, r.venue_name), coalesce(v.venue_name, r.venue_name, r.venue_id)
  FROM reviews r LEFT JOIN venues v ON v.venue_id = r.venue_id)
SELECT venue, min(coalesce(shown, venue)) FROM named WHERE venue IS NOT NULL GROUP BY venue ORDER BY venue
"""


class UnknownVenueError(ValueError):
    """No venue has such a name, or several have it; in words for people."""


def venue_names(warehouse: Path) -> dict[str, str]:
    """Return key → name of every venue of the master and of the reviews."""
    with connect(warehouse) as connection:
        return dict(connection.execute(_NAMES).fetchall())


def venue_key(names: Mapping[str, str], given: str) -> str:
    """Return the key of a venue that is given by its name or key.

    Raises:
        UnknownVenueError: There is none, or several have the name.
    """
    if given in names:
        return given
    found = [key for key, name in names.items() if name == given]
    if not found:
        raise UnknownVenueError(f"没有门店“{given}”，应为库里的门店名称或编号（kesheng venues 列出未识别的名称）")
    if len(found) > 1:
        raise UnknownVenueError(f"有 {len(found)} 家门店都叫“{given}”，请填门店编号：{'、'.join(found)}")
    return found[0]


def shown_venue(names: Mapping[str, str], key: object) -> str | None:
    """Return the name of a venue, or its key where the name is not its own alone; None for none."""
    if key is None:
        return None
    name = names.get(str(key), str(key))
    return name if [k for k, n in names.items() if n == name] in ([], [str(key)]) else str(key)
