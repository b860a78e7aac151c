"""Near-duplicates: reviews of one venue that say the same in almost the same characters.

MinHash (Broder 1997) over character trigrams, bucketed by locality-sensitive hashing: 8 bands of 8 rows find a pair of
Jaccard similarity 0.9 with probability 0.99 and one of 0.6 with 0.13; the estimate from all 64 values then decides.
"""

import hashlib
import re
import unicodedata

import numpy as np
import rensa

PERMUTATIONS = 64
BANDS = 8
SEED = 20260901
MINIMUM_LENGTH = 20
"""Letters, digits and Chinese characters that a text must have: 很好 by two guests is no near-duplicate."""
SIMILARITY = 0.8
"""Estimated share of common trigrams from which two texts count as near-duplicates."""

_NO_LETTERS = re.compile(r"[\W_]+")


def bare(text: str) -> str:
    """Return only the letters, digits and Chinese characters of a text, in one width and case."""
    return _NO_LETTERS.sub("", unicodedata.normalize("NFKC", text).casefold())


def band_keys(venues: list[str], texts: list[str]) -> tuple[list[list[int]], list[bytes | None]]:
    """Return for each text the keys of its buckets and its signature; none for texts that are too short.

    Args:
        venues: What the text must have in common with a duplicate, such as the venue's name; one a text.
        texts: Stored texts.

    Returns:
        ``BANDS`` signed 64-bit keys a text (none where it is too short), and its signature of ``PERMUTATIONS`` bytes.
    """
    keys: list[list[int]] = [[] for _ in texts]
    signatures: list[bytes | None] = [None] * len(texts)
    plain = [bare(text) for text in texts]
    long_enough = [row for row, text in enumerate(plain) if len(text) >= MINIMUM_LENGTH]
    if not long_enough:
        return keys, signatures
    trigrams = [_trigrams(plain[row]) for row in long_enough]
    matrix = rensa.RMinHash.digest_matrix_from_token_sets(trigrams, PERMUTATIONS, SEED).to_rows()
    for row, values in zip(long_enough, np.asarray(matrix, dtype=np.uint32), strict=True):
        # One byte of each value is enough to compare: two that differ agree by chance once in 256.
        signatures[row] = (values & 0xFF).astype(np.uint8).tobytes()
        scope = hashlib.blake2b(venues[row].encode(), digest_size=8).digest()
        keys[row] = [_key(scope, band, part.tobytes()) for band, part in enumerate(values.reshape(BANDS, -1))]
    return keys, signatures


def similarity(signature: bytes, other: bytes) -> float:
    """Return the estimated Jaccard similarity of two texts, 0 to 1, standard error at most 0.0625."""
    return float(np.mean(np.frombuffer(signature, np.uint8) == np.frombuffer(other, np.uint8)))


def _trigrams(text: str) -> list[str]:
    return list({text[i : i + 3] for i in range(len(text) - 2)})


def _key(scope: bytes, band: int, values: bytes) -> int:
    digest = hashlib.blake2b(values, digest_size=8, key=scope, salt=bytes([band])).digest()
    return int.from_bytes(digest, "big", signed=True)
