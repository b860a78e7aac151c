"""Refining: weights learn what a team's readers put right, on top of what they know."""

import json
from pathlib import Path

import numpy as np
import pytest

from flows.model_shelf import ModelShelf
from flows.settings import Settings
from flows.training import refine_version
from models.annotations import Annotation, LabelledFailure
from models.characters import CharacterModel, ClauseModel, hash_runs
from models.combination import Combination, HeadWeights
from models.cue_reader import load_cue_reader
from models.heads import head_slices, output_width, review_heads
from models.model_folder import (
    CHARACTERS,
    COMBINATION,
    FORMAT,
    MANIFEST,
    Manifest,
    ModelFolderError,
    RefiningError,
    TrainedParts,
    load_parts,
)
from models.model_reader import ModelReader
from models.reader import ReviewText
from models.training.refining import refine
from models.training.written_weights import write_characters, write_combination

HUMMING = ("空调嗡嗡的", "冰箱嗡嗡的", "排风扇嗡嗡的", "灯管嗡嗡的", "电梯井嗡嗡的")
FINE = ("窗帘是蓝色的", "地毯是灰色的", "枕头有两个", "走廊铺了木地板", "阳台朝南")
ROOMS = [f"{floor}{room:02d}" for floor in range(3, 9) for room in range(1, 6)]


def _annotation(number: int, text: str, quote: str | None) -> Annotation:
    failures = (LabelledFailure(type="delivery.core", quote=quote),) if quote else ()
    return Annotation(
        id=str(number),
        domain="hotel",
        text=text,
        failures=failures,
        severity=1 if failures else 0,
        satisfaction=2 if failures else 3,
        expectation="none",
        rater={},
        voice=(),
        recovery=None,
        fairness=(),
        loyalty="none",
    )


def _annotations() -> list[Annotation]:
    """A team for which what hums has failed; no cue knows the word."""
    texts = [(f"{room}房，{one}，{n}号来的", one) for n, room in enumerate(ROOMS) for one in (*HUMMING, *FINE)]
    return [_annotation(n, text, one if one in HUMMING else None) for n, (text, one) in enumerate(texts)]


@pytest.fixture
def parts(tmp_path: Path) -> TrainedParts:
    """Weights that know the runs of the texts and say nothing of them."""
    table = np.unique(hash_runs([annotation.text.replace("，", ",") for annotation in _annotations()])[1])
    outputs = output_width()

    def silent(count: int) -> CharacterModel:
        return CharacterModel(
            table,
            np.ones(len(table), np.float32),
            np.zeros((len(table), count), np.int8),
            np.ones(count, np.float32),
            np.full(count, -3.0, np.float32),
        )

    rules = {}
    for head in review_heads():
        count = len(head.labels)
        kinds = {"failure_subtypes": 4}.get(head.name, 3 if head.kind == "any_of" else 2)
        weights = np.zeros((kinds * count, count))
        # The characters alone are believed.
        place = 2 if head.kind == "any_of" else 1
        weights[place * count : (place + 1) * count] = np.eye(count) * 2
        rules[head.name] = HeadWeights(weights, np.zeros(count))
    folder = tmp_path / "data" / "models" / "silent"
    folder.mkdir(parents=True)
    clauses = ClauseModel(silent(15), ("hotel",), np.zeros((1, 15), np.float32))
    write_characters(folder / CHARACTERS, silent(outputs), silent(1), clauses)
    write_combination(folder / COMBINATION, Combination({}, rules))
    _write_manifest(folder)
    return load_parts(folder)


def _write_manifest(folder: Path) -> None:
    from hashlib import sha256  # noqa: PLC0415 - for this alone

    manifest = Manifest(
        format=FORMAT,
        version="silent",
        created="2026-11-01",
        thresholds={head.name: 0.5 for head in review_heads() if head.kind == "any_of"},
        asks_within=0,
        files={name: sha256((folder / name).read_bytes()).hexdigest() for name in (CHARACTERS, COMBINATION)},
    )
    (folder / MANIFEST).write_text(json.dumps(manifest.model_dump()), "utf-8")


def test_weights_learn_what_a_team_calls_a_failure(parts: TrainedParts, tmp_path: Path) -> None:
    """What hums is found after refining, in a room that was never learnt; what is blue is not."""
    target = tmp_path / "refined"
    refined = refine(parts, _annotations(), load_cue_reader(), target=target, version="ours")
    assert refined.before < 0.1
    assert refined.after > 0.9
    written = load_parts(target)
    assert written.manifest.version == "ours"
    assert written.manifest.scores["subtypes_f1"] == round(refined.after, 4)
    reader = ModelReader(load_cue_reader(), written, pytest.fail)
    columns = reader.read(
        [ReviewText("909房，冰箱嗡嗡的，3号来的", industry="hotel"), ReviewText("909房，窗帘是蓝色的")]
    )
    assert columns.reviews["failure_subtypes"] == [["delivery.core"], []]


def test_what_was_not_taught_keeps_its_weights(parts: TrainedParts, tmp_path: Path) -> None:
    """Outputs that nobody has labelled, the sentiment and the clause model are the old ones."""
    refine(parts, _annotations(), load_cue_reader(), target=tmp_path / "refined", version="ours")
    written = load_parts(tmp_path / "refined")
    place = head_slices()["fairness"]
    assert np.array_equal(written.fields.weights[:, place], parts.fields.weights[:, place])
    assert np.array_equal(written.sentiment.weights, parts.sentiment.weights)
    assert np.array_equal(written.clauses.characters.weights, parts.clauses.characters.weights)
    assert written.clauses.trades == ("hotel",)


def test_what_does_not_help_is_not_written(parts: TrainedParts, tmp_path: Path) -> None:
    """What the weights know already teaches nothing; too few texts teach nothing either."""
    refine(parts, _annotations(), load_cue_reader(), target=tmp_path / "once", version="once")
    knowing = load_parts(tmp_path / "once")
    with pytest.raises(RefiningError, match="learning these 300 reviews does not help"):
        refine(knowing, _annotations(), load_cue_reader(), target=tmp_path / "twice", version="twice")
    with pytest.raises(RefiningError, match="expected at least 50 labelled reviews to refine with; found 49"):
        refine(parts, _annotations()[:49], load_cue_reader(), target=tmp_path / "few", version="few")
    assert not (tmp_path / "twice").exists()


def test_a_version_is_refined_by_its_name(parts: TrainedParts, tmp_path: Path) -> None:
    """The new one stands on the shelf beside the old; cues have no weights to refine."""
    settings = Settings(data=tmp_path / "data")
    labels = tmp_path / "ours.jsonl"
    labels.write_text("\n".join(one.model_dump_json() for one in _annotations()), "utf-8")
    said: list[str] = []
    refine_version(settings, "ours", "silent", [labels], said.append)
    assert said[0] == "0 reviews that people have put right, 300 of label files"
    assert "ours" in [model.name for model in ModelShelf(settings.folder.models).models()]
    with pytest.raises(ModelFolderError, match="the lists alone have no weights"):
        refine_version(settings, "ours", "cues", [labels], said.append)
