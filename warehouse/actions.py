"""Things to do: kept beside the tables, one row each, under an id that the first import gives.

The same row of a book imported twice is one thing to do: what has no id yet is known again by what it says.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import pyarrow as pa

from warehouse.schema import ACTIONS
from warehouse.store import LocalStore, Partition, Written

Action = dict[str, object]
"""One row of the table ``actions``."""
PARTITION = Partition(ACTIONS.name)
_ITSELF = ("kind", "venue", "failure_subtype", "title")
_OF_A_REVIEW = ("complaint", "appeal")
_STAMPED = ("action_id", "updated_at")


def stored_actions(store: LocalStore) -> list[Action]:
    """Return all things to do, in order of id."""
    rows: list[Action] = store.read(PARTITION).to_pylist()
    return rows


def write_actions(store: LocalStore, actions: Sequence[Action]) -> Written:
    """Write the table anew; only under the store's lock."""
    return store.replace(PARTITION, pa.Table.from_pylist(list(actions), schema=ACTIONS.arrow))


def merged_actions(before: Iterable[Action], new: Iterable[Action]) -> list[Action]:
    """Return the things to do with new ones among them, in order of id.

    Args:
        before: As they are stored.
        new: With an id, what takes the place of the stored row; without one, what gets the next id of its year, e.g.
            ``A2026-0007``.
    """
    by_id = {str(action["action_id"]): action for action in before}
    for action in new:
        action_id = str(action["action_id"] or _next_id(by_id, action["created_on"]))
        by_id[action_id] = {**action, "action_id": action_id}
    return [by_id[action_id] for action_id in sorted(by_id)]


def same_action(actions: Iterable[Action], new: Action) -> Action | None:
    """Return the stored thing to do that a row without an id is: the same in kind, place, failure and title.

    One that was taken on on another day is another one; a row that names no day is of any. A review is answered, and
    appealed against, once, under whatever title.
    """
    for action in actions:
        if new["kind"] in _OF_A_REVIEW:
            if all(action[name] == new[name] for name in ("kind", "review_id")):
                return action
            continue
        same_day = new["created_on"] is None or new["created_on"] == action["created_on"]
        if same_day and all(action[name] == new[name] for name in _ITSELF):
            return action
    return None


def says_the_same(action: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Return whether two rows differ in nothing that a person fills in."""
    return all(action[name] == other[name] for name in ACTIONS.arrow.names if name not in _STAMPED)


def _next_id(taken: Iterable[str], created_on: object) -> str:
    if not isinstance(created_on, date):
        raise TypeError(f"expected the day on which a thing to do was taken on; found {created_on!r}")
    head = f"A{created_on:%Y}-"
    numbers = [int(own.removeprefix(head)) for own in taken if own.startswith(head)]
    return f"{head}{max(numbers, default=0) + 1:04d}"
