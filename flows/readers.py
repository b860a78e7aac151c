"""Which reader labels the reviews and which segmenter cuts them: one place for the night, ``analyse`` and ``text``."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from models.cue_reader import CueReader, load_cue_reader
from models.explanation import Explainer
from models.model_folder import ModelFolderError, load_parts, read_manifest
from models.model_reader import Encoder, ModelReader
from models.reader import Reader
from models.segmenter import Segmenter, SegmenterName, segmenter


@dataclass(frozen=True, slots=True)
class ReadingChoice:
    """What a user has chosen for the reading of texts; small, so that it can be handed to another process."""

    segmenter_name: SegmenterName = "rjieba"
    lexicons: Path | None = None
    """A user's own folder of lists, laid over ours."""
    weights: Path | None = None
    """The folder of trained weights; None for cues alone."""

    @property
    def reader(self) -> Reader:
        """What labels reviews, loaded once a process."""
        return self._reader()

    @property
    def explainer(self) -> Explainer:
        """What shows people why a text is read as it is; its labels are those of ``reader``."""
        return self._reader()

    @property
    def cues(self) -> CueReader:
        """The cues alone, which say of each error why it came about."""
        return load_cue_reader(self.lexicons)

    @property
    def words(self) -> Segmenter:
        """What cuts texts into words, loaded once a process."""
        return segmenter(self.segmenter_name, self.lexicons)

    @property
    def model_version(self) -> str:
        """What reviews are stamped with, known without loading the weights."""
        return self.cues.model_version if self.weights is None else read_manifest(self.weights).version

    def _reader(self) -> CueReader | ModelReader:
        return self.cues if self.weights is None else load_model_reader(self.weights, self.lexicons)


@cache
def load_model_reader(weights: Path, lexicons: Path | None) -> ModelReader:
    """Return the reader over trained weights, once a process; the encoder itself waits for the first review that asks.

    Raises:
        ModelFolderError: The weights are missing or damaged.
    """
    return ModelReader(load_cue_reader(lexicons), load_parts(weights), lambda: _load_encoder(weights))


def _load_encoder(weights: Path) -> Encoder:
    try:
        # Torch takes seconds to import: whoever reads with cues alone never waits for it.
        from models.text_encoder import TextEncoder  # noqa: PLC0415
    except ImportError as error:
        raise ModelFolderError(
            f"expected torch, which reads the weights in {weights}; {error}. Install it with `make torch`, or read "
            'with the lists alone: model = "cues" in kesheng.toml'
        ) from error
    return TextEncoder.load(weights)
