"""Which reader labels the reviews: one place for the night, ``analyse`` and ``text``."""

from functools import cache

from models.cue_reader import load_cue_reader
from models.explanation import Explainer
from models.reader import Reader


@cache
def reader() -> Reader:
    """Return the reader, loaded once a process."""
    return load_cue_reader()


@cache
def explainer() -> Explainer:
    """Return what shows people why a text is read as it is; its labels are those of ``reader``."""
    return load_cue_reader()
