"""Masked rows of one page as bytes, types kept, until they are landed."""

from collections.abc import Sequence

import pyarrow as pa

from warehouse.schema import LANDED_SCHEMA


def pack_rows(rows: Sequence[dict[str, object]]) -> bytes:
    """Return rows of ``LANDED_SCHEMA`` as an Arrow stream; nothing for no rows."""
    if not rows:
        return b""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, LANDED_SCHEMA, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(pa.Table.from_pylist(list(rows), schema=LANDED_SCHEMA))
    return bytes(sink.getvalue())


def unpack_rows(packed: bytes) -> pa.Table:
    """Return the rows that ``pack_rows`` packed."""
    if not packed:
        return LANDED_SCHEMA.empty_table()
    with pa.ipc.open_stream(pa.py_buffer(packed)) as reader:
        return reader.read_all()
