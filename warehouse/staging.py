"""Staging: the analysed rows of one slice, one row a review with its findings nested, ready to be published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa

from warehouse.index import duplicate_scopes, months
from warehouse.near_duplicates import band_keys
from warehouse.schema import (
    INCIDENT_FINDING_COLUMNS,
    LABEL_COLUMNS,
    LANDED_COLUMNS,
    LANDED_SCHEMA,
    MENTION_FINDING_COLUMNS,
    TIME,
    WORDS,
    Column,
    arrow_schema,
)

MISMATCH_DISTANCE = 2.0
"""How far score and satisfaction, both 1 to 5, must lie apart to be called a mismatch."""


def _findings_type(columns: tuple[Column, ...]) -> pa.DataType:
    return pa.list_(pa.struct([(c.name, c.type) for c in columns]))


STAGED_SCHEMA = pa.schema(
    [
        *arrow_schema((*LANDED_COLUMNS, *LABEL_COLUMNS)),
        ("rating_mismatch", pa.bool_()),
        ("run_id", pa.string()),
        ("analysed_at", TIME),
        ("model_version", pa.string()),
        ("lexicon_version", pa.string()),
        ("month", pa.string()),
        ("incidents", _findings_type(INCIDENT_FINDING_COLUMNS)),
        ("mentions", _findings_type(MENTION_FINDING_COLUMNS)),
        ("tokens", WORDS),
        ("bands", pa.list_(pa.int64())),
        ("signature", pa.binary()),
    ]
)

Columns = Mapping[str, Sequence[object]]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Which run analysed the rows, when it began, and with what."""

    run_id: str
    analysed_at: datetime
    model_version: str
    lexicon_version: str


def staged_table(
    landed: pa.Table,
    *,
    reviews: Columns,
    incidents: Columns,
    mentions: Columns,
    tokens: Sequence[Sequence[str]],
    provenance: Provenance,
) -> pa.Table:
    """Put landed rows and their labels together.

    Args:
        landed: Rows of ``LANDED_SCHEMA``.
        reviews: Label columns, one value a review.
        incidents: Finding columns, and ``review_row``, the row of the review in ``landed``, in ascending order.
        mentions: The same for mentions.
        tokens: The words of each review.
        provenance: What the rows are stamped with.

    Returns:
        Rows of ``STAGED_SCHEMA``, in the order of ``landed``.
    """
    rows = landed.num_rows
    arrays = {name: landed.column(name) for name in LANDED_SCHEMA.names}
    arrays.update({c.name: pa.array(reviews[c.name], c.type) for c in LABEL_COLUMNS})
    bands, signatures = band_keys(duplicate_scopes(landed), landed.column("text").to_pylist())
    arrays |= {
        "rating_mismatch": pa.array(
            _mismatches(landed.column("rating").to_pylist(), reviews["satisfaction"]), pa.bool_()
        ),
        "run_id": pa.repeat(pa.scalar(provenance.run_id), rows),
        "analysed_at": pa.repeat(pa.scalar(provenance.analysed_at, TIME), rows),
        "model_version": pa.repeat(pa.scalar(provenance.model_version), rows),
        "lexicon_version": pa.repeat(pa.scalar(provenance.lexicon_version), rows),
        "month": pa.array(months(landed), pa.string()),
        "incidents": _nested(incidents, INCIDENT_FINDING_COLUMNS, rows),
        "mentions": _nested(mentions, MENTION_FINDING_COLUMNS, rows),
        "tokens": pa.array(tokens, WORDS),
        "bands": pa.array(bands, pa.list_(pa.int64())),
        "signature": pa.array(signatures, pa.binary()),
    }
    return pa.table([arrays[name] for name in STAGED_SCHEMA.names], schema=STAGED_SCHEMA)


def _nested(findings: Columns, columns: tuple[Column, ...], rows: int) -> pa.Array:
    counts = np.bincount(np.asarray(findings["review_row"], dtype=np.int64), minlength=rows)
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]), pa.int32())
    values = pa.StructArray.from_arrays(
        [pa.array(findings[c.name], c.type) for c in columns], fields=[pa.field(c.name, c.type) for c in columns]
    )
    return pa.ListArray.from_arrays(offsets, values)


def _mismatches(ratings: Sequence[object], satisfactions: Sequence[object]) -> list[bool | None]:
    return [
        None
        if rating is None or satisfaction is None
        else abs(_number(rating) - _number(satisfaction)) >= MISMATCH_DISTANCE
        for rating, satisfaction in zip(ratings, satisfactions, strict=True)
    ]


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else float("nan")
