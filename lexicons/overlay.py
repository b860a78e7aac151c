"""A user's own lists laid over ours: rows of theirs replace rows of ours with the same key, none of ours is touched.

The folder is laid out as this package: its ``cues/failures_staff.tsv`` goes over ``lexicons/cues/failures_staff.tsv``.
It holds only what differs. ``removed.tsv`` names rows of ours to leave out.
"""

from pathlib import Path

from rapidfuzz import process

from lexicons.rows import LEXICON_ROOT, LexiconError, Row, RowType, read_rows

REMOVED_NAME = "removed.tsv"


class RemovedRow(Row):
    """A row of ours that a user's lists leave out: ``cues/sentiment.tsv`` and ``一流``."""

    list: str
    """The list's path in the package, e.g. ``cues/sentiment.tsv``."""
    words: str
    """The row's word, cue or expression."""


def read_overlaid(path: Path, row_type: type[RowType], overlay: Path | None) -> tuple[RowType, ...]:
    """Read one of our lists, with what a user's folder changes of it.

    Args:
        path: Our list, e.g. ``lexicons/cues/sentiment.tsv``.
        row_type: Its columns.
        overlay: The user's folder, or ``None`` for our list alone.

    Returns:
        Our rows without those that the user replaces (the same ``Row.key``) or removes, then the user's.

    Raises:
        LexiconError: One of the two lists is wrong, or ``removed.tsv`` names a row that is not there.
    """
    ours = read_rows(path, row_type)
    if overlay is None:
        return ours
    name = path.relative_to(LEXICON_ROOT).as_posix()
    theirs = read_rows(overlay / name, row_type) if (overlay / name).exists() else ()
    replaced = {row.key for row in theirs}
    gone = _removed(overlay, name, {row.subject for row in ours})
    return (*(row for row in ours if row.key not in replaced and row.subject not in gone), *theirs)


def check_overlay(overlay: Path, known: tuple[Path, ...]) -> None:
    """Refuse a folder that does not exist, or that holds a file which no list of ours answers to.

    Raises:
        LexiconError: With the nearest right name.
    """
    if not overlay.is_dir():
        raise LexiconError(overlay, 1, "expected a folder of lists, found none")
    names = [path.relative_to(LEXICON_ROOT).as_posix() for path in known]
    for file in sorted(overlay.rglob("*.tsv")):
        name = file.relative_to(overlay).as_posix()
        if name != REMOVED_NAME and name not in names:
            match = process.extractOne(name, names, score_cutoff=60)
            hint = f" (did you mean {match[0]}?)" if match else ""
            raise LexiconError(file, 1, f"no list of ours is called {name}{hint}; the lists are {', '.join(names)}")


def overlay_files(overlay: Path) -> tuple[Path, ...]:
    """Return the lists of a user's folder in the order of their names."""
    return tuple(sorted(overlay.rglob("*.tsv")))


def _removed(overlay: Path, name: str, known: set[str]) -> set[str]:
    path = overlay / REMOVED_NAME
    if not path.exists():
        return set()
    gone = {row.words for row in read_rows(path, RemovedRow) if row.list == name}
    if unknown := sorted(gone - known):
        raise LexiconError(path, 1, f"expected rows of {name}, found none that is called {', '.join(unknown)}")
    return gone
