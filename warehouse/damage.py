"""Files of ours that cannot be read back: what a person is told of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa


class DamagedFileError(RuntimeError):
    """A file that the program wrote cannot be read; the message says which one and what to do."""


@contextmanager
def damage_explained(path: Path, advice: str) -> Iterator[None]:
    """Turn what readers of Parquet and JSON say of a damaged file into one sentence.

    Args:
        path: The file that is read.
        advice: What to do, as a sentence without its full stop.

    Raises:
        DamagedFileError: The file holds no sound Parquet or JSON.
    """
    try:
        yield
    except (pa.ArrowException, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise DamagedFileError(f"{path}: expected a sound file, found a damaged one ({reason}). {advice}") from error
    except OSError as error:
        # Arrow's own complaints about content carry no number; those of the operating system do.
        if error.errno is not None:
            raise
        raise DamagedFileError(f"{path}: expected a sound file, found a damaged one ({error}). {advice}") from error
