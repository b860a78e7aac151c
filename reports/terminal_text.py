"""Text that may be shown in a terminal, whoever wrote it."""

import re

from rich.text import Text

# Rich lets escape sequences through; one in a review could recolour, retitle or clear the reader's terminal.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def terminal_text(shown: str, style: str = "") -> Text:
    """Return text without mark-up and control characters; line breaks stay."""
    return Text(_CONTROL.sub("\ufffd", shown), style=style)
