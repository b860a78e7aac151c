"""The summary in the terminal."""

from rich.box import MARKDOWN
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lexicons.codebook import Language
from reports.sections import Section
from reports.terminal_text import terminal_text
from reports.wording import wording


def to_renderable(parts: list[Section], language: Language) -> Group:
    """Return the summary as something that a Rich console draws; customers' words are never read as mark-up."""
    drawn: list[RenderableType] = [Text(wording(language).title, style="bold cyan")]
    for number, part in enumerate(parts):
        # A table ends in a blank line of its own.
        drawn += [] if number and parts[number - 1].rows and not parts[number - 1].lines else [Text()]
        drawn += [Text(part.heading, style="bold"), *(terminal_text(note, style="dim") for note in part.notes)]
        if part.rows:
            drawn.append(_table(part))
        drawn += [terminal_text(f"  • {line}") for line in part.lines]
    return Group(*drawn)


def _table(part: Section) -> Table:
    # Lines of ASCII: terminals with Chinese fonts draw box characters two columns wide.
    table = Table(header_style="bold", box=MARKDOWN)
    for number, column in enumerate(part.columns):
        table.add_column(Text(column), justify="right" if number in part.numeric else "left", overflow="fold")
    for row in part.rows:
        table.add_row(*(terminal_text(cell) for cell in row))
    return table
