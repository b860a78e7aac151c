"""The summary as Markdown; whatever a customer wrote is escaped, so that it shows as text everywhere."""

import re

from lexicons.codebook import Language
from reports.message_text import MessageText
from reports.sections import Section
from reports.wording import wording

_ADDRESS = re.compile(r"(https?|www)([:.])", re.IGNORECASE)
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&$])")


def to_markdown(parts: list[Section], language: Language) -> str:
    """Return the whole summary as a Markdown document."""
    return "\n\n".join([f"# {wording(language).title}", *(_section(part) for part in parts)]) + "\n"


def message_markdown(text: MessageText) -> str:
    """Return the message of a night as Markdown, each line a paragraph."""
    lines = [line for line in text.body.splitlines() if line]
    return "\n\n".join([f"## {escape(text.title)}", *(escape(line) for line in lines)]) + "\n"


def _section(part: Section) -> str:
    blocks = [f"## {escape(part.heading)}", *(escape(note) for note in part.notes)]
    if part.rows:
        marks = ["---:" if i in part.numeric else "---" for i in range(len(part.columns))]
        blocks.append(
            "\n".join(
                [
                    _row([escape(c) for c in part.columns]),
                    _row(marks),
                    *(_row([escape(c) for c in row]) for row in part.rows),
                ]
            )
        )
    if part.lines:
        blocks.append("\n".join(f"- {escape(line)}" for line in part.lines))
    return "\n\n".join(blocks)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def escape(text: str) -> str:
    """Return text in which nothing is mark-up: neither Markdown nor HTML."""
    escaped = _SPECIAL.sub(r"\\\1", " ".join(text.split())).replace("\\<", "&lt;").replace("\\>", "&gt;")
    # Some viewers make links of bare addresses; an escaped colon or dot keeps them text.
    return _ADDRESS.sub(r"\1\\\2", escaped)
