"""Things to do: what came back in a book, checked against the warehouse and stored by a run of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from flows.analysts import analysts
from flows.night import Night, NightOutcome, begin_run, do_run, take_up
from reports.action_answers import ActionAnswer, ActionAnswers, ActionProblem, CellError, read_action_workbook
from reports.action_sheet import ACTION_ID, CREATED, ITEMS, UPDATED, VENUE
from reports.label_sheet import REVIEW_ID
from reports.labelling_queue import stored_reviews
from reports.venue_names import UnknownVenueError, venue_key, venue_names
from warehouse.actions import Action, merged_actions, same_action, says_the_same, stored_actions, write_actions
from warehouse.ledger import RunCounts
from warehouse.schema import ACTIONS

_OF_A_REVIEW = {"complaint": "回复", "appeal": "申诉"}


@dataclass(slots=True)
class ActionsImported:
    """What became of a book: ``rows = new + changed + unchanged + waiting + problems``."""

    answers: ActionAnswers
    problems: list[ActionProblem]
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    taken: list[Action] = field(default_factory=list)
    """New and changed ones, those that are new without an id."""
    outcome: NightOutcome | None = None
    """The run that stored them; None where there was nothing to store."""


def import_actions(night: Night, path: Path) -> ActionsImported:
    """Take what people have filled in; rows that are wrong are named and left out, the others are taken.

    Raises:
        ActionWorkbookError: It is no book of `kesheng actions export`.
        WarehouseBusyError: Another run holds the warehouse.
    """
    answers = read_action_workbook(path, night.clock().date())
    imported = ActionsImported(answers, list(answers.problems))
    warehouse = night.settings.folder.warehouse
    names = venue_names(warehouse)
    review_ids = [str(answer.fields["review_id"]) for answer in answers.answers if answer.fields["review_id"]]
    reviews = stored_reviews(warehouse, review_ids)
    known: list[tuple[ActionAnswer, Action]] = []
    for answer in answers.answers:
        try:
            known.append((answer, _action(answer, reviews, names)))
        except CellError as error:
            imported.problems.append(answer.problem(error.column, str(error)))
    imported.outcome = run_actions(night, lambda stored: _sort_out(night, known, stored, imported))
    order = {name: place for place, name in enumerate((ITEMS, *(a.sheet for a in answers.answers)))}
    imported.problems.sort(key=lambda problem: (order.get(problem.sheet, len(order)), problem.row))
    return imported


def run_actions(night: Night, decide: Callable[[list[Action]], Sequence[Action]]) -> NightOutcome | None:
    """Store things to do under the warehouse's lock, as a run that the ledger knows of.

    Args:
        night: What the steps share.
        decide: Says, of what is stored, what is new or changed; without any there is no run.
    """
    with night.store.lock(night.settings.wait_seconds):
        stored = stored_actions(night.store)
        new = decide(stored)
        if not new:
            return None
        undone = [folder.path.name for folder in take_up(night)]
        own = begin_run(night, "actions")
        # After the run was begun: killed between the two, the next run takes it up and enters the table in the ledger.
        write_actions(night.store, merged_actions(stored, new))
        night.reached("actions written")
        counts = RunCounts()
        if undone:
            with analysts(night.settings) as pool:
                for run_id in undone:
                    counts += do_run(night, run_id, pool)
        counts += do_run(night, own, None)
    return NightOutcome((*undone, own), counts)


def _action(answer: ActionAnswer, reviews: dict[str, dict[str, object]], names: dict[str, str]) -> Action:
    """Return the row of the table; the venue by its key, that of a review where the row is of one.

    Raises:
        CellError: There is no such venue or review.
    """
    action: Action = {name: answer.fields.get(name) for name in ACTIONS.arrow.names}
    if action["review_id"] is not None:
        review = reviews.get(str(action["review_id"]))
        if review is None:
            raise CellError(REVIEW_ID, f"库里没有评论 {action['review_id']}")
        if action["kind"] in _OF_A_REVIEW and not action["venue"]:
            action["venue"] = review["venue_id"] or review["venue_name"]
        action["title"] = action["title"] or _title(action, review)
    if answer.sheet == ITEMS and action["venue"]:
        try:
            action["venue"] = venue_key(names, str(action["venue"]))
        except UnknownVenueError as error:
            raise CellError(VENUE, str(error)) from None
    return action


def _title(action: Action, review: dict[str, object]) -> str:
    kind = "投诉" if review["kind"] == "complaint" else "评论"
    day = review["published_at"]
    return f"{_OF_A_REVIEW[str(action['kind'])]}{f'{day:%Y-%m-%d}的' if day else ''}{kind}"


def _sort_out(
    night: Night, given: Sequence[tuple[ActionAnswer, Action]], stored: Sequence[Action], imported: ActionsImported
) -> list[Action]:
    """Say of each row whether it is new, changed or unchanged, and count it."""
    now = night.clock().replace(microsecond=0)
    by_id = {str(action["action_id"]): action for action in stored}
    seen: dict[str, int] = {}
    for answer, action in given:
        action_id = action["action_id"]
        try:
            if action_id is None:
                before = _known_again(action, stored, imported.taken)
                action["created_on"] = action["created_on"] or now.date()
            else:
                before = _named(answer, action, by_id, seen)
        except CellError as error:
            imported.problems.append(answer.problem(error.column, str(error)))
            continue
        if before is not None and says_the_same(before, action):
            imported.unchanged += 1
            continue
        imported.new += before is None
        imported.changed += before is not None
        imported.taken.append({**action, "updated_at": now})
    return imported.taken


def _known_again(action: Action, stored: Sequence[Action], taken: Sequence[Action]) -> Action | None:
    """Return the stored row that a row without an id says again; None where it is new.

    Raises:
        CellError: It is stored, or stands in the book, and says something else.
    """
    if same_action([one for one in taken if one["action_id"] is None], action):
        raise CellError(ACTION_ID, "本表里另有一行是同一事项，请只留一行")
    before = same_action(stored, action)
    if before is None:
        return None
    action["created_on"] = action["created_on"] or before["created_on"]
    if not says_the_same(before, action):
        raise CellError(ACTION_ID, f"已登记为 {before['action_id']}，请重新导出后在那一行修改")
    return before


def _named(answer: ActionAnswer, action: Action, by_id: dict[str, Action], seen: dict[str, int]) -> Action:
    """Return the stored row of an id.

    Raises:
        CellError: There is none, it stands twice in the book, or it was changed after the book was exported.
    """
    action_id = str(action["action_id"])
    earlier = seen.setdefault(action_id, answer.row)
    if earlier != answer.row:
        raise CellError(ACTION_ID, f"与第 {earlier} 行是同一事项，请只留一行")
    before = by_id.get(action_id)
    if before is None:
        raise CellError(ACTION_ID, f"库里没有事项 {action_id}；新增的事项请把编号留空")
    if action["created_on"] is None:
        raise CellError(CREATED, "已立项的事项要有立项日期")
    if not says_the_same(before, action) and answer.updated_at != f"{before['updated_at']:%Y-%m-%d %H:%M:%S}":
        raise CellError(UPDATED, f"导出之后又改过（{before['updated_at']:%Y-%m-%d %H:%M:%S}），请重新导出再填")
    return before
