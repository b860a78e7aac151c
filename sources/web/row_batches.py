"""Masked rows of one page as bytes, types kept, until they are landed."""

import zlib
from collections.abc import Sequence

import pyarrow as pa

from warehouse.schema import LANDED_SCHEMA


def pack_rows(rows: Sequence[dict[str, object]]) -> bytes:
    """Return rows of ``LANDED_SCHEMA`` as a compressed Arrow stream; nothing for no rows."""
    if not rows:
        return b""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, LANDED_SCHEMA) as writer:
        writer.write_table(pa.Table.from_pylist(list(rows), schema=LANDED_SCHEMA))
    # As a whole: Arrow would compress each small buffer of each column, three times as slow and as large.
    return zlib.compress(sink.getvalue(), 1)


def unpack_rows(packed: bytes) -> pa.Table:
    """Return the rows that ``pack_rows`` packed."""
    if not packed:
        return LANDED_SCHEMA.empty_table()
    with pa.ipc.open_stream(pa.py_buffer(zlib.decompress(packed))) as reader:
        return reader.read_all()
