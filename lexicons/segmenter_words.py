"""Words of our own for the segmenter, as data."""

from lexicons.rows import LEXICON_ROOT, Row

SEGMENTER_WORDS_PATH = LEXICON_ROOT / "vocabulary" / "segmenter_words.tsv"


class SegmenterWord(Row):
    """A word that the engines' own dictionary lacks or cuts wrongly."""

    word: str
    frequency: int
    example: str
