"""The list files themselves: how many entries each holds, who owns it, and on which line a row stands."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from lexicons.cue_rules import (
    ASPECTS_PATH,
    CUE_FILES,
    CUE_ROOT,
    DEPARTMENTS_PATH,
    QUOTE_OPENERS_PATH,
    SCOPE_PATH,
    TEMPLATE_PRAISE_PATH,
    TOUCHPOINTS_PATH,
    AspectDepartment,
    AspectWord,
    Cue,
    QuoteOpener,
    ScopeCue,
    TemplatePhrase,
    TradeTouchpoint,
)
from lexicons.durations import DURATIONS_PATH, DurationWord
from lexicons.overlay import read_overlaid
from lexicons.rows import LEXICON_ROOT, Row, numbered_rows, read_owner
from lexicons.segmenter_words import SEGMENTER_WORDS_PATH, SegmenterWord

_ROW_TYPES: dict[Path, type[Row]] = {
    **{CUE_ROOT / name: Cue for name in CUE_FILES},
    SCOPE_PATH: ScopeCue,
    ASPECTS_PATH: AspectWord,
    TOUCHPOINTS_PATH: TradeTouchpoint,
    DEPARTMENTS_PATH: AspectDepartment,
    DURATIONS_PATH: DurationWord,
    QUOTE_OPENERS_PATH: QuoteOpener,
    TEMPLATE_PRAISE_PATH: TemplatePhrase,
    SEGMENTER_WORDS_PATH: SegmenterWord,
}


@dataclass(frozen=True, slots=True)
class ListFacts:
    """One list as it counts, a user's own rows included."""

    name: str
    entries: int
    own: int
    """Rows of the user's own list."""
    examples: int
    owner: str
    source: str
    about: str

    def as_dict(self) -> dict[str, object]:
        """Return the facts for JSON."""
        return asdict(self)


def list_facts(overlay: Path | None = None) -> list[ListFacts]:
    """Count the entries of every list that texts are read by.

    Raises:
        LexiconError: A list is wrong.
    """
    facts = []
    for path, row_type in _ROW_TYPES.items():
        rows = read_overlaid(path, row_type, overlay)
        comments = read_owner(path)
        own = _own_list(path, overlay)
        facts.append(
            ListFacts(
                name=path.relative_to(LEXICON_ROOT).as_posix(),
                entries=len(rows),
                own=len(list(numbered_rows(own, row_type))) if own else 0,
                examples=sum(bool(getattr(row, "example", None)) for row in rows),
                owner=comments["owner"],
                source=comments["source"],
                about=comments.get("about", ""),
            )
        )
    return facts


def row_places(overlay: Path | None = None) -> dict[tuple[str, str], str]:
    """Return where each cue and scope word stands, by its words and its field or kind: ``failures_core.tsv:17``.

    A row of a user's own list goes before one of ours, as it does in reading.
    """
    places: dict[tuple[str, str], str] = {}
    for path, row_type in _ROW_TYPES.items():
        if row_type not in (Cue, ScopeCue):
            continue
        for file in filter(None, (path, _own_list(path, overlay))):
            for line, row in numbered_rows(file, row_type):
                shown = str(file) if file != path else file.name
                places.update((key, f"{shown}:{line}") for key in _keys(row))
    return places


def _keys(row: Row) -> Iterator[tuple[str, str]]:
    if isinstance(row, Cue):
        yield row.words, row.field
    if isinstance(row, ScopeCue):
        yield row.cue, row.kind


def _own_list(path: Path, overlay: Path | None) -> Path | None:
    own = overlay / path.relative_to(LEXICON_ROOT) if overlay else None
    return own if own is not None and own.exists() else None
