"""Analysis of one slice: landed rows in, staged rows out; a plain function on a batch."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from flows.corrections import annotations_of, standing_readings
from flows.readers import ReadingChoice
from models.cleaning import clean
from models.corrections import corrected
from models.reader import Reader, ReviewText
from models.segmenter import Segmenter
from warehouse.labels import Label
from warehouse.runs import RunFolder
from warehouse.staging import Provenance, staged_table


def analyse(
    landed: pa.Table,
    reader: Reader,
    words: Segmenter,
    provenance: Provenance,
    people: Mapping[str, Label] | None = None,
) -> pa.Table:
    """Label, segment and stamp landed rows.

    Args:
        landed: Rows of ``warehouse.schema.LANDED_SCHEMA``.
        reader: What labels them.
        words: What segments them.
        provenance: What they are stamped with.
        people: Review → the reading of a person that stands in the place of the machine's.

    Returns:
        Rows of ``warehouse.staging.STAGED_SCHEMA`` in the same order.
    """
    names = ("text", "title", "follow_up_text", "reply_text", "industry")
    columns = [landed.column(name).to_pylist() for name in names]
    batch = [ReviewText(*values) for values in zip(*columns, strict=True)]
    labels = corrected(batch, reader.read(batch), annotations_of(landed, people or {}))
    return staged_table(
        landed,
        reviews=labels.reviews,
        incidents=labels.incidents,
        mentions=labels.mentions,
        tokens=[_words(review.text, words) for review in batch],
        provenance=provenance,
    )


@dataclass(frozen=True, slots=True)
class SliceWork:
    """One slice of a run to analyse, as it is handed to another process."""

    staging: Path
    warehouse: Path
    """Where people's readings are."""
    number: int
    provenance: Provenance
    choice: ReadingChoice


def analyse_slice(work: SliceWork) -> int:
    """Analyse one work slice of a run and stage it, unless it is staged by the same versions; returns its rows."""
    folder = RunFolder(work.staging, work.provenance.run_id)
    staged = folder.staged_slice(work.number)
    if _staged_by(staged, work.provenance):
        return int(pq.read_metadata(staged).num_rows)
    landed = folder.read_work(work.number)
    people = standing_readings(work.warehouse)
    staged_rows = analyse(landed, work.choice.reader, work.choice.words, work.provenance, people)
    folder.write_staged(work.number, staged_rows)
    return int(landed.num_rows)


def _staged_by(path: Path, provenance: Provenance) -> bool:
    if not path.exists():
        return False
    try:
        versions = pq.read_table(path, columns=["model_version", "lexicon_version"]).slice(0, 1).to_pylist()
    except (pa.ArrowInvalid, OSError):
        # Damaged: what is staged can be made again from the work slice.
        return False
    return bool(
        versions == [{"model_version": provenance.model_version, "lexicon_version": provenance.lexicon_version}]
    )


def _words(text: str, words: Segmenter) -> list[str]:
    return [word for word in words.cut(clean(text).text) if not word.isspace()]
