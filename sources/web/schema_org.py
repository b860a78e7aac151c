"""Reviews that a page marks up as ``schema.org/Review``, in JSON-LD or microdata, brought to one shape.

The markup is found by extruct; what it means is https://schema.org/Review. A review may stand by itself or within the
thing reviewed, whose name is then the venue.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import lxml.html

_REVIEW_TYPES = frozenset(("Review", "UserReview"))
_TEXTS = ("reviewBody", "text", "description")
_FULL_MARKS = frozenset((5.0, 10.0, 50.0, 100.0))


def schema_reviews(tree: lxml.html.HtmlElement, address: str) -> list[dict[str, str]]:
    """Return the reviews of a page, each as our field → text, in the order of the page, each once.

    Args:
        tree: The page.
        address: Where it came from, for relative addresses in its markup.

    Raises:
        ValueError: A JSON-LD script is no JSON.
    """
    # Slow to import, and needed for pages with such markup alone.
    from extruct.jsonld import JsonLdExtractor  # noqa: PLC0415
    from extruct.w3cmicrodata import MicrodataExtractor  # noqa: PLC0415

    things = [
        *JsonLdExtractor().extract_items(tree, base_url=address),
        *(_plain(item) for item in MicrodataExtractor(nested=True).extract_items(tree, base_url=address)),
    ]
    named = dict(_names(things))
    found: list[dict[str, str]] = []
    for thing in things:
        for review, around in _reviews(thing, None):
            cells = _cells(review, around)
            if "venue" not in cells and isinstance(around, dict) and (name := named.get(str(around.get("@id")))):
                cells["venue"] = name
            if cells not in found:
                found.append(cells)
    return found


def _plain(item: object) -> object:
    """Return a microdata item in the shape of JSON-LD: its type and properties side by side."""
    if isinstance(item, list):
        return [_plain(part) for part in item]
    if not isinstance(item, dict) or "properties" not in item:
        return item
    return {"@type": item.get("type"), **{name: _plain(value) for name, value in item["properties"].items()}}


def _reviews(thing: Any, around: Mapping[str, Any] | None) -> Iterator[tuple[Mapping[str, Any], Any]]:  # noqa: ANN401
    if isinstance(thing, list):
        for part in thing:
            yield from _reviews(part, around)
    elif isinstance(thing, dict):
        if _REVIEW_TYPES.intersection(_types(thing.get("@type"))):
            yield thing, thing.get("itemReviewed") or around
            return
        for name, value in thing.items():
            # Of a list of pages or a graph, the thing reviewed is the part, not the list.
            yield from _reviews(value, around if name in ("@graph", "itemListElement", "item") else thing)


def _names(thing: object) -> Iterator[tuple[str, str]]:
    """Yield the names of things that others may refer to by their ``@id``, as the parts of a graph do."""
    for part in thing if isinstance(thing, list) else thing.values() if isinstance(thing, dict) else ():
        yield from _names(part)
    if isinstance(thing, dict) and "@id" in thing and (name := _text(thing.get("name"))):
        yield str(thing["@id"]), name


def _cells(review: Mapping[str, Any], around: object) -> dict[str, str]:
    rating = _first(review.get("reviewRating"))
    comment = _first(review.get("comment"))
    reply: Mapping[str, Any] = comment if isinstance(comment, dict) else {}
    cells = {
        "text": _words(review),
        "title": _text(review.get("name") or review.get("headline")),
        "own_id": _text(review.get("identifier")) or _text(review.get("@id")),
        "author": _text(review.get("author")),
        "published_at": _text(review.get("datePublished") or review.get("dateCreated")),
        "rating": _rating(rating),
        "venue": _text(around),
        "url": _text(review.get("url")),
        "reply_text": _words(reply),
        "replied_at": _text(reply.get("datePublished") or reply.get("dateCreated")),
    }
    return {name: text for name, text in cells.items() if text}


def _words(thing: Mapping[str, Any]) -> str:
    return next((text for name in _TEXTS if (text := _text(thing.get(name)))), "")


def _rating(rating: object) -> str:
    """Return a rating with its full mark: ``4/5``; brought to five where the mark is an unusual one."""
    if not isinstance(rating, dict):
        return _text(rating)
    value, best = _text(rating.get("ratingValue")), _text(rating.get("bestRating"))
    try:
        mark, given = float(best or 5), float(value)
    except ValueError:
        return value
    if mark in _FULL_MARKS:
        return f"{value}/{mark:.0f}"
    return f"{given / mark * 5:.3f}/5" if mark > 0 else value


def _text(value: object) -> str:
    value = _first(value)
    if isinstance(value, dict):
        return _text(value.get("name") or value.get("value"))
    return "" if value is None or isinstance(value, bool) else str(value).strip()


def _first(value: object) -> object:
    return next(iter(value), None) if isinstance(value, list) else value


def _types(value: object) -> list[str]:
    """Return types by their bare names: ``https://schema.org/Review`` and ``schema:Review`` are ``Review``."""
    return [re.split("[/:#]", str(part))[-1] for part in (value if isinstance(value, list) else [value])]
