"""Which reader and segmenter label the reviews: one place for the night, ``analyse`` and ``text``."""

from functools import cache

from models.cue_reader import CueReader, load_cue_reader


@cache
def reader() -> CueReader:
    """Return the reader, loaded once a process."""
    return load_cue_reader()
