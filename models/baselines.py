"""Other systems on the same texts, for comparison only: never imported by the product.

They come with the development packages. A system that is not installed is left out and named.
"""

from collections.abc import Sequence
from importlib.util import find_spec

import numpy as np

from models.evaluation import Judge

FOLDS = 5
"""Parts of cross-validation for the system that learns: each text is judged by what was fitted on the others."""
SEED = 20261127


def available() -> dict[str, Judge]:
    """Return the systems that are installed, by the name to show."""
    systems: dict[str, Judge] = {}
    if find_spec("snownlp"):
        systems["SnowNLP 0.12.3, as shipped"] = judge_with_snownlp
    if find_spec("cnsenti"):
        systems["cnsenti 0.0.7"] = judge_with_cnsenti
    return systems


def missing() -> tuple[str, ...]:
    """Return the packages that would have to be installed."""
    return tuple(name for name in ("snownlp", "cnsenti", "sklearn") if not find_spec(name))


def judge_with_snownlp(texts: Sequence[str]) -> list[bool | None]:
    """SnowNLP's naive Bayes, trained by its authors on shopping reviews."""
    from snownlp import SnowNLP  # noqa: PLC0415 - a yardstick, not a part of the product

    return [SnowNLP(text).sentiments > 0.5 if text.strip() else None for text in texts]


def judge_with_cnsenti(texts: Sequence[str]) -> list[bool | None]:
    """Cnsenti's word counts over the HowNet lists; undecided where praise and criticism are even."""
    from cnsenti import Sentiment  # noqa: PLC0415 - a yardstick, not a part of the product

    system = Sentiment()
    counts = [system.sentiment_count(text) for text in texts]
    return [None if c["pos"] == c["neg"] else c["pos"] > c["neg"] for c in counts]


def judge_by_characters(labels: Sequence[bool]) -> Judge:
    """Characters 1 to 3 TF-IDF and logistic regression, fitted on the same set, each text by the folds without it."""

    def judge(texts: Sequence[str]) -> list[bool | None]:
        return [bool(score > 0.5) for score in _by_folds(texts, np.asarray(labels))]

    return judge


def subtypes_by_characters(
    texts: Sequence[str], told: Sequence[frozenset[str]], subtypes: Sequence[str]
) -> list[frozenset[str]]:
    """Characters 1 to 4 TF-IDF and one logistic regression a sub-type, each text by the folds without it."""
    found: list[set[str]] = [set() for _ in texts]
    for subtype in subtypes:
        labels = np.asarray([subtype in labels for labels in told])
        if labels.sum() < FOLDS:
            continue
        for row, score in enumerate(_by_folds(texts, labels, longest=4, balanced=True)):
            if score > 0.5:
                found[row].add(subtype)
    return [frozenset(labels) for labels in found]


def _by_folds(texts: Sequence[str], labels: np.ndarray, *, longest: int = 3, balanced: bool = False) -> np.ndarray:
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - a yardstick
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.model_selection import StratifiedKFold  # noqa: PLC0415

    given = np.asarray(texts, dtype=object)
    scores = np.zeros(len(given))
    for fitted, judged in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(given, labels):
        words = TfidfVectorizer(analyzer="char", ngram_range=(1, longest), min_df=2, sublinear_tf=True)
        model = LogisticRegression(C=4.0, max_iter=300, class_weight="balanced" if balanced else None)
        model.fit(words.fit_transform(given[fitted]), labels[fitted])
        scores[judged] = model.predict_proba(words.transform(given[judged]))[:, 1]
    return scores
