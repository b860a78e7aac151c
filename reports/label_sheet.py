"""The sheet that people label in: which columns it has, what may stand in them, and what that means in the codebook.

One row is one review. Every answer has a list to choose from but for quotes and notes; the names are the codebook's
Chinese ones, and the same module turns them back into codes.
"""

from dataclasses import dataclass
from functools import cache

from lexicons.codebook import codebook, label_name

TASKS, MANUAL, CHOICES, ABOUT, BATCH = "标注", "编码手册", "选项", "说明", "批次"
"""Names of the sheets."""
MOST_FAILURES = 8
"""Of one review, as the codebook has it."""
SHOWN_FAILURES = 4
"""The rest is folded away until somebody needs it."""
YES = "是"
DONE = "已读"
REVIEW_ID = "评论编号"
NOTE = "备注"
RATER_CHOICES = {"好评": 1, "差评": -1, "好坏都有": 0}
SHOWN = {
    REVIEW_ID: "review_id",
    "入选原因": "why",
    "门店": "venue_name",
    "来源": "source",
    "日期": "published_at",
    "评分": "rating",
    "标题": "title",
    "正文": "text",
    "追评": "follow_up_text",
    "商家回复": "reply_text",
}
"""Header → what stands in it; not to be filled in."""
OTHERS = "各人标注"
"""Of a disputed review: what each annotator has said."""
Choices = dict[str, str]
"""What is chosen → its code."""


@dataclass(frozen=True, slots=True)
class AnswerColumn:
    """One column to fill in."""

    header: str
    field: str
    """The column of the table ``labels``, or ``failure`` and ``quote``."""
    choices: tuple[str, ...] = ()
    """What may stand in it; empty for free text."""
    code: str = ""
    """Of a column that is ticked: the code that a tick stands for."""


@cache
def answer_columns() -> tuple[AnswerColumn, ...]:
    """Return the columns to fill in, in order."""
    failures = [
        column
        for number in range(1, MOST_FAILURES + 1)
        for column in (
            AnswerColumn(f"失误{number}", "failure", tuple(choices("failure_subtype"))),
            AnswerColumn(f"失误{number}原话", "quote"),
        )
    ]
    return (
        AnswerColumn(DONE, "done", (YES,)),
        *failures,
        AnswerColumn("严重度", "severity", tuple(graded("severity"))),
        AnswerColumn("满意度", "satisfaction", tuple(graded("satisfaction"))),
        AnswerColumn("预期对比", "expectation", tuple(choices("expectation"))),
        *(
            AnswerColumn(label.chinese.partition("(")[0], f"rater_{code}", tuple(RATER_CHOICES))
            for code, label in codebook()["rater"].items()
        ),
        *_ticks("voice", "抱怨"),
        *_ticks("recovery_actions", "补救"),
        AnswerColumn("补救结果", "recovery_outcome", tuple(choices("recovery_outcome"))),
        *_ticks("fairness", "公平"),
        AnswerColumn("忠诚意向", "loyalty", tuple(choices("loyalty"))),
        AnswerColumn(NOTE, "note"),
    )


def choices(field: str) -> Choices:
    """Return what may be chosen of a field, e.g. ``choices("loyalty")["流失意向"] == "leave"``."""
    return {label.chinese: code for code, label in codebook()[field].items()}


def graded(field: str) -> dict[str, int]:
    """Return what may be chosen of a grade, e.g. ``graded("severity")["2 较重"] == 2``."""
    return {f"{code} {label.chinese}": int(code) for code, label in codebook()[field].items()}


def failure_name(code: str) -> str:
    """Return the name of a sub-type as it is chosen."""
    return label_name("failure_subtype", code)


def _ticks(field: str, word: str) -> list[AnswerColumn]:
    return [AnswerColumn(f"{word}：{label.chinese}", field, (YES,), code) for code, label in codebook()[field].items()]
