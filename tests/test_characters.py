"""The character model: runs of characters, counted and weighed, each text for itself."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.characters import CharacterModel, ClauseModel, count_runs, hash_runs, weigh_runs

TEXTS = ("前台态度冷淡,等了半小时", "房间很干净", "退房时说我弄脏床单要赔两百", "好")


def _model(outputs: int = 3) -> CharacterModel:
    """A model over all runs of the texts above, with weights that differ from run to run."""
    table = np.unique(hash_runs(TEXTS)[1])
    weights = (np.arange(len(table) * outputs).reshape(len(table), outputs) * 37 % 255 - 127).astype(np.int8)
    return CharacterModel(
        table,
        np.linspace(1, 3, len(table), dtype=np.float32),
        weights,
        np.full(outputs, 0.01, np.float32),
        np.full(outputs, -1.0, np.float32),
    )


def test_runs_of_one_to_four_characters_are_counted() -> None:
    """A text of twelve characters has 12 + 11 + 10 + 9 runs, and none goes on into the next text."""
    rows, hashes = hash_runs(TEXTS[:2])
    assert np.bincount(rows).tolist() == [12 + 11 + 10 + 9, 5 + 4 + 3 + 2]
    alone = hash_runs(TEXTS[1:2])[1]
    assert sorted(hashes[rows == 1].tolist()) == sorted(alone.tolist())


def test_the_same_run_has_the_same_hash_and_others_have_others() -> None:
    """很好很好 holds 很好 twice; 好很 is another run."""
    rows, hashes = hash_runs(["很好很好"])
    assert len(rows) == 4 + 3 + 2 + 1
    assert len(set(hashes.tolist())) == 2 + 2 + 2 + 1


def test_a_text_weighs_one() -> None:
    """The vector of a text has length one, however long the text."""
    table = np.unique(hash_runs(TEXTS)[1])
    runs = count_runs(TEXTS, table)
    weights = weigh_runs(runs, np.ones(len(table), np.float32), len(TEXTS))
    assert np.allclose(np.bincount(runs.rows, weights**2), 1)


def test_unknown_characters_say_nothing() -> None:
    """A text without any known run, or without any character, has the biases alone."""
    logits = _model().read(["🛎🛎", "", "房间很干净"])
    assert logits[:2].tolist() == [[-1.0] * 3] * 2
    assert logits[2].tolist() != [-1.0] * 3


@given(st.permutations(TEXTS), st.integers(0, 3))
def test_neighbours_change_nothing(texts: list[str], alone: int) -> None:
    """The logits of a text are bit for bit the same alone and in any batch."""
    model = _model()
    assert np.array_equal(model.read(texts)[alone], model.read([texts[alone]])[0])


def test_a_clause_is_read_with_what_is_common_in_its_trade() -> None:
    """The trade's bias is added; another trade has none, and a review without clauses no row."""
    model = _model()
    clauses = ClauseModel(model, ("delivery", "hotel"), np.array([[1, 1, 1], [5, 0, 0]], np.float32))
    hotel, none, unknown = clauses.read([("hotel", TEXTS[:2]), ("hotel", []), ("bank", TEXTS[:1])])
    assert np.allclose(hotel, model.read(TEXTS[:2]) + np.array([5, 0, 0]))
    assert none.shape == (0, 3)
    assert np.array_equal(unknown, model.read(TEXTS[:1]))
