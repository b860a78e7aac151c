"""Which reader labels the reviews and which segmenter cuts them: one place for the night, ``analyse`` and ``text``."""

from dataclasses import dataclass
from pathlib import Path

from models.cue_reader import CueReader, load_cue_reader
from models.reader import Reader
from models.segmenter import Segmenter, SegmenterName, segmenter


@dataclass(frozen=True, slots=True)
class ReadingChoice:
    """What a user has chosen for the reading of texts; small, so that it can be handed to another process."""

    segmenter_name: SegmenterName = "rjieba"
    lexicons: Path | None = None
    """A user's own folder of lists, laid over ours."""

    @property
    def reader(self) -> Reader:
        """What labels reviews, loaded once a process."""
        return load_cue_reader(self.lexicons)

    @property
    def explainer(self) -> CueReader:
        """What shows people why a text is read as it is; its labels are those of ``reader``."""
        return load_cue_reader(self.lexicons)

    @property
    def words(self) -> Segmenter:
        """What cuts texts into words, loaded once a process."""
        return segmenter(self.segmenter_name, self.lexicons)
