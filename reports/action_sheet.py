"""The book of things to do: its sheets, their columns, what may stand in them, and what that means in the codebook."""

from dataclasses import dataclass
from functools import cache

from reports.label_sheet import NOTE, REVIEW_ID, choices

ITEMS, ANSWERS, APPEALS = "整改事项", "未回复投诉与差评", "疑似不实评价"
"""Names of the sheets; beside them stand those of ``reports.label_sheet`` for lists and for what to do."""
SHEETS = {ITEMS: "improvement", ANSWERS: "complaint", APPEALS: "appeal"}
"""Sheet → the kind of what is taken on in it; of ``ITEMS`` where its row does not say."""
PROPOSED = "待定"
"""The state of what is proposed and nobody has taken on yet."""
ACTION_ID, KIND, VENUE, FAILURE, TITLE = "事项编号", "类别", "门店", "失误类型", "事项"
OWNER, CREATED, DUE, DONE, STATUS, EVIDENCE, UPDATED = (
    *("负责人", "立项日期", "期限", "完成日期", "状态", "依据", "更新时间"),
)


@dataclass(frozen=True, slots=True)
class ActionColumn:
    """One column of a sheet."""

    header: str
    field: str
    """The column of the table ``actions``, or what is shown of a review."""
    fill_in: bool = False
    choices: tuple[str, ...] = ()
    """What may stand in it; empty for free text and days."""
    width: int = 14


def status_choices() -> tuple[str, ...]:
    """Return what may be chosen as state: 待定, then the codebook's."""
    return (PROPOSED, *choices("action_status"))


@cache
def columns(sheet: str) -> tuple[ActionColumn, ...]:
    """Return the columns of a sheet, in order."""
    if sheet == ITEMS:
        return (
            ActionColumn(ACTION_ID, "action_id"),
            ActionColumn(KIND, "kind", fill_in=True, choices=tuple(choices("action_kind"))),
            ActionColumn(VENUE, "venue", fill_in=True, width=20),
            ActionColumn(FAILURE, "failure_subtype", fill_in=True, choices=tuple(choices("failure_subtype")), width=20),
            ActionColumn(TITLE, "title", fill_in=True, width=36),
            *_to_fill_in(),
            ActionColumn(EVIDENCE, "evidence", fill_in=True, width=50),
            ActionColumn(REVIEW_ID, "review_id", fill_in=True, width=18),
            ActionColumn(UPDATED, "updated_at", width=20),
        )
    shown = (
        ActionColumn(REVIEW_ID, "review_id", width=18),
        ActionColumn("情况", "state", width=12),
        ActionColumn("内容类别", "review_kind", width=10),
        ActionColumn(VENUE, "venue", width=20),
        ActionColumn("来源", "source", width=12),
        ActionColumn("发布日期", "day", width=12),
        ActionColumn("评分", "rating", width=8),
        ActionColumn("失误", "failures", width=20),
        ActionColumn("正文", "text", width=60),
        *((ActionColumn("商家回复", "reply_text", width=36),) if sheet == ANSWERS else ()),
        ActionColumn(EVIDENCE, "evidence", width=40),
    )
    return (*shown, *_to_fill_in())


def _to_fill_in() -> tuple[ActionColumn, ...]:
    return (
        ActionColumn(STATUS, "status", fill_in=True, choices=status_choices(), width=10),
        ActionColumn(OWNER, "owner", fill_in=True),
        ActionColumn(CREATED, "created_on", fill_in=True, width=12),
        ActionColumn(DUE, "due_on", fill_in=True, width=12),
        ActionColumn(DONE, "done_on", fill_in=True, width=12),
        ActionColumn(NOTE, "note", fill_in=True, width=24),
    )
