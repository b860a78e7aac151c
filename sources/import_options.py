"""What a person says of the files of a source that the files do not say themselves."""

from dataclasses import dataclass, field

from sources.files import FileOptions
from sources.kinds import Kind
from sources.masking import MaskingSettings


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """Source, kind, industry and venue of all rows, and how the file is read and masked."""

    source: str
    kind: Kind = "review"
    industry: str | None = None
    venue: str | None = None
    file: FileOptions = field(default_factory=FileOptions)
    masking: MaskingSettings = field(default_factory=MaskingSettings)


def check_source_name(source: str) -> None:
    """Refuse a source name that could not stand at the head of an id or in a file name.

    Raises:
        ValueError: The name is empty, too long, or has other characters than letters, digits, ``_``, ``-`` and ``.``.
    """
    if not source or len(source) > 40 or not all(ch.isalnum() or ch in "_-." for ch in source):
        raise ValueError(
            f"a source name must be 1 to 40 letters, digits, '_', '-' or '.', such as ctrip or 携程; got {source!r}"
        )
