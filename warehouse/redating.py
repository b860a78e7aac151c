"""Redating: the same review, known before under a less or more precise date.

Derived ids end in ``.<day>.<number>``; two of one digest are the same review if one day is the beginning of the other
(202504, 20250405) or not known. Own ids need none of this.
"""

import re
from collections.abc import Mapping, Sequence

from warehouse.index import IndexEntry, WarehouseIndex

_DERIVED_ID = re.compile(r"([^:]+:~[0-9a-f]+)\.(\d{4}|\d{6}|\d{8}|none)\.\d+")


def same_review_dated_otherwise(
    files: Sequence[Sequence[str]], index: WarehouseIndex, known: Mapping[str, IndexEntry]
) -> dict[str, str]:
    """Return given id → the id under which the same review is known with another date.

    Within one export each known review is claimed once, its own id first; then the more exact a row's date, the earlier
    it chooses, and of several it takes the most exactly dated, so that vague rows are left what only they can be.

    Args:
        files: The ids that each landed file brings, in landing order.
        index: What is stored.
        known: The entries of those ids that are stored.
    """
    same: dict[str, str] = {}
    brought: dict[str, dict[str, str]] = {}
    for review_ids in files:
        derived = {i: (match[1], match[2]) for i in review_ids if (match := _DERIVED_ID.fullmatch(i))}
        claimed = set(derived)
        brings: list[tuple[str, str, str]] = []
        for review_id, (digest, day) in sorted(derived.items(), key=lambda item: -_exactness(item[1][1])):
            earlier = brought.get(digest, {})
            if review_id in known or review_id in earlier:
                continue
            candidates = {e.review_id: e.day for e in index.find_beginning(f"{digest}.")} | earlier
            free = [i for i, d in candidates.items() if i not in claimed and _may_be_one(i, d, day)]
            if not free:
                brings.append((digest, review_id, day))
                continue
            match_id = same[review_id] = _most_exact(free, candidates)
            claimed.add(match_id)
            brings.append((digest, match_id, max(day, candidates[match_id], key=_exactness)))
        for digest, review_id, day in brings:
            brought.setdefault(digest, {})[review_id] = day
    return same


def _may_be_one(candidate_id: str, candidate_day: str, day: str) -> bool:
    if candidate_id.rsplit(".", 2)[1] == day:
        return False  # Dated alike by the same source: the number at the end tells them apart.
    return "none" in (day, candidate_day) or day.startswith(candidate_day) or candidate_day.startswith(day)


def _most_exact(review_ids: list[str], days: Mapping[str, str]) -> str:
    # By the day in the id next: the same rows brought again choose as they did when they made the dates exact.
    return max(sorted(review_ids), key=lambda i: (_exactness(days[i]), _exactness(i.rsplit(".", 2)[1])))


def _exactness(day: str) -> int:
    return 0 if day == "none" else len(day)
